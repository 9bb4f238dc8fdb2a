// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm: loading and unloading.
 *
 * What is asked comes first, then what people see and use, then those who ask:
 * hooks, packets, the kernel's answers. Unloading goes the other way. A failed
 * load leaves nothing behind.
 */
#include <linux/module.h>

#include "dsm.h"
#include "module_parts.h"

/* Sockets keep no label that nobody answers for any more. */
static void policy_exit(void)
{
	dsm_policy_unload(NULL);
}

/* In the order of loading. */
static const struct cgl_part parts[] = {
	{ dsm_conflict_init, NULL },
	{ NULL, dsm_task_exit },
	{ dsm_timewait_init, dsm_timewait_exit },
	{ dsm_sock_init, dsm_sock_exit },
	{ dsm_trust_init, dsm_trust_exit },
	{ NULL, dsm_key_exit },
	{ dsm_load_init, dsm_load_exit },
	{ dsm_fragment_init, NULL },
	{ dsm_netlink_init, dsm_netlink_exit },
	{ dsm_guard_init, dsm_guard_exit },
	{ dsm_hooks_init, dsm_hooks_exit },
	{ dsm_sockopt_init, dsm_sockopt_exit },
	{ dsm_point_init, dsm_point_exit },
	{ dsm_receive_init, dsm_receive_exit },
	{ dsm_fs_init, dsm_fs_exit },
	{ NULL, policy_exit },
};

static int __init dsm_init(void)
{
	int err = cgl_parts_init(parts, ARRAY_SIZE(parts));

	if (err)
		return err;
	pr_info("dsm: loaded, no policy: nothing is labelled or refused yet\n");
	return 0;
}
module_init(dsm_init);

static void __exit dsm_exit(void)
{
	cgl_parts_exit(parts, ARRAY_SIZE(parts));
	pr_info("dsm: unloaded\n");
}
module_exit(dsm_exit);

MODULE_DESCRIPTION("Every packet labelled with its process and node, judged where it arrives");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
