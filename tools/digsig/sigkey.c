// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: reading them from files and tokens, signing, verifying.
 *
 * This file and keygen.c know OpenSSL's key interfaces, the rest of the
 * program sees struct sigkey. A signature is made of the 96 bytes that
 * <linux/digsig_format.h> names and has a length that is known before it is
 * made, because the length is among what is signed.
 *
 * Locking: a key is read by many threads at once. OpenSSL's software keys
 * allow that; a token is given to one thread at a time under sigkey.lock.
 */
#define OPENSSL_SUPPRESS_DEPRECATED	/* ENGINE: the only PKCS#11 of Debian 12 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>
#include <openssl/core_names.h>
#include <openssl/engine.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/provider.h>
#include <openssl/store.h>

#include "digsig/pure.h"
#include "report.h"
#include "sigkey.h"

/* Half of all ECDSA signatures have this length; others are made again. */
#define P256_SIG_LEN	71
#define P384_SIG_LEN	103
#define ECDSA_TRIES	256

const uint32_t sigkey_lengths[] = { 256, 384, 512, P256_SIG_LEN, P384_SIG_LEN };
const size_t sigkey_lengths_count = ARRAY_SIZE(sigkey_lengths);

/**
 * sigkey_openssl_error() - say why OpenSSL refused
 *
 * Return: the sentence of the first queued error, in storage of the thread;
 * the queue is empty afterwards.
 */
const char *sigkey_openssl_error(void)
{
	static __thread char text[160];
	unsigned long err = ERR_get_error();
	const char *reason = err ? ERR_reason_error_string(err) : NULL;

	snprintf(text, sizeof(text), "%s", reason ? reason : "no reason given");
	ERR_clear_error();
	return text;
}

static int key_id(EVP_PKEY *pkey, uint8_t *id)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned char *spki = NULL;
	int len = i2d_PUBKEY(pkey, &spki);

	if (len <= 0)
		return -EINVAL;
	if (!EVP_Digest(spki, len, digest, NULL, EVP_sha256(), NULL)) {
		OPENSSL_free(spki);
		return -EIO;
	}
	memcpy(id, digest, DIGSIG_KEY_ID_LEN);
	OPENSSL_free(spki);
	return 0;
}

static int ec_algorithm(struct sigkey *key)
{
	char group[32] = "";

	if (!EVP_PKEY_get_utf8_string_param(key->pkey, OSSL_PKEY_PARAM_GROUP_NAME,
					    group, sizeof(group), NULL))
		group[0] = '\0';
	if (!strcmp(group, "prime256v1") || !strcmp(group, "P-256") ||
	    (!group[0] && key->bits == 256)) {
		key->alg = DIGSIG_ALG_ECDSA_P256;
		key->sig_len = P256_SIG_LEN;
		return 0;
	}
	if (!strcmp(group, "secp384r1") || !strcmp(group, "P-384") ||
	    (!group[0] && key->bits == 384)) {
		key->alg = DIGSIG_ALG_ECDSA_P384;
		key->sig_len = P384_SIG_LEN;
		return 0;
	}
	report_error("%s: curve %s is not supported, P-256 and P-384 are",
		     key->name, group[0] ? group : "of this key");
	return -EOPNOTSUPP;
}

static int rsa_algorithm(struct sigkey *key)
{
	if (key->bits != 2048 && key->bits != 3072 && key->bits != 4096) {
		report_error("%s: RSA with %u bits is not supported, 2048, 3072 and 4096 are",
			     key->name, key->bits);
		return -EOPNOTSUPP;
	}
	key->alg = DIGSIG_ALG_RSA;
	key->sig_len = key->bits / 8;
	return 0;
}

/**
 * sigkey_init() - make a key of what OpenSSL has read
 * @key: filled; sigkey_close() gives it back
 * @pkey: taken over, on errors too
 * @name: copied; how to call the key in messages
 *
 * Return: 0, or a negative error after reporting it.
 */
