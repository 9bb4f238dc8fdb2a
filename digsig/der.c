// SPDX-License-Identifier: GPL-2.0-only
/*
 * Public keys in DER: finding the key in a certificate, and checking it.
 *
 * The input is a certificate, a SubjectPublicKeyInfo or an RSAPublicKey, and
 * nothing after it. This is no ASN.1 library: it walks the few types those
 * three are made of, accepts DER only (X.690, 10.1: definite lengths, in the
 * shortest form), and only keys that digsig verifies with. It does not judge
 * certificates: who signed one is for the kernel's X.509 code, and until when it
 * is valid nobody asks, because a node may have no clock when it boots.
 */
#include <linux/digsig_format.h>

#include "der.h"

enum {
	TAG_INTEGER	= 0x02,
	TAG_BIT_STRING	= 0x03,
	TAG_OID		= 0x06,
	TAG_SEQUENCE	= 0x30,
	TAG_VERSION	= 0xa0,		/* [0] EXPLICIT */
	TAG_ISSUER_ID	= 0x81,		/* [1] IMPLICIT BIT STRING */
	TAG_SUBJECT_ID	= 0x82,		/* [2] IMPLICIT BIT STRING */
	TAG_EXTENSIONS	= 0xa3,		/* [3] EXPLICIT */
};

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

/* RFC 5280, 4.1: all of it is walked, only the key is looked at. */
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
	    !skip_optional(&tbs, TAG_SUBJECT_ID) ||
	    !skip_optional(&tbs, TAG_EXTENSIONS) || tbs.len)
		return "the certificate is malformed after its public key";
	return NULL;
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
