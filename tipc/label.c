// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels of dsm: with that module loaded, each message carries the label of the
 * task that sent it, and may be received only as the policy says.
 *
 * A socket that is made while dsm is loaded has the label of its maker and
 * keeps a reference to dsm until it is freed. One that was made before has no
 * label and is not asked about. Messages of the module itself (services in the
 * kernel, acknowledgements, the end of a connection) and messages that come back
 * to their sender are not judged. What accept() answers is: who may not be heard
 * cannot be connected to.
 *
 * To another node of ours the label travels in two words behind the header,
 * which a bit of word 1 announces, and the receiver's dsm is asked as if the
 * sender were here. A node that is not ours would read those words as part of
 * the data, so it is sent none; what comes from it, or from a node without dsm,
 * has the label "none" and is judged as that.
 *
 * Whether dsm is there is learnt from a notifier of modules, so that making a
 * socket costs no search for a symbol where it is not.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <net/sock.h>

#include <linux/dsm_policy.h>

#include "dsm_label.h"
#include "link.h"
#include "nodes.h"
#include "sock.h"

static bool dsm_there;

static int module_event(struct notifier_block *nb, unsigned long state,
			void *data)
{
	const struct module *mod = data;

	if (!strcmp(mod->name, "dsm"))
		WRITE_ONCE(dsm_there, state == MODULE_STATE_LIVE);
	return NOTIFY_OK;
}

static struct notifier_block module_nb = { .notifier_call = module_event };

/**
 * tipc_label_init() - watch dsm come and go
 *
 * Context: Process context.
 * Return: 0 or a negative error.
 */
int tipc_label_init(void)
{
	int err = register_module_notifier(&module_nb);

	if (err)
		return err;
	if (symbol_get(dsm_label_if)) {
		symbol_put(dsm_label_if);
		WRITE_ONCE(dsm_there, true);
	}
	return 0;
}

/**
 * tipc_label_exit() - undo tipc_label_init()
 *
 * Context: Process context.
 */
void tipc_label_exit(void)
{
	unregister_module_notifier(&module_nb);
}

/**
 * tipc_label_socket() - a socket gets the label of the current task
 * @tsk: new socket of a user
 *
 * Context: Process context.
 */
void tipc_label_socket(struct tipc_sock *tsk)
{
	if (likely(!READ_ONCE(dsm_there)))
		return;
	tsk->dsm = symbol_get(dsm_label_if);
	if (tsk->dsm)
		tsk->dsm->task(&tsk->label);
}

/**
 * tipc_label_release() - a socket is closed, or freed without having been open
 * @tsk: socket
 *
 * Who delivers to it may have found it before, and asks dsm only under the state
 * lock: dsm may be unloaded as soon as this returns.
 *
 * Context: Any but hard interrupts, without the state lock.
 */
void tipc_label_release(struct tipc_sock *tsk)
{
	const struct dsm_label_if *dsm;

	tipc_sk_lock(tsk);
	dsm = tsk->dsm;
	WRITE_ONCE(tsk->dsm, NULL);
	tipc_sk_unlock(tsk);
	if (dsm)
		symbol_put(dsm_label_if);
}

/**
 * __tipc_label_message() - a message gets the label of the current task
 * @tsk: socket that sends, with a reference to dsm
 * @skb: message
 *
 * Context: Process context.
 */
void __tipc_label_message(const struct tipc_sock *tsk, struct sk_buff *skb)
{
	tsk->dsm->task(&TIPC_CB(skb)->label);
}

static bool judge(const struct tipc_sock *tsk, const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	u32 perms = DSM_PERM_RECEIVE;

	if (!tsk->dsm || !tsk->dsm->active())
		return true;
	if (tipc_msg_flag(m, TIPC_MSG_F_SYN))
		perms |= DSM_PERM_CONNECT;
	return !tsk->dsm->judge(DSM_CLASS_TIPC, perms, &TIPC_CB(skb)->label,
				tsk->label.sid);
}

/**
 * __tipc_label_allows() - may a socket receive a message?
 * @tsk: receiver; had a reference to dsm a moment ago
 * @skb: message
 *
 * Context: Any but hard interrupts, without the state lock.
 * Return: whether it may.
 */
