// SPDX-License-Identifier: GPL-2.0-only
/*
 * Wrapping: making the signature of an ELF file the contents of a section.
 *
 * ELF tools copy and show what a section covers and drop or damage what none
 * covers, so the signature gets one: ".digsig", not loaded, at the end. To
 * name it the section names and the section headers are written once more
 * behind the file, and the ELF header is pointed at them. Nothing that was
 * there moves, and struct digsig_unwrap keeps the three fields of the ELF
 * header that change.
 *
 * libelf converts headers between the file's class and byte order and ours;
 * the bytes are fetched here, because a file that is signed again is looked at
 * as it was before. What has no usable section headers is not wrapped: the
 * kernel does not need them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <gelf.h>

#include "elfwrap.h"

#define SECTION_NAME	".digsig"
#define SHNUM_MAX	(1U << 20)
#define NAMES_MAX	(64U << 20)

/**
 * struct sections - the section headers of a file
 * @class: ELFCLASS32 or ELFCLASS64
 * @encoding: ELFDATA2LSB or ELFDATA2MSB
 * @ehdr: the ELF header
 * @num: number of sections, wherever it is written
 * @names: index of the section with their names
 * @entry_len: bytes of one header
 * @table: @num headers as in the file, and room for one more
 * @text: the names as in the file, and room for one more
 * @text_len: bytes of the names
 */
struct sections {
	int class;
	unsigned int encoding;
	GElf_Ehdr ehdr;
	uint32_t num;
	uint32_t names;
	size_t entry_len;
	uint8_t *table;
	char *text;
	size_t text_len;
};

/* Translates one header between file and memory, either way. */
static int translate(void *dst, const void *src, size_t len, Elf_Type type,
		     const struct sections *s, bool to_file)
{
	Elf_Data from = {
		.d_buf = (void *)src, .d_type = type, .d_size = len,
		.d_version = EV_CURRENT,
	};
	Elf_Data to = {
		.d_buf = dst, .d_type = type, .d_size = len,
		.d_version = EV_CURRENT,
	};
	Elf_Data *done;

	if (s->class == ELFCLASS32)
		done = to_file ? elf32_xlatetof(&to, &from, s->encoding) :
				 elf32_xlatetom(&to, &from, s->encoding);
	else
		done = to_file ? elf64_xlatetof(&to, &from, s->encoding) :
				 elf64_xlatetom(&to, &from, s->encoding);
	return done ? 0 : -EINVAL;
}

static int identify(struct sections *s, const uint8_t *head, size_t len)
{
	if (len < EI_NIDENT || memcmp(head, ELFMAG, SELFMAG) ||
	    elf_version(EV_CURRENT) == EV_NONE)
		return -ENOEXEC;
	s->class = head[EI_CLASS];
	s->encoding = head[EI_DATA];
	if (s->encoding != ELFDATA2LSB && s->encoding != ELFDATA2MSB)
		return -ENOEXEC;
	if (s->class == ELFCLASS64 && len >= sizeof(Elf64_Ehdr))
		return 0;
	if (s->class == ELFCLASS32 && len >= sizeof(Elf32_Ehdr))
		return 0;
	return -ENOEXEC;
}

static int header_read(struct sections *s, const uint8_t *head, size_t len)
{
	Elf32_Ehdr e32;
	int err;

	err = identify(s, head, len);
	if (err)
		return err;
	if (s->class == ELFCLASS64)
		return translate(&s->ehdr, head, sizeof(Elf64_Ehdr), ELF_T_EHDR,
				 s, false);
	err = translate(&e32, head, sizeof(e32), ELF_T_EHDR, s, false);
	if (err)
		return err;
	memcpy(s->ehdr.e_ident, e32.e_ident, EI_NIDENT);
	s->ehdr.e_type = e32.e_type;
	s->ehdr.e_machine = e32.e_machine;
	s->ehdr.e_version = e32.e_version;
	s->ehdr.e_entry = e32.e_entry;
	s->ehdr.e_phoff = e32.e_phoff;
	s->ehdr.e_shoff = e32.e_shoff;
	s->ehdr.e_flags = e32.e_flags;
	s->ehdr.e_ehsize = e32.e_ehsize;
	s->ehdr.e_phentsize = e32.e_phentsize;
	s->ehdr.e_phnum = e32.e_phnum;
	s->ehdr.e_shentsize = e32.e_shentsize;
	s->ehdr.e_shnum = e32.e_shnum;
	s->ehdr.e_shstrndx = e32.e_shstrndx;
	return 0;
}

