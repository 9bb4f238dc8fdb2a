/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One netlink message at a time, and what the kernel takes for it.
 */
#ifndef MESSAGE_H
#define MESSAGE_H

#include <linux/netlink.h>

/* Biggest message: some hundreds of routes. */
#define MESSAGE_MAX	32768

/** struct message - the message under construction, its socket, its answer */
struct message {
	int sock;
	unsigned short family;		/* of generic netlink */
	struct nlmsghdr nlh;
	char body[MESSAGE_MAX];
	char answer[16384];		/* the last that was no number */
};

extern struct message message;

void message_open(int protocol);
void message_begin(int type, int flags, const void *fixed, int len);
void message_genl(int cmd);
void message_put(int type, const void *data, int len);
struct nlattr *message_nest(int type);
void message_nest_end(struct nlattr *nest);
int message_try(void);
long message_exchange(void);
const struct nlattr *message_find(const struct nlattr *nest, int type);
_Noreturn void message_die(const char *what);

#endif /* MESSAGE_H */
