// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys in DER that openssl makes, compared with what libcrypto reads in them.
 *
 * KEYS is the folder that tests/unit/digsig/keys filled.
 */
#include <kselftest_harness.h>

#include <dirent.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "der.h"

static size_t file_read(const char *dir, const char *name, u8 *to, size_t size)
{
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof(path), KEYS "/%s/%s", dir, name);
	f = fopen(path, "rb");
	if (!f)
		abort();
	len = fread(to, 1, size, f);
	fclose(f);
	return len;
}

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name);

	return len > strlen(end) && !strcmp(name + len - strlen(end), end);
}

/*
 * What libcrypto makes of the same bytes, as a SubjectPublicKeyInfo. Out of a
 * certificate by writing and reading: X509_PUBKEY_dup() of OpenSSL 3.0 forgets
 * that a BIT STRING is of whole bytes, and shortens a point that ends in 0 bits.
 */
static X509_PUBKEY *reference_read(u8 form, const u8 *der, size_t len)
{
	const u8 *at = der;
	X509_PUBKEY *spki = NULL;
	EVP_PKEY *pkey;
	u8 *copy = NULL;
	X509 *x509;

	if (form == DIGSIG_DER_SPKI) {
		spki = d2i_X509_PUBKEY(NULL, &at, len);
	} else if (form == DIGSIG_DER_RSA) {
		pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, len);
		if (pkey)
			X509_PUBKEY_set(&spki, pkey);
		EVP_PKEY_free(pkey);
	} else {
		x509 = d2i_X509(NULL, &at, len);
		if (x509) {
			len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &copy);
			at = copy;
			spki = d2i_X509_PUBKEY(NULL, &at, len);
		}
		OPENSSL_free(copy);
		X509_free(x509);
	}
	return spki;
}

/* Does libcrypto see the same key, and would it have the same id? */
static bool reference_agrees(const struct digsig_pubkey *pubkey, const u8 *der,
			     size_t len)
{
	X509_PUBKEY *spki = reference_read(pubkey->form, der, len);
	u8 *again = NULL, *ours = malloc(pubkey->spki_head_len +
					 pubkey->spki_len);
	const u8 *key = NULL;
	int again_len, key_len = 0;
	bool agrees;

	memcpy(ours, pubkey->spki_head, pubkey->spki_head_len);
	memcpy(ours + pubkey->spki_head_len, pubkey->spki, pubkey->spki_len);
	again_len = spki ? i2d_X509_PUBKEY(spki, &again) : -1;
	agrees = again_len == (int)(pubkey->spki_head_len + pubkey->spki_len) &&
		 !memcmp(again, ours, again_len) &&
		 X509_PUBKEY_get0_param(NULL, &key, &key_len, NULL, spki) &&
		 key_len == (int)pubkey->key_len &&
		 !memcmp(key, pubkey->key, key_len);
	OPENSSL_free(again);
	X509_PUBKEY_free(spki);
	free(ours);
	return agrees;
}

TEST(keys_of_openssl_are_read_as_libcrypto_reads_them)
{
	DIR *dir = opendir(KEYS "/good");
	struct dirent *entry;
	u8 der[8192];
	int seen = 0;

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir))) {
		struct digsig_pubkey pubkey;
		const char *name = entry->d_name;
		X509_PUBKEY *spki;
		size_t len;

		if (name[0] == '.')
			continue;
		len = file_read("good", name, der, sizeof(der));
		ASSERT_EQ(NULL, parse_bytes(der, len, &pubkey))
			TH_LOG("%s", name);
		EXPECT_EQ(ends_with(name, ".crt"),
			  pubkey.form == DIGSIG_DER_CERTIFICATE);
		EXPECT_EQ(ends_with(name, ".spki"),
			  pubkey.form == DIGSIG_DER_SPKI);
		EXPECT_EQ(ends_with(name, ".rsa"),
			  pubkey.form == DIGSIG_DER_RSA);
		EXPECT_TRUE(reference_agrees(&pubkey, der, len))
			TH_LOG("%s", name);
		spki = reference_read(pubkey.form, der, len);
		EXPECT_EQ(EVP_PKEY_bits(X509_PUBKEY_get0(spki)),
			  (int)pubkey.bits);
		X509_PUBKEY_free(spki);
		seen++;
	}
	closedir(dir);
	/* Four RSA keys in three wrappings, two of curves in two, version 1. */
	EXPECT_EQ(4 * 3 + 2 * 2 + 1, seen);
}

