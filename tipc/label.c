// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels of dsm: with that module loaded, each message carries the label of the
 * task that sent it, and may be received only as the policy says.
 *
 * A socket that is made while dsm is loaded has the label of its maker and
 * keeps a reference to dsm until it is freed. One that was made before has no
 * label and is not asked about. Messages of the module itself (services in the
 * kernel, acknowledgements, the end of a connection) and messages that come back
 * to their sender are not judged.
 *
 * Whether dsm is there is learnt from a notifier of modules, so that making a
 * socket costs no search for a symbol where it is not.
 */
#include <linux/module.h>
#include <linux/notifier.h>
#include <net/sock.h>

#include <linux/dsm_policy.h>

#include "dsm_label.h"
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
 * tipc_label_release() - a socket is freed
 * @tsk: socket
 *
 * Context: Process context.
 */
void tipc_label_release(struct tipc_sock *tsk)
{
	if (tsk->dsm)
		symbol_put(dsm_label_if);
	tsk->dsm = NULL;
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

/**
 * __tipc_label_allows() - may a socket receive a message?
 * @tsk: receiver, with a reference to dsm
 * @skb: message
 *
 * Context: Any but hard interrupts.
 * Return: whether it may.
 */
bool __tipc_label_allows(const struct tipc_sock *tsk,
			 const struct sk_buff *skb)
{
	const struct tipc_msg *m = tipc_buf_msg(skb);
	u32 perms = DSM_PERM_RECEIVE;

	if (!TIPC_CB(skb)->judged || tipc_msg_error(m) || !tsk->dsm->active())
		return true;
	if (tipc_msg_flag(m, TIPC_MSG_F_SYN))
		perms |= DSM_PERM_CONNECT;
	return !tsk->dsm->judge(DSM_CLASS_TIPC, perms, &TIPC_CB(skb)->label,
				tsk->label.sid);
}
