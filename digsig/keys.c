// SPDX-License-Identifier: GPL-2.0-only
/*
 * The trusted keys: which there are, and verifying a signature with one.
 *
 * A key comes as an X.509 certificate, as a SubjectPublicKeyInfo or as an
 * RSAPublicKey, and is known by its id, the same in all three. Certificates are
 * also put into the kernel keyring ".digsig", where keyctl shows them.
 *
 * With the parameter "anchor" there is a certificate that others can chain to:
 * see chain.c. With the parameter
 * "system_keys" the same is asked of the kernel's own keyrings. Before the
 * module is locked a key that nobody vouches for is trusted all the same,
 * because root asked for it; afterwards it is refused.
 *
 * Locking: keys_lock serializes changes and is taken before the kernel's keyring
 * locks. The list is read under RCU; who verifies holds a reference, so that
 * retiring a key waits for nobody. A change is followed by
 * digsig_generation_bump().
 */
#include <crypto/public_key.h>
#include <keys/asymmetric-type.h>
#include <linux/cred.h>
#include <linux/crypto.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/key.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "chain.h"
#include "der.h"
#include "digsig.h"
#include "engine.h"

#define CERTIFICATE_MAX	16384
#define KEYRING_PERM	(KEY_POS_ALL & ~KEY_POS_SETATTR)
#define USER_PERM	(KEY_USR_VIEW | KEY_USR_READ | KEY_USR_SEARCH)

static char *anchor;
module_param(anchor, charp, 0444);
MODULE_PARM_DESC(anchor, "Path of an X.509 certificate (DER): once locked, only certificates that chain to it are accepted");

static bool system_keys;
module_param(system_keys, bool, 0444);
MODULE_PARM_DESC(system_keys, "Accept certificates that the kernel's own keyrings vouch for like those that chain to the anchor");

/**
 * struct trusted_key - a key
 * @node: in keys. Changed under keys_lock, followed under RCU
 * @refs: the list, and those that verify with it
 * @rcu: to free it
 * @files: number of files verified with it
 * @key_id: what it is called
 * @alg: enum digsig_alg
 * @bits: length of the modulus or the curve
 * @flags: DIGSIG_KEYF_ANCHOR, DIGSIG_KEYF_SYSTEM
 * @subject: of the certificate
 * @cert: the certificate in the keyrings, or NULL. Used under keys_lock
 * @authority: what it vouches with for others, or NULL. Used under keys_lock
 * @pub: the key as the kernel wants it
 * @data: the bytes of @pub
 */
struct trusted_key {
	struct list_head	node;
	refcount_t		refs;
	struct rcu_head		rcu;
	atomic64_t		files;
	u8			key_id[DIGSIG_KEY_ID_LEN];
	u8			alg;
	u32			bits;
	u32			flags;
	char			subject[128];
	struct key		*cert;
	struct digsig_authority	*authority;
	struct public_key	pub;
	u8			data[];
};

static const struct {
	const char *pkey_algo;	/* of struct public_key */
	const char *encoding;	/* of struct public_key_signature */
	const char *driver;	/* what the kernel's crypto must have */
} algorithms[] = {
	[DIGSIG_ALG_RSA] = { "rsa", "pkcs1", "pkcs1pad(rsa,sha256)" },
	[DIGSIG_ALG_ECDSA_P256] = {
		"ecdsa-nist-p256", "x962", "ecdsa-nist-p256"
	},
	[DIGSIG_ALG_ECDSA_P384] = {
		"ecdsa-nist-p384", "x962", "ecdsa-nist-p384"
	},
};

static LIST_HEAD(keys);
static DEFINE_MUTEX(keys_lock);
static unsigned int nkeys;	/* written under keys_lock */
static bool keys_locked;	/* under keys_lock */
static bool anchored;		/* written at load */

/* Made at load. system_keyring is NULL without the parameter. */
static struct key *show_keyring;
static struct key *system_keyring;

/* ---- looking up ------------------------------------------------------------- */

