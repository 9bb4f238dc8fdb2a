// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "dsm": <linux/dsm.h> has its commands.
 *
 * A request is checked by the policy of its command, then for the right to ask,
 * then for required attributes; what is left to the functions here is to call
 * the part of the module that knows, and to put its answer into a message.
 * Every refusal has a sentence in the extended ack. Events are in netlink_event.c.
 *
 * Locking: requests need none. The family works in parallel; each part of the
 * module has its own locks. A dump keeps nothing between its messages but where
 * it is.
 *
 * Hooks are detached before the family goes, so no event is sent afterwards.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/idr.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "dsm.h"
#include "genl_request.h"
#include "netlink.h"

#define DER_MAX		16384

/* ---- policies ------------------------------------------------------------------- */

static const struct nla_policy nid_policy[] = {
	[DSM_A_NID]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy load_policy[] = {
	[DSM_A_FD]	= NLA_POLICY_MIN(NLA_S32, 0),
	[DSM_A_FORCE]	= { .type = NLA_FLAG },
};

static const struct nla_policy serial_policy[] = {
	[DSM_A_SERIAL]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy task_policy[] = {
	[DSM_A_SID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[DSM_A_PID]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy exec_policy[] = {
	[DSM_A_SID]	= { .type = NLA_U32 },
};

/* The short form takes numbers of 15 bits. Not const in the older kernel. */
static struct netlink_range_validation perms_range = {
	.min = 1, .max = 0xffff,
};

static const struct nla_policy check_policy[] = {
	[DSM_A_CLASS]	= NLA_POLICY_RANGE(NLA_U32, 1, __DSM_CLASS_MAX - 1),
	[DSM_A_PERMS]	= NLA_POLICY_FULL_RANGE(NLA_U32, &perms_range),
	[DSM_A_SSID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[DSM_A_SNID]	= { .type = NLA_U32 },
	[DSM_A_TSID]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy addr_policy[] = {
	[DSM_A_ADDR4]	= NLA_POLICY_EXACT_LEN(4),
	[DSM_A_ADDR6]	= NLA_POLICY_EXACT_LEN(16),
};

static const struct nla_policy key_policy[] = {
	[DSM_A_NID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[DSM_A_EPOCH]	= NLA_POLICY_MIN(NLA_U32, 1),
	[DSM_A_KEY]	= NLA_POLICY_EXACT_LEN(DSM_KEY_LEN),
};

static const struct nla_policy key_name_policy[] = {
	[DSM_A_NID]	= NLA_POLICY_MIN(NLA_U32, 1),
	[DSM_A_EPOCH]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy epoch_policy[] = {
	[DSM_A_EPOCH]	= NLA_POLICY_MIN(NLA_U32, 1),
};

static const struct nla_policy der_policy[] = {
	[DSM_A_DER]	= NLA_POLICY_RANGE(NLA_BINARY, 1, DER_MAX),
};

static int reply_serial(struct genl_info *info, u32 serial)
{
	struct cgl_reply r;
	int err = cgl_reply_new(&r, info, &dsm_family, NLMSG_DEFAULT_SIZE);

	if (err)
		return err;
	return cgl_reply_send(&r, info,
			      nla_put_u32(r.skb, DSM_A_SERIAL, serial));
}

/* ---- status ------------------------------------------------------------------------- */

static int put_reasons(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, DSM_ST_REASON);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = DSM_REASON_NONE + 1; i < __DSM_REASON_MAX; i++)
		if (nla_put_u64_64bit(skb, i, dsm_stat_reason(i), 0))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stats(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, DSM_A_STATS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = DSM_ST_RECEIVED; i < DSM_ST_REASON; i++)
		if (nla_put_u64_64bit(skb, i, dsm_stat_read(i), DSM_ST_PAD))
			return -EMSGSIZE;
	if (put_reasons(skb))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_policy(struct sk_buff *skb, const struct dsm_active *a)
{
	const struct dsm_policy *p = &a->policy;

	if (nla_put_u32(skb, DSM_A_SERIAL, p->serial) ||
	    nla_put_u32(skb, DSM_A_RULES, le32_to_cpu(p->head->rules)) ||
	    nla_put_u32(skb, DSM_A_PEERS, le32_to_cpu(p->head->peers)) ||
	    nla_put(skb, DSM_A_HASH, sizeof(a->hash), a->hash) ||
	    nla_put_u32(skb, DSM_A_GENERATION, a->generation) ||
	    nla_put_u8(skb, DSM_A_PERMISSIVE,
		       !!(p->flags & DSM_POLICY_PERMISSIVE)))
		return -EMSGSIZE;
	return 0;
}

static int put_attached(struct sk_buff *skb)
{
	if (nla_put_u32(skb, DSM_A_NID, READ_ONCE(dsm_nid)) ||
	    nla_put_u32(skb, DSM_A_SID, READ_ONCE(dsm_initial_sid)) ||
	    nla_put_u32(skb, DSM_A_RECEIVE, dsm_receive_attached()) ||
	    nla_put_u32(skb, DSM_A_VALIDATE, dsm_point_validate()) ||
	    nla_put_u32(skb, DSM_A_REPLIES, dsm_point_replies()) ||
	    nla_put_u8(skb, DSM_A_GUARD, dsm_guard_armed()))
		return -EMSGSIZE;
	return 0;
}

static int put_keys(struct sk_buff *skb)
{
	u32 epoch = dsm_policy_epoch();

	if (nla_put_u32(skb, DSM_A_KEYS, dsm_key_count()) ||
	    (epoch && nla_put_u32(skb, DSM_A_EPOCH, epoch)))
		return -EMSGSIZE;
	return 0;
}

static int put_status(struct sk_buff *skb, u32 prepared)
{
	const struct dsm_active *a;
	int err;

	err = put_attached(skb);
	if (!err)
		err = put_keys(skb);
	if (!err && prepared)
		err = nla_put_u32(skb, DSM_A_PREPARED, prepared);
	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	if (!err && a)
		err = put_policy(skb, a);
	rcu_read_unlock();
	return err ? err : put_stats(skb);
}

static int status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cgl_reply r;
	int err = cgl_reply_new(&r, info, &dsm_family, NLMSG_GOODSIZE);

	if (err)
		return err;
	return cgl_reply_send(&r, info,
			      put_status(r.skb, dsm_policy_prepared()));
}

/* ---- policy and node ------------------------------------------------------------------ */

static int set_node(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_request(skb, info, DSM_A_NID,
				  "the node ID is missing");

	if (err)
		return err;
	return dsm_node_set(nla_get_u32(info->attrs[DSM_A_NID]), info->extack);
}

static int load(struct sk_buff *skb, struct genl_info *info, enum dsm_load how)
{
	struct file *file;
	u32 serial;
	int err;

	err = cgl_mac_request(skb, info, DSM_A_FD, "the file is missing");
	if (err)
		return err;
	file = cgl_attr_file(info, DSM_A_FD);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = dsm_policy_load(file, how,
			      nla_get_flag(info->attrs[DSM_A_FORCE]), &serial,
			      info->extack);
	fput(file);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[DSM_A_FD]);
		return err;
	}
	return reply_serial(info, serial);
}

static int policy_load(struct sk_buff *skb, struct genl_info *info)
{
	return load(skb, info, DSM_LOAD_NOW);
}

static int policy_prepare(struct sk_buff *skb, struct genl_info *info)
{
	return load(skb, info, DSM_LOAD_PREPARE);
}

static int policy_commit(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_request(skb, info, DSM_A_SERIAL,
				  "the serial is missing");

	if (err)
		return err;
	return dsm_policy_commit(nla_get_u32(info->attrs[DSM_A_SERIAL]),
				 info->extack);
}

static int policy_abort(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *serial = info->attrs[DSM_A_SERIAL];
	int err = cgl_mac_admin(skb, info->extack);

	if (err)
		return err;
	return dsm_policy_abort(serial ? nla_get_u32(serial) : 0,
				info->extack);
}

static int policy_unload(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_admin(skb, info->extack);

	return err ? err : dsm_policy_unload(info->extack);
}

static int trust_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *der = info->attrs[DSM_A_DER];
	int err = cgl_mac_request(skb, info, DSM_A_DER,
				  "the certificate is missing");

	if (err)
		return err;
	err = dsm_trust_add(nla_data(der), nla_len(der), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, der);
	return err;
}

/* ---- asking the policy ------------------------------------------------------------------ */

static int put_check(struct sk_buff *skb, const struct dsm_policy *p,
		     const struct dsm_access *q)
{
	const struct dsm_image_rule *rule = dsm_policy_rule(p, q);
	u32 flags = dsm_policy_check(p, q->class, q->perms, q->sid, q->nid,
				     q->tsid);

	static_assert(DSM_ALLOW == DSM_VERDICT_ALLOW);
	static_assert(DSM_AUDIT == DSM_VERDICT_AUDIT);
	static_assert(DSM_ANSWER == DSM_VERDICT_ANSWER);
	static_assert(DSM_PERMITTED == DSM_VERDICT_PERMITTED);
	if (nla_put_u32(skb, DSM_A_VERDICT, flags))
		return -EMSGSIZE;
	if (rule && nla_put_u32(skb, DSM_A_LINE, le32_to_cpu(rule->line)))
		return -EMSGSIZE;
	return 0;
}

static int check_read(struct genl_info *info, struct dsm_access *q)
{
	int err;

	err = cgl_attr_needed(info, DSM_A_CLASS, "the class is missing");
	if (!err)
		err = cgl_attr_needed(info, DSM_A_PERMS,
				      "the permissions are missing");
	if (!err)
		err = cgl_attr_needed(info, DSM_A_SSID,
				      "the sender's SID is missing");
	if (!err)
		err = cgl_attr_needed(info, DSM_A_SNID,
				      "the sender's NID is missing");
	if (!err)
		err = cgl_attr_needed(info, DSM_A_TSID,
				      "the receiver's SID is missing");
	if (err)
		return err;
	q->class = nla_get_u32(info->attrs[DSM_A_CLASS]);
	q->perms = nla_get_u32(info->attrs[DSM_A_PERMS]);
	q->sid = nla_get_u32(info->attrs[DSM_A_SSID]);
	q->nid = nla_get_u32(info->attrs[DSM_A_SNID]);
	q->tsid = nla_get_u32(info->attrs[DSM_A_TSID]);
	return 0;
}

static int no_policy(struct genl_info *info)
{
	NL_SET_ERR_MSG(info->extack, "no policy is loaded");
	return -ENOENT;
}

static int check(struct sk_buff *skb, struct genl_info *info)
{
	const struct dsm_active *a;
	struct dsm_access q;
	struct cgl_reply r;
	int err;

	err = check_read(info, &q);
	if (!err)
		err = cgl_reply_new(&r, info, &dsm_family, NLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	err = a ? put_check(r.skb, &a->policy, &q) : no_policy(info);
	rcu_read_unlock();
	return cgl_reply_send(&r, info, err);
}

static const struct dsm_image_peer *peer_of(const struct dsm_policy *p,
					    struct genl_info *info)
{
	if (info->attrs[DSM_A_ADDR4])
		return dsm_policy_peer4(p,
					nla_get_in_addr(info->attrs[DSM_A_ADDR4]));
	return dsm_policy_peer6(p, nla_data(info->attrs[DSM_A_ADDR6]));
}

static int put_peer(struct sk_buff *skb, const struct dsm_image_peer *peer)
{
	if (nla_put_u32(skb, DSM_A_MODE, peer ? peer->action : DSM_PEER_DENY) ||
	    nla_put_u32(skb, DSM_A_SID, peer ? le32_to_cpu(peer->sid) : 0) ||
	    nla_put_u32(skb, DSM_A_NID, peer ? le32_to_cpu(peer->nid) : 0))
		return -EMSGSIZE;
	if (peer && nla_put_u32(skb, DSM_A_LINE, le32_to_cpu(peer->line)))
		return -EMSGSIZE;
	return 0;
}

static int peer_get(struct sk_buff *skb, struct genl_info *info)
{
	const struct dsm_active *a;
	struct cgl_reply r;
	int err;

	if (!info->attrs[DSM_A_ADDR4] == !info->attrs[DSM_A_ADDR6]) {
		NL_SET_ERR_MSG(info->extack, "one address is needed");
		return -EINVAL;
	}
	err = cgl_reply_new(&r, info, &dsm_family, NLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	err = a ? put_peer(r.skb, peer_of(&a->policy, info)) : no_policy(info);
	rcu_read_unlock();
	return cgl_reply_send(&r, info, err);
}

/* ---- keys -------------------------------------------------------------------- */

/* The rights, and which key is meant. */
static int key_asked(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_request(skb, info, DSM_A_NID,
				  "the node ID is missing");

	if (!err)
		err = cgl_attr_needed(info, DSM_A_EPOCH,
				      "the epoch is missing");
	return err;
}

static int key_add(struct sk_buff *skb, struct genl_info *info)
{
	int err = key_asked(skb, info);

	if (!err)
		err = cgl_attr_needed(info, DSM_A_KEY, "the key is missing");
	if (err)
		return err;
	err = dsm_key_add(nla_get_u32(info->attrs[DSM_A_NID]),
			  nla_get_u32(info->attrs[DSM_A_EPOCH]),
			  nla_data(info->attrs[DSM_A_KEY]), info->extack);
	memzero_explicit(nla_data(info->attrs[DSM_A_KEY]), DSM_KEY_LEN);
	return err;
}

static int key_del(struct sk_buff *skb, struct genl_info *info)
{
	int err = key_asked(skb, info);

	if (err)
		return err;
	return dsm_key_del(nla_get_u32(info->attrs[DSM_A_NID]),
			   nla_get_u32(info->attrs[DSM_A_EPOCH]),
			   info->extack);
}

static int key_use(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_request(skb, info, DSM_A_EPOCH,
				  "the epoch is missing");

	if (err)
		return err;
	return dsm_key_use(nla_get_u32(info->attrs[DSM_A_EPOCH]),
			   info->extack);
}

/**
 * struct key_list - a message of a dump of keys, while it is made
 * @skb: the message
 * @cb: of the dump
 */
struct key_list {
	struct sk_buff *skb;
	const struct netlink_callback *cb;
};

static int put_key(void *data, u32 nid, u32 epoch)
{
	struct key_list *l = data;
	void *head;

	head = genlmsg_put(l->skb, NETLINK_CB(l->cb->skb).portid,
			   l->cb->nlh->nlmsg_seq, &dsm_family, NLM_F_MULTI,
			   DSM_CMD_KEY_GET);
	if (!head)
		return -EMSGSIZE;
	if (nla_put_u32(l->skb, DSM_A_NID, nid) ||
	    nla_put_u32(l->skb, DSM_A_EPOCH, epoch)) {
		genlmsg_cancel(l->skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(l->skb, head);
	return 0;
}

static int key_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct key_list l = { .skb = skb, .cb = cb };
	int err = cgl_mac_admin(cb->skb, cb->extack);

	if (err)
		return err;
	dsm_key_walk(cb->args, put_key, &l);
	return skb->len;
}

/* ---- tasks ------------------------------------------------------------------------------- */

static struct task_struct *task_of(u32 pid)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_pid_ns(pid, &init_pid_ns), PIDTYPE_PID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

static int task_set(struct sk_buff *skb, struct genl_info *info)
{
	struct task_struct *task;
	int err;

	err = cgl_mac_request(skb, info, DSM_A_PID, "the process is missing");
	if (!err)
		err = cgl_attr_needed(info, DSM_A_SID, "the SID is missing");
	if (err)
		return err;
	task = task_of(nla_get_u32(info->attrs[DSM_A_PID]));
	if (!task) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[DSM_A_PID],
				    "there is no such process");
		return -ESRCH;
	}
	err = dsm_task_set(task, nla_get_u32(info->attrs[DSM_A_SID]));
	put_task_struct(task);
	return err;
}

static int exec_set(struct sk_buff *skb, struct genl_info *info)
{
	int err = cgl_mac_request(skb, info, DSM_A_SID, "the SID is missing");

	if (err)
		return err;
	return dsm_task_exec_set(nla_get_u32(info->attrs[DSM_A_SID]));
}

static int put_task(struct sk_buff *skb, const struct netlink_callback *cb,
		    struct task_struct *task)
{
	char comm[TASK_COMM_LEN];
	void *head;

	head = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &dsm_family, NLM_F_MULTI, DSM_CMD_TASK_GET);
	if (!head)
		return -EMSGSIZE;
	get_task_comm(comm, task);
	if (nla_put_u32(skb, DSM_A_PID, task_pid_nr(task)) ||
	    nla_put_u32(skb, DSM_A_SID, dsm_task_sid(task)) ||
	    nla_put_string(skb, DSM_A_COMM, comm)) {
		genlmsg_cancel(skb, head);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return 0;
}

/* From the process with the number cb->args[0] on, in ascending order. */
static int task_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct pid *pid;
	struct task_struct *task;
	int nr = cb->args[0];
	int err = cgl_mac_admin(cb->skb, cb->extack);

	if (err)
		return err;
	rcu_read_lock();
	for (nr++; (pid = idr_get_next(&init_pid_ns.idr, &nr)); nr++) {
		task = pid_task(pid, PIDTYPE_TGID);
		if (task && put_task(skb, cb, task))
			break;
		cb->args[0] = nr;
	}
	rcu_read_unlock();
	return skb->len;
}

/* ---- the family ---------------------------------------------------------- */

#define POLICY(p) .policy = (p), .maxattr = ARRAY_SIZE(p) - 1

/* Without a policy and with strict checking: no attribute is taken. */
static const struct genl_ops ops[] = {
	{ .cmd = DSM_CMD_STATUS_GET, .doit = status_get },
	{ .cmd = DSM_CMD_NODE_SET, .doit = set_node, POLICY(nid_policy) },
	{ .cmd = DSM_CMD_POLICY_LOAD, .doit = policy_load,
	  POLICY(load_policy) },
	{ .cmd = DSM_CMD_POLICY_PREPARE, .doit = policy_prepare,
	  POLICY(load_policy) },
	{ .cmd = DSM_CMD_POLICY_COMMIT, .doit = policy_commit,
	  POLICY(serial_policy) },
	{ .cmd = DSM_CMD_POLICY_ABORT, .doit = policy_abort,
	  POLICY(serial_policy) },
	{ .cmd = DSM_CMD_POLICY_UNLOAD, .doit = policy_unload },
	{ .cmd = DSM_CMD_TASK_GET, .dumpit = task_dump },
	{ .cmd = DSM_CMD_TASK_SET, .doit = task_set, POLICY(task_policy) },
	{ .cmd = DSM_CMD_EXEC_SET, .doit = exec_set, POLICY(exec_policy) },
	{ .cmd = DSM_CMD_CHECK, .doit = check, POLICY(check_policy) },
	{ .cmd = DSM_CMD_PEER_GET, .doit = peer_get, POLICY(addr_policy) },
	{ .cmd = DSM_CMD_KEY_ADD, .doit = key_add, POLICY(key_policy) },
	{ .cmd = DSM_CMD_KEY_DEL, .doit = key_del, POLICY(key_name_policy) },
	{ .cmd = DSM_CMD_KEY_USE, .doit = key_use, POLICY(epoch_policy) },
	{ .cmd = DSM_CMD_KEY_GET, .dumpit = key_dump },
	{ .cmd = DSM_CMD_TRUST_ADD, .doit = trust_add, POLICY(der_policy) },
};

/* Events name processes and addresses. */
static const struct genl_multicast_group groups[] = {
	{ .name = DSM_GENL_MCGRP, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

struct genl_family dsm_family __ro_after_init = {
	.name		= DSM_GENL_NAME,
	.version	= DSM_GENL_VERSION,
	.module		= THIS_MODULE,
	.netnsok	= true,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

/**
 * dsm_netlink_init() - register the family
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int dsm_netlink_init(void)
{
	return genl_register_family(&dsm_family);
}

/**
 * dsm_netlink_exit() - unregister the family
 *
 * Context: Process context, when nobody is left who sends events. Sleeps until
 * requests are answered that were begun.
 */
void dsm_netlink_exit(void)
{
	genl_unregister_family(&dsm_family);
}
