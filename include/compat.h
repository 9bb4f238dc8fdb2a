/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an older kernel lacks or calls by another name.
 *
 * The code of the project is written for the newer kernel; this is the only place
 * that knows about others, and the only one with LINUX_VERSION_CODE. It asks for
 * the feature and not for the version where it can: stable kernels receive
 * backports.
 */
#ifndef _CGL_COMPAT_H
#define _CGL_COMPAT_H

#include <linux/ftrace.h>

/* 6.1 has it by its older name. */
#ifndef ftrace_regs_set_instruction_pointer
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

#endif /* _CGL_COMPAT_H */
