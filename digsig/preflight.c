// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pre-flight: would what runs now be allowed to run?
 *
 * Every executable mapping of a file, in every process, is collected once per
 * inode; so are /sbin/init and its interpreter, which the next boot or a
 * re-exec of init needs. Then each is verified, with no lock held.
 *
 * Before strict mode a process that has executable memory which is not a
 * file's, or is a written-to private copy of a file, has to be of a program
 * with the JIT flag: it would be refused what it is used to.
 *
 * Processes come and go meanwhile. What is mapped while this runs is missed
 * here, and therefore mode.c asks once more after the hooks have begun to
 * refuse. What this is for is that nobody locks himself out; it proves nothing
 * about memory that root has prepared before.
 *
 * Locking: tasks are walked under RCU, taking a reference to each mm; each mm
 * is read under its mmap_lock. Both are released before a file is read.
 */
#include <linux/elf.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/hashtable.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "control.h"

/**
 * struct pf_process - a process to look at
 * @mm: with a reference
 * @pid: thread group in the initial pid namespace
 * @comm: of the thread that has the mm
 */
struct pf_process {
	struct mm_struct *mm;
	u32		pid;
	char		comm[TASK_COMM_LEN];
};

/**
 * struct pf_file - a file to verify
 * @node: in pf_files.hash, by inode
 * @file: with a reference
 * @anonymous: the question is not what the file is, but whether its program
 *	may have executable memory of its own
 * @pid: the first process it was seen in
 * @comm: of that process
 */
struct pf_file {
	struct hlist_node node;
	struct file	*file;
	bool		anonymous;
	u32		pid;
	char		comm[TASK_COMM_LEN];
};

/** struct pf_files - the files to verify, one for each inode */
struct pf_files {
	DECLARE_HASHTABLE(hash, 9);
};

/* ---- processes ----------------------------------------------------------- */

/* The leader of a thread group may have exited before the others. */
static bool pf_process_get(struct pf_process *p, struct task_struct *leader)
{
	struct task_struct *t;

	for_each_thread(leader, t) {
		p->mm = get_task_mm(t);
		if (p->mm) {
			p->pid = task_tgid_nr(t);
			get_task_comm(p->comm, t);
			return true;
		}
	}
	return false;
}

static void pf_processes_put(struct pf_process *list, size_t n)
{
	while (n > 0)
		mmput(list[--n].mm);
}

/*
 * A child is linked at the end of the list of tasks, so a walk that meets no
 * parent any more meets its child. Returns how many there are, or -1 when the
 * list is too short.
 */
static ssize_t pf_processes_get(struct pf_process *list, size_t max)
{
	struct task_struct *leader;
	size_t n = 0;

	rcu_read_lock();
	for_each_process(leader) {
		if (n == max)
			break;
		if (pf_process_get(&list[n], leader))
			n++;
	}
	rcu_read_unlock();
	if (n < max)
		return n;
	pf_processes_put(list, n);
	return -1;
}

static struct pf_process *pf_processes(size_t *count)
{
	struct pf_process *list;
	size_t max;
	ssize_t n;

	for (max = 512; max <= PID_MAX_LIMIT * 2; max *= 2) {
		list = kvmalloc_array(max, sizeof(*list), GFP_KERNEL);
		if (!list)
			return NULL;
		n = pf_processes_get(list, max);
		if (n >= 0) {
			*count = n;
			return list;
		}
		kvfree(list);
	}
	return NULL;
}

/* ---- files --------------------------------------------------------------- */

static bool pf_file_known(struct pf_files *files, struct inode *inode,
			  bool anonymous)
{
	struct pf_file *f;

	hash_for_each_possible(files->hash, f, node, (unsigned long)inode)
		if (digsig_inode(f->file) == inode &&
		    f->anonymous == anonymous)
			return true;
	return false;
}

static int pf_file_add(struct pf_files *files, struct file *file,
		       bool anonymous, const struct pf_process *p)
{
	struct inode *inode = digsig_inode(file);
	struct pf_file *f;

	if (pf_file_known(files, inode, anonymous))
		return 0;
	f = kzalloc(sizeof(*f), GFP_KERNEL);
	if (!f)
		return -ENOMEM;
	f->file = get_file(file);
	f->anonymous = anonymous;
	if (p) {
		f->pid = p->pid;
		memcpy(f->comm, p->comm, sizeof(f->comm));
	}
	hash_add(files->hash, &f->node, (unsigned long)inode);
	return 0;
}

static void pf_files_put(struct pf_files *files)
{
	struct hlist_node *next;
	struct pf_file *f;
	int bucket;

	hash_for_each_safe(files->hash, bucket, next, f, node) {
		fput(f->file);
		kfree(f);
	}
}

