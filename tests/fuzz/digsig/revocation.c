// SPDX-License-Identifier: GPL-2.0-only
/*
 * Revocation lists: the input is the covered bytes.
 *
 * In a list that is accepted every entry revokes what it names.
 */
#include "../fuzz.h"
#include "digsig/revocation.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct digsig_revocation list;
	const uint8_t *at = data + 32;
	u32 i;

	if (digsig_revocation_parse(data, len, &list)) {
		must(!list.number && !list.digests.count && !list.keys.count);
		return 0;
	}
	must(list.number);
	for (i = 0; i < list.digests.count; i++, at += 32)
		must(digsig_revocation_has_digest(&list, at));
	for (i = 0; i < list.keys.count; i++, at += 16)
		must(digsig_revocation_has_key(&list, at));
	must(at == data + len);
	return 0;
}
