/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From text to image: the steps of the compiler.
 */
#ifndef DSM_COMPILE_H
#define DSM_COMPILE_H

#include <stddef.h>
#include <stdint.h>

#include "model.h"
#include "text.h"

int parse_policy(struct text *t, struct model *m);
void lint_policy(struct text *t, const struct model *m);

void *build_image(struct model *m, uint64_t time, size_t *len,
		  const char **error);

#endif /* DSM_COMPILE_H */
