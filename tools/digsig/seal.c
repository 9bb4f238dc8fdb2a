// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a digest to a signature with its footer, and back.
 *
 * A seal is what follows the covered bytes: the signature and the footer.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "seal.h"

/**
 * seal_make() - sign a digest
 * @key: private key
 * @info: what the footer is to say; key, algorithm and length of the signature
 *	are taken from @key
 * @digest: SHA-256 of the covered bytes
 * @seal: SEAL_MAX bytes; filled with the signature and the footer
 * @len: set to how many bytes those are
 *
 * Return: 0, or a negative error after reporting it.
 */
int seal_make(struct sigkey *key, const struct digsig_info *info,
	      const uint8_t *digest, uint8_t *seal, size_t *len)
{
	struct digsig_info full = *info;
	uint8_t tbs[DIGSIG_TBS_LEN];
	const char *wrong;
	int err;

	full.alg = key->alg;
	full.sig_len = key->sig_len;
	memcpy(full.key_id, key->id, sizeof(full.key_id));
	wrong = digsig_footer_write(seal + key->sig_len, &full);
	if (wrong) {
		report_error("cannot be signed: %s", wrong);
		return -EINVAL;
	}
	digsig_tbs(tbs, seal + key->sig_len, digest);
	err = sigkey_sign(key, tbs, seal);
	*len = key->sig_len + DIGSIG_FOOTER_LEN;
	return err;
}

/* Hashes the first bytes of a file as they stand in it. */
static int digest_start(struct stream *s, const struct image *img,
			uint64_t len, uint8_t *digest)
{
	int err;

	err = stream_begin(s, -1);
	if (!err)
		err = stream_file(s, img->fd, 0, len);
	if (!err)
		err = stream_end(s, digest);
	if (!err && image_changed(img))
		err = -ESTALE;
	return err;
}

/**
 * seal_digest() - hash the covered bytes of a signed file
 * @s: stream to use
 * @img: its @state is DIGSIG_REASON_NONE
 * @digest: filled
 *
 * Return: 0, -ESTALE if the file changed meanwhile, or another negative error.
 */
int seal_digest(struct stream *s, const struct image *img, uint8_t *digest)
{
	return digest_start(s, img, img->info.sig_off, digest);
}

/**
 * image_digest() - hash a whole file, as catalogs have it
 * @s: stream to use
 * @img: the file
 * @digest: filled
 *
 * Return: 0, -ESTALE if the file changed meanwhile, or another negative error.
 */
int image_digest(struct stream *s, const struct image *img, uint8_t *digest)
{
	return digest_start(s, img, img->st.st_size, digest);
}

/**
 * image_digest_wrapped() - hash what would be covered, and pass it on
 * @s: stream to use; stream_begin() was called
 * @img: the file
 * @wrap: what wrapping adds to it
 * @digest: filled
 *
 * Return: 0, -ESTALE if the file changed meanwhile, or another negative error.
 */
int image_digest_wrapped(struct stream *s, const struct image *img,
			 const struct elfwrap *wrap, uint8_t *digest)
{
	int err;

	err = stream_bytes(s, wrap->head, img->head_len);
	if (!err)
		err = stream_file(s, img->fd, img->head_len,
				  img->plain_len - img->head_len);
	if (!err && s->skip && lseek(s->out, img->plain_len, SEEK_SET) < 0)
		err = -errno;
	if (!err)
		err = stream_bytes(s, wrap->tail, wrap->tail_len);
	if (!err)
		err = stream_end(s, digest);
	if (!err && image_changed(img))
		err = -ESTALE;
	return err;
}

/**
 * seal_matches() - does the signature of a file match its contents?
 * @key: the key that is said to have signed
 * @img: its @state is DIGSIG_REASON_NONE
 * @digest: from seal_digest()
 *
 * Return: true if it does.
 */
bool seal_matches(const struct sigkey *key, const struct image *img,
		  const uint8_t *digest)
{
	uint8_t tbs[DIGSIG_TBS_LEN], sig[DIGSIG_SIG_MAX];

	if (key->alg != img->info.alg ||
	    memcmp(key->id, img->info.key_id, sizeof(key->id)) ||
	    image_signature(img, sig))
		return false;
	digsig_tbs(tbs, img->footer, digest);
	return sigkey_verify(key, tbs, sig, img->info.sig_len);
}

static int write_new(const char *path, const void *covered, size_t len,
		     const uint8_t *seal, size_t seal_len)
{
	char *tmp = NULL;
	int fd, err;

	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return -ENOMEM;
	fd = mkostemp(tmp, O_CLOEXEC);
	if (fd < 0) {
		err = -errno;
		free(tmp);
		return err;
	}
	err = write_all(fd, covered, len);
	if (!err)
		err = write_all(fd, seal, seal_len);
	if (!err && (fchmod(fd, 0644) || fsync(fd)))
		err = -errno;
	if (!err && rename(tmp, path))
		err = -errno;
	close(fd);
	if (err)
		unlink(tmp);
	free(tmp);
	return err;
}

/**
 * seal_write_file() - sign a catalog or a revocation list, and write it
 * @key: private key
 * @type: what it is
 * @covered: its covered bytes
 * @len: how many
 * @path: file to write; replaced at once if it exists
 *
 * Return: 0, or a negative error after reporting it.
 */
int seal_write_file(struct sigkey *key, enum digsig_type type,
		    const void *covered, size_t len, const char *path)
{
	struct digsig_info info = { .type = type, .sig_off = len };
	uint8_t digest[DIGSIG_DIGEST_LEN], seal[SEAL_MAX];
	size_t seal_len;
	int err;

	if (!EVP_Digest(covered, len, digest, NULL, EVP_sha256(), NULL))
		return -EIO;
	err = seal_make(key, &info, digest, seal, &seal_len);
	if (err)
		return err;
	err = write_new(path, covered, len, seal, seal_len);
	if (err)
		report_error("%s: %s", path, strerror(-err));
	return err;
}
