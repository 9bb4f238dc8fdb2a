/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the tests of keys in DER share.
 */
#ifndef _TESTS_UNIT_DIGSIG_DER_H
#define _TESTS_UNIT_DIGSIG_DER_H

#include "../unit.h"
#include "digsig/der.h"

/* Parses a copy behind which nothing may be read; the result points into @data. */
static inline const char *parse_bytes(const void *data, size_t len,
				      struct digsig_pubkey *pubkey)
{
	struct digsig_pubkey zero = {};
	void *copy = exact_copy(data, len);
	const char *error = digsig_der_parse(copy, len, pubkey);

	/* Pointers into the copy become pointers into the original. */
	if (!error) {
		pubkey->key = (u8 *)data + (pubkey->key - (u8 *)copy);
		pubkey->spki = (u8 *)data + (pubkey->spki - (u8 *)copy);
	} else if (memcmp(pubkey, &zero, sizeof(zero))) {
		abort();
	}
	exact_free(copy);
	return error;
}

#endif /* _TESTS_UNIT_DIGSIG_DER_H */
