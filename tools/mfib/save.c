// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib save: all that was put in by this tool, as commands for mfib restore.
 *
 * First FIBs and who may use them, then the devices in them, by which next hops
 * and routes are found, and last the rules that lead packets there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "kernel.h"
#include "words.h"

/**
 * struct saved - what is being written
 * @o: where to
 * @only: this FIB, or 0 for all
 * @fib: numbers of those found
 * @count: how many
 */
struct saved {
	struct out	*o;
	uint32_t	only;
	uint32_t	*fib;
	unsigned int	count;
};

static void save_limits(FILE *f, const struct nlattr *const *tb, uint32_t fib)
{
	uint64_t max4 = genl_get_number(tb[MFIB_A_MAX_ROUTES4]);
	uint64_t max6 = genl_get_number(tb[MFIB_A_MAX_ROUTES6]);
	uint64_t bytes = genl_get_number(tb[MFIB_A_MAX_BYTES]);
	uint64_t quota = genl_get_number(tb[MFIB_A_NEIGH_QUOTA]);

	if (max4 != UINT32_MAX)
		fprintf(f, "fib set %u max-routes4 %llu\n", fib,
			(unsigned long long)max4);
	if (max6 != UINT32_MAX)
		fprintf(f, "fib set %u max-routes6 %llu\n", fib,
			(unsigned long long)max6);
	if (bytes != UINT64_MAX)
		fprintf(f, "fib set %u max-bytes %llu\n", fib,
			(unsigned long long)bytes);
	if (quota)
		fprintf(f, "fib set %u neigh-quota %llu\n", fib,
			(unsigned long long)quota);
}

static int save_fib(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	struct saved *s = data;
	uint32_t fib, *more;
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err)
		return err;
	fib = genl_get_number(tb[MFIB_A_FIB]);
	if (s->only && s->only != fib)
		return 0;
	more = realloc(s->fib, (s->count + 1) * sizeof(*more));
	if (!more)
		return -1;
	s->fib = more;
	s->fib[s->count++] = fib;
	fprintf(s->o->file, "fib add %u", fib);
	if (tb[MFIB_A_NAME])
		fprintf(s->o->file, " --name %s",
			genl_get_text(tb[MFIB_A_NAME]));
	putc('\n', s->o->file);
	save_limits(s->o->file, tb, fib);
	return 0;
}

static int save_grant(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[MFIB_A_MAX + 1];
	struct saved *s = data;
	bool group;
	int err = genl_parse(nlh, kernel_rules, MFIB_A_MAX, tb);

	if (err)
		return err;
	group = tb[MFIB_A_GID];
	fprintf(s->o->file, "grant add %u %s%u\n",
		(uint32_t)genl_get_number(tb[MFIB_A_FIB]), group ? "%" : "",
		(uint32_t)genl_get_number(tb[group ? MFIB_A_GID : MFIB_A_UID]));
	return 0;
}

static int save_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	struct saved *s = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != MFIB_A_RULE ||
		    (s->only && s->only != rule_fib(attr)))
			continue;
		fputs("rule replace ", s->o->file);
		if (rule_show_nest(s->o, attr))
			return -1;
	}
	return 0;
}

static int save_nexthop(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	struct saved *s = data;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != MFIB_A_NEXTHOP)
			continue;
		fputs("nexthop replace ", s->o->file);
		if (nexthop_show_nest(s->o, NULL, attr))
			return -1;
	}
	return 0;
}

static int save_route(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	struct saved *s = data;
	uint32_t fib = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == MFIB_A_FIB)
			fib = genl_get_number(attr);
		if (mnl_attr_get_type(attr) != MFIB_A_ROUTE ||
		    !route_is_own(attr))
			continue;
		fputs("route add ", s->o->file);
		if (route_show_nest(s->o, NULL, attr, fib, true))
			return -1;
	}
	return 0;
}

/* What @cmd lists of each FIB. */
static int save_each(struct genl *g, struct saved *s, uint8_t cmd,
		     genl_handler handler)
{
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < s->count; i++) {
		genl_request(g, cmd, NLM_F_DUMP);
		genl_put_u32(g, MFIB_A_FIB, s->fib[i]);
		err = genl_call(g, handler, s);
	}
	return err;
}

static int save_list(struct genl *g, struct saved *s, uint8_t cmd,
		     genl_handler handler)
{
	genl_request(g, cmd, NLM_F_DUMP);
	return genl_call(g, handler, s);
}

static int save(const struct cmd_call *call)
{
	struct saved s = { .o = call->out };
	struct words w = { call->argv };
	struct genl *g;
	int err;

	words_take(&w, "fib");
	if (words_left(&w) && word_fib(words_next(&w), &s.only))
		return CMD_USAGE;
	if (call->out->json)
		return cmd_usage(call, "save: there is no JSON of commands");
	g = kernel_open();
	if (!g)
		return CMD_FAILED;
	err = save_list(g, &s, MFIB_CMD_FIB_GET, save_fib);
	if (!err)
		err = save_each(g, &s, MFIB_CMD_GRANT_GET, save_grant);
	if (!err)
		err = links_save(s.o, s.only);
	if (!err)
		err = save_list(g, &s, MFIB_CMD_NEXTHOP_GET, save_nexthop);
	if (!err)
		err = save_each(g, &s, MFIB_CMD_ROUTE_GET, save_route);
	if (!err)
		err = save_list(g, &s, MFIB_CMD_RULE_GET, save_rule);
	free(s.fib);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd save_commands[] = {
	{ .path = "save", .args = "[fib FIB]",
	  .brief = "print all that mfib was told, as commands",
	  .details = "For \"mfib restore\": FIBs with their limits, grants and "
		     "devices, next hops, routes\nand rules. Routes that are "
		     "mirrored from the kernel's table come back from\nthere "
		     "and are left out; so are neighbours.\n",
	  .max_args = 2, .run = save, .complete = fib_complete },
	{}
};
