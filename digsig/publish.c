// SPDX-License-Identifier: GPL-2.0-only
/*
 * Refusals and changes of mode as events of aem, for programs that have one
 * queue for everything; <aem_source.h> says how the two modules meet. Nobody is
 * waited for and nothing is held here.
 */
#include <linux/capability.h>
#include <linux/string.h>

#include "aem_source.h"
#include "control.h"

AEM_SOURCE(digsig, CAP_AUDIT_READ);

static_assert(sizeof(struct digsig_aem_event) + DIGSIG_AEM_PATH ==
	      AEM_SOURCE_DATA);

/* Fills in what is told; returns how much of it there is. */
static size_t publish_fill(struct digsig_aem_event *out,
			   const struct digsig_event *ev)
{
	const struct digsig_verdict *v = &ev->verdict;
	ssize_t len;

	out->reason = v->reason;
	out->op = ev->op;
	out->pid = ev->pid;
	out->uid = ev->uid;
	out->denied = ev->denied;
	out->mode = ev->mode < 0 ? READ_ONCE(digsig_mode) : ev->mode;
	out->strict = READ_ONCE(digsig_strict);
	out->time_ns = ev->time_ns;
	strscpy(out->comm, ev->comm, sizeof(out->comm));
	if (v->has_key)
		memcpy(out->key_id, v->key_id, sizeof(out->key_id));
	len = strscpy(out->path, ev->path ? ev->path : "", DIGSIG_AEM_PATH);
	out->cut = len < 0;
	return sizeof(*out) + (len < 0 ? DIGSIG_AEM_PATH : len + 1);
}

/**
 * digsig_publish() - tell who listens by aem
 * @ev: what happened
 *
 * Costs a look when nobody listens.
 *
 * Context: Process context, may be called under mmap_lock. Does not sleep.
 */
void digsig_publish(const struct digsig_event *ev)
{
	union {
		struct digsig_aem_event event;
		u8 bytes[AEM_SOURCE_DATA];
	} data;
	size_t len;

	if (!aem_source_wanted(&aem_source_digsig))
		return;
	memset(&data, 0, sizeof(data));
	len = publish_fill(&data.event, ev);
	aem_source_publish(&aem_source_digsig,
			   ev->mode < 0 ? DIGSIG_AEM_REFUSED : DIGSIG_AEM_MODE,
			   &data, len);
}