static bool pf_vma_has_file(const struct vm_area_struct *vma)
{
	return vma->vm_file && !digsig_file_anonymous(vma->vm_file);
}

/* Executable memory that no file vouches for, such as a JIT compiler's. */
static bool pf_vma_anonymous(struct vm_area_struct *vma)
{
	if (pf_vma_has_file(vma))
		return vma->anon_vma;
	return vma->vm_file || vma_is_anonymous(vma);
}

static int pf_collect_anonymous(struct pf_files *files,
				const struct pf_process *p)
{
	struct file *program = digsig_mm_program(p->mm);
	int err;

	if (!program)
		return 0;
	err = pf_file_add(files, program, true, p);
	fput(program);
	return err;
}

static int pf_collect_mm(struct pf_files *files, const struct pf_process *p,
			 bool strict)
{
	VMA_ITERATOR(vmi, p->mm, 0);
	struct vm_area_struct *vma;
	bool anonymous = false;
	int err = 0;

	if (mmap_read_lock_killable(p->mm))
		return -EINTR;
	for_each_vma(vmi, vma) {
		if (!(vma->vm_flags & VM_EXEC))
			continue;
		if (strict && pf_vma_anonymous(vma))
			anonymous = true;
		if (pf_vma_has_file(vma))
			err = pf_file_add(files, vma->vm_file, false, p);
		if (err)
			break;
	}
	mmap_read_unlock(p->mm);
	if (!err && anonymous)
		err = pf_collect_anonymous(files, p);
	return err;
}

static int pf_collect_processes(struct pf_files *files, bool strict)
{
	struct pf_process *list;
	size_t i, n;
	int err = 0;

	list = pf_processes(&n);
	if (!list)
		return -ENOMEM;
	for (i = 0; i < n && !err; i++) {
		err = pf_collect_mm(files, &list[i], strict);
		cond_resched();
	}
	pf_processes_put(list, n);
	kvfree(list);
	return err;
}

/* ---- init ---------------------------------------------------------------- */

/* Where the path of the interpreter is, in an ELF file whose start is @buf. */
static bool pf_elf_interp(const void *buf, size_t len, loff_t *pos,
			  size_t *size)
{
	const struct elf64_hdr *e64 = buf;
	const struct elf32_hdr *e32 = buf;
	bool is64 = e64->e_ident[EI_CLASS] == ELFCLASS64;
	size_t entry = is64 ? sizeof(struct elf64_phdr)
			    : sizeof(struct elf32_phdr);
	u64 off = is64 ? e64->e_phoff : e32->e_phoff;
	u16 i, n = is64 ? e64->e_phnum : e32->e_phnum;

	for (i = 0; i < n; i++, off += entry) {
		struct elf64_phdr p64;
		struct elf32_phdr p32;

		if (off > len || entry > len - off)
			return false;
		memcpy(&p64, buf + off, is64 ? sizeof(p64) : 0);
		memcpy(&p32, buf + off, is64 ? 0 : sizeof(p32));
		if ((is64 ? p64.p_type : p32.p_type) != PT_INTERP)
			continue;
		*pos = is64 ? p64.p_offset : p32.p_offset;
		*size = is64 ? p64.p_filesz : p32.p_filesz;
		return *pos >= 0 && *size > 1 && *size <= PATH_MAX;
	}
	return false;
}

/* Makes @buf, the first @len bytes of @file, the path of its interpreter. */
static bool pf_interpreter(struct file *file, char *buf, size_t len)
{
	size_t size;
	loff_t pos;

	if (len > sizeof(struct elf64_hdr) && !memcmp(buf, ELFMAG, SELFMAG)) {
		if (!pf_elf_interp(buf, len, &pos, &size) ||
		    kernel_read(file, buf, size, &pos) != size)
			return false;
		buf[size - 1] = '\0';
		return true;
	}
	if (len > 2 && !memcmp(buf, "#!", 2)) {
		size_t start = 2 + strspn(buf + 2, " \t");

		size = strcspn(buf + start, " \t\n");
		memmove(buf, buf + start, size);
		buf[size] = '\0';
		return size > 0;
	}
	return false;
}

/* A machine without the file is not kept from enforcing for that. */
static int pf_collect_path(struct pf_files *files, const char *path, char *buf)
{
	struct file *file = filp_open(path, O_RDONLY | O_LARGEFILE, 0);
	loff_t pos = 0;
	ssize_t len;
	int err;

	buf[0] = '\0';
	if (IS_ERR(file))
		return 0;
	err = pf_file_add(files, file, false, NULL);
	if (!err && S_ISREG(file_inode(file)->i_mode)) {
		len = kernel_read(file, buf, PATH_MAX, &pos);
		buf[max_t(ssize_t, len, 0)] = '\0';
		if (len <= 0 || !pf_interpreter(file, buf, len))
			buf[0] = '\0';
	}
	fput(file);
	return err;
}

