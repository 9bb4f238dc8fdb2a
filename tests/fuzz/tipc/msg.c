// SPDX-License-Identifier: GPL-2.0-only
/*
 * Headers: any bytes, of which the first two say how many may be read at once.
 *
 * What is accepted lies in what was received, every accessor of its kind stays
 * inside, and returning it to its sender makes a message again, that returned
 * once more has the addresses of the first.
 */
#include "../fuzz.h"
#include "tipc/msg.h"

static void turn_twice(const struct tipc_msg *m)
{
	struct tipc_msg once, twice;
	unsigned int data = tipc_msg_data_size(m);

	tipc_msg_reverse(&once, m, 7, TIPC_ERR_NO_PORT);
	must(tipc_msg_data_size(&once) == data);
	must(tipc_msg_error(&once) == TIPC_ERR_NO_PORT);
	must(tipc_msg_dest_node(&once) == tipc_msg_orig_node(m));
	must(tipc_msg_check(&once, tipc_msg_hsize(&once),
			    tipc_msg_size(&once)) ==
	     (int)tipc_msg_size(&once));
	tipc_msg_reverse(&twice, &once, 9, TIPC_ERR_NO_NODE);
	must(tipc_msg_orig_port(&twice) == tipc_msg_orig_port(m));
	must(tipc_msg_dest_port(&twice) == tipc_msg_dest_port(m));
	must(tipc_msg_size(&twice) == tipc_msg_size(&once));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct tipc_msg *m;
	size_t linear;
	int size;

	if (len < 2)
		return 0;
	linear = data[0] | data[1] << 8;
	len -= 2;
	if (linear > len)
		linear = len;
	/* Only what may be read is there. */
	m = malloc(linear ? linear : 1);
	memcpy(m, data + 2, linear);
	size = tipc_msg_check(m, linear, len);
	if (size < 0)
		goto out;
	must((size_t)size <= len);
	must(tipc_msg_hsize(m) <= linear && tipc_msg_hsize(m) <= (size_t)size);
	must(tipc_msg_hsize(m) >= TIPC_HSIZE_CONN);
	must(tipc_msg_user_name(tipc_msg_user(m)));
	if (tipc_msg_is_data(m) || tipc_msg_user(m) == TIPC_USER_CONN_MANAGER)
		turn_twice(m);
out:
	free(m);
	return 0;
}
