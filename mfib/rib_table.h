/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What rib.c and rib_walk.c tell each other; see rib.h for what others use.
 */
#ifndef _MFIB_RIB_TABLE_H
#define _MFIB_RIB_TABLE_H

#include "rib.h"

struct mfib_table *mfib_table_make(const struct mfib_rib *rib);
void mfib_table_release(struct mfib_rib *rib, struct mfib_table *t);
void mfib_table_read(const struct mfib_table *t, u32 ref,
		     struct mfib_route *route);
int mfib_table_add(struct mfib_rib *rib, struct mfib_table *t,
		   const struct mfib_prefix *prefix,
		   const struct mfib_route *route, const char **why);
int mfib_table_remove(struct mfib_table *t, const struct mfib_prefix *prefix,
		      u8 source, u32 metric, struct mfib_route *old,
		      const char **why);

#endif /* _MFIB_RIB_TABLE_H */
