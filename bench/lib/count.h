/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counting what an operation costs inside a guest.
 *
 * With -icount shift=0 one tick of the guest's time stamp counter is one
 * instruction, of the program and the kernel together, and reading it costs
 * one. So a sample is exact, and the smallest of many is the operation without
 * the timer interrupts that fell into the others.
 *
 * A program that includes this is one file and one thread.
 */
#ifndef BENCH_COUNT_H
#define BENCH_COUNT_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define COUNT_MAX 4096

static uint64_t count_sample[COUNT_MAX];

static inline uint64_t count_now(void)
{
	uint32_t low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (uint64_t)high << 32 | low;
}

static inline int count_order(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* One line for whoever reads the guest's output: what, min, median, n. */
static inline void count_print(const char *what, unsigned int n)
{
	qsort(count_sample, n, sizeof(count_sample[0]), count_order);
	printf("count %s %llu %llu %u\n", what,
	       (unsigned long long)count_sample[0],
	       (unsigned long long)count_sample[n / 2], n);
	fflush(stdout);
}

/* The number of samples asked for, within what the table holds. */
static inline unsigned int count_rounds(const char *arg)
{
	long n = strtol(arg, NULL, 10);

	if (n < 1 || n > COUNT_MAX) {
		fprintf(stderr, "rounds: 1 to %d\n", COUNT_MAX);
		exit(2);
	}
	return n;
}

#endif /* BENCH_COUNT_H */
