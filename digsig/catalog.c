// SPDX-License-Identifier: GPL-2.0-only
/*
 * Catalogs: checking one, and looking a file up in it.
 *
 * A catalog is used where it lies. It is checked once, from end to end, by
 * digsig_catalog_parse(); lookups rely on the order of the entries. What is
 * parsed here are the covered bytes, without signature and footer.
 */
#include <linux/digsig_format.h>

#include "catalog.h"

static_assert(sizeof(struct digsig_catalog_header) == 32 &&
	      sizeof(struct digsig_catalog_entry) == 40,
	      "neither header nor entry has padding");

/**
 * digsig_catalog_name_valid() - may a catalog be called this
 * @name: 16 bytes
 *
 * Return: true if there are 1 to 15 printable ASCII characters, and nothing but
 * NUL after them.
 */
bool digsig_catalog_name_valid(const char name[DIGSIG_CATALOG_NAME_LEN])
{
	int len = 0, i;

	while (len < DIGSIG_CATALOG_NAME_LEN && name[len] >= ' ' &&
	       name[len] <= '~')
		len++;
	for (i = len; i < DIGSIG_CATALOG_NAME_LEN; i++)
		if (name[i])
			return false;
	return len > 0 && len < DIGSIG_CATALOG_NAME_LEN;
}

static void entry_read(struct digsig_catalog_entry *entry, const u8 *from)
{
	memcpy(entry, from, sizeof(*entry));
}

static bool flags_known(const struct digsig_sorted *entries)
{
	struct digsig_catalog_entry entry;
	u32 i;

	for (i = 0; i < entries->count; i++) {
		entry_read(&entry, entries->base + (size_t)i * sizeof(entry));
		if (le32_to_cpu(entry.flags) & ~DIGSIG_FLAGS_KNOWN)
			return false;
		digsig_give_way(i);
	}
	return true;
}

/**
 * digsig_catalog_parse() - check the covered bytes of a catalog
 * @data: the covered bytes, at any address; they must outlive @catalog
 * @len: number of covered bytes, digsig_info.sig_off
 * @catalog: filled in if all is well, otherwise empty
 *
 * Costs a walk over all entries.
 *
 * Context: In the kernel, process context. May sleep.
 * Return: NULL, or half a sentence that says what is wrong.
 */
const char *digsig_catalog_parse(const void *data, u64 len,
				 struct digsig_catalog *catalog)
{
	struct digsig_catalog_header head;
	struct digsig_sorted entries = {
		.size	 = sizeof(struct digsig_catalog_entry),
		.key_len = DIGSIG_DIGEST_LEN,
	};

	memset(catalog, 0, sizeof(*catalog));
	if (len < sizeof(head))
		return "the catalog is shorter than its header";
	memcpy(&head, data, sizeof(head));
	entries.base = (const u8 *)data + sizeof(head);
	entries.count = le32_to_cpu(head.count);

	if (memcmp(head.magic, DIGSIG_CATALOG_MAGIC, sizeof(head.magic)))
		return "this is not a catalog";
	if (!digsig_catalog_name_valid((const char *)head.name))
		return "the name of the catalog is not 1 to 15 printable characters";
	if (!entries.count || entries.count > DIGSIG_CATALOG_MAX)
		return "the number of entries of the catalog is out of range";
	if (len != sizeof(head) + (u64)entries.count * entries.size)
		return "the catalog is longer or shorter than its entries";
	if (!flags_known(&entries))
		return "an entry of the catalog has an unknown flag";
	if (!digsig_sorted_valid(&entries))
		return "the entries of the catalog do not ascend";

	memcpy(catalog->name, head.name, sizeof(catalog->name));
	catalog->generation = le32_to_cpu(head.generation);
	catalog->entries = entries;
	return NULL;
}

/**
 * digsig_catalog_find() - what a catalog says about a file
 * @catalog: catalog from digsig_catalog_parse()
 * @digest: SHA-256 of the whole file
 * @listed: filled in if the file is found
 *
 * Costs at most 23 comparisons.
 *
 * Return: true if the catalog lists the file.
 */
bool digsig_catalog_find(const struct digsig_catalog *catalog,
			 const u8 digest[DIGSIG_DIGEST_LEN],
			 struct digsig_listed *listed)
{
	const u8 *found = digsig_sorted_find(&catalog->entries, digest);
	struct digsig_catalog_entry entry;

	if (!found)
		return false;
	entry_read(&entry, found);
	listed->flags = le32_to_cpu(entry.flags);
	listed->sid = le32_to_cpu(entry.sid);
	return true;
}
