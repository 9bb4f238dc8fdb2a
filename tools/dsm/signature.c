// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signatures of policy images: a detached PKCS#7 message over the first 40 bytes
 * of the image, which are magic and digest. <linux/dsm_policy.h> has the form;
 * the kernel looks the signer up among its keys by issuer and serial number.
 *
 * A certificate that is trusted is trusted itself: no chain is built here.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "signature.h"

#define CMS_FORM	(CMS_BINARY | CMS_DETACHED)

static const char *openssl_error(void)
{
	unsigned long err = ERR_peek_last_error();
	const char *reason = err ? ERR_reason_error_string(err) : NULL;

	ERR_clear_error();
	return reason ? reason : "no reason given";
}

static X509 *read_certificate(const char *file)
{
	FILE *f = fopen(file, "re");
	X509 *cert;

	if (!f)
		return NULL;
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	if (!cert && !fseek(f, 0, SEEK_SET))
		cert = d2i_X509_fp(f, NULL);
	fclose(f);
	return cert;
}

static EVP_PKEY *read_key(const char *file)
{
	FILE *f = fopen(file, "re");
	EVP_PKEY *key;

	if (!f)
		return NULL;
	key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	return key;
}

/* The signature as DER, to be freed by OPENSSL_free(). */
static int sign_bytes(const void *bytes, X509 *cert, EVP_PKEY *key,
		      unsigned char **der)
{
	BIO *in = BIO_new_mem_buf(bytes, DSM_IMAGE_SIGNED_LEN);
	CMS_ContentInfo *cms;
	int len = -1;

	cms = CMS_sign(NULL, NULL, NULL, NULL, CMS_FORM | CMS_PARTIAL);
	if (cms && CMS_add1_signer(cms, cert, key, EVP_sha256(), CMS_FORM |
				   CMS_NOATTR | CMS_NOCERTS | CMS_NOSMIMECAP) &&
	    CMS_final(cms, in, NULL, CMS_FORM))
		len = i2d_CMS_ContentInfo(cms, der);
	CMS_ContentInfo_free(cms);
	BIO_free(in);
	return len;
}

static int append(struct image *image, const unsigned char *der, size_t len)
{
	struct dsm_image_signature head = {
		.type = cpu_to_le32(DSM_SIGNATURE_PKCS7),
		.len = cpu_to_le32(len),
	};
	size_t at = image->policy.image_len;
	char *data;

	data = realloc(image->data, at + sizeof(head) + len);
	if (!data)
		return -ENOMEM;
	memcpy(head.magic, DSM_SIGNATURE_MAGIC, sizeof(head.magic));
	memcpy(data + at, &head, sizeof(head));
	memcpy(data + at + sizeof(head), der, len);
	image->data = data;
	image->len = at + sizeof(head) + len;
	return 0;
}

/**
 * signature_make() - sign an image
 * @image: a good image; a signature that it has is replaced
 * @key_file: private key, PEM, without a passphrase
 * @cert_file: certificate of the key, PEM or DER
 * @error: set to a sentence about what is wrong
 *
 * Return: 0 or a negative error; @image is good in both cases.
 */
int signature_make(struct image *image, const char *key_file,
		   const char *cert_file, const char **error)
{
	EVP_PKEY *key = read_key(key_file);
	X509 *cert = read_certificate(cert_file);
	unsigned char *der = NULL;
	int len, err = -EINVAL;

	ERR_clear_error();
	*error = NULL;
	if (!key) {
		*error = "the private key cannot be read";
	} else if (!cert) {
		*error = "the certificate of the key cannot be read";
	} else if (!X509_check_private_key(cert, key)) {
		*error = "the certificate is not that of the key";
	} else {
		len = sign_bytes(image->data, cert, key, &der);
		if (len <= 0 || len > DSM_SIGNATURE_MAX)
			*error = openssl_error();
		else if (append(image, der, len))
			*error = "out of memory";
		else
			*error = image_check(image);
	}
	if (!*error)
		err = 0;
	OPENSSL_free(der);
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return err;
}

/**
 * signature_trust_add() - believe a certificate
 * @trust: zeroed before the first
 * @file: the certificate, PEM or DER
 * @error: set to a sentence about what is wrong
 *
 * Return: 0, or a negative error.
 */
int signature_trust_add(struct signature_trust *trust, const char *file,
			const char **error)
{
	X509 *cert = read_certificate(file);

	ERR_clear_error();
	if (!cert) {
		*error = "holds no certificate";
		return -EINVAL;
	}
	if (!trust->certs)
		trust->certs = sk_X509_new_null();
	if (trust->certs && sk_X509_push(trust->certs, cert))
		return 0;
	X509_free(cert);
	*error = "out of memory";
	return -ENOMEM;
}

/**
 * signature_trust_free() - believe nobody
 * @trust: as signature_trust_add() left it
 */
void signature_trust_free(struct signature_trust *trust)
{
	sk_X509_pop_free(trust->certs, X509_free);
	trust->certs = NULL;
}

static void name_signer(CMS_ContentInfo *cms, char signer[256])
{
	STACK_OF(X509) *signers = CMS_get0_signers(cms);

	signer[0] = '\0';
	if (signers && sk_X509_num(signers))
		X509_NAME_oneline(X509_get_subject_name(sk_X509_value(signers,
								      0)),
				  signer, 256);
	sk_X509_free(signers);
}

/**
 * signature_check() - is an image signed by someone who is believed
 * @image: a good image
 * @trust: who is
 * @signer: set to the name of the signer
 *
 * Return: NULL, or a sentence about what is wrong.
 */
const char *signature_check(const struct image *image,
			    const struct signature_trust *trust,
			    char signer[256])
{
	const unsigned char *der = image->policy.signature;
	const char *error = NULL;
	CMS_ContentInfo *cms;
	BIO *in;

	signer[0] = '\0';
	if (!der)
		return "not signed";
	cms = d2i_CMS_ContentInfo(NULL, &der, image->policy.signature_len);
	if (!cms || der != image->policy.signature +
			   image->policy.signature_len) {
		CMS_ContentInfo_free(cms);
		ERR_clear_error();
		return "the signature is no PKCS#7 message";
	}
	in = BIO_new_mem_buf(image->data, DSM_IMAGE_SIGNED_LEN);
	if (CMS_verify(cms, trust->certs, NULL, in, NULL,
		       CMS_BINARY | CMS_NOINTERN |
		       CMS_NO_SIGNER_CERT_VERIFY) == 1)
		name_signer(cms, signer);
	else
		error = "the signature is not that of anyone who is trusted";
	BIO_free(in);
	CMS_ContentInfo_free(cms);
	ERR_clear_error();
	return error;
}