/* Writes the three fields that wrapping changes; the rest stays as it is. */
static int header_write(const struct sections *s, uint8_t *head, uint64_t shoff,
			uint16_t shnum, uint16_t shstrndx)
{
	union {
		Elf32_Ehdr e32;
		Elf64_Ehdr e64;
	} e;
	size_t len;
	int err;

	len = s->class == ELFCLASS32 ? sizeof(e.e32) : sizeof(e.e64);
	err = translate(&e, head, len, ELF_T_EHDR, s, false);
	if (err)
		return err;
	if (s->class == ELFCLASS32) {
		e.e32.e_shoff = shoff;
		e.e32.e_shnum = shnum;
		e.e32.e_shstrndx = shstrndx;
	} else {
		e.e64.e_shoff = shoff;
		e.e64.e_shnum = shnum;
		e.e64.e_shstrndx = shstrndx;
	}
	return translate(head, &e, len, ELF_T_EHDR, s, true);
}

static int section_read(const struct sections *s, uint32_t i, GElf_Shdr *sh)
{
	const uint8_t *raw = s->table + i * s->entry_len;
	Elf32_Shdr sh32;
	int err;

	if (s->class == ELFCLASS64)
		return translate(sh, raw, sizeof(*sh), ELF_T_SHDR, s, false);
	err = translate(&sh32, raw, sizeof(sh32), ELF_T_SHDR, s, false);
	*sh = (GElf_Shdr) {
		.sh_name = sh32.sh_name, .sh_type = sh32.sh_type,
		.sh_flags = sh32.sh_flags, .sh_addr = sh32.sh_addr,
		.sh_offset = sh32.sh_offset, .sh_size = sh32.sh_size,
		.sh_link = sh32.sh_link, .sh_info = sh32.sh_info,
		.sh_addralign = sh32.sh_addralign,
		.sh_entsize = sh32.sh_entsize,
	};
	return err;
}

static int section_write(struct sections *s, uint32_t i, const GElf_Shdr *sh)
{
	uint8_t *raw = s->table + i * s->entry_len;
	Elf32_Shdr sh32;

	if (s->class == ELFCLASS64)
		return translate(raw, sh, sizeof(*sh), ELF_T_SHDR, s, true);
	sh32 = (Elf32_Shdr) {
		.sh_name = sh->sh_name, .sh_type = sh->sh_type,
		.sh_flags = sh->sh_flags, .sh_addr = sh->sh_addr,
		.sh_offset = sh->sh_offset, .sh_size = sh->sh_size,
		.sh_link = sh->sh_link, .sh_info = sh->sh_info,
		.sh_addralign = sh->sh_addralign,
		.sh_entsize = sh->sh_entsize,
	};
	return translate(raw, &sh32, sizeof(sh32), ELF_T_SHDR, s, true);
}

/* True if [off, off + len) lies in the file as it was before signing. */
static bool inside(const struct image *img, uint64_t off, uint64_t len)
{
	return off <= img->plain_len && len <= img->plain_len - off;
}

/* Section 0 has the numbers that do not fit into the ELF header. */
static int count_sections(struct sections *s, const struct image *img)
{
	GElf_Shdr zero;
	int err;

	s->num = s->ehdr.e_shnum;
	s->names = s->ehdr.e_shstrndx;
	if (s->num && s->names != SHN_XINDEX)
		return 0;
	if (!inside(img, s->ehdr.e_shoff, s->entry_len))
		return -ENOEXEC;
	s->table = malloc(s->entry_len);
	if (!s->table)
		return -ENOMEM;
	err = image_read(img, s->table, s->entry_len, s->ehdr.e_shoff);
	if (!err)
		err = section_read(s, 0, &zero);
	free(s->table);
	s->table = NULL;
	if (err)
		return err;
	if (!s->num) {
		if (zero.sh_size > SHNUM_MAX)
			return -ENOEXEC;
		s->num = zero.sh_size;
	}
	if (s->names == SHN_XINDEX)
		s->names = zero.sh_link;
	return 0;
}

static int read_table(struct sections *s, const struct image *img)
{
	size_t len = s->num * s->entry_len;

	if (!s->num || s->num > SHNUM_MAX ||
	    !inside(img, s->ehdr.e_shoff, len) ||
	    s->names == SHN_UNDEF || s->names >= s->num)
		return -ENOEXEC;
	s->table = calloc(s->num + 1, s->entry_len);
	if (!s->table)
		return -ENOMEM;
	return image_read(img, s->table, len, s->ehdr.e_shoff);
}

