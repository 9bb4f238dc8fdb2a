// SPDX-License-Identifier: GPL-2.0-only
/*
 * The LSM hooks: what is asked, and of whom.
 *
 * Three hooks ask whether a file may run: exec, mapping it executable, and
 * making a mapping executable. Their way for a verified file is short: a look
 * into the cache, and out. All else goes through file_check(), which may read
 * the file.
 *
 * Four hooks keep the cache true: a file is opened for writing, truncated,
 * unlinked, its inode is freed. They work in every mode, off included, because
 * entries outlive a change of the mode.
 *
 * What strict mode adds to these is in strict.c; its own hooks, strict_hooks.c has.
 *
 * A hook sleeps only between lsmhook_enter() and lsmhook_exit(): unloading waits
 * for those.
 */
#include <linux/binfmts.h>
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/signal.h>

#include "cache.h"
#include "compat.h"
#include "digsig.h"
#include "engine.h"
#include "lsmhook.h"

static struct lsmhook_set digsig_hooks;

static __always_inline bool mode_off(void)
{
	return READ_ONCE(digsig_mode) == DIGSIG_MODE_OFF;
}

/* ---- may it run? ------------------------------------------------------------- */

/* Judge a file, and report it if it is refused. May sleep. */
static int file_check(enum digsig_op op, struct file *file)
{
	struct digsig_verdict verdict;

	digsig_stat_add(DIGSIG_ST_CHECKS, 1);
	digsig_verify(file, &verdict);
	if (verdict.reason == DIGSIG_REASON_NONE)
		return 0;
	if (fatal_signal_pending(current))
		return -EINTR;
	return digsig_refuse(op, &verdict, file);
}

static __always_inline bool file_known_good(const struct file *file)
{
	if (!digsig_cache_verified(file_inode(file)))
		return false;
	digsig_stat_add(DIGSIG_ST_CHECKS, 1);
	return true;
}

static noinline int exec_check(struct file *file)
{
	int err;

	lsmhook_enter(&digsig_hooks);
	err = file_check(DIGSIG_OP_EXEC, file);
	lsmhook_exit(&digsig_hooks);
	return err;
}

/*
 * Called for the file that is executed, and again for each interpreter: a
 * script has to be verified as well as its shell. ld.so is mapped, and passes
 * through mmap_file.
 */
static int digsig_bprm_check_security(struct linux_binprm *bprm)
{
	if (mode_off() || file_known_good(bprm->file))
		return 0;
	return exec_check(bprm->file);
}

/*
 * A private mapping that is writable and executable holds the file's contents
 * for as long as nobody writes to it: strict mode takes it for anonymous memory,
 * besides the file being verified.
 */
static bool mapping_alterable(unsigned long prot, bool shared)
{
	return (prot & PROT_WRITE) && !shared;
}

static int mapping_check(enum digsig_op op, struct file *file, bool altered)
{
	int err;

	if (!file || digsig_file_anonymous(file))
		return digsig_strict_anonymous(op);
	err = file_check(op, file);
	if (!err && altered)
		err = digsig_strict_anonymous(op);
	return err;
}

static noinline int mmap_check(struct file *file, unsigned long prot,
			       unsigned long flags)
{
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
	int err;

	lsmhook_enter(&digsig_hooks);
	err = mapping_check(DIGSIG_OP_MMAP, file,
			    mapping_alterable(prot, shared));
	lsmhook_exit(&digsig_hooks);
	return err;
}

/*
 * @prot is what the mapping will have; @reqprot is what was asked for, without
 * what the personality READ_IMPLIES_EXEC adds.
 */
static int digsig_mmap_file(struct file *file, unsigned long reqprot,
			    unsigned long prot, unsigned long flags)
{
	if (likely(!(prot & PROT_EXEC)) || mode_off())
		return 0;
	if (file && !(prot & PROT_WRITE) && file_known_good(file))
		return 0;
	return mmap_check(file, prot, flags);
}

static noinline int mprotect_check(struct vm_area_struct *vma,
				   unsigned long prot)
{
	struct file *file = vma_is_anonymous(vma) ? NULL : vma->vm_file;
	bool shared = vma->vm_flags & VM_SHARED;
	int err;

	lsmhook_enter(&digsig_hooks);
	/* Pages of a private mapping that were written to are in anon_vma. */
	err = mapping_check(DIGSIG_OP_MPROTECT, file, vma->anon_vma ||
			    mapping_alterable(prot, shared));
	lsmhook_exit(&digsig_hooks);
	return err;
}

