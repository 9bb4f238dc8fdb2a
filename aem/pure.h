/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of aem need of the kernel, or of the C library.
 *
 * ring.h and wheel.c are built twice from the same source: into the module, and
 * as ordinary C into the tests. They allocate nothing and take no lock.
 */
#ifndef _AEM_PURE_H
#define _AEM_PURE_H

#include <linux/types.h>

#ifdef __KERNEL__
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/compiler.h>

static __always_inline u32 aem_fetch_add(u32 *p, u32 n)
{
	return atomic_fetch_add(n, (atomic_t *)p);
}

static __always_inline void aem_or(u32 *p, u32 bits)
{
	atomic_or(bits, (atomic_t *)p);
}

static __always_inline u32 aem_fetch_clear(u32 *p, u32 bits)
{
	return atomic_fetch_andnot(bits, (atomic_t *)p) & bits;
}

#define aem_xchg(p, v)			xchg(p, v)
#define aem_try_cmpxchg(p, old, new)	try_cmpxchg64(p, old, new)
#define aem_fls(x)			fls64(x)
#define aem_ffs(x)			__ffs64(x)
#else
#include <stdbool.h>
#include <stddef.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#ifndef __always_inline
#define __always_inline		inline
#endif
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define READ_ONCE(x)		(*(volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v)	(*(volatile __typeof__(x) *)&(x) = (v))

static __always_inline u32 aem_fetch_add(u32 *p, u32 n)
{
	return __atomic_fetch_add(p, n, __ATOMIC_SEQ_CST);
}

static __always_inline void aem_or(u32 *p, u32 bits)
{
	__atomic_fetch_or(p, bits, __ATOMIC_SEQ_CST);
}

static __always_inline u32 aem_fetch_clear(u32 *p, u32 bits)
{
	return __atomic_fetch_and(p, ~bits, __ATOMIC_SEQ_CST) & bits;
}

#define aem_xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define aem_try_cmpxchg(p, old, new) \
	__atomic_compare_exchange_n(p, old, new, false, __ATOMIC_SEQ_CST, \
				    __ATOMIC_SEQ_CST)
#define aem_fls(x)		((x) ? 64u - __builtin_clzll(x) : 0u)
#define aem_ffs(x)		__builtin_ctzll(x)
#endif

#endif /* _AEM_PURE_H */
