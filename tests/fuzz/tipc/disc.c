// SPDX-License-Identifier: GPL-2.0-only
/*
 * Discovery messages: any bytes, as discovery.c gives them to disc.c.
 *
 * What is read names a node and a place where one host can be; written again, it
 * is read as the same.
 */
#include "../fuzz.h"
#include "tipc/disc.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tipc_disc d, e;
	u8 out[TIPC_DISC_SIZE];
	size_t linear;
	void *copy;
	int size;

	copy = malloc(len ? len : 1);
	memcpy(copy, data, len);
	linear = len < TIPC_HSIZE_MAX ? len : TIPC_HSIZE_MAX;
	size = tipc_msg_check(copy, linear, len);
	if (size < 0 || tipc_msg_user(copy) != TIPC_USER_DISCOVERY)
		goto out;
	memset(&d, 0xa5, sizeof(d));
	if (tipc_disc_read(copy, size, &d))
		goto out;
	must(d.node && d.type <= TIPC_DISC_TRIAL_FAIL && d.at.media);
	must(d.at.media != TIPC_MEDIA_ETH || !(d.at.bytes[0] & 1));
	must(d.at.media != TIPC_MEDIA_UDP || d.at.port);
	must(!d.at.zero);
	d.caps |= 0x20;
	tipc_disc_write(&d, out);
	must(tipc_msg_check(out, sizeof(out), sizeof(out)) == sizeof(out));
	must(!tipc_disc_read(out, sizeof(out), &e));
	must(d.node == e.node && d.caps == e.caps && d.type == e.type &&
	     d.hash == e.hash && d.net_id == e.net_id &&
	     tipc_maddr_equal(&d.at, &e.at) &&
	     !memcmp(d.id, e.id, sizeof(d.id)));
out:
	free(copy);
	return 0;
}
