/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the pure files of dsm need of the kernel, or of the C library.
 *
 * They are built twice from the same source: into the module, and as ordinary
 * C into the programs, the tests and the fuzzers. They allocate nothing, sleep
 * on nothing, keep nothing and know neither sockets nor packets of the kernel's
 * kind: bytes come in, an answer comes out.
 */
#ifndef _DSM_PURE_H
#define _DSM_PURE_H

#include <linux/errno.h>
#include <linux/types.h>
#include <asm/byteorder.h>

#ifdef __KERNEL__
#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/kernel.h>
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
typedef __s64 s64;

#define le16_to_cpu(x)	__le16_to_cpu(x)
#define le32_to_cpu(x)	__le32_to_cpu(x)
#define le64_to_cpu(x)	__le64_to_cpu(x)
#define cpu_to_le16(x)	__cpu_to_le16(x)
#define cpu_to_le32(x)	__cpu_to_le32(x)
#define cpu_to_le64(x)	__cpu_to_le64(x)
#define be16_to_cpu(x)	__be16_to_cpu(x)
#define be32_to_cpu(x)	__be32_to_cpu(x)
#define cpu_to_be16(x)	__cpu_to_be16(x)
#define cpu_to_be32(x)	__cpu_to_be32(x)
#ifndef ARRAY_SIZE
#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#endif
#ifndef BIT
#define BIT(n)		(1UL << (n))
#endif
#ifndef likely
#define likely(x)	__builtin_expect(!!(x), 1)
#define unlikely(x)	__builtin_expect(!!(x), 0)
#endif
#ifndef __always_inline
#define __always_inline	inline __attribute__((__always_inline__))
#endif
#ifndef OPTIMIZER_HIDE_VAR
#define OPTIMIZER_HIDE_VAR(v)	__asm__("" : "=r" (v) : "0" (v))
#endif
#ifndef noinline
#define noinline	__attribute__((__noinline__))
#endif
#ifndef __maybe_unused
#define __maybe_unused	__attribute__((__unused__))
#endif
#ifndef __noclone
#ifdef __clang__	/* has no such clones */
#define __noclone
#else
#define __noclone	__attribute__((__noclone__))
#endif
#endif
#ifndef __packed
#define __packed	__attribute__((__packed__))
#endif
#endif

#endif /* _DSM_PURE_H */
