// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys in DER that are wrong in one place. Those that openssl makes are in
 * der-openssl.c.
 */
#include <kselftest_harness.h>

#include "der.h"

/* ---- building DER, plainly ------------------------------------------------- */

struct blob {
	size_t len;
	u8 bytes[4096];
};

static struct blob bytes(const void *data, size_t len)
{
	struct blob b = { .len = len };

	if (len > sizeof(b.bytes))
		abort();
	memcpy(b.bytes, data, len);
	return b;
}

#define B(literal)	bytes(literal, sizeof(literal) - 1)

static struct blob join(struct blob a, struct blob b)
{
	if (a.len + b.len > sizeof(a.bytes))
		abort();
	memcpy(a.bytes + a.len, b.bytes, b.len);
	a.len += b.len;
	return a;
}

static struct blob tlv(u8 tag, struct blob contents)
{
	size_t len = contents.len;
	u8 head[4] = { tag, len }, n = 2;

	if (len >= 0x100) {
		head[1] = 0x82;
		head[2] = len >> 8;
		head[3] = len;
		n = 4;
	} else if (len >= 0x80) {
		head[1] = 0x81;
		head[2] = len;
		n = 3;
	}
	return join(bytes(head, n), contents);
}

#define RSA_ID	"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01"
#define EC_ID	"\x06\x07\x2a\x86\x48\xce\x3d\x02\x01"
#define P256_ID	"\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07"
#define P384_ID	"\x06\x05\x2b\x81\x04\x00\x22"
#define NULL_ID	"\x05\x00"

/* An odd number of exactly @bits bits, a multiple of 8. */
static struct blob modulus(unsigned int bits)
{
	struct blob b = { .len = 1 + bits / 8 };

	random_fill(b.bytes + 1, bits / 8);
	b.bytes[1] |= 0x80;
	b.bytes[b.len - 1] |= 1;
	return b;
}

static struct blob rsa_key(struct blob n, struct blob e)
{
	return tlv(0x30, join(tlv(2, n), tlv(2, e)));
}

static struct blob spki_of(struct blob id, struct blob key)
{
	return tlv(0x30, join(tlv(0x30, id), tlv(3, join(B("\0"), key))));
}

static struct blob good_rsa(void)
{
	return rsa_key(modulus(2048), B("\x01\x00\x01"));
}

static struct blob good_spki(void)
{
	return spki_of(B(RSA_ID NULL_ID), good_rsa());
}

static struct blob point(u8 form, size_t len)
{
	struct blob b = { .len = len };

	random_fill(b.bytes, len);
	b.bytes[0] = form;
	return b;
}

/* The fields of a TBSCertificate, in order; any may be left empty. */
enum { VERSION, SERIAL, SIGNATURE, ISSUER, VALIDITY, SUBJECT, SPKI, ISSUER_ID,
       SUBJECT_ID, EXTENSIONS, MORE, FIELDS };

struct certificate {
	struct blob field[FIELDS];
	struct blob algorithm, signature, more;
};

static void certificate_make(struct certificate *c)
{
	memset(c, 0, sizeof(*c));
	c->field[VERSION] = B("\xa0\x03\x02\x01\x02");
	c->field[SERIAL] = B("\x02\x01\x07");
	c->field[SIGNATURE] = B("\x30\x00");
	c->field[ISSUER] = B("\x30\x00");
	c->field[VALIDITY] = B("\x30\x00");
	c->field[SUBJECT] = B("\x30\x00");
	c->field[SPKI] = good_spki();
	c->field[ISSUER_ID] = B("\x81\x02\x00\x01");
	c->field[SUBJECT_ID] = B("\x82\x02\x00\x02");
	c->field[EXTENSIONS] = B("\xa3\x02\x30\x00");
	c->algorithm = B("\x30\x00");
	c->signature = B("\x03\x03\x00\xaa\xbb");
}

