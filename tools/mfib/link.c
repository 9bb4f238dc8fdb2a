// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib link: which devices are in which FIB.
 */
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "rtnl.h"
#include "words.h"

static int link_change(const struct cmd_call *call, uint32_t fib)
{
	uint32_t ifindex;
	struct genl *g;

	if (word_device(call->argv[0], &ifindex))
		return CMD_FAILED;
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_LINK_SET, 0);
	genl_put_u32(g, MFIB_A_FIB, fib);
	genl_put_u32(g, MFIB_A_IFINDEX, ifindex);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int link_set(const struct cmd_call *call)
{
	struct words w = { call->argv + 1 };
	uint32_t fib = 0;

	if (words_take(&w, "nofib"))
		return words_left(&w) ? words_unknown(&w) :
		       link_change(call, 0);
	if (!words_take(&w, "fib"))
		words_take(&w, "table");
	if (!words_left(&w) || word_fib(words_next(&w), &fib) ||
	    words_left(&w))
		return cmd_usage(call, "link set: which FIB?");
	return link_change(call, fib);
}

/** struct masters - devices that are FIBs, and what is asked for, and how */
struct masters {
	struct out	*o;
	uint32_t	fib;
	bool		save;
	struct {
		uint32_t	ifindex;
		uint32_t	fib;
	}		*known;
	unsigned int	count;
};

static int take_fib(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	struct masters *m = data;
	void *more;
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err)
		return err;
	more = realloc(m->known, (m->count + 1) * sizeof(*m->known));
	if (!more)
		return -1;
	m->known = more;
	m->known[m->count].ifindex = genl_get_number(tb[MFIB_A_IFINDEX]);
	m->known[m->count++].fib = genl_get_number(tb[MFIB_A_FIB]);
	return 0;
}

static uint32_t fib_of(const struct masters *m, uint32_t master)
{
	unsigned int i;

	for (i = 0; i < m->count; i++)
		if (m->known[i].ifindex == master)
			return m->known[i].fib;
	return 0;
}

static int show_link(const struct nlmsghdr *nlh, void *data)
{
	const struct ifinfomsg *info = mnl_nlmsg_get_payload(nlh);
	const char *name = NULL;
	struct masters *m = data;
	const struct nlattr *attr;
	uint32_t master = 0, fib;

	mnl_attr_for_each(attr, nlh, sizeof(*info)) {
		if (mnl_attr_get_type(attr) == IFLA_MASTER)
			master = mnl_attr_get_u32(attr);
		else if (mnl_attr_get_type(attr) == IFLA_IFNAME)
			name = mnl_attr_get_str(attr);
	}
	fib = master ? fib_of(m, master) : 0;
	if (!fib || !name || (m->fib && m->fib != fib))
		return MNL_CB_OK;
	if (m->save) {
		fprintf(m->o->file, "link set %s fib %u\n", name, fib);
		return MNL_CB_OK;
	}
	out_object_begin(m->o, NULL, OUT_LINE);
	out_color(m->o, OUT_NAME);
	out_text(m->o, "dev", OUT_BARE, name);
	out_number(m->o, "fib", "fib", fib);
	out_text(m->o, "state", OUT_BARE, info->ifi_flags & IFF_UP ? "up" :
		 "down");
	out_object_end(m->o);
	return MNL_CB_OK;
}

static int links_list(struct masters *m)
{
	struct genl *g = kernel_open();
	char buf[256] = "";
	struct nlmsghdr *nlh;
	int err;

	if (!g)
		return -1;
	genl_request(g, MFIB_CMD_FIB_GET, NLM_F_DUMP);
	err = genl_call(g, take_fib, m);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	if (!err)
		err = rtnl_request(nlh, show_link, m);
	free(m->known);
	return err;
}

/**
 * links_save() - print which devices are in which FIB, as commands
 * @o: where to
 * @fib: of this FIB, or 0 for all
 *
 * Return: 0 or an error that was told to the user.
 */
int links_save(struct out *o, uint32_t fib)
{
	struct masters m = { .o = o, .fib = fib, .save = true };

	return links_list(&m);
}

static int link_show(const struct cmd_call *call)
{
	struct masters m = { .o = call->out };
	struct words w = { call->argv };

	words_take(&w, "fib");
	if (words_left(&w) && word_fib(words_next(&w), &m.fib))
		return CMD_USAGE;
	out_list_begin(call->out, NULL);
	if (links_list(&m))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

const struct cmd link_commands[] = {
	{ .path = "link set", .args = "DEVICE fib FIB | nofib",
	  .brief = "put a device into a FIB, or take it out",
	  .min_args = 2, .max_args = 3, .run = link_set,
	  .complete = fib_complete },
	{ .path = "link show", .args = "[fib FIB]",
	  .brief = "list the devices that are in FIBs", .flags = CMD_DEFAULT,
	  .max_args = 2, .run = link_show, .complete = fib_complete },
	{}
};