static int read_names(struct sections *s, const struct image *img)
{
	GElf_Shdr sh;
	int err;

	err = section_read(s, s->names, &sh);
	if (err)
		return err;
	if (sh.sh_type != SHT_STRTAB || !sh.sh_size || sh.sh_size > NAMES_MAX ||
	    !inside(img, sh.sh_offset, sh.sh_size))
		return -ENOEXEC;
	s->text_len = sh.sh_size;
	s->text = calloc(1, s->text_len + sizeof(SECTION_NAME));
	if (!s->text)
		return -ENOMEM;
	err = image_read(img, s->text, s->text_len, sh.sh_offset);
	if (!err && s->text[s->text_len - 1])
		err = -ENOEXEC;
	return err;
}

static void sections_free(struct sections *s)
{
	free(s->table);
	free(s->text);
}

static int sections_read(struct sections *s, const struct image *img)
{
	int err;

	memset(s, 0, sizeof(*s));
	err = header_read(s, img->head, img->head_len);
	if (err)
		return err;
	s->entry_len = s->class == ELFCLASS32 ? sizeof(Elf32_Shdr) :
						sizeof(Elf64_Shdr);
	if (!s->ehdr.e_shoff || s->ehdr.e_shentsize != s->entry_len)
		return -ENOEXEC;
	err = count_sections(s, img);
	if (!err)
		err = read_table(s, img);
	if (!err)
		err = read_names(s, img);
	return err;
}

/*
 * strip and objcopy carry the section over into a file whose signature they
 * have made worthless. Its header is used again, so that there is one.
 */
static uint32_t own_section(const struct sections *s)
{
	GElf_Shdr sh;
	uint32_t i;

	for (i = 1; i < s->num; i++)
		if (i != s->names && !section_read(s, i, &sh) &&
		    !(sh.sh_flags & SHF_ALLOC) && sh.sh_name < s->text_len &&
		    !strcmp(s->text + sh.sh_name, SECTION_NAME))
			return i;
	return s->num;
}

static int add_section(struct sections *s, uint64_t names_off,
		       uint64_t sig_off, uint64_t size)
{
	uint32_t own = own_section(s);
	GElf_Shdr sh;
	int err;

	err = section_read(s, s->names, &sh);
	if (err)
		return err;
	sh.sh_offset = names_off;
	sh.sh_size = s->text_len + sizeof(SECTION_NAME);
	err = section_write(s, s->names, &sh);
	if (err)
		return err;
	sh = (GElf_Shdr) {
		.sh_name = s->text_len, .sh_type = SHT_PROGBITS,
		.sh_offset = sig_off, .sh_size = size, .sh_addralign = 1,
	};
	if (own == s->num)
		s->num++;
	return section_write(s, own, &sh);
}

/* Numbers from SHN_LORESERVE on are written into section 0. */
static int point_header(struct sections *s, uint8_t *head, uint64_t shoff)
{
	uint16_t num = s->num;
	GElf_Shdr zero;
	int err;

	if (s->num >= SHN_LORESERVE) {
		err = section_read(s, 0, &zero);
		if (err)
			return err;
		zero.sh_size = s->num;
		err = section_write(s, 0, &zero);
		if (err)
			return err;
		num = 0;
	}
	return header_write(s, head, shoff, num, s->ehdr.e_shstrndx);
}

static void put_le(uint8_t *p, uint64_t value, int bytes)
{
	while (bytes--) {
		*p++ = value;
		value >>= 8;
	}
}

/* The fields of struct digsig_unwrap, from the header before signing. */
static void put_unwrap(uint8_t *p, const GElf_Ehdr *ehdr)
{
	put_le(p, ehdr->e_shoff, 8);
	put_le(p + 8, ehdr->e_shnum, 2);
	put_le(p + 10, ehdr->e_shstrndx, 2);
	put_le(p + 12, 0, 4);
}

static int lay_out(struct elfwrap *wrap, struct sections *s,
		   const struct image *img, uint32_t sig_len)
{
	size_t text_len = s->text_len + sizeof(SECTION_NAME);
	size_t pad = -(img->plain_len + text_len) & 7;
	uint64_t names_off = img->plain_len + pad;
	uint64_t shoff = names_off + text_len, end;
	GElf_Ehdr before = s->ehdr;
	bool grows = own_section(s) == s->num;
	size_t table_len = (s->num + grows) * s->entry_len;
	uint8_t *p;
	int err;

	memcpy(s->text + s->text_len, SECTION_NAME, sizeof(SECTION_NAME));
	wrap->tail_len = pad + text_len + table_len + DIGSIG_UNWRAP_LEN;
	end = img->plain_len + wrap->tail_len + sig_len + DIGSIG_FOOTER_LEN;
	if (s->class == ELFCLASS32 && end > UINT32_MAX)
		return -ENOEXEC;
	err = add_section(s, names_off, img->plain_len + wrap->tail_len,
			  sig_len + DIGSIG_FOOTER_LEN);
	if (!err)
		err = point_header(s, wrap->head, shoff);
	if (err)
		return err;
	wrap->tail = calloc(1, wrap->tail_len);
	if (!wrap->tail)
		return -ENOMEM;
	p = wrap->tail + pad;
	memcpy(p, s->text, text_len);
	p += text_len;
	memcpy(p, s->table, table_len);
	put_unwrap(p + table_len, &before);
	return 0;
}

