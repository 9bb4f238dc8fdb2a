/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Keys: one that signs, and the public half that verifies.
 */
#ifndef _DIGSIG_SIGKEY_H
#define _DIGSIG_SIGKEY_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <linux/digsig_format.h>

/**
 * struct sigkey - a key
 * @pkey: the key as OpenSSL has it; NULL when the struct is empty
 * @alg: enum digsig_alg
 * @bits: of the modulus or of the curve
 * @sig_len: length of every signature made with it
 * @id: as footers name it
 * @name: subject of the certificate it came in, or the file's name
 * @token: it lives in a token, which signs for one thread at a time
 * @lock: held while a token signs
 */
struct sigkey {
	EVP_PKEY *pkey;
	uint8_t alg;
	unsigned int bits;
	uint32_t sig_len;
	uint8_t id[DIGSIG_KEY_ID_LEN];
	char *name;
	bool token;
	pthread_mutex_t lock;
};

/* Lengths that signatures made here can have. */
extern const uint32_t sigkey_lengths[];
extern const size_t sigkey_lengths_count;

int sigkey_init(struct sigkey *key, EVP_PKEY *pkey, const char *name);
int sigkey_open(struct sigkey *key, const char *where, const char *passphrase);
void sigkey_close(struct sigkey *key);
int sigkey_sign(struct sigkey *key, const uint8_t *tbs, uint8_t *sig);
bool sigkey_verify(const struct sigkey *key, const uint8_t *tbs,
		   const uint8_t *sig, size_t sig_len);

X509 *sigkey_read_certificate(const char *path);
EVP_PKEY *sigkey_read_public(const char *path, char **name);
const char *sigkey_openssl_error(void);

/* What --passphrase names: "env:VARIABLE", "file:PATH", or "ask". */
char *passphrase_get(const char *source, bool twice);

#endif /* _DIGSIG_SIGKEY_H */
