// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/sys/net/tipc: one for each network namespace.
 *
 * tipc_rmem: bytes of a receive buffer: smallest, usual, greatest, as the
 * kernel's own TIPC has it. The usual counts for sockets that are created
 * afterwards.
 *
 * short_cut: 1 if packets for nodes that are other namespaces of this host,
 * and have it too, go there without their interfaces.
 */
#include <linux/kernel.h>
#include <linux/limits.h>
#include <linux/slab.h>
#include <linux/sysctl.h>
#include <net/net_namespace.h>

#include "compat.h"
#include "core.h"

#define RMEM_MIN	524288
#define RMEM_USUAL	2097152
#define RMEM_MAX	16777216

static int rmem_least = 4096;
static int rmem_most = INT_MAX;

static const struct ctl_table template[] = {
	{
		.procname	= "tipc_rmem",
		.maxlen		= sizeof(((struct tipc_net *)0)->rcvbuf),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= &rmem_least,
		.extra2		= &rmem_most,
	},
	{
		.procname	= "short_cut",
		.maxlen		= sizeof(((struct tipc_net *)0)->short_cut),
		.mode		= 0644,
		.proc_handler	= proc_dointvec_minmax,
		.extra1		= SYSCTL_ZERO,
		.extra2		= SYSCTL_ONE,
	},
	{ }
};

/**
 * tipc_sysctl_net_init() - the sysctls of a namespace
 * @net: the namespace
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_sysctl_net_init(struct net *net)
{
	struct tipc_net *tn = tipc_net(net);
	struct ctl_table *table;

	tn->rcvbuf[0] = RMEM_MIN;
	tn->rcvbuf[1] = RMEM_USUAL;
	tn->rcvbuf[2] = RMEM_MAX;
	table = kmemdup(template, sizeof(template), GFP_KERNEL);
	if (!table)
		return -ENOMEM;
	table[0].data = tn->rcvbuf;
	table[1].data = &tn->short_cut;
	tn->sysctls = cgl_register_net_sysctl(net, "net/tipc", table,
					      ARRAY_SIZE(template) - 1);
	if (tn->sysctls)
		return 0;
	kfree(table);
	return -ENOMEM;
}

/**
 * tipc_sysctl_net_exit() - undo tipc_sysctl_net_init()
 * @net: the namespace
 *
 * Context: Process context. May sleep.
 */
void tipc_sysctl_net_exit(struct net *net)
{
	struct tipc_net *tn = tipc_net(net);
	const struct ctl_table *table = tn->sysctls->ctl_table_arg;

	unregister_net_sysctl_table(tn->sysctls);
	kfree(table);
}
