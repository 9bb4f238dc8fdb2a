// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm: timeout=150 cflags="-I. bench/mfib/message.c"
 *
 * The kernel and mfib find the same routes. Prefixes inside of one another are put
 * into the kernel's table of a FIB, and mfib takes them over; then both are asked
 * for the routes of addresses in and beside them, the kernel by RTM_GETROUTE in the
 * FIB, as "ip route get fibmatch" does.
 *
 * ROUTES=N and LOOKUPS=N of each family; few by default. FILE4=F and FILE6=F take
 * the routes from F ("ADDRESS/LENGTH ..." in each line) instead of making them,
 * SEED=N makes others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/mfib.h>

#include "bench/mfib/message.h"
#include "kselftest_harness.h"
#include "random.h"

#define FIB	10u

/** struct side - a socket of message.c, which talks by one at a time */
struct side {
	int		sock;
	unsigned short	family;
};

static struct side ours, kernels;

static void turn_to(const struct side *to)
{
	message.sock = to->sock;
	message.family = to->family;
}

static struct side open_side(int protocol)
{
	message_open(protocol);
	return (struct side){ message.sock, message.family };
}

/** struct prefix - an address and a length */
struct prefix {
	unsigned char bytes[16];
	unsigned char len;
};

static void cut(struct prefix *p, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++) {
		if (8 * i >= p->len)
			p->bytes[i] = 0;
		else if (8 * i + 8 > p->len)
			p->bytes[i] &= 0xff << (8 * i + 8 - p->len);
	}
}

/* Near another one, or anywhere; of any length but the shortest. */
static void make(struct prefix *p, const struct prefix *near,
		 unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		p->bytes[i] = below(256);
	if (near && below(3))
		memcpy(p->bytes, near->bytes, 1 + below(size));
	p->bytes[0] = size == 4 ? 1 + p->bytes[0] % 100 : 0x20;
	p->len = size == 4 ? 8 + below(25) : 12 + below(117);
}

static int read_line(FILE *file, struct prefix *p, unsigned int size)
{
	char text[64];
	unsigned int len;

	while (fscanf(file, "%47[^/]/%u%*[^\n]\n", text, &len) == 2)
		if (inet_pton(size == 4 ? AF_INET : AF_INET6, text,
			      p->bytes) == 1) {
			p->len = len;
			return 1;
		}
	return 0;
}

static void kernel_add(const struct prefix *p, unsigned int size,
		       unsigned int device)
{
	const unsigned int table = FIB;
	const struct rtmsg rt = {
		.rtm_family = size == 4 ? AF_INET : AF_INET6,
		.rtm_dst_len = p->len, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = size == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};

	message_begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &rt,
		      sizeof(rt));
	message_put(RTA_TABLE, &table, 4);
	message_put(RTA_DST, p->bytes, size);
	message_put(RTA_OIF, &device, 4);
	message_exchange();
}

/* Length of the route, or -1: none but that to the FIB's device. */
static int kernel_asks(const unsigned char *addr, unsigned int size,
		       unsigned int fib_device)
{
	const struct rtmsg rt = {
		.rtm_family = size == 4 ? AF_INET : AF_INET6,
		.rtm_dst_len = 8 * size,
		.rtm_flags = RTM_F_FIB_MATCH | RTM_F_LOOKUP_TABLE,
	};
	const struct rtmsg *found;
	const struct nlmsghdr *nlh;

	turn_to(&kernels);
	message_begin(RTM_GETROUTE, 0, &rt, sizeof(rt));
	message_put(RTA_DST, addr, size);
	message_put(RTA_OIF, &fib_device, 4);
	message_exchange();
	nlh = (void *)message.answer;
	found = NLMSG_DATA(nlh);
	return found->rtm_dst_len ? found->rtm_dst_len : -1;
}

static int ours_asks(const unsigned char *addr, unsigned int size)
{
	const unsigned int fib = FIB;
	const struct nlattr *route;

	turn_to(&ours);
	message_genl(MFIB_CMD_ROUTE_GET);
	message_put(MFIB_A_FIB, &fib, 4);
	message_put(MFIB_A_ADDRESS, addr, size);
	if (message_try() == -ENETUNREACH)
		return -1;
	route = message_find(NULL, MFIB_A_ROUTE);
	route = route ? message_find(route, MFIB_RT_LEN) : NULL;
	return route ? *(const unsigned char *)(route + 1) : -2;
}

static void until_same(struct __test_metadata *_metadata, unsigned int size)
{
	unsigned long count = number("ROUTES", 1500), i;
	unsigned long lookups = number("LOOKUPS", 3000);
	unsigned int device = if_nametoindex("d0");
	unsigned int fib_device = if_nametoindex("mfib10"), k;
	struct prefix *p = calloc(count, sizeof(*p)), at;
	const char *path = getenv(size == 4 ? "FILE4" : "FILE6");
	FILE *file = path ? fopen(path, "r") : NULL;
	unsigned long found = 0;
	int want, got;

	ASSERT_NE(NULL, p);
	turn_to(&kernels);
	for (i = 0; i < count; i++) {
		if (!file)
			make(&p[i], i ? &p[below(i)] : NULL, size);
		else if (!read_line(file, &p[i], size))
			break;
		cut(&p[i], size);
		kernel_add(&p[i], size, device);
	}
	count = i;
	ASSERT_LT(0, count);
	turn_to(&ours);
	message_genl(MFIB_CMD_RESYNC);
	message_exchange();
	for (i = 0; i < lookups; i++) {
		at = p[below(count)];
		for (k = at.len / 8; below(8) && k < size; k++)
			at.bytes[k] ^= below(k == at.len / 8u ?
					     1u << (8 - at.len % 8) : 256);
		if (!below(8))
			at.bytes[below(size - 1) + 1] = below(256);
		want = kernel_asks(at.bytes, size, fib_device);
		got = ours_asks(at.bytes, size);
		ASSERT_EQ(want, got) {
			char text[64];

			inet_ntop(size == 4 ? AF_INET : AF_INET6, at.bytes,
				  text, sizeof(text));
			TH_LOG("%s, of %lu routes", text, count);
		}
		found += got > 0;
	}
	/* Neither has said "none" to everything. */
	EXPECT_LT(lookups / 2, found);
	free(p);
}

FIXTURE(same) {
	int unused;
};

FIXTURE_SETUP(same)
{
	ASSERT_EQ(0, system("modprobe mfib && ip link add mfib10 type mfib && "
			    "ip link set mfib10 up && "
			    "ip link add d0 type dummy && "
			    "ip link set d0 master mfib10 up && "
			    "ip -6 addr add 2001:db8::1/64 dev d0 nodad && "
			    "until ip -6 route show table 10 | "
			    "grep -q 'default.*mfib10'; do sleep 0.1; done"));
	state = number("SEED", time(NULL));
	TH_LOG("SEED=%llu", state);
	ours = open_side(NETLINK_GENERIC);
	kernels = open_side(NETLINK_ROUTE);
}

FIXTURE_TEARDOWN(same)
{
	EXPECT_EQ(0, system("ip link del d0; ip link del mfib10; rmmod mfib"));
}

TEST_F_TIMEOUT(same, routes_of_ipv4, 3600)
{
	until_same(_metadata, 4);
}

TEST_F_TIMEOUT(same, routes_of_ipv6, 3600)
{
	until_same(_metadata, 16);
}

TEST_HARNESS_MAIN
