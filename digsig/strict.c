// SPDX-License-Identifier: GPL-2.0-only
/*
 * What strict mode adds: ways around verified files that only some programs
 * need, and whose signed flags say so.
 *
 * - executable memory that is no verified file's, and userfaultfd, which can
 *   fill in the missing pages of one that is		DIGSIG_FLAG_JIT
 * - writing into other programs by ptrace, by what is checked like ptrace
 *   (process_vm_writev, pidfd_getfd), by /proc/PID/mem	DIGSIG_FLAG_DEBUGGER
 * - writing to the disk below verified files, or putting
 *   another one below them				DIGSIG_FLAG_DEBUGGER
 * - passing for another program by prctl		DIGSIG_FLAG_DEBUGGER
 * - and what the flag DIGSIG_FLAG_INTERPRETER adds: reading scripts that do not
 *   verify
 *
 * Who asks is the program of the current task: the file of its mm, which only
 * exec and prctl change, the latter being refused here. What a flag excuses is
 * in policy.c. Kernel threads are not asked.
 *
 * Where a question comes under a spinlock the cache alone answers for the
 * program; what it does not know has no flags, so that an unknown tracer is
 * refused and an unknown target protected.
 */
#include <linux/binfmts.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/init_task.h>
#include <linux/magic.h>
#include <linux/mm_types.h>
#include <linux/prctl.h>
#include <linux/ptrace.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/string.h>

#include "compat.h"
#include "control.h"
#include "policy.h"

/* Marks the files that are opened here, so that they are not asked about. */
static const struct cred *strict_cred;

/**
 * digsig_mm_program() - the file of the program that an mm belongs to
 * @mm: held by the caller
 *
 * Context: Any context, takes RCU.
 * Return: the file with a reference, or NULL.
 */
struct file *digsig_mm_program(struct mm_struct *mm)
{
	struct file *file;

	rcu_read_lock();
	file = cgl_get_file_rcu(&mm->exe_file);
	rcu_read_unlock();
	return file;
}

static struct file *current_program(void)
{
	return current->mm ? digsig_mm_program(current->mm) : NULL;
}

static bool strict_on(void)
{
	return READ_ONCE(digsig_strict) &&
	       READ_ONCE(digsig_mode) != DIGSIG_MODE_OFF &&
	       !(current->flags & PF_KTHREAD) && current->mm;
}

/* The signed flags of a program, as far as the cache knows them. */
static u32 program_flags_known(struct file *program)
{
	struct digsig_verdict v;

	if (!program || !digsig_verdict_cached(digsig_inode(program), &v))
		return 0;
	return v.reason == DIGSIG_REASON_NONE ? v.flags : 0;
}

/* The signed flags of a program; may read it. */
static u32 program_flags(struct file *program)
{
	struct digsig_verdict v;

	if (!program)
		return 0;
	if (!digsig_verdict_cached(digsig_inode(program), &v))
		digsig_verify(program, &v);
	return v.reason == DIGSIG_REASON_NONE ? v.flags : 0;
}

static bool strict_allows(enum digsig_op op, enum digsig_reason reason,
			  u32 flags)
{
	const struct digsig_question question = {
		.op = op,
		.mode = READ_ONCE(digsig_mode),
		.strict = true,
		.reason = reason,
		.flags = flags,
	};

	return digsig_policy_decide(&question) == DIGSIG_ALLOW;
}

/* May sleep. @file is what is reported, or NULL for the program itself. */
static int strict_judge(enum digsig_op op, enum digsig_reason reason,
			struct file *file)
{
	struct file *program = current_program();
	int err = 0;

	if (!strict_allows(op, reason, program_flags(program)))
		err = digsig_refuse_reason(op, reason, file ? file : program);
	if (program)
		fput(program);
	return err;
}

/**
 * digsig_strict_anonymous() - memory becomes executable that is no file's
 * @op: DIGSIG_OP_MMAP, DIGSIG_OP_MPROTECT, DIGSIG_OP_USERFAULT or
 *	DIGSIG_OP_BRK
 *
 * Context: Process context, may be called under mmap_lock. May sleep.
 * Return: 0, or the errno of a refusal that has been reported.
 */
int digsig_strict_anonymous(enum digsig_op op)
{
	if (!strict_on())
		return 0;
	return strict_judge(op, DIGSIG_REASON_ANONYMOUS, NULL);
}

