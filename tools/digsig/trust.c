// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a file is judged by: keys, catalogs, a revocation list.
 *
 * This is the kernel's judgement without the kernel: footers, catalogs and
 * lists are parsed, and the answer is found, by the same files that the module
 * is made of. Only the arithmetic of the signature is OpenSSL's.
 *
 * Locking: it is put together by one thread and then read by many.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "digsig/policy.h"
#include "report.h"
#include "seal.h"
#include "trust.h"

#define SEALED_MAX	(256ULL << 20)

/* ---- keys ------------------------------------------------------------------------ */

/**
 * trust_find() - find a key
 * @trust: where
 * @id: DIGSIG_KEY_ID_LEN bytes
 *
 * Return: the key, or NULL.
 */
const struct sigkey *trust_find(const struct trust *trust, const uint8_t *id)
{
	size_t i;

	for (i = 0; i < trust->nkeys; i++)
		if (!memcmp(trust->keys[i].id, id, DIGSIG_KEY_ID_LEN))
			return &trust->keys[i];
	return NULL;
}

static int add_key(struct trust *trust, EVP_PKEY *pkey, const char *name)
{
	struct sigkey *grown, key;
	int err;

	err = sigkey_init(&key, pkey, name);
	if (err)
		return err;
	if (trust_find(trust, key.id)) {
		sigkey_close(&key);
		return 0;
	}
	grown = reallocarray(trust->keys, trust->nkeys + 1, sizeof(*grown));
	if (!grown) {
		sigkey_close(&key);
		return -ENOMEM;
	}
	trust->keys = grown;
	trust->keys[trust->nkeys++] = key;
	return 0;
}

static int add_file(struct trust *trust, const char *path)
{
	char *name;
	EVP_PKEY *pkey = sigkey_read_public(path, &name);
	int err;

	if (!pkey) {
		report_error("%s: holds neither a certificate nor a public key",
			     path);
		return -ENOKEY;
	}
	err = add_key(trust, pkey, name ? name : path);
	free(name);
	return err;
}

static int key_file(const struct dirent *de)
{
	const char *dot = strrchr(de->d_name, '.');

	return dot && (!strcmp(dot, ".der") || !strcmp(dot, ".pem") ||
		       !strcmp(dot, ".crt") || !strcmp(dot, ".cer"));
}

/**
 * trust_add_keys() - trust a key, or all that lie in a directory
 * @trust: changed
 * @path: certificate or public key; or a directory, of which the files that
 *	end in .der, .pem, .crt and .cer are read
 *
 * Return: 0, or a negative error after reporting it.
 */
int trust_add_keys(struct trust *trust, const char *path)
{
	struct dirent **list;
	char *file;
	int i, n, err = 0;

	n = scandir(path, &list, key_file, alphasort);
	if (n < 0)
		return add_file(trust, path);
	if (!n) {
		report_error("%s: holds no certificate", path);
		err = -ENOKEY;
	}
	for (i = 0; i < n; i++) {
		if (!err && asprintf(&file, "%s/%s", path, list[i]->d_name) < 0)
			err = -ENOMEM;
		if (!err) {
			err = add_file(trust, file);
			free(file);
		}
		free(list[i]);
	}
	free(list);
	return err;
}

/* ---- what is signed as a whole ------------------------------------------------------ */

static int read_covered(struct sealed *sealed, const struct image *img)
{
	if (img->info.sig_off > SEALED_MAX) {
		report_error("%s: is too long", img->path);
		return -EFBIG;
	}
	sealed->len = img->info.sig_off;
	sealed->info = img->info;
	sealed->bytes = malloc(sealed->len + 1);
	if (!sealed->bytes)
		return -ENOMEM;
	return image_read(img, sealed->bytes, sealed->len, 0);
}

