// SPDX-License-Identifier: GPL-2.0-only
/*
 * What ip(8) has to know of links of the kind "mfib":
 *
 *	ip link add mfib10 type mfib table 10
 *	ip -d link show mfib10
 *
 * ip looks for a library of this name in its own folder, finds mfib_link_util in
 * it, and has the functions named "extern" below. It knows its plug-ins by this
 * layout only, which has been the same for many years; there is no header. Without
 * the library "ip link add mfib10 type mfib" still works: the kernel takes the
 * number from the name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/if_link.h>
#include <linux/mfib_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

/* A message under construction has this room in ip. */
#define REQUEST_ROOM	1024

/* Of ip: for text and JSON, without a colour. */
#define PRINT_ANY	4
#define COLOR_NONE	6

extern int addattr32(struct nlmsghdr *n, int maxlen, int type, __u32 data);
extern int get_u32(__u32 *val, const char *arg, int base);
extern int print_color_uint(int type, int color, const char *key,
			    const char *format, unsigned int value);

struct link_util {
	struct link_util	*next;
	const char		*id;
	int			maxattr;
	int			(*parse_opt)(struct link_util *lu, int argc,
					     char **argv, struct nlmsghdr *n);
	void			(*print_opt)(struct link_util *lu, FILE *f,
					     struct rtattr *tb[]);
	void			(*print_xstats)(struct link_util *lu, FILE *f,
						struct rtattr *xstats);
	void			(*print_help)(struct link_util *lu, int argc,
					      char **argv, FILE *f);
	int			(*parse_ifla_xstats)(struct link_util *lu,
						     int argc, char **argv);
	int			(*print_ifla_xstats)(struct nlmsghdr *n,
						     void *arg);
};

extern struct link_util mfib_link_util;

static const struct {
	const char *word;
	const char *format;
} words[IFLA_MFIB_MAX + 1] = {
	[IFLA_MFIB_TABLE]	= { "table", "table %u " },
	[IFLA_MFIB_NEIGH_QUOTA]	= { "neigh-quota", "neigh-quota %u " },
};

static void help(struct link_util *lu, int argc, char **argv, FILE *f)
{
	(void)lu;
	(void)argc;
	(void)argv;
	fputs("Usage: ... mfib [ table NUMBER ] [ neigh-quota NUMBER ]\n", f);
}

static int word_find(const char *word)
{
	int i;

	for (i = 1; i <= IFLA_MFIB_MAX; i++)
		if (!strcmp(word, words[i].word))
			return i;
	return 0;
}

static int parse(struct link_util *lu, int argc, char **argv,
		 struct nlmsghdr *n)
{
	__u32 value;
	int attr;

	for (; argc > 0; argc -= 2, argv += 2) {
		attr = word_find(*argv);
		if (!attr) {
			if (strcmp(*argv, "help"))
				fprintf(stderr, "mfib: unknown option \"%s\"?\n",
					*argv);
			help(lu, argc, argv, stderr);
			return -1;
		}
		if (argc < 2 || get_u32(&value, argv[1], 0)) {
			fprintf(stderr, "mfib: \"%s\" takes a number\n", *argv);
			return -1;
		}
		addattr32(n, REQUEST_ROOM, attr, value);
	}
	return 0;
}

static void print(struct link_util *lu, FILE *f, struct rtattr *tb[])
{
	__u32 value;
	int i;

	(void)lu;
	(void)f;
	for (i = 1; tb && i <= IFLA_MFIB_MAX; i++) {
		if (!tb[i] || RTA_PAYLOAD(tb[i]) < sizeof(value))
			continue;
		memcpy(&value, RTA_DATA(tb[i]), sizeof(value));
		if (value)
			print_color_uint(PRINT_ANY, COLOR_NONE, words[i].word,
					 words[i].format, value);
	}
}

struct link_util mfib_link_util = {
	.id		= "mfib",
	.maxattr	= IFLA_MFIB_MAX,
	.parse_opt	= parse,
	.print_opt	= print,
	.print_help	= help,
};