bool __tipc_label_allows(struct tipc_sock *tsk, const struct sk_buff *skb)
{
	bool allowed;

	if (!TIPC_CB(skb)->judged || tipc_msg_error(tipc_buf_msg(skb)))
		return true;
	tipc_sk_lock(tsk);
	allowed = judge(tsk, skb);
	tipc_sk_unlock(tsk);
	return allowed;
}

/* ---- between nodes --------------------------------------------------------- */

#define LABEL_SIZE	8

/**
 * __tipc_label_put() - a message with a label is sent to another node of ours
 * @skb: message of a socket, its header linear
 *
 * Context: Any but hard interrupts.
 * Return: the message with its label, if it has one; NULL if there is no memory,
 * and it is freed then.
 */
struct sk_buff *__tipc_label_put(struct sk_buff *skb)
{
	struct dsm_label label = TIPC_CB(skb)->label;
	const struct tipc_msg *m = tipc_buf_msg(skb);
	unsigned int hsize = tipc_msg_hsize(m), base, size = tipc_msg_size(m);
	struct tipc_msg head = { };

	if (!TIPC_CB(skb)->judged || !tipc_msg_is_data(m) || tipc_msg_error(m))
		return skb;
	/* A short header has no words of its own for the nodes. */
	base = max_t(unsigned int, hsize, TIPC_HSIZE_DIRECT);
	if (base + LABEL_SIZE > TIPC_HSIZE_MAX)
		return skb;
	memcpy(&head, m, hsize);
	if (hsize < base) {
		tipc_msg_set_orig_node_word(&head, tipc_msg_prev_node(m));
		tipc_msg_set_dest_node(&head, 0);
	}
	tipc_msg_set_word(&head, base / 4, label.sid);
	tipc_msg_set_word(&head, base / 4 + 1, label.nid);
	tipc_msg_set_hdr_words(&head, (base + LABEL_SIZE) / 4);
	tipc_msg_set_size(&head, size + base + LABEL_SIZE - hsize);
	tipc_msg_set_labelled(&head, 1);
	if (skb_cow_head(skb, base + LABEL_SIZE - hsize)) {
		kfree_skb(skb);
		return NULL;
	}
	skb_push(skb, base + LABEL_SIZE - hsize);
	memcpy(skb->data, &head, base + LABEL_SIZE);
	return skb;
}

/*
 * The bit that announces a label says something else in multicasts of the
 * kernel's module.
 */
static bool is_ours(struct net *net, u32 node)
{
	struct tipc_node *n;
	bool ours;

	rcu_read_lock();
	n = tipc_nodes_find(net, node);
	ours = n && READ_ONCE(n->caps) & TIPC_CAP_SLICES;
	rcu_read_unlock();
	return ours;
}

/**
 * __tipc_label_take() - a message came from another node, perhaps with a label
 * @net: namespace
 * @skb: message of data that passed tipc_msg_check(), its header linear; the
 *	label is taken out of the header
 *
 * Context: Any but hard interrupts.
 * Return: 0; -EBADMSG for a header that cannot have a label, or -ENOMEM.
 */
int __tipc_label_take(struct net *net, struct sk_buff *skb)
{
	struct tipc_msg *m = tipc_buf_msg(skb);
	unsigned int hsize = tipc_msg_hsize(m), base = hsize - LABEL_SIZE;
	unsigned int size = tipc_msg_size(m);
	struct tipc_msg head;

	if (!is_ours(net, tipc_msg_prev_node(m)))
		return 0;
	if (hsize < TIPC_HSIZE_DIRECT + LABEL_SIZE)
		return -EBADMSG;
	TIPC_CB(skb)->label.sid = tipc_msg_word(m, base / 4);
	TIPC_CB(skb)->label.nid = tipc_msg_word(m, base / 4 + 1);
	if (tipc_msg_type(m) == TIPC_TYPE_CONN)
		base = TIPC_HSIZE_CONN;
	memcpy(&head, m, base);
	tipc_msg_set_labelled(&head, 0);
	tipc_msg_set_hdr_words(&head, base / 4);
	tipc_msg_set_size(&head, size - (hsize - base));
	if (skb_unclone(skb, GFP_ATOMIC))
		return -ENOMEM;
	skb_pull(skb, hsize - base);
	memcpy(skb->data, &head, base);
	return 0;
}