static const char *sealed_error(const struct image *img)
{
	if (img->state == DIGSIG_REASON_UNSIGNED)
		return "has no signature";
	if (img->state == DIGSIG_REASON_MALFORMED)
		return img->error;
	return NULL;
}

static int sealed_load(struct sealed *sealed, const struct trust *trust,
		       enum digsig_type type, const char *path)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	const char *why;
	struct image img;
	int err;

	memset(sealed, 0, sizeof(*sealed));
	err = image_open(&img, AT_FDCWD, path, path);
	if (err)
		return err;
	why = sealed_error(&img);
	err = why ? -EBADMSG : read_covered(sealed, &img);
	if (!err && !EVP_Digest(sealed->bytes, sealed->len, digest, NULL,
				EVP_sha256(), NULL))
		err = -EIO;
	if (!err && trust) {
		sealed->key = trust_find(trust, img.info.key_id);
		if (img.info.type != type)
			why = type == DIGSIG_TYPE_CATALOG ?
			      "is not a catalog" : "is not a revocation list";
		else if (!sealed->key)
			why = digsig_reason_text(DIGSIG_REASON_UNKNOWN_KEY);
		else if (!seal_matches(sealed->key, &img, digest))
			why = digsig_reason_text(DIGSIG_REASON_BAD_SIGNATURE);
		err = why ? -EKEYREJECTED : 0;
	}
	if (why)
		report_error("%s: %s", path, why);
	else if (err)
		report_error("%s: %s", path, strerror(-err));
	image_close(&img);
	if (err)
		sealed_free(sealed);
	return err;
}

/**
 * sealed_read() - read a catalog or revocation list, believing it
 * @sealed: filled; sealed_free() gives it back
 * @path: the file
 *
 * Return: 0, or a negative error after reporting it.
 */
int sealed_read(struct sealed *sealed, const char *path)
{
	return sealed_load(sealed, NULL, DIGSIG_TYPE_FILE, path);
}

/**
 * sealed_free() - give back what sealed_read() took
 * @sealed: empty afterwards
 */
void sealed_free(struct sealed *sealed)
{
	free(sealed->bytes);
	memset(sealed, 0, sizeof(*sealed));
}

/**
 * trust_add_catalog() - believe a catalog, if a trusted key signed it
 * @trust: changed; all keys are in it already
 * @path: the catalog
 *
 * Return: 0, or a negative error after reporting it.
 */
int trust_add_catalog(struct trust *trust, const char *path)
{
	struct trust_catalog *grown, c;
	const char *why;
	int err;

	err = sealed_load(&c.sealed, trust, DIGSIG_TYPE_CATALOG, path);
	if (err)
		return err;
	why = digsig_catalog_parse(c.sealed.bytes, c.sealed.len, &c.catalog);
	grown = why ? NULL : reallocarray(trust->catalogs, trust->ncatalogs + 1,
					  sizeof(*grown));
	if (!grown) {
		report_error("%s: %s", path, why ? why : strerror(ENOMEM));
		sealed_free(&c.sealed);
		return why ? -EBADMSG : -ENOMEM;
	}
	trust->catalogs = grown;
	trust->catalogs[trust->ncatalogs++] = c;
	return 0;
}

/**
 * trust_set_list() - obey a revocation list, if a trusted key signed it
 * @trust: changed; all keys are in it already
 * @path: the list
 *
 * Return: 0, or a negative error after reporting it.
 */
int trust_set_list(struct trust *trust, const char *path)
{
	const char *why;
	int err;

	err = sealed_load(&trust->list_bytes, trust, DIGSIG_TYPE_REVOCATION,
			  path);
	if (err)
		return err;
	why = digsig_revocation_parse(trust->list_bytes.bytes,
				      trust->list_bytes.len, &trust->list);
	if (!why)
		return 0;
	report_error("%s: %s", path, why);
	return -EBADMSG;
}

/**
 * trust_free() - give back all of it
 * @trust: empty afterwards
 */
