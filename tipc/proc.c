// SPDX-License-Identifier: GPL-2.0-only
/*
 * /proc/net/tipc: what no program shows yet, as text.
 *
 *   sockets   each socket with its owner and its counters
 *   services  each service type with what was sent to it
 *   traffic   counters of the traffic between sockets of this node
 *   bearers   each bearer with its counters
 *
 * The process of a socket is the one that created it, by its number in the
 * process name space of who reads; 0 if it cannot be seen from there.
 *
 * Locking: none of its own. Sockets are held, one at a time, while they are
 * shown; of services and counters copies are taken.
 */
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/proc_fs.h>
#include <linux/seq_file.h>
#include <net/sock.h>

#include "bcast_net.h"
#include "bearer.h"
#include "core.h"
#include "name_table.h"
#include "nodes.h"
#include "socket.h"

/* ---- sockets --------------------------------------------------------------- */

/**
 * struct sock_list - a file "sockets" that is read
 * @net: whose; the file is closed before the namespace goes
 * @walk: where it is
 * @pos: number of the socket that @walk holds
 */
struct sock_list {
	struct net		*net;
	struct tipc_sk_walk	walk;
	loff_t			pos;
};

/* Sockets are numbered from 1; 0 is the heading. */
static void *sockets_start(struct seq_file *seq, loff_t *pos)
{
	struct sock_list *list = seq->private;

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos < list->pos) {
		tipc_sk_walk_end(&list->walk);
		tipc_sk_walk_begin(list->net, &list->walk);
		list->pos = 0;
	}
	while (list->pos < *pos) {
		list->pos++;
		if (!tipc_sk_walk_next(&list->walk))
			break;
	}
	return list->walk.sk;
}

static void *sockets_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return sockets_start(seq, pos);
}

/* The socket stays held until the file is read on, or closed. */
static void sockets_stop(struct seq_file *seq, void *v)
{
}

static const char *type_name(u16 type)
{
	switch (type) {
	case SOCK_STREAM:
		return "stream";
	case SOCK_SEQPACKET:
		return "seqpacket";
	case SOCK_RDM:
		return "rdm";
	case SOCK_DGRAM:
		return "dgram";
	default:
		return "?";
	}
}

static const char *state_name(u8 state)
{
	switch (state) {
	case TIPC_SK_LISTEN:
		return "listen";
	case TIPC_SK_CONNECTING:
		return "connecting";
	case TIPC_SK_ESTABLISHED:
		return "connected";
	case TIPC_SK_DISCONNECTING:
		return "disconnecting";
	default:
		return "open";
	}
}

/* In the reader's process name space. */
static pid_t owner_pid(pid_t nr)
{
	struct pid *pid;
	pid_t seen = 0;

	if (task_active_pid_ns(current) == &init_pid_ns)
		return nr;
	rcu_read_lock();
	pid = find_pid_ns(nr, &init_pid_ns);
	if (pid)
		seen = pid_vnr(pid);
	rcu_read_unlock();
	return seen;
}

static int sockets_show(struct seq_file *seq, void *v)
{
	struct tipc_sk_info i;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "port type state peer uid pid bindings queue queue_bytes tx_msgs tx_bytes rx_msgs rx_bytes overloads drops rejects stalls\n");
		return 0;
	}
	tipc_sk_info(v, &i);
	seq_printf(seq,
		   "%u %s %s %u@%08x %u %d %u %u %u %llu %llu %llu %llu %llu %llu %llu %llu\n",
		   i.port, type_name(i.type), state_name(i.state), i.peer_port,
		   i.peer_node,
		   from_kuid_munged(seq_user_ns(seq), i.uid),
		   owner_pid(i.pid), i.npubl, i.rcvq_len, i.rcvq_used,
		   i.stats.tx_msgs, i.stats.tx_bytes, i.stats.rx_msgs,
		   i.stats.rx_bytes, i.stats.overloads, i.stats.drops,
		   i.stats.rejects, i.stats.stalls);
	return 0;
}

static const struct seq_operations sockets_ops = {
	.start	= sockets_start,
	.next	= sockets_next,
	.stop	= sockets_stop,
	.show	= sockets_show,
};

static int sockets_open(struct inode *inode, struct file *file)
{
	struct sock_list *list;

	list = __seq_open_private(file, &sockets_ops, sizeof(*list));
	if (!list)
		return -ENOMEM;
	list->net = pde_data(inode);
	tipc_sk_walk_begin(list->net, &list->walk);
	return 0;
}

