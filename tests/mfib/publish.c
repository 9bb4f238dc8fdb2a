// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mfib publishes, as a program that listens by aem gets it: routes and next
 * hops as they come and go, for CAP_NET_ADMIN; and mfib stays while somebody
 * listens.
 *
 * vm: timeout=60 cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <linux/mfib.h>

#include "kselftest_harness.h"
#include "../aem/published.h"

#define MFIB "$TOP/build/tools/mfib "

TEST(changes_are_published)
{
	const struct mfib_aem_event *d;
	struct aem_event e;
	struct in_addr in;
	struct aem *a;
	aem_ev ev;

	ASSERT_EQ(0, system("modprobe aem && modprobe mfib && "
			    "ip link add d0 type dummy && ip link set d0 up && "
			    MFIB "fib add 10"));
	a = aem_open(0, 0);
	ASSERT_NE(NULL, a);
	ev = aem_module(a, MFIB_AEM_SOURCE, 0xfe, NULL, NULL, &published_started);
	ASSERT_NE(NULL, ev);
	ASSERT_EQ(0, system(MFIB "nexthop add id 7 via 10.1.0.2 dev d0"));
	d = published_next(a, &e, MFIB_EVENT_NEXTHOP, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(sizeof(*d), e.module.len);
	EXPECT_EQ(7, d->nexthop);
	ASSERT_EQ(0, system(MFIB "route add 192.0.2.0/24 nhid 7 metric 5 fib 10"));
	d = published_next(a, &e, MFIB_EVENT_ROUTE_ADDED, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(10, d->fib);
	EXPECT_EQ(AF_INET, d->family);
	EXPECT_EQ(24, d->len);
	EXPECT_EQ(5, d->metric);
	EXPECT_EQ(7, d->nexthop);
	EXPECT_EQ(if_nametoindex("d0"), d->oif);
	EXPECT_EQ(MFIB_SRC_OWN, d->source);
	EXPECT_EQ(AF_INET, d->gateway_family);
	inet_aton("192.0.2.0", &in);
	EXPECT_EQ(0, memcmp(d->dst, &in, 4));
	inet_aton("10.1.0.2", &in);
	EXPECT_EQ(0, memcmp(d->gateway, &in, 4));
	EXPECT_NE(0, d->netns_cookie);
	ASSERT_EQ(0, system(MFIB "route del 192.0.2.0/24 fib 10"));
	d = published_next(a, &e, MFIB_EVENT_ROUTE_REMOVED, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(24, d->len);
	ASSERT_EQ(0, system(MFIB "route add 2001:db8::/48 dev d0 fib 10 && "
			    MFIB "route flush fib 10"));
	d = published_next(a, &e, MFIB_EVENT_ROUTE_ADDED, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(AF_INET6, d->family);
	ASSERT_EQ(0, system(MFIB "nexthop del id 7"));
	d = published_next(a, &e, MFIB_EVENT_NEXTHOP_REMOVED, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(7, d->nexthop);
	EXPECT_TRUE(published_refuses(MFIB_AEM_SOURCE, 2));
	EXPECT_NE(0, system("rmmod mfib 2> /dev/null"));
	ASSERT_EQ(0, aem_del(ev));
	EXPECT_EQ(0, aem_close(a));
	EXPECT_EQ(0, system("ip link del mfib10; ip link del d0; rmmod mfib"));
	EXPECT_EQ(0, system("rmmod aem"));
}

TEST_HARNESS_MAIN
