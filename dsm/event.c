// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who is told of a refusal: the counter of its reason, the tracepoint, the
 * listeners of "dsm monitor", those of aem, audit.
 *
 * Listeners get at most 1,000 events in a second, so that a flood of packets
 * that are refused is not one of messages; what was left out is in the next
 * event. Audit has a limit of its own. Counters have them all.
 */
#include <linux/ratelimit.h>
#include <linux/timekeeping.h>

#include "dsm.h"
#include "trace.h"

static DEFINE_RATELIMIT_STATE(event_limit, HZ, 1000);

/**
 * dsm_event_report() - something was refused, or allowed for once
 * @ev: what; its time is set here
 *
 * Context: Any context but hard interrupts. Does not sleep.
 */
void dsm_event_report(struct dsm_event *ev)
{
	if (ev->reason)
		dsm_reason_inc(ev->reason);
	ev->time_ns = ktime_get_real_ns();
	trace_dsm_refuse(ev);
	if (!ev->report)
		return;
	if (dsm_netlink_listens()) {
		if (__ratelimit(&event_limit))
			dsm_netlink_event(ev);
		else
			dsm_stat_inc(DSM_ST_EVENTS_LOST);
	}
	dsm_publish_refused(ev);
	dsm_audit_denial(ev);
}
