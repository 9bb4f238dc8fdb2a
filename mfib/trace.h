/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: mfib:mfib_route4 and mfib:mfib_route6 where a packet has been
 * looked up, mfib:mfib_drop where one is dropped, mfib:mfib_mirror where a
 * change of the kernel's table has been taken over.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM mfib

#if !defined(_MFIB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _MFIB_TRACE_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>
#include <linux/tracepoint.h>

#include "nexthop.h"

TRACE_EVENT(mfib_route4,
	TP_PROTO(u32 fib, const struct sk_buff *skb, const struct mfib_nh *nh),
	TP_ARGS(fib, skb, nh),
	TP_STRUCT__entry(
		__field(u32, fib)
		__field(u32, saddr)
		__field(u32, daddr)
		__field(u32, slot)
		__field(int, type)
	),
	TP_fast_assign(
		__entry->fib = fib;
		__entry->saddr = (__force u32)ip_hdr(skb)->saddr;
		__entry->daddr = (__force u32)ip_hdr(skb)->daddr;
		__entry->slot = nh ? nh->slot : 0;
		__entry->type = nh ? nh->spec.type : -1;
	),
	TP_printk("fib=%u src=%pI4 dst=%pI4 nexthop=%u type=%d", __entry->fib,
		  &__entry->saddr, &__entry->daddr, __entry->slot,
		  __entry->type)
);

TRACE_EVENT(mfib_route6,
	TP_PROTO(u32 fib, const struct sk_buff *skb, const struct mfib_nh *nh),
	TP_ARGS(fib, skb, nh),
	TP_STRUCT__entry(
		__field(u32, fib)
		__array(u8, saddr, 16)
		__array(u8, daddr, 16)
		__field(u32, slot)
		__field(int, type)
	),
	TP_fast_assign(
		__entry->fib = fib;
		memcpy(__entry->saddr, &ipv6_hdr(skb)->saddr, 16);
		memcpy(__entry->daddr, &ipv6_hdr(skb)->daddr, 16);
		__entry->slot = nh ? nh->slot : 0;
		__entry->type = nh ? nh->spec.type : -1;
	),
	TP_printk("fib=%u src=%pI6c dst=%pI6c nexthop=%u type=%d",
		  __entry->fib, __entry->saddr, __entry->daddr, __entry->slot,
		  __entry->type)
);

TRACE_EVENT(mfib_drop,
	TP_PROTO(u32 fib, const struct sk_buff *skb, const char *why),
	TP_ARGS(fib, skb, why),
	TP_STRUCT__entry(
		__field(u32, fib)
		__field(u32, len)
		__field(u16, protocol)
		__array(char, why, 24)
	),
	TP_fast_assign(
		__entry->fib = fib;
		__entry->len = skb->len;
		__entry->protocol = ntohs(skb->protocol);
		strscpy(__entry->why, why, sizeof(__entry->why));
	),
	TP_printk("fib=%u why=%s protocol=0x%04x len=%u", __entry->fib,
		  __entry->why, __entry->protocol, __entry->len)
);

TRACE_EVENT(mfib_mirror,
	TP_PROTO(u32 fib, int family, unsigned int event, u8 len, int err),
	TP_ARGS(fib, family, event, len, err),
	TP_STRUCT__entry(
		__field(u32, fib)
		__field(int, family)
		__field(unsigned int, event)
		__field(u8, len)
		__field(int, err)
	),
	TP_fast_assign(
		__entry->fib = fib;
		__entry->family = family;
		__entry->event = event;
		__entry->len = len;
		__entry->err = err;
	),
	TP_printk("fib=%u family=%d event=%u len=%u err=%d", __entry->fib,
		  __entry->family, __entry->event, __entry->len, __entry->err)
);

#endif /* _MFIB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
