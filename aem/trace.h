/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tracepoints: aem:aem_add where a source is added or refused, aem:aem_del,
 * aem:aem_queue where one is put into a ring, aem:aem_bell where a thread is
 * interrupted, aem:aem_lost where there was no room for a record.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM aem

#if !defined(_AEM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _AEM_TRACE_H

#include <linux/tracepoint.h>

#include "aem.h"

TRACE_EVENT(aem_add,
	TP_PROTO(const struct aem_ctx *ctx, const struct aem_source *desc),
	TP_ARGS(ctx, desc),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, kind)
		__field(u32, flags)
		__field(u32, prio)
		__field(s32, fd)
		__field(u32, index)
		__field(s32, error)
	),
	TP_fast_assign(
		__entry->context = ctx->id;
		__entry->kind = desc->kind;
		__entry->flags = desc->flags;
		__entry->prio = desc->prio;
		__entry->fd = desc->fd;
		__entry->index = desc->id;
		__entry->error = desc->error;
	),
	TP_printk("context=%u kind=%u flags=0x%x prio=%u fd=%d index=%u error=%d",
		  __entry->context, __entry->kind, __entry->flags,
		  __entry->prio, __entry->fd, __entry->index, __entry->error)
);

DECLARE_EVENT_CLASS(aem_source,
	TP_PROTO(const struct aem_src *src),
	TP_ARGS(src),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, index)
		__field(u32, kind)
		__field(u32, ring)
		__field(u64, posted)
	),
	TP_fast_assign(
		__entry->context = src->ctx->id;
		__entry->index = src->index;
		__entry->kind = src->kind;
		__entry->ring = src->ring;
		__entry->posted = src->posted;
	),
	TP_printk("context=%u index=%u kind=%u ring=%u posted=%llu",
		  __entry->context, __entry->index, __entry->kind,
		  __entry->ring, __entry->posted)
);

DEFINE_EVENT(aem_source, aem_del,
	TP_PROTO(const struct aem_src *src), TP_ARGS(src));
DEFINE_EVENT(aem_source, aem_queue,
	TP_PROTO(const struct aem_src *src), TP_ARGS(src));
DEFINE_EVENT(aem_source, aem_lost,
	TP_PROTO(const struct aem_src *src), TP_ARGS(src));

TRACE_EVENT(aem_bell,
	TP_PROTO(const struct aem_ctx *ctx, const struct aem_target *target),
	TP_ARGS(ctx, target),
	TP_STRUCT__entry(
		__field(u32, context)
		__field(u32, mode)
		__field(u32, signo)
		__field(s32, tid)
	),
	TP_fast_assign(
		__entry->context = ctx->id;
		__entry->mode = target->how.mode;
		__entry->signo = target->how.signo;
		__entry->tid = target->task->pid;
	),
	TP_printk("context=%u mode=%u signo=%u tid=%d", __entry->context,
		  __entry->mode, __entry->signo, __entry->tid)
);

#endif /* _AEM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
