// SPDX-License-Identifier: GPL-2.0-only
/*
 * Requests, lists and events of one generic netlink family; see genl.h.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "genl.h"

/* How often a list that changes while it is read is asked for anew. */
#define DUMP_TRIES	5

/**
 * genl_request() - begin a request
 * @g: the connection; what was in @g->request before is gone
 * @cmd: command of the family
 * @flags: 0, or NLM_F_DUMP for genl_dump()
 */
void genl_request(struct genl *g, uint8_t cmd, uint16_t flags)
{
	struct genlmsghdr *genl;

	g->overflow = false;
	mnl_nlmsg_put_header(g->request);
	g->head.nlmsg_type = g->id;
	g->head.nlmsg_flags = NLM_F_REQUEST | (flags ? flags : NLM_F_ACK);
	genl = mnl_nlmsg_put_extra_header(&g->head, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = g->family->version;
}

/**
 * genl_put() - add an attribute to the request
 * @g: the connection
 * @type: the attribute
 * @data: its value
 * @len: length of it
 *
 * What does not fit is an error of the call that follows.
 */
void genl_put(struct genl *g, uint16_t type, const void *data, size_t len)
{
	if (len > UINT16_MAX - MNL_ATTR_HDRLEN ||
	    !mnl_attr_put_check(&g->head, sizeof(g->request), type, len, data))
		g->overflow = true;
}

/**
 * genl_put_u8() - add an 8-bit number to the request
 * @g: the connection
 * @type: the attribute
 * @value: the number
 */
void genl_put_u8(struct genl *g, uint16_t type, uint8_t value)
{
	genl_put(g, type, &value, sizeof(value));
}

/**
 * genl_put_u32() - add a 32-bit number to the request
 * @g: the connection
 * @type: the attribute
 * @value: the number
 */
void genl_put_u32(struct genl *g, uint16_t type, uint32_t value)
{
	genl_put(g, type, &value, sizeof(value));
}

/**
 * genl_put_text() - add a string to the request
 * @g: the connection
 * @type: the attribute
 * @text: the string
 */
void genl_put_text(struct genl *g, uint16_t type, const char *text)
{
	genl_put(g, type, text, strlen(text) + 1);
}

static int failed(struct genl *g, int error)
{
	struct genl_extack extack = { .error = error };

	genl_extack_report(g, &extack);
	return error;
}

/**
 * struct exchange - one request and its answer
 * @handler: for each message, or NULL
 * @data: for @handler
 * @extack: the end of the answer
 * @result: first non-zero return of @handler
 * @done: the end was seen
 * @events: what comes are events, which answer nothing
 */
struct exchange {
	genl_handler		handler;
	void			*data;
	struct genl_extack	extack;
	int			result;
	bool			done;
	bool			events;
};

static void take_message(struct genl *g, const struct nlmsghdr *nlh,
			 struct exchange *x)
{
	if (x->done || (!x->events && nlh->nlmsg_seq != g->seq))
		return;		/* an event, or of a request given up */
	if (nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		g->interrupted = true;
	if (nlh->nlmsg_type == NLMSG_ERROR || nlh->nlmsg_type == NLMSG_DONE) {
		genl_extack_parse(nlh, &g->head, &x->extack);
		x->done = true;
	} else if (nlh->nlmsg_type == g->id && x->handler && !x->result &&
		   nlh->nlmsg_len >= MNL_NLMSG_HDRLEN + GENL_HDRLEN) {
		x->result = x->handler(nlh, x->data);
	}
}

/* Sends the request and reads until its end. Prints nothing. */
static int exchange(struct genl *g, struct exchange *x)
{
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len, err;

	if (g->overflow)
		return -EMSGSIZE;
	g->interrupted = false;
	err = genl_socket_send(g);
	while (!err && !x->done) {
		got = genl_socket_receive(g);
		/* Lost were events, on a socket that listens as well. */
		if (got == -EINTR || got == -ENOBUFS)
			continue;
		if (got < 0)
			return got;
		len = got;
		nlh = (const struct nlmsghdr *)g->answer;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			take_message(g, nlh, x);
	}
	return err;
}

/**
 * genl_call() - send the request and wait for its end
 * @g: the connection
 * @handler: called for each message of the answer, or NULL
 * @data: for @handler
 *
 * An answer may come before a refusal (the list of what is in the way).
 *
 * Return: 0, a negative error that was told to the user, or what @handler
 * returned.
 */
int genl_call(struct genl *g, genl_handler handler, void *data)
{
	struct exchange x = { .handler = handler, .data = data };
	int err = exchange(g, &x);

	if (err)
		return failed(g, err);
	genl_extack_report(g, &x.extack);
	return x.extack.error ? x.extack.error : x.result;
}

/**
 * struct pile - messages that are kept until all of them are there
 * @bytes: the messages, one behind the other, aligned
 * @len: bytes in use
 * @size: bytes allocated
 */
struct pile {
	char	*bytes;
	size_t	len;
	size_t	size;
};

static int pile_add(const struct nlmsghdr *nlh, void *data)
{
	size_t need = MNL_ALIGN(nlh->nlmsg_len);
	struct pile *pile = data;
	size_t size;
	char *more;

	if (need > pile->size - pile->len) {
		size = 2 * pile->size + need + 65536;
		more = realloc(pile->bytes, size);
		if (!more)
			return -ENOMEM;
		pile->bytes = more;
		pile->size = size;
	}
	memcpy(pile->bytes + pile->len, nlh, nlh->nlmsg_len);
	pile->len += need;
	return 0;
}

static int pile_read(const struct pile *pile, genl_handler handler, void *data)
{
	const struct nlmsghdr *nlh;
	size_t at;
	int ret;

	for (at = 0; at < pile->len; at += MNL_ALIGN(nlh->nlmsg_len)) {
		nlh = (const struct nlmsghdr *)(pile->bytes + at);
		ret = handler(nlh, data);
		if (ret)
			return ret;
	}
	return 0;
}

/* Asks until the list did not change while it was read, or too often. */
static int dump_whole(struct genl *g, struct pile *pile)
{
	int try, err = 0;

	for (try = 0; try < DUMP_TRIES; try++) {
		struct exchange x = { .handler = pile_add, .data = pile };

		pile->len = 0;
		err = exchange(g, &x);
		if (!err)
			err = x.result;
		if (err)
			return failed(g, err);
		if (x.extack.error) {
			genl_extack_report(g, &x.extack);
			return x.extack.error;
		}
		if (!g->interrupted)
			return 0;
	}
	if (!g->quiet)
		cmd_warning("the list changed each time it was read; entries "
			    "may be missing or appear twice");
	return 0;
}

/**
 * genl_dump() - get a list
 * @g: the connection; the request was begun with NLM_F_DUMP
 * @handler: called for each message
 * @data: for @handler
 *
 * Nothing is handed out before all is there: when the list changes while it is
 * read it is read again, and the user sees one consistent list.
 *
 * Return: 0, a negative error that was told to the user, or what @handler
 * returned.
 */
int genl_dump(struct genl *g, genl_handler handler, void *data)
{
	struct pile pile = {};
	int ret;

	ret = dump_whole(g, &pile);
	if (!ret)
		ret = pile_read(&pile, handler, data);
	free(pile.bytes);
	return ret;
}

/**
 * genl_listen() - receive events until the handler has enough
 * @g: the connection
 * @handler: called for each event; non-zero ends it
 * @data: for @handler
 *
 * Return: what @handler returned, or a negative error: -EINTR on a signal,
 * otherwise one that was told to the user.
 */
int genl_listen(struct genl *g, genl_handler handler, void *data)
{
	struct exchange x = {
		.handler = handler, .data = data, .events = true,
	};
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len;

	if (mnl_socket_setsockopt(g->socket, NETLINK_ADD_MEMBERSHIP, &g->group,
				  sizeof(g->group)))
		return failed(g, -errno);
	while (!x.result) {
		got = genl_socket_receive(g);
		if (got == -ENOBUFS) {
			cmd_warning("events came faster than they could be "
				    "read; some are lost");
			continue;
		}
		if (got < 0)
			return got == -EINTR ? got : failed(g, got);
		len = got;
		nlh = (const struct nlmsghdr *)g->answer;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			take_message(g, nlh, &x);
	}
	return x.result;
}

/* ---- finding the family ------------------------------------------------------ */

static const struct genl_rule ctrl_rules[CTRL_ATTR_MCAST_GROUPS + 1] = {
	[CTRL_ATTR_FAMILY_ID] = { MNL_TYPE_U16, 0 },
	[CTRL_ATTR_MCAST_GROUPS] = { MNL_TYPE_NESTED, 0 },
};

static const struct genl_rule group_rules[CTRL_ATTR_MCAST_GRP_ID + 1] = {
	[CTRL_ATTR_MCAST_GRP_NAME] = { MNL_TYPE_NUL_STRING, 0 },
	[CTRL_ATTR_MCAST_GRP_ID] = { MNL_TYPE_U32, 0 },
};

static int take_groups(struct genl *g, const struct nlattr *groups)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GRP_ID + 1], *group;
	const char *name;
	int err;

	mnl_attr_for_each_nested(group, groups) {
		err = genl_parse_nest(group, group_rules,
				      CTRL_ATTR_MCAST_GRP_ID, tb);
		if (err)
			return err;
		name = genl_get_text(tb[CTRL_ATTR_MCAST_GRP_NAME]);
		if (name && g->family->group &&
		    !strcmp(name, g->family->group))
			g->group = genl_get_number(tb[CTRL_ATTR_MCAST_GRP_ID]);
	}
	return 0;
}

