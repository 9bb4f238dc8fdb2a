// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the other modules publish, as a program that listens gets it. Which
 * module is loaded first does not matter, who may not listen is refused, and a
 * module that is listened to stays.
 *
 * vm: timeout=90 cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <linux/digsig_lsm.h>

#include <aem.h>

#include "kselftest_harness.h"

static const struct aem_opt started = { .flags = AEM_STARTED, .backlog = 1024 };

/* The next event @number of the source, or NULL. */
static const struct aem_event *next(struct aem *a, struct aem_event *e,
				    unsigned int number)
{
	const struct timespec limit = { 30, 0 };

	while (aem_wait(a, e, 1, &limit) == 1) {
		if (!(e->events & AEM_LOST) && e->module.event == number)
			return e;
	}
	return NULL;
}

static int as_nobody(void)
{
	struct aem *a;

	if (setgid(65534) || setuid(65534))
		return 1;
	a = aem_open(0, 0);
	if (!a)
		return 2;
	if (aem_module(a, DIGSIG_AEM_SOURCE, 1, NULL, NULL, &started))
		return 3;
	return errno == EPERM ? 0 : 4;
}

static int status_of(int (*function)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(function());
	waitpid(pid, &status, 0);
	return status;
}

static void digsig_events(struct __test_metadata *_metadata, struct aem *a)
{
	const struct digsig_aem_event *d;
	struct aem_event e;
	aem_ev ev;

	ev = aem_module(a, DIGSIG_AEM_SOURCE,
			1 << DIGSIG_AEM_REFUSED | 1 << DIGSIG_AEM_MODE, NULL,
			NULL, &started);
	ASSERT_NE(NULL, ev);
	/* Here nothing is signed; in log mode it runs all the same. */
	ASSERT_EQ(0, system("$TOP/build/tools/digsig mode log"));
	ASSERT_NE(NULL, next(a, &e, DIGSIG_AEM_MODE));
	d = e.module.data;
	EXPECT_EQ(DIGSIG_MODE_LOG, d->mode);
	EXPECT_EQ(0, d->denied);
	ASSERT_EQ(0, system("/usr/bin/id > /dev/null"));
	do {
		ASSERT_NE(NULL, next(a, &e, DIGSIG_AEM_REFUSED));
		d = e.module.data;
		ASSERT_GE(e.module.len, sizeof(*d) + 1);
		ASSERT_EQ('\0', d->path[e.module.len - sizeof(*d) - 1]);
	} while (d->op != DIGSIG_OP_EXEC || strcmp(d->path, "/usr/bin/id"));
	EXPECT_NE(DIGSIG_REASON_NONE, d->reason);
	EXPECT_EQ(DIGSIG_MODE_LOG, d->mode);
	EXPECT_EQ(0, d->denied);
	EXPECT_EQ(0, d->uid);
	EXPECT_NE(0, d->pid);
	EXPECT_NE(0, d->time_ns);
	EXPECT_EQ(0, status_of(as_nobody));
	EXPECT_NE(0, system("rmmod digsig_lsm 2> /dev/null"));
	ASSERT_EQ(0, system("$TOP/build/tools/digsig mode off"));
	ASSERT_EQ(0, aem_del(ev));
	EXPECT_EQ(0, system("rmmod digsig_lsm"));
}

TEST(digsig_after_aem)
{
	struct aem *a;

	ASSERT_EQ(0, system("modprobe aem"));
	a = aem_open(0, 0);
	ASSERT_NE(NULL, a);
	EXPECT_EQ(NULL, aem_module(a, DIGSIG_AEM_SOURCE, 1, NULL, NULL,
				   &started));
	EXPECT_EQ(ENOENT, errno);
	ASSERT_EQ(0, system("modprobe digsig_lsm"));
	digsig_events(_metadata, a);
	EXPECT_EQ(0, aem_close(a));
}

TEST(digsig_before_aem)
{
	struct aem *a;

	ASSERT_EQ(0, system("rmmod aem"));
	ASSERT_EQ(0, system("modprobe digsig_lsm && modprobe aem"));
	a = aem_open(0, 0);
	ASSERT_NE(NULL, a);
	digsig_events(_metadata, a);
	EXPECT_EQ(0, aem_close(a));
	/* No reference to aem is left with the publisher. */
	ASSERT_EQ(0, system("modprobe digsig_lsm && rmmod aem"));
	EXPECT_EQ(0, system("rmmod digsig_lsm"));
}

TEST_HARNESS_MAIN