static int pf_collect_init(struct pf_files *files)
{
	char *path, *interp;
	int err = -ENOMEM;

	path = kmalloc(PATH_MAX + 1, GFP_KERNEL);
	interp = kmalloc(PATH_MAX + 1, GFP_KERNEL);
	if (path && interp)
		err = pf_collect_path(files, "/sbin/init", path);
	/* A script's interpreter is a program, which has an interpreter. */
	if (!err && path[0])
		err = pf_collect_path(files, path, interp);
	if (!err && path[0] && interp[0])
		err = pf_collect_path(files, interp, path);
	kfree(interp);
	kfree(path);
	return err;
}

/* ---- judging ------------------------------------------------------------- */

static void pf_list(struct digsig_preflight *pf, const struct pf_file *f,
		    const struct digsig_event *ev)
{
	struct digsig_failure *failure;

	pf->total++;
	if (pf->listed == DIGSIG_PREFLIGHT_LISTED)
		return;
	failure = &pf->failures[pf->listed++];
	failure->verdict = ev->verdict;
	failure->pid = f->pid;
	memcpy(failure->comm, f->comm, sizeof(failure->comm));
	failure->path = kstrdup(ev->path, GFP_KERNEL);
}

/* The list of denied files has what does not fit into the answer. */
static void pf_fail(struct digsig_preflight *pf, struct pf_file *f,
		    const struct digsig_verdict *verdict, char *buf)
{
	struct digsig_event ev;

	digsig_event_fill(&ev, DIGSIG_OP_PREFLIGHT, verdict);
	ev.denied = false;
	if (f->pid) {
		ev.pid = f->pid;
		memcpy(ev.comm, f->comm, sizeof(ev.comm));
	}
	ev.path = digsig_path(f->file, buf);
	digsig_denied_record(&ev);
	pf_list(pf, f, &ev);
}

static u32 pf_judge(const struct pf_file *f, struct digsig_verdict *verdict)
{
	digsig_verify(f->file, verdict);
	if (f->anonymous) {
		bool jit = verdict->reason == DIGSIG_REASON_NONE &&
			   (verdict->flags & DIGSIG_FLAG_JIT);

		verdict->reason = jit ? DIGSIG_REASON_NONE
				      : DIGSIG_REASON_ANONYMOUS;
	}
	return verdict->reason;
}

static int pf_judge_all(struct digsig_preflight *pf, struct pf_files *files)
{
	struct digsig_verdict verdict;
	struct pf_file *f;
	char *buf;
	int bucket;

	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!buf)
		return -ENOMEM;
	hash_for_each(files->hash, bucket, f, node) {
		if (fatal_signal_pending(current)) {
			kfree(buf);
			return -EINTR;
		}
		if (pf_judge(f, &verdict) != DIGSIG_REASON_NONE)
			pf_fail(pf, f, &verdict, buf);
	}
	kfree(buf);
	return pf->total ? -EKEYREJECTED : 0;
}

/**
 * digsig_preflight_run() - verify what runs now
 * @pf: emptied, then filled with what failed
 * @strict: ask what strict mode would refuse as well
 *
 * Costs one verification for each file that is mapped executable anywhere and
 * whose verdict is not known.
 *
 * Context: Process context, no locks of a file or an mm. Sleeps for long.
 * Return: 0 if everything verifies, or a negative error.
 *
 * * -EKEYREJECTED - @pf has what does not verify
 * * -ENOMEM, -EINTR - it could not be found out
 */
int digsig_preflight_run(struct digsig_preflight *pf, bool strict)
{
	struct pf_files *files;
	int err;

	digsig_preflight_reset(pf);
	files = kmalloc(sizeof(*files), GFP_KERNEL);
	if (!files)
		return -ENOMEM;
	hash_init(files->hash);

	err = pf_collect_init(files);
	if (!err)
		err = pf_collect_processes(files, strict);
	if (!err)
		err = pf_judge_all(pf, files);
	pf_files_put(files);
	kfree(files);
	return err;
}

/**
 * digsig_preflight_reset() - forget what failed
 * @pf: emptied
 *
 * Context: Any.
 */
void digsig_preflight_reset(struct digsig_preflight *pf)
{
	u32 i;

	for (i = 0; i < pf->listed; i++)
		kfree(pf->failures[i].path);
	pf->total = 0;
	pf->listed = 0;
}
