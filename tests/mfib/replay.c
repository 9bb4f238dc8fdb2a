// SPDX-License-Identifier: GPL-2.0-only
/*
 * vm: timeout=150 cflags="-I. bench/mfib/message.c"
 *
 * Updates as a router sends them, one a message, into a FIB that has routes, beside
 * a plain hash of prefixes that is asked for each length. In the end the FIB's list
 * is that of the hash, and so are the answers to addresses.
 *
 * ROUTES=N, UPDATES=N and LOOKUPS=N; some thousand by default, made in bursts about
 * few prefixes. FILE4=F takes the routes from F ("ADDRESS/LENGTH ..." in each line),
 * TRACE=F the updates ("TIME a|w ADDRESS/LENGTH HOP"), SEED=N makes others.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <linux/mfib.h>

#include "bench/mfib/message.h"
#include "kselftest_harness.h"
#include "random.h"

#define FIB	10u
#define HOPS	100u
#define HASH	(1u << 21)

/* ---- the plain table ------------------------------------------------------- */

/** struct entry - a prefix; @hop is 0 where there is no route any more */
struct entry {
	unsigned int	addr;
	unsigned char	len;
	unsigned char	used;
	unsigned short	hop;
};

static struct entry *table;
static unsigned long routes;

static unsigned int masked(unsigned int addr, unsigned int len)
{
	return len ? addr & ~0u << (32 - len) : 0;
}

/* The entry of a prefix, or an unused one. */
static struct entry *entry_of(unsigned int addr, unsigned int len)
{
	unsigned int at = ((unsigned long long)addr << 6 | len) *
			  0x9e3779b97f4a7c15ULL >> 43;

	while (table[at].used &&
	       (table[at].addr != addr || table[at].len != len))
		at = (at + 1) % HASH;
	return &table[at];
}

static void plain_set(unsigned int addr, unsigned int len, unsigned int hop)
{
	struct entry *e = entry_of(addr, len);

	routes += !!hop - (e->hop ? 1 : 0);
	*e = (struct entry){ addr, len, true, hop };
}

static const struct entry *plain_lookup(unsigned int addr)
{
	const struct entry *e;
	int len;

	for (len = 32; len >= 0; len--) {
		e = entry_of(masked(addr, len), len);
		if (e->used && e->hop)
			return e;
	}
	return NULL;
}

/* ---- the FIB ----------------------------------------------------------------- */

static int route_send(int cmd, unsigned int addr, unsigned char len,
		      unsigned int hop)
{
	const unsigned char how = MFIB_HOW_REPLACE;
	const unsigned int fib = FIB, bytes = htonl(addr);
	struct nlattr *nest;

	message_genl(cmd);
	message_put(MFIB_A_FIB, &fib, 4);
	if (hop)
		message_put(MFIB_A_HOW, &how, 1);
	nest = message_nest(MFIB_A_ROUTE);
	message_put(MFIB_RT_DST, &bytes, 4);
	message_put(MFIB_RT_LEN, &len, 1);
	if (hop)
		message_put(MFIB_RT_NH_ID, &hop, 4);
	message_nest_end(nest);
	return message_try();
}

static void hops_make(struct __test_metadata *_metadata, unsigned int device)
{
	struct nlattr *nest;
	unsigned int id;

	for (id = 1; id <= HOPS; id++) {
		message_genl(MFIB_CMD_NEXTHOP_NEW);
		nest = message_nest(MFIB_A_NEXTHOP);
		message_put(MFIB_NH_A_ID, &id, 4);
		message_put(MFIB_NH_A_OIF, &device, 4);
		message_nest_end(nest);
		ASSERT_EQ(0, message_try());
	}
}

static unsigned int value(const struct nlattr *nest, int type)
{
	const struct nlattr *attr = message_find(nest, type);
	unsigned int v = 0;

	if (attr)
		memcpy(&v, attr + 1, attr->nla_len - sizeof(*attr));
	return v;
}

/* Sets both to a route; the answers are the same. */
static void both(struct __test_metadata *_metadata, unsigned int addr,
		 unsigned int len, unsigned int hop)
{
	const bool there = entry_of(addr, len)->hop;

	ASSERT_EQ(hop || there ? 0 : -ESRCH,
		  route_send(hop ? MFIB_CMD_ROUTE_NEW : MFIB_CMD_ROUTE_DEL,
			     addr, len, hop));
	plain_set(addr, len, hop);
}

/* The routes of a message of the list are in the plain table; how many. */
static unsigned long listed(struct __test_metadata *_metadata,
			    const struct nlmsghdr *nlh)
{
	const char *at = (const char *)nlh + NLMSG_HDRLEN + GENL_HDRLEN;
	const char *end = (const char *)nlh + nlh->nlmsg_len;
	const struct nlattr *attr;
	unsigned long count = 0;
	const struct entry *e;

	for (; at < end; at += NLA_ALIGN(attr->nla_len)) {
		attr = (const void *)at;
		if ((attr->nla_type & NLA_TYPE_MASK) != MFIB_A_ROUTE ||
		    value(attr, MFIB_RT_SOURCE) != MFIB_SRC_OWN)
			continue;
		e = entry_of(ntohl(value(attr, MFIB_RT_DST)),
			     value(attr, MFIB_RT_LEN));
		ASSERT_EQ(e->hop, value(attr, MFIB_RT_NH_ID));
		count++;
	}
	return count;
}

