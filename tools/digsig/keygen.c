// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig keygen: a key pair, and the certificate that the kernel is given.
 *
 * The certificates are what the kernel's X.509 parser wants to see: version 3,
 * subject and authority key identifiers, by which it follows the chain from a
 * key to its anchor, and SHA-256. An anchor (--ca) may sign certificates, a
 * key may sign programs, and neither may do both.
 *
 * RSA-3072 is what is made without --alg. RSA is the one family that both
 * kernels verify; 2048 bits are checked faster (once per file, not per start)
 * but are to be retired after 2030, and the nodes live longer than that.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/pure.h"
#include "options.h"
#include "report.h"
#include "sigkey.h"

#define SERIAL_LEN	16
#define YEARS_KEY	10
#define YEARS_CA	20
#define DAY_S		86400L

/** struct keygen_opts - options of the command */
struct keygen_opts {
	const char *alg;
	const char *existing;
	const char *existing_passphrase;
	const char *name;
	const char *issuer;
	const char *issuer_cert;
	const char *issuer_passphrase;
	const char *passphrase;
	uint32_t days;
	bool ca;
};

/**
 * struct issuer - who signs the certificate
 * @key: the key; that of the certificate itself for a self-signed one
 * @cert: the issuer's certificate, or NULL for a self-signed one
 * @own: @key and @cert are to be given back
 */
struct issuer {
	struct sigkey own;
	EVP_PKEY *key;
	X509 *cert;
};

/* ---- the key ------------------------------------------------------------------- */

static EVP_PKEY *make_key(const char *alg)
{
	EVP_PKEY *pkey = NULL;

	if (!strcmp(alg, "rsa2048"))
		pkey = EVP_RSA_gen(2048);
	else if (!strcmp(alg, "rsa3072"))
		pkey = EVP_RSA_gen(3072);
	else if (!strcmp(alg, "rsa4096"))
		pkey = EVP_RSA_gen(4096);
	else if (!strcmp(alg, "p256"))
		pkey = EVP_EC_gen("P-256");
	else if (!strcmp(alg, "p384"))
		pkey = EVP_EC_gen("P-384");
	if (!pkey)
		report_error("cannot make a key: %s", sigkey_openssl_error());
	return pkey;
}

static bool alg_known(const char *alg)
{
	static const char * const known[] = {
		"rsa2048", "rsa3072", "rsa4096", "p256", "p384",
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++)
		if (!strcmp(alg, known[i]))
			return true;
	return false;
}

/* ---- the certificate -------------------------------------------------------------- */

static int add_extension(X509 *cert, X509V3_CTX *ctx, int nid, const char *value)
{
	X509_EXTENSION *ext = X509V3_EXT_conf_nid(NULL, ctx, nid, value);
	int ok;

	ok = ext && X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
	return ok;
}

static int add_extensions(X509 *cert, X509 *issuer, bool ca)
{
	X509V3_CTX ctx;

	X509V3_set_ctx(&ctx, issuer ? issuer : cert, cert, NULL, NULL, 0);
	X509V3_set_ctx_nodb(&ctx);
	if (!add_extension(cert, &ctx, NID_basic_constraints,
			   ca ? "critical,CA:TRUE" : "critical,CA:FALSE") ||
	    !add_extension(cert, &ctx, NID_key_usage,
			   ca ? "critical,keyCertSign,cRLSign" :
				"critical,digitalSignature") ||
	    !add_extension(cert, &ctx, NID_subject_key_identifier, "hash"))
		return 0;
	if (!ca && !add_extension(cert, &ctx, NID_ext_key_usage, "codeSigning"))
		return 0;
	return add_extension(cert, &ctx, NID_authority_key_identifier,
			     "keyid:always");
}

static int set_serial(X509 *cert)
{
	uint8_t bytes[SERIAL_LEN];
	BIGNUM *bn;
	int ok;

	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return 0;
	bytes[0] = (bytes[0] & 0x7f) | 0x40;
	bn = BN_bin2bn(bytes, sizeof(bytes), NULL);
	ok = bn && BN_to_ASN1_INTEGER(bn, X509_get_serialNumber(cert));
	BN_free(bn);
	return ok;
}

static int set_subject(X509 *cert, const char *name)
{
	X509_NAME *subject = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
					  (const unsigned char *)name, -1, -1,
					  0);
}

/* A node whose clock is a little behind must not refuse a new key. */
static int set_validity(X509 *cert, uint32_t days)
{
	return X509_gmtime_adj(X509_getm_notBefore(cert), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), days * DAY_S);
}

