// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm for other modules: see include/dsm_label.h.
 */
#include <linux/export.h>
#include <linux/sched.h>

#include "dsm_label.h"
#include "dsm.h"

static void label_task(struct dsm_label *label)
{
	label->sid = dsm_task_sid(current);
	label->nid = READ_ONCE(dsm_nid);
}

static bool label_active(void)
{
	return rcu_access_pointer(dsm_active);
}

static int label_judge(u32 class, u32 perms, const struct dsm_label *from,
		       u32 tsid)
{
	return dsm_judge_from(DSM_OP_TIPC, class, perms, from, tsid);
}

const struct dsm_label_if dsm_label_if = {
	.task	= label_task,
	.active	= label_active,
	.judge	= label_judge,
};
EXPORT_SYMBOL_GPL(dsm_label_if);
