// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals and changes of policy as events of aem; <aem_source.h> says how the
 * two modules meet. Nobody is waited for and nothing is held here.
 */
#include <linux/capability.h>
#include <linux/string.h>

#include "aem_source.h"
#include "dsm.h"

AEM_SOURCE(dsm, CAP_AUDIT_READ);

static_assert(sizeof(struct dsm_aem_refused) <= AEM_SOURCE_DATA);

static void refused_fill(struct dsm_aem_refused *out,
			 const struct dsm_event *ev)
{
	out->time_ns = ev->time_ns;
	out->op = ev->op;
	out->reason = ev->reason;
	out->class = ev->access.class;
	out->perms = ev->access.perms;
	out->ssid = ev->access.sid;
	out->snid = ev->access.nid;
	out->tsid = ev->access.tsid;
	out->serial = ev->serial;
	out->pid = ev->pid;
	if (ev->pid)
		strscpy(out->comm, ev->comm, sizeof(out->comm));
	memcpy(out->saddr, &ev->saddr, sizeof(out->saddr));
	memcpy(out->daddr, &ev->daddr, sizeof(out->daddr));
	out->sport = ev->sport;
	out->dport = ev->dport;
	out->family = ev->family;
	out->protocol = ev->protocol;
	out->denied = ev->denied;
}

/**
 * dsm_publish_refused() - tell who listens by aem
 * @ev: what was refused
 *
 * Costs a look when nobody listens.
 *
 * Context: Any context but hard interrupts. Does not sleep.
 */
void dsm_publish_refused(const struct dsm_event *ev)
{
	struct dsm_aem_refused out;

	if (!aem_source_wanted(&aem_source_dsm))
		return;
	memset(&out, 0, sizeof(out));
	refused_fill(&out, ev);
	aem_source_publish(&aem_source_dsm, DSM_AEM_REFUSED, &out,
			   sizeof(out));
}

/**
 * dsm_publish_policy() - the policy has changed
 * @serial: of the one in force, 0 if there is none
 * @generation: number of the change
 *
 * Context: Process context. Does not sleep.
 */
void dsm_publish_policy(u32 serial, u32 generation)
{
	struct dsm_aem_policy out = {
		.serial = serial, .generation = generation,
	};

	aem_source_publish(&aem_source_dsm, DSM_AEM_POLICY, &out, sizeof(out));
}
