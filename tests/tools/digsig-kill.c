// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests/tools/digsig-kill.sh: kills digsig, into which it is loaded
 * (LD_PRELOAD), at the step whose number is in DIGSIG_KILL_AT, counted from 1.
 *
 * A step is what changes a file or waits for the disk; it counts twice, before
 * it is done and after. DIGSIG_KILL_WHO says who is killed: "signer", the
 * process that was started; "all", that and the one that makes changes in place,
 * if it is at work.
 *
 * System calls are made directly: a process that makes changes in place may call
 * nothing that takes a lock. Nobody waits for the disk, whose power is not cut.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

static atomic_long steps;
static long kill_at;
static int all;
static pid_t signer;

__attribute__((constructor))
static void begin(void)
{
	const char *at = getenv("DIGSIG_KILL_AT");
	const char *who = getenv("DIGSIG_KILL_WHO");

	kill_at = at ? atol(at) : 0;
	all = who && !strcmp(who, "all");
	signer = getpid();
}

static void step(void)
{
	if (atomic_fetch_add(&steps, 1) + 1 != kill_at)
		return;
	kill(signer, SIGKILL);
	if (all)
		kill(getpid(), SIGKILL);
}

static long done(long ret)
{
	int err = errno;

	step();
	errno = err;
	return ret;
}

ssize_t pwrite(int fd, const void *buf, size_t len, off_t off)
{
	step();
	return done(syscall(SYS_pwrite64, fd, buf, len, off));
}

ssize_t pwrite64(int fd, const void *buf, size_t len, off64_t off)
{
	return pwrite(fd, buf, len, off);
}

int fallocate(int fd, int mode, off_t off, off_t len)
{
	step();
	return done(syscall(SYS_fallocate, fd, mode, off, len));
}

int fallocate64(int fd, int mode, off64_t off, off64_t len)
{
	return fallocate(fd, mode, off, len);
}

int ftruncate(int fd, off_t len)
{
	step();
	return done(syscall(SYS_ftruncate, fd, len));
}

int ftruncate64(int fd, off64_t len)
{
	return ftruncate(fd, len);
}

int fdatasync(int fd)
{
	(void)fd;
	step();
	return done(0);
}

int fsync(int fd)
{
	(void)fd;
	step();
	return done(0);
}

int futimens(int fd, const struct timespec times[2])
{
	step();
	return done(syscall(SYS_utimensat, fd, NULL, times, 0));
}

int fchmod(int fd, mode_t mode)
{
	step();
	return done(syscall(SYS_fchmod, fd, mode));
}

int linkat(int fromdir, const char *from, int todir, const char *to, int flags)
{
	step();
	return done(syscall(SYS_linkat, fromdir, from, todir, to, flags));
}

int renameat(int fromdir, const char *from, int todir, const char *to)
{
	step();
	return done(syscall(SYS_renameat, fromdir, from, todir, to));
}