static X509 *make_certificate(EVP_PKEY *pkey, const struct keygen_opts *o,
			      const struct issuer *issuer)
{
	uint32_t days = o->days ? o->days :
			365 * (o->ca ? YEARS_CA : YEARS_KEY);
	X509 *cert = X509_new();
	int ok;

	ok = cert && X509_set_version(cert, X509_VERSION_3) &&
	     set_serial(cert) && set_validity(cert, days) &&
	     set_subject(cert, o->name) && X509_set_pubkey(cert, pkey) &&
	     X509_set_issuer_name(cert, X509_get_subject_name(
				issuer->cert ? issuer->cert : cert)) &&
	     add_extensions(cert, issuer->cert, o->ca) &&
	     X509_sign(cert, issuer->key, EVP_sha256());
	if (ok)
		return cert;
	report_error("cannot make the certificate: %s", sigkey_openssl_error());
	X509_free(cert);
	return NULL;
}

/* ---- the issuer -------------------------------------------------------------------- */

static int issuer_check(const struct issuer *issuer, const char *path)
{
	if (X509_check_private_key(issuer->cert, issuer->key) != 1) {
		report_error("%s: is not the certificate of the issuer's key",
			     path);
		ERR_clear_error();
		return -EINVAL;
	}
	if (X509_check_ca(issuer->cert) < 1) {
		report_error("%s: may not sign certificates; make an anchor with --ca",
			     path);
		return -EINVAL;
	}
	if (!X509_get0_subject_key_id(issuer->cert)) {
		report_error("%s: has no subject key identifier, which the kernel needs to follow the chain",
			     path);
		return -EINVAL;
	}
	return 0;
}

static char *replace_end(const char *path, const char *end)
{
	size_t len = strlen(path);
	char *other = NULL;

	if (len > 4 && !strcmp(path + len - 4, ".key"))
		len -= 4;
	if (asprintf(&other, "%.*s%s", (int)len, path, end) < 0)
		return NULL;
	return other;
}

static int issuer_open(struct issuer *issuer, const struct keygen_opts *o)
{
	char *beside = replace_end(o->issuer, ".der");
	const char *path = o->issuer_cert ? o->issuer_cert : beside;
	int err;

	err = key_from_options(&issuer->own, o->issuer, o->issuer_passphrase);
	if (!err) {
		issuer->key = issuer->own.pkey;
		issuer->cert = path ? sigkey_read_certificate(path) : NULL;
		if (!issuer->cert) {
			report_error("%s: no certificate of the issuer; name it with --issuer-cert",
				     path ? path : o->issuer);
			err = -ENOENT;
		} else {
			err = issuer_check(issuer, path);
		}
	}
	free(beside);
	return err;
}

static void issuer_close(struct issuer *issuer)
{
	sigkey_close(&issuer->own);
	X509_free(issuer->cert);
}

/* ---- the files ----------------------------------------------------------------------- */

/** struct key_files - what is written, all or nothing */
struct key_files {
	char *key;
	char *der;
	char *pem;
};

static FILE *create(const char *path, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      mode);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		report_error("%s: %s", path, fd < 0 && errno == EEXIST ?
			     "is there already, and a key is never overwritten" :
			     strerror(errno));
	return f;
}

static int finish(FILE *f, const char *path, int ok)
{
	if (ok && (fflush(f) || fsync(fileno(f))))
		ok = 0;
	if (fclose(f))
		ok = 0;
	if (!ok) {
		report_error("%s: cannot be written: %s", path,
			     errno ? strerror(errno) : sigkey_openssl_error());
		unlink(path);
	}
	return ok ? 0 : -EIO;
}

static int write_key(const char *path, EVP_PKEY *pkey, const char *passphrase)
{
	FILE *f = create(path, 0600);
	int ok;

	if (!f)
		return -EEXIST;
	errno = 0;
	ok = PEM_write_PKCS8PrivateKey(f, pkey,
				       passphrase ? EVP_aes_256_cbc() : NULL,
				       passphrase,
				       passphrase ? (int)strlen(passphrase) : 0,
				       NULL, NULL);
	return finish(f, path, ok);
}

static int write_cert(const char *path, X509 *cert, bool pem)
{
	FILE *f = create(path, 0644);
	int ok;

	if (!f)
		return -EEXIST;
	errno = 0;
	ok = pem ? PEM_write_X509(f, cert) : i2d_X509_fp(f, cert);
	return finish(f, path, ok);
}

static int write_certs(const struct key_files *files, X509 *cert)
{
	int err;

	err = write_cert(files->der, cert, false);
	if (err)
		return err;
	err = write_cert(files->pem, cert, true);
	if (err)
		unlink(files->der);
	return err;
}

static int write_files(const struct key_files *files, EVP_PKEY *pkey,
		       X509 *cert, const char *passphrase)
{
	int err;

	err = write_key(files->key, pkey, passphrase);
	if (err)
		return err;
	err = write_certs(files, cert);
	if (err)
		unlink(files->key);
	return err;
}

/* ---- the command ------------------------------------------------------------------------ */

static void show(struct out *o, const struct key_files *files,
		 const struct keygen_opts *opts, const struct sigkey *key)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	out_text(o, "key", "private key",
		 opts->existing ? opts->existing : files->key);
	out_text(o, "certificate", "certificate", files->der);
	out_text(o, "certificate_pem", OUT_JSON_ONLY, files->pem);
	out_text(o, "algorithm", "algorithm",
		 alg_text(key->alg, key->sig_len));
	out_hex(o, "key_id", "key id", key->id, sizeof(key->id));
	out_text(o, "subject", "subject", opts->name);
	out_text(o, "issuer", "issued by", opts->issuer ? opts->issuer : "itself");
	out_object_end(o);
}

