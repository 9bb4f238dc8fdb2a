// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attack vectors that change what was verified: the file while it is mapped, and
 * the memory it is mapped into. vectors.c says what a vector is.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "vectors.h"

void *map_signed_copy(char *file, int *fd)
{
	void *p;

	snprintf(file, PATH_MAX, "%s-%d", path("victim"), getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return NULL;
	*fd = open(file, O_RDONLY | O_CLOEXEC);
	p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, *fd, 0);
	return p == MAP_FAILED ? NULL : p;
}

int write_mapped(void)
{
	char file[PATH_MAX];
	int fd, w, rc;
	void *p;

	p = map_signed_copy(file, &fd);
	if (!p)
		return broken("map");
	w = open(file, O_WRONLY);
	if (w < 0)
		rc = blocked(errno);
	else if (pwrite(w, code_changed, sizeof(code_changed), 0) < 0)
		rc = blocked(errno);
	else
		rc = ran(call(p) == CHANGED);
	unlink(file);
	return rc;
}

int truncate_mapped(void)
{
	char file[PATH_MAX];
	int fd, rc;

	if (!map_signed_copy(file, &fd))
		return broken("map");
	rc = truncate(file, 3) ? blocked(errno) : ran(true);
	unlink(file);
	return rc;
}

/* Once nobody runs it, it is a file like any other; but it is judged anew. */
int write_unmapped(void)
{
	char file[PATH_MAX];
	int fd, w, rc;
	void *p;

	p = map_signed_copy(file, &fd);
	if (!p)
		return broken("map");
	munmap(p, PAGE);
	w = open(file, O_WRONLY);
	if (w < 0) {
		rc = broken("write-open of an unmapped file");
		goto out;
	}
	if (pwrite(w, code_changed, sizeof(code_changed), 0) < 0) {
		rc = broken("write");
		goto out;
	}
	close(w);
	p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	rc = p == MAP_FAILED ? blocked(errno) : ran(call(p) == CHANGED);
out:
	unlink(file);
	return rc;
}

/* Package upgrades: a new file takes the name while the old one is mapped. */
int ok_rename_over(void)
{
	char file[PATH_MAX], new[PATH_MAX + 8];
	int fd, rc;
	void *p;

	p = map_signed_copy(file, &fd);
	if (!p)
		return broken("map");
	snprintf(new, sizeof(new), "%s.new", file);
	if (copy_file(path("signed/flat"), new, 0644))
		return broken("copy");
	if (rename(new, file))
		rc = broken("rename");
	else
		rc = ran(call(p) == ANSWER);
	unlink(file);
	return rc;
}