int sigkey_init(struct sigkey *key, EVP_PKEY *pkey, const char *name)
{
	int err;

	memset(key, 0, sizeof(*key));
	pthread_mutex_init(&key->lock, NULL);
	key->pkey = pkey;
	key->name = strdup(name);
	key->bits = EVP_PKEY_get_bits(pkey);
	if (!key->name) {
		sigkey_close(key);
		return -ENOMEM;
	}
	switch (EVP_PKEY_get_base_id(pkey)) {
	case EVP_PKEY_RSA:
		err = rsa_algorithm(key);
		break;
	case EVP_PKEY_EC:
		err = ec_algorithm(key);
		break;
	default:
		report_error("%s: neither an RSA nor an ECDSA key", name);
		err = -EOPNOTSUPP;
	}
	if (!err) {
		err = key_id(pkey, key->id);
		if (err)
			report_error("%s: cannot name the key: %s", name,
				     sigkey_openssl_error());
	}
	if (err)
		sigkey_close(key);
	return err;
}

/**
 * sigkey_close() - forget a key
 * @key: empty afterwards; may be empty before
 */
void sigkey_close(struct sigkey *key)
{
	if (!key->pkey)
		return;
	EVP_PKEY_free(key->pkey);
	free(key->name);
	pthread_mutex_destroy(&key->lock);
	memset(key, 0, sizeof(*key));
}

/* ---- private keys ----------------------------------------------------------- */

static int give_passphrase(char *buf, int size, int rwflag, void *arg)
{
	const char *passphrase = arg;

	(void)rwflag;
	if (!passphrase || strlen(passphrase) > (size_t)size)
		return -1;
	memcpy(buf, passphrase, strlen(passphrase));
	return strlen(passphrase);
}