static struct trusted_key *key_find(const u8 *key_id)
{
	struct trusted_key *k;

	list_for_each_entry_rcu(k, &keys, node, lockdep_is_held(&keys_lock))
		if (!memcmp(k->key_id, key_id, DIGSIG_KEY_ID_LEN))
			return k;
	return NULL;
}

static struct trusted_key *trusted_key_get(const u8 *key_id)
{
	struct trusted_key *k;

	rcu_read_lock();
	k = key_find(key_id);
	if (k && !refcount_inc_not_zero(&k->refs))
		k = NULL;
	rcu_read_unlock();
	return k;
}

static void trusted_key_put(struct trusted_key *k)
{
	if (refcount_dec_and_test(&k->refs))
		kfree_rcu(k, rcu);
}

/**
 * digsig_key_state() - what a key id means at this moment
 * @key_id: 16 bytes
 *
 * Context: Any context but interrupts.
 * Return: enum digsig_key_state. A revoked key is revoked, in the list or not.
 */
enum digsig_key_state digsig_key_state(const u8 *key_id)
{
	bool known;

	if (digsig_revoked_key(key_id))
		return DIGSIG_KEY_REVOKED;
	rcu_read_lock();
	known = key_find(key_id);
	rcu_read_unlock();
	return known ? DIGSIG_KEY_TRUSTED : DIGSIG_KEY_UNKNOWN;
}

/**
 * digsig_key_count_file() - a file was verified with a key
 * @key_id: 16 bytes
 */
void digsig_key_count_file(const u8 *key_id)
{
	struct trusted_key *k;

	rcu_read_lock();
	k = key_find(key_id);
	if (k)
		atomic64_inc(&k->files);
	rcu_read_unlock();
}

/**
 * digsig_key_verify() - verify a signature
 * @key_id: of the key that the footer names
 * @alg: enum digsig_alg that the footer names
 * @sig: the signature
 * @sig_len: bytes of it
 * @tail: the footer
 * @digest: SHA-256 of the covered bytes
 *
 * Context: Process context, may be under mmap_lock. May sleep.
 * Return: 0 if it is good, or
 *
 * * -ENOKEY - there is no such key
 * * -ENOPKG - the kernel lacks the algorithm
 * * -ENOMEM - no memory to tell
 * * any other - it is not good
 */
int digsig_key_verify(const u8 *key_id, u8 alg, const u8 *sig, u32 sig_len,
		      const u8 tail[DIGSIG_FOOTER_LEN],
		      const u8 digest[DIGSIG_DIGEST_LEN])
{
	u8 signed_digest[DIGSIG_DIGEST_LEN];
	struct public_key_signature pks = {
		.s		= (u8 *)sig,
		.s_size		= sig_len,
		.digest		= signed_digest,
		.digest_size	= sizeof(signed_digest),
		.hash_algo	= "sha256",
	};
	struct trusted_key *k;
	int err;

	err = digsig_hash_two(tail, DIGSIG_FOOTER_LEN, digest,
			      DIGSIG_DIGEST_LEN, signed_digest);
	if (err)
		return err;
	k = trusted_key_get(key_id);
	if (!k)
		return -ENOKEY;
	if (k->alg == alg) {
		pks.pkey_algo = k->pub.pkey_algo;
		pks.encoding = algorithms[alg].encoding;
		err = public_key_verify_signature(&k->pub, &pks);
	} else {
		err = -EKEYREJECTED;
	}
	trusted_key_put(k);
	return err == -ENOENT ? -ENOPKG : err;
}

/* ---- certificates and the kernel's keyrings ---------------------------------- */

static struct key *certificate_create(struct key *keyring, const void *der,
				      size_t len)
{
	key_ref_t ref;

	ref = key_create_or_update(make_key_ref(keyring, true), "asymmetric",
				   NULL, der, len,
				   KEYRING_PERM | KEY_USR_VIEW | KEY_USR_READ,
				   KEY_ALLOC_NOT_IN_QUOTA);
	return IS_ERR(ref) ? ERR_CAST(ref) : key_ref_to_ptr(ref);
}

