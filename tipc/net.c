// SPDX-License-Identifier: GPL-2.0-only
/*
 * The node that a network namespace is: its identity and its address.
 *
 * A node is known by 128 bits that an administrator gives it, and in messages
 * by an address of 32 bits. The address is derived from the identity when the
 * node joins a cluster, since another node may have the same; or it is given in
 * the older form <Z.C.N>, and then it is the identity, too. Until then it is 0,
 * which sockets of one node never notice.
 *
 * Locking: tn->lock is taken by who configures. Identity and address are set
 * once; readers need no lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/random.h>
#include <linux/rcupdate.h>
#include <linux/string.h>

#include "compat.h"
#include "bearer.h"
#include "bcast_net.h"
#include "core.h"
#include "name_table.h"
#include "nodes.h"
#include "socket.h"
#include "spare.h"

unsigned int tipc_net_generic __read_mostly;

/**
 * tipc_node_id_to_str() - an identity for people
 * @id: the identity
 * @str: where to write it, TIPC_NODE_ID_STR bytes: the identity itself if it
 *	is printable text that is padded with zeros, else its hex digits,
 *	without zeros at the end
 *
 * Context: Any.
 */
void tipc_node_id_to_str(const u8 *id, char *str)
{
	unsigned int len = strnlen((const char *)id, TIPC_NODEID_LEN), i;
	bool text = len;

	for (i = 0; i < TIPC_NODEID_LEN; i++)
		if (i < len ? !isgraph(id[i]) || !isascii(id[i]) : id[i])
			text = false;
	if (text) {
		memcpy(str, id, len);
		str[len] = '\0';
		return;
	}
	bin2hex(str, id, TIPC_NODEID_LEN);
	str[2 * TIPC_NODEID_LEN] = '\0';
	for (i = 2 * TIPC_NODEID_LEN; i && str[i - 1] == '0'; i--)
		str[i - 1] = '\0';
}

/**
 * tipc_node_id_hash() - the address that a node tries first
 * @id: its identity
 *
 * Context: Any.
 * Return: the four words of the identity, folded.
 */
u32 tipc_node_id_hash(const u8 *id)
{
	return get_unaligned_be32(id) ^ get_unaligned_be32(id + 4) ^
	       get_unaligned_be32(id + 8) ^ get_unaligned_be32(id + 12);
}

static void set_identity(struct tipc_net *tn, const u8 *id)
{
	memcpy(tn->node_id, id, TIPC_NODEID_LEN);
	tipc_node_id_to_str(id, tn->node_id_str);
	/* Who sees the flag sees the identity. */
	smp_store_release(&tn->has_id, true);
	pr_info("node identity %s, cluster %u\n", tn->node_id_str, tn->net_id);
}

/**
 * tipc_net_set_identity() - give the node its identity
 * @net: its namespace
 * @id: TIPC_NODEID_LEN bytes
 * @extack: where to say in words what is wrong
 *
 * The address follows when the node looks for others.
 *
 * Context: Process context. May sleep.
 * Return: 0, also if it has this identity already; or a negative error.
 *
 * * -EINVAL - all zeros
 * * -EPERM - it has another, or is in a cluster
 */
int tipc_net_set_identity(struct net *net, const u8 *id,
			  struct netlink_ext_ack *extack)
{
	struct tipc_net *tn = tipc_net(net);
	int err = 0;

	if (!memchr_inv(id, 0, TIPC_NODEID_LEN)) {
		NL_SET_ERR_MSG(extack, "an identity is not all zeros");
		return -EINVAL;
	}
	mutex_lock(&tn->lock);
	if (tn->addr ||
	    (tn->has_id && memcmp(tn->node_id, id, TIPC_NODEID_LEN))) {
		NL_SET_ERR_MSG(extack,
			       "the node has an identity, it keeps it for life");
		err = -EPERM;
	} else if (!tn->has_id) {
		set_identity(tn, id);
	}
	mutex_unlock(&tn->lock);
	return err;
}

/* Tells subscribers that this node is up. */
static int publish_node_state(struct tipc_net *tn, u32 addr)
{
	struct tipc_service_range sr = { TIPC_NODE_STATE, addr, addr };
	struct tipc_publ *p;

	p = tipc_nametbl_publish(&tn->names, &sr, TIPC_CLUSTER_SCOPE, 0, addr,
				 0);
	if (IS_ERR(p))
		return PTR_ERR(p);
	tn->node_state = p;
	return 0;
}

static int start_locked(struct tipc_net *tn, u32 addr)
{
	int err;

	lockdep_assert_held(&tn->lock);
	if (tn->addr)
		return tn->addr == addr ? 0 : -EBUSY;
	tipc_nametbl_set_own(&tn->names, addr);
	err = publish_node_state(tn, addr);
	if (err) {
		tipc_nametbl_set_own(&tn->names, 0);
		return err;
	}
	WRITE_ONCE(tn->addr, addr);
	pr_info("node address %08x\n", addr);
	return 0;
}

/**
 * tipc_net_start() - the node has an address from now on
 * @net: its namespace
 * @addr: the address, which nobody else in the cluster has
 *
 * Context: Process context. May sleep.
 * Return: 0, -ENOMEM, or -EBUSY if it has another.
 */
