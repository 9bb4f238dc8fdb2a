// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the other modules publish, as a program that listens gets it. Which
 * module is loaded first does not matter, who may not listen is refused, and a
 * module that is listened to stays.
 *
 * vm: timeout=90 cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <stdlib.h>
#include <string.h>
#include <linux/digsig_lsm.h>

#include "kselftest_harness.h"
#include "published.h"

static void digsig_events(struct __test_metadata *_metadata, struct aem *a)
{
	const struct digsig_aem_event *d;
	struct aem_event e;
	aem_ev ev;

	ev = aem_module(a, DIGSIG_AEM_SOURCE,
			1 << DIGSIG_AEM_REFUSED | 1 << DIGSIG_AEM_MODE, NULL,
			NULL, &published_started);
	ASSERT_NE(NULL, ev);
	/* Here nothing is signed; in log mode it runs all the same. */
	ASSERT_EQ(0, system("$TOP/build/tools/digsig mode log"));
	d = published_next(a, &e, DIGSIG_AEM_MODE, sizeof(*d));
	ASSERT_NE(NULL, d);
	EXPECT_EQ(DIGSIG_MODE_LOG, d->mode);
	EXPECT_EQ(0, d->denied);
	ASSERT_EQ(0, system("/usr/bin/id > /dev/null"));
	do {
		d = published_next(a, &e, DIGSIG_AEM_REFUSED, sizeof(*d));
		ASSERT_NE(NULL, d);
		ASSERT_GE(e.module.len, sizeof(*d) + 1);
		ASSERT_EQ('\0', d->path[e.module.len - sizeof(*d) - 1]);
	} while (d->op != DIGSIG_OP_EXEC || strcmp(d->path, "/usr/bin/id"));
	EXPECT_NE(DIGSIG_REASON_NONE, d->reason);
	EXPECT_EQ(DIGSIG_MODE_LOG, d->mode);
	EXPECT_EQ(0, d->denied);
	EXPECT_EQ(0, d->uid);
	EXPECT_NE(0, d->pid);
	EXPECT_NE(0, d->time_ns);
	EXPECT_TRUE(published_refuses(DIGSIG_AEM_SOURCE, 1));
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
				   &published_started));
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