/* Return: 0 if an authority below the anchor vouches for it. */
static int anchor_vouches(struct trusted_key *k,
			  const struct digsig_pubkey *pubkey)
{
	struct digsig_authority *by, *authority = NULL;

	by = digsig_chain_find(k->cert);
	if (!IS_ERR(by) && pubkey->authority)
		authority = digsig_chain_add(k->cert, by, pubkey->path_len);
	if (IS_ERR(by) || IS_ERR(authority))
		return PTR_ERR(IS_ERR(by) ? by : authority);
	k->authority = authority;
	k->flags |= DIGSIG_KEYF_ANCHOR;
	return 0;
}

/*
 * The kernel's own keyrings are asked by their restriction, which is that of
 * system_keyring: it takes the certificate or not. It does not stay there.
 */
static int system_vouches(struct trusted_key *k)
{
	int err = system_keyring ? key_link(system_keyring, k->cert) : -ENOKEY;

	if (err)
		return err;
	key_unlink(system_keyring, k->cert);
	k->flags |= DIGSIG_KEYF_SYSTEM;
	return 0;
}

/*
 * Return: 0, or why nobody vouches for it: -ENOPKG if nobody could tell.
 */
static int somebody_vouches(struct trusted_key *k,
			    const struct digsig_pubkey *pubkey)
{
	int by_anchor = anchor_vouches(k, pubkey);
	int by_system = system_vouches(k);

	if (!by_anchor || !by_system)
		return 0;
	return by_system == -ENOPKG ? by_system : by_anchor;
}

static void certificate_drop(struct trusted_key *k)
{
	if (!k->cert)
		return;
	digsig_chain_silence(k->authority);
	key_unlink(show_keyring, k->cert);
	key_put(k->cert);
	k->authority = NULL;
	k->cert = NULL;
}

/* The description is the subject, ": " and the end of the identifier. */
static void subject_copy(char *subject, size_t size, const struct key *cert)
{
	const char *end = strrchr(cert->description, ':');
	size_t len = end ? end - cert->description : strlen(cert->description);

	strscpy(subject, cert->description, min(size, len + 1));
}

static int certificate_refuse(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOPKG)
		NL_SET_ERR_MSG(extack, "the certificate is signed in a way that this kernel does not know (SHA-256 is known by all)");
	else
		NL_SET_ERR_MSG(extack, "the kernel does not accept this certificate");
	return err;
}

/* Nobody vouches for it, and the module is locked. */
static int certificate_refuse_locked(int err, struct netlink_ext_ack *extack)
{
	if (err == -ENOMEM)
		return err;
	if (err == -ENOPKG)
		NL_SET_ERR_MSG(extack, "locked: the certificate is signed in a way that this kernel cannot verify (RSA with SHA-256 is verified by all)");
	else
		NL_SET_ERR_MSG(extack, "locked: the certificate does not chain to the anchor");
	return -EKEYREJECTED;
}

static int certificate_add(struct trusted_key *k, const void *der, size_t len,
			   const struct digsig_pubkey *pubkey,
			   struct netlink_ext_ack *extack)
{
	struct key *cert = certificate_create(show_keyring, der, len);
	int err;

	if (IS_ERR(cert))
		return certificate_refuse(PTR_ERR(cert), extack);
	k->cert = cert;
	subject_copy(k->subject, sizeof(k->subject), cert);
	err = somebody_vouches(k, pubkey);
	if (err == -ENOMEM || (err && keys_locked)) {
		certificate_drop(k);
		return certificate_refuse_locked(err, extack);
	}
	return 0;
}

/* ---- adding and retiring ------------------------------------------------------- */

