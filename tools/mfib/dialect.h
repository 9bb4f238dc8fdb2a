/* SPDX-License-Identifier: GPL-2.0-only */
/* Words of ip in the place of ours; see dialect.c. */
#ifndef DIALECT_H
#define DIALECT_H

void dialect_translate(char **argv);

#endif /* DIALECT_H */
