// SPDX-License-Identifier: GPL-2.0-only
/*
 * One exchange with rtnetlink: a request, and its answer or list.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <linux/netlink.h>

#include "cmd.h"
#include "rtnl.h"

#define ANSWER_MAX	65536

/* What the kernel says besides an errno, if it is a sentence. */
static const char *sentence(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	size_t skip = sizeof(*e);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return NULL;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += e->msg.nlmsg_len - sizeof(e->msg);
	mnl_attr_for_each(attr, nlh, skip)
		if (mnl_attr_get_type(attr) == NLMSGERR_ATTR_MSG &&
		    !mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
			return mnl_attr_get_str(attr);
	return NULL;
}

static int take_end(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = mnl_nlmsg_get_payload(nlh);
	const char *said;

	if (nlh->nlmsg_type == NLMSG_DONE || !e->error)
		return 0;
	said = sentence(nlh);
	cmd_error("%s%s%s", strerror(-e->error), said ? ": " : "",
		  said ? said : "");
	return e->error;
}

static int receive(struct mnl_socket *s, const struct nlmsghdr *request,
		   char *answer, mnl_cb_t handler, void *data)
{
	const struct nlmsghdr *nlh;
	ssize_t got;
	int len;

	for (;;) {
		got = mnl_socket_recvfrom(s, answer, ANSWER_MAX);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		len = got;
		nlh = (const struct nlmsghdr *)answer;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_seq != request->nlmsg_seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE ||
			    nlh->nlmsg_type == NLMSG_ERROR)
				return take_end(nlh);
			if (handler)
				handler(nlh, data);
		}
	}
}

/**
 * rtnl_request() - ask rtnetlink, and wait for the end of the answer
 * @nlh: the request, complete but for flags and sequence number; NLM_F_DUMP for
 *	a list
 * @handler: for each message of the answer, or NULL
 * @data: for @handler
 *
 * Return: 0 or a negative error.
 */
int rtnl_request(struct nlmsghdr *nlh, mnl_cb_t handler, void *data)
{
	struct mnl_socket *s = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	char *answer = malloc(ANSWER_MAX);
	int one = 1, err;

	nlh->nlmsg_seq = 1;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (!s || !answer || mnl_socket_bind(s, 0, MNL_SOCKET_AUTOPID)) {
		err = -errno;
		cmd_error("rtnetlink: %s", strerror(-err));
	} else {
		mnl_socket_setsockopt(s, NETLINK_EXT_ACK, &one, sizeof(one));
		mnl_socket_setsockopt(s, NETLINK_GET_STRICT_CHK, &one,
				      sizeof(one));
		if (mnl_socket_sendto(s, nlh, nlh->nlmsg_len) < 0)
			err = cmd_error("rtnetlink: %s", strerror(errno));
		else
			err = receive(s, nlh, answer, handler, data);
	}
	if (s)
		mnl_socket_close(s);
	free(answer);
	return err;
}
