/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Subscriptions and events as they stand in messages: see subscr.c.
 */
#ifndef _TIPC_SUBSCR_H
#define _TIPC_SUBSCR_H

#include <linux/tipc.h>

#include "pure.h"

/**
 * struct tipc_subscr_req - a subscription that was read
 * @type: service type
 * @lower: first instance of interest
 * @upper: last instance of interest
 * @timeout: for how many milliseconds, TIPC_WAIT_FOREVER for ever
 * @filter: TIPC_SUB_*, without TIPC_SUB_CANCEL
 * @cancel: not a subscription but the end of one
 * @swap: numbers in it are not in this machine's order
 * @raw: as it came, without TIPC_SUB_CANCEL
 */
struct tipc_subscr_req {
	u32			type;
	u32			lower;
	u32			upper;
	u32			timeout;
	u32			filter;
	bool			cancel;
	bool			swap;
	struct tipc_subscr	raw;
};

int tipc_subscr_read(const void *buf, size_t len, struct tipc_subscr_req *req);
bool tipc_subscr_same(const struct tipc_subscr_req *a,
		      const struct tipc_subscr_req *b);
void tipc_subscr_event(const struct tipc_subscr_req *req, u32 event, u32 lower,
		       u32 upper, const struct tipc_socket_addr *port,
		       struct tipc_event *to);
void tipc_subscr_timeout(const struct tipc_subscr_req *req,
			 struct tipc_event *to);

#endif /* _TIPC_SUBSCR_H */
