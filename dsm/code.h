/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authentication code of a label: what it is made over, and with which key.
 *
 * <linux/dsm.h> says which octets, in which order. A code says that whoever put
 * this label between these two addresses knew the key; it says nothing about
 * what else is in the packet, or when it was sent.
 *
 * This is a pure file: see pure.h.
 */
#ifndef _DSM_CODE_H
#define _DSM_CODE_H

#include <linux/dsm.h>

#include "pure.h"

/**
 * struct dsm_key - a key, as the hash begins with it
 * @k: its two halves
 */
struct dsm_key {
	u64	k[2];
};

/**
 * struct dsm_coded - what a code is made over, except the epoch
 * @saddr: source address
 * @daddr: destination address
 * @label: SID and NID
 * @serial: policy serial, 0 if the option has none
 * @protocol: of the IP header
 */
struct dsm_coded {
	__be32	saddr;
	__be32	daddr;
	struct dsm_label label;
	u32	serial;
	u8	protocol;
};

struct dsm_key dsm_key_read(const u8 octets[DSM_KEY_LEN]);
void dsm_code_make(const struct dsm_key *key, u32 epoch,
		   const struct dsm_coded *coded, u8 code[DSM_CODE_LEN]);
bool dsm_code_same(const u8 a[DSM_CODE_LEN], const u8 b[DSM_CODE_LEN]);

#endif /* _DSM_CODE_H */
