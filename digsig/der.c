// SPDX-License-Identifier: GPL-2.0-only
/*
 * Public keys in DER: finding the key in a certificate, and checking it.
 *
 * The input is a certificate, a SubjectPublicKeyInfo or an RSAPublicKey, and
 * nothing after it. This is no ASN.1 library: it walks the few types those
 * three are made of, accepts DER only (X.690, 10.1: definite lengths, in the
 * shortest form), and only keys that digsig verifies with. Of a certificate it
 * tells whether its key may sign others. Who signed it is for the kernel's X.509
 * code and chain.c, and until when it is valid nobody asks, because a node may
 * have no clock when it boots.
 */
#include <linux/digsig_format.h>

#include "der.h"

enum {
	TAG_BOOLEAN	= 0x01,
	TAG_INTEGER	= 0x02,
	TAG_BIT_STRING	= 0x03,
	TAG_OCTETS	= 0x04,
	TAG_OID		= 0x06,
	TAG_SEQUENCE	= 0x30,
	TAG_VERSION	= 0xa0,		/* [0] EXPLICIT */
	TAG_ISSUER_ID	= 0x81,		/* [1] IMPLICIT BIT STRING */
	TAG_SUBJECT_ID	= 0x82,		/* [2] IMPLICIT BIT STRING */
	TAG_EXTENSIONS	= 0xa3,		/* [3] EXPLICIT */
};

/*
 * Extensions, by the last number of their OID, 2.5.29.N (RFC 5280, 4.2.1). Who
 * does not know a critical one may not use the certificate; these are known.
 * Where one is not named below, it does not matter to what digsig does.
 */
enum {
	EXT_SUBJECT_ID		= 14,
	EXT_KEY_USAGE		= 15,
	EXT_SUBJECT_NAME	= 17,
	EXT_ISSUER_NAME		= 18,
	EXT_BASIC_CONSTRAINTS	= 19,
	EXT_CRL_POINTS		= 31,
	EXT_POLICIES		= 32,
	EXT_ISSUER_KEY_ID	= 35,
	EXT_EXTENDED_USAGE	= 37,
	EXT_END			= 64,
};

#define EXT_BIT(n)	(1ULL << (n))
#define EXT_KNOWN	(EXT_BIT(EXT_SUBJECT_ID) | EXT_BIT(EXT_KEY_USAGE) | \
			 EXT_BIT(EXT_SUBJECT_NAME) | \
			 EXT_BIT(EXT_ISSUER_NAME) | \
			 EXT_BIT(EXT_BASIC_CONSTRAINTS) | \
			 EXT_BIT(EXT_CRL_POINTS) | EXT_BIT(EXT_POLICIES) | \
			 EXT_BIT(EXT_ISSUER_KEY_ID) | \
			 EXT_BIT(EXT_EXTENDED_USAGE))

/* keyCertSign is bit 5 of the first byte, counted from the highest. */
#define KEY_CERT_SIGN	0x04

/*
 * A DER encoding is unique, so an AlgorithmIdentifier is known by its bytes:
 * the contents of the SEQUENCE are an OID and its parameters.
 */
static const struct algorithm {
	u8  alg;
	u16 bits;		/* 0: as the modulus has */
	u16 point_len;
	u8  len;
	u8  id[19];
} algorithms[] = {
	/* rsaEncryption 1.2.840.113549.1.1.1, NULL */
	{ DIGSIG_ALG_RSA, 0, 0, 13,
	  { 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01,
	    0x05, 0x00 } },
	/* id-ecPublicKey 1.2.840.10045.2.1, secp256r1 1.2.840.10045.3.1.7 */
	{ DIGSIG_ALG_ECDSA_P256, 256, 65, 19,
	  { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07 } },
	/* id-ecPublicKey 1.2.840.10045.2.1, secp384r1 1.3.132.0.34 */
	{ DIGSIG_ALG_ECDSA_P384, 384, 97, 16,
	  { 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
	    0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22 } },
};

/* What is left to read. */
struct bytes {
	const u8 *at;
	size_t	  len;
};

static bool next_is(const struct bytes *in, u8 tag)
{
	return in->len && in->at[0] == tag;
}

static u8 byte_take(struct bytes *in)
{
	in->len--;
	return *in->at++;
}

/*
 * Length octets, X.690 8.1.3. Longer than 65535 is refused: a key is far
 * shorter, and so is a certificate.
 */