static EVP_PKEY *private_from_file(const char *path, const char *passphrase)
{
	EVP_PKEY *pkey;
	FILE *f = fopen(path, "re");

	if (!f) {
		report_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	pkey = PEM_read_PrivateKey(f, NULL, give_passphrase, (void *)passphrase);
	if (!pkey && !fseek(f, 0, SEEK_SET)) {
		/* The reason of the first try is the better one to show. */
		ERR_set_mark();
		pkey = d2i_PrivateKey_fp(f, NULL);
		ERR_pop_to_mark();
	}
	fclose(f);
	if (!pkey)
		report_error("%s: no private key could be read: %s%s", path,
			     sigkey_openssl_error(),
			     passphrase ? "" : " (no passphrase was given)");
	ERR_clear_error();
	return pkey;
}

/* Through a provider, where one for PKCS#11 is installed. */
static EVP_PKEY *private_from_provider(const char *uri)
{
	EVP_PKEY *pkey = NULL;
	OSSL_STORE_INFO *info;
	OSSL_STORE_CTX *store;

	if (!OSSL_PROVIDER_try_load(NULL, "pkcs11", 1))
		return NULL;
	store = OSSL_STORE_open(uri, NULL, NULL, NULL, NULL);
	if (!store)
		return NULL;
	while (!pkey && !OSSL_STORE_eof(store)) {
		info = OSSL_STORE_load(store);
		if (info && OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			pkey = OSSL_STORE_INFO_get1_PKEY(info);
		OSSL_STORE_INFO_free(info);
	}
	OSSL_STORE_close(store);
	return pkey;
}

/* The engine of libp11. It stays loaded: the key points into it. */
static EVP_PKEY *private_from_engine(const char *uri, const char *pin,
				      bool *there)
{
	const char *module = getenv("PKCS11_MODULE_PATH");
	EVP_PKEY *pkey;
	ENGINE *e;

	ENGINE_load_dynamic();
	e = ENGINE_by_id("pkcs11");
	*there = e;
	if (!e)
		return NULL;
	if ((module && !ENGINE_ctrl_cmd_string(e, "MODULE_PATH", module, 0)) ||
	    !ENGINE_init(e)) {
		ENGINE_free(e);
		return NULL;
	}
	if (pin)
		ENGINE_ctrl_cmd_string(e, "PIN", pin, 0);
	pkey = ENGINE_load_private_key(e, uri, NULL, NULL);
	ENGINE_free(e);
	return pkey;
}

static EVP_PKEY *private_from_token(const char *uri, const char *pin)
{
	bool there = false;
	EVP_PKEY *pkey;

	ERR_set_mark();
	pkey = private_from_provider(uri);
	ERR_pop_to_mark();
	if (!pkey)
		pkey = private_from_engine(uri, pin, &there);
	if (!pkey && there)
		report_error("%s: the token gave no key: %s", uri,
			     sigkey_openssl_error());
	else if (!pkey)
		report_error("%s: OpenSSL has neither a provider nor an engine for PKCS#11 (Debian: libengine-pkcs11-openssl)",
			     uri);
	ERR_clear_error();
	return pkey;
}

/**
 * sigkey_open() - get a private key
 * @key: filled; sigkey_close() gives it back
 * @where: a file (PEM or DER), or a "pkcs11:" URI (RFC 7512)
 * @passphrase: of the file, or the PIN of the token; NULL for none
 *
 * Return: 0, or a negative error after reporting it.
 */
int sigkey_open(struct sigkey *key, const char *where, const char *passphrase)
{
	bool token = !strncmp(where, "pkcs11:", 7);
	EVP_PKEY *pkey;
	int err;

	pkey = token ? private_from_token(where, passphrase) :
		       private_from_file(where, passphrase);
	if (!pkey)
		return -ENOKEY;
	err = sigkey_init(key, pkey, where);
	if (!err)
		key->token = token;
	return err;
}

/* ---- public keys -------------------------------------------------------------- */

/**
 * sigkey_read_certificate() - read an X.509 certificate, PEM or DER
 * @path: the file
 *
 * Return: the certificate, or NULL if the file holds none; nothing is
 * reported.
 */
X509 *sigkey_read_certificate(const char *path)
{
	FILE *f = fopen(path, "re");
	X509 *cert;

	if (!f)
		return NULL;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	if (!cert && !fseek(f, 0, SEEK_SET))
		cert = d2i_X509_fp(f, NULL);
	fclose(f);
	ERR_clear_error();
	return cert;
}

static EVP_PKEY *public_from_certificate(const char *path, char **name)
{
	X509 *cert = sigkey_read_certificate(path);
	char subject[256];
	EVP_PKEY *pkey;

	if (!cert)
		return NULL;
	pkey = X509_get_pubkey(cert);
	X509_NAME_oneline(X509_get_subject_name(cert), subject, sizeof(subject));
	X509_free(cert);
	if (pkey)
		*name = strdup(subject);
	return pkey;
}

static EVP_PKEY *public_alone(const char *path)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *pkey;

	if (!f)
		return NULL;
	pkey = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	if (!pkey && !fseek(f, 0, SEEK_SET))
		pkey = d2i_PUBKEY_fp(f, NULL);
	/* The public half of an unencrypted private key. */
	if (!pkey && !fseek(f, 0, SEEK_SET))
		pkey = PEM_read_PrivateKey(f, NULL, give_passphrase, NULL);
	fclose(f);
	ERR_clear_error();
	return pkey;
}

/**
 * sigkey_read_public() - read a public key
 * @path: a certificate or a SubjectPublicKeyInfo, PEM or DER, or a private
 *	key without passphrase
 * @name: set to an allocated name for it
 *
 * Return: the key, or NULL if there is none; nothing is reported.
 */
EVP_PKEY *sigkey_read_public(const char *path, char **name)
{
	EVP_PKEY *pkey;

	*name = NULL;
	pkey = public_from_certificate(path, name);
	if (pkey)
		return pkey;
	pkey = public_alone(path);
	if (pkey)
		*name = strdup(path);
	return pkey;
}

/* ---- signing -------------------------------------------------------------------- */

static int sign_once(struct sigkey *key, const uint8_t *tbs, uint8_t *sig,
		     size_t *len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, key->pkey) &&
	     EVP_DigestSign(ctx, sig, len, tbs, DIGSIG_TBS_LEN);
	EVP_MD_CTX_free(ctx);
	return ok > 0 ? 0 : -EIO;
}

/**
 * sigkey_sign() - sign what a footer and a digest say
 * @key: private key
 * @tbs: DIGSIG_TBS_LEN bytes
 * @sig: filled with @key->sig_len bytes
 *
 * RSA answers the same for the same bytes. ECDSA takes a random number and
 * gives a DER of varying length: it is asked until the length is right, twice
 * on average.
 *
 * Return: 0, or -EIO after reporting it.
 */
