// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys: the input is DER, or something else.
 *
 * What is pointed to lies in the input, and the SubjectPublicKeyInfo that is
 * found or made is one that holds the same key.
 */
#include "../fuzz.h"
#include "digsig/der.h"

static bool lies_in(const u8 *part, u32 part_len, const uint8_t *data,
		    size_t len)
{
	size_t at = part - data;

	return part >= data && at <= len && part_len <= len - at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct digsig_pubkey pubkey, again;
	u8 spki[1024];

	if (digsig_der_parse(data, len, &pubkey)) {
		must(!pubkey.alg && !pubkey.key && !pubkey.spki);
		return 0;
	}
	must(lies_in(pubkey.key, pubkey.key_len, data, len));
	must(lies_in(pubkey.spki, pubkey.spki_len, data, len));
	must(pubkey.spki_head_len <= sizeof(pubkey.spki_head));
	must(pubkey.spki_head_len + pubkey.spki_len <= sizeof(spki));

	memcpy(spki, pubkey.spki_head, pubkey.spki_head_len);
	memcpy(spki + pubkey.spki_head_len, pubkey.spki, pubkey.spki_len);
	must(!digsig_der_parse(spki, pubkey.spki_head_len + pubkey.spki_len,
			       &again));
	must(again.form == DIGSIG_DER_SPKI && again.alg == pubkey.alg);
	must(again.bits == pubkey.bits && again.key_len == pubkey.key_len);
	must(!memcmp(again.key, pubkey.key, pubkey.key_len));
	return 0;
}
