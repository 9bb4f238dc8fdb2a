// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose label a task has.
 *
 * A table that holds the tasks whose SID is not the initial one, or that have
 * said what their next exec shall be; all others need no entry. Each thread has
 * its own. An entry comes at fork, from the parent, or when a label is given;
 * it goes when the task is freed.
 *
 * exec is decided when its first file is known, where it can still be refused,
 * and takes effect when the new program does. Between the two the SID waits in
 * the entry.
 *
 * Locking: tasks_lock for changes, irqs off, since tasks are freed anywhere;
 * nothing is taken inside. Readers are in an RCU read-side section. @sid is
 * written by the task itself, at exec, and by dsm_task_set(), each under
 * tasks_lock.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/hash.h>
#include <linux/limits.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "digsig_sid.h"
#include "dsm.h"

#define TASK_BITS	10

/**
 * struct task_label - of one task
 * @node: in tasks
 * @task: which
 * @rcu: to free it
 * @sid: its SID, 0 for the initial one
 * @exec_sid: what it said that its next exec shall have, or 0
 * @next_sid: what was decided for the exec that is going on, or 0
 */
struct task_label {
	struct hlist_node	node;
	const struct task_struct *task;
	struct rcu_head		rcu;
	u32			sid;
	u32			exec_sid;
	u32			next_sid;
};

static struct hlist_head tasks[1 << TASK_BITS];
static DEFINE_SPINLOCK(tasks_lock);
static unsigned long ntasks;	/* written under tasks_lock */

u32 dsm_initial_sid __read_mostly = DSM_SID_DEFAULT;

static struct hlist_head *bucket_of(const struct task_struct *task)
{
	return &tasks[hash_ptr(task, TASK_BITS)];
}

static struct task_label *task_find(const struct task_struct *task)
{
	struct task_label *t;

	hlist_for_each_entry_rcu(t, bucket_of(task), node,
				 lockdep_is_held(&tasks_lock))
		if (t->task == task)
			return t;
	return NULL;
}

/**
 * dsm_task_sid() - SID of a task
 * @task: the task; exists for as long as this takes
 *
 * Context: Any context.
 * Return: its SID, never 0.
 */
u32 dsm_task_sid(const struct task_struct *task)
{
	const struct task_label *t;
	u32 sid = 0;

	if (!READ_ONCE(ntasks))
		return READ_ONCE(dsm_initial_sid);
	/* A read-side section too, and a shorter one for a module. */
	rcu_read_lock_sched();
	t = task_find(task);
	if (t)
		sid = READ_ONCE(t->sid);
	rcu_read_unlock_sched();
	return dsm_sid_of(sid);
}

static struct task_label *task_new(const struct task_struct *task, u32 sid)
{
	struct task_label *t = kzalloc(sizeof(*t), GFP_KERNEL);

	if (!t)
		return NULL;
	t->task = task;
	t->sid = sid;
	return t;
}

static void task_insert(struct task_label *t)
{
	lockdep_assert_held(&tasks_lock);
	hlist_add_head_rcu(&t->node, bucket_of(t->task));
	WRITE_ONCE(ntasks, ntasks + 1);
}

/**
 * dsm_task_fork() - a task is about to come into being
 * @task: the child of the current task
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM: then the fork fails.
 */
int dsm_task_fork(struct task_struct *task)
{
	const struct task_label *parent;
	struct task_label *t;
	unsigned long flags;
	u32 sid = 0;

	if (!READ_ONCE(ntasks))
		return 0;
	rcu_read_lock();
	parent = task_find(current);
	if (parent)
		sid = READ_ONCE(parent->sid);
	rcu_read_unlock();
	if (!sid)
		return 0;
	t = task_new(task, sid);
	if (!t)
		return -ENOMEM;
	spin_lock_irqsave(&tasks_lock, flags);
	task_insert(t);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return 0;
}

/**
 * dsm_task_forget() - a task is freed
 * @task: which
 *
 * Context: Any context.
 */
