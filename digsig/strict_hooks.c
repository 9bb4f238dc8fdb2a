// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LSM hooks that only strict mode has. What is asked there, strict.c knows.
 *
 * They are attached when strict mode first begins and stay until the module goes:
 * one of them is asked about every mapping, which who never is strict need not
 * pay for. While strict mode is off they say nothing.
 *
 * A hook sleeps only between lsmhook_enter() and lsmhook_exit(): unloading waits
 * for those.
 *
 * Locking: strict_attached is changed by the holder of the mode's lock, and at
 * unload, when nobody can ask for another mode.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/personality.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "digsig.h"
#include "engine.h"
#include "lsmhook.h"

static struct lsmhook_set strict_hooks;
static bool strict_attached;

/* Called under spinlocks: strict.c does not sleep here. */
static int digsig_ptrace_access_check(struct task_struct *child,
				      unsigned int mode)
{
	if (likely(!READ_ONCE(digsig_strict)))
		return 0;
	return digsig_strict_ptrace(child, mode);
}

static int digsig_ptrace_traceme(struct task_struct *parent)
{
	if (likely(!READ_ONCE(digsig_strict)))
		return 0;
	return digsig_strict_traceme(parent);
}

/*
 * userfaultfd fills in missing pages of a private mapping of a file in memory,
 * even of one that is executable and never was writable.
 */
static int digsig_inode_init_security_anon(struct inode *inode,
					   const struct qstr *name,
					   const struct inode *context)
{
	int err;

	if (likely(!READ_ONCE(digsig_strict)) ||
	    strcmp(name->name, "[userfaultfd]"))
		return 0;
	lsmhook_enter(&strict_hooks);
	err = digsig_strict_anonymous(DIGSIG_OP_USERFAULT);
	lsmhook_exit(&strict_hooks);
	return err;
}

/*
 * Who has a device open for reading only may still tell it to look elsewhere.
 * A 32-bit program asks by a hook of its own.
 */
static int digsig_file_ioctl(struct file *file, unsigned int cmd,
			     unsigned long arg)
{
	int err;

	if (likely(!READ_ONCE(digsig_strict)))
		return 0;
	lsmhook_enter(&strict_hooks);
	err = digsig_strict_ioctl(file, cmd);
	lsmhook_exit(&strict_hooks);
	return err;
}

static noinline int brk_check(void)
{
	int err;

	if (!digsig_task_in_brk())
		return 0;
	lsmhook_enter(&strict_hooks);
	err = digsig_strict_anonymous(DIGSIG_OP_BRK);
	lsmhook_exit(&strict_hooks);
	return err;
}

/*
 * brk() makes executable memory for a task with the personality
 * READ_IMPLIES_EXEC, and of the hooks on its way this is the one that can
 * refuse. It is asked about the address of every mapping, under mmap_lock.
 */
static int digsig_mmap_addr(unsigned long addr)
{
	if (likely(!(current->personality & READ_IMPLIES_EXEC)) ||
	    !READ_ONCE(digsig_strict))
		return 0;
	return brk_check();
}

/* -ENOSYS is how this hook says that it has nothing to say. */
static int digsig_task_prctl(int option, unsigned long arg2,
			     unsigned long arg3, unsigned long arg4,
			     unsigned long arg5)
{
	int err;

	if (likely(!READ_ONCE(digsig_strict)))
		return -ENOSYS;
	lsmhook_enter(&strict_hooks);
	err = digsig_strict_prctl(option, arg2);
	lsmhook_exit(&strict_hooks);
	return err ? err : -ENOSYS;
}

/* ---- begin and end ------------------------------------------------------------------- */

static const struct lsmhook hooks[] = {
	LSMHOOK(inode_init_security_anon, digsig_inode_init_security_anon),
	LSMHOOK(task_prctl, digsig_task_prctl),
	LSMHOOK(file_ioctl, digsig_file_ioctl),
	LSMHOOK(file_ioctl_compat, digsig_file_ioctl),
	LSMHOOK(mmap_addr, digsig_mmap_addr),
	LSMHOOK(ptrace_access_check, digsig_ptrace_access_check),
	LSMHOOK(ptrace_traceme, digsig_ptrace_traceme),
};

static struct lsmhook_set strict_hooks = LSMHOOK_SET("digsig", hooks);

/**
 * digsig_strict_hooks_begin() - have the kernel ask what strict mode is about
 * @extack: told why it cannot
 *
 * Context: Process context, before strict mode is switched on. May sleep. The
 * caller sees to it that there is no other.
 * Return: 0, also when it does already; or a negative error of lsmhook_attach(),
 * nothing is attached then.
 */
int digsig_strict_hooks_begin(struct netlink_ext_ack *extack)
{
	int err;

	if (strict_attached)
		return 0;
	err = lsmhook_attach(&strict_hooks, LSMHOOK_ANY);
	if (err)
		NL_SET_ERR_MSG(extack,
			       "the hooks of strict mode cannot be attached; the log has the reason");
	strict_attached = !err;
	return err;
}

/**
 * digsig_strict_hooks_end() - have the kernel ask no more
 *
 * When it returns no task is inside one of these hooks.
 *
 * Context: Process context, at unload. May sleep.
 */
void digsig_strict_hooks_end(void)
{
	if (strict_attached)
		lsmhook_detach(&strict_hooks);
	strict_attached = false;
}