static int take_key(struct sigkey *key, const struct keygen_opts *o,
		    const char *path)
{
	EVP_PKEY *pkey;

	if (o->existing)
		return key_from_options(key, o->existing,
					o->existing_passphrase);
	pkey = make_key(o->alg);
	return pkey ? sigkey_init(key, pkey, path) : -EIO;
}

static int make_all(const struct cmd_call *call, const struct keygen_opts *o,
		    const struct key_files *files, struct issuer *issuer,
		    const char *passphrase)
{
	struct sigkey key = {};
	X509 *cert = NULL;
	int err;

	err = take_key(&key, o, files->key);
	if (err)
		return err;
	if (!issuer->key)
		issuer->key = key.pkey;
	cert = make_certificate(key.pkey, o, issuer);
	if (!cert)
		err = -EIO;
	else if (o->existing)
		err = write_certs(files, cert);
	else
		err = write_files(files, key.pkey, cert, passphrase);
	if (!err)
		show(call->out, files, o, &key);
	X509_free(cert);
	sigkey_close(&key);
	return err;
}

static int keygen_run(const struct cmd_call *call)
{
	struct keygen_opts o = *(const struct keygen_opts *)call->opts;
	const char *slash = strrchr(call->argv[0], '/');
	struct issuer issuer = {};
	struct key_files files;
	char *secret = NULL;
	int err = 0;

	if (o.existing && (o.alg || o.passphrase))
		return cmd_usage(call, "--alg and --passphrase are for new keys, not with --for");
	if (!o.alg)
		o.alg = "rsa3072";
	if (!alg_known(o.alg))
		return cmd_usage(call, "--alg: \"%s\" is none of rsa2048, rsa3072, rsa4096, p256, p384",
				 o.alg);
	if (!o.name)
		o.name = slash ? slash + 1 : call->argv[0];
	if (strlen(o.name) > 64)
		return cmd_usage(call, "--name: more than 64 characters do not fit into a certificate");
	files.key = replace_end(call->argv[0], ".key");
	files.der = replace_end(call->argv[0], ".der");
	files.pem = replace_end(call->argv[0], ".pem");
	if (!files.key || !files.der || !files.pem)
		err = -ENOMEM;
	if (!err && o.passphrase) {
		secret = passphrase_get(o.passphrase, true);
		err = secret ? 0 : -ENOKEY;
	}
	if (!err && o.issuer)
		err = issuer_open(&issuer, &o);
	if (!err)
		err = make_all(call, &o, &files, &issuer, secret);
	issuer_close(&issuer);
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
	free(files.key);
	free(files.der);
	free(files.pem);
	return err ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt keygen_options[] = {
	CMD_TEXT(struct keygen_opts, alg, "alg", 'a', "ALG",
		 "rsa2048, rsa3072 (without this option), rsa4096, p256, p384"),
	CMD_TEXT(struct keygen_opts, existing, "for", 0, "KEY",
		 "make a certificate for this key: a file, or a pkcs11: URI"),
	CMD_TEXT(struct keygen_opts, existing_passphrase, "for-passphrase", 0,
		 "SOURCE", "of that key: ask, env:VARIABLE, file:PATH"),
	CMD_TEXT(struct keygen_opts, name, "name", 'n', "NAME",
		 "name in the certificate; that of the files without it"),
	CMD_SWITCH(struct keygen_opts, ca, "ca", 0,
		   "make an anchor, which signs certificates"),
	CMD_TEXT(struct keygen_opts, issuer, "issuer", 'i', "KEY",
		 "key of the anchor that signs the certificate"),
	CMD_TEXT(struct keygen_opts, issuer_cert, "issuer-cert", 0, "FILE",
		 "its certificate; the .der beside the key without it"),
	CMD_TEXT(struct keygen_opts, issuer_passphrase, "issuer-passphrase", 0,
		 "SOURCE", "of that key: ask, env:VARIABLE, file:PATH"),
	CMD_TEXT(struct keygen_opts, passphrase, "passphrase", 0, "SOURCE",
		 "encrypt the new key: ask, env:VARIABLE, file:PATH"),
	CMD_NUMBER(struct keygen_opts, days, "days", 'd', "N",
		   "days until the certificate expires; 3650, or 7300 with --ca"),
	{}
};

const struct cmd keygen_commands[] = {
	{
		.path = "keygen", .args = "NAME",
		.brief = "make a key and its certificate",
		.details =
"Writes NAME.key (the private key, for its owner only), NAME.der and NAME.pem\n"
"(the certificate). None of them is overwritten.",
		.min_args = 1, .max_args = 1, .options = keygen_options,
		.opts_size = sizeof(struct keygen_opts), .run = keygen_run,
	},
	{}
};
