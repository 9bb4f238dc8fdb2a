/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System calls that return a negative errno and leave errno alone, because a
 * handler that interrupts the program makes them, too.
 */
#ifndef LIBAEM_CALL_H
#define LIBAEM_CALL_H

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__) && !defined(__ILP32__)
static inline long system_call(long nr, long a, long b, long c, long d)
{
	register long fourth __asm__("r10") = d;
	long ret;

	__asm__ volatile("syscall"
			 : "=a"(ret)
			 : "0"(nr), "D"(a), "S"(b), "d"(c), "r"(fourth)
			 : "rcx", "r11", "memory");
	return ret;
}
#else
static inline long system_call(long nr, long a, long b, long c, long d)
{
	int before = errno;
	long ret = syscall(nr, a, b, c, d);

	if (ret < 0)
		ret = -errno;
	errno = before;
	return ret;
}
#endif

#endif /* LIBAEM_CALL_H */