/* ---- opening files ------------------------------------------------------- */

/*
 * /proc/PID/mem and /proc/PID/task/TID/mem, one's own included: the kernel lets
 * a task at itself without asking a hook, and writes to pages that are mapped
 * read-only. No other file of procfs has the name, and none is renamed.
 */
static bool is_proc_mem(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return inode->i_sb->s_magic == PROC_SUPER_MAGIC &&
	       S_ISREG(inode->i_mode) &&
	       !strcmp(file->f_path.dentry->d_name.name, "mem");
}

static enum digsig_reason write_reason(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (is_proc_mem(file))
		return DIGSIG_REASON_PROC_MEM;
	if (S_ISBLK(inode->i_mode) && digsig_disk_below_verified(inode->i_rdev))
		return DIGSIG_REASON_RAW_DISK;
	if (S_ISREG(inode->i_mode) && digsig_file_below_verified(inode))
		return DIGSIG_REASON_RAW_DISK;
	return DIGSIG_REASON_NONE;
}

/*
 * Files that interpreters read and that are worth a look: regular ones with
 * contents. What procfs and its like make up at reading is no script, and
 * opening it once more might have effects. The files that overlayfs opens
 * below itself are asked about as overlay files.
 */
static bool may_be_script(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	switch (inode->i_sb->s_magic) {
	case PROC_SUPER_MAGIC:
	case SYSFS_MAGIC:
	case CGROUP_SUPER_MAGIC:
	case CGROUP2_SUPER_MAGIC:
	case SECURITYFS_MAGIC:
	case DEBUGFS_MAGIC:
	case TRACEFS_MAGIC:
		return false;
	}
	if (file->f_cred == strict_cred || (file->f_flags & __FMODE_EXEC))
		return false;
	if (inode != d_inode(file->f_path.dentry))
		return false;
	return S_ISREG(inode->i_mode) && i_size_read(inode) > 2;
}

static bool looks_like_script(struct file *file)
{
	char start[2];
	loff_t pos = 0;

	if (file_inode(file)->i_mode & 0111)
		return true;
	return kernel_read(file, start, sizeof(start), &pos) == sizeof(start) &&
	       !memcmp(start, "#!", sizeof(start));
}

/*
 * A file is not open yet when its hook is called, so it is opened once more.
 * A file that cannot be opened here cannot be opened by the interpreter either,
 * except by a task with other rights: refused, as if it had not verified.
 */
static int script_verify(struct file *file, struct digsig_verdict *verdict)
{
	struct file *script = dentry_open(&file->f_path, O_RDONLY | O_LARGEFILE,
					  strict_cred);

	memset(verdict, 0, sizeof(*verdict));
	if (IS_ERR(script)) {
		verdict->reason = DIGSIG_REASON_IO;
	} else {
		if (looks_like_script(script))
			digsig_verify(script, verdict);
		fput(script);
	}
	return verdict->reason;
}

static int strict_script(struct file *file)
{
	struct file *program = current_program();
	struct digsig_verdict verdict;
	bool asked;

	asked = !strict_allows(DIGSIG_OP_OPEN_READ, DIGSIG_REASON_SCRIPT,
			       program_flags(program));
	if (program)
		fput(program);
	if (!asked || script_verify(file, &verdict) == DIGSIG_REASON_NONE)
		return 0;
	verdict.reason = DIGSIG_REASON_SCRIPT;
	return digsig_refuse(DIGSIG_OP_OPEN_READ, &verdict, file);
}

/**
 * digsig_strict_open() - a file is being opened
 * @file: the file, not open yet
 *
 * Context: Process context, no locks. May sleep.
 * Return: 0, or the errno of a refusal that has been reported.
 */
int digsig_strict_open(struct file *file)
{
	enum digsig_reason reason;
	int err = 0;

	if (!strict_on())
		return 0;
	if (file->f_mode & FMODE_WRITE) {
		reason = write_reason(file);
		if (reason != DIGSIG_REASON_NONE)
			err = strict_judge(DIGSIG_OP_OPEN_WRITE, reason, file);
	}
	if (!err && (file->f_mode & FMODE_READ) && may_be_script(file))
		err = strict_script(file);
	return err;
}

/**
 * digsig_strict_ioctl() - a device gets a command
 * @file: the device, or any other file
 * @cmd: of ioctl()
 *
 * Context: Process context, no locks. May sleep.
 * Return: 0, or the errno of a refusal that has been reported.
 */