int sigkey_sign(struct sigkey *key, const uint8_t *tbs, uint8_t *sig)
{
	uint8_t made[DIGSIG_SIG_MAX];
	size_t len = 0;
	int err = 0, i;

	if (key->token)
		pthread_mutex_lock(&key->lock);
	for (i = 0; !err && len != key->sig_len && i < ECDSA_TRIES; i++) {
		len = sizeof(made);
		err = sign_once(key, tbs, made, &len);
	}
	if (key->token)
		pthread_mutex_unlock(&key->lock);
	if (!err && len == key->sig_len) {
		memcpy(sig, made, len);
		return 0;
	}
	report_error("%s: cannot sign: %s", key->name, sigkey_openssl_error());
	return -EIO;
}

/**
 * sigkey_verify() - does the signature match?
 * @key: public or private key
 * @tbs: DIGSIG_TBS_LEN bytes that were signed
 * @sig: the signature
 * @sig_len: its length in bytes
 *
 * Return: true if it does.
 */
bool sigkey_verify(const struct sigkey *key, const uint8_t *tbs,
		   const uint8_t *sig, size_t sig_len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok;

	ok = ctx && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL,
					 key->pkey) == 1 &&
	     EVP_DigestVerify(ctx, sig, sig_len, tbs, DIGSIG_TBS_LEN) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

/* ---- passphrases ------------------------------------------------------------------ */

static char *read_secret(const char *prompt)
{
	struct termios old, quiet;
	char line[256], *nl;
	bool terminal;
	FILE *tty = fopen("/dev/tty", "r+e");

	if (!tty) {
		report_error("no terminal to ask for the passphrase");
		return NULL;
	}
	terminal = !tcgetattr(fileno(tty), &old);
	fputs(prompt, tty);
	fflush(tty);
	if (terminal) {
		quiet = old;
		quiet.c_lflag &= ~ECHO;
		tcsetattr(fileno(tty), TCSAFLUSH, &quiet);
	}
	if (!fgets(line, sizeof(line), tty))
		line[0] = '\0';
	if (terminal) {
		tcsetattr(fileno(tty), TCSAFLUSH, &old);
		fputc('\n', tty);
	}
	fclose(tty);
	nl = strchr(line, '\n');
	if (nl)
		*nl = '\0';
	return strdup(line);
}

static char *ask_twice(void)
{
	char *first = read_secret("Passphrase: "), *second;

	if (!first)
		return NULL;
	second = read_secret("Once more: ");
	if (!second || strcmp(first, second)) {
		report_error("the passphrases differ");
		free(first);
		first = NULL;
	}
	free(second);
	return first;
}

static char *first_line(const char *path)
{
	FILE *f = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;
	ssize_t n;

	if (!f) {
		report_error("%s: %s", path, strerror(errno));
		return NULL;
	}
	n = getline(&line, &size, f);
	fclose(f);
	if (n > 0 && line[n - 1] == '\n')
		line[n - 1] = '\0';
	if (n < 0) {
		report_error("%s: holds no passphrase", path);
		free(line);
		return NULL;
	}
	return line;
}

/**
 * passphrase_get() - get a passphrase or PIN
 * @source: "env:VARIABLE", "file:PATH" (first line), or "ask"
 * @twice: when asking, ask twice
 *
 * Return: an allocated string, or NULL after reporting why.
 */
char *passphrase_get(const char *source, bool twice)
{
	const char *value;

	if (!strcmp(source, "ask"))
		return twice ? ask_twice() : read_secret("Passphrase: ");
	if (!strncmp(source, "file:", 5))
		return first_line(source + 5);
	if (!strncmp(source, "env:", 4)) {
		value = getenv(source + 4);
		if (value)
			return strdup(value);
		report_error("the variable %s is not set", source + 4);
		return NULL;
	}
	report_error("--passphrase: \"%s\" is none of env:VARIABLE, file:PATH, ask",
		     source);
	return NULL;
}
