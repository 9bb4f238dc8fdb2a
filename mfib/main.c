// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib: loading and unloading.
 *
 * Namespaces first, then what is in them, then what people and programs use.
 * Unloading goes the other way: first nobody can ask for anything, then all
 * devices go and with them all FIBs, then their namespaces' parts, and last the
 * memory and the queues, when no callback of ours is left.
 */
#include <linux/init.h>
#include <linux/module.h>

#include "fib.h"
#include "mem.h"
#include "module_parts.h"
#include "parts.h"

/* In the order of loading. */
static const struct cgl_part parts[] = {
	{ mfib_mem_setup, mfib_mem_exit },
	{ NULL, mfib_zone_release },
	{ mfib_fibs_init, mfib_fibs_exit },
	{ mfib_zone_init, mfib_zone_exit },
	{ mfib_device_init, mfib_device_exit },
	{ mfib_socket_init, mfib_socket_exit },
	{ mfib_netlink_init, mfib_netlink_exit },
};

static int __init mfib_init(void)
{
	int err = cgl_parts_init(parts, ARRAY_SIZE(parts));

	if (err)
		return err;
	pr_info("mfib: loaded\n");
	return 0;
}
module_init(mfib_init);

static void __exit mfib_exit(void)
{
	cgl_parts_exit(parts, ARRAY_SIZE(parts));
	pr_info("mfib: unloaded\n");
}
module_exit(mfib_exit);

MODULE_DESCRIPTION("Many forwarding tables: a FIB for each network, interface and socket");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
