// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib neigh: neighbours of the devices of a FIB, and of no other.
 *
 * They are the kernel's own entries, which are kept by device; a device is in
 * one FIB.
 */
#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "kernel.h"
#include "rtnl.h"
#include "words.h"

#define LLADDR_MAX	32

/** struct neigh - one entry, asked for or found */
struct neigh {
	struct address	addr;
	uint8_t		lladdr[LLADDR_MAX];
	unsigned int	lladdr_len;
	uint32_t	ifindex;
	uint16_t	state;
};

static const struct {
	uint16_t	state;
	const char	*name;
} states[] = {
	{ NUD_INCOMPLETE, "INCOMPLETE" }, { NUD_REACHABLE, "REACHABLE" },
	{ NUD_STALE, "STALE" }, { NUD_DELAY, "DELAY" },
	{ NUD_PROBE, "PROBE" }, { NUD_FAILED, "FAILED" },
	{ NUD_NOARP, "NOARP" }, { NUD_PERMANENT, "PERMANENT" },
};

static const char *state_text(uint16_t state)
{
	unsigned int i;

	for (i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		if (states[i].state == state)
			return states[i].name;
	return "NONE";
}

static const char *lladdr_text(const uint8_t *bytes, unsigned int len)
{
	static char text[LLADDR_MAX * 3];
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < len && i < LLADDR_MAX; i++)
		sprintf(text + (i ? i * 3 - 1 : 0), i ? ":%02x" : "%02x",
			bytes[i]);
	return text;
}

static int parse_lladdr(const char *text, struct neigh *n)
{
	unsigned int byte;
	int used;

	n->lladdr_len = 0;
	while (n->lladdr_len < LLADDR_MAX &&
	       sscanf(text, "%2x%n", &byte, &used) == 1) {
		n->lladdr[n->lladdr_len++] = byte;
		text += used;
		if (*text != ':')
			break;
		text++;
	}
	if (!*text && n->lladdr_len)
		return CMD_OK;
	cmd_error("lladdr: this is not a link-layer address");
	return CMD_USAGE;
}

/* Is the device in the FIB? */
static int check_device(uint32_t ifindex, uint32_t fib_ifindex)
{
	char path[64], target[256], name[IF_NAMESIZE];
	const char *slash;
	ssize_t len;

	snprintf(path, sizeof(path), "/sys/class/net/%s/master",
		 device_text(ifindex));
	len = readlink(path, target, sizeof(target) - 1);
	if (len > 0 && if_indextoname(fib_ifindex, name)) {
		target[len] = '\0';
		slash = strrchr(target, '/');
		if (slash && !strcmp(slash + 1, name))
			return CMD_OK;
	}
	return cmd_error("%s is not in this FIB", device_text(ifindex));
}

/**
 * struct asked - what a command is about
 * @o: where to show, or NULL
 * @n: what was given
 * @fib_ifindex: device of the FIB
 * @found: entries, when they are to be removed
 * @count: how many
 */
struct asked {
	struct out	*o;
	struct neigh	n;
	uint32_t	fib_ifindex;
	struct neigh	*found;
	unsigned int	count;
};

static int parse(const struct cmd_call *call, struct words *w, struct asked *a)
{
	const char *text;
	uint32_t fib = 0;
	int err = CMD_OK;

	while (!err && words_left(w)) {
		if (words_take(w, "fib") || words_take(w, "table")) {
			err = words_value(w, "fib", &text);
			if (!err)
				err = word_fib(text, &fib);
		} else if (words_take(w, "dev")) {
			err = words_device(w, "dev", &a->n.ifindex);
		} else if (words_take(w, "lladdr")) {
			err = words_value(w, "lladdr", &text);
			if (!err)
				err = parse_lladdr(text, &a->n);
		} else if (words_take(w, "permanent") ||
			   words_take(w, "nud")) {
			words_take(w, "permanent");
		} else {
			err = words_unknown(w);
		}
	}
	if (err)
		return err;
	if (!fib)
		return cmd_usage(call, "%s: which FIB?", call->cmd->path);
	return fib_device(fib, &a->fib_ifindex) ? CMD_FAILED : CMD_OK;
}

static bool neigh_from(const struct nlmsghdr *nlh, struct neigh *n)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	unsigned int len;

	memset(n, 0, sizeof(*n));
	n->ifindex = ndm->ndm_ifindex;
	n->state = ndm->ndm_state;
	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		len = mnl_attr_get_payload_len(attr);
		if (mnl_attr_get_type(attr) == NDA_DST &&
		    (len == 4 || len == 16)) {
			n->addr.size = len;
			memcpy(n->addr.bytes, mnl_attr_get_payload(attr), len);
		} else if (mnl_attr_get_type(attr) == NDA_LLADDR &&
			   len <= LLADDR_MAX) {
			n->lladdr_len = len;
			memcpy(n->lladdr, mnl_attr_get_payload(attr), len);
		}
	}
	return n->addr.size;
}

