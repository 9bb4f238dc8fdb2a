/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module as a list of parts: loaded in the order of the list, unloaded in the
 * other, and a part that cannot begin undoes those before it.
 *
 * For init and exit of a module, which the kernel runs one at a time.
 */
#ifndef _CGL_MODULE_PARTS_H
#define _CGL_MODULE_PARTS_H

#include <linux/types.h>

/**
 * struct cgl_part - a part of a module
 * @init: 0, or a negative error with nothing left behind; may be NULL
 * @exit: undoes it; may be NULL
 */
struct cgl_part {
	int (*init)(void);
	void (*exit)(void);
};

/**
 * cgl_parts_exit() - undo parts, the last one first
 * @parts: in the order of loading
 * @n: of them that were begun
 *
 * Context: Process context. May sleep.
 */
static inline void cgl_parts_exit(const struct cgl_part *parts, size_t n)
{
	while (n--)
		if (parts[n].exit)
			parts[n].exit();
}

/**
 * cgl_parts_init() - begin parts, the first one first
 * @parts: in the order of loading
 * @n: of them
 *
 * Context: Process context. May sleep.
 * Return: 0, or the error of a part, with nothing left behind.
 */
static inline int cgl_parts_init(const struct cgl_part *parts, size_t n)
{
	size_t i;
	int err;

	for (i = 0; i < n; i++) {
		err = parts[i].init ? parts[i].init() : 0;
		if (err) {
			cgl_parts_exit(parts, i);
			return err;
		}
	}
	return 0;
}

#endif /* _CGL_MODULE_PARTS_H */
