// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keeping writers away from files that run.
 *
 * A verified file must not change while it is mapped executable. Nothing is held
 * for the time of a mapping, no reference and no count; instead whoever opens a
 * verified file for writing looks whether it is mapped. The order matters:
 *
 *  1. The writer has raised i_writecount; the kernel did so before the hook.
 *  2. The writer spoils the cache entry. From now on a task that wants to map
 *     the file executable does not find it verified, tries to read it, meets
 *     i_writecount, and is refused.
 *  3. A task that looked before that may still be on its way to the mapping. It
 *     is inside execve, mmap, mprotect or uselib: the writer waits until no
 *     task is that was when it looked.
 *  4. Now whoever got through is in i_mmap: the writer looks there, and is
 *     refused if any mapping is executable.
 *
 * Between entering a system call (its number in memory) and looking at the
 * cache every mapper executes an atomic operation: fget() in mmap, the mmap_lock
 * in mprotect. That is the full barrier on its side; on the writer's side it is
 * in digsig_writers_stopped(). So either the mapper sees the entry spoiled, or
 * the writer sees the mapper in its system call.
 *
 * Locking: i_mmap_rwsem for reading, RCU for the list of tasks; never both.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/personality.h>
#include <linux/rbtree.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/sched/task_stack.h>
#include <linux/uaccess.h>
#include <asm/syscall.h>
#include <asm/unistd.h>
#include <uapi/linux/audit.h>
#include <uapi/linux/mman.h>

#include "digsig.h"
#include "engine.h"

/* How many tasks are waited for at once, and for how long. */
#define MAPPERS_MAX	32
#define WAIT_JIFFIES	(HZ / 10)

/* Is any mapping of the file executable? */
static bool mapped_executable(struct address_space *mapping)
{
	struct vm_area_struct *vma;
	struct rb_node *node;
	bool found = false;

	if (!mapping_mapped(mapping))
		return false;
	i_mmap_lock_read(mapping);
	for (node = rb_first_cached(&mapping->i_mmap); node && !found;
	     node = rb_next(node)) {
		vma = rb_entry(node, struct vm_area_struct, shared.rb);
		found = READ_ONCE(vma->vm_flags) & VM_EXEC;
		cond_resched();
	}
	i_mmap_unlock_read(mapping);
	return found;
}

static bool prot_executable(const struct task_struct *task, unsigned long prot)
{
	if (prot & PROT_EXEC)
		return true;
	return (prot & PROT_READ) &&
	       (READ_ONCE(task->personality) & READ_IMPLIES_EXEC);
}

/* System calls that can make a file mapping executable. */
static bool syscall_maps(const struct task_struct *task, int nr,
			 unsigned long prot)
{
#ifdef __X32_SYSCALL_BIT
	nr &= ~__X32_SYSCALL_BIT;
#endif
	switch (nr) {
	case __NR_mmap:
	case __NR_mprotect:
	case __NR_pkey_mprotect:
		return prot_executable(task, prot);
#ifdef __NR_uselib
	case __NR_uselib:
		return true;
#endif
	}
	return false;
}

static bool syscall_maps_compat(const struct task_struct *task, int nr,
				unsigned long prot)
{
#ifdef CONFIG_IA32_EMULATION
	switch (nr) {
	case __NR_ia32_mmap2:
	case __NR_ia32_mprotect:
	case __NR_ia32_pkey_mprotect:
		return prot_executable(task, prot);
	case __NR_ia32_mmap:	/* its arguments are in memory of the task */
	case __NR_ia32_uselib:
		return true;
	}
#endif
	return false;
}

static bool task_is_compat(struct task_struct *task)
{
#ifdef CONFIG_IA32_EMULATION
	return syscall_get_arch(task) == AUDIT_ARCH_I386;
#else
	return false;
#endif
}

/**
 * digsig_task_in_brk() - is the current task inside brk()
 *
 * Context: Process context of a user task.
 * Return: true if it is.
 */
