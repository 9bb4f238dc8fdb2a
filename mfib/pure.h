/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of mfib need of the kernel, or of the C library.
 *
 * key.c, mem.c, arena.c, patricia.c, trie*.c, nexthop*.c and rib*.c are built
 * twice from the same source: into the module, and as ordinary C into the
 * tests, the fuzzers and the benchmarks. They know neither devices nor sockets.
 * Outside the kernel there is one writer and readers are its own calls, so that
 * RCU is a plain load and store there; tests that run readers beside it define
 * MFIB_PURE_DEFER and free when the readers have moved on.
 */
#ifndef _MFIB_PURE_H
#define _MFIB_PURE_H

#include <linux/errno.h>
#include <linux/types.h>

#ifdef __KERNEL__
#include <asm/byteorder.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>

/*
 * Large variables that are written before they are read: kernels may be built to
 * clear the stack. 6.1 has no name for it.
 */
#ifndef __uninitialized
#define __uninitialized	__attribute__((__uninitialized__))
#endif

#else
#include <assert.h>
#include <endian.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s32 s32;

#define __rcu
#undef __always_inline
#define __always_inline	inline __attribute__((always_inline))
#define noinline	__attribute__((noinline))
#define __maybe_unused	__attribute__((unused))
#define __uninitialized
#define __aligned(n)	__attribute__((aligned(n)))
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define U32_MAX		(~0u)
#define U64_MAX		(~0ull)
#define hweight64(x)	((unsigned int)__builtin_popcountll(x))
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#undef container_of
#define container_of(p, type, member) \
	((type *)((char *)(p) - offsetof(type, member)))
#define fls64(x)	((x) ? 64 - __builtin_clzll(x) : 0)
#define be32_to_cpu(x)	be32toh(x)
#define cond_resched()	((void)0)

#define rcu_dereference(p)	__atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_raw(p)	__atomic_load_n(&(p), __ATOMIC_CONSUME)
#define rcu_dereference_protected(p, c) (p)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), v, __ATOMIC_RELEASE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define RCU_INIT_POINTER(p, v)	((p) = (v))

struct mutex { pthread_mutex_t m; };
#define mutex_init(l)		pthread_mutex_init(&(l)->m, NULL)
#define mutex_destroy(l)	pthread_mutex_destroy(&(l)->m)
#define mutex_lock(l)		pthread_mutex_lock(&(l)->m)
#define mutex_unlock(l)		pthread_mutex_unlock(&(l)->m)
#define lockdep_assert_held(l)	((void)(l))
#define lockdep_is_held(l)	true
#endif

#endif /* _MFIB_PURE_H */