int tipc_net_start(struct net *net, u32 addr)
{
	struct tipc_net *tn = tipc_net(net);
	int err;

	mutex_lock(&tn->lock);
	err = start_locked(tn, addr);
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tipc_net_set_addr() - give the node an address of the form <Z.C.N>
 * @net: its namespace
 * @addr: the address
 * @extack: where to say in words what is wrong
 *
 * The address in hex digits becomes the identity.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - 0
 * * -EPERM - it has an address, or an identity from which one is derived
 * * -ENOMEM - no memory
 */
int tipc_net_set_addr(struct net *net, u32 addr,
		      struct netlink_ext_ack *extack)
{
	struct tipc_net *tn = tipc_net(net);
	u8 id[TIPC_NODEID_LEN + 1] = { };
	int err;

	if (!addr) {
		NL_SET_ERR_MSG(extack, "0 is not an address");
		return -EINVAL;
	}
	mutex_lock(&tn->lock);
	err = -EPERM;
	if (tn->addr) {
		NL_SET_ERR_MSG(extack,
			       "the node has an address, it keeps it for life");
		goto out;
	}
	if (tn->has_id) {
		NL_SET_ERR_MSG(extack,
			       "the address follows from the identity");
		goto out;
	}
	err = start_locked(tn, addr);
	if (err)
		goto out;
	WRITE_ONCE(tn->legacy, true);
	WRITE_ONCE(tn->names.legacy, true);
	snprintf((char *)id, sizeof(id), "%x", addr);
	set_identity(tn, id);
out:
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tipc_net_set_id() - choose the cluster
 * @net: namespace of the node
 * @net_id: number of the cluster, 1 to TIPC_NET_ID_MAX
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 *
 * * -EINVAL - no such number
 * * -EPERM - the node is in a cluster
 */
int tipc_net_set_id(struct net *net, u32 net_id,
		    struct netlink_ext_ack *extack)
{
	struct tipc_net *tn = tipc_net(net);
	int err = 0;

	if (!net_id || net_id > TIPC_NET_ID_MAX) {
		NL_SET_ERR_MSG(extack, "a cluster number is 1 to 9999");
		return -EINVAL;
	}
	mutex_lock(&tn->lock);
	if (tn->addr) {
		NL_SET_ERR_MSG(extack, "the node is in a cluster already");
		err = -EPERM;
	} else {
		WRITE_ONCE(tn->net_id, net_id);
	}
	mutex_unlock(&tn->lock);
	return err;
}

/**
 * tipc_local_read() - a counter of the local traffic
 * @net: namespace of the node
 * @what: which
 *
 * Context: Any.
 * Return: the sum over all CPUs.
 */
u64 tipc_local_read(const struct net *net, enum tipc_local_stat what)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu_ptr(tipc_net(net)->local,
					     cpu)->v[what]);
	return sum;
}

/* ---- namespaces ------------------------------------------------------------ */

static int __net_init net_init(struct net *net)
{
	struct tipc_net *tn = tipc_net(net);
	int err = -ENOMEM;

	tn->net = net;
	tn->net_id = TIPC_NET_ID_DEFAULT;
	tn->mon_threshold = TIPC_MON_THRESHOLD;
	tn->random = get_random_u32();
	mutex_init(&tn->lock);
	tn->local = alloc_percpu(struct tipc_local_stats);
	if (!tn->local)
		return -ENOMEM;
	err = tipc_nametbl_init(&tn->names);
	if (err)
		goto err_stats;
	err = tipc_bcast_net_init(net);
	if (err)
		goto err_names;
	err = tipc_nodes_net_init(net);
	if (err)
		goto err_bcast;
	err = tipc_sysctl_net_init(net);
	if (err)
		goto err_nodes;
	err = tipc_sk_net_init(net);
	if (err)
		goto err_sysctl;
	err = tipc_proc_net_init(net);
	if (err)
		goto err_socks;
	return 0;

err_socks:
	tipc_sk_net_exit(net);
err_sysctl:
	tipc_sysctl_net_exit(net);
err_nodes:
	tipc_nodes_net_exit(net);
err_bcast:
	tipc_bcast_net_exit(net);
err_names:
	tipc_nametbl_exit(&tn->names);
err_stats:
	free_percpu(tn->local);
	return err;
}

static void __net_exit net_exit(struct net *net)
{
	struct tipc_net *tn = tipc_net(net);

	tipc_bearer_net_exit(net);
	tipc_proc_net_exit(net);
	if (tn->node_state)
		tipc_nametbl_withdraw(&tn->names, tn->node_state);
	tipc_sk_net_exit(net);
	tipc_sysctl_net_exit(net);
	tipc_nodes_net_exit(net);
	tipc_bcast_net_exit(net);
	tipc_nametbl_exit(&tn->names);
	free_percpu(tn->local);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &tipc_net_generic,
	.size = sizeof(struct tipc_net),
};

/**
 * tipc_net_register() - make every network namespace a node
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int tipc_net_register(void)
{
	return register_pernet_device(&net_ops);
}

/**
 * tipc_net_unregister() - undo tipc_net_register()
 *
 * No socket is left, since each holds the module. Waits until what readers of
 * the name tables might still see has been freed by code of this module.
 *
 * Context: Process context. May sleep.
 */
void tipc_net_unregister(void)
{
	unregister_pernet_device(&net_ops);
	rcu_barrier();
	tipc_spare_exit();
}