/* Also called for files that are open when the namespace goes. */
static int sockets_close(struct inode *inode, struct file *file)
{
	struct seq_file *seq = file->private_data;
	struct sock_list *list = seq->private;

	tipc_sk_walk_end(&list->walk);
	return seq_release_private(inode, file);
}

static const struct proc_ops sockets_proc_ops = {
	.proc_open	= sockets_open,
	.proc_read	= seq_read,
	.proc_lseek	= seq_lseek,
	.proc_release	= sockets_close,
};

/* ---- services -------------------------------------------------------------- */

/**
 * struct service_list - a file "services" that is read
 * @p: what every such file has; must be first
 * @type: service type
 * @npubl: its publications
 * @nsub: its subscriptions
 * @stats: its counters
 */
struct service_list {
	struct seq_net_private		p;
	u32				type;
	u32				npubl;
	u32				nsub;
	struct tipc_service_stats	stats;
};

/* Position 0 is the heading, type + 1 the first service from type on. */
static void *services_start(struct seq_file *seq, loff_t *pos)
{
	struct service_list *list = seq->private;
	struct tipc_net *tn = tipc_net(seq_file_net(seq));

	if (!*pos)
		return SEQ_START_TOKEN;
	if (*pos > (loff_t)U32_MAX + 1)
		return NULL;
	list->type = *pos - 1;
	if (!tipc_nametbl_service_from(&tn->names, &list->type, &list->npubl,
				       &list->nsub, &list->stats))
		return NULL;
	*pos = (loff_t)list->type + 1;
	return list;
}

static void *services_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return services_start(seq, pos);
}

static void services_stop(struct seq_file *seq, void *v)
{
}

static int services_show(struct seq_file *seq, void *v)
{
	const struct service_list *list = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "type bindings subscriptions msgs multicasts misses\n");
		return 0;
	}
	seq_printf(seq, "%u %u %u %llu %llu %llu\n", list->type, list->npubl,
		   list->nsub, list->stats.msgs, list->stats.mcasts,
		   list->stats.misses);
	return 0;
}

static const struct seq_operations services_ops = {
	.start	= services_start,
	.next	= services_next,
	.stop	= services_stop,
	.show	= services_show,
};

/* ---- traffic --------------------------------------------------------------- */

static const char * const traffic_names[TIPC_LOCAL_NSTATS] = {
	[TIPC_LOCAL_MSGS]	= "messages",
	[TIPC_LOCAL_BYTES]	= "bytes",
	[TIPC_LOCAL_MCASTS]	= "multicasts",
	[TIPC_LOCAL_NO_NAME]	= "rejected_no_name",
	[TIPC_LOCAL_NO_PORT]	= "rejected_no_port",
	[TIPC_LOCAL_NO_NODE]	= "rejected_no_node",
	[TIPC_LOCAL_OVERLOAD]	= "rejected_overload",
	[TIPC_LOCAL_SHUTDOWN]	= "rejected_shutdown",
	[TIPC_LOCAL_DROPPED]	= "dropped",
	[TIPC_LOCAL_LABEL]	= "refused_label",
};

static int traffic_show(struct seq_file *seq, void *v)
{
	struct net *net = seq->private;
	struct tipc_bcast_stats bcast;
	unsigned int i;

	for (i = 0; i < TIPC_LOCAL_NSTATS; i++)
		seq_printf(seq, "%s %llu\n", traffic_names[i],
			   tipc_local_read(net, i));
	tipc_bcast_stats(net, &bcast);
	seq_printf(seq, "broadcasts %u\nbroadcasts_again %u\n", bcast.tx_pkts,
		   bcast.retransmitted);
	seq_printf(seq, "broadcasts_received %u\n", bcast.rx_pkts);
	return 0;
}

/* ---- bearers --------------------------------------------------------------- */

static const char * const bearer_names[TIPC_BEARER_NSTATS] = {
	[TIPC_BEARER_RX_PKTS]	 = "rx_packets",
	[TIPC_BEARER_RX_BYTES]	 = "rx_bytes",
	[TIPC_BEARER_RX_BATCHES] = "rx_batches",
	[TIPC_BEARER_TX_PKTS]	 = "tx_packets",
	[TIPC_BEARER_TX_BYTES]	 = "tx_bytes",
	[TIPC_BEARER_TX_BATCHES] = "tx_batches",
	[TIPC_BEARER_HANDED]	 = "tx_short_cut",
	[TIPC_BEARER_BAD]	 = "bad",
	[TIPC_BEARER_OTHER_NET]	 = "other_net",
	[TIPC_BEARER_DISC]	 = "discovery",
	[TIPC_BEARER_DUP_ADDR]	 = "duplicate_address",
	[TIPC_BEARER_DUP_ID]	 = "duplicate_identity",
	[TIPC_BEARER_STRANGERS]	 = "too_many_strangers",
	[TIPC_BEARER_UNANSWERED] = "unanswered",
};