static int take_family(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[CTRL_ATTR_MCAST_GROUPS + 1];
	struct genl *g = data;
	int err;

	err = genl_parse(nlh, ctrl_rules, CTRL_ATTR_MCAST_GROUPS, tb);
	if (err)
		return err;
	g->id = genl_get_number(tb[CTRL_ATTR_FAMILY_ID]);
	if (!tb[CTRL_ATTR_MCAST_GROUPS])
		return 0;
	return take_groups(g, tb[CTRL_ATTR_MCAST_GROUPS]);
}

static int find_family(struct genl *g)
{
	struct exchange x = { .handler = take_family, .data = g };
	int err;

	g->id = GENL_ID_CTRL;
	genl_request(g, CTRL_CMD_GETFAMILY, 0);
	genl_put_text(g, CTRL_ATTR_FAMILY_NAME, g->family->name);
	err = exchange(g, &x);
	if (err)
		return failed(g, err);
	if (x.extack.error == -ENOENT) {
		if (g->quiet)
			return -ENOENT;
		cmd_error("the kernel module %s is not loaded",
			  g->family->module);
		cmd_hint("modprobe %s", g->family->module);
		return -ENOENT;
	}
	genl_extack_report(g, &x.extack);
	return x.extack.error ? x.extack.error : x.result;
}

/**
 * genl_open() - connect to a family
 * @g: the connection. The caller has zeroed it, and may have set @quiet
 * @family: the family
 *
 * Return: 0, or a negative error that was told to the user: -ENOENT when the
 * module is not loaded.
 */
int genl_open(struct genl *g, const struct genl_family *family)
{
	int err;

	g->family = family;
	err = genl_socket_open(g);
	if (err)
		return failed(g, err);
	err = find_family(g);
	if (err)
		genl_close(g);
	return err;
}

/**
 * genl_close() - end a connection
 * @g: the connection, or one that genl_open() failed to open
 */
void genl_close(struct genl *g)
{
	if (g->socket)
		mnl_socket_close(g->socket);
	free(g->answer);
	g->socket = NULL;
	g->answer = NULL;
}
