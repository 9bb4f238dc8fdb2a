/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Revocation lists: files and keys that are no longer trusted.
 */
#ifndef _DIGSIG_REVOCATION_H
#define _DIGSIG_REVOCATION_H

#include <linux/digsig_format.h>

#include "pure.h"
#include "sorted.h"

/**
 * struct digsig_revocation - a revocation list inside somebody else's bytes
 * @number: of the list, 1 or more; 0 stands for no list
 * @min_generation: files of a lower generation are refused
 * @digests: revoked files
 * @keys: revoked keys
 *
 * One that is all zero is the list that revokes nothing.
 */
struct digsig_revocation {
	u64	number;
	u32	min_generation;
	struct digsig_sorted digests;
	struct digsig_sorted keys;
};

const char *digsig_revocation_parse(const void *data, u64 len,
				    struct digsig_revocation *list);
bool digsig_revocation_has_digest(const struct digsig_revocation *list,
				  const u8 digest[DIGSIG_DIGEST_LEN]);
bool digsig_revocation_has_key(const struct digsig_revocation *list,
			       const u8 key_id[DIGSIG_KEY_ID_LEN]);

#endif /* _DIGSIG_REVOCATION_H */
