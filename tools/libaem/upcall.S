/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a thread continues when the kernel calls up.
 *
 * The thread was interrupted between two instructions of anything. Below the red
 * zone the kernel has pushed the address of the second one, and below that the
 * flags:
 *
 *	sp + 144	the stack pointer as it was
 *	sp + 16		the red zone, 128 bytes
 *	sp + 8		the interrupted address
 *	sp		the flags
 *
 * Everything else is as it was and is to be so again. What a C function may change
 * is saved in an area that is found by the stack pointer alone (AREA_*), and the
 * stack pointer does not move between upcall_redo and the instruction before upcall_popf.
 * So what follows upcall_zone can be begun again at upcall_redo wherever it is
 * interrupted by another upcall: what was already restored is saved still.
 * Interrupted at upcall_popf or behind it, the thread is sent back to
 * upcall_entry with the frame that it is about to leave. Upcalls do not pile
 * up on the stack.
 */
#include "upcall.h"

#ifdef UPCALL

#define AREA_SP		120	/* the stack pointer at upcall_entry */
#define AREA_XSAVE	128
#define XSAVE_HEADER	(AREA_XSAVE + 512)
#define FRAME		144

/* Register number @reg of DWARF is saved at @at from the stack pointer. */
.macro saved reg, at
	.cfi_escape 0x10, \reg, 3, 0x77, 0x80 | (\at & 0x7f), \at >> 7
.endm

	.text
	.globl	upcall_entry, upcall_redo, upcall_zone, upcall_popf
	.hidden	upcall_entry, upcall_redo, upcall_zone, upcall_popf
	.type	upcall_entry, @function
	.balign	16
	.cfi_startproc
	.cfi_signal_frame
	.cfi_def_cfa rsp, FRAME
	.cfi_offset rip, 8 - FRAME
	nop
upcall_entry:
	pushq	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_offset rbp, -8 - FRAME
	leaq	8(%rsp), %rbp
	.cfi_def_cfa rbp, FRAME
	cld
	/* Nothing but rbp and the flags is changed until rax is saved. */
	subq	upcall_xsave_bytes(%rip), %rsp
	subq	$AREA_XSAVE, %rsp
	andq	$-64, %rsp
	movq	%rax, 0(%rsp)
	movq	%rdx, 8(%rsp)
	movq	%rcx, 16(%rsp)
	movq	%rsi, 24(%rsp)
	movq	%rdi, 32(%rsp)
	movq	%r8, 48(%rsp)
	movq	%r9, 56(%rsp)
	movq	%r10, 64(%rsp)
	movq	%r11, 72(%rsp)
	movq	-8(%rbp), %rax
	movq	%rax, 40(%rsp)
	movq	%rbp, AREA_SP(%rsp)
	.cfi_remember_state
	/* From here on all is found from the stack pointer: CFA = *(rsp + AREA_SP) + FRAME */
	.cfi_escape 0x0f, 7, 0x77, 0x80 | AREA_SP, 0, 0x06, 0x23, 0x90, 0x01
	saved	0, 0
	saved	1, 8
	saved	2, 16
	saved	4, 24
	saved	5, 32
	saved	6, 40
	saved	8, 48
	saved	9, 56
	saved	10, 64
	saved	11, 72
	/* XSAVE does not write all of what XRSTOR wants to be 0 there. */
	xorl	%eax, %eax
	movq	%rax, XSAVE_HEADER(%rsp)
	movq	%rax, XSAVE_HEADER+8(%rsp)
	movq	%rax, XSAVE_HEADER+16(%rsp)
	movl	$-1, %eax
	movl	$-1, %edx
	xsave64	AREA_XSAVE(%rsp)

upcall_redo:
	cld
	call	upcall_drain

upcall_zone:
	movq	upcall_header@gottpoff(%rip), %rax
	movq	%fs:(%rax), %rax
	movl	$0, HEADER_MASKED(%rax)
	lock orl $2, HEADER_ARMED(%rax)
	testl	$0xff00, HEADER_READY(%rax)
	jnz	upcall_redo
	cmpl	$0, HEADER_DEFERRED(%rax)
	jne	upcall_redo
	movl	$-1, %eax
	movl	$-1, %edx
	xrstor64 AREA_XSAVE(%rsp)
	movq	0(%rsp), %rax
	movq	8(%rsp), %rdx
	movq	16(%rsp), %rcx
	movq	24(%rsp), %rsi
	movq	32(%rsp), %rdi
	movq	40(%rsp), %rbp
	movq	48(%rsp), %r8
	movq	56(%rsp), %r9
	movq	64(%rsp), %r10
	movq	72(%rsp), %r11
	movq	AREA_SP(%rsp), %rsp
	.cfi_def_cfa rsp, FRAME
	.cfi_same_value rax
	.cfi_same_value rdx
	.cfi_same_value rcx
	.cfi_same_value rsi
	.cfi_same_value rdi
	.cfi_same_value rbp
	.cfi_same_value r8
	.cfi_same_value r9
	.cfi_same_value r10
	.cfi_same_value r11
upcall_popf:
	popfq
	.cfi_adjust_cfa_offset -8
	ret	$128
	.cfi_endproc
	.size	upcall_entry, . - upcall_entry

#endif /* UPCALL */

	.section .note.GNU-stack, "", @progbits
