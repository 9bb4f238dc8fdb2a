/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the controlling half of digsig shares: events, the list of what was
 * denied, pre-flight, the mode, and how they are shown.
 *
 * The half that judges (verify.c, cache.c, keys.c, hooks.c ...) does not
 * include this file; what it may call is in digsig.h.
 */
#ifndef _DIGSIG_CONTROL_H
#define _DIGSIG_CONTROL_H

#include <linux/sched.h>
#include <linux/types.h>

#include "digsig.h"

struct audit_buffer;
struct netlink_ext_ack;
struct sk_buff;

/**
 * struct digsig_event - something to tell
 * @verdict: what is known of the file, and the reason
 * @op: enum digsig_op
 * @denied: it took effect
 * @mode: enum digsig_mode in an event about the mode, else -1
 * @pid: thread group in the initial pid namespace; 0 leaves out who it was
 * @uid: in the initial user namespace
 * @auid: login uid for audit, in the initial user namespace
 * @ses: session for audit
 * @comm: of the task
 * @time_ns: wall clock
 * @count: how often; 0 leaves it out
 * @lost: what DIGSIG_EV_LOST says; 0 leaves it out
 * @path: as the task saw it, or NULL. Belongs to the caller
 */
struct digsig_event {
	struct digsig_verdict verdict;
	u32		op;
	bool		denied;
	int		mode;
	u32		pid;
	u32		uid;
	u32		auid;
	u32		ses;
	char		comm[TASK_COMM_LEN];
	u64		time_ns;
	u64		count;
	u64		lost;
	const char	*path;
};

/* ---- event.c ------------------------------------------------------------- */

void digsig_event_fill(struct digsig_event *ev, enum digsig_op op,
		       const struct digsig_verdict *verdict);
int digsig_refuse_later(enum digsig_op op, enum digsig_reason reason,
			struct file *file);
const char *digsig_path(struct file *file, char *buf);
void digsig_event_mode(unsigned int old_mode, bool old_strict);

/* ---- audit.c ------------------------------------------------------------- */

void digsig_audit_refusal(const struct digsig_event *ev);
void digsig_audit_mode(const struct digsig_event *ev, unsigned int old_mode,
		       bool old_strict);

/* ---- denied.c ------------------------------------------------------------ */

void digsig_denied_record(const struct digsig_event *ev);
bool digsig_denied_next(u64 *seq, struct digsig_event *ev, char *path);
void digsig_denied_exit(void);

/* ---- preflight.c --------------------------------------------------------- */

#define DIGSIG_PREFLIGHT_LISTED	64

/**
 * struct digsig_failure - one file that pre-flight found
 * @verdict: why it would be refused
 * @pid: a process that has it mapped, or 0 for the file of init
 * @comm: of that process
 * @path: kmalloc'ed, may be NULL
 */
struct digsig_failure {
	struct digsig_verdict verdict;
	u32		pid;
	char		comm[TASK_COMM_LEN];
	char		*path;
};

/**
 * struct digsig_preflight - what stood in the way of a mode
 * @total: number of files that failed
 * @listed: how many of them are in @failures
 * @failures: the first ones found
 */
struct digsig_preflight {
	u32		total;
	u32		listed;
	struct digsig_failure failures[DIGSIG_PREFLIGHT_LISTED];
};

int digsig_preflight_run(struct digsig_preflight *pf, bool strict);
void digsig_preflight_reset(struct digsig_preflight *pf);

/* ---- mode.c -------------------------------------------------------------- */

int digsig_key_retire(const u8 *key_id, struct netlink_ext_ack *extack);

/* ---- strict.c ------------------------------------------------------------ */

struct file *digsig_mm_program(struct mm_struct *mm);

/* ---- netlink.c ----------------------------------------------------------- */

void digsig_netlink_event(struct digsig_event *ev);

/* ---- publish.c ----------------------------------------------------------- */

void digsig_publish(const struct digsig_event *ev);

#endif /* _DIGSIG_CONTROL_H */