static bool length_take(struct bytes *in, size_t *len)
{
	size_t first, n = 0;
	int more;

	if (!in->len)
		return false;
	first = byte_take(in);
	if (first < 0x80) {
		*len = first;
		return true;
	}
	more = first - 0x80;
	if (more < 1 || more > 2 || in->len < (size_t)more)
		return false;
	while (more--)
		n = n << 8 | byte_take(in);
	*len = n;
	return n >= (first == 0x81 ? 0x80 : 0x100);
}

/* Move over one element with this tag, and give its contents. */
static bool take(struct bytes *in, u8 tag, struct bytes *contents)
{
	if (!next_is(in, tag))
		return false;
	byte_take(in);
	if (!length_take(in, &contents->len) || contents->len > in->len)
		return false;
	contents->at = in->at;
	in->at += contents->len;
	in->len -= contents->len;
	return true;
}

static bool skip(struct bytes *in, u8 tag)
{
	struct bytes contents;

	return take(in, tag, &contents);
}

static bool skip_optional(struct bytes *in, u8 tag)
{
	return !next_is(in, tag) || skip(in, tag);
}

/* An INTEGER above zero; @number leaves out the byte that keeps it positive. */
static bool take_positive(struct bytes *in, struct bytes *number)
{
	if (!take(in, TAG_INTEGER, number) || !number->len ||
	    number->at[0] & 0x80)
		return false;
	if (number->at[0])
		return true;
	byte_take(number);
	return number->len && number->at[0] & 0x80;
}

/* A BIT STRING of whole bytes. */
static bool take_bit_string(struct bytes *in, struct bytes *contents)
{
	return take(in, TAG_BIT_STRING, contents) && contents->len &&
	       !byte_take(contents);
}

/* A BOOLEAN that may be missing, which means false, and then is not written. */
static bool take_default_false(struct bytes *in, bool *value)
{
	struct bytes contents;

	*value = next_is(in, TAG_BOOLEAN);
	return !*value || (take(in, TAG_BOOLEAN, &contents) &&
			   contents.len == 1 && contents.at[0] == 0xff);
}

static bool is_odd(const struct bytes *number)
{
	return number->at[number->len - 1] & 1;
}

/* Exponents: odd, at least 3, at most 32 bits (65537 in practice). */
static bool exponent_valid(const struct bytes *e)
{
	return e->len <= 4 && is_odd(e) && !(e->len == 1 && e->at[0] == 1);
}

static const char *rsa_check(struct bytes in, struct digsig_pubkey *pubkey)
{
	struct bytes key, modulus, exponent;

	if (!take(&in, TAG_SEQUENCE, &key) || in.len ||
	    !take_positive(&key, &modulus) ||
	    !take_positive(&key, &exponent) || key.len)
		return "this is not an RSA public key";
	if (!(modulus.at[0] & 0x80) || !is_odd(&modulus) ||
	    (modulus.len != 256 && modulus.len != 384 && modulus.len != 512))
		return "the RSA key does not have 2048, 3072 or 4096 bits";
	if (!exponent_valid(&exponent))
		return "the exponent of the RSA key is even, 1, or above 32 bits";
	pubkey->bits = modulus.len * 8;
	return NULL;
}

static const struct algorithm *algorithm_find(const struct bytes *id)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(algorithms); i++)
		if (id->len == algorithms[i].len &&
		    !memcmp(id->at, algorithms[i].id, id->len))
			return &algorithms[i];
	return NULL;
}

/* @in starts with a SubjectPublicKeyInfo; move over it. */
static const char *spki_take(struct bytes *in, struct digsig_pubkey *pubkey)
{
	const struct algorithm *algorithm;
	struct bytes spki, id, key;

	pubkey->spki = in->at;
	if (!take(in, TAG_SEQUENCE, &spki) || !take(&spki, TAG_SEQUENCE, &id) ||
	    !take_bit_string(&spki, &key) || spki.len)
		return "this is not a public key";
	algorithm = algorithm_find(&id);
	if (!algorithm)
		return "the key is for an algorithm other than RSA, P-256, P-384";

	pubkey->spki_len = in->at - pubkey->spki;
	pubkey->alg = algorithm->alg;
	pubkey->bits = algorithm->bits;
	pubkey->key = key.at;
	pubkey->key_len = key.len;
	if (algorithm->alg == DIGSIG_ALG_RSA)
		return rsa_check(key, pubkey);
	if (key.len != algorithm->point_len || key.at[0] != 4)
		return "the key is not an uncompressed point of its curve";
	return NULL;
}