void dsm_task_forget(struct task_struct *task)
{
	struct task_label *t;
	unsigned long flags;

	if (!READ_ONCE(ntasks))
		return;
	spin_lock_irqsave(&tasks_lock, flags);
	t = task_find(task);
	if (t) {
		hlist_del_rcu(&t->node);
		WRITE_ONCE(ntasks, ntasks - 1);
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	if (t)
		kfree_rcu(t, rcu);
}

/*
 * The entry of a task: the one it has, and @new is freed, or else @new, put into
 * the table. @task exists for as long as this takes.
 */
static struct task_label *label_of(const struct task_struct *task,
				   struct task_label *new)
{
	struct task_label *t;

	lockdep_assert_held(&tasks_lock);
	t = task_find(task);
	if (t) {
		kfree(new);
		return t;
	}
	task_insert(new);
	return new;
}

/**
 * dsm_task_set() - give a task another SID
 * @task: which; the caller holds a reference
 * @sid: not 0
 *
 * Sockets that it has keep theirs.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int dsm_task_set(struct task_struct *task, u32 sid)
{
	struct task_label *new = task_new(task, 0);
	unsigned long flags;

	if (!new)
		return -ENOMEM;
	spin_lock_irqsave(&tasks_lock, flags);
	WRITE_ONCE(label_of(task, new)->sid, sid);
	spin_unlock_irqrestore(&tasks_lock, flags);
	return 0;
}

/**
 * dsm_task_exec_set() - say what the next exec of the current task shall have
 * @sid: the SID, or 0 to take it back
 *
 * Not inherited by children. The caller has checked that the task may.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int dsm_task_exec_set(u32 sid)
{
	struct task_label *new = task_new(current, 0);
	unsigned long flags;

	if (!new)
		return -ENOMEM;
	spin_lock_irqsave(&tasks_lock, flags);
	label_of(current, new)->exec_sid = sid;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return 0;
}

/* ---- exec --------------------------------------------------------------------- */

/* The SID that a verified signature gives a file, or 0. */
static u32 file_sid(const struct file *file)
{
	u32 (*ask)(const struct file *file) = symbol_get(digsig_file_sid);
	u32 sid;

	if (!ask)
		return 0;
	sid = ask(file);
	symbol_put(digsig_file_sid);
	return sid;
}

/*
 * The file's path, in @page. Without one where the process may have put
 * something else there: whoever owns a user namespace mounts what he likes over
 * what he likes.
 */
static void program_path(struct dsm_program *prog, const struct file *file,
			 char *page)
{
	char *path;

	if (current_user_ns() != &init_user_ns)
		return;
	path = d_path(&file->f_path, page, PAGE_SIZE);
	if (IS_ERR(path) || path[0] != '/')
		return;
	prog->path = path;
	prog->path_len = strlen(path);
}

/* Which kinds of transitions are there? Bit N is set for kind N. */
static unsigned int transition_kinds(void)
{
	const struct dsm_active *a;
	unsigned int kinds = 0, i;

	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	for (i = 0; a && i < __DSM_TRANSITION_MAX; i++)
		if (a->policy.transitions_of[i] < a->policy.transitions_of[i + 1])
			kinds |= 1U << i;
	rcu_read_unlock();
	return kinds;
}

static int transition(const struct linux_binprm *bprm, u32 from, u32 *to)
{
	unsigned int kinds = transition_kinds();
	struct dsm_program prog = {};
	const struct dsm_active *a;
	char *page;

	if (!kinds)
		return 0;
	page = (char *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	program_path(&prog, bprm->file, page);
	prog.owner = from_kuid(&init_user_ns, file_inode(bprm->file)->i_uid);
	if (kinds & 1U << DSM_TRANSITION_DIGSIG)
		prog.file_sid = file_sid(bprm->file);
	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	if (a)
		*to = dsm_policy_transition(&a->policy, from, &prog);
	rcu_read_unlock();
	free_page((unsigned long)page);
	return 0;
}

/*
 * Who is traced, or has given up privileges by exec, or shares its memory's
 * file system view with others, does not get another SID by a rule: the tracer
 * would get it too.
 */
static bool exec_unsafe(const struct linux_binprm *bprm)
{
	return bprm->unsafe & (LSM_UNSAFE_PTRACE | LSM_UNSAFE_NO_NEW_PRIVS |
			       LSM_UNSAFE_SHARE);
}

static u32 exec_said(void)
{
	const struct task_label *t;
	u32 sid = 0;

	if (!READ_ONCE(ntasks))
		return 0;
	rcu_read_lock();
	t = task_find(current);
	if (t)
		sid = t->exec_sid;
	rcu_read_unlock();
	return sid;
}

/**
 * dsm_task_exec_decide() - which SID will a program have?
 * @bprm: the program; its file is the one that was named, be it a script
 * @changes: is it another than now? Then the environment must not be trusted
 *
 * In this order: what the task said before, the transition rules of the policy
 * (which know what a digsig signature vouches for), the SID it has.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error: the exec fails.
 */
int dsm_task_exec_decide(struct linux_binprm *bprm, bool *changes)
{
	u32 from = dsm_task_sid(current);
	struct task_label *new;
	unsigned long flags;
	u32 to = exec_said();
	bool said = to;
	int err = 0;

	if (!to && rcu_access_pointer(dsm_active)) {
		err = transition(bprm, from, &to);
		if (to == from)
			to = 0;
		if (to && exec_unsafe(bprm))
			err = dsm_refuse(DSM_OP_EXEC, DSM_REASON_TRANSITION,
					 NULL);
	}
	if (err)
		return err;
	*changes = to && to != from && !said;
	if (!to && !READ_ONCE(ntasks))
		return 0;
	new = task_new(current, 0);
	if (!new)
		return -ENOMEM;
	spin_lock_irqsave(&tasks_lock, flags);
	label_of(current, new)->next_sid = to;
	spin_unlock_irqrestore(&tasks_lock, flags);
	return 0;
}

/**
 * dsm_task_exec_commit() - the program that was decided about takes over
 *
 * Context: Process context.
 * Return: true if the SID is another one now.
 */
bool dsm_task_exec_commit(void)
{
	struct task_label *t;
	bool changed = false;
	unsigned long flags;

	if (!READ_ONCE(ntasks))
		return false;
	spin_lock_irqsave(&tasks_lock, flags);
	t = task_find(current);
	if (t && t->next_sid) {
		changed = dsm_sid_of(t->sid) != t->next_sid;
		WRITE_ONCE(t->sid, t->next_sid);
	}
	if (t) {
		t->next_sid = 0;
		t->exec_sid = 0;
	}
	spin_unlock_irqrestore(&tasks_lock, flags);
	return changed;
}

/**
 * dsm_task_count() - number of entries
 *
 * Return: tasks with another label than the initial one, or that had one.
 */
u64 dsm_task_count(void)
{
	return READ_ONCE(ntasks);
}

/**
 * dsm_task_exit() - free all entries
 *
 * Context: Process context, after the hooks are gone.
 */
void dsm_task_exit(void)
{
	struct hlist_node *next;
	struct task_label *t;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(tasks); i++)
		hlist_for_each_entry_safe(t, next, &tasks[i], node) {
			hlist_del(&t->node);
			kfree(t);
		}
}
