/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What dsm tells other modules: whose label a task has, and whether a message
 * may reach a receiver.
 *
 * Looked up at run time, so that a module works without dsm:
 *
 *	const struct dsm_label_if *dsm = symbol_get(dsm_label_if);
 *
 *	if (dsm) {
 *		...
 *		symbol_put(dsm_label_if);
 *	}
 *
 * Between the two dsm cannot be unloaded. Both are for process context; a
 * protocol takes its reference when a socket is made and gives it back when
 * that is closed. The functions themselves may be called in any context but
 * hard interrupts, and do not sleep.
 */
#ifndef _DSM_LABEL_H
#define _DSM_LABEL_H

#include <linux/dsm.h>
#include <linux/types.h>

/**
 * struct dsm_label_if - functions of dsm
 * @task: SID of the current task, and NID of this node; the NID is 0 while
 *	none was set
 * @active: is there a policy? If not, nothing has to be labelled and @judge
 *	allows everything
 * @judge: may a message of @from be received by a socket of SID @tsid? @class
 *	is an enum dsm_class, @perms DSM_PERM_* of <linux/dsm_policy.h>. Counts
 *	and reports denials. Returns 0, or -EACCES
 */
struct dsm_label_if {
	void (*task)(struct dsm_label *label);
	bool (*active)(void);
	int (*judge)(u32 class, u32 perms, const struct dsm_label *from,
		     u32 tsid);
};

extern const struct dsm_label_if dsm_label_if;

#endif /* _DSM_LABEL_H */
