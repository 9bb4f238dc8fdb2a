// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many routes and many FIBs.
 *
 * usage: scale fill FIB DEVICE FAMILY(4|6) COUNT	adds made routes, hundreds a message
 *        scale fibs FIRST COUNT			makes FIBs
 *        scale bytes FIB			prints "empty BYTES" of its tables
 *        scale flush FIB			removes all own routes
 *
 * "flush" has a thread of real-time priority that wants to run every 100 us. How
 * late it came at worst is the longest time for which the kernel gave the only
 * processor to nobody else: "stretch NS", while the routes went and for three
 * seconds after that, and "quiet NS" for as long before.
 */
#include <linux/mfib.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "message.h"

#define PERIOD_NS	100000
#define IN_A_MESSAGE	400

static volatile long latest;
static volatile int over;

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static void *watch(void *unused)
{
	struct timespec until;
	long long want, late;

	while (!over) {
		want = now() + PERIOD_NS;
		until.tv_sec = want / 1000000000;
		until.tv_nsec = want % 1000000000;
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
		late = now() - want;
		if (late > latest)
			latest = late;
	}
	return unused;
}

static void watch_start(pthread_t *thread)
{
	const struct sched_param param = { .sched_priority = 50 };
	pthread_attr_t attr;

	pthread_attr_init(&attr);
	pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
	pthread_attr_setschedparam(&attr, &param);
	if (pthread_create(thread, &attr, watch, NULL))
		message_die("a thread of real-time priority");
}

static void flush(unsigned int fib)
{
	pthread_t thread;
	long took;

	watch_start(&thread);
	sleep(1);
	latest = 0;
	sleep(3);
	printf("quiet %ld\n", latest);
	latest = 0;
	message_genl(MFIB_CMD_ROUTE_FLUSH);
	message_put(MFIB_A_FIB, &fib, 4);
	took = message_exchange();
	sleep(3);
	printf("stretch %ld\nflushed %ld\n", latest, took);
	over = 1;
	pthread_join(thread, NULL);
}

/* Addresses in no order, each another one. */
static void address(unsigned int n, unsigned int size, unsigned char *bytes)
{
	unsigned int mixed = n * 2654435761u & 0xffffff;

	memset(bytes, 0, size);
	if (size == 4) {
		/* 24 bits of it, and the first one more than 0. */
		bytes[0] = (mixed >> 16) % 128 + 1 + 128 * (n >> 24 & 1);
		bytes[1] = mixed >> 8;
		bytes[2] = mixed;
		bytes[3] = mixed >> 23 << 7;
	} else {
		bytes[0] = 0x20;
		bytes[1] = 0x01;
		memcpy(bytes + 3, &mixed, 3);
	}
}

static void fill(unsigned int fib, unsigned int device, unsigned int size,
		 unsigned int count)
{
	const unsigned char len = size == 4 ? 25 : 48;
	unsigned char bytes[16];
	struct nlattr *nest;
	unsigned int i;

	for (i = 0; i < count; i++) {
		if (i % IN_A_MESSAGE == 0) {
			message_genl(MFIB_CMD_ROUTE_NEW);
			message_put(MFIB_A_FIB, &fib, 4);
		}
		address(i, size, bytes);
		nest = message_nest(MFIB_A_ROUTE);
		message_put(MFIB_RT_DST, bytes, size);
		message_put(MFIB_RT_LEN, &len, 1);
		message_put(MFIB_RT_OIF, &device, 4);
		message_nest_end(nest);
		if (i % IN_A_MESSAGE == IN_A_MESSAGE - 1 || i == count - 1)
			message_exchange();
	}
}

static void fibs(unsigned int first, unsigned int count)
{
	for (; count--; first++) {
		message_genl(MFIB_CMD_FIB_NEW);
		message_put(MFIB_A_FIB, &first, 4);
		message_exchange();
	}
}

static void bytes(unsigned int fib)
{
	const struct nlattr *table;
	__u64 sum = 0, n;
	int type;

	message_genl(MFIB_CMD_FIB_GET);
	message_put(MFIB_A_FIB, &fib, 4);
	message_exchange();
	for (type = MFIB_A_TABLE4; type <= MFIB_A_TABLE6; type++) {
		table = message_find(NULL, type);
		table = table ? message_find(table, MFIB_TB_BYTES) : NULL;
		if (!table)
			message_die("no table in the answer");
		memcpy(&n, table + 1, sizeof(n));
		sum += n;
	}
	printf("empty %llu\n", sum);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	message_open(NETLINK_GENERIC);
	if (!strcmp(argv[1], "flush"))
		flush(atoi(argv[2]));
	else if (!strcmp(argv[1], "bytes"))
		bytes(atoi(argv[2]));
	else if (!strcmp(argv[1], "fibs") && argc == 4)
		fibs(atoi(argv[2]), atoi(argv[3]));
	else if (!strcmp(argv[1], "fill") && argc == 6)
		fill(atoi(argv[2]), if_nametoindex(argv[3]),
		     atoi(argv[4]) == 4 ? 4 : 16, atoi(argv[5]));
	else
		return 2;
	return 0;
}