static struct blob certificate(const struct certificate *c)
{
	struct blob tbs = {};
	int i;

	for (i = 0; i < FIELDS; i++)
		tbs = join(tbs, c->field[i]);
	return tlv(0x30, join(join(tlv(0x30, tbs), c->algorithm),
			      join(c->signature, c->more)));
}

static const char *parse(struct blob b)
{
	struct digsig_pubkey pubkey;

	return parse_bytes(b.bytes, b.len, &pubkey);
}

/* ---- RSA keys -------------------------------------------------------------- */

#define NO_RSA		"this is not an RSA public key"
#define NO_MODULUS	"the RSA key does not have 2048, 3072 or 4096 bits"
#define NO_EXPONENT	"the exponent of the RSA key is even, 1, or above 32 bits"

FIXTURE(der) {
	struct blob n, e;
};

FIXTURE_SETUP(der)
{
	random_start();
	self->n = modulus(2048);
	self->e = B("\x01\x00\x01");
	ASSERT_EQ(NULL, parse(rsa_key(self->n, self->e)));
	ASSERT_EQ(NULL, parse(good_spki()));
}

FIXTURE_TEARDOWN(der)
{
}

TEST_F(der, an_rsa_key_has_2048_3072_or_4096_bits)
{
	unsigned int bits;

	for (bits = 8; bits <= 8192; bits += 8) {
		bool want = bits == 2048 || bits == 3072 || bits == 4096;

		EXPECT_EQ(want, !parse(rsa_key(modulus(bits), self->e)));
	}
	/* 2047 bits; and 2049, which start with a byte that is 1. */
	self->n.bytes[1] &= 0x7f;
	self->n.bytes[1] |= 0x40;
	EXPECT_STREQ(NO_MODULUS,
		     parse(rsa_key(bytes(self->n.bytes + 1, 256), self->e)));
	self->n.bytes[0] = 1;
	EXPECT_STREQ(NO_MODULUS, parse(rsa_key(self->n, self->e)));
}

TEST_F(der, a_negative_modulus_is_refused)
{
	EXPECT_STREQ(NO_RSA,
		     parse(rsa_key(bytes(self->n.bytes + 1, 256), self->e)));
}

TEST_F(der, a_modulus_with_needless_zeros_is_refused)
{
	EXPECT_STREQ(NO_RSA, parse(rsa_key(join(B("\0"), self->n), self->e)));
}

TEST_F(der, an_even_modulus_is_refused)
{
	self->n.bytes[256] &= 0xfe;
	EXPECT_STREQ(NO_MODULUS, parse(rsa_key(self->n, self->e)));
}

TEST_F(der, exponents)
{
	static const struct {
		struct blob e;
		const char *error;
	} exponents[] = {
		{ { 1, "\x03" }, NULL },
		{ { 1, "\x7f" }, NULL },
		{ { 2, "\x00\x81" }, NULL },
		{ { 5, "\x00\xff\xff\xff\xff" }, NULL },
		{ { 1, "\x01" }, NO_EXPONENT },
		{ { 1, "\x02" }, NO_EXPONENT },
		{ { 3, "\x01\x00\x00" }, NO_EXPONENT },
		{ { 5, "\x01\x00\x00\x00\x01" }, NO_EXPONENT },
		{ { 1, "\x00" }, NO_RSA },
		{ { 0, "" }, NO_RSA },
		{ { 1, "\x81" }, NO_RSA },
		{ { 2, "\x00\x03" }, NO_RSA },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exponents); i++) {
		const char *error = parse(rsa_key(self->n, exponents[i].e));

		if (exponents[i].error) {
			EXPECT_STREQ(exponents[i].error, error);
		} else {
			EXPECT_EQ(NULL, error);
		}
	}
}