/**
 * elfwrap_build() - compute what wrapping adds to a file
 * @wrap: filled; elfwrap_free() gives it back. @wrap->tail is NULL if the
 *	file cannot be wrapped: no ELF file, no section headers, or such that
 *	contradict the file
 * @img: the file
 * @sig_len: bytes of the signature that will follow
 *
 * Return: 0, or -ENOMEM, or an error of reading the file.
 */
int elfwrap_build(struct elfwrap *wrap, const struct image *img,
		  uint32_t sig_len)
{
	struct sections s;
	int err;

	memset(wrap, 0, sizeof(*wrap));
	memcpy(wrap->head, img->head, img->head_len);
	err = sections_read(&s, img);
	if (!err)
		err = lay_out(wrap, &s, img, sig_len);
	sections_free(&s);
	if (err) {
		elfwrap_free(wrap);
		memcpy(wrap->head, img->head, img->head_len);
	}
	return err == -ENOEXEC || err == -EINVAL ? 0 : err;
}

/**
 * elfwrap_free() - give back what elfwrap_build() took
 * @wrap: empty afterwards
 */
void elfwrap_free(struct elfwrap *wrap)
{
	free(wrap->tail);
	memset(wrap, 0, sizeof(*wrap));
}

/**
 * elfwrap_undo() - make an ELF header what it was before it was wrapped
 * @head: IMAGE_HEAD_LEN bytes from the start of the file; changed
 * @unwrap: struct digsig_unwrap as it stands in the file
 *
 * Return: 0, or -EINVAL if this is no ELF header or no struct digsig_unwrap.
 */
int elfwrap_undo(uint8_t *head, const uint8_t *unwrap)
{
	struct sections s = {};
	uint64_t shoff = 0;
	int i;

	if (header_read(&s, head, IMAGE_HEAD_LEN))
		return -EINVAL;
	for (i = 7; i >= 0; i--)
		shoff = shoff << 8 | unwrap[i];
	if (unwrap[12] | unwrap[13] | unwrap[14] | unwrap[15])
		return -EINVAL;
	if (s.class == ELFCLASS32 && shoff > UINT32_MAX)
		return -EINVAL;
	return header_write(&s, head, shoff, unwrap[8] | unwrap[9] << 8,
			    unwrap[10] | unwrap[11] << 8);
}

/**
 * elf_header_read() - read an ELF header of either class and byte order
 * @head: first bytes of the file
 * @len: how many
 * @ehdr: filled
 *
 * Return: 0, or -ENOEXEC if they are no ELF header.
 */
int elf_header_read(const uint8_t *head, size_t len, GElf_Ehdr *ehdr)
{
	struct sections s = {};

	if (header_read(&s, head, len))
		return -ENOEXEC;
	*ehdr = s.ehdr;
	return 0;
}

/**
 * elf_segment_read() - read a program header of either class and byte order
 * @head: IMAGE_HEAD_LEN bytes from the start of the file
 * @raw: the program header as it stands in the file
 * @ph: filled
 *
 * Return: 0, or -ENOEXEC if @head is no ELF header.
 */
int elf_segment_read(const uint8_t *head, const uint8_t *raw, GElf_Phdr *ph)
{
	struct sections s = {};
	Elf32_Phdr ph32;

	if (identify(&s, head, IMAGE_HEAD_LEN))
		return -ENOEXEC;
	if (s.class == ELFCLASS64)
		return translate(ph, raw, sizeof(*ph), ELF_T_PHDR, &s, false);
	if (translate(&ph32, raw, sizeof(ph32), ELF_T_PHDR, &s, false))
		return -ENOEXEC;
	*ph = (GElf_Phdr) {
		.p_type = ph32.p_type, .p_flags = ph32.p_flags,
		.p_offset = ph32.p_offset, .p_vaddr = ph32.p_vaddr,
		.p_paddr = ph32.p_paddr, .p_filesz = ph32.p_filesz,
		.p_memsz = ph32.p_memsz, .p_align = ph32.p_align,
	};
	return 0;
}
