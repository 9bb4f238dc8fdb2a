// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mfib publishes, as a program that listens by aem gets it: routes and next
 * hops as they come and go, for CAP_NET_ADMIN; and mfib stays while somebody
 * listens.
 *
 * vm: timeout=60 cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/mfib.h>

#include <aem.h>

#include "kselftest_harness.h"

#define MFIB "$TOP/build/tools/mfib "

static const struct aem_opt started = { .flags = AEM_STARTED, .backlog = 256 };

/* The next event @number, or NULL. */
static const struct mfib_aem_event *next(struct aem *a, struct aem_event *e,
					 unsigned int number)
{
	const struct timespec limit = { 30, 0 };

	while (aem_wait(a, e, 1, &limit) == 1)
		if (!(e->events & AEM_LOST) && e->module.event == number &&
		    e->module.len == sizeof(struct mfib_aem_event))
			return e->module.data;
	return NULL;
}

static int as_nobody(void)
{
	struct aem *a;

	if (setgid(65534) || setuid(65534))
		return 1;
	a = aem_open(0, 0);
	if (!a)
		return 2;
	if (aem_module(a, MFIB_AEM_SOURCE, 2, NULL, NULL, &started))
		return 3;
	return errno == EPERM ? 0 : 4;
}

TEST(changes_are_published)
{
	const struct mfib_aem_event *d;
	struct aem_event e;
	struct in_addr in;
	int status = -1;
	struct aem *a;
	aem_ev ev;
	pid_t pid;

	ASSERT_EQ(0, system("modprobe aem && modprobe mfib && "
			    "ip link add d0 type dummy && ip link set d0 up && "
			    MFIB "fib add 10"));
	a = aem_open(0, 0);
	ASSERT_NE(NULL, a);
	ev = aem_module(a, MFIB_AEM_SOURCE, 0xfe, NULL, NULL, &started);
	ASSERT_NE(NULL, ev);
	ASSERT_EQ(0, system(MFIB "nexthop add id 7 via 10.1.0.2 dev d0"));
	d = next(a, &e, MFIB_EVENT_NEXTHOP);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(7, d->nexthop);
	ASSERT_EQ(0, system(MFIB "route add 192.0.2.0/24 nhid 7 metric 5 fib 10"));
	d = next(a, &e, MFIB_EVENT_ROUTE_ADDED);
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
	d = next(a, &e, MFIB_EVENT_ROUTE_REMOVED);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(24, d->len);
	ASSERT_EQ(0, system(MFIB "route add 2001:db8::/48 dev d0 fib 10 && "
			    MFIB "route flush fib 10"));
	d = next(a, &e, MFIB_EVENT_ROUTE_ADDED);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(AF_INET6, d->family);
	ASSERT_EQ(0, system(MFIB "nexthop del id 7"));
	d = next(a, &e, MFIB_EVENT_NEXTHOP_REMOVED);
	ASSERT_NE(NULL, d);
	EXPECT_EQ(7, d->nexthop);
	pid = fork();
	if (!pid)
		_exit(as_nobody());
	waitpid(pid, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_NE(0, system("rmmod mfib 2> /dev/null"));
	ASSERT_EQ(0, aem_del(ev));
	EXPECT_EQ(0, aem_close(a));
	EXPECT_EQ(0, system("ip link del mfib10; ip link del d0; rmmod mfib"));
	EXPECT_EQ(0, system("rmmod aem"));
}

TEST_HARNESS_MAIN
