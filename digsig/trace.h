/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: digsig:digsig_refuse where a refusal falls,
 * digsig:digsig_verdict where a file has been read and judged, digsig:digsig_mode where the mode
 * changes. Nothing is traced on the path of a cached verdict.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM digsig

#if !defined(_DIGSIG_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _DIGSIG_TRACE_H

#include <linux/fs.h>
#include <linux/kdev_t.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "digsig.h"

struct digsig_event;

/*
 * The names are recorded, not looked up on reading: they come from policy.c,
 * which a table in a format string could contradict. Strings are dynamic arrays
 * because __assign_str() takes other arguments in other kernels.
 */
#define DIGSIG_TRACE_STRING(field, s) \
	__dynamic_array(char, field, strlen(s) + 1)
#define DIGSIG_TRACE_COPY(field, s) \
	memcpy(__get_dynamic_array(field), s, __get_dynamic_array_len(field))

TRACE_EVENT(digsig_refuse,
	TP_PROTO(const struct digsig_event *ev),
	TP_ARGS(ev),
	TP_STRUCT__entry(
		__field(u32, op)
		__field(u32, reason)
		__field(u32, pid)
		__field(bool, denied)
		DIGSIG_TRACE_STRING(op_name, digsig_op_name(ev->op))
		DIGSIG_TRACE_STRING(reason_name,
				    digsig_reason_name(ev->verdict.reason))
		DIGSIG_TRACE_STRING(path, ev->path ? ev->path : "")
	),
	TP_fast_assign(
		__entry->op = ev->op;
		__entry->reason = ev->verdict.reason;
		__entry->pid = ev->pid;
		__entry->denied = ev->denied;
		DIGSIG_TRACE_COPY(op_name, digsig_op_name(ev->op));
		DIGSIG_TRACE_COPY(reason_name,
				  digsig_reason_name(ev->verdict.reason));
		DIGSIG_TRACE_COPY(path, ev->path ? ev->path : "");
	),
	TP_printk("op=%s reason=%s denied=%d pid=%u path=%s",
		  __get_str(op_name), __get_str(reason_name), __entry->denied,
		  __entry->pid, __get_str(path))
);

TRACE_EVENT(digsig_verdict,
	TP_PROTO(const struct inode *inode,
		 const struct digsig_verdict *verdict),
	TP_ARGS(inode, verdict),
	TP_STRUCT__entry(
		__field(dev_t, dev)
		__field(u64, ino)
		__field(u64, size)
		__field(u32, reason)
		__field(u32, flags)
		__field(u32, sid)
		DIGSIG_TRACE_STRING(reason_name,
				    digsig_reason_name(verdict->reason))
	),
	TP_fast_assign(
		__entry->dev = inode->i_sb->s_dev;
		__entry->ino = inode->i_ino;
		__entry->size = i_size_read(inode);
		__entry->reason = verdict->reason;
		__entry->flags = verdict->flags;
		__entry->sid = verdict->sid;
		DIGSIG_TRACE_COPY(reason_name,
				  digsig_reason_name(verdict->reason));
	),
	TP_printk("dev=%u:%u ino=%llu size=%llu reason=%s flags=0x%x sid=%u",
		  MAJOR(__entry->dev), MINOR(__entry->dev), __entry->ino,
		  __entry->size, __get_str(reason_name), __entry->flags,
		  __entry->sid)
);

TRACE_EVENT(digsig_mode,
	TP_PROTO(unsigned int old_mode, unsigned int new_mode, bool strict),
	TP_ARGS(old_mode, new_mode, strict),
	TP_STRUCT__entry(
		__field(u32, old_mode)
		__field(u32, new_mode)
		__field(bool, strict)
		DIGSIG_TRACE_STRING(old_name, digsig_mode_name(old_mode))
		DIGSIG_TRACE_STRING(new_name, digsig_mode_name(new_mode))
	),
	TP_fast_assign(
		__entry->old_mode = old_mode;
		__entry->new_mode = new_mode;
		__entry->strict = strict;
		DIGSIG_TRACE_COPY(old_name, digsig_mode_name(old_mode));
		DIGSIG_TRACE_COPY(new_name, digsig_mode_name(new_mode));
	),
	TP_printk("old=%s new=%s strict=%d", __get_str(old_name),
		  __get_str(new_name), __entry->strict)
);

#endif /* _DIGSIG_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
