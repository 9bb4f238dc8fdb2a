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
#include "module_parts.h"
#include "sock.h"

/*
 * In the order of loading. A namespace that ends waits for sockets of UDP to be
 * closed, so what closes them is there before the first and goes after the last.
 */
static const struct cgl_part parts[] = {
	{ tipc_udp_register, tipc_udp_unregister },
	{ tipc_net_register, tipc_net_unregister },
	{ tipc_label_init, tipc_label_exit },
	{ tipc_socket_init, tipc_socket_exit },
	{ tipc_topsrv_register, tipc_topsrv_unregister },
	{ tipc_bearer_register, tipc_bearer_unregister },
	{ tipc_netlink_register, tipc_netlink_unregister },
	{ tipc_diag_register, tipc_diag_unregister },
};

static int __init tipc_init(void)
{
	int err = cgl_parts_init(parts, ARRAY_SIZE(parts));

	if (err)
		return err;
	pr_info("tipc: loaded\n");
	return 0;
}
module_init(tipc_init);

static void __exit tipc_exit(void)
{
	cgl_parts_exit(parts, ARRAY_SIZE(parts));
	pr_info("tipc: unloaded\n");
}
module_exit(tipc_exit);

MODULE_DESCRIPTION("TIPC: services and groups by address, in and between nodes");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
