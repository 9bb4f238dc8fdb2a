// SPDX-License-Identifier: GPL-2.0-only
/*
 * The authentication code: the kernel's SipHash-2-4 over 25 octets.
 */
#include <linux/build_bug.h>

#include "compat.h"
#include "code.h"

/* What <linux/dsm.h> lists, in its order. */
struct octets {
	__be32	saddr;
	__be32	daddr;
	__be32	sid;
	__be32	nid;
	__be32	serial;
	__be32	epoch;
	u8	protocol;
} __packed;

static_assert(sizeof(struct octets) == 25);

/**
 * dsm_key_read() - a key from its octets
 * @octets: the key
 *
 * Context: Any.
 * Return: the key.
 */
siphash_key_t dsm_key_read(const u8 octets[DSM_KEY_LEN])
{
	return (siphash_key_t) { { get_unaligned_le64(octets),
				   get_unaligned_le64(octets + 8) } };
}

/**
 * dsm_code_make() - the code of a label
 * @key: of the node that sends it
 * @epoch: of the key
 * @coded: what the code is made over
 *
 * Context: Any.
 * Return: the code, as it stands in the option.
 */
__le64 dsm_code_make(const siphash_key_t *key, u32 epoch,
		     const struct dsm_coded *coded)
{
	const struct octets octets = {
		.saddr = coded->saddr,
		.daddr = coded->daddr,
		.sid = cpu_to_be32(coded->label.sid),
		.nid = cpu_to_be32(coded->label.nid),
		.serial = cpu_to_be32(coded->serial),
		.epoch = cpu_to_be32(epoch),
		.protocol = coded->protocol,
	};

	return cpu_to_le64(siphash(&octets, sizeof(octets), key));
}
