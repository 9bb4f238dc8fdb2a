/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes in a file, as feed.c, the module and the script that writes it know them. */
#ifndef BENCH_MFIB_FEED_H
#define BENCH_MFIB_FEED_H

#include <linux/types.h>

/** struct feed_route - one route */
struct feed_route {
	__u8 addr[16];		/* network byte order; the first 4 for IPv4 */
	__u8 len;
	__u8 hop;		/* 1 to 254 */
	__u8 pad[2];
};

#endif /* BENCH_MFIB_FEED_H */
