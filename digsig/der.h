/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Public keys as they are handed in: DER, in one of three wrappings.
 */
#ifndef _DIGSIG_DER_H
#define _DIGSIG_DER_H

#include <linux/digsig_format.h>

#include "pure.h"

#define DIGSIG_SPKI_PREFIX_MAX	24
#define DIGSIG_PATH_LEN_ANY	255

/** enum digsig_der_form - what a key came in */
enum digsig_der_form {
	DIGSIG_DER_CERTIFICATE = 1,	/* X.509 certificate, RFC 5280 */
	DIGSIG_DER_SPKI,		/* SubjectPublicKeyInfo, RFC 5280 */
	DIGSIG_DER_RSA,			/* RSAPublicKey, RFC 8017 */
};

/**
 * struct digsig_pubkey - a public key inside somebody else's bytes
 * @form: enum digsig_der_form
 * @alg: enum digsig_alg
 * @bits: length of the modulus or of the curve
 * @key: what struct public_key of the kernel wants: an RSAPublicKey, or an
 *	uncompressed point
 * @key_len: bytes of it
 * @spki_head: start of the SubjectPublicKeyInfo, where the input has none
 * @spki_head_len: bytes of it; 0 unless @form is DIGSIG_DER_RSA
 * @spki: the SubjectPublicKeyInfo, or what follows @spki_head in it
 * @spki_len: bytes of it
 * @authority: a certificate whose key may sign certificates: basicConstraints
 *	says so, and keyUsage, if there is one, allows it (RFC 5280, 4.2.1.3
 *	and 4.2.1.9)
 * @path_len: how many authorities may stand between it and the certificate of
 *	somebody else: pathLenConstraint, or DIGSIG_PATH_LEN_ANY
 *
 * The key id is the first 16 bytes of SHA-256(@spki_head | @spki), whatever
 * the key came in.
 */
struct digsig_pubkey {
	u8	  form;
	u8	  alg;
	u32	  bits;
	const u8 *key;
	u32	  key_len;
	u8	  spki_head[DIGSIG_SPKI_PREFIX_MAX];
	u32	  spki_head_len;
	const u8 *spki;
	u32	  spki_len;
	bool	  authority;
	u8	  path_len;
};

const char *digsig_der_parse(const void *der, size_t len,
			     struct digsig_pubkey *pubkey);

#endif /* _DIGSIG_DER_H */