int shared_writer_first(void)
{
	char file[PATH_MAX];
	void *w, *x;
	int fd, rc;

	snprintf(file, sizeof(file), "%s-%d", path("victim"), getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return broken("copy");
	fd = open(file, O_RDWR);
	w = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	fd = open(file, O_RDONLY);
	if (w == MAP_FAILED || fd < 0)
		return broken("mmap");
	x = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (x == MAP_FAILED) {
		rc = blocked(errno);
	} else {
		memcpy(w, code_changed, sizeof(code_changed));
		rc = ran(call(x) == CHANGED);
	}
	unlink(file);
	return rc;
}

int writer_first(void)
{
	char file[PATH_MAX];
	int fd, w, rc;
	void *x;

	snprintf(file, sizeof(file), "%s-%d", path("victim"), getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return broken("copy");
	w = open(file, O_WRONLY);
	fd = open(file, O_RDONLY);
	if (w < 0 || fd < 0)
		return broken("open");
	x = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	if (x == MAP_FAILED) {
		rc = blocked(errno);
	} else {
		if (pwrite(w, code_changed, sizeof(code_changed), 0) < 0)
			return broken("write");
		rc = ran(call(x) == CHANGED);
	}
	unlink(file);
	return rc;
}

/*
 * A writer that opens in the moment between the check of a mapping and the
 * mapping itself would change code that runs. Many tries, two processes.
 */
int writer_race(void)
{
	char file[PATH_MAX];
	int status, rc = BLOCKED, i;
	pid_t writer;

	snprintf(file, sizeof(file), "%s-%d", path("victim"), getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return broken("copy");
	writer = fork();
	if (writer == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;) {
			int w = open(file, O_WRONLY);

			if (w < 0)
				continue;
			/* Change it and put it back: it may be mapped only whole. */
			if (pwrite(w, code_changed, sizeof(code_changed), 0) < 0)
				_exit(1);
			sched_yield();
			if (pwrite(w, code_answer, sizeof(code_answer), 0) < 0)
				_exit(1);
			close(w);
		}
	}
	for (i = 0; i < 20000 && rc == BLOCKED; i++) {
		int fd = open(file, O_RDONLY), n;
		void *p = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE,
			       fd, 0);

		for (n = 0; p != MAP_FAILED && n < 50; n++)
			if (call(p) == CHANGED)
				rc = RAN;
		if (p != MAP_FAILED)
			munmap(p, PAGE);
		close(fd);
	}
	kill(writer, SIGKILL);
	waitpid(writer, &status, 0);
	unlink(file);
	return rc == RAN ? ran(true) : blocked(ETXTBSY);
}

static int process_memory(const char *mem)
{
	char file[PATH_MAX];
	int fd, m, rc;
	void *p;

	p = map_signed_copy(file, &fd);
	if (!p)
		return broken("map");
	unlink(file);
	m = open(mem, O_RDWR);
	if (m < 0)
		return blocked(errno);
	if (pwrite(m, code_changed, sizeof(code_changed), (off_t)(uintptr_t)p) < 0)
		rc = blocked(errno);
	else
		rc = ran(call(p) == CHANGED);
	return rc;
}

int proc_self_mem(void) { return process_memory("/proc/self/mem"); }
int proc_task_mem(void) { return process_memory("/proc/thread-self/mem"); }

/* A process that runs signed code and waits to be told that it was changed. */
static pid_t start_victim(void **code, int *go)
{
	char file[PATH_MAX];
	int fd, ready[2], start[2];
	pid_t pid;

	if (pipe(ready) || pipe(start))
		return -1;
	pid = fork();
	if (pid == 0) {
		void *p = map_signed_copy(file, &fd);
		char c;

		unlink(file);
		if (!p || write(ready[1], &p, sizeof(p)) < 0)
			_exit(1);
		if (read(start[0], &c, 1) < 0)
			_exit(1);
		_exit(call(p));
	}
	if (read(ready[0], code, sizeof(*code)) != sizeof(*code))
		return -1;
	*go = start[1];
	return pid;
}

static int finish_victim(pid_t pid, int go)
{
	int status;

	if (write(go, "", 1) < 0)
		return broken("write");
	waitpid(pid, &status, 0);
	return ran(WIFEXITED(status) && WEXITSTATUS(status) == CHANGED);
}

int ptrace_poke(void)
{
	long word = 0;
	void *code;
	pid_t pid;
	int go;

	pid = start_victim(&code, &go);
	if (pid < 0)
		return broken("victim");
	if (ptrace(PTRACE_ATTACH, pid, 0, 0)) {
		int err = errno;

		kill(pid, SIGKILL);
		return blocked(err);
	}
	waitpid(pid, NULL, 0);
	memcpy(&word, code_changed, sizeof(code_changed));
	if (ptrace(PTRACE_POKETEXT, pid, code, word))
		return blocked(errno);
	ptrace(PTRACE_DETACH, pid, 0, 0);
	return finish_victim(pid, go);
}

int ptrace_seize(void)
{
	void *code;
	pid_t pid;
	int go, err;

	pid = start_victim(&code, &go);
	if (pid < 0)
		return broken("victim");
	err = ptrace(PTRACE_SEIZE, pid, 0, 0) ? errno : 0;
	kill(pid, SIGKILL);
	return err ? blocked(err) : ran(true);
}

int ptrace_traceme(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(ptrace(PTRACE_TRACEME, 0, 0, 0) ? errno : 0);
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status) ? blocked(WEXITSTATUS(status)) : ran(true);
}

int proc_pid_mem(void)
{
	char mem[64];
	void *code;
	pid_t pid;
	int go, m;

	pid = start_victim(&code, &go);
	if (pid < 0)
		return broken("victim");
	snprintf(mem, sizeof(mem), "/proc/%d/mem", pid);
	m = open(mem, O_WRONLY);
	if (m < 0 || pwrite(m, code_changed, sizeof(code_changed),
			    (off_t)(uintptr_t)code) < 0) {
		int err = errno;

		kill(pid, SIGKILL);
		return blocked(err);
	}
	return finish_victim(pid, go);
}

/* Writing to text with process_vm_writev needs a writable mapping: never runs. */
int process_vm_write(void)
{
	struct iovec local = { (void *)code_changed, sizeof(code_changed) };
	struct iovec remote;
	void *code;
	pid_t pid;
	int go, err;

	pid = start_victim(&code, &go);
	if (pid < 0)
		return broken("victim");
	remote = (struct iovec){ code, sizeof(code_changed) };
	if (process_vm_writev(pid, &local, 1, &remote, 1, 0) < 0) {
		err = errno;
		kill(pid, SIGKILL);
		return blocked(err);
	}
	return finish_victim(pid, go);
}
