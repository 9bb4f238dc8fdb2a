// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways to get code to run that nobody signed, one function each.
 *
 * usage: vectors DIR [NAME...]
 *
 * Each vector is tried in a process of its own and printed as one line
 *
 *	NAME ran | blocked ERRNO | broken REASON
 *
 * "ran": instructions that are not in a signed file were executed. "blocked":
 * the system refused on the way, with that error. "broken": the vector could
 * not be tried here, which is never a success of the defence. What is expected
 * in which mode is written in attacks.sh, which runs this program; here is only
 * the attack. A vector whose name begins with "ok-" is the allowed twin: the
 * same way, gone with a signed file, where "ran" is what must come out.
 *
 * DIR holds what tests/digsig/mkvectors prepared: prog (exits with 42), flat
 * (machine code that returns 42, at offset 0), lib.so, script; each as NAME and
 * as signed/NAME.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vectors.h"

static const char *dir;

const unsigned char code_answer[] = { 0xb8, ANSWER, 0, 0, 0, 0xc3 };
const unsigned char code_changed[] = { 0xb8, CHANGED, 0, 0, 0, 0xc3 };

int blocked(int err)
{
	printf("blocked %s\n", strerrorname_np(err) ?: "?");
	return BLOCKED;
}

int broken(const char *what)
{
	printf("broken %s: %s\n", what, strerror(errno));
	return BROKEN;
}

int ran(bool did)
{
	if (!did) {
		printf("broken other code ran\n");
		return BROKEN;
	}
	printf("ran\n");
	return RAN;
}

const char *path(const char *name)
{
	static char buf[4][PATH_MAX];
	static unsigned int next;
	char *p = buf[next++ % 4];

	snprintf(p, PATH_MAX, "%s/%s", dir, name);
	return p;
}

int call(const void *code)
{
	return ((int (*)(void))(uintptr_t)code)();
}

int copy_file(const char *from, const char *to, mode_t mode)
{
	char buf[65536];
	ssize_t n;
	int in, out;

	in = open(from, O_RDONLY | O_CLOEXEC);
	unlink(to);
	out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	if (in < 0 || out < 0)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(out, buf, n) != n)
			return -1;
	close(in);
	close(out);
	return n < 0 ? -1 : 0;
}

