/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of a given size that does nothing.
 *
 * PAD bytes of read-only data follow the code. They are read by whoever hashes
 * the file and by nobody else.
 */
	.globl	_start
	.text
_start:	movl	$60, %eax
	xorl	%edi, %edi
	syscall

	.section .rodata, "a"
	.fill	PAD / 4, 4, 0x6c676300

	.section .note.GNU-stack, "", @progbits
