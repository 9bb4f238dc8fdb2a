/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory, lists, locks and RCU for pure files that keep something.
 *
 * In the module these are the kernel's. In tests and fuzzers one thread runs:
 * locks and RCU are nothing, memory is malloc's, and lists are ours.
 */
#ifndef _TIPC_LOCKS_H
#define _TIPC_LOCKS_H

#include "pure.h"

#ifdef __KERNEL__
#include <linux/bug.h>
#include <linux/hash.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/percpu.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/seqlock.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#else
#include <stdint.h>
#include <stdlib.h>

typedef __s8 s8;
typedef __s16 s16;

#define __percpu
#define __rcu
#define __aligned(n)	__attribute__((aligned(n)))
#define __must_hold(x)
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#define min(a, b)	((a) < (b) ? (a) : (b))
#define max(a, b)	((a) > (b) ? (a) : (b))
#define min_t(t, a, b)	((t)(a) < (t)(b) ? (t)(a) : (t)(b))
#define max_t(t, a, b)	((t)(a) > (t)(b) ? (t)(a) : (t)(b))
#define swab32(x)	__builtin_bswap32(x)
#define READ_ONCE(x)	(*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))

/* Memory. */
#define GFP_KERNEL	0
#define GFP_ATOMIC	0
#define GFP_KERNEL_ACCOUNT	0
#define __GFP_NOWARN	0
typedef unsigned int gfp_t;
#define kzalloc(size, gfp)	((void)(gfp), calloc(1, size))
#define kcalloc(n, size, gfp)	((void)(gfp), calloc(n, size))
#define kmalloc(size, gfp)	((void)(gfp), malloc(size))
#define kmalloc_array(n, size, gfp) ((void)(gfp), calloc(n, size))
#define kfree(p)		free(p)
#define kvfree(p)		free(p)
#define kfree_rcu(p, member)	free(p)
#define alloc_percpu_gfp(type, gfp) ((type *)calloc(1, sizeof(type)))
#define free_percpu(p)		free(p)
#define this_cpu_add(x, v)	((x) += (v))
#define this_cpu_inc(x)		((x)++)

/* Locks and RCU: one thread. */
typedef struct { int unused; } spinlock_t;
typedef struct { unsigned int sequence; } seqcount_spinlock_t;
struct rcu_head { void *unused; };
typedef struct { int counter; } atomic_t;
#define spin_lock_init(l)	((void)(l))
#define spin_lock_bh(l)		((void)(l))
#define spin_unlock_bh(l)	((void)(l))
#define lockdep_assert_held(l)	((void)(l))
#define seqcount_spinlock_init(s, l) ((s)->sequence = 0)
#define write_seqcount_begin(s)	((s)->sequence++)
#define write_seqcount_end(s)	((s)->sequence++)
#define read_seqcount_begin(s)	((s)->sequence)
#define read_seqcount_retry(s, v) ((s)->sequence != (v))
#define rcu_read_lock()		do { } while (0)
#define rcu_read_unlock()	do { } while (0)
#define rcu_dereference(p)	(p)
#define rcu_dereference_protected(p, c) ((void)(c), p)
#define rcu_access_pointer(p)	(p)
#define smp_store_release(p, v)	(*(p) = (v))
#define smp_load_acquire(p)	(*(p))
#define call_rcu(head, fn)	fn(head)
#define for_each_possible_cpu(cpu) for ((cpu) = 0; (cpu) < 1; (cpu)++)
#define per_cpu_ptr(p, cpu)	((void)(cpu), p)
#define hash_32(v, bits)	(((v) * 0x61C88647u) >> (32 - (bits)))
#define roundup_pow_of_two(n)	(1ul << (64 - __builtin_clzl((n) - 1ul)))
#define atomic_read(a)		((a)->counter)
#define atomic_set(a, v)	((a)->counter = (v))
#define atomic_fetch_inc(a)	((a)->counter++)
#define WARN_ON_ONCE(c)		({ bool w = (c); assert(!w); w; })
static inline u32 get_random_u32(void)
{
	static u32 state = 2463534242u;

	state ^= state << 13;
	state ^= state >> 17;
	state ^= state << 5;
	return state;
}

/* Error pointers. */
#define MAX_ERRNO	4095
#define ERR_PTR(e)	((void *)(long)(e))
#define PTR_ERR(p)	((long)(p))
#define IS_ERR(p)	((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)

/* Doubly linked lists, with a head. */
struct list_head { struct list_head *next, *prev; };
#define INIT_LIST_HEAD(h)	((h)->next = (h)->prev = (h))
#define list_empty(h)		((h)->next == (h))
static inline void list_add(struct list_head *n, struct list_head *h)
{
	n->next = h->next;
	n->prev = h;
	h->next->prev = n;
	h->next = n;
}

static inline void list_add_tail(struct list_head *n, struct list_head *h)
{
	list_add(n, h->prev);
}

static inline void list_del_init(struct list_head *n)
{
	n->next->prev = n->prev;
	n->prev->next = n->next;
	INIT_LIST_HEAD(n);
}

#define list_entry(p, type, member) container_of(p, type, member)
#define list_first_entry(h, type, member) list_entry((h)->next, type, member)
#define list_for_each_entry(pos, h, member) \
	for (pos = list_entry((h)->next, __typeof__(*pos), member); \
	     &pos->member != (h); \
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))
#define list_for_each_entry_safe(pos, n, h, member) \
	for (pos = list_entry((h)->next, __typeof__(*pos), member), \
	     n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (h); \
	     pos = n, n = list_entry(n->member.next, __typeof__(*n), member))

struct hlist_node { struct hlist_node *next, **pprev; };
struct hlist_head { struct hlist_node *first; };
static inline void hlist_add_head(struct hlist_node *n, struct hlist_head *h)
{
	n->next = h->first;
	if (n->next)
		n->next->pprev = &n->next;
	h->first = n;
	n->pprev = &h->first;
}

static inline void hlist_del_init(struct hlist_node *n)
{
	if (!n->pprev)
		return;
	*n->pprev = n->next;
	if (n->next)
		n->next->pprev = n->pprev;
	n->next = NULL;
	n->pprev = NULL;
}

#define hlist_entry_safe(p, type, member) \
	((p) ? container_of(p, type, member) : NULL)
#define hlist_for_each_entry(pos, h, member) \
	for (pos = hlist_entry_safe((h)->first, __typeof__(*pos), member); \
	     pos; \
	     pos = hlist_entry_safe(pos->member.next, __typeof__(*pos), member))
#endif /* __KERNEL__ */

#endif /* _TIPC_LOCKS_H */
