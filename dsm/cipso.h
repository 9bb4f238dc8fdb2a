/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The option: a label as it is on the wire, and back.
 *
 *	86 LL | 10 00 10 00 | 07 TT | parameters
 *
 * LL is the length of all, TT that of what follows the DOI; both count
 * themselves. A parameter is type, length of all of it, value. SID (3) and NID
 * (6) have to be there, the policy serial (2) and the authentication code (8)
 * may, each once and in any order; nothing else may. Numbers are big-endian.
 *
 * This is a pure file: see pure.h.
 */
#ifndef _DSM_CIPSO_H
#define _DSM_CIPSO_H

#include <linux/dsm.h>

#include "pure.h"

/* The eight octets that every shortest option begins with. */
#define DSM_OPT_HEAD	{ DSM_OPT_TYPE, DSM_OPT_LEN, 0x10, 0x00, 0x10, 0x00, \
			  DSM_OPT_TAG, DSM_OPT_LEN - 6 }

/* Room in a header, with the padding that makes it a multiple of 4. */
#define DSM_OPT_ROOM(len)	(((len) + 3) & ~3U)

/**
 * struct dsm_option - what one option says
 * @label: SID and NID
 * @serial: policy serial
 * @has_serial: there is one
 * @has_code: there is one
 * @code: authentication code
 */
struct dsm_option {
	struct dsm_label label;
	u32	serial;
	bool	has_serial;
	bool	has_code;
	u8	code[DSM_CODE_LEN];
};

bool dsm_option_ours(const u8 *data, size_t len);
enum dsm_reason dsm_option_parse(const u8 *data, size_t len,
				 struct dsm_option *opt, unsigned int *at);
bool dsm_option_parse_short(const u8 data[DSM_OPT_LEN],
			    struct dsm_option *opt);
enum dsm_reason dsm_option_find(const u8 *data, size_t len,
				const u8 **found);
unsigned int dsm_option_code(const u8 *data);
unsigned int dsm_option_build(const struct dsm_option *opt,
			      u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)]);

#endif /* _DSM_CIPSO_H */
