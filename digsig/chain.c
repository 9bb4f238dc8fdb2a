// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authorities: certificates that vouch for others, down from the anchor.
 *
 * A certificate is vouched for by the authority whose key verifies its
 * signature; the kernel's X.509 code has parsed it and hashed what was signed.
 * If its own key may sign certificates, it becomes an authority below that one,
 * unless a pathLenConstraint above is used up (RFC 5280, 6.1.4). An authority
 * that is silenced (its key retired or revoked) vouches for nobody any more,
 * and nor does any authority below it. What it vouched for before stays.
 *
 * Until when a certificate is valid is not asked: see der.c. Signatures over
 * less than SHA-256 are not accepted from anybody.
 *
 * Locking: the caller holds keys_lock around all of it.
 */
#include <crypto/public_key.h>
#include <keys/asymmetric-type.h>
#include <linux/err.h>
#include <linux/key.h>
#include <linux/list.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "chain.h"
#include "der.h"

/**
 * struct digsig_authority - a certificate that vouches for others
 * @node: in authorities
 * @cert: the certificate; a reference
 * @issuer: who vouched for it, NULL for the anchor
 * @issued: authorities whose @issuer it is; it stays as long as there are any
 * @path_len: how many authorities may stand below it, or DIGSIG_PATH_LEN_ANY
 * @silenced: its key is no longer trusted
 */
struct digsig_authority {
	struct list_head	 node;
	struct key		*cert;
	struct digsig_authority	*issuer;
	unsigned int		 issued;
	u8			 path_len;
	bool			 silenced;
};

static LIST_HEAD(authorities);

static bool hash_accepted(const char *name)
{
	return !strcmp(name, "sha256") || !strcmp(name, "sha384") ||
	       !strcmp(name, "sha512");
}

/* Not silenced, and none above it is. */
static bool may_vouch(const struct digsig_authority *a)
{
	for (; a; a = a->issuer)
		if (a->silenced)
			return false;
	return true;
}

/**
 * digsig_chain_find() - which authority vouches for a certificate
 * @cert: an asymmetric key that was made from a certificate
 *
 * Context: Process context, keys_lock held. May sleep.
 * Return: the authority, or
 *
 * * -ENOKEY - there is none
 * * -ENOPKG - it is signed in a way that cannot be verified or is too weak
 */
struct digsig_authority *digsig_chain_find(const struct key *cert)
{
	const struct public_key_signature *sig;
	struct digsig_authority *a;
	int err = -ENOKEY;

	sig = cert->payload.data[asym_auth];
	if (!sig || !sig->digest || !hash_accepted(sig->hash_algo))
		return ERR_PTR(-ENOPKG);
	list_for_each_entry(a, &authorities, node) {
		if (!may_vouch(a))
			continue;
		switch (verify_signature(a->cert, sig)) {
		case 0:
			return a;
		case -ENOPKG:
		case -ENOENT:
			err = -ENOPKG;
		}
	}
	return ERR_PTR(err);
}

/**
 * digsig_chain_add() - make a certificate an authority
 * @cert: an asymmetric key that was made from a certificate
 * @issuer: who vouches for it, NULL for the anchor
 * @path_len: its pathLenConstraint, or DIGSIG_PATH_LEN_ANY
 *
 * Context: Process context, keys_lock held. May sleep.
 * Return: the authority; NULL if a pathLenConstraint allows none below
 * @issuer; or -ENOMEM.
 */
struct digsig_authority *digsig_chain_add(struct key *cert,
					  struct digsig_authority *issuer,
					  u8 path_len)
{
	struct digsig_authority *a;

	if (issuer && !issuer->path_len)
		return NULL;
	a = kzalloc(sizeof(*a), GFP_KERNEL);
	if (!a)
		return ERR_PTR(-ENOMEM);
	a->cert = key_get(cert);
	a->issuer = issuer;
	a->path_len = path_len;
	if (issuer) {
		issuer->issued++;
		if (issuer->path_len != DIGSIG_PATH_LEN_ANY)
			a->path_len = min_t(u8, path_len, issuer->path_len - 1);
	}
	list_add_tail(&a->node, &authorities);
	return a;
}

/**
 * digsig_chain_silence() - an authority vouches for nobody any more
 * @a: the authority, not to be used afterwards; or NULL
 *
 * Context: Process context, keys_lock held.
 */
void digsig_chain_silence(struct digsig_authority *a)
{
	struct digsig_authority *issuer;

	if (a)
		a->silenced = true;
	for (; a && a->silenced && !a->issued; a = issuer) {
		issuer = a->issuer;
		if (issuer)
			issuer->issued--;
		list_del(&a->node);
		key_put(a->cert);
		kfree(a);
	}
}
