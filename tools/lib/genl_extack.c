// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel's extended ack, read and told.
 *
 * A refusal carries an errno, and beside it, if the socket asked for it: a
 * sentence, the place in the request it is about or the number of what is
 * missing there, and the range that a number may have.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "genl.h"

/* The top-level attribute of a request that covers an offset, or 0. */
static uint16_t attr_at(const struct nlmsghdr *request, uint32_t offset)
{
	const char *place = (const char *)request + offset;
	const struct nlattr *attr;

	if (offset >= request->nlmsg_len)
		return 0;
	mnl_attr_for_each(attr, request, sizeof(struct genlmsghdr))
		if (place >= (const char *)attr &&
		    place < (const char *)attr + attr->nla_len)
			return mnl_attr_get_type(attr);
	return 0;
}

static void parse_policy(const struct nlattr *nest, struct genl_extack *extack)
{
	const struct nlattr *attr;
	bool min = false, max = false;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_payload_len(attr) != sizeof(uint64_t))
			continue;
		switch (mnl_attr_get_type(attr)) {
		case NL_POLICY_TYPE_ATTR_MIN_VALUE_U:
			extack->min = mnl_attr_get_u64(attr);
			min = true;
			break;
		case NL_POLICY_TYPE_ATTR_MAX_VALUE_U:
			extack->max = mnl_attr_get_u64(attr);
			max = true;
			break;
		}
	}
	extack->ranged = min && max;
}

static void parse_attr(const struct nlattr *attr,
		       const struct nlmsghdr *request,
		       struct genl_extack *extack)
{
	size_t len = mnl_attr_get_payload_len(attr);

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		if (len >= sizeof(extack->text))
			len = sizeof(extack->text) - 1;
		memcpy(extack->text, mnl_attr_get_payload(attr), len);
		extack->text[len] = '\0';
		break;
	case NLMSGERR_ATTR_OFFS:
		if (len == sizeof(uint32_t) && !extack->missing)
			extack->attr = attr_at(request, mnl_attr_get_u32(attr));
		break;
	case NLMSGERR_ATTR_MISS_TYPE:
		if (len != sizeof(uint32_t))
			break;
		extack->attr = mnl_attr_get_u32(attr);
		extack->missing = true;
		break;
	case NLMSGERR_ATTR_POLICY:
		parse_policy(attr, extack);
		break;
	}
}

/* Where the attributes start in NLMSG_ERROR or NLMSG_DONE; 0 if there are none. */
static size_t attrs_offset(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	size_t offset = sizeof(int);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return 0;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*e))
			return 0;
		offset = sizeof(*e);
		/* An error has the request's payload in it unless capped. */
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED)) {
			if (e->msg.nlmsg_len < sizeof(e->msg))
				return 0;
			offset += MNL_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
		}
	}
	return offset < mnl_nlmsg_get_payload_len(nlh) ? offset : 0;
}

/**
 * genl_extack_parse() - read the end of an answer
 * @nlh: NLMSG_ERROR (also with error 0, an acknowledgment) or NLMSG_DONE
 * @request: what it answers
 * @extack: filled in
 */
void genl_extack_parse(const struct nlmsghdr *nlh,
		       const struct nlmsghdr *request,
		       struct genl_extack *extack)
{
	const struct nlattr *attr;
	size_t offset;

	memset(extack, 0, sizeof(*extack));
	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(int))
		memcpy(&extack->error, mnl_nlmsg_get_payload(nlh), sizeof(int));
	else if (nlh->nlmsg_type == NLMSG_ERROR)
		extack->error = -EBADMSG;
	offset = attrs_offset(nlh);
	if (!offset)
		return;
	mnl_attr_for_each(attr, nlh, offset)
		parse_attr(attr, request, extack);
}

static const char *attr_name(const struct genl *g, uint16_t attr)
{
	if (attr < g->family->attr_count)
		return g->family->attrs[attr];
	return NULL;
}

/*
 * A family's own sentence says what it is about. Those of the netlink core
 * speak of "an attribute" and leave the name to us.
 */
static bool needs_name(const struct genl_extack *extack)
{
	return !extack->text[0] || extack->missing || extack->ranged ||
	       strcasestr(extack->text, "attribute");
}

static void describe_attr(const struct genl *g,
			  const struct genl_extack *extack, char *text,
			  size_t size)
{
	const char *name = attr_name(g, extack->attr);
	size_t used = 0;

	text[0] = '\0';
	if (name && needs_name(extack))
		used = snprintf(text, size, " (%s%s)", name,
				extack->missing ? " is missing" : "");
	if (extack->ranged && used < size)
		snprintf(text + used, size - used, ", allowed: %" PRIu64
			 " to %" PRIu64, extack->min, extack->max);
}

/**
 * genl_extack_report() - tell the user what the kernel says
 * @g: the connection; its subject comes first
 * @extack: what it says; with error 0 a sentence is a warning
 */
void genl_extack_report(struct genl *g, const struct genl_extack *extack)
{
	const char *colon = g->subject ? ": " : "";
	const char *subject = g->subject ? g->subject : "";
	char attr[96];

	if (extack->error)
		snprintf(g->said, sizeof(g->said), "%s", extack->text[0] ?
			 extack->text : strerror(-extack->error));
	if (g->quiet || (extack->error && extack->error == g->expected))
		return;
	if (!extack->error) {
		if (extack->text[0])
			cmd_warning("%s%s%s", subject, colon,
				    extack->text);
		return;
	}
	describe_attr(g, extack, attr, sizeof(attr));
	cmd_error("%s%s%s%s", subject, colon, extack->text[0] ? extack->text :
		  strerror(-extack->error), attr);
	if (extack->error == -EPERM && geteuid())
		cmd_hint("run it as root");
}
