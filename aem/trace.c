// SPDX-License-Identifier: GPL-2.0-only
/*
 * The one place where the tracepoints of trace.h are made, and the call that
 * the inline path of posting makes when one of them is on.
 */
#define CREATE_TRACE_POINTS
#include "trace.h"

/**
 * aem_trace_queue() - aem:aem_queue is on
 * @src: what was put into a ring
 *
 * Context: Any but NMI.
 */
void aem_trace_queue(const struct aem_src *src)
{
	trace_aem_queue(src);
}
