// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose signature under a policy is good.
 *
 * The keys are in a keyring of our own, ".dsm", that keyctl shows; they come as
 * certificates, by the parameter "anchor" or by the command TRUST_ADD. With an
 * anchor, policies have to be signed by it and no key can be added. Without any
 * key a policy need not be signed; a signature that is there is verified in
 * any case. From the first key on, all have to be signed.
 *
 * Locking: the keyring has its own; nkeys only grows.
 */
#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/verification.h>
#include <linux/vmalloc.h>

#include "dsm.h"

#define CERTIFICATE_MAX	16384
#define KEYRING_PERM	(KEY_POS_ALL & ~KEY_POS_SETATTR)
#define USER_PERM	(KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH)

static char *anchor;
module_param(anchor, charp, 0444);
MODULE_PARM_DESC(anchor, "Path of an X.509 certificate (DER) that has to sign every policy");

static struct key *keyring;
static unsigned int nkeys;

static int certificate_add(const void *der, size_t len)
{
	key_ref_t ref;

	ref = key_create_or_update(make_key_ref(keyring, true), "asymmetric",
				   NULL, der, len, KEYRING_PERM | USER_PERM,
				   KEY_ALLOC_NOT_IN_QUOTA);
	if (IS_ERR(ref))
		return PTR_ERR(ref);
	key_ref_put(ref);
	WRITE_ONCE(nkeys, nkeys + 1);
	return 0;
}

/**
 * dsm_trust_add() - trust one more signer
 * @der: certificate
 * @len: bytes of it
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EPERM beside an anchor, -EBADMSG, -ENOPKG.
 */
int dsm_trust_add(const void *der, size_t len, struct netlink_ext_ack *extack)
{
	int err;

	if (anchor) {
		NL_SET_ERR_MSG(extack,
			       "the module was loaded with an anchor, no other signer is trusted");
		return -EPERM;
	}
	err = certificate_add(der, len);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "not a certificate that this kernel can use");
	return err;
}

/**
 * dsm_trust_verify() - may this policy be loaded, by its signature?
 * @p: the policy; its digest was found right
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or
 *
 * * -ENOKEY - it has to be signed and is not, or by somebody unknown
 * * -EKEYREJECTED - the signature is not good
 * * any other of verify_pkcs7_signature()
 */
int dsm_trust_verify(const struct dsm_policy *p,
		     struct netlink_ext_ack *extack)
{
	int err;

	if (!p->signature) {
		if (!READ_ONCE(nkeys))
			return 0;
		NL_SET_ERR_MSG(extack, "the policy has to be signed");
		return -ENOKEY;
	}
	err = verify_pkcs7_signature(p->head, DSM_IMAGE_SIGNED_LEN,
				     p->signature, p->signature_len, keyring,
				     VERIFYING_UNSPECIFIED_SIGNATURE, NULL,
				     NULL);
	if (err == -ENOKEY)
		NL_SET_ERR_MSG(extack, "the signer of the policy is unknown");
	else if (err)
		NL_SET_ERR_MSG(extack,
			       "the signature of the policy is not good");
	return err;
}

static int anchor_load(void)
{
	void *der = NULL;
	ssize_t len;
	int err;

	len = kernel_read_file_from_path(anchor, 0, &der, CERTIFICATE_MAX,
					 NULL, READING_X509_CERTIFICATE);
	if (len < 0) {
		pr_err("dsm: anchor=%s cannot be read\n", anchor);
		return len;
	}
	err = certificate_add(der, len);
	vfree(der);
	if (err)
		pr_err("dsm: anchor=%s is not a certificate\n", anchor);
	return err;
}

/**
 * dsm_trust_init() - make the keyring, and put the anchor into it
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_trust_init(void)
{
	int err;

	keyring = keyring_alloc(".dsm", GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
				current_cred(), KEYRING_PERM | USER_PERM,
				KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
	if (IS_ERR(keyring))
		return PTR_ERR(keyring);
	err = anchor ? anchor_load() : 0;
	if (err)
		dsm_trust_exit();
	return err;
}

/**
 * dsm_trust_exit() - forget the keys
 *
 * Context: Process context. May sleep.
 */
void dsm_trust_exit(void)
{
	key_revoke(keyring);
	key_put(keyring);
}
