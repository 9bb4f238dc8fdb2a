/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The test modules lsmhook_test_a and lsmhook_test_b.
 *
 * Each attaches the hooks that digsig uses when it is loaded and detaches them
 * when it is unloaded. What the hooks do is set by parameters, which can also
 * be written in /sys/module/<module>/parameters; what they saw is read there.
 *
 * A task is meant by the hooks only if its name begins with "lsmhook": that is
 * how a test tells its own processes from the others of the guest.
 */
#include <linux/binfmts.h>
#include <linux/delay.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/string.h>
#include "lsmhook.h"

static char *backend = "any";
module_param(backend, charp, 0444);
MODULE_PARM_DESC(backend, "any, table, ftrace or ftrace_regs");

static char *break_hook = "";
module_param(break_hook, charp, 0444);
MODULE_PARM_DESC(break_hook, "probe: the kernel is not made to call file_open; fail: the probe fails; once: attach a hook that is never called");

static bool deny_exec;
module_param(deny_exec, bool, 0644);
MODULE_PARM_DESC(deny_exec, "refuse exec, from tasks named lsmhook...");

static bool deny_open;
module_param(deny_open, bool, 0644);
MODULE_PARM_DESC(deny_open, "refuse open, from tasks named lsmhook...");

static unsigned int sleep_ms;
module_param(sleep_ms, uint, 0644);
MODULE_PARM_DESC(sleep_ms, "sleep in file_open, twice, of tasks named lsmhook... (milliseconds)");

static unsigned int crowd;
module_param(crowd, uint, 0444);
MODULE_PARM_DESC(crowd, "attach file_open this many times, at most 16, and nothing else");

static atomic_long_t calls[LSMHOOK_IDS];
/* Tasks in on_file_open(), and those of them that sleep. */
static atomic_t inside = ATOMIC_INIT(0);
static atomic_t sleeping = ATOMIC_INIT(0);

static struct lsmhook_set set;

#define COUNT(NAME) atomic_long_inc(&calls[LSMHOOK_ID_##NAME])

static bool meant(void)
{
	return !strncmp(current->comm, "lsmhook", strlen("lsmhook"));
}

static int on_bprm_check_security(struct linux_binprm *bprm)
{
	COUNT(bprm_check_security);
	return READ_ONCE(deny_exec) && meant() ? -EPERM : 0;
}

static int on_mmap_file(struct file *file, unsigned long reqprot,
			unsigned long prot, unsigned long flags)
{
	COUNT(mmap_file);
	return 0;
}

static int on_file_mprotect(struct vm_area_struct *vma, unsigned long reqprot,
			    unsigned long prot)
{
	COUNT(file_mprotect);
	return 0;
}

/* Two sections, so that a task may go from one sleep to the next. */
static void sleep_in_hook(unsigned int ms)
{
	int i;

	for (i = 0; i < 2; i++) {
		lsmhook_enter(&set);
		atomic_inc(&sleeping);
		msleep(ms);
		atomic_dec(&sleeping);
		lsmhook_exit(&set);
	}
}

static int on_file_open(struct file *file)
{
	unsigned int ms = READ_ONCE(sleep_ms);

	COUNT(file_open);
	if (!meant())
		return 0;
	atomic_inc(&inside);
	if (ms)
		sleep_in_hook(ms);
	atomic_dec(&inside);
	return READ_ONCE(deny_open) ? -EPERM : 0;
}

static int on_path_truncate(const struct path *path)
{
	COUNT(path_truncate);
	return 0;
}

static void on_inode_free_security(struct inode *inode)
{
	COUNT(inode_free_security);
}

static int on_inode_unlink(struct inode *dir, struct dentry *dentry)
{
	COUNT(inode_unlink);
	return 0;
}

static int on_ptrace_access_check(struct task_struct *child, unsigned int mode)
{
	COUNT(ptrace_access_check);
	return 0;
}

static int on_ptrace_traceme(struct task_struct *parent)
{
	COUNT(ptrace_traceme);
	return 0;
}

static int on_task_prctl(int option, unsigned long arg2, unsigned long arg3,
			 unsigned long arg4, unsigned long arg5)
{
	COUNT(task_prctl);
	return -ENOSYS;
}

