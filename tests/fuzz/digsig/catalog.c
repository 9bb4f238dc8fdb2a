// SPDX-License-Identifier: GPL-2.0-only
/*
 * Catalogs: the input is the covered bytes.
 *
 * In a catalog that is accepted every entry is found under its digest, and one
 * that is searched without having been accepted is read no further than it is
 * long.
 */
#include "../fuzz.h"
#include "digsig/catalog.h"

static void search_unchecked(const uint8_t *data, size_t len)
{
	struct digsig_catalog catalog = { .entries = {
		.base = data,
		.count = len / 40,
		.size = 40,
		.key_len = DIGSIG_DIGEST_LEN,
	} };
	struct digsig_listed listed;

	if (len >= DIGSIG_DIGEST_LEN)
		digsig_catalog_find(&catalog, data + len - DIGSIG_DIGEST_LEN,
				    &listed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct digsig_catalog catalog;
	struct digsig_listed listed;
	u32 i;

	search_unchecked(data, len);
	if (digsig_catalog_parse(data, len, &catalog)) {
		must(!catalog.entries.count);
		return 0;
	}
	must(strlen(catalog.name) < sizeof(catalog.name));
	must(catalog.entries.count == (len - 32) / 40);
	for (i = 0; i < catalog.entries.count; i++) {
		const uint8_t *entry = data + 32 + i * 40;

		must(digsig_catalog_find(&catalog, entry, &listed));
		must(!memcmp(entry + 32, &listed.flags, 4));
		must(!memcmp(entry + 36, &listed.sid, 4));
		must(listed.flags <= DIGSIG_FLAGS_KNOWN);
	}
	return 0;
}
