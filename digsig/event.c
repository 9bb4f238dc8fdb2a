// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals: from a verdict to an errno, and who is told on the way.
 *
 * A refusal is counted, traced, audited, remembered, sent and published, in
 * this order, whatever the mode; whether it also takes effect is decided here
 * and nowhere else, from the mode as it was when the refusal began.
 *
 * Two ways in. digsig_refuse() tells at once and may sleep. ptrace asks its
 * questions under spinlocks, once even with interrupts off below tasklist_lock
 * where d_path() must not be called: digsig_refuse_later() copies what is to be
 * told and leaves it to a work item. At most LATER_MAX events wait there.
 */
#include <linux/audit.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/file.h>
#include <linux/limits.h>
#include <linux/llist.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uidgid.h>
#include <linux/user_namespace.h>
#include <linux/workqueue.h>

#include "control.h"
#include "current_comm.h"
#include "policy.h"
#include "trace.h"

#define LATER_MAX	256

/**
 * struct digsig_later - an event that waits to be told
 * @node: in later_list
 * @ev: the event, without its path
 * @file: whose path it gets, with a reference; may be NULL
 */
struct digsig_later {
	struct llist_node	node;
	struct digsig_event	ev;
	struct file		*file;
};

static void later_work(struct work_struct *work);

static LLIST_HEAD(later_list);
static atomic_t later_count;
static DECLARE_WORK(later_item, later_work);

/**
 * digsig_event_fill() - begin an event about the current task
 * @ev: filled in, without a path
 * @op: what was asked for
 * @verdict: what is known of the file, or NULL for an event about no file
 *
 * Context: Any context with a current task.
 */
void digsig_event_fill(struct digsig_event *ev, enum digsig_op op,
		       const struct digsig_verdict *verdict)
{
	memset(ev, 0, sizeof(*ev));
	if (verdict)
		ev->verdict = *verdict;
	ev->op = op;
	ev->mode = -1;
	ev->denied = READ_ONCE(digsig_mode) >= DIGSIG_MODE_ENFORCE;
	ev->pid = task_tgid_nr(current);
	ev->uid = from_kuid(&init_user_ns, current_uid());
	ev->auid = from_kuid(&init_user_ns, audit_get_loginuid(current));
	ev->ses = audit_get_sessionid(current);
	cgl_current_comm(ev->comm);
	ev->time_ns = ktime_get_real_ns();
}

/**
 * digsig_path() - path of a file for people
 * @file: the file
 * @buf: of PATH_MAX bytes
 *
 * As the calling task sees it: below its root, and with " (deleted)" at the end
 * of a file without a name.
 *
 * Context: Any context that may take the locks of d_path().
 * Return: the path, in @buf; "?" when it does not fit.
 */
const char *digsig_path(struct file *file, char *buf)
{
	char *path = file_path(file, buf, PATH_MAX);

	return IS_ERR(path) ? "?" : path;
}

static void event_tell(struct digsig_event *ev, struct file *file)
{
	char *buf = NULL;

	if (file) {
		buf = kmalloc(PATH_MAX, GFP_KERNEL);
		ev->path = buf ? digsig_path(file, buf) : "?";
	}
	trace_digsig_refuse(ev);
	digsig_audit_refusal(ev);
	digsig_denied_record(ev);
	digsig_netlink_event(ev);
	digsig_publish(ev);
	kfree(buf);
}

static int event_errno(const struct digsig_event *ev)
{
	return ev->denied ? digsig_reason_errno(ev->verdict.reason) : 0;
}

/**
 * digsig_refuse() - report a refusal, and say whether it takes effect
 * @op: what was asked for
 * @verdict: why it is refused; @verdict->reason is not DIGSIG_REASON_NONE
 * @file: the file in question, or NULL
 *
 * Without memory for its path a file is told as "?".
 *
 * Context: Process context, may be called under mmap_lock. May sleep, but never
 * for a listener or for the audit daemon.
 * Return: the errno of the reason in enforce and locked mode, 0 in log mode.
 */
