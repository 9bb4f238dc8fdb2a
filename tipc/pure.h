/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of tipc need of the kernel, or of the C library.
 *
 * Pure files are built twice from the same source: into the module, and as
 * ordinary C into the unit tests and the fuzzers. They allocate nothing, sleep
 * on nothing, keep nothing and know neither sockets nor packets buffers: bytes
 * come in, an answer comes out.
 */
#ifndef _TIPC_PURE_H
#define _TIPC_PURE_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/string.h>
#else
#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;

#define cpu_to_be32(x)	__cpu_to_be32(x)
#define be32_to_cpu(x)	__be32_to_cpu(x)
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#endif

#endif /* _TIPC_PURE_H */
