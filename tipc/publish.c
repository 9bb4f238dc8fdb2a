// SPDX-License-Identifier: GPL-2.0-only
/*
 * Nodes that come and go as events of aem, for programs that have one queue for
 * everything; <aem_source.h> says how the two modules meet. Nobody is waited
 * for and nothing is held here.
 */
#include <linux/capability.h>
#include <linux/string.h>
#include <net/net_namespace.h>

#include <linux/cgl_tipc.h>

#include "aem_source.h"
#include "core.h"
#include "nodes.h"

AEM_SOURCE(tipc, CAP_NET_ADMIN);

static_assert(sizeof(struct tipc_aem_node) <= AEM_SOURCE_DATA);

/**
 * tipc_publish_node() - tell who listens by aem that a node came or went
 * @n: the node
 * @up: it came
 *
 * Costs a look when nobody listens.
 *
 * Context: Any but hard interrupts; by who runs the node.
 */
void tipc_publish_node(const struct tipc_node *n, bool up)
{
	struct tipc_aem_node data = {
		.netns = n->net->ns.inum,
		.own = tipc_own_addr(n->net),
		.node = n->addr,
	};

	if (!aem_source_wanted(&aem_source_tipc))
		return;
	memcpy(data.id, n->id, sizeof(data.id));
	aem_source_publish(&aem_source_tipc,
			   up ? TIPC_AEM_NODE_UP : TIPC_AEM_NODE_DOWN, &data,
			   sizeof(data));
}