static int probe_file_open(void)
{
	if (!strcmp(break_hook, "probe"))
		return 0;
	if (!strcmp(break_hook, "fail"))
		return -EIO;
	return lsmhook_probe_file_open();
}

static const struct lsmhook hooks[] = {
	LSMHOOK(bprm_check_security, on_bprm_check_security),
	LSMHOOK_PROBE(mmap_file, on_mmap_file, lsmhook_probe_mmap_file),
	LSMHOOK(file_mprotect, on_file_mprotect),
	LSMHOOK_PROBE(file_open, on_file_open, probe_file_open),
	LSMHOOK_PROBE(path_truncate, on_path_truncate,
		      lsmhook_probe_path_truncate),
	LSMHOOK_PROBE(inode_free_security, on_inode_free_security,
		      lsmhook_probe_inode_free_security),
	LSMHOOK(inode_unlink, on_inode_unlink),
	LSMHOOK(ptrace_access_check, on_ptrace_access_check),
	LSMHOOK(ptrace_traceme, on_ptrace_traceme),
	/* Without static calls on 6.12: the kernel calls it by its entry. */
	LSMHOOK(task_prctl, on_task_prctl),
};

#define CROWD4							\
	LSMHOOK(file_open, on_file_open),			\
	LSMHOOK(file_open, on_file_open),			\
	LSMHOOK(file_open, on_file_open),			\
	LSMHOOK(file_open, on_file_open)

/* More than a hook has static calls on any kernel. */
static const struct lsmhook hooks_crowd[] = { CROWD4, CROWD4, CROWD4, CROWD4 };

static int on_setprocattr(const char *name, void *value, size_t size)
{
	return 0;
}

/* The last hook fails: the ones before it have to be undone. */
static const struct lsmhook hooks_once[] = {
	LSMHOOK(bprm_check_security, on_bprm_check_security),
	LSMHOOK(file_open, on_file_open),
	LSMHOOK(setprocattr, on_setprocattr),
};

static struct lsmhook_set set = LSMHOOK_SET(OWNER, hooks);

/* One line a hook: name, how it is attached, calls. */
static int hooks_get(char *buf, const struct kernel_param *kp)
{
	int i, len = 0;

	for (i = 0; i < set.nhooks; i++)
		len += sysfs_emit_at(buf, len, "%s %s %ld\n",
				     set.hooks[i].name,
				     lsmhook_attached_by(&set, i),
				     atomic_long_read(&calls[set.hooks[i].id]));
	return len;
}

static const struct kernel_param_ops hooks_ops = { .get = hooks_get };
module_param_cb(hooks, &hooks_ops, NULL, 0444);

static int sleeping_get(char *buf, const struct kernel_param *kp)
{
	return sysfs_emit(buf, "%d\n", atomic_read(&sleeping));
}

static const struct kernel_param_ops sleeping_ops = { .get = sleeping_get };
module_param_cb(sleeping, &sleeping_ops, NULL, 0444);

static const char *const backends[] = {
	[LSMHOOK_ANY]		= "any",
	[LSMHOOK_TABLE]		= "table",
	[LSMHOOK_FTRACE]	= "ftrace",
	[LSMHOOK_FTRACE_REGS]	= "ftrace_regs",
};

static int __init attach_init(void)
{
	int which = match_string(backends, ARRAY_SIZE(backends), backend);
	int err;

	if (which < 0)
		return which;
	if (!strcmp(break_hook, "once")) {
		set.hooks = hooks_once;
		set.nhooks = ARRAY_SIZE(hooks_once);
	}
	if (crowd) {
		set.hooks = hooks_crowd;
		set.nhooks = min_t(unsigned int, crowd, ARRAY_SIZE(hooks_crowd));
	}
	err = lsmhook_attach(&set, which);
	if (err)
		pr_info(OWNER ": failed=%s why=%s\n", set.failed ?: "-",
			set.why);
	return err;
}
module_init(attach_init);

static void __exit attach_exit(void)
{
	lsmhook_detach(&set);
	/* The text they are in is about to go. */
	WARN_ON(atomic_read(&inside));
}
module_exit(attach_exit);

MODULE_DESCRIPTION("Attaches LSM hooks, for the tests of lsmhook");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