/* Called under mmap_lock, held for writing. */
static int digsig_file_mprotect(struct vm_area_struct *vma,
				unsigned long reqprot, unsigned long prot)
{
	bool adds_exec = !(vma->vm_flags & VM_EXEC);
	bool adds_write = (prot & PROT_WRITE) && !(vma->vm_flags & VM_WRITE);

	if (!(prot & PROT_EXEC) || mode_off())
		return 0;
	if (!adds_exec && !adds_write)
		return 0;
	return mprotect_check(vma, prot);
}

/* ---- may it change? ------------------------------------------------------------ */

/*
 * Someone is about to write to a file, and i_writecount is raised already.
 * Only files that are known to be verified turn writers away.
 */
static bool file_guarded(const struct inode *inode)
{
	bool verified = digsig_cache_spoil(inode);

	return verified && !mode_off();
}

static int write_check(enum digsig_op op, struct inode *inode,
		       struct file *file)
{
	int err = 0;

	if (!S_ISREG(inode->i_mode) || !file_guarded(inode))
		return 0;
	lsmhook_enter(&digsig_hooks);
	if (digsig_writers_stopped(inode))
		err = digsig_refuse_reason(op, DIGSIG_REASON_BUSY, file);
	lsmhook_exit(&digsig_hooks);
	return err;
}

static noinline int strict_open(struct file *file)
{
	int err;

	lsmhook_enter(&digsig_hooks);
	err = digsig_strict_open(file);
	lsmhook_exit(&digsig_hooks);
	return err;
}

/*
 * overlayfs opens the real file below it, which comes here too: that is where
 * the writer of an overlay file is stopped, and the copy-up is past by then.
 */
static int digsig_file_open(struct file *file)
{
	int err = 0;

	if (file->f_mode & FMODE_WRITE)
		err = write_check(DIGSIG_OP_OPEN_WRITE, file_inode(file), file);
	if (!err && unlikely(READ_ONCE(digsig_strict)))
		err = strict_open(file);
	return err;
}

/*
 * truncate() opens nothing. On overlayfs the real file is not asked about
 * again, so it is looked up here.
 */
static int digsig_path_truncate(const struct path *path)
{
	return write_check(DIGSIG_OP_TRUNCATE, d_real_inode(path->dentry),
			   NULL);
}

#ifdef CGL_LSM_FILE_TRUNCATE
/* O_TRUNC does not take a descriptor that is open for writing. */
static int digsig_file_truncate(struct file *file)
{
	if (file->f_mode & FMODE_WRITE)
		return 0;
	return digsig_path_truncate(&file->f_path);
}
#endif

/*
 * The contents of an unlinked file do not change, but what can only be reached
 * by those who have it open is not worth an answer that lasts.
 */
static int digsig_inode_unlink(struct inode *dir, struct dentry *dentry)
{
	const struct inode *inode = d_backing_inode(dentry);

	if (inode->i_nlink <= 1)
		digsig_cache_spoil(inode);
	return 0;
}

static void digsig_inode_free_security(struct inode *inode)
{
	digsig_cache_forget(inode);
}

/* ---- load and unload --------------------------------------------------------------- */

/* What keeps the cache true comes before what fills it. */
static const struct lsmhook hooks[] = {
	LSMHOOK_PROBE(inode_free_security, digsig_inode_free_security,
		      lsmhook_probe_inode_free_security),
	LSMHOOK_PROBE(file_open, digsig_file_open, lsmhook_probe_file_open),
	LSMHOOK_PROBE(path_truncate, digsig_path_truncate,
		      lsmhook_probe_path_truncate),
#ifdef CGL_LSM_FILE_TRUNCATE
	LSMHOOK(file_truncate, digsig_file_truncate),
#endif
	LSMHOOK(inode_unlink, digsig_inode_unlink),
	LSMHOOK(bprm_check_security, digsig_bprm_check_security),
	LSMHOOK_PROBE(mmap_file, digsig_mmap_file, lsmhook_probe_mmap_file),
	LSMHOOK(file_mprotect, digsig_file_mprotect),
};

static struct lsmhook_set digsig_hooks = LSMHOOK_SET("digsig", hooks);

/**
 * digsig_hooks_init() - have the kernel ask
 *
 * Context: Process context, at load, when all that is asked is ready. May sleep.
 * Return: 0, or a negative error of lsmhook_attach(); nothing is attached then.
 */
int digsig_hooks_init(void)
{
	return lsmhook_attach(&digsig_hooks, LSMHOOK_ANY);
}

/**
 * digsig_hooks_exit() - have the kernel ask no more
 *
 * When it returns no task is inside a hook.
 *
 * Context: Process context, at unload. May sleep.
 */
void digsig_hooks_exit(void)
{
	lsmhook_detach(&digsig_hooks);
}
