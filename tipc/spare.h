/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Buffers of messages to other nodes that are kept for the next. See spare.c.
 */
#ifndef _TIPC_SPARE_H
#define _TIPC_SPARE_H

struct sk_buff;

struct sk_buff *tipc_spare_alloc(unsigned int hsize, unsigned int dlen);
void tipc_spare_exit(void);

#endif /* _TIPC_SPARE_H */
