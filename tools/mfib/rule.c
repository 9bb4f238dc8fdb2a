// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib rule: which packets belong to which FIB, besides by their device.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "kernel.h"
#include "words.h"

static const struct genl_rule rule_rules[MFIB_RU_MAX + 1] = {
	[MFIB_RU_PRIORITY] = { MNL_TYPE_U32, 0 },
	[MFIB_RU_FIB] = { MNL_TYPE_U32, 0 },
	[MFIB_RU_IIF] = { MNL_TYPE_U32, 0 },
	[MFIB_RU_SRC] = { MNL_TYPE_BINARY, 0 },
	[MFIB_RU_SRC_LEN] = { MNL_TYPE_U8, 0 },
	[MFIB_RU_MARK] = { MNL_TYPE_U32, 0 },
	[MFIB_RU_MASK] = { MNL_TYPE_U32, 0 },
};

/* "MARK[/MASK]" */
static int put_mark(struct words *w, struct genl *g)
{
	char mark[32], *mask;
	const char *text;
	uint32_t n;

	if (words_value(w, "mark", &text))
		return CMD_USAGE;
	snprintf(mark, sizeof(mark), "%s", text);
	mask = strchr(mark, '/');
	if (mask) {
		*mask++ = '\0';
		if (word_number(mask, "mask", 0, UINT32_MAX, &n))
			return CMD_USAGE;
		genl_put_u32(g, MFIB_RU_MASK, n);
	}
	if (word_number(mark, "mark", 0, UINT32_MAX, &n))
		return CMD_USAGE;
	genl_put_u32(g, MFIB_RU_MARK, n);
	return CMD_OK;
}

static int rule_word(struct words *w, struct genl *g)
{
	const char *text;
	struct prefix p;
	uint32_t n;
	int err;

	if (words_take(w, "priority") || words_take(w, "pref")) {
		err = words_number(w, "priority", 0, UINT32_MAX, &n);
		genl_put_u32(g, MFIB_RU_PRIORITY, n);
		return err;
	}
	if (words_take(w, "iif")) {
		err = words_device(w, "iif", &n);
		genl_put_u32(g, MFIB_RU_IIF, n);
		return err;
	}
	if (words_take(w, "from")) {
		err = words_prefix(w, "from", &p);
		if (err)
			return err;
		genl_put(g, MFIB_RU_SRC, p.addr.bytes, p.addr.size);
		genl_put_u8(g, MFIB_RU_SRC_LEN, p.len);
		return CMD_OK;
	}
	if (words_take(w, "mark") || words_take(w, "fwmark"))
		return put_mark(w, g);
	if (words_take(w, "fib") || words_take(w, "table")) {
		err = words_value(w, "fib", &text);
		if (err || word_fib(text, &n))
			return CMD_USAGE;
		genl_put_u32(g, MFIB_RU_FIB, n);
		return CMD_OK;
	}
	return words_unknown(w);
}

static int rule_send(const struct cmd_call *call, uint8_t cmd, uint8_t how)
{
	struct words w = { call->argv };
	struct nlattr *nest;
	struct genl *g = kernel_open();
	int err = CMD_OK;

	if (!g)
		return CMD_FAILED;
	genl_request(g, cmd, 0);
	if (how != MFIB_HOW_ADD)
		genl_put_u8(g, MFIB_A_HOW, how);
	nest = mnl_attr_nest_start(&g->head, MFIB_A_RULE);
	while (!err && words_left(&w))
		err = rule_word(&w, g);
	if (err == CMD_USAGE)
		return cmd_usage(call, "%s: the rule makes no sense",
				 call->cmd->path);
	if (err)
		return err;
	mnl_attr_nest_end(&g->head, nest);
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int rule_add(const struct cmd_call *call)
{
	return rule_send(call, MFIB_CMD_RULE_NEW, MFIB_HOW_ADD);
}

static int rule_replace(const struct cmd_call *call)
{
	return rule_send(call, MFIB_CMD_RULE_NEW, MFIB_HOW_REPLACE);
}

static int rule_del(const struct cmd_call *call)
{
	return rule_send(call, MFIB_CMD_RULE_DEL, MFIB_HOW_ADD);
}

/**
 * rule_show_nest() - print a rule
 * @o: where to
 * @nest: the attribute
 *
 * Return: 0 or a negative error.
 */
int rule_show_nest(struct out *o, const struct nlattr *nest)
{
	const struct nlattr *tb[MFIB_RU_MAX + 1];
	unsigned int size;
	char text[32];
	int err = genl_parse_nest(nest, rule_rules, MFIB_RU_MAX, tb);

	if (err)
		return err;
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "priority", "priority",
		   genl_get_number(tb[MFIB_RU_PRIORITY]));
	if (tb[MFIB_RU_SRC]) {
		size = mnl_attr_get_payload_len(tb[MFIB_RU_SRC]);
		if (size == 4 || size == 16)
			out_text(o, "from", "from", prefix_text(
				mnl_attr_get_payload(tb[MFIB_RU_SRC]), size,
				genl_get_number(tb[MFIB_RU_SRC_LEN])));
	}
	if (tb[MFIB_RU_IIF])
		out_text(o, "iif", "iif",
			 device_text(genl_get_number(tb[MFIB_RU_IIF])));
	if (tb[MFIB_RU_MASK]) {
		snprintf(text, sizeof(text), "0x%x/0x%x",
			 (uint32_t)genl_get_number(tb[MFIB_RU_MARK]),
			 (uint32_t)genl_get_number(tb[MFIB_RU_MASK]));
		out_text(o, "mark", "mark", text);
	}
	out_number(o, "fib", "fib", genl_get_number(tb[MFIB_RU_FIB]));
	out_object_end(o);
	return 0;
}

/**
 * rule_fib() - which FIB a rule chooses
 * @nest: the attribute
 *
 * Return: its number, or 0.
 */
uint32_t rule_fib(const struct nlattr *nest)
{
	const struct nlattr *tb[MFIB_RU_MAX + 1];

	if (genl_parse_nest(nest, rule_rules, MFIB_RU_MAX, tb))
		return 0;
	return genl_get_number(tb[MFIB_RU_FIB]);
}

static int take_rule(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;
	int err = 0;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN)
		if (!err && mnl_attr_get_type(attr) == MFIB_A_RULE)
			err = rule_show_nest(data, attr);
	return err;
}

static int rule_show(const struct cmd_call *call)
{
	struct genl *g = kernel_open();

	if (!g)
		return CMD_FAILED;
	genl_request(g, MFIB_CMD_RULE_GET, NLM_F_DUMP);
	out_list_begin(call->out, NULL);
	if (genl_call(g, take_rule, call->out))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

const struct cmd rule_commands[] = {
	{ .path = "rule add", .args = "priority N [SIGN...] fib FIB",
	  .brief = "packets that look so belong to a FIB",
	  .details = "SIGN := from PREFIX | iif DEVICE | mark MARK[/MASK]\n"
		     "The rule with the lowest priority that matches decides.\n",
	  .min_args = 4, .max_args = CMD_MANY, .run = rule_add },
	{ .path = "rule replace", .args = "priority N [SIGN...] fib FIB",
	  .brief = "the same, also in the place of the rule of this priority",
	  .min_args = 4, .max_args = CMD_MANY, .run = rule_replace },
	{ .path = "rule del", .args = "priority N",
	  .brief = "remove a rule", .min_args = 2, .max_args = 2,
	  .run = rule_del },
	{ .path = "rule show", .brief = "list rules", .flags = CMD_DEFAULT,
	  .run = rule_show },
	{}
};
