// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that are processes: fork, exec and exit.
 *
 * They come from the scheduler's tracepoints, which are not exported but are
 * found by their names. The probes are in place while at least one source exists.
 *
 * A link joins a process and a source. Links are in a hash table by the address
 * of the struct pid that they hold; the one for all processes is in a list of
 * its own. A source that follows its process's children gets a link for each
 * of them in the probe of fork. A link goes when its process ends or its source
 * is deleted.
 *
 * process_lock protects the table, the list and the lists of the sources.
 * Probes look things up under RCU. They run in process context with preemption
 * off, in the task that forks, execs or exits.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/hash.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/rculist.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/tracepoint.h>
#include <linux/user_namespace.h>

#include "aem.h"

#define PROCESS_BITS	8
/* How many processes one source can follow. */
#define PROCESS_LINKS	65536

/**
 * struct process_link - a source and one of its processes
 * @node: in process_hash, or in process_all if @pid is NULL
 * @of_src: in src->proc.links
 * @src: the source
 * @pid: the process
 * @rcu: frees it
 */
struct process_link {
	struct hlist_node node;
	struct hlist_node of_src;
	struct aem_src *src;
	struct pid *pid;
	struct rcu_head rcu;
};

static DEFINE_SPINLOCK(process_lock);
static struct hlist_head process_hash[1 << PROCESS_BITS];
static HLIST_HEAD(process_all);

static DEFINE_MUTEX(process_probes_lock);
static unsigned int process_users;

/* ---- links --------------------------------------------------------------- */

static struct hlist_head *process_bucket(const struct pid *pid)
{
	return &process_hash[hash_ptr(pid, PROCESS_BITS)];
}

static void process_link_free(struct rcu_head *rcu)
{
	struct process_link *link = container_of(rcu, struct process_link, rcu);

	put_pid(link->pid);
	kfree(link);
}

static void process_unlink(struct process_link *link)
{
	lockdep_assert_held(&process_lock);
	hlist_del_rcu(&link->node);
	hlist_del_init(&link->of_src);
	link->src->proc.nlinks--;
	call_rcu(&link->rcu, process_link_free);
}

static int process_link_new(struct aem_src *src, struct pid *pid, gfp_t gfp)
{
	struct process_link *link = kmalloc(sizeof(*link), gfp);
	unsigned long flags;
	int err = 0;

	if (!link)
		return -ENOMEM;
	link->src = src;
	link->pid = get_pid(pid);
	spin_lock_irqsave(&process_lock, flags);
	if (src->proc.gone || src->proc.nlinks >= PROCESS_LINKS) {
		err = -ENOSPC;
	} else {
		src->proc.nlinks++;
		hlist_add_head(&link->of_src, &src->proc.links);
		hlist_add_head_rcu(&link->node, pid ? process_bucket(pid) :
						      &process_all);
	}
	spin_unlock_irqrestore(&process_lock, flags);
	if (err) {
		put_pid(pid);
		kfree(link);
	}
	return err;
}

/* ---- what happens -------------------------------------------------------- */

/**
 * struct process_event - what happened, before it is told to each source
 * @what: AEM_PROC_*
 * @pid: who did it
 * @child: AEM_PROC_FORK: the child
 * @status: AEM_PROC_EXIT
 * @uid: who he is
 * @comm: his name
 */
struct process_event {
	u32 what;
	struct pid *pid;
	struct pid *child;
	u32 status;
	kuid_t uid;
	const char *comm;
};

static void process_tell(struct aem_src *src, const struct process_event *ev)
{
	struct aem_rec_proc rec = {
		.what	= ev->what,
		.pid	= pid_nr_ns(ev->pid, src->proc.ns),
		.other	= ev->child ? pid_nr_ns(ev->child, src->proc.ns) : 0,
		.status	= ev->status,
		.uid	= from_kuid_munged(src->proc.user_ns, ev->uid),
	};

	if (!(src->events & ev->what))
		return;
	strscpy_pad(rec.comm, ev->comm, sizeof(rec.comm));
	aem_happen(src, ev->what, &rec, sizeof(rec), NULL, 0);
}

