/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Wrapping: making the signature of an ELF file the contents of a section.
 */
#ifndef _DIGSIG_ELFWRAP_H
#define _DIGSIG_ELFWRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <gelf.h>

#include "image.h"

/**
 * struct elfwrap - what wrapping adds to a file
 * @head: the ELF header that points at the new section headers
 * @tail: padding, section names, section headers, struct digsig_unwrap;
 *	NULL when the file is to be signed without wrapping
 * @tail_len: bytes of it
 */
struct elfwrap {
	uint8_t head[IMAGE_HEAD_LEN];
	uint8_t *tail;
	size_t tail_len;
};

int elfwrap_build(struct elfwrap *wrap, const struct image *img,
		  uint32_t sig_len);
void elfwrap_free(struct elfwrap *wrap);
int elfwrap_undo(uint8_t *head, const uint8_t *unwrap);
int elf_header_read(const uint8_t *head, size_t len, GElf_Ehdr *ehdr);
int elf_segment_read(const uint8_t *head, const uint8_t *raw, GElf_Phdr *ph);

#endif /* _DIGSIG_ELFWRAP_H */
