/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to a kernel module over generic netlink.
 *
 *	static const struct genl_family family = {
 *		.name = "digsig", .version = 1, .module = "digsig_lsm",
 *		.group = "events", .attrs = names, .attr_count = ARRAY_SIZE(names),
 *	};
 *
 *	if (genl_open(&g, &family))
 *		return CMD_FAILED;
 *	genl_request(&g, DIGSIG_CMD_KEY_DEL, 0);
 *	genl_put(&g, DIGSIG_A_KEY_ID, id, sizeof(id));
 *	err = genl_call(&g, NULL, NULL);
 *	genl_close(&g);
 *
 * Every function that returns an error has told the user why: in the words of
 * the kernel's extended ack if there are any, with a hint where one is known.
 * Answers are checked against a table of types before a value is read, so that
 * a module of another version cannot make a tool print nonsense.
 */
#ifndef GENL_H
#define GENL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

/* The longest request; a certificate of 16 KB fits. */
#define GENL_REQUEST_MAX	32768

/**
 * struct genl_family - a family and what to say about it
 * @name: of the family
 * @module: the kernel module that has it
 * @group: the multicast group of its events, or NULL
 * @attrs: names of the top-level attributes for error texts, by number
 * @attr_count: length of @attrs
 * @version: of the family
 */
struct genl_family {
	const char		*name;
	const char		*module;
	const char		*group;
	const char *const	*attrs;
	unsigned int		attr_count;
	uint8_t			version;
};

/**
 * struct genl - a connection to one family
 * @family: the family
 * @socket: the netlink socket
 * @subject: what the next request is about (a file), put before its errors, or
 *	NULL
 * @id: number of the family on this kernel
 * @group: number of the multicast group, or 0
 * @seq: of the last request
 * @expected: a negative error that is no failure to this caller, and is
 *	returned without a word; 0 for none
 * @quiet: print no errors
 * @overflow: the request does not fit
 * @interrupted: the list changed during the last dump
 * @said: the sentence of the last error, told to the user unless @quiet
 * @size: of @answer
 * @answer: receive buffer, grows as needed
 * @request: the request under construction
 */
struct genl {
	const struct genl_family *family;
	struct mnl_socket	*socket;
	const char		*subject;
	uint16_t		id;
	uint32_t		group;
	uint32_t		seq;
	int			expected;
	bool			quiet;
	bool			overflow;
	bool			interrupted;
	char			said[256];
	size_t			size;
	char			*answer;
	union {
		struct nlmsghdr	head;
		char		request[GENL_REQUEST_MAX];
	};
};

/*
 * Called for one message of an answer, or one event. 0 goes on; anything else
 * is returned by the function that was called with it, which for an answer
 * happens after the rest of it was read.
 */
typedef int (*genl_handler)(const struct nlmsghdr *nlh, void *data);

/* genl.c */
int genl_open(struct genl *g, const struct genl_family *family);
void genl_close(struct genl *g);
void genl_request(struct genl *g, uint8_t cmd, uint16_t flags);
void genl_put(struct genl *g, uint16_t type, const void *data, size_t len);
void genl_put_u8(struct genl *g, uint16_t type, uint8_t value);
void genl_put_u32(struct genl *g, uint16_t type, uint32_t value);
void genl_put_text(struct genl *g, uint16_t type, const char *text);
int genl_call(struct genl *g, genl_handler handler, void *data);
int genl_dump(struct genl *g, genl_handler handler, void *data);
int genl_listen(struct genl *g, genl_handler handler, void *data);

/* genl_socket.c */
int genl_socket_open(struct genl *g);
int genl_socket_send(struct genl *g);
ssize_t genl_socket_receive(struct genl *g);

/* genl_extack.c */

#define GENL_EXTACK_TEXT	256

/**
 * struct genl_extack - what the kernel says besides an errno
 * @error: negative error, or 0
 * @text: its sentence, or ""
 * @attr: top-level attribute it is about, or 0
 * @missing: @attr is missing
 * @ranged: @min and @max are what the attribute may be
 * @min: least value
 * @max: greatest value
 */
struct genl_extack {
	int		error;
	char		text[GENL_EXTACK_TEXT];
	uint16_t	attr;
	bool		missing;
	bool		ranged;
	uint64_t	min;
	uint64_t	max;
};

void genl_extack_parse(const struct nlmsghdr *nlh,
		       const struct nlmsghdr *request,
		       struct genl_extack *extack);
void genl_extack_report(struct genl *g, const struct genl_extack *extack);

/* genl_attr.c */

/**
 * struct genl_rule - what an attribute of an answer must look like
 * @type: MNL_TYPE_*; MNL_TYPE_UNSPEC is not looked at
 * @len: exact length of MNL_TYPE_BINARY, 0 for any
 */
struct genl_rule {
	enum mnl_attr_data_type	type;
	size_t			len;
};

int genl_parse(const struct nlmsghdr *nlh, const struct genl_rule *rules,
	       unsigned int max, const struct nlattr **tb);
int genl_parse_nest(const struct nlattr *nest, const struct genl_rule *rules,
		    unsigned int max, const struct nlattr **tb);
uint64_t genl_get_number(const struct nlattr *attr);
const char *genl_get_text(const struct nlattr *attr);
const void *genl_get_bytes(const struct nlattr *attr);

#endif /* GENL_H */