static void bearer_show(struct seq_file *seq, const struct tipc_bearer *b)
{
	char at[TIPC_MADDR_STR];
	unsigned int i;

	tipc_maddr_to_str(&b->at, at, sizeof(at));
	seq_printf(seq, "%s at %s mtu %u", b->name, at, READ_ONCE(b->mtu));
	for (i = 0; i < TIPC_BEARER_NSTATS; i++)
		seq_printf(seq, " %s %llu", bearer_names[i],
			   tipc_bearer_read(b, i));
	seq_printf(seq, " records_refused %u records_stale %u",
		   READ_ONCE(b->ring.refused), READ_ONCE(b->ring.stale));
	seq_putc(seq, '\n');
}

static int bearers_show(struct seq_file *seq, void *v)
{
	const struct tipc_bearer *b;
	unsigned int i;

	rcu_read_lock();
	for (i = 0; i < TIPC_MAX_BEARERS; i++) {
		b = tipc_bearer_get(seq->private, i);
		if (b)
			bearer_show(seq, b);
	}
	rcu_read_unlock();
	return 0;
}

/* ---- links ----------------------------------------------------------------- */

static void link_show(struct seq_file *seq, struct tipc_node *n, unsigned int i)
{
	const struct tipc_link *l = &n->trunk.links[i];
	const struct tipc_link_stats *s = &l->stats;
	char name[TIPC_MAX_LINK_NAME];

	tipc_node_link_str(n, i, name, sizeof(name));
	seq_printf(seq, "%s up %u active %u failovers %u", name,
		   tipc_link_up(l), tipc_trunk_is_active(&n->trunk, i),
		   n->trunk.failovers);
	seq_printf(seq, " rtt_us %u reorder_us %u window %u sent %u waiting %u",
		   l->rtt_us, l->reorder_us, l->cwnd, skb_queue_len(&l->sent),
		   skb_queue_len(&l->backlog));
	seq_printf(seq, " retransmitted %u spurious %u bad %u outside %u stale %u\n",
		   s->retransmitted, s->spurious, s->bad, s->outside, s->stale);
}

static int links_show(struct seq_file *seq, void *v)
{
	struct tipc_node *n;
	unsigned int i;
	u32 at = 0;

	rcu_read_lock();
	while ((n = tipc_nodes_from(seq->private, &at))) {
		spin_lock_bh(&n->lock);
		for (i = 0; i < TIPC_TRUNK_LINKS; i++)
			if (n->trunk.links[i].state != TIPC_LINK_UNUSED)
				link_show(seq, n, i);
		spin_unlock_bh(&n->lock);
		if (!++at)
			break;
	}
	rcu_read_unlock();
	return 0;
}

/* ---- namespaces ------------------------------------------------------------ */

/**
 * tipc_proc_net_init() - the folder of a namespace
 * @net: the namespace
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOMEM.
 */
int tipc_proc_net_init(struct net *net)
{
	struct tipc_net *tn = tipc_net(net);

	tn->proc = proc_net_mkdir(net, "tipc", net->proc_net);
	if (!tn->proc)
		return -ENOMEM;
	if (proc_create_data("sockets", 0444, tn->proc, &sockets_proc_ops,
			     net) &&
	    proc_create_net("services", 0444, tn->proc, &services_ops,
			    sizeof(struct service_list)) &&
	    proc_create_net_single("traffic", 0444, tn->proc, traffic_show,
				   NULL) &&
	    proc_create_net_single("bearers", 0444, tn->proc, bearers_show,
				   NULL) &&
	    proc_create_net_single("links", 0444, tn->proc, links_show, NULL))
		return 0;
	proc_remove(tn->proc);
	return -ENOMEM;
}

/**
 * tipc_proc_net_exit() - undo tipc_proc_net_init()
 * @net: the namespace
 *
 * Context: Process context. Waits for who reads.
 */
void tipc_proc_net_exit(struct net *net)
{
	proc_remove(tipc_net(net)->proc);
}