/* Runs argv in a child: its exit status, or -errno of the exec that failed. */
static int run(const char *file, char *const argv[], char *const envp[])
{
	int channel[2], err = 0, status;
	pid_t pid;

	if (pipe2(channel, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid == 0) {
		dup2(open("/dev/null", O_WRONLY), 2);
		execve(file, argv, envp);
		err = errno;
		if (write(channel[1], &err, sizeof(err)) < 0)
			_exit(1);
		_exit(0);
	}
	close(channel[1]);
	if (read(channel[0], &err, sizeof(err)) < 0)
		err = errno;
	close(channel[0]);
	waitpid(pid, &status, 0);
	if (err)
		return -err;
	if (WIFSIGNALED(status))
		return 256 + WTERMSIG(status);
	return WEXITSTATUS(status);
}

/* The program ran if it gave the answer; a refusal by its loader is a refusal. */
static int exec_outcome(int result)
{
	if (result == ANSWER)
		return ran(true);
	if (result < 0)
		return blocked(-result);
	if (result == 127 || result == 126)
		return blocked(EACCES);
	if (result == 256 + SIGKILL || result == 256 + SIGSEGV)
		return blocked(EPERM);
	printf("broken exit status %d\n", result);
	return BROKEN;
}

static int exec_path(const char *file)
{
	char *argv[] = { (char *)file, NULL };

	return exec_outcome(run(file, argv, environ));
}

/* ---- files that are executed ------------------------------------------------- */

static int exec_unsigned(void) { return exec_path(path("prog")); }
static int ok_exec(void) { return exec_path(path("signed/prog")); }

/* Its text says 43 where the signed one says 42. */
static int exec_tampered(void)
{
	char *argv[] = { "tampered", NULL };
	int result = run(path("tampered"), argv, environ);

	return result == CHANGED ? ran(true) : exec_outcome(result);
}

static int exec_appended(void) { return exec_path(path("appended")); }
static int exec_truncated(void) { return exec_path(path("truncated")); }
static int exec_moved(void) { return exec_path(path("moved")); }
static int exec_foreign(void) { return exec_path(path("foreign")); }
static int exec_script(void) { return exec_path(path("script")); }
static int ok_exec_script(void) { return exec_path(path("signed/script")); }

static int loader(const char *file)
{
	char *argv[] = { "ld.so", (char *)file, NULL };

	return exec_outcome(run("/lib64/ld-linux-x86-64.so.2", argv, environ));
}

static int ldso_unsigned(void) { return loader(path("prog")); }
static int ok_ldso(void) { return loader(path("signed/prog")); }

static int interpret(const char *interpreter, const char *script)
{
	char *argv[] = { (char *)interpreter, (char *)script, NULL };

	return exec_outcome(run(interpreter, argv, environ));
}

static int interpreter_script(void)
{
	return interpret("/bin/bash", path("script"));
}

static int flagged_interpreter(void)
{
	return interpret(path("signed/interpreter"), path("script"));
}

static int ok_flagged_interpreter(void)
{
	return interpret(path("signed/interpreter"), path("signed/script"));
}

static int preload(const char *lib)
{
	char variable[PATH_MAX + 16];
	char *envp[] = { variable, NULL };
	char *argv[] = { "preloaded", NULL };
	int rc;

	snprintf(variable, sizeof(variable), "LD_PRELOAD=%s", lib);
	/* The loader says so and goes on without it: then the exit status is 1. */
	rc = run(path("signed/preloaded"), argv, envp);
	return rc == 1 ? blocked(EPERM) : exec_outcome(rc);
}

static int ld_preload(void) { return preload(path("lib.so")); }
static int ok_ld_preload(void) { return preload(path("signed/lib.so")); }

static int load(const char *lib)
{
	int (*answer)(void);
	void *handle;

	handle = dlopen(lib, RTLD_NOW);
	if (!handle)
		return blocked(errno ?: EPERM);
	answer = (int (*)(void))(uintptr_t)dlsym(handle, "answer");
	return ran(answer && answer() == ANSWER);
}

static int dlopen_unsigned(void) { return load(path("lib.so")); }
static int ok_dlopen(void) { return load(path("signed/lib.so")); }

static int execveat_fd(void)
{
	char *argv[] = { "prog", NULL };
	int fd = open(path("prog"), O_PATH | O_CLOEXEC);

	if (fd < 0)
		return broken("open");
	if (fork() == 0) {
		syscall(SYS_execveat, fd, "", argv, environ, AT_EMPTY_PATH);
		_exit(errno);
	}
	int status;

	wait(&status);
	if (WEXITSTATUS(status) == ANSWER)
		return ran(true);
	return blocked(WEXITSTATUS(status));
}

static int from_tmpfs(const char *prog)
{
	char file[] = "/run/vectors-XXXXXX";
	int rc;

	close(mkstemp(file));
	if (copy_file(prog, file, 0755))
		return broken("copy");
	rc = exec_path(file);
	unlink(file);
	return rc;
}

static int tmpfs_exec(void) { return from_tmpfs(path("prog")); }
static int ok_tmpfs_exec(void) { return from_tmpfs(path("signed/prog")); }

static int from_tmpfile(void)
{
	char link[64];
	char *argv[] = { "prog", NULL };
	char buf[1 << 20];
	ssize_t n;
	int in, out, ro, rc;

	in = open(path("prog"), O_RDONLY);
	out = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0755);
	if (in < 0 || out < 0)
		return broken("O_TMPFILE");
	n = read(in, buf, sizeof(buf));
	if (write(out, buf, n) != n)
		return broken("write");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", out);
	ro = open(link, O_RDONLY);
	close(out);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", ro);
	rc = run(link, argv, environ);
	return exec_outcome(rc);
}

/* ---- memory files ---------------------------------------------------------------- */

static int memfd_of(const char *file, unsigned int flags)
{
	char buf[65536];
	ssize_t n;
	int in, fd;

	in = open(file, O_RDONLY | O_CLOEXEC);
	fd = memfd_create("vector", flags);
	if (in < 0 || fd < 0)
		return -1;
	while ((n = read(in, buf, sizeof(buf))) > 0)
		if (write(fd, buf, n) != n)
			return -1;
	close(in);
	return fd;
}

#define SEALS (F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL)