static int key_id_compute(const struct digsig_pubkey *pubkey, u8 *key_id)
{
	u8 digest[DIGSIG_DIGEST_LEN];
	int err;

	err = digsig_hash_two(pubkey->spki_head, pubkey->spki_head_len,
			      pubkey->spki, pubkey->spki_len, digest);
	memcpy(key_id, digest, DIGSIG_KEY_ID_LEN);
	return err;
}

static struct trusted_key *trusted_key_new(const struct digsig_pubkey *pubkey)
{
	struct trusted_key *k;

	k = kzalloc(struct_size(k, data, pubkey->key_len), GFP_KERNEL);
	if (!k)
		return ERR_PTR(-ENOMEM);
	refcount_set(&k->refs, 1);
	k->alg = pubkey->alg;
	k->bits = pubkey->bits;
	strscpy(k->subject, "raw key", sizeof(k->subject));
	memcpy(k->data, pubkey->key, pubkey->key_len);
	k->pub.key = k->data;
	k->pub.keylen = pubkey->key_len;
	k->pub.id_type = "X509";
	k->pub.pkey_algo = algorithms[pubkey->alg].pkey_algo;
	return k;
}

/* What can be said against a key before anything is done. */
static int key_admit(const struct trusted_key *k, u8 form,
		     struct netlink_ext_ack *extack)
{
	if (key_find(k->key_id)) {
		NL_SET_ERR_MSG(extack, "the key is already trusted");
		return -EEXIST;
	}
	if (digsig_revoked_key(k->key_id)) {
		NL_SET_ERR_MSG(extack, "the key is on the revocation list");
		return -EKEYREJECTED;
	}
	if (keys_locked && form != DIGSIG_DER_CERTIFICATE) {
		NL_SET_ERR_MSG(extack, "locked: only certificates that chain to the anchor are accepted");
		return -EPERM;
	}
	if (!crypto_has_alg(algorithms[k->alg].driver, 0, 0)) {
		if (k->alg == DIGSIG_ALG_RSA)
			NL_SET_ERR_MSG(extack, "this kernel is built without RSA signatures");
		else
			NL_SET_ERR_MSG(extack, "this kernel is built without ECDSA: use an RSA key (Debian has ECDSA from 6.12 on)");
		return -ENOPKG;
	}
	return 0;
}

/* With keys_lock held. Nothing is left behind on an error. */
static int key_insert(struct trusted_key *k, const void *der, size_t len,
		      const struct digsig_pubkey *pubkey,
		      struct netlink_ext_ack *extack)
{
	int err = key_admit(k, pubkey->form, extack);

	if (!err && pubkey->form == DIGSIG_DER_CERTIFICATE)
		err = certificate_add(k, der, len, pubkey, extack);
	if (err)
		return err;
	list_add_tail_rcu(&k->node, &keys);
	WRITE_ONCE(nkeys, nkeys + 1);
	return 0;
}

/**
 * digsig_key_add() - trust a key
 * @der: certificate, SubjectPublicKeyInfo or RSAPublicKey
 * @len: bytes of it
 * @key_id: where to put its id
 * @extack: where to say in words what is wrong, or NULL
 *
 * Files that this key signed are accepted from the return of this call on.
 *
 * Context: Process context. Takes keys_lock. May sleep.
 * Return: 0, or a negative error; nothing is changed on every error.
 *
 * * -EBADMSG - not a key
 * * -EEXIST - the key is trusted already
 * * -ENOPKG - this kernel lacks the algorithm
 * * -EKEYREJECTED - revoked, or locked and vouched for by nobody
 * * -EPERM - locked, and not a certificate
 */
int digsig_key_add(const void *der, size_t len, u8 *key_id,
		   struct netlink_ext_ack *extack)
{
	struct digsig_pubkey pubkey;
	struct trusted_key *k;
	const char *error;
	int err;

	error = digsig_der_parse(der, len, &pubkey);
	if (error) {
		digsig_extack(extack, error);
		return -EBADMSG;
	}
	k = trusted_key_new(&pubkey);
	if (IS_ERR(k))
		return PTR_ERR(k);
	err = key_id_compute(&pubkey, k->key_id);
	if (err)
		goto err_free;
	memcpy(key_id, k->key_id, DIGSIG_KEY_ID_LEN);