static const char *spki_parse(struct bytes in, struct digsig_pubkey *pubkey)
{
	const char *error = spki_take(&in, pubkey);

	if (error)
		return error;
	return in.len ? "something follows the public key" : NULL;
}

/* ---- extensions of certificates --------------------------------------------- */

/* pathLenConstraint is 0 or more; one above 127 is as good as none. */
static bool take_path_len(struct bytes *in, u8 *path_len)
{
	struct bytes number;

	*path_len = DIGSIG_PATH_LEN_ANY;
	if (!in->len)
		return true;
	if (!take(in, TAG_INTEGER, &number) || !number.len ||
	    number.at[0] & 0x80 ||
	    (number.len > 1 && !number.at[0] && !(number.at[1] & 0x80)))
		return false;
	if (number.len == 1)
		*path_len = number.at[0];
	return true;
}

static bool basic_constraints_parse(struct bytes in,
				    struct digsig_pubkey *pubkey)
{
	struct bytes constraints;

	return take(&in, TAG_SEQUENCE, &constraints) && !in.len &&
	       take_default_false(&constraints, &pubkey->authority) &&
	       take_path_len(&constraints, &pubkey->path_len) &&
	       !constraints.len;
}

/* A BIT STRING whose last byte may have unused bits. */
static bool key_usage_parse(struct bytes in, bool *signs)
{
	struct bytes usage;

	if (!take(&in, TAG_BIT_STRING, &usage) || in.len || usage.len < 2 ||
	    byte_take(&usage) > 7)
		return false;
	*signs = usage.at[0] & KEY_CERT_SIGN;
	return true;
}

/* The N of 2.5.29.N, or 0: none of those that matter here. */
static unsigned int extension_number(const struct bytes *oid)
{
	if (oid->len != 3 || oid->at[0] != 0x55 || oid->at[1] != 0x1d ||
	    oid->at[2] >= EXT_END)
		return 0;
	return oid->at[2];
}

/**
 * struct extensions - what the extensions of a certificate say together
 * @seen: bit N for 2.5.29.N
 * @no_signing: there is a keyUsage, and it is not for signing certificates
 */
struct extensions {
	u64  seen;
	bool no_signing;
};

static bool extension_value(unsigned int number, struct bytes value,
			    struct extensions *all,
			    struct digsig_pubkey *pubkey)
{
	bool signs;

	if (number == EXT_BASIC_CONSTRAINTS)
		return basic_constraints_parse(value, pubkey);
	if (number != EXT_KEY_USAGE)
		return true;
	if (!key_usage_parse(value, &signs))
		return false;
	all->no_signing = !signs;
	return true;
}

static const char *extension_take(struct bytes *list, struct extensions *all,
				  struct digsig_pubkey *pubkey)
{
	struct bytes extension, oid, value;
	unsigned int number;
	bool critical;

	if (!take(list, TAG_SEQUENCE, &extension) ||
	    !take(&extension, TAG_OID, &oid) ||
	    !take_default_false(&extension, &critical) ||
	    !take(&extension, TAG_OCTETS, &value) || extension.len)
		return "an extension of the certificate is malformed";
	number = extension_number(&oid);
	if (critical && !(EXT_KNOWN & EXT_BIT(number)))
		return "the certificate has a critical extension that is not known here";
	if (!number)
		return NULL;
	if (all->seen & EXT_BIT(number))
		return "the certificate has an extension twice";
	all->seen |= EXT_BIT(number);
	if (!extension_value(number, value, all, pubkey))
		return "an extension of the certificate is malformed";
	return NULL;
}

static const char *extensions_parse(struct bytes *tbs,
				    struct digsig_pubkey *pubkey)
{
	struct extensions all = {};
	struct bytes wrapping, list;
	const char *error = NULL;

	if (!next_is(tbs, TAG_EXTENSIONS))
		return NULL;
	if (!take(tbs, TAG_EXTENSIONS, &wrapping) ||
	    !take(&wrapping, TAG_SEQUENCE, &list) || wrapping.len)
		return "the certificate is malformed after its public key";
	while (list.len && !error)
		error = extension_take(&list, &all, pubkey);
	if (all.no_signing)
		pubkey->authority = false;
	return error;
}

/* RFC 5280, 4.1: all of it is walked; the key and the extensions are looked at. */
static const char *certificate_parse(struct bytes in,
				     struct digsig_pubkey *pubkey)
{
	struct bytes certificate, tbs, signature;
	const char *error;