/* A memory file can be written to by whoever has it, unless it is sealed. */
static int memfd_run(const char *file, int seals)
{
	char *argv[] = { "prog", NULL };
	int fd = memfd_of(file, MFD_ALLOW_SEALING), ro;
	char link[64];

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, seals))
		return broken("memfd");
	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	ro = open(link, O_RDONLY);
	close(fd);
	snprintf(link, sizeof(link), "/proc/self/fd/%d", ro);
	return exec_outcome(run(link, argv, environ));
}

static int memfd_exec(void) { return memfd_run(path("prog"), SEALS); }
static int memfd_unsealed(void) { return memfd_run(path("signed/prog"), 0); }
static int ok_memfd_exec(void) { return memfd_run(path("signed/prog"), SEALS); }

static int map_and_call(int fd, int flags)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, flags, fd, 0);

	if (p == MAP_FAILED)
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

static int memfd_mmap(void)
{
	int fd = memfd_of(path("flat"), 0);

	return fd < 0 ? broken("memfd") : map_and_call(fd, MAP_PRIVATE);
}

static int ok_memfd_sealed(void)
{
	int fd = memfd_of(path("signed/flat"), MFD_ALLOW_SEALING);

	if (fd < 0 || fcntl(fd, F_ADD_SEALS, SEALS))
		return broken("seal");
	return map_and_call(fd, MAP_PRIVATE);
}

/* Two views of one memory file, one to write and one to run: how JITs do it. */
static int memfd_two_views(void)
{
	int fd = memfd_create("vector", 0);
	void *w, *x;

	if (fd < 0 || ftruncate(fd, PAGE))
		return broken("memfd");
	x = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	if (x == MAP_FAILED)
		return blocked(errno);
	w = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (w == MAP_FAILED)
		return blocked(errno);
	memcpy(w, code_answer, sizeof(code_answer));
	return ran(call(x) == ANSWER);
}

/* ---- files that are mapped -------------------------------------------------------- */

static int map_file(const char *file, int flags)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? broken("open") : map_and_call(fd, flags);
}

static int mmap_exec(void) { return map_file(path("flat"), MAP_PRIVATE); }
static int mmap_exec_shared(void) { return map_file(path("flat"), MAP_SHARED); }
static int ok_mmap_exec(void) { return map_file(path("signed/flat"), MAP_PRIVATE); }

static int protect_file(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);
	void *p;

	if (fd < 0)
		return broken("open");
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return broken("mmap");
	if (mprotect(p, PAGE, PROT_READ | PROT_EXEC))
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

static int mprotect_exec(void) { return protect_file(path("flat")); }
static int ok_mprotect_exec(void) { return protect_file(path("signed/flat")); }

/* Old programs ask for PROT_READ and get PROT_EXEC with it. */
static int implied_exec(void)
{
	int fd = open(path("flat"), O_RDONLY | O_CLOEXEC);
	void *p;

	if (fd < 0 || personality(READ_IMPLIES_EXEC) < 0)
		return broken("personality");
	p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

/* Private pages of a signed file, changed, then made executable again. */
static int cow_then_exec(void)
{
	int fd = open(path("signed/flat"), O_RDONLY | O_CLOEXEC);
	void *p;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (p == MAP_FAILED)
		return broken("mmap");
	memcpy(p, code_changed, sizeof(code_changed));
	if (mprotect(p, PAGE, PROT_READ | PROT_EXEC))
		return blocked(errno);
	return ran(call(p) == CHANGED);
}

/* Writable and executable at once, on a signed file. */
static int cow_rwx(void)
{
	int fd = open(path("signed/flat"), O_RDONLY | O_CLOEXEC);
	void *p;

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE,
		 fd, 0);
	if (p == MAP_FAILED)
		return blocked(errno);
	memcpy(p, code_changed, sizeof(code_changed));
	return ran(call(p) == CHANGED);
}

#ifndef SYS_uselib
#define SYS_uselib 134
#endif
static int uselib_unsigned(void)
{
	if (syscall(SYS_uselib, path("prog")))
		return blocked(errno);
	return ran(true);
}

/* ---- anonymous memory ------------------------------------------------------------ */

