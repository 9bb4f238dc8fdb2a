// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation lists: checking one, and asking it.
 *
 * A list is used where it lies. It is checked once, from end to end, by
 * digsig_revocation_parse(); the questions then rely on its order. What is
 * parsed here are the covered bytes, without signature and footer. That a list
 * does not replace a newer one is for whoever keeps the number.
 */
#include <linux/digsig_format.h>

#include "revocation.h"

static_assert(sizeof(struct digsig_revocation_header) == 32,
	      "the header has no padding");

/**
 * digsig_revocation_parse() - check the covered bytes of a revocation list
 * @data: the covered bytes, at any address; they must outlive @list
 * @len: number of covered bytes, digsig_info.sig_off
 * @list: filled in if all is well, otherwise the list that revokes nothing
 *
 * Costs a walk over all entries.
 *
 * Return: NULL, or half a sentence that says what is wrong.
 */
const char *digsig_revocation_parse(const void *data, u64 len,
				    struct digsig_revocation *list)
{
	struct digsig_sorted digests = { .size = DIGSIG_DIGEST_LEN,
					 .key_len = DIGSIG_DIGEST_LEN };
	struct digsig_sorted keys = { .size = DIGSIG_KEY_ID_LEN,
				      .key_len = DIGSIG_KEY_ID_LEN };
	struct digsig_revocation_header head;
	u64 digests_len;

	memset(list, 0, sizeof(*list));
	if (len < sizeof(head))
		return "the revocation list is shorter than its header";
	memcpy(&head, data, sizeof(head));
	digests.count = le32_to_cpu(head.digest_count);
	keys.count = le32_to_cpu(head.key_count);
	digests_len = (u64)digests.count * digests.size;

	if (memcmp(head.magic, DIGSIG_REVOCATION_MAGIC, sizeof(head.magic)))
		return "this is not a revocation list";
	if (!head.number)
		return "the number of the revocation list is 0";
	if (head.reserved)
		return "the revocation list uses a reserved field";
	if (digests.count > DIGSIG_REVOCATION_MAX ||
	    keys.count > DIGSIG_REVOCATION_MAX)
		return "the revocation list has too many entries";
	if (len != sizeof(head) + digests_len + (u64)keys.count * keys.size)
		return "the revocation list is longer or shorter than its entries";

	digests.base = (const u8 *)data + sizeof(head);
	keys.base = digests.base + digests_len;
	if (!digsig_sorted_valid(&digests) || !digsig_sorted_valid(&keys))
		return "the entries of the revocation list do not ascend";

	list->number = le64_to_cpu(head.number);
	list->min_generation = le32_to_cpu(head.min_generation);
	list->digests = digests;
	list->keys = keys;
	return NULL;
}

/**
 * digsig_revocation_has_digest() - is a file revoked
 * @list: list from digsig_revocation_parse(), or all zero
 * @digest: content digest of a signed file, or digest of a file in a catalog
 *
 * Costs at most 21 comparisons.
 *
 * Return: true if it is.
 */
bool digsig_revocation_has_digest(const struct digsig_revocation *list,
				  const u8 digest[DIGSIG_DIGEST_LEN])
{
	return digsig_sorted_find(&list->digests, digest);
}

/**
 * digsig_revocation_has_key() - is a key revoked
 * @list: list from digsig_revocation_parse(), or all zero
 * @key_id: id of the key
 *
 * Costs at most 21 comparisons.
 *
 * Return: true if it is.
 */
bool digsig_revocation_has_key(const struct digsig_revocation *list,
			       const u8 key_id[DIGSIG_KEY_ID_LEN])
{
	return digsig_sorted_find(&list->keys, key_id);
}
