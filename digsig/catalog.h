/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Catalogs: one signature over the digests of many files.
 */
#ifndef _DIGSIG_CATALOG_H
#define _DIGSIG_CATALOG_H

#include <linux/digsig_format.h>

#include "pure.h"
#include "sorted.h"

#define DIGSIG_CATALOG_NAME_LEN	16	/* with its NUL */

/**
 * struct digsig_catalog - a catalog inside somebody else's bytes
 * @name: what it is called, NUL-terminated
 * @generation: of every file in it
 * @entries: struct digsig_catalog_entry, by digest
 */
struct digsig_catalog {
	char	name[DIGSIG_CATALOG_NAME_LEN];
	u32	generation;
	struct digsig_sorted entries;
};

/**
 * struct digsig_listed - what a catalog says about a file
 * @flags: DIGSIG_FLAG_*
 * @sid: security ID for dsm, 0 for none
 */
struct digsig_listed {
	u32	flags;
	u32	sid;
};

const char *digsig_catalog_parse(const void *data, u64 len,
				 struct digsig_catalog *catalog);
bool digsig_catalog_find(const struct digsig_catalog *catalog,
			 const u8 digest[DIGSIG_DIGEST_LEN],
			 struct digsig_listed *listed);
bool digsig_catalog_name_valid(const char name[DIGSIG_CATALOG_NAME_LEN]);

#endif /* _DIGSIG_CATALOG_H */
