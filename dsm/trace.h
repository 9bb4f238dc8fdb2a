/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: dsm:dsm_refuse where a refusal falls, dsm:dsm_policy where the
 * policy changes. Nothing is traced for what is allowed.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM dsm

#if !defined(_DSM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DSM_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#include "dsm.h"

/* Strings are dynamic arrays: __assign_str() differs between kernels. */
#define DSM_TRACE_STRING(field, s) \
	__dynamic_array(char, field, strlen(s) + 1)
#define DSM_TRACE_COPY(field, s) \
	memcpy(__get_dynamic_array(field), s, __get_dynamic_array_len(field))

TRACE_EVENT(dsm_refuse,
	TP_PROTO(const struct dsm_event *ev),
	TP_ARGS(ev),
	TP_STRUCT__entry(
		__field(bool, denied)
		__field(u32, class)
		__field(u32, ssid)
		__field(u32, snid)
		__field(u32, tsid)
		__field(u32, pid)
		DSM_TRACE_STRING(op, dsm_op_name(ev->op))
		DSM_TRACE_STRING(reason, dsm_reason_name(ev->reason))
	),
	TP_fast_assign(
		__entry->denied = ev->denied;
		__entry->class = ev->access.class;
		__entry->ssid = ev->access.sid;
		__entry->snid = ev->access.nid;
		__entry->tsid = ev->access.tsid;
		__entry->pid = ev->pid;
		DSM_TRACE_COPY(op, dsm_op_name(ev->op));
		DSM_TRACE_COPY(reason, dsm_reason_name(ev->reason));
	),
	TP_printk("op=%s reason=%s denied=%d class=%u ssid=%u snid=%u tsid=%u pid=%u",
		  __get_str(op), __get_str(reason), __entry->denied,
		  __entry->class, __entry->ssid, __entry->snid, __entry->tsid,
		  __entry->pid)
);

TRACE_EVENT(dsm_policy,
	TP_PROTO(u32 serial, u32 generation),
	TP_ARGS(serial, generation),
	TP_STRUCT__entry(
		__field(u32, serial)
		__field(u32, generation)
	),
	TP_fast_assign(
		__entry->serial = serial;
		__entry->generation = generation;
	),
	TP_printk("serial=%u generation=%u", __entry->serial,
		  __entry->generation)
);

#endif /* _DSM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