static unsigned long list(struct __test_metadata *_metadata)
{
	const unsigned char family = AF_INET;
	static char answer[65536];
	const unsigned int fib = FIB;
	const struct nlmsghdr *nlh;
	unsigned long count = 0;
	int len;

	message_genl(MFIB_CMD_ROUTE_GET);
	message.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message_put(MFIB_A_FIB, &fib, 4);
	message_put(MFIB_A_FAMILY, &family, 1);
	ASSERT_LT(0, send(message.sock, &message.nlh, message.nlh.nlmsg_len,
			  0));
	for (;;) {
		len = recv(message.sock, answer, sizeof(answer), 0);
		ASSERT_LT(0, len);
		for (nlh = (void *)answer; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			ASSERT_NE(NLMSG_ERROR, nlh->nlmsg_type);
			if (nlh->nlmsg_type == NLMSG_DONE)
				return count;
			count += listed(_metadata, nlh);
		}
	}
}

static void same_answer(struct __test_metadata *_metadata, unsigned int addr)
{
	const struct entry *e = plain_lookup(addr);
	const unsigned int fib = FIB, bytes = htonl(addr);
	const struct nlattr *route;

	message_genl(MFIB_CMD_ROUTE_GET);
	message_put(MFIB_A_FIB, &fib, 4);
	message_put(MFIB_A_ADDRESS, &bytes, 4);
	ASSERT_EQ(e ? 0 : -ENETUNREACH, message_try()) {
		TH_LOG("%08x", addr);
	}
	if (!e)
		return;
	route = message_find(NULL, MFIB_A_ROUTE);
	ASSERT_NE(NULL, route);
	ASSERT_EQ(e->len, value(route, MFIB_RT_LEN));
	ASSERT_EQ(e->hop, value(route, MFIB_RT_NH_ID));
}

/* ---- where routes and updates come from --------------------------------------- */

/** struct update - a route that is announced, or withdrawn when @hop is 0 */
struct update {
	unsigned int	addr;
	unsigned char	len;
	unsigned int	hop;
};

static FILE *file_of(const char *name)
{
	const char *path = getenv(name);
	FILE *file = path ? fopen(path, "r") : NULL;

	if (path && !file)
		message_die(path);
	return file;
}

/* The same one for the same text. */
static unsigned int hop_of(const char *text)
{
	unsigned int h = 0;

	while (*text)
		h = h * 31 + *text++;
	return 1 + h % HOPS;
}

static bool route_read(FILE *file, struct update *u)
{
	char text[32], hop[32];
	unsigned int len;

	if (fscanf(file, "%31[^/]/%u %31s\n", text, &len, hop) != 3)
		return false;
	u->addr = ntohl(inet_addr(text));
	u->len = len;
	u->hop = hop_of(hop);
	return true;
}

static bool update_read(FILE *file, struct update *u)
{
	char what;

	if (fscanf(file, "%*s %c ", &what) != 1 || !route_read(file, u))
		return false;
	if (what == 'w')
		u->hop = 0;
	return true;
}

static void route_make(struct update *u, const struct update *near)
{
	static const unsigned char lens[] = { 16, 20, 22, 24, 24, 24, 24, 32 };

	u->len = below(50) ? lens[below(8)] : 8 + below(25);
	u->addr = (1 + below(200)) << 24 | below(1 << 24);
	if (near && below(4))
		u->addr = near->addr ^ below(1 << 12);
	u->addr = masked(u->addr, u->len);
	u->hop = 1 + below(HOPS);
}

/* Of what the last ones were about, as often as not. */
static void update_make(struct update *u, const struct update *all,
			unsigned long count)
{
	if (below(8)) {
		*u = all[below(4) ? count - 1 - below(count < 64 ? count : 64) :
			 below(count)];
		u->hop = below(3) ? 1 + below(HOPS) : 0;
	} else {
		route_make(u, &all[below(count)]);
	}
}

FIXTURE(replay) {
	unsigned int device;
};

FIXTURE_SETUP(replay)
{
	ASSERT_EQ(0, system("modprobe mfib && ip link add mfib10 type mfib && "
			    "ip link set mfib10 up && "
			    "ip link add d0 type dummy && "
			    "ip link set d0 up"));
	state = number("SEED", time(NULL));
	TH_LOG("SEED=%llu", state);
	message_open(NETLINK_GENERIC);
	self->device = if_nametoindex("d0");
	table = calloc(HASH, sizeof(*table));
	ASSERT_NE(NULL, table);
	hops_make(_metadata, self->device);
}

FIXTURE_TEARDOWN(replay)
{
	free(table);
	EXPECT_EQ(0, system("ip link del d0; ip link del mfib10; rmmod mfib"));
}

TEST_F_TIMEOUT(replay, updates, 7200)
{
	unsigned long count = number("ROUTES", 2500), i, made = 0;
	unsigned long updates = number("UPDATES", 5000);
	unsigned long lookups = number("LOOKUPS", 1000);
	FILE *file = file_of("FILE4"), *trace = file_of("TRACE");
	struct update *u = calloc(count + updates, sizeof(*u));

	ASSERT_NE(NULL, u);
	for (i = 0; i < count; i++) {
		if (!file)
			route_make(&u[made], made ? &u[below(made)] : NULL);
		else if (!route_read(file, &u[made]))
			break;
		both(_metadata, u[made].addr, u[made].len, u[made].hop);
		made++;
	}
	ASSERT_LT(0, made);
	for (i = 0; i < updates; i++) {
		if (!trace)
			update_make(&u[made], u, made);
		else if (!update_read(trace, &u[made]))
			break;
		both(_metadata, u[made].addr, u[made].len, u[made].hop);
		made++;
	}
	ASSERT_LT(0, i);
	EXPECT_EQ(routes, list(_metadata));
	for (i = 0; i < lookups; i++)
		same_answer(_metadata, below(8) ?
			    u[below(made)].addr + below(1024) :
			    below(1u << 31) * 2 + below(2));
	TH_LOG("%lu changes, %lu routes", made, routes);
	free(u);
}

TEST_HARNESS_MAIN