int digsig_refuse(enum digsig_op op, const struct digsig_verdict *verdict,
		  struct file *file)
{
	struct digsig_event ev;

	this_cpu_inc(digsig_counters.reason[verdict->reason]);
	digsig_event_fill(&ev, op, verdict);
	event_tell(&ev, file);
	return event_errno(&ev);
}

/**
 * digsig_refuse_reason() - refuse for a reason that is not a file's contents
 * @op: what was asked for
 * @reason: why it is refused; not DIGSIG_REASON_NONE
 * @file: the file in question, or NULL
 *
 * Context: as digsig_refuse().
 * Return: as digsig_refuse().
 */
int digsig_refuse_reason(enum digsig_op op, enum digsig_reason reason,
			 struct file *file)
{
	struct digsig_verdict verdict = { .reason = reason };

	return digsig_refuse(op, &verdict, file);
}

static void later_work(struct work_struct *work)
{
	struct llist_node *list = llist_del_all(&later_list);
	struct digsig_later *later, *next;

	list = llist_reverse_order(list);
	llist_for_each_entry_safe(later, next, list, node) {
		event_tell(&later->ev, later->file);
		if (later->file)
			fput(later->file);
		kfree(later);
		atomic_dec(&later_count);
	}
}

static struct digsig_later *later_alloc(void)
{
	struct digsig_later *later;

	if (atomic_inc_return(&later_count) <= LATER_MAX) {
		later = kmalloc(sizeof(*later), GFP_ATOMIC | __GFP_NOWARN);
		if (later)
			return later;
	}
	atomic_dec(&later_count);
	digsig_stat_add(DIGSIG_ST_EVENTS_LOST, 1);
	return NULL;
}

/**
 * digsig_refuse_later() - refuse where nothing may sleep
 * @op: what was asked for
 * @reason: why it is refused; not DIGSIG_REASON_NONE
 * @file: the file in question, or NULL; a reference is taken
 *
 * Counts at once; the rest is told by a work item. The path is then the one of
 * the initial root. An event that finds no room is counted as lost.
 *
 * Context: Any context with a current task; under spinlocks, interrupts off.
 * Return: as digsig_refuse().
 */
int digsig_refuse_later(enum digsig_op op, enum digsig_reason reason,
			struct file *file)
{
	struct digsig_verdict verdict = { .reason = reason };
	struct digsig_later *later;
	struct digsig_event ev;

	this_cpu_inc(digsig_counters.reason[reason]);
	digsig_event_fill(&ev, op, &verdict);
	later = later_alloc();
	if (later) {
		later->ev = ev;
		later->file = file ? get_file(file) : NULL;
		llist_add(&later->node, &later_list);
		schedule_work(&later_item);
	}
	return event_errno(&ev);
}

/**
 * digsig_event_mode() - tell that the mode or strict mode has changed
 * @old_mode: mode before
 * @old_strict: strict mode before
 *
 * Context: Process context, under the lock of mode.c. May sleep.
 */
void digsig_event_mode(unsigned int old_mode, bool old_strict)
{
	struct digsig_event ev;

	digsig_event_fill(&ev, DIGSIG_OP_NONE, NULL);
	ev.denied = false;
	ev.mode = READ_ONCE(digsig_mode);
	trace_digsig_mode(old_mode, ev.mode, READ_ONCE(digsig_strict));
	digsig_audit_mode(&ev, old_mode, old_strict);
	digsig_netlink_event(&ev);
	digsig_publish(&ev);
}

/**
 * digsig_event_init() - get ready for refusals
 *
 * Return: 0; there is nothing that can fail.
 */
int digsig_event_init(void)
{
	return 0;
}

/**
 * digsig_event_exit() - tell what still waits, and forget what was denied
 *
 * Context: Process context, after the hooks are detached.
 */
void digsig_event_exit(void)
{
	/* Waits for the work item: its code goes away with the module. */
	flush_work(&later_item);
	digsig_denied_exit();
}
