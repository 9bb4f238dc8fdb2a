/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to digsig_lsm.ko: what the kernel_*.c files share, and what the signer
 * asks for. A function that returns an error has told the user why.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/digsig_format.h>
#include <linux/digsig_lsm.h>

#include "cmd.h"
#include "genl.h"
#include "out.h"

/* kernel.c */
extern const struct genl_rule kernel_rules[DIGSIG_A_MAX + 1];

int kernel_open(struct genl *g);
int kernel_status(genl_handler handler, void *data);
int kernel_each_listed(const struct cmd_call *call,
		       int (*each)(struct genl *g, const char *arg,
				   struct out *o));
int kernel_dump(uint8_t cmd, genl_handler handler, void *data);
void kernel_dump_quietly(uint8_t cmd, genl_handler handler, void *data);
int kernel_send_file(struct genl *g, uint8_t cmd, const char *path,
		     genl_handler handler, void *data);

/* kernel_event.c */

/**
 * struct kernel_event - one refusal, verdict or change
 * @reason: enum digsig_reason
 * @op: enum digsig_op
 * @denied: it took effect
 * @path: of the file, or NULL
 * @comm: name of the task, or NULL
 * @pid: process, 0 for none
 * @uid: its user
 * @key_id: DIGSIG_KEY_ID_LEN bytes, or NULL
 * @digest: DIGSIG_DIGEST_LEN bytes, or NULL
 * @flags: DIGSIG_FLAG_*
 * @sid: security ID
 * @time_ns: since 1970, 0 for none
 * @count: how often, 0 for once
 * @mode: enum digsig_mode of a change of mode, otherwise -1
 * @lost: events that were not sent
 *
 * Pointers point into the message it was parsed from.
 */
struct kernel_event {
	uint32_t	reason;
	uint32_t	op;
	bool		denied;
	const char	*path;
	const char	*comm;
	uint32_t	pid;
	uint32_t	uid;
	const uint8_t	*key_id;
	const uint8_t	*digest;
	uint32_t	flags;
	uint32_t	sid;
	uint64_t	time_ns;
	uint64_t	count;
	int		mode;
	uint64_t	lost;
};

int kernel_event_parse(const struct nlattr *nest, struct kernel_event *ev);
int kernel_denied(int (*each)(const struct kernel_event *ev, void *data),
		  void *data);

/* kernel_key.c */
int kernel_key_count(unsigned int *count);
int kernel_keys_add(struct genl *g, const char *path, struct out *o);

/* kernel_list.c */
int kernel_catalog_count(unsigned int *count);
int kernel_catalog_load(struct genl *g, const char *path, struct out *o);
int kernel_revocations_load(struct genl *g, const char *path, struct out *o);

#endif /* KERNEL_H */