	if (!take(&in, TAG_SEQUENCE, &certificate) || in.len ||
	    !take(&certificate, TAG_SEQUENCE, &tbs) ||
	    !skip(&certificate, TAG_SEQUENCE) ||	/* signatureAlgorithm */
	    !take_bit_string(&certificate, &signature) || certificate.len)
		return "this is neither a certificate nor a public key";
	if (!skip_optional(&tbs, TAG_VERSION) ||
	    !skip(&tbs, TAG_INTEGER) ||			/* serialNumber */
	    !skip(&tbs, TAG_SEQUENCE) ||		/* signature */
	    !skip(&tbs, TAG_SEQUENCE) ||		/* issuer */
	    !skip(&tbs, TAG_SEQUENCE) ||		/* validity */
	    !skip(&tbs, TAG_SEQUENCE))			/* subject */
		return "the certificate is malformed before its public key";
	error = spki_take(&tbs, pubkey);
	if (error)
		return error;
	if (!skip_optional(&tbs, TAG_ISSUER_ID) ||
	    !skip_optional(&tbs, TAG_SUBJECT_ID))
		return "the certificate is malformed after its public key";
	error = extensions_parse(&tbs, pubkey);
	if (error)
		return error;
	return tbs.len ? "the certificate is malformed after its public key" :
			 NULL;
}

static u8 *header_write(u8 *to, u8 tag, size_t len)
{
	*to++ = tag;
	*to++ = 0x82;
	*to++ = len >> 8;
	*to++ = len;
	return to;
}

/*
 * What a SubjectPublicKeyInfo has before an RSAPublicKey: SEQUENCE, algorithm,
 * BIT STRING. A valid key has 256 bytes or more, so the lengths take two bytes.
 */
static void spki_head_write(struct digsig_pubkey *pubkey)
{
	const struct algorithm *rsa = &algorithms[0];
	size_t bit_string_len = 1 + pubkey->key_len;
	u8 *to = pubkey->spki_head;

	to = header_write(to, TAG_SEQUENCE,
			  2 + rsa->len + 4 + bit_string_len);
	*to++ = TAG_SEQUENCE;
	*to++ = rsa->len;
	memcpy(to, rsa->id, rsa->len);
	to = header_write(to + rsa->len, TAG_BIT_STRING, bit_string_len);
	*to++ = 0;
	pubkey->spki_head_len = to - pubkey->spki_head;
}

static const char *rsa_parse(struct bytes in, struct digsig_pubkey *pubkey)
{
	const char *error = rsa_check(in, pubkey);

	if (error)
		return error;
	pubkey->alg = DIGSIG_ALG_RSA;
	pubkey->key = in.at;
	pubkey->key_len = in.len;
	pubkey->spki = in.at;
	pubkey->spki_len = in.len;
	spki_head_write(pubkey);
	return NULL;
}

/* The three begin alike; what stands first inside tells them apart. */
static enum digsig_der_form form_of(struct bytes in)
{
	struct bytes outer, inner;

	if (!take(&in, TAG_SEQUENCE, &outer))
		return DIGSIG_DER_CERTIFICATE;
	if (next_is(&outer, TAG_INTEGER))
		return DIGSIG_DER_RSA;
	if (take(&outer, TAG_SEQUENCE, &inner) && next_is(&inner, TAG_OID))
		return DIGSIG_DER_SPKI;
	return DIGSIG_DER_CERTIFICATE;
}

/**
 * digsig_der_parse() - find and check the public key in a certificate or key
 * @der: an X.509 certificate, a SubjectPublicKeyInfo or an RSAPublicKey
 * @len: bytes of it; more than 65539 are refused
 * @pubkey: filled in if all is well, pointing into @der; otherwise all zero
 *
 * A valid answer means that the key has the shape of one: RSA with 2048, 3072
 * or 4096 bits, odd modulus and odd exponent, or a point of the right length.
 * Whether the point is on the curve is for whoever computes with it.
 *
 * Context: Any.
 * Return: NULL, or half a sentence that says what is wrong.
 */
const char *digsig_der_parse(const void *der, size_t len,
			     struct digsig_pubkey *pubkey)
{
	struct bytes in = { der, len };
	enum digsig_der_form form = form_of(in);
	const char *error;

	memset(pubkey, 0, sizeof(*pubkey));
	if (form == DIGSIG_DER_RSA)
		error = rsa_parse(in, pubkey);
	else if (form == DIGSIG_DER_SPKI)
		error = spki_parse(in, pubkey);
	else
		error = certificate_parse(in, pubkey);
	if (error)
		memset(pubkey, 0, sizeof(*pubkey));
	else
		pubkey->form = form;
	return error;
}