int digsig_strict_ioctl(struct file *file, unsigned int cmd)
{
	if (!strict_on() || !digsig_disk_rearranged(file, cmd))
		return 0;
	return strict_judge(DIGSIG_OP_IOCTL, DIGSIG_REASON_RAW_DISK, file);
}

/* ---- other tasks --------------------------------------------------------- */

/* True if @program is known not to be verified: nothing to protect. */
static bool program_unverified(struct file *program)
{
	struct digsig_verdict v;

	return digsig_verdict_cached(digsig_inode(program), &v) &&
	       v.reason != DIGSIG_REASON_NONE;
}

/* What is reported is the program that is traced. Sleeps on nothing. */
static int strict_trace(struct file *tracer, struct file *target)
{
	if (program_unverified(target) ||
	    strict_allows(DIGSIG_OP_PTRACE, DIGSIG_REASON_PTRACE,
			  program_flags_known(tracer)))
		return 0;
	return digsig_refuse_later(DIGSIG_OP_PTRACE, DIGSIG_REASON_PTRACE,
				   target);
}

/**
 * digsig_strict_ptrace() - a task reaches for another one
 * @child: the other task; its task_lock is held, so its mm stays
 * @mode: PTRACE_MODE_*; only ATTACH lets the caller change anything
 *
 * Called for ptrace itself, process_vm_readv and _writev, pidfd_getfd, and for
 * opening /proc/PID/mem, also for reading. Not called for a task of the
 * caller's own thread group.
 *
 * Context: Atomic.
 * Return: 0, or the errno of a refusal that will be reported.
 */
int digsig_strict_ptrace(struct task_struct *child, unsigned int mode)
{
	struct file *tracer, *target;
	int err = 0;

	if (!(mode & PTRACE_MODE_ATTACH) || !strict_on() || !child->mm)
		return 0;
	target = digsig_mm_program(child->mm);
	if (!target)
		return 0;
	tracer = current_program();
	err = strict_trace(tracer, target);
	if (tracer)
		fput(tracer);
	fput(target);
	return err;
}

/**
 * digsig_strict_traceme() - a task asks its parent to trace it
 * @parent: would-be tracer; its mm cannot be looked at here
 *
 * This is how a debugger starts a program: a fork of the debugger asks, and
 * then executes the program. So it is the asking program that needs the flag;
 * a program that has it does not offer itself to a parent that has not.
 *
 * Context: Atomic, under tasklist_lock with interrupts off.
 * Return: 0, or the errno of a refusal that will be reported.
 */
int digsig_strict_traceme(struct task_struct *parent)
{
	struct file *program;
	int err = 0;

	if (!strict_on())
		return 0;
	program = current_program();
	if (!program)
		return 0;
	err = strict_trace(program, program);
	fput(program);
	return err;
}

/**
 * digsig_strict_prctl() - a task changes what the kernel knows about it
 * @option: of prctl
 * @arg2: of prctl
 *
 * PR_SET_MM_EXE_FILE makes the kernel name another file as the program.
 * PR_SET_MM_MAP can do so in passing, in memory of the caller that another
 * thread may change after it was looked at, so all of it is refused.
 *
 * Context: Process context, no locks. May sleep.
 * Return: 0, or the errno of a refusal that has been reported.
 */
int digsig_strict_prctl(int option, unsigned long arg2)
{
	if (option != PR_SET_MM ||
	    (arg2 != PR_SET_MM_EXE_FILE && arg2 != PR_SET_MM_MAP))
		return 0;
	if (!strict_on())
		return 0;
	return strict_judge(DIGSIG_OP_PRCTL, DIGSIG_REASON_IDENTITY, NULL);
}

/**
 * digsig_strict_init() - get ready for the hooks
 *
 * Context: Process context, before the hooks are attached. May sleep.
 * Return: 0, or -ENOMEM.
 */
int digsig_strict_init(void)
{
	strict_cred = prepare_kernel_cred(&init_task);
	return strict_cred ? 0 : -ENOMEM;
}

/**
 * digsig_strict_exit() - undo digsig_strict_init()
 *
 * Context: Process context, after the hooks are detached.
 */
void digsig_strict_exit(void)
{
	put_cred(strict_cred);
	strict_cred = NULL;
}
