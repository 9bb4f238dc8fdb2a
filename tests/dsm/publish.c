// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dsm publishes to aem, as a program that listens gets it: a policy that is
 * loaded, a process that is refused something, and the end of the policy. A module
 * that is listened to stays.
 *
 * vm: timeout=60 kernels="6.12" cflags="-Itools/libaem build/libaem/libaem.a -pthread"
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <linux/dsm.h>
#include <linux/dsm_policy.h>

#include <aem.h>

#include "kselftest_harness.h"

static const struct aem_opt started = { .flags = AEM_STARTED, .backlog = 1024 };

/* The next event @number of the source, or NULL. */
static const void *next(struct aem *a, struct aem_event *e, unsigned int number)
{
	const struct timespec limit = { 30, 0 };

	while (aem_wait(a, e, 1, &limit) == 1) {
		if (!(e->events & AEM_LOST) && e->module.event == number)
			return e->module.data;
	}
	return NULL;
}

TEST(refusals_and_policies)
{
	const struct dsm_aem_refused *r;
	const struct dsm_aem_policy *p;
	struct aem_event e;
	struct aem *a;
	aem_ev ev;

	ASSERT_EQ(0, system("modprobe aem && modprobe dsm nid=7"));
	a = aem_open(0, 0);
	ASSERT_NE(NULL, a);
	ev = aem_module(a, "dsm",
			1 << DSM_AEM_REFUSED | 1 << DSM_AEM_POLICY, NULL, NULL,
			&started);
	ASSERT_NE(NULL, ev);
	ASSERT_EQ(0, system("cd /tmp && echo 'policy p; serial 5; sid other = 10; "
			    "allow system -> any : all; "
			    "deny other -> other : udp { create };' > p.pol && "
			    "$TOP/build/tools/dsm policy compile -q -o p.img p.pol && "
			    "$TOP/build/tools/dsm policy load p.img"));
	p = next(a, &e, DSM_AEM_POLICY);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(sizeof(*p), e.module.len);
	EXPECT_EQ(5, p->serial);
	EXPECT_NE(0, system("$TOP/build/tools/dsm exec --sid other -- "
			    "python3 -c 'import socket as s; "
			    "s.socket(s.AF_INET, s.SOCK_DGRAM)' 2> /dev/null"));
	do {
		r = next(a, &e, DSM_AEM_REFUSED);
		ASSERT_NE(NULL, r);
	} while (r->class != DSM_CLASS_UDP);
	EXPECT_EQ(sizeof(*r), e.module.len);
	EXPECT_EQ(DSM_OP_CREATE, r->op);
	EXPECT_EQ(DSM_REASON_RULE, r->reason);
	EXPECT_EQ(DSM_PERM_CREATE, r->perms);
	EXPECT_EQ(10, r->ssid);
	EXPECT_EQ(7, r->snid);
	EXPECT_EQ(10, r->tsid);
	EXPECT_EQ(5, r->serial);
	EXPECT_EQ(1, r->denied);
	EXPECT_NE(0, r->pid);
	EXPECT_NE(0, r->time_ns);
	EXPECT_EQ(0, memcmp(r->comm, "python3", 7));
	EXPECT_NE(0, system("rmmod dsm 2> /dev/null"));
	ASSERT_EQ(0, system("$TOP/build/tools/dsm policy unload"));
	p = next(a, &e, DSM_AEM_POLICY);
	ASSERT_NE(NULL, p);
	EXPECT_EQ(0, p->serial);
	ASSERT_EQ(0, aem_del(ev));
	EXPECT_EQ(0, aem_close(a));
	EXPECT_EQ(0, system("rmmod dsm && rmmod aem"));
}

TEST_HARNESS_MAIN
