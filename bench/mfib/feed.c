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
#include <linux/genetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <linux/mfib.h>
#include "kmod/feed.h"

static int sock, kind, size;
static unsigned int table, device;
static struct {
	struct nlmsghdr nlh;
	char body[512];
} m;

static void put(int type, const void *data, int len)
{
	struct nlattr *a = (void *)((char *)&m + NLMSG_ALIGN(m.nlh.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy((char *)a + NLA_HDRLEN, data, len);
	m.nlh.nlmsg_len = NLMSG_ALIGN(m.nlh.nlmsg_len) + NLA_ALIGN(a->nla_len);
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Sends and returns nanoseconds; the answer is read outside of the time. */
static long exchange(void)
{
	struct timespec a, b;
	char answer[4096];
	const struct nlmsghdr *nlh = (void *)answer;

	clock_gettime(CLOCK_MONOTONIC, &a);
	if (send(sock, &m, m.nlh.nlmsg_len, 0) < 0)
		die("send");
	clock_gettime(CLOCK_MONOTONIC, &b);
	if (recv(sock, answer, sizeof(answer), 0) < 0)
		die("recv");
	if (nlh->nlmsg_type == NLMSG_ERROR &&
	    ((const struct nlmsgerr *)NLMSG_DATA(nlh))->error) {
		fprintf(stderr, "refused: %d\n",
			((const struct nlmsgerr *)NLMSG_DATA(nlh))->error);
		exit(1);
	}
	kind = nlh->nlmsg_type;
	if (nlh->nlmsg_type == GENL_ID_CTRL) {
		const struct nlattr *at = (void *)(answer + NLMSG_HDRLEN +
						   GENL_HDRLEN);

		while ((const char *)at < answer + nlh->nlmsg_len) {
			if (at->nla_type == CTRL_ATTR_FAMILY_ID)
				kind = *(const __u16 *)(at + 1);
			at = (const void *)((const char *)at +
					    NLA_ALIGN(at->nla_len));
		}
		recv(sock, answer, sizeof(answer), 0);
	}
	return (b.tv_sec - a.tv_sec) * 1000000000L + b.tv_nsec - a.tv_nsec;
}

static void head(int type, int flags, const void *fixed, int len)
{
	memset(&m, 0, sizeof(m));
	m.nlh.nlmsg_len = NLMSG_HDRLEN + len;
	m.nlh.nlmsg_type = type;
	m.nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	memcpy(m.body, fixed, len);
}

static int find_family(void)
{
	const struct genlmsghdr g = { .cmd = CTRL_CMD_GETFAMILY, .version = 1 };

	head(GENL_ID_CTRL, 0, &g, sizeof(g));
	put(CTRL_ATTR_FAMILY_NAME, MFIB_GENL_NAME, sizeof(MFIB_GENL_NAME));
	exchange();
	return kind;
}

static void make_mfib(int family, const struct feed_route *r)
{
	const struct genlmsghdr g = { .cmd = MFIB_CMD_ROUTE_NEW, .version = 1 };
	struct nlattr *nest;
	int began;

	head(family, 0, &g, sizeof(g));
	put(MFIB_A_FIB, &table, 4);
	began = m.nlh.nlmsg_len;
	put(MFIB_A_ROUTE | NLA_F_NESTED, "", 0);
	put(MFIB_RT_DST, r->addr, size);
	put(MFIB_RT_LEN, &r->len, 1);
	put(MFIB_RT_OIF, &device, 4);
	nest = (void *)((char *)&m + began);
	nest->nla_len = m.nlh.nlmsg_len - began;
}

static void make_kernel(const struct feed_route *r)
{
	const struct rtmsg rt = {
		.rtm_family = size == 4 ? AF_INET : AF_INET6,
		.rtm_dst_len = r->len, .rtm_protocol = RTPROT_STATIC,
		.rtm_scope = size == 4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
		.rtm_type = RTN_UNICAST,
	};

	head(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &rt, sizeof(rt));
	put(RTA_TABLE, &table, 4);
	put(RTA_DST, r->addr, size);
	put(RTA_OIF, &device, 4);
}

static int compare(const void *a, const void *b)
{
	long x = *(const long *)a, y = *(const long *)b;

	return x < y ? -1 : x > y;
}

int main(int argc, char **argv)
{
	struct feed_route *routes;
	int file, count, i, family = 0;
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
		die(argv[5]);
	count = st.st_size / sizeof(*routes);
	routes = malloc(st.st_size);
	took = malloc(count * sizeof(*took));
	if (read(file, routes, st.st_size) != st.st_size)
		die(argv[5]);
	sock = socket(AF_NETLINK, SOCK_RAW, ours ? NETLINK_GENERIC :
		      NETLINK_ROUTE);
	if (sock < 0)
		die("socket");
	if (ours)
		family = find_family();
	for (i = 0; i < count; i++) {
		if (ours)
			make_mfib(family, &routes[i]);
		else
			make_kernel(&routes[i]);
		took[i] = exchange();
	}
	qsort(took, count, sizeof(*took), compare);
	printf("%s %ld %ld %ld\n", argv[1], took[count / 2],
	       took[count / 1000 * 999], took[count - 1]);
	return 0;
}
