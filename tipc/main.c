// SPDX-License-Identifier: GPL-2.0-only
/*
 * tipc: loading and unloading.
 *
 * The tables come first, then the sockets that use them, then what the module
 * itself serves with sockets, then what people see and configure; unloading
 * goes the other way. A failed load leaves nothing behind.
 */
#include <linux/module.h>

#include "bearer.h"
#include "core.h"
#include "sock.h"

/**
 * struct part - a part of the module
 * @init: 0, or a negative error with nothing left behind
 * @exit: undoes it
 */
struct part {
	int (*init)(void);
	void (*exit)(void);
};

/* In the order of loading. */
static const struct part parts[] = {
	{ tipc_net_register, tipc_net_unregister },
	{ tipc_label_init, tipc_label_exit },
	{ tipc_socket_init, tipc_socket_exit },
	{ tipc_topsrv_register, tipc_topsrv_unregister },
	{ tipc_bearer_register, tipc_bearer_unregister },
	{ tipc_netlink_register, tipc_netlink_unregister },
	{ tipc_diag_register, tipc_diag_unregister },
};

static void parts_exit(unsigned int n)
{
	while (n--)
		parts[n].exit();
}

static int __init tipc_init(void)
{
	unsigned int n;
	int err;

	for (n = 0; n < ARRAY_SIZE(parts); n++) {
		err = parts[n].init();
		if (err) {
			parts_exit(n);
			return err;
		}
	}
	pr_info("tipc: loaded\n");
	return 0;
}
module_init(tipc_init);

static void __exit tipc_exit(void)
{
	parts_exit(ARRAY_SIZE(parts));
	pr_info("tipc: unloaded\n");
}
module_exit(tipc_exit);

MODULE_DESCRIPTION("TIPC: services and groups by address, in and between nodes");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
