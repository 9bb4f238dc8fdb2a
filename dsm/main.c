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

/**
 * struct part - a part of the module
 * @init: 0, or a negative error with nothing left behind; may be NULL
 * @exit: undoes it; may be NULL
 */
struct part {
	int (*init)(void);
	void (*exit)(void);
};

/* Sockets keep no label that nobody answers for any more. */
static void policy_exit(void)
{
	dsm_policy_unload(NULL);
}

/* In the order of loading. */
static const struct part parts[] = {
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

static void parts_exit(unsigned int n)
{
	while (n--)
		if (parts[n].exit)
			parts[n].exit();
}

static int __init dsm_init(void)
{
	unsigned int n;
	int err;

	for (n = 0; n < ARRAY_SIZE(parts); n++) {
		err = parts[n].init ? parts[n].init() : 0;
		if (err) {
			parts_exit(n);
			return err;
		}
	}
	pr_info("dsm: loaded, no policy: nothing is labelled or refused yet\n");
	return 0;
}
module_init(dsm_init);

static void __exit dsm_exit(void)
{
	parts_exit(ARRAY_SIZE(parts));
	pr_info("dsm: unloaded\n");
}
module_exit(dsm_exit);

MODULE_DESCRIPTION("Every packet labelled with its process and node, judged where it arrives");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
