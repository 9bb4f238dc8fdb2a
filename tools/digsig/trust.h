/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a file is judged by: keys, catalogs, a revocation list.
 */
#ifndef _DIGSIG_TRUST_H
#define _DIGSIG_TRUST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digsig/catalog.h"
#include "digsig/footer.h"
#include "digsig/revocation.h"
#include "image.h"
#include "sigkey.h"
#include "stream.h"

/**
 * struct sealed - a catalog or a revocation list, read from a file
 * @bytes: the covered bytes
 * @len: how many
 * @info: what the footer says
 * @key: the key that signed it, or NULL if that is not known
 */
struct sealed {
	uint8_t *bytes;
	size_t len;
	struct digsig_info info;
	const struct sigkey *key;
};

/**
 * struct trust_catalog - a catalog whose signature is good
 * @sealed: its bytes
 * @catalog: points into them
 */
struct trust_catalog {
	struct sealed sealed;
	struct digsig_catalog catalog;
};

/**
 * struct trust - what a file is judged by
 * @keys: the keys
 * @nkeys: how many
 * @catalogs: the catalogs
 * @ncatalogs: how many
 * @list_bytes: the revocation list
 * @list: points into it; all zero without one
 */
struct trust {
	struct sigkey *keys;
	size_t nkeys;
	struct trust_catalog *catalogs;
	size_t ncatalogs;
	struct sealed list_bytes;
	struct digsig_revocation list;
};

/**
 * struct finding - what became of a file
 * @reason: DIGSIG_REASON_NONE if it is good
 * @error: what is malformed, or NULL
 * @info: what the footer says, if there is one
 * @has_digest: @digest is known
 * @digest: of the covered bytes, or of the whole file
 * @key: that signed the file or its catalog, if we have it
 * @catalog: name of the catalog that has it, or NULL
 * @flags: signed attributes
 * @sid: security ID
 * @generation: generation
 */
struct finding {
	enum digsig_reason reason;
	const char *error;
	struct digsig_info info;
	bool has_digest;
	uint8_t digest[DIGSIG_DIGEST_LEN];
	const struct sigkey *key;
	const char *catalog;
	uint32_t flags;
	uint32_t sid;
	uint32_t generation;
};

int sealed_read(struct sealed *sealed, const char *path);
void sealed_free(struct sealed *sealed);

int trust_add_keys(struct trust *trust, const char *path);
int trust_add_catalog(struct trust *trust, const char *path);
int trust_set_list(struct trust *trust, const char *path);
const struct sigkey *trust_find(const struct trust *trust, const uint8_t *id);
void trust_free(struct trust *trust);
int trust_judge(const struct trust *trust, struct stream *s,
		const struct image *img, struct finding *f);

#endif /* _DIGSIG_TRUST_H */