void trust_free(struct trust *trust)
{
	size_t i;

	for (i = 0; i < trust->nkeys; i++)
		sigkey_close(&trust->keys[i]);
	for (i = 0; i < trust->ncatalogs; i++)
		sealed_free(&trust->catalogs[i].sealed);
	sealed_free(&trust->list_bytes);
	free(trust->keys);
	free(trust->catalogs);
	memset(trust, 0, sizeof(*trust));
}

/* ---- judging ------------------------------------------------------------------------- */

static int look_at_signature(const struct trust *trust, struct stream *s,
			     const struct image *img, struct finding *f,
			     struct digsig_evidence *e)
{
	int err;

	f->flags = img->info.flags;
	f->sid = img->info.sid;
	f->generation = img->info.generation;
	e->generation = img->info.generation;
	e->signature = DIGSIG_SIGNATURE_BAD;
	e->key_revoked = digsig_revocation_has_key(&trust->list,
						   img->info.key_id);
	f->key = trust_find(trust, img->info.key_id);
	e->key_trusted = f->key;
	err = seal_digest(s, img, f->digest);
	if (err)
		return err;
	f->has_digest = true;
	e->digest_revoked = digsig_revocation_has_digest(&trust->list,
							 f->digest);
	if (img->info.type != DIGSIG_TYPE_FILE) {
		e->obstacle = DIGSIG_REASON_MALFORMED;
		f->error = "it is signed as a list, not as a program";
	}
	if (f->key && seal_matches(f->key, img, f->digest))
		e->signature = DIGSIG_SIGNATURE_GOOD;
	return 0;
}

static int look_into_catalogs(const struct trust *trust, struct stream *s,
			      const struct image *img, struct finding *f,
			      struct digsig_evidence *e)
{
	struct digsig_listed listed;
	size_t i;
	int err;

	if (!trust->ncatalogs)
		return 0;
	err = image_digest(s, img, f->digest);
	if (err)
		return err;
	f->has_digest = true;
	for (i = 0; i < trust->ncatalogs; i++) {
		const struct trust_catalog *c = &trust->catalogs[i];

		if (!digsig_catalog_find(&c->catalog, f->digest, &listed))
			continue;
		f->catalog = c->catalog.name;
		f->flags = listed.flags;
		f->sid = listed.sid;
		f->generation = c->catalog.generation;
		f->key = c->sealed.key;
		e->generation = c->catalog.generation;
		e->signature = DIGSIG_SIGNATURE_GOOD;
		e->key_trusted = true;
		e->key_revoked = digsig_revocation_has_key(&trust->list,
							   f->key->id);
		e->digest_revoked = digsig_revocation_has_digest(&trust->list,
								 f->digest);
		break;
	}
	return 0;
}

/**
 * trust_judge() - is a file what somebody we trust has signed?
 * @trust: whom we trust
 * @s: stream to use
 * @img: the file
 * @f: filled with the answer
 *
 * Return: 0, -ESTALE when the file changed meanwhile, or another negative
 * error of reading it; @f->reason says it then, too.
 */
int trust_judge(const struct trust *trust, struct stream *s,
		const struct image *img, struct finding *f)
{
	struct digsig_evidence e = {
		.min_generation = trust->list.min_generation,
	};
	int err = 0;

	memset(f, 0, sizeof(*f));
	f->info = img->info;
	if (img->state == DIGSIG_REASON_MALFORMED) {
		e.obstacle = DIGSIG_REASON_MALFORMED;
		f->error = img->error;
	} else if (img->state == DIGSIG_REASON_NONE) {
		err = look_at_signature(trust, s, img, f, &e);
	} else {
		err = look_into_catalogs(trust, s, img, f, &e);
	}
	if (err)
		e.obstacle = err == -ESTALE ? DIGSIG_REASON_CHANGED :
					      DIGSIG_REASON_IO;
	f->reason = digsig_policy_judge(&e);
	return err;
}
