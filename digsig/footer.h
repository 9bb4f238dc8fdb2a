/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The footer: the last 64 bytes of everything that is signed.
 */
#ifndef _DIGSIG_FOOTER_H
#define _DIGSIG_FOOTER_H

#include <linux/digsig_lsm.h>
#include <linux/digsig_format.h>

#include "pure.h"

/**
 * struct digsig_info - what a footer says, in numbers of this machine
 * @type: enum digsig_type; whoever reads a file of one type refuses the others
 * @alg: enum digsig_alg
 * @flags: DIGSIG_FLAG_*, 0 in catalogs and revocation lists
 * @sid: security ID for dsm, 0 for none
 * @generation: of the file; 0 in catalogs and revocation lists
 * @sig_off: number of covered bytes; where the signature starts
 * @sig_len: bytes of the signature
 * @wrap_len: how many of the covered bytes the signer appended
 * @key_id: the key that is said to have signed
 */
struct digsig_info {
	u8	type;
	u8	alg;
	u32	flags;
	u32	sid;
	u32	generation;
	u64	sig_off;
	u32	sig_len;
	u32	wrap_len;
	u8	key_id[DIGSIG_KEY_ID_LEN];
};

enum digsig_reason digsig_footer_parse(const u8 tail[DIGSIG_FOOTER_LEN],
				       u64 file_len, struct digsig_info *info);
const char *digsig_footer_error(const u8 tail[DIGSIG_FOOTER_LEN], u64 file_len);
const char *digsig_footer_write(u8 tail[DIGSIG_FOOTER_LEN],
				const struct digsig_info *info);
void digsig_tbs(u8 tbs[DIGSIG_TBS_LEN], const u8 tail[DIGSIG_FOOTER_LEN],
		const u8 digest[DIGSIG_DIGEST_LEN]);

#endif /* _DIGSIG_FOOTER_H */