/* Certificates that differ in what they may sign. */
TEST(authorities_of_openssl_are_seen_as_libcrypto_sees_them)
{
	DIR *dir = opendir(KEYS "/authority");
	struct dirent *entry;
	int seen = 0, authorities = 0;
	u8 der[8192];

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir))) {
		struct digsig_pubkey pubkey;
		const u8 *at = der;
		long path_len;
		X509 *x509;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		len = file_read("authority", entry->d_name, der, sizeof(der));
		ASSERT_EQ(NULL, parse_bytes(der, len, &pubkey))
			TH_LOG("%s", entry->d_name);
		x509 = d2i_X509(NULL, &at, len);
		EXPECT_EQ(X509_check_ca(x509) == 1, pubkey.authority)
			TH_LOG("%s", entry->d_name);
		path_len = X509_get_pathlen(x509);
		if (pubkey.authority)
			EXPECT_EQ(path_len < 0 ? DIGSIG_PATH_LEN_ANY : path_len,
				  pubkey.path_len);
		authorities += pubkey.authority;
		X509_free(x509);
		seen++;
	}
	closedir(dir);
	EXPECT_EQ(8, seen);
	EXPECT_EQ(5, authorities);
}

TEST(keys_of_openssl_that_digsig_does_not_take_are_refused)
{
	DIR *dir = opendir(KEYS "/bad");
	struct dirent *entry;
	u8 der[8192];
	int seen = 0;

	ASSERT_NE(NULL, dir);
	while ((entry = readdir(dir))) {
		struct digsig_pubkey pubkey;
		size_t len;

		if (entry->d_name[0] == '.')
			continue;
		len = file_read("bad", entry->d_name, der, sizeof(der));
		EXPECT_NE(NULL, parse_bytes(der, len, &pubkey))
			TH_LOG("%s", entry->d_name);
		seen++;
	}
	closedir(dir);
	EXPECT_GT(seen, 20);
}

/* The id of a key does not depend on what the key came in. */
TEST(all_wrappings_of_a_key_have_one_id)
{
	static const char *const names[] = {
		"rsa2048.rsa", "rsa2048.spki", "rsa2048.crt", "rsa2048-v1.crt",
	};
	u8 der[8192], hash[32], want[32];
	size_t i, len;

	len = file_read("good", "rsa2048.spki", der, sizeof(der));
	SHA256(der, len, want);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		struct digsig_pubkey pubkey;
		u8 whole[1024];

		len = file_read("good", names[i], der, sizeof(der));
		ASSERT_EQ(NULL, parse_bytes(der, len, &pubkey));
		memcpy(whole, pubkey.spki_head, pubkey.spki_head_len);
		memcpy(whole + pubkey.spki_head_len, pubkey.spki,
		       pubkey.spki_len);
		SHA256(whole, pubkey.spki_head_len + pubkey.spki_len, hash);
		EXPECT_EQ(0, memcmp(want, hash, sizeof(want)));
	}
}

/*
 * Each byte of the structure changed to each other value. What is accepted
 * still, libcrypto reads in the same way: the key differs, but not the shape.
 */
static int change_every_byte(const char *name)
{
	u8 der[8192];
	size_t len = file_read("good", name, der, sizeof(der)), i;
	int value, accepted = 0;

	for (i = 0; i < len; i++) {
		u8 saved = der[i];

		/* Two values are enough inside a modulus or a signature. */
		for (value = 0; value < 256; value += i < 48 ? 1 : 255) {
			struct digsig_pubkey pubkey;

			der[i] = value;
			if (parse_bytes(der, len, &pubkey))
				continue;
			if (pubkey.form != DIGSIG_DER_CERTIFICATE &&
			    !reference_agrees(&pubkey, der, len))
				return -1;
			accepted++;
		}
		der[i] = saved;
	}
	return accepted;
}

/* One test for each, so that each has the harness's half minute. */
FIXTURE(changed) {
};

FIXTURE_SETUP(changed)
{
}

FIXTURE_TEARDOWN(changed)
{
}

FIXTURE_VARIANT(changed) {
	const char *name;
	int accepted;
};

FIXTURE_VARIANT_ADD(changed, rsa_spki) { "rsa2048.spki", 400 };
FIXTURE_VARIANT_ADD(changed, rsa_key) { "rsa2048.rsa", 400 };
FIXTURE_VARIANT_ADD(changed, p256_spki) { "p256.spki", 100 };
FIXTURE_VARIANT_ADD(changed, p384_spki) { "p384.spki", 100 };
FIXTURE_VARIANT_ADD(changed, p256_certificate) { "p256.crt", 100 };

TEST_F(changed, byte_makes_another_key_or_none)
{
	EXPECT_GT(change_every_byte(variant->name), variant->accepted);
}

TEST_HARNESS_MAIN