	mutex_lock(&keys_lock);
	err = key_insert(k, der, len, &pubkey, extack);
	mutex_unlock(&keys_lock);
	if (err)
		goto err_free;
	digsig_generation_bump();
	return 0;

err_free:
	kfree(k);
	return err;
}

static int key_remove(const u8 *key_id, struct netlink_ext_ack *extack)
{
	struct trusted_key *k = key_find(key_id);

	if (!k) {
		NL_SET_ERR_MSG(extack, "there is no such key");
		return -ENOKEY;
	}
	list_del_rcu(&k->node);
	WRITE_ONCE(nkeys, nkeys - 1);
	certificate_drop(k);
	trusted_key_put(k);
	return 0;
}

/**
 * digsig_key_del() - retire a key
 * @key_id: 16 bytes
 * @extack: where to say in words what is wrong, or NULL
 *
 * From the return of this call on nothing is accepted for its signatures; what
 * is mapped already stays mapped. Whether the last key may go is for the caller
 * to say: digsig_key_retire() does, under the lock of the mode.
 *
 * Context: Process context. Takes keys_lock. May sleep.
 * Return: 0, or -ENOKEY if there is none.
 */
int digsig_key_del(const u8 *key_id, struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&keys_lock);
	err = key_remove(key_id, extack);
	mutex_unlock(&keys_lock);
	if (!err)
		digsig_generation_bump();
	return err;
}

/**
 * digsig_keys_drop_revoked() - have revoked authorities vouch for nobody
 *
 * Called when a revocation list came into force. The keys stay listed, as
 * revoked.
 *
 * Context: Process context. Takes keys_lock. May sleep.
 */
void digsig_keys_drop_revoked(void)
{
	struct trusted_key *k;

	mutex_lock(&keys_lock);
	list_for_each_entry(k, &keys, node) {
		if (!k->authority || !digsig_revoked_key(k->key_id))
			continue;
		digsig_chain_silence(k->authority);
		k->authority = NULL;
	}
	mutex_unlock(&keys_lock);
}

/**
 * digsig_keys_lock() - from now on accept no key that nobody vouches for
 *
 * Keys that are trusted already stay trusted.
 *
 * Context: Process context. Takes keys_lock. May sleep.
 */
void digsig_keys_lock(void)
{
	mutex_lock(&keys_lock);
	keys_locked = true;
	mutex_unlock(&keys_lock);
}

/* ---- being seen ----------------------------------------------------------------- */

static void info_fill(const struct trusted_key *k, struct digsig_key_info *info)
{
	memcpy(info->key_id, k->key_id, DIGSIG_KEY_ID_LEN);
	strscpy(info->subject, k->subject, sizeof(info->subject));
	info->alg = k->alg;
	info->bits = k->bits;
	info->files = atomic64_read(&k->files);
	info->flags = k->flags;
	if (digsig_revoked_key(k->key_id))
		info->flags |= DIGSIG_KEYF_REVOKED;
}

/**
 * digsig_key_info() - one key of the list
 * @index: of the key, from 0
 * @info: filled in if true is returned
 *
 * Return: false if there are not so many.
 */
