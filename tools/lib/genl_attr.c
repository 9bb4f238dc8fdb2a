// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attributes of answers: checked first, then read.
 *
 * Attributes that a tool does not know are skipped, so that an older tool reads
 * a newer module; a known one of the wrong shape fails the whole answer.
 */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "genl.h"

static bool shape_ok(const struct nlattr *attr, const struct genl_rule *rule)
{
	size_t len = mnl_attr_get_payload_len(attr);
	const char *text = mnl_attr_get_payload(attr);

	switch (rule->type) {
	case MNL_TYPE_FLAG:
		return len == 0;
	case MNL_TYPE_U8:
		return len == 1;
	case MNL_TYPE_U16:
		return len == 2;
	case MNL_TYPE_U32:
		return len == 4;
	case MNL_TYPE_U64:
		return len == 8;
	case MNL_TYPE_NUL_STRING:
		return len && !text[len - 1];
	case MNL_TYPE_BINARY:
		return !rule->len || len == rule->len;
	default:
		return true;
	}
}

static int take(const struct nlattr *attr, const struct genl_rule *rules,
		unsigned int max, const struct nlattr **tb)
{
	unsigned int type = mnl_attr_get_type(attr);

	if (type > max)
		return 0;
	if (!shape_ok(attr, &rules[type])) {
		cmd_error("the kernel's answer is malformed (attribute %u)",
			  type);
		cmd_hint("are the module and this program of one version?");
		return -EBADMSG;
	}
	tb[type] = attr;
	return 0;
}

/**
 * genl_parse() - sort the attributes of a message by their number
 * @nlh: the message
 * @rules: what they must look like; @max + 1 rules
 * @max: highest number of interest
 * @tb: @max + 1 pointers; NULL for an attribute that is not there
 *
 * Return: 0 or -EBADMSG.
 */
int genl_parse(const struct nlmsghdr *nlh, const struct genl_rule *rules,
	       unsigned int max, const struct nlattr **tb)
{
	const struct nlattr *attr;
	int err;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		err = take(attr, rules, max, tb);
		if (err)
			return err;
	}
	return 0;
}

/**
 * genl_parse_nest() - sort the attributes of a nest by their number
 * @nest: the nest
 * @rules: what they must look like; @max + 1 rules
 * @max: highest number of interest
 * @tb: @max + 1 pointers; NULL for an attribute that is not there
 *
 * Return: 0 or -EBADMSG.
 */
int genl_parse_nest(const struct nlattr *nest, const struct genl_rule *rules,
		    unsigned int max, const struct nlattr **tb)
{
	const struct nlattr *attr;
	int err;

	memset(tb, 0, (max + 1) * sizeof(*tb));
	mnl_attr_for_each_nested(attr, nest) {
		err = take(attr, rules, max, tb);
		if (err)
			return err;
	}
	return 0;
}

/**
 * genl_get_number() - read an unsigned attribute of any width
 * @attr: the attribute, or NULL
 *
 * Return: its value; 0 if it is not there.
 */
uint64_t genl_get_number(const struct nlattr *attr)
{
	if (!attr)
		return 0;
	switch (mnl_attr_get_payload_len(attr)) {
	case 1:
		return mnl_attr_get_u8(attr);
	case 2:
		return mnl_attr_get_u16(attr);
	case 4:
		return mnl_attr_get_u32(attr);
	case 8:
		return mnl_attr_get_u64(attr);
	default:
		return 0;
	}
}

/**
 * genl_get_text() - read a string
 * @attr: the attribute, checked to be MNL_TYPE_NUL_STRING, or NULL
 *
 * Return: the string, NULL if it is not there.
 */
const char *genl_get_text(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_str(attr) : NULL;
}

/**
 * genl_get_bytes() - read bytes whose length the rules have checked
 * @attr: the attribute, or NULL
 *
 * Return: the bytes, NULL if it is not there.
 */
const void *genl_get_bytes(const struct nlattr *attr)
{
	return attr ? mnl_attr_get_payload(attr) : NULL;
}