static int take_neigh(const struct nlmsghdr *nlh, void *data)
{
	struct asked *a = data;
	struct neigh n, *more;

	if (!neigh_from(nlh, &n) || n.state == NUD_NOARP ||
	    (a->n.ifindex && n.ifindex != a->n.ifindex))
		return MNL_CB_OK;
	if (!a->o) {
		more = realloc(a->found, (a->count + 1) * sizeof(n));
		if (more) {
			a->found = more;
			a->found[a->count++] = n;
		}
		return MNL_CB_OK;
	}
	out_object_begin(a->o, NULL, OUT_LINE);
	out_color(a->o, OUT_NAME);
	out_text(a->o, "dst", OUT_BARE,
		 address_text(n.addr.bytes, n.addr.size));
	out_text(a->o, "dev", "dev", device_text(n.ifindex));
	if (n.lladdr_len)
		out_text(a->o, "lladdr", "lladdr",
			 lladdr_text(n.lladdr, n.lladdr_len));
	out_text(a->o, "state", OUT_BARE, state_text(n.state));
	out_object_end(a->o);
	return MNL_CB_OK;
}

static int dump_neighs(struct asked *a)
{
	char buf[256] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = words_family;
	mnl_attr_put_u32(nlh, NDA_MASTER, a->fib_ifindex);
	return rtnl_request(nlh, take_neigh, a);
}

static int change(uint16_t type, uint16_t flags, const struct neigh *n)
{
	char buf[256] = "";
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ndmsg *ndm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = n->addr.size == 4 ? AF_INET : AF_INET6;
	ndm->ndm_ifindex = n->ifindex;
	ndm->ndm_state = type == RTM_NEWNEIGH ? NUD_PERMANENT : 0;
	mnl_attr_put(nlh, NDA_DST, n->addr.size, n->addr.bytes);
	if (type == RTM_NEWNEIGH)
		mnl_attr_put(nlh, NDA_LLADDR, n->lladdr_len, n->lladdr);
	return rtnl_request(nlh, NULL, NULL);
}

static int neigh_show(const struct cmd_call *call)
{
	struct words w = { call->argv };
	struct asked a = { .o = call->out };
	int err = parse(call, &w, &a);

	if (err)
		return err;
	out_list_begin(call->out, NULL);
	if (dump_neighs(&a))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

static int one(const struct cmd_call *call, uint16_t type, uint16_t flags)
{
	struct words w = { call->argv + 1 };
	struct asked a = {};
	int err;

	if (word_address(call->argv[0], &a.n.addr))
		return CMD_USAGE;
	err = parse(call, &w, &a);
	if (err)
		return err;
	if (!a.n.ifindex)
		return cmd_usage(call, "%s: which device?", call->cmd->path);
	if (type == RTM_NEWNEIGH && !a.n.lladdr_len)
		return cmd_usage(call, "%s: which lladdr?", call->cmd->path);
	if (check_device(a.n.ifindex, a.fib_ifindex))
		return CMD_FAILED;
	return change(type, flags, &a.n) ? CMD_FAILED : CMD_OK;
}

static int neigh_add(const struct cmd_call *call)
{
	return one(call, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL);
}

static int neigh_replace(const struct cmd_call *call)
{
	return one(call, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE);
}

static int neigh_del(const struct cmd_call *call)
{
	return one(call, RTM_DELNEIGH, 0);
}

/* All but permanent ones, as ip does. */
static int neigh_flush(const struct cmd_call *call)
{
	struct words w = { call->argv };
	struct asked a = {};
	unsigned int i;
	int err = parse(call, &w, &a);

	if (err)
		return err;
	if (dump_neighs(&a))
		err = CMD_FAILED;
	for (i = 0; !err && i < a.count; i++)
		if (a.found[i].state != NUD_PERMANENT &&
		    change(RTM_DELNEIGH, 0, &a.found[i]))
			err = CMD_FAILED;
	free(a.found);
	return err;
}

const struct cmd neigh_commands[] = {
	{ .path = "neigh show", .args = "[dev DEVICE] fib FIB",
	  .brief = "list the neighbours of a FIB", .flags = CMD_DEFAULT,
	  .max_args = CMD_MANY, .run = neigh_show, .complete = fib_complete },
	{ .path = "neigh add", .args = "ADDRESS lladdr LLADDR dev DEVICE fib FIB",
	  .brief = "add a permanent neighbour", .min_args = 1,
	  .max_args = CMD_MANY, .run = neigh_add, .complete = fib_complete },
	{ .path = "neigh replace",
	  .args = "ADDRESS lladdr LLADDR dev DEVICE fib FIB",
	  .brief = "add a permanent neighbour, or change it", .min_args = 1,
	  .max_args = CMD_MANY, .run = neigh_replace,
	  .complete = fib_complete },
	{ .path = "neigh del", .args = "ADDRESS dev DEVICE fib FIB",
	  .brief = "remove a neighbour", .min_args = 1, .max_args = CMD_MANY,
	  .run = neigh_del, .complete = fib_complete },
	{ .path = "neigh flush", .args = "[dev DEVICE] fib FIB",
	  .brief = "remove all neighbours of a FIB but permanent ones",
	  .max_args = CMD_MANY, .run = neigh_flush,
	  .complete = fib_complete },
	{}
};
