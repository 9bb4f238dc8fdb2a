// SPDX-License-Identifier: GPL-2.0-only
/*
 * For tests/tools/dsmd-crash.py: kills the program it is loaded into (LD_PRELOAD)
 * at the step whose number is in DSMD_KILL_AT, counted from 1 over all threads.
 * A step is what the disk or another node can see: an fsync(), a rename(), an
 * unlink(), a message. Half of the numbers kill before the step and half after
 * it. The number of steps so far is in the file that DSMD_KILL_COUNT names.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long steps;
static long kill_at;
static int counter = -1;

__attribute__((constructor))
static void begin(void)
{
	const char *at = getenv("DSMD_KILL_AT");
	const char *file = getenv("DSMD_KILL_COUNT");

	kill_at = at ? atol(at) : 0;
	if (file)
		counter = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
			       0600);
}

static void step(void)
{
	long now = atomic_fetch_add(&steps, 1) + 1;
	char text[32];
	int len;

	if (counter >= 0) {
		len = snprintf(text, sizeof(text), "%8ld\n", now);
		if (pwrite(counter, text, len, 0) != len)
			abort();
	}
	if (now == kill_at)
		kill(getpid(), SIGKILL);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
	int ret;

	step();
	ret = REAL(fsync)(fd);
	step();
	return ret;
}

int rename(const char *from, const char *to)
{
	int ret;

	step();
	ret = REAL(rename)(from, to);
	step();
	return ret;
}

int unlink(const char *path)
{
	int ret;

	step();
	ret = REAL(unlink)(path);
	step();
	return ret;
}

typedef struct ssl_st SSL;

int SSL_write_ex(SSL *ssl, const void *data, size_t len, size_t *written);
int SSL_write_ex(SSL *ssl, const void *data, size_t len, size_t *written)
{
	int ret;

	step();
	ret = REAL(SSL_write_ex)(ssl, data, len, written);
	step();
	return ret;
}
