/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What async.c and upcall.S tell each other; also included by the assembler.
 *
 * The numbers are offsets in struct aem_header, checked in async.c.
 */
#ifndef LIBAEM_UPCALL_H
#define LIBAEM_UPCALL_H

#if defined(__x86_64__) && !defined(__ILP32__)
#define UPCALL	1
#endif

#define HEADER_READY	64
#define HEADER_ARMED	68
#define HEADER_MASKED	76
#define HEADER_DEFERRED	80

#ifndef __ASSEMBLER__
#include <linux/aem.h>
#include <stddef.h>
#include <stdint.h>

_Static_assert(offsetof(struct aem_header, ready) == HEADER_READY, "ready");
_Static_assert(offsetof(struct aem_header, armed) == HEADER_ARMED, "armed");
_Static_assert(offsetof(struct aem_header, masked) == HEADER_MASKED, "masked");
_Static_assert(offsetof(struct aem_header, deferred) == HEADER_DEFERRED,
	       "deferred");

#define HIDDEN	__attribute__((visibility("hidden")))

extern HIDDEN __thread struct aem_header *upcall_header
	__attribute__((tls_model("initial-exec")));
extern HIDDEN uint64_t upcall_xsave_bytes;
extern HIDDEN const char upcall_entry[], upcall_zone[], upcall_redo[],
	upcall_popf[];
HIDDEN void upcall_drain(void);
#endif

#endif /* LIBAEM_UPCALL_H */