bool digsig_key_info(unsigned int index, struct digsig_key_info *info)
{
	struct trusted_key *k;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(k, &keys, node) {
		found = !index--;
		if (found) {
			info_fill(k, info);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * digsig_key_count() - how many keys are trusted
 *
 * Context: Any.
 * Return: number of keys, revoked ones included.
 */
unsigned int digsig_key_count(void)
{
	return READ_ONCE(nkeys);
}

/**
 * digsig_anchored() - is there a certificate that others have to chain to
 *
 * Context: Any.
 * Return: true if an anchor was given at load.
 */
bool digsig_anchored(void)
{
	return anchored;
}

/* ---- load and unload -------------------------------------------------------------- */

static struct key *keyring_new(const char *name, key_perm_t user_perm)
{
	return keyring_alloc(name, GLOBAL_ROOT_UID, GLOBAL_ROOT_GID,
			     current_cred(), KEYRING_PERM | user_perm,
			     KEY_ALLOC_NOT_IN_QUOTA, NULL, NULL);
}

static struct key *keyring_new_restricted(const char *name,
					  const char *restriction)
{
	struct key *keyring = keyring_new(name, KEY_USR_VIEW | KEY_USR_READ);
	int err;

	if (IS_ERR(keyring))
		return keyring;
	err = keyring_restrict(make_key_ref(keyring, true), "asymmetric",
			       restriction);
	if (!err)
		return keyring;
	key_put(keyring);
	return ERR_PTR(err);
}

static int chain_begin(struct trusted_key *k,
		       const struct digsig_pubkey *pubkey)
{
	struct digsig_authority *authority;

	if (!k->cert) {
		pr_err("digsig: anchor %s: not a certificate\n", anchor);
		return -EINVAL;
	}
	k->flags |= DIGSIG_KEYF_ANCHOR;
	anchored = true;
	if (!pubkey->authority) {
		pr_notice("digsig: anchor %s: may not sign certificates (no CA:TRUE), so none will chain to it\n",
			  anchor);
		return 0;
	}
	authority = digsig_chain_add(k->cert, NULL, pubkey->path_len);
	if (IS_ERR(authority))
		return PTR_ERR(authority);
	k->authority = authority;
	return 0;
}

/* The anchor is a key of the module too. */
static int anchor_add(const void *der, size_t len)
{
	struct netlink_ext_ack extack = {};
	struct digsig_pubkey pubkey;
	u8 key_id[DIGSIG_KEY_ID_LEN];
	int err;

	err = digsig_key_add(der, len, key_id, &extack);
	if (err) {
		pr_err("digsig: anchor %s: %s\n", anchor,
		       extack._msg ? extack._msg : "cannot be added");
		return err;
	}
	digsig_der_parse(der, len, &pubkey);
	mutex_lock(&keys_lock);
	err = chain_begin(key_find(key_id), &pubkey);
	mutex_unlock(&keys_lock);
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
		pr_err("digsig: anchor %s: error %zd reading it\n", anchor, len);
		return len;
	}
	err = anchor_add(der, len);
	vfree(der);
	return err;
}

static int system_keyring_init(void)
{
	struct key *keyring;

	keyring = keyring_new_restricted(".digsig_system",
					 IS_ENABLED(CONFIG_SECONDARY_TRUSTED_KEYRING) ?
					 "builtin_and_secondary_trusted" :
					 "builtin_trusted");
	if (IS_ERR(keyring))
		return PTR_ERR(keyring);
	system_keyring = keyring;
	return 0;
}

/**
 * digsig_keys_init() - make the keyrings, and read the anchor
 *
 * Context: Process context, at load, after digsig_hash_init(). No other task
 * can come here yet. May sleep.
 * Return: 0, or a negative error; nothing is left behind then.
 */
int digsig_keys_init(void)
{
	struct key *keyring = keyring_new(".digsig", USER_PERM);
	int err = 0;

	if (IS_ERR(keyring))
		return PTR_ERR(keyring);
	show_keyring = keyring;
	if (system_keys)
		err = system_keyring_init();
	if (!err && anchor && *anchor)
		err = anchor_load();
	if (err)
		digsig_keys_exit();
	return err;
}

/**
 * digsig_keys_exit() - forget all keys
 *
 * Context: At unload, when nothing verifies any more, or from a failed load.
 */
void digsig_keys_exit(void)
{
	struct trusted_key *k, *next;

	list_for_each_entry_safe(k, next, &keys, node) {
		list_del_rcu(&k->node);
		certificate_drop(k);
		trusted_key_put(k);
	}
	key_put(system_keyring);
	key_put(show_keyring);
}
