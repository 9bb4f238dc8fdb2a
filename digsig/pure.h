/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of digsig need of the kernel, or of the C library.
 *
 * footer.c, sorted.c, catalog.c, revocation.c, der.c and policy.c are built twice
 * from the same source: into the module, and as ordinary C into the signer,
 * the tests and the fuzzers. They allocate nothing, wait for nothing, keep
 * nothing and know neither files nor sockets: bytes come in, an answer comes
 * out. Bytes may lie at any address; a struct is copied out before its members
 * are read. Who walks over millions of entries gives way now and then.
 */
#ifndef _DIGSIG_PURE_H
#define _DIGSIG_PURE_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/sched.h>
#include <linux/string.h>

/* In a walk over the entries of a table: let others run, at each 4,096th. */
static inline void digsig_give_way(u32 i)
{
	if (!(i % 4096))
		cond_resched();
}
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

static inline void digsig_give_way(u32 i)
{
	(void)i;
}

#define le32_to_cpu(x)	__le32_to_cpu(x)
#define le64_to_cpu(x)	__le64_to_cpu(x)
#define cpu_to_le32(x)	__cpu_to_le32(x)
#define cpu_to_le64(x)	__cpu_to_le64(x)
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#endif

#endif /* _DIGSIG_PURE_H */