/* A child that cannot be followed is a record that is missing. */
static void process_follow(struct aem_src *src, struct pid *child)
{
	const gfp_t gfp = GFP_NOWAIT | __GFP_ACCOUNT | __GFP_NOWARN;

	if (process_link_new(src, child, gfp))
		aem_happen(src, AEM_EV_LOST, NULL, 0, NULL, 0);
}

static void process_exited(struct process_link *link)
{
	unsigned long flags;

	spin_lock_irqsave(&process_lock, flags);
	if (!hlist_unhashed(&link->of_src) && !link->src->proc.gone)
		process_unlink(link);
	spin_unlock_irqrestore(&process_lock, flags);
}

static void process_happened(const struct process_event *ev)
{
	struct process_link *link;

	rcu_read_lock();
	hlist_for_each_entry_rcu(link, process_bucket(ev->pid), node) {
		if (link->pid != ev->pid)
			continue;
		process_tell(link->src, ev);
		if (ev->child && link->src->flags & AEM_F_FOLLOW)
			process_follow(link->src, ev->child);
		if (ev->what == AEM_PROC_EXIT)
			process_exited(link);
	}
	hlist_for_each_entry_rcu(link, &process_all, node) {
		/* Only what the source's namespace can see. */
		if (pid_nr_ns(ev->pid, link->src->proc.ns))
			process_tell(link->src, ev);
	}
	rcu_read_unlock();
}

static void process_probe_fork(void *unused, struct task_struct *parent,
			       struct task_struct *child)
{
	struct process_event ev = {
		.what	= AEM_PROC_FORK,
		.pid	= task_tgid(parent),
		.child	= task_tgid(child),
		.uid	= task_uid(parent),
		.comm	= parent->comm,
	};

	/* Not a thread. */
	if (ev.pid != ev.child)
		process_happened(&ev);
}

static void process_probe_exec(void *unused, struct task_struct *task,
			       pid_t old_pid, struct linux_binprm *bprm)
{
	struct process_event ev = {
		.what	= AEM_PROC_EXEC,
		.pid	= task_tgid(task),
		.uid	= task_uid(task),
		.comm	= task->comm,
	};

	process_happened(&ev);
}

/*
 * Every thread comes here. The one that is called last finds nobody alive; if
 * the last two come at the same time both do, and the first one is taken.
 */
static void process_probe_exit(void *unused, struct task_struct *task)
{
	struct signal_struct *signal = task->signal;
	struct process_event ev = {
		.what	= AEM_PROC_EXIT,
		.pid	= task_tgid(task),
		.uid	= task_uid(task),
		.comm	= task->group_leader->comm,
		.status	= signal->flags & SIGNAL_GROUP_EXIT ?
			  signal->group_exit_code :
			  task->group_leader->exit_code,
	};

	if (!atomic_read(&signal->live))
		process_happened(&ev);
}

/* ---- the probes ---------------------------------------------------------- */

static struct {
	const char *name;
	void *func;
	struct tracepoint *tp;
} process_probes[] = {
	{ "sched_process_fork", process_probe_fork },
	{ "sched_process_exec", process_probe_exec },
	{ "sched_process_exit", process_probe_exit },
};

static void process_match(struct tracepoint *tp, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(process_probes); i++) {
		if (!strcmp(tp->name, process_probes[i].name))
			process_probes[i].tp = tp;
	}
}

static void process_probes_remove(unsigned int n)
{
	while (n--)
		tracepoint_probe_unregister(process_probes[n].tp,
					    process_probes[n].func, NULL);
}