TEST_F(der, an_rsa_key_is_two_integers)
{
	struct blob both = join(tlv(2, self->n), tlv(2, self->e));

	EXPECT_STREQ(NO_RSA, parse(tlv(0x30, tlv(2, self->n))));
	EXPECT_STREQ(NO_RSA, parse(tlv(0x30, join(both, B("\x02\x01\x03")))));
	EXPECT_STREQ(NO_RSA, parse(join(tlv(0x30, both), B("\0"))));
	EXPECT_STREQ(NO_RSA, parse(tlv(0x30, join(tlv(2, self->n),
						  tlv(4, self->e)))));
}

/* ---- lengths and ends ------------------------------------------------------- */

TEST_F(der, nothing_is_refused)
{
	struct digsig_pubkey pubkey;

	EXPECT_NE(NULL, digsig_der_parse(NULL, 0, &pubkey));
	EXPECT_NE(NULL, parse(B("\x30")));
	EXPECT_NE(NULL, parse(B("\x30\x00")));
}

/* One element, with its length written in each way there is. */
TEST_F(der, only_the_shortest_definite_length_is_read)
{
	struct blob n = tlv(2, self->n);

	EXPECT_EQ(NULL, parse(tlv(0x30, join(n, B("\x02\x01\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x81\x01\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x82\x00\x01\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x83\x00\x00\x01\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x80\x03\x00\x00")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\xff\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x02\x03")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x82\x01")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02\x81")))));
	EXPECT_NE(NULL, parse(tlv(0x30, join(n, B("\x02")))));
	EXPECT_NE(NULL, parse(tlv(0x30, n)));
}

/* The same for what takes one byte of length, and two. */
TEST_F(der, longer_lengths_have_no_leading_zeros)
{
	struct blob head = B("\x30\x82\x00\xc8");
	struct certificate c;

	certificate_make(&c);
	c.field[ISSUER] = tlv(0x30, point(0, 200));
	EXPECT_EQ(NULL, parse(certificate(&c)));
	c.field[ISSUER] = join(head, point(0, 200));
	EXPECT_NE(NULL, parse(certificate(&c)));

	head = B("\x30\x83\x00\x01\x2c");
	c.field[ISSUER] = tlv(0x30, point(0, 300));
	EXPECT_EQ(NULL, parse(certificate(&c)));
	c.field[ISSUER] = join(head, point(0, 300));
	EXPECT_NE(NULL, parse(certificate(&c)));
}

TEST_F(der, cut_anywhere_or_with_a_byte_more_it_is_refused)
{
	struct certificate c;
	struct blob whole[3];
	size_t i, len;

	certificate_make(&c);
	whole[0] = good_rsa();
	whole[1] = good_spki();
	whole[2] = certificate(&c);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(NULL, parse(whole[i]));
		for (len = 0; len < whole[i].len; len++)
			EXPECT_NE(NULL, parse(bytes(whole[i].bytes, len)));
		EXPECT_NE(NULL, parse(join(whole[i], B("\0"))));
	}
}

/* ---- SubjectPublicKeyInfo --------------------------------------------------- */

#define NO_KEY		"this is not a public key"
#define NO_ALGORITHM	"the key is for an algorithm other than RSA, P-256, P-384"
#define NO_POINT	"the key is not an uncompressed point of its curve"

TEST_F(der, rsa_has_null_parameters)
{
	EXPECT_STREQ(NO_ALGORITHM, parse(spki_of(B(RSA_ID), good_rsa())));
	EXPECT_STREQ(NO_ALGORITHM,
		     parse(spki_of(B(RSA_ID NULL_ID NULL_ID), good_rsa())));
	EXPECT_STREQ(NO_ALGORITHM,
		     parse(spki_of(B(RSA_ID "\x30\x00"), good_rsa())));
}

TEST_F(der, a_bit_string_is_of_whole_bytes)
{
	struct blob id = tlv(0x30, B(RSA_ID NULL_ID));
	struct blob spki;

	spki = tlv(0x30, join(id, tlv(3, join(B("\1"), good_rsa()))));
	EXPECT_STREQ(NO_KEY, parse(spki));
	spki = tlv(0x30, join(id, tlv(3, B(""))));
	EXPECT_STREQ(NO_KEY, parse(spki));
	spki = tlv(0x30, join(id, tlv(4, join(B("\0"), good_rsa()))));
	EXPECT_STREQ(NO_KEY, parse(spki));
}

TEST_F(der, nothing_follows_inside_or_after_a_spki)
{
	struct blob spki = good_spki();
	struct blob inside = bytes(spki.bytes + 4, spki.len - 4);

	EXPECT_STREQ(NO_KEY, parse(tlv(0x30, join(inside, B("\5\0")))));
	EXPECT_STREQ("something follows the public key",
		     parse(join(spki, B("\5\0"))));
}

TEST_F(der, a_key_may_not_be_of_another_algorithm)
{
	EXPECT_NE(NULL, parse(spki_of(B(RSA_ID NULL_ID), point(4, 65))));
	EXPECT_NE(NULL, parse(spki_of(B(EC_ID P256_ID), good_rsa())));
}

TEST_F(der, points_are_uncompressed_and_of_the_length_of_the_curve)
{
	struct blob p256 = B(EC_ID P256_ID), p384 = B(EC_ID P384_ID);
	size_t len;
	int form;

	for (len = 1; len < 140; len++) {
		EXPECT_EQ(len == 65, !parse(spki_of(p256, point(4, len))));
		EXPECT_EQ(len == 97, !parse(spki_of(p384, point(4, len))));
	}
	for (form = 0; form < 256; form++)
		EXPECT_EQ(form == 4, !parse(spki_of(p256, point(form, 65))));
	EXPECT_STREQ(NO_POINT, parse(spki_of(p256, point(2, 33))));
	EXPECT_NE(NULL, parse(spki_of(p256, B(""))));
}

/* ---- certificates ----------------------------------------------------------- */

TEST_F(der, what_is_optional_in_a_certificate_may_be_missing)
{
	struct certificate c;
	int optional;

	for (optional = 0; optional < 16; optional++) {
		certificate_make(&c);
		if (optional & 1)
			c.field[VERSION].len = 0;
		if (optional & 2)
			c.field[ISSUER_ID].len = 0;
		if (optional & 4)
			c.field[SUBJECT_ID].len = 0;
		if (optional & 8)
			c.field[EXTENSIONS].len = 0;
		EXPECT_EQ(NULL, parse(certificate(&c)));
	}
}

TEST_F(der, what_is_not_optional_may_not_be_missing)
{
	struct certificate c;
	int field;

	for (field = SERIAL; field <= SPKI; field++) {
		certificate_make(&c);
		c.field[field].len = 0;
		EXPECT_NE(NULL, parse(certificate(&c)));
	}
	certificate_make(&c);
	c.algorithm.len = 0;
	EXPECT_NE(NULL, parse(certificate(&c)));
	certificate_make(&c);
	c.signature.len = 0;
	EXPECT_NE(NULL, parse(certificate(&c)));
}

TEST_F(der, nothing_may_follow_in_a_certificate)
{
	struct certificate c;

	certificate_make(&c);
	c.field[MORE] = B("\x05\x00");
	EXPECT_STREQ("the certificate is malformed after its public key",
		     parse(certificate(&c)));
	certificate_make(&c);
	c.more = B("\x05\x00");
	EXPECT_STREQ("this is neither a certificate nor a public key",
		     parse(certificate(&c)));
}

TEST_F(der, fields_out_of_order_are_refused)
{
	struct certificate c;
	struct blob saved;

	certificate_make(&c);
	saved = c.field[ISSUER_ID];
	c.field[ISSUER_ID] = c.field[EXTENSIONS];
	c.field[EXTENSIONS] = saved;
	EXPECT_NE(NULL, parse(certificate(&c)));
	certificate_make(&c);
	c.field[SERIAL] = c.field[VERSION];
	c.field[VERSION] = B("\x02\x01\x07");
	EXPECT_NE(NULL, parse(certificate(&c)));
}

TEST_F(der, the_key_is_the_one_in_the_right_place)
{
	struct blob decoy = good_spki();
	struct digsig_pubkey pubkey;
	struct certificate c;
	struct blob der;

	certificate_make(&c);
	c.field[ISSUER] = decoy;
	c.field[SUBJECT] = decoy;
	der = certificate(&c);
	ASSERT_EQ(NULL, parse_bytes(der.bytes, der.len, &pubkey));
	ASSERT_EQ(c.field[SPKI].len, pubkey.spki_len);
	EXPECT_EQ(0, memcmp(c.field[SPKI].bytes, pubkey.spki, pubkey.spki_len));
}

/* ---- extensions ------------------------------------------------------------- */

#define MALFORMED	"an extension of the certificate is malformed"
#define TRUE_VALUE	"\x01\x01\xff"

/* One extension 2.5.29.@number. */
static struct blob extension(u8 number, bool critical, struct blob value)
{
	struct blob oid = B("\x06\x03\x55\x1d\x00");

	oid.bytes[4] = number;
	if (critical)
		oid = join(oid, B(TRUE_VALUE));
	return tlv(0x30, join(oid, tlv(4, value)));
}

static struct blob constraints(struct blob contents)
{
	return extension(19, true, tlv(0x30, contents));
}

/* A certificate with these extensions, parsed. */
static const char *parse_with(struct blob extensions,
			      struct digsig_pubkey *pubkey)
{
	struct certificate c;
	struct blob der;

	certificate_make(&c);
	c.field[EXTENSIONS] = tlv(0xa3, tlv(0x30, extensions));
	der = certificate(&c);
	return parse_bytes(der.bytes, der.len, pubkey);
}

TEST_F(der, an_authority_says_so)
{
	static const struct {
		struct blob contents;
		bool authority;
		u8 path_len;
	} good[] = {
		{ { 0, "" }, false, DIGSIG_PATH_LEN_ANY },
		{ { 3, TRUE_VALUE }, true, DIGSIG_PATH_LEN_ANY },
		{ { 6, TRUE_VALUE "\2\1\0" }, true, 0 },
		{ { 6, TRUE_VALUE "\2\1\3" }, true, 3 },
		{ { 6, TRUE_VALUE "\2\1\x7f" }, true, 127 },
		{ { 7, TRUE_VALUE "\2\2\0\x80" }, true, DIGSIG_PATH_LEN_ANY },
	};
	struct digsig_pubkey pubkey;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		ASSERT_EQ(NULL, parse_with(constraints(good[i].contents),
					   &pubkey));
		EXPECT_EQ(good[i].authority, pubkey.authority);
		EXPECT_EQ(good[i].path_len, pubkey.path_len);
	}
	ASSERT_EQ(NULL, parse_with(extension(19, false,
					     tlv(0x30, B(TRUE_VALUE))),
				   &pubkey));
	EXPECT_TRUE(pubkey.authority);
}

TEST_F(der, basic_constraints_that_are_malformed)
{
	static const struct blob bad[] = {
		{ 3, "\1\1\0" }, { 3, "\1\1\1" }, { 2, "\1\0" },
		{ 4, "\1\2\xff\xff" }, { 5, TRUE_VALUE "\2\0" },
		{ 6, TRUE_VALUE "\2\1\x80" }, { 7, TRUE_VALUE "\2\2\0\3" },
		{ 6, TRUE_VALUE TRUE_VALUE }, { 9, TRUE_VALUE "\2\1\0\2\1\0" },
		{ 2, "\1\1" },
	};
	struct digsig_pubkey pubkey;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_STREQ(MALFORMED, parse_with(constraints(bad[i]), &pubkey))
			TH_LOG("%zu", i);
	EXPECT_STREQ(MALFORMED,
		     parse_with(extension(19, true, B("\x30\0\0")), &pubkey));
	EXPECT_STREQ(MALFORMED, parse_with(extension(19, true, B("")), &pubkey));
}

TEST_F(der, an_authority_needs_the_usage_if_there_is_one)
{
	static const struct {
		struct blob usage;
		bool authority;
	} usages[] = {
		{ { 4, "\3\2\2\4" }, true }, { { 4, "\3\2\1\6" }, true },
		{ { 5, "\3\3\7\4\x80" }, true },
		{ { 4, "\3\2\7\x80" }, false }, { { 4, "\3\2\1\2" }, false },
	};
	static const struct blob bad[] = {
		{ 0, "" }, { 2, "\3\0" }, { 3, "\3\1\0" },
		{ 4, "\3\2\x8\4" }, { 5, "\3\2\2\4\0" }, { 3, "\2\1\4" },
	};
	struct blob ca = constraints(B(TRUE_VALUE));
	struct digsig_pubkey pubkey;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(usages); i++) {
		struct blob usage = extension(15, true, usages[i].usage);

		ASSERT_EQ(NULL, parse_with(join(ca, usage), &pubkey));
		EXPECT_EQ(usages[i].authority, pubkey.authority);
		ASSERT_EQ(NULL, parse_with(join(usage, ca), &pubkey));
		EXPECT_EQ(usages[i].authority, pubkey.authority);
		ASSERT_EQ(NULL, parse_with(usage, &pubkey));
		EXPECT_FALSE(pubkey.authority);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_STREQ(MALFORMED,
			     parse_with(extension(15, true, bad[i]), &pubkey));
}

TEST_F(der, a_critical_extension_has_to_be_known)
{
	struct blob policy = B("\x06\x08\x2b\6\1\5\5\7\1\1");
	struct digsig_pubkey pubkey;
	int n;

	for (n = 0; n < 256; n++) {
		bool known = strchr("\16\17\21\22\23\37\40\43\45", n) && n;
		struct blob value = n == 15 ? B("\3\2\2\4") : B("\x30\0");

		EXPECT_EQ(NULL, parse_with(extension(n, false, value), &pubkey));
		EXPECT_EQ(known, !parse_with(extension(n, true, value), &pubkey))
			TH_LOG("%d", n);
	}
	EXPECT_EQ(NULL, parse_with(tlv(0x30, join(policy, tlv(4, B("")))),
				   &pubkey));
	policy = join(policy, B(TRUE_VALUE));
	EXPECT_STREQ("the certificate has a critical extension that is not known here",
		     parse_with(tlv(0x30, join(policy, tlv(4, B("")))),
				&pubkey));
}

TEST_F(der, no_extension_comes_twice)
{
	struct blob no = constraints(B("")), yes = constraints(B(TRUE_VALUE));
	struct digsig_pubkey pubkey;

	EXPECT_STREQ("the certificate has an extension twice",
		     parse_with(join(no, yes), &pubkey));
	EXPECT_FALSE(pubkey.authority);
}

/* The bytes of an authority in a name, or in another extension, make none. */
TEST_F(der, an_authority_is_not_found_elsewhere)
{
	struct blob ca = constraints(B(TRUE_VALUE));
	struct digsig_pubkey pubkey;
	struct certificate c;
	struct blob der;

	certificate_make(&c);
	c.field[SUBJECT] = tlv(0x30, ca);
	c.field[EXTENSIONS] = tlv(0xa3, tlv(0x30, extension(14, false, ca)));
	der = certificate(&c);
	ASSERT_EQ(NULL, parse_bytes(der.bytes, der.len, &pubkey));
	EXPECT_FALSE(pubkey.authority);
}

TEST_HARNESS_MAIN
