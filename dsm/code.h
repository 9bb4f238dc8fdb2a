/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The authentication code of a label: what it is made over, and with which key.
 *
 * <linux/dsm.h> says which octets, in which order. A code says that whoever put
 * this label between these two addresses knew the key; it says nothing about
 * what else is in the packet, or when it was sent.
 */
#ifndef _DSM_CODE_H
#define _DSM_CODE_H

#include <linux/dsm.h>
#include <linux/siphash.h>

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

siphash_key_t dsm_key_read(const u8 octets[DSM_KEY_LEN]);
__le64 dsm_code_make(const siphash_key_t *key, u32 epoch,
		     const struct dsm_coded *coded);

#endif /* _DSM_CODE_H */