static int process_probes_get(void)
{
	unsigned int i = 0;
	int err = 0;

	mutex_lock(&process_probes_lock);
	if (!process_users)
		for_each_kernel_tracepoint(process_match, NULL);
	for (; !process_users && i < ARRAY_SIZE(process_probes) && !err; i++) {
		err = -EOPNOTSUPP;
		if (process_probes[i].tp)
			err = tracepoint_probe_register(process_probes[i].tp,
							process_probes[i].func,
							NULL);
	}
	if (err)
		process_probes_remove(i - 1);
	else
		process_users++;
	mutex_unlock(&process_probes_lock);
	return err;
}

static void process_probes_put(void)
{
	mutex_lock(&process_probes_lock);
	if (!--process_users)
		process_probes_remove(ARRAY_SIZE(process_probes));
	mutex_unlock(&process_probes_lock);
}

/* ---- the kind ------------------------------------------------------------ */

/* As for sending a signal; what is told can be seen in /proc as well. */
static bool process_may_watch(struct task_struct *task)
{
	const struct cred *cred = current_cred(), *other;
	bool may;

	rcu_read_lock();
	other = __task_cred(task);
	may = uid_eq(cred->euid, other->suid) ||
	      uid_eq(cred->euid, other->uid) ||
	      uid_eq(cred->uid, other->suid) ||
	      uid_eq(cred->uid, other->uid) ||
	      ns_capable(other->user_ns, CAP_SYS_PTRACE);
	rcu_read_unlock();
	return may;
}

static int process_link_pid(struct aem_src *src, pid_t nr)
{
	struct pid *pid = find_get_pid(nr);
	struct task_struct *task = get_pid_task(pid, PIDTYPE_TGID);
	int err = -ESRCH;

	if (task) {
		err = process_may_watch(task) ?
		      process_link_new(src, pid, GFP_KERNEL_ACCOUNT) : -EPERM;
		/* Its end may have come before the link. */
		if (!err && !atomic_read(&task->signal->live))
			err = -ESRCH;
		put_task_struct(task);
	}
	put_pid(pid);
	return err;
}

static void process_unlink_all(struct aem_src *src)
{
	struct process_link *link;
	struct hlist_node *next;

	spin_lock_irq(&process_lock);
	src->proc.gone = true;
	hlist_for_each_entry_safe(link, next, &src->proc.links, of_src)
		process_unlink(link);
	spin_unlock_irq(&process_lock);
}

static void process_release(struct aem_src *src)
{
	process_unlink_all(src);
	aem_happen_stop(src);
	aem_stream_del(src);
}

static int process_add(struct aem_src *src, struct aem_source *desc)
{
	int err;

	src->proc.ns = get_pid_ns(task_active_pid_ns(current));
	src->proc.user_ns = get_user_ns(current_user_ns());
	if (!desc->fd && !ns_capable(src->proc.ns->user_ns, CAP_SYS_PTRACE))
		return -EPERM;
	if (desc->fd < 0 || (!desc->fd && desc->flags & AEM_F_FOLLOW))
		return -EINVAL;
	err = aem_stream_add(src, desc);
	if (err)
		return err;
	err = process_probes_get();
	if (err)
		goto err_stream;
	err = desc->fd ? process_link_pid(src, desc->fd) :
			 process_link_new(src, NULL, GFP_KERNEL_ACCOUNT);
	if (!err)
		return 0;
	process_release(src);
	process_probes_put();
	return err;

err_stream:
	aem_stream_del(src);
	return err;
}

static void process_del(struct aem_src *src)
{
	process_release(src);
	process_probes_put();
}

/* Probes may read them until a grace period has passed. */
static void process_free(struct aem_src *src)
{
	put_pid_ns(src->proc.ns);
	put_user_ns(src->proc.user_ns);
}

const struct aem_kind_ops aem_process_ops = {
	.add	= process_add,
	.stop	= aem_happen_stop,
	.del	= process_del,
	.free	= process_free,
};

/**
 * aem_process_exit() - wait for probes that are still under way
 *
 * Context: Process context. May sleep. There are no sources.
 */
void aem_process_exit(void)
{
	tracepoint_synchronize_unregister();
}
