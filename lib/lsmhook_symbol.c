// SPDX-License-Identifier: GPL-2.0-only
/*
 * Addresses that the kernel does not export, and writing to its read-only data.
 *
 * The tables of the LSM framework are not exported, so they are looked up by
 * name. kallsyms_lookup_name() would do that but is not exported either; a
 * kprobe is found by name, and tells its address. The function is then called
 * through a static call of ours and not through a pointer: on a kernel with
 * indirect branch tracking it has no ENDBR that an indirect call could land on,
 * because no pointer to it exists in the kernel. A direct call, which is what a
 * static call becomes, may go anywhere.
 *
 * What the kernel makes read-only after its initialization stays so. One word
 * of it is written through another mapping of the page that exists for the time
 * of the write, as the kernel's own text patching does.
 *
 * Nothing here keeps state, but for the static call, which is set to the same
 * value every time.
 */
#include <linux/kprobes.h>
#include <linux/mm.h>
#include <linux/static_call.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>
#include "lsmhook_place.h"

static unsigned long lsmhook_no_lookup(const char *name)
{
	return 0;
}

DEFINE_STATIC_CALL(lsmhook_lookup, lsmhook_no_lookup);

/* Without it every name is unknown. */
static void lsmhook_symbol_init(void)
{
	struct kprobe kp = { .symbol_name = "kallsyms_lookup_name" };

	if (register_kprobe(&kp))
		return;
	static_call_update(lsmhook_lookup, (void *)kp.addr);
	unregister_kprobe(&kp);
}

/* Address of a symbol of the kernel, or NULL. */
static void *lsmhook_symbol(const char *name)
{
	return (void *)static_call(lsmhook_lookup)(name);
}

/*
 * A second, writable mapping of the page that @word is in, and in @alias where
 * the word is in it. For addresses in the kernel's image and in its direct map.
 */
static void *lsmhook_alias_map(void *word, void ***alias)
{
	struct page *page = virt_to_page(word);
	void *map = vmap(&page, 1, VM_MAP, PAGE_KERNEL);

	if (map)
		*alias = map + offset_in_page(word);
	return map;
}

/* The pointer at @addr, or NULL if there is no memory. */
static void *lsmhook_peek(const void *addr)
{
	void *value;

	if (get_kernel_nofault(value, (void **)addr))
		return NULL;
	return value;
}

/*
 * Where the five-byte call or jump at @insn leads to, or NULL if there is
 * another instruction.
 */
static void *lsmhook_branch_target(const u8 *insn)
{
	u8 code[6];
	s32 rel;

	if (copy_from_kernel_nofault(code, insn, sizeof(code)))
		return NULL;
	/* A conditional jump has a prefix. */
	if (code[0] == 0x0f && (code[1] & 0xf0) == 0x80) {
		memcpy(&rel, code + 2, sizeof(rel));
		return (void *)insn + 6 + rel;
	}
	if (code[0] != 0xe8 && code[0] != 0xe9)
		return NULL;
	memcpy(&rel, code + 1, sizeof(rel));
	return (void *)insn + 5 + rel;
}
