// SPDX-License-Identifier: GPL-2.0-only
/*
 * One route in each netlink message: what a message costs.
 *
 * usage: feed mfib|kernel FAMILY(4|6) TABLE DEVICE FILE
 *
 * Adds the routes of FILE (struct feed_route), all by DEVICE, to the FIB or to
 * the kernel's table TABLE, and prints the nanoseconds that send() took, in
 * which the kernel does all of the work: "add P50 P999 MAX". Under icount these
 * are instructions.
 */
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/mfib.h>
#include "kmod/feed.h"
#include "message.h"

static unsigned int table, device;
static int size;

static void make_mfib(const struct feed_route *r)
{
	struct nlattr *nest;

	message_genl(MFIB_CMD_ROUTE_NEW);
	message_put(MFIB_A_FIB, &table, 4);
	nest = message_nest(MFIB_A_ROUTE);
	message_put(MFIB_RT_DST, r->addr, size);
	message_put(MFIB_RT_LEN, &r->len, 1);
	message_put(MFIB_RT_OIF, &device, 4);
	message_nest_end(nest);
}

static void make_kernel(const struct feed_route *r)
{
	const struct rtmsg rt = {
		.rtm_family = size == 4 ? AF_INET : AF_INET6,
		.rtm_dst_len = r->len, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = size == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};

	message_begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &rt, sizeof(rt));
	message_put(RTA_TABLE, &table, 4);
	message_put(RTA_DST, r->addr, size);
	message_put(RTA_OIF, &device, 4);
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct feed_route *routes;
	int file, count, i;
	struct stat st;
	long *took;
	bool ours;

	if (argc != 6)
		return 2;
	ours = !strcmp(argv[1], "mfib");
	size = atoi(argv[2]) == 4 ? 4 : 16;
	table = atoi(argv[3]);
	device = if_nametoindex(argv[4]);
	file = open(argv[5], O_RDONLY);
	if (file < 0 || fstat(file, &st))
		message_die(argv[5]);
	count = st.st_size / sizeof(*routes);
	routes = malloc(st.st_size);
	took = malloc(count * sizeof(*took));
	if (read(file, routes, st.st_size) != st.st_size)
		message_die(argv[5]);
	message_open(ours ? NETLINK_GENERIC : NETLINK_ROUTE);
	for (i = 0; i < count; i++) {
		if (ours)
			make_mfib(&routes[i]);
		else
			make_kernel(&routes[i]);
		took[i] = message_exchange();
	}
	qsort(took, count, sizeof(*took), compare);
	printf("%s %ld %ld %ld\n", argv[1], took[count / 2],
	       took[count / 1000 * 999], took[count - 1]);
	return 0;
}