bool digsig_task_in_brk(void)
{
	int nr = syscall_get_nr(current, task_pt_regs(current));

#ifdef CONFIG_IA32_EMULATION
	if (task_is_compat(current))
		return nr == __NR_ia32_brk;
#endif
#ifdef __X32_SYSCALL_BIT
	nr &= ~__X32_SYSCALL_BIT;
#endif
	return nr == __NR_brk;
}

/*
 * Is a task inside a system call that can make a file mapping executable? The
 * answer may be yes for a task that has returned to user space, until it is next
 * interrupted, but never no for one that is inside.
 *
 * put_task_stack() is not exported, so the stack of a task that exits may go
 * while its registers are read; the read then fails, or gives those of another
 * task, and both are harmless: a task that exits maps nothing.
 */
static bool task_maps(struct task_struct *task)
{
	unsigned long args[6] = {};
	struct pt_regs regs;
	int nr;

	if (task == current || task->flags & PF_KTHREAD)
		return false;
	if (task->in_execve)
		return true;
	if (copy_from_kernel_nofault(&regs, task_pt_regs(task), sizeof(regs)))
		return false;
	nr = syscall_get_nr(task, &regs);
	if (nr < 0)
		return false;
	syscall_get_arguments(task, &regs, args);
	return task_is_compat(task) ? syscall_maps_compat(task, nr, args[2]) :
				      syscall_maps(task, nr, args[2]);
}

/* Collect tasks that are mapping right now, each with a reference. */
static unsigned int mappers_collect(struct task_struct **mappers)
{
	struct task_struct *process, *task;
	unsigned int n = 0;

	rcu_read_lock();
	for_each_process_thread(process, task) {
		if (!task_maps(task))
			continue;
		mappers[n++] = get_task_struct(task);
		if (n == MAPPERS_MAX)
			goto out;
	}
out:
	rcu_read_unlock();
	return n;
}

/* Wait until a task was seen outside at least once. */
static bool mapper_wait(struct task_struct *task, unsigned long deadline)
{
	while (task_maps(task)) {
		if (time_after(jiffies, deadline) ||
		    fatal_signal_pending(current))
			return false;
		schedule_timeout_killable(1);
	}
	return true;
}

/**
 * digsig_mappers_wait() - wait for the tasks that are mapping right now
 *
 * Those who begin later do not matter: what the caller has changed before, with
 * a full barrier after it, they see.
 *
 * Context: Process context, no mmap_lock. May sleep, up to a tenth of a second.
 * Return: false if one of them did not come to an end.
 */
bool digsig_mappers_wait(void)
{
	unsigned long deadline = jiffies + WAIT_JIFFIES;
	struct task_struct *mappers[MAPPERS_MAX];
	unsigned int i, n;
	bool done = true;

	do {
		n = mappers_collect(mappers);
		for (i = 0; i < n; i++) {
			done = done && mapper_wait(mappers[i], deadline);
			put_task_struct(mappers[i]);
		}
	} while (done && n == MAPPERS_MAX);
	return done;
}

/**
 * digsig_writers_stopped() - must a writer stay away from a file
 * @inode: whose cache entry is spoiled, and whose i_writecount is raised
 *
 * A writer that is let in does not meet executable mappings that come later:
 * verifying the file fails as long as it is open for writing.
 *
 * Context: Process context, no mmap_lock. May sleep, up to a tenth of a second
 * if another task does not come out of exec or mmap.
 * Return: true if the file is mapped executable, or may be in a moment.
 */
bool digsig_writers_stopped(struct inode *inode)
{
	/* Spoiling before looking at tasks and mappings; see the top. */
	smp_mb();
	if (mapped_executable(inode->i_mapping))
		return true;
	if (!digsig_mappers_wait())
		return true;
	return mapped_executable(inode->i_mapping);
}
