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
#include "parts.h"

/**
 * struct part - a part of the module
 * @init: 0, or a negative error with nothing left behind; may be NULL
 * @exit: undoes it
 */
struct part {
	int (*init)(void);
	void (*exit)(void);
};

/* In the order of loading. */
static const struct part parts[] = {
	{ mfib_mem_setup, mfib_mem_exit },
	{ NULL, mfib_zone_release },
	{ mfib_fibs_init, mfib_fibs_exit },
	{ mfib_zone_init, mfib_zone_exit },
	{ mfib_device_init, mfib_device_exit },
	{ mfib_socket_init, mfib_socket_exit },
	{ mfib_netlink_init, mfib_netlink_exit },
};

static void parts_exit(unsigned int n)
{
	while (n--)
		parts[n].exit();
}

static int __init mfib_init(void)
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
	pr_info("mfib: loaded\n");
	return 0;
}
module_init(mfib_init);

static void __exit mfib_exit(void)
{
	parts_exit(ARRAY_SIZE(parts));
	pr_info("mfib: unloaded\n");
}
module_exit(mfib_exit);

MODULE_DESCRIPTION("Many forwarding tables: a FIB for each network, interface and socket");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
