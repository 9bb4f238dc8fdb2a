/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Signatures of policy images.
 */
#ifndef DSM_SIGNATURE_H
#define DSM_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/x509.h>

#include "image.h"

/* Certificates whose signatures are believed, and what to call them. */
struct signature_trust {
	STACK_OF(X509) *certs;
};

int signature_make(struct image *image, const char *key_file,
		   const char *cert_file, const char **error);
int signature_trust_add(struct signature_trust *trust, const char *file,
			const char **error);
void signature_trust_free(struct signature_trust *trust);
const char *signature_check(const struct image *image,
			    const struct signature_trust *trust,
			    char signer[256]);

#endif /* DSM_SIGNATURE_H */