static int anonymous(int first, int then)
{
	void *p = mmap(NULL, PAGE, first, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return blocked(errno);
	memcpy(p, code_answer, sizeof(code_answer));
	if (then && mprotect(p, PAGE, then))
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

static int anon_mprotect(void)
{
	return anonymous(PROT_READ | PROT_WRITE, PROT_READ | PROT_EXEC);
}

static int anon_rwx(void)
{
	return anonymous(PROT_READ | PROT_WRITE | PROT_EXEC, 0);
}

static int stack_exec(void)
{
	unsigned char page[2 * PAGE];
	unsigned char *p = (void *)(((uintptr_t)page + PAGE - 1) & -PAGE);

	memcpy(p, code_answer, sizeof(code_answer));
	if (mprotect(p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

static int heap_exec(void)
{
	unsigned char *p = aligned_alloc(PAGE, PAGE);

	memcpy(p, code_answer, sizeof(code_answer));
	if (mprotect(p, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC))
		return blocked(errno);
	return ran(call(p) == ANSWER);
}

static int dev_zero_exec(void)
{
	int fd = open("/dev/zero", O_RDWR);
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
		       MAP_PRIVATE, fd, 0);

	if (p == MAP_FAILED)
		return blocked(errno);
	memcpy(p, code_answer, sizeof(code_answer));
	return ran(call(p) == ANSWER);
}

static int shm_exec(void)
{
	int id = shmget(IPC_PRIVATE, PAGE, IPC_CREAT | 0700);
	void *p;

	if (id < 0)
		return broken("shmget");
	p = shmat(id, NULL, SHM_EXEC);
	shmctl(id, IPC_RMID, NULL);
	if (p == (void *)-1)
		return blocked(errno);
	memcpy(p, code_answer, sizeof(code_answer));
	return ran(call(p) == ANSWER);
}

/* ---- other roads ------------------------------------------------------------------ */

/* A signed program shown through an overlay whose upper layer changes it. */
static int overlay_changed(void)
{
	char base[] = "/run/vectors-XXXXXX", opts[4 * PATH_MAX], file[PATH_MAX];
	char *argv[] = { "prog", NULL };
	int fd, rc;

	if (unshare(CLONE_NEWNS) || !mkdtemp(base) ||
	    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("t", base, "tmpfs", 0, NULL) || chdir(base) ||
	    mkdir("u", 0755) || mkdir("w", 0755) || mkdir("m", 0755))
		return broken("mount");
	snprintf(opts, sizeof(opts), "lowerdir=%s/signed,upperdir=u,workdir=w", dir);
	if (mount("o", "m", "overlay", 0, opts))
		return broken("overlay");
	snprintf(file, sizeof(file), "%s/m/prog", base);
	if (run(file, argv, environ) != ANSWER)
		return broken("signed program on overlay");
	fd = open(file, O_RDWR);
	if (fd < 0 || pwrite(fd, "x", 1, 200) != 1)
		return broken("change");
	close(fd);
	rc = exec_path(file);
	umount2("m", MNT_DETACH);
	return rc;
}

static int loop_image(void)
{
	return exec_path(path("mnt/prog"));
}

/* The kernel starts the handler of a core dump by itself. */
static int core_handler(void)
{
	char pattern[PATH_MAX + 8], old[256] = "", mark[PATH_MAX];
	ssize_t n;
	int fd, i;

	snprintf(mark, sizeof(mark), "%s", path("core-handler-ran"));
	unlink(mark);
	fd = open("/proc/sys/kernel/core_pattern", O_RDWR);
	n = read(fd, old, sizeof(old) - 1);
	if (fd < 0 || n < 0)
		return broken("core_pattern");
	snprintf(pattern, sizeof(pattern), "|%s", path("core-handler"));
	if (pwrite(fd, pattern, strlen(pattern), 0) < 0)
		return broken("core_pattern");
	if (fork() == 0) {
		prctl(PR_SET_DUMPABLE, 1);
		abort();
	}
	wait(NULL);
	for (i = 0; i < 50 && access(mark, F_OK); i++)
		usleep(20000);
	n = pwrite(fd, old, n, 0);
	return access(mark, F_OK) ? blocked(EPERM) : ran(true);
}

static int userns_exec(void)
{
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return broken("unshare");
	return exec_unsigned();
}

static int i386_exec(void) { return exec_path(path("prog32")); }
static int ok_i386_exec(void) { return exec_path(path("signed/prog32")); }

static const struct vector {
	const char *name;
	int (*try)(void);
} vectors[] = {
	{ "exec-unsigned", exec_unsigned },
	{ "ldso-unsigned", ldso_unsigned },
	{ "mmap-exec", mmap_exec },
	{ "mprotect-exec", mprotect_exec },
	{ "anon-mprotect", anon_mprotect },
	{ "anon-rwx", anon_rwx },
	{ "memfd-exec", memfd_exec },
	{ "memfd-mmap", memfd_mmap },
	{ "tmpfs-exec", tmpfs_exec },
	{ "exec-script", exec_script },
	{ "interpreter-script", interpreter_script },
	{ "write-mapped", write_mapped },
	{ "shared-writer-first", shared_writer_first },
	{ "ptrace-poke", ptrace_poke },
	{ "proc-self-mem", proc_self_mem },
	{ "raw-disk", raw_disk },

	{ "exec-tampered", exec_tampered },
	{ "exec-appended", exec_appended },
	{ "exec-truncated", exec_truncated },
	{ "exec-moved-signature", exec_moved },
	{ "exec-foreign-key", exec_foreign },
	{ "execveat-fd", execveat_fd },
	{ "tmpfile-exec", from_tmpfile },
	{ "ld-preload", ld_preload },
	{ "dlopen", dlopen_unsigned },
	{ "uselib", uselib_unsigned },
	{ "i386-exec", i386_exec },
	{ "userns-exec", userns_exec },
	{ "mmap-exec-shared", mmap_exec_shared },
	{ "read-implies-exec", implied_exec },
	{ "memfd-unsealed", memfd_unsealed },
	{ "memfd-two-views", memfd_two_views },
	{ "cow-then-exec", cow_then_exec },
	{ "cow-rwx", cow_rwx },
	{ "stack-exec", stack_exec },
	{ "heap-exec", heap_exec },
	{ "dev-zero-exec", dev_zero_exec },
	{ "shm-exec", shm_exec },
	{ "truncate-mapped", truncate_mapped },
	{ "write-unmapped", write_unmapped },
	{ "writer-first", writer_first },
	{ "writer-race", writer_race },
	{ "proc-task-mem", proc_task_mem },
	{ "proc-pid-mem", proc_pid_mem },
	{ "process-vm-write", process_vm_write },
	{ "ptrace-seize", ptrace_seize },
	{ "ptrace-traceme", ptrace_traceme },
	{ "overlay-changed", overlay_changed },
	{ "loop-image", loop_image },
	{ "core-handler", core_handler },
	{ "flagged-interpreter", flagged_interpreter },
	{ "tail-bytes", tail_bytes },
	{ "tail-bytes-tmpfs", tail_bytes_tmpfs },
	{ "pinned-page", pinned_page },
	{ "open-truncate", open_truncate },
	{ "userfault-copy", userfault_copy },
	{ "brk-implied-exec", brk_implied_exec },
	{ "partition-over-disk", partition_over_disk },
	{ "loop-backing-file", loop_backing_file },
	{ "mapped-twice", mapped_twice },

	{ "ok-exec", ok_exec },
	{ "ok-ldso", ok_ldso },
	{ "ok-mmap-exec", ok_mmap_exec },
	{ "ok-mprotect-exec", ok_mprotect_exec },
	{ "ok-memfd-exec", ok_memfd_exec },
	{ "ok-memfd-sealed", ok_memfd_sealed },
	{ "ok-tmpfs-exec", ok_tmpfs_exec },
	{ "ok-exec-script", ok_exec_script },
	{ "ok-ld-preload", ok_ld_preload },
	{ "ok-dlopen", ok_dlopen },
	{ "ok-rename-over", ok_rename_over },
	{ "ok-i386-exec", ok_i386_exec },
	{ "ok-flagged-interpreter", ok_flagged_interpreter },
	{ "ok-tail-zero", ok_tail_zero },
	{ "ok-pin-gone", ok_pin_gone },
};

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 2; i < argc; i++)
		if (!strcmp(name, argv[i]))
			return true;
	return argc == 2;
}

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 2) {
		fprintf(stderr, "usage: %s DIR [NAME...]\n", argv[0]);
		return 2;
	}
	dir = argv[1];
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < sizeof(vectors) / sizeof(*vectors); i++) {
		const struct vector *v = &vectors[i];
		int status;
		pid_t pid;

		if (!wanted(v->name, argc, argv))
			continue;
		printf("%s ", v->name);
		fflush(stdout);
		pid = fork();
		if (pid == 0)
			exit(v->try());
		waitpid(pid, &status, 0);
		if (WIFSIGNALED(status))
			printf("blocked by signal %d\n", WTERMSIG(status));
	}
	return 0;
}
