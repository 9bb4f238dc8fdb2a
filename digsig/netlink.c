// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "digsig": <linux/digsig_lsm.h> has its commands.
 *
 * A request is checked by the policy of its command, then for the right to ask,
 * then for required attributes; what is left to the functions here is to call
 * the part of the module that knows, and to put its answer into a message.
 * Every refusal has a sentence in the extended ack.
 *
 * Locking: requests need none. The family works in parallel, so a pre-flight
 * that takes seconds keeps no other family waiting; each part of the module has its
 * own locks. A dump keeps nothing between its messages but where it is, and
 * marks itself as interrupted when keys or catalogs changed meanwhile.
 *
 * Hooks may still have something to tell when the family goes, whose numbers
 * another family may get: events_lock is held for reading by who sends one, and
 * for writing to switch that off.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/rwsem.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/netlink.h>

#include "control.h"
#include "genl_request.h"

#define DER_MAX		16384
#define NAME_MAX_LEN	15

static struct genl_family family;

static DECLARE_RWSEM(events_lock);
static bool events_on;		/* written under events_lock */

/* ---- policies ------------------------------------------------------------ */

static const struct nla_policy mode_policy[] = {
	[DIGSIG_A_MODE]		= NLA_POLICY_MAX(NLA_U32, DIGSIG_MODE_MAX),
	[DIGSIG_A_STRICT]	= NLA_POLICY_MAX(NLA_U8, 1),
};

static const struct nla_policy fd_policy[] = {
	[DIGSIG_A_FD]		= NLA_POLICY_MIN(NLA_S32, 0),
};

static const struct nla_policy der_policy[] = {
	[DIGSIG_A_DER]		= NLA_POLICY_RANGE(NLA_BINARY, 1, DER_MAX),
};

static const struct nla_policy key_id_policy[] = {
	[DIGSIG_A_KEY_ID]	= NLA_POLICY_EXACT_LEN(DIGSIG_KEY_ID_LEN),
};

static const struct nla_policy name_policy[] = {
	[DIGSIG_A_NAME]		= { .type = NLA_NUL_STRING,
				    .len = NAME_MAX_LEN },
};

/* ---- messages ------------------------------------------------------------ */

static size_t event_size(const char *path)
{
	return nla_total_size(0) +			/* the nest */
	       7 * nla_total_size(sizeof(u32)) +
	       nla_total_size(sizeof(u8)) +
	       nla_total_size(TASK_COMM_LEN) +
	       nla_total_size(DIGSIG_KEY_ID_LEN) +
	       nla_total_size(DIGSIG_DIGEST_LEN) +
	       3 * nla_total_size_64bit(sizeof(u64)) +
	       nla_total_size((path ? strlen(path) : 0) + 1);
}

static int put_verdict(struct sk_buff *skb, const struct digsig_verdict *v)
{
	if (nla_put_u32(skb, DIGSIG_EV_REASON, v->reason))
		return -EMSGSIZE;
	if (v->has_key && nla_put(skb, DIGSIG_EV_KEY_ID, DIGSIG_KEY_ID_LEN,
				  v->key_id))
		return -EMSGSIZE;
	if (v->has_digest && nla_put(skb, DIGSIG_EV_DIGEST, DIGSIG_DIGEST_LEN,
				     v->digest))
		return -EMSGSIZE;
	/* Nothing vouches for the attributes of what is not verified. */
	if (v->reason == DIGSIG_REASON_NONE && v->has_digest &&
	    (nla_put_u32(skb, DIGSIG_EV_FLAGS, v->flags) ||
	     nla_put_u32(skb, DIGSIG_EV_SID, v->sid)))
		return -EMSGSIZE;
	return 0;
}

static int put_who(struct sk_buff *skb, const struct digsig_event *ev)
{
	if (!ev->pid)
		return 0;
	if (nla_put_u32(skb, DIGSIG_EV_PID, ev->pid) ||
	    nla_put_u32(skb, DIGSIG_EV_UID, ev->uid) ||
	    nla_put_string(skb, DIGSIG_EV_COMM, ev->comm))
		return -EMSGSIZE;
	return 0;
}

static int put_numbers(struct sk_buff *skb, const struct digsig_event *ev)
{
	if (ev->time_ns && nla_put_u64_64bit(skb, DIGSIG_EV_TIME, ev->time_ns,
					     DIGSIG_EV_PAD))
		return -EMSGSIZE;
	if (ev->count && nla_put_u64_64bit(skb, DIGSIG_EV_COUNT, ev->count,
					   DIGSIG_EV_PAD))
		return -EMSGSIZE;
	if (ev->lost && nla_put_u64_64bit(skb, DIGSIG_EV_LOST, ev->lost,
					  DIGSIG_EV_PAD))
		return -EMSGSIZE;
	if (ev->mode >= 0 && nla_put_u32(skb, DIGSIG_EV_MODE, ev->mode))
		return -EMSGSIZE;
	return 0;
}

static int put_event(struct sk_buff *skb, int attr,
		     const struct digsig_event *ev)
{
	struct nlattr *nest = nla_nest_start(skb, attr);

	if (!nest)
		return -EMSGSIZE;
	if (put_verdict(skb, &ev->verdict) ||
	    nla_put_u32(skb, DIGSIG_EV_OP, ev->op) ||
	    nla_put_u8(skb, DIGSIG_EV_DENIED, ev->denied) ||
	    (ev->path && nla_put_string(skb, DIGSIG_EV_PATH, ev->path)) ||
	    put_who(skb, ev) || put_numbers(skb, ev)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_key(struct sk_buff *skb, const struct digsig_key_info *key)
{
	struct nlattr *nest = nla_nest_start(skb, DIGSIG_A_KEY);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put(skb, DIGSIG_KEY_ID, DIGSIG_KEY_ID_LEN, key->key_id) ||
	    nla_put_string(skb, DIGSIG_KEY_SUBJECT, key->subject) ||
	    nla_put_u8(skb, DIGSIG_KEY_ALG, key->alg) ||
	    nla_put_u32(skb, DIGSIG_KEY_BITS, key->bits) ||
	    nla_put_u64_64bit(skb, DIGSIG_KEY_FILES, key->files,
			      DIGSIG_KEY_UNSPEC) ||
	    nla_put_u32(skb, DIGSIG_KEY_FLAGS, key->flags)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_catalog(struct sk_buff *skb,
		       const struct digsig_catalog_info *cat)
{
	struct nlattr *nest = nla_nest_start(skb, DIGSIG_A_CATALOG);

	if (!nest)
		return -EMSGSIZE;
	if (nla_put_string(skb, DIGSIG_CAT_NAME, cat->name) ||
	    nla_put_u32(skb, DIGSIG_CAT_COUNT, cat->count) ||
	    nla_put_u32(skb, DIGSIG_CAT_GENERATION, cat->generation) ||
	    nla_put(skb, DIGSIG_CAT_KEY_ID, DIGSIG_KEY_ID_LEN, cat->key_id) ||
	    nla_put_u64_64bit(skb, DIGSIG_CAT_HITS, cat->hits,
			      DIGSIG_CAT_UNSPEC)) {
		nla_nest_cancel(skb, nest);
		return -EMSGSIZE;
	}
	nla_nest_end(skb, nest);
	return 0;
}

/* ---- status -------------------------------------------------------------- */

static int put_reasons(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, DIGSIG_ST_REASON);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = DIGSIG_REASON_NONE + 1; i < __DIGSIG_REASON_MAX; i++)
		if (nla_put_u64_64bit(skb, i, digsig_stat_reason(i), 0))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_stats(struct sk_buff *skb)
{
	struct nlattr *nest = nla_nest_start(skb, DIGSIG_A_STATS);
	unsigned int i;

	if (!nest)
		return -EMSGSIZE;
	for (i = DIGSIG_ST_CHECKS; i <= DIGSIG_ST_EVENTS_LOST; i++)
		if (nla_put_u64_64bit(skb, i, digsig_stat_read(i),
				      DIGSIG_ST_PAD))
			return -EMSGSIZE;
	if (put_reasons(skb))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_status(struct sk_buff *skb)
{
	if (nla_put_u32(skb, DIGSIG_A_MODE, READ_ONCE(digsig_mode)) ||
	    nla_put_u8(skb, DIGSIG_A_STRICT, READ_ONCE(digsig_strict)) ||
	    nla_put_u8(skb, DIGSIG_A_REMOTE, READ_ONCE(digsig_remote)) ||
	    nla_put_u64_64bit(skb, DIGSIG_A_NUMBER, digsig_revocation_number(),
			      DIGSIG_A_PAD) ||
	    nla_put_u32(skb, DIGSIG_A_MIN_GENERATION,
			digsig_min_generation()) ||
	    nla_put_string(skb, DIGSIG_A_HASH_DRIVER, digsig_hash_driver()))
		return -EMSGSIZE;
	if (digsig_anchored() && nla_put_flag(skb, DIGSIG_A_ANCHORED))
		return -EMSGSIZE;
	return put_stats(skb);
}

static int status_get(struct sk_buff *skb, struct genl_info *info)
{
	struct cgl_reply r;
	int err;

	err = cgl_mac_admin(skb, info->extack);
	if (!err)
		err = cgl_reply_new(&r, info, &family, NLMSG_GOODSIZE);
	if (err)
		return err;
	return cgl_reply_send(&r, info, put_status(r.skb));
}

/* ---- mode ---------------------------------------------------------------- */

static void failure_event(struct digsig_event *ev,
			  const struct digsig_failure *f)
{
	memset(ev, 0, sizeof(*ev));
	ev->verdict = f->verdict;
	ev->op = DIGSIG_OP_PREFLIGHT;
	ev->mode = -1;
	ev->pid = f->pid;
	memcpy(ev->comm, f->comm, sizeof(ev->comm));
	ev->path = f->path;
}

/*
 * One message with as many failures as fit into a usual one, from number @from.
 * Returns the number of the next, or a negative error.
 */
static int failures_reply(struct genl_info *info,
			  const struct digsig_preflight *pf, u32 from)
{
	struct digsig_event ev;
	struct cgl_reply r;
	int err;

	failure_event(&ev, &pf->failures[from]);
	err = cgl_reply_new(&r, info, &family,
			    max_t(size_t, NLMSG_DEFAULT_SIZE,
				  event_size(ev.path) + 64));
	if (err)
		return err;
	err = nla_put_u32(r.skb, DIGSIG_A_FAILURES, pf->total);
	while (!err && from < pf->listed) {
		failure_event(&ev, &pf->failures[from]);
		if (put_event(r.skb, DIGSIG_A_FAILURE, &ev))
			break;
		from++;
	}
	err = cgl_reply_send(&r, info, err);
	return err ? err : from;
}

/* What cannot be sent is in the list of denied files. */
static void failures_send(struct genl_info *info,
			  const struct digsig_preflight *pf)
{
	int next = 0;

	while (next >= 0 && next < pf->listed)
		next = failures_reply(info, pf, next);
}

static int mode_set(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *strict = info->attrs[DIGSIG_A_STRICT];
	struct digsig_preflight *pf;
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_MODE, "the mode is missing");
	if (err)
		return err;
	pf = kvzalloc(sizeof(*pf), GFP_KERNEL);
	if (!pf)
		return -ENOMEM;
	err = digsig_mode_set(nla_get_u32(info->attrs[DIGSIG_A_MODE]),
			      strict ? nla_get_u8(strict) : -1, pf,
			      info->extack);
	if (err == -EKEYREJECTED)
		failures_send(info, pf);
	digsig_preflight_reset(pf);
	kvfree(pf);
	return err;
}

/* ---- keys ---------------------------------------------------------------- */

static bool key_find(const u8 *key_id, struct digsig_key_info *key)
{
	unsigned int i;

	for (i = 0; digsig_key_info(i, key); i++)
		if (!memcmp(key->key_id, key_id, DIGSIG_KEY_ID_LEN))
			return true;
	return false;
}

static int key_reply(struct genl_info *info, const u8 *key_id)
{
	struct digsig_key_info key;
	struct cgl_reply r;
	int err;

	/* Removed again by somebody else: it was added all the same. */
	if (!key_find(key_id, &key))
		return 0;
	err = cgl_reply_new(&r, info, &family, NLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	return cgl_reply_send(&r, info, put_key(r.skb, &key));
}

static int key_add(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *der = info->attrs[DIGSIG_A_DER];
	u8 key_id[DIGSIG_KEY_ID_LEN];
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_DER, "the key is missing");
	if (err)
		return err;
	err = digsig_key_add(nla_data(der), nla_len(der), key_id,
			     info->extack);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, der);
		return err;
	}
	return key_reply(info, key_id);
}

static int key_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *id = info->attrs[DIGSIG_A_KEY_ID];
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_KEY_ID,
			      "the key id is missing");
	if (err)
		return err;
	err = digsig_key_retire(nla_data(id), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, id);
	return err;
}

/* ---- catalogs and revocation --------------------------------------------- */

static bool catalog_find(const char *name, struct digsig_catalog_info *cat)
{
	unsigned int i;

	for (i = 0; digsig_catalog_info(i, cat); i++)
		if (!strcmp(cat->name, name))
			return true;
	return false;
}

static int catalog_reply(struct genl_info *info, const char *name)
{
	struct digsig_catalog_info cat;
	struct cgl_reply r;
	int err;

	if (!catalog_find(name, &cat))
		return 0;
	err = cgl_reply_new(&r, info, &family, NLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	return cgl_reply_send(&r, info, put_catalog(r.skb, &cat));
}

static int catalog_add(struct sk_buff *skb, struct genl_info *info)
{
	char name[NAME_MAX_LEN + 1];
	struct file *file;
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_FD, "the file is missing");
	if (err)
		return err;
	file = cgl_attr_file(info, DIGSIG_A_FD);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = digsig_catalog_add(file, name, info->extack);
	fput(file);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[DIGSIG_A_FD]);
		return err;
	}
	return catalog_reply(info, name);
}

static int catalog_del(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *name = info->attrs[DIGSIG_A_NAME];
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_NAME, "the name is missing");
	if (err)
		return err;
	err = digsig_catalog_del(nla_data(name), info->extack);
	if (err)
		NL_SET_BAD_ATTR(info->extack, name);
	return err;
}

static int revoke(struct sk_buff *skb, struct genl_info *info)
{
	struct file *file;
	struct cgl_reply r;
	u64 number;
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_FD, "the file is missing");
	if (err)
		return err;
	file = cgl_attr_file(info, DIGSIG_A_FD);
	if (IS_ERR(file))
		return PTR_ERR(file);
	err = digsig_revocation_load(file, &number, info->extack);
	fput(file);
	if (err) {
		NL_SET_BAD_ATTR(info->extack, info->attrs[DIGSIG_A_FD]);
		return err;
	}
	err = cgl_reply_new(&r, info, &family, NLMSG_DEFAULT_SIZE);
	if (err)
		return err;
	return cgl_reply_send(&r, info,
			      nla_put_u64_64bit(r.skb, DIGSIG_A_NUMBER, number,
						DIGSIG_A_PAD));
}

/* ---- asking about one file ----------------------------------------------- */

static int check_reply(struct genl_info *info, struct file *file, char *buf)
{
	struct digsig_event ev = { .op = DIGSIG_OP_CHECK, .mode = -1 };
	struct cgl_reply r;
	int err;

	digsig_verify(file, &ev.verdict);
	ev.path = digsig_path(file, buf);
	err = cgl_reply_new(&r, info, &family, event_size(ev.path) + 64);
	if (err)
		return err;
	return cgl_reply_send(&r, info, put_event(r.skb, DIGSIG_A_VERDICT, &ev));
}

static int check(struct sk_buff *skb, struct genl_info *info)
{
	struct file *file;
	char *buf;
	int err;

	err = cgl_mac_request(skb, info, DIGSIG_A_FD, "the file is missing");
	if (err)
		return err;
	file = cgl_attr_file(info, DIGSIG_A_FD);
	if (IS_ERR(file))
		return PTR_ERR(file);
	buf = kmalloc(PATH_MAX, GFP_KERNEL);
	err = buf ? check_reply(info, file, buf) : -ENOMEM;
	kfree(buf);
	fput(file);
	return err;
}

/* ---- dumps --------------------------------------------------------------- */

static int dump_start(struct netlink_callback *cb)
{
	return cgl_mac_admin(cb->skb, cb->extack);
}

static void *dump_head(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
}

/* Ends or takes back one message of a dump. */
static int dump_tail(struct sk_buff *skb, void *head, int err)
{
	if (err)
		genlmsg_cancel(skb, head);
	else
		genlmsg_end(skb, head);
	return err;
}

static int key_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct digsig_key_info key;
	void *head;

	cb->seq = READ_ONCE(digsig_generation);
	for (; digsig_key_info(cb->args[0], &key); cb->args[0]++) {
		head = dump_head(skb, cb, DIGSIG_CMD_KEY_GET);
		if (!head)
			break;
		genl_dump_check_consistent(cb, head);
		if (dump_tail(skb, head, put_key(skb, &key)))
			break;
	}
	return skb->len;
}

static int catalog_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct digsig_catalog_info cat;
	void *head;

	cb->seq = READ_ONCE(digsig_generation);
	for (; digsig_catalog_info(cb->args[0], &cat); cb->args[0]++) {
		head = dump_head(skb, cb, DIGSIG_CMD_CATALOG_GET);
		if (!head)
			break;
		genl_dump_check_consistent(cb, head);
		if (dump_tail(skb, head, put_catalog(skb, &cat)))
			break;
	}
	return skb->len;
}

/* A message without an entry would end the dump: the longest path must fit. */
static int denied_start(struct netlink_callback *cb)
{
	cb->min_dump_alloc = 2 * PATH_MAX;
	return cgl_mac_admin(cb->skb, cb->extack);
}

static int denied_fill(struct sk_buff *skb, struct netlink_callback *cb,
		       struct digsig_event *ev, char *path)
{
	u64 seq = cb->args[0];
	void *head;

	while (digsig_denied_next(&seq, ev, path)) {
		head = dump_head(skb, cb, DIGSIG_CMD_DENIED_GET);
		if (!head || dump_tail(skb, head,
				       put_event(skb, DIGSIG_A_EVENT, ev)))
			break;
		cb->args[0] = seq;
	}
	return skb->len;
}

static int denied_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct digsig_event ev;
	char *path;
	int len;

	path = kmalloc(PATH_MAX, GFP_KERNEL);
	if (!path)
		return -ENOMEM;
	len = denied_fill(skb, cb, &ev, path);
	kfree(path);
	return len;
}

/* ---- the family ---------------------------------------------------------- */

#define POLICY(p)	.policy = (p), .maxattr = ARRAY_SIZE(p) - 1

static const struct genl_ops ops[] = {
	{ .cmd = DIGSIG_CMD_STATUS_GET, .doit = status_get },
	{ .cmd = DIGSIG_CMD_MODE_SET, .doit = mode_set, POLICY(mode_policy) },
	{ .cmd = DIGSIG_CMD_KEY_ADD, .doit = key_add, POLICY(der_policy) },
	{ .cmd = DIGSIG_CMD_KEY_DEL, .doit = key_del, POLICY(key_id_policy) },
	{ .cmd = DIGSIG_CMD_KEY_GET, .start = dump_start, .dumpit = key_dump },
	{ .cmd = DIGSIG_CMD_CATALOG_ADD, .doit = catalog_add,
	  POLICY(fd_policy) },
	{ .cmd = DIGSIG_CMD_CATALOG_DEL, .doit = catalog_del,
	  POLICY(name_policy) },
	{ .cmd = DIGSIG_CMD_CATALOG_GET, .start = dump_start,
	  .dumpit = catalog_dump },
	{ .cmd = DIGSIG_CMD_REVOKE, .doit = revoke, POLICY(fd_policy) },
	{ .cmd = DIGSIG_CMD_DENIED_GET, .start = denied_start,
	  .dumpit = denied_dump },
	{ .cmd = DIGSIG_CMD_CHECK, .doit = check, POLICY(fd_policy) },
};

/* Events name files and users. */
static const struct genl_multicast_group groups[] = {
	{ .name = DIGSIG_GENL_MCGRP, .flags = GENL_MCAST_CAP_SYS_ADMIN },
};

static struct genl_family family __ro_after_init = {
	.name		= DIGSIG_GENL_NAME,
	.version	= DIGSIG_GENL_VERSION,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.ops		= ops,
	.n_ops		= ARRAY_SIZE(ops),
	.mcgrps		= groups,
	.n_mcgrps	= ARRAY_SIZE(groups),
};

static int event_multicast(const struct digsig_event *ev)
{
	struct sk_buff *skb;
	void *head;

	skb = genlmsg_new(event_size(ev->path) + 64, GFP_KERNEL);
	if (!skb)
		return -ENOMEM;
	head = genlmsg_put(skb, 0, 0, &family, 0, DIGSIG_CMD_EVENT);
	if (!head || put_event(skb, DIGSIG_A_EVENT, ev)) {
		nlmsg_free(skb);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, head);
	return genlmsg_multicast(&family, skb, 0, 0, GFP_ATOMIC);
}

/**
 * digsig_netlink_event() - tell the listeners
 * @ev: what happened; @ev->lost is set
 *
 * Costs nothing but a look when nobody listens. A listener whose socket is full
 * loses the event; nobody waits for him.
 *
 * Context: Process context, may be called under mmap_lock. May sleep.
 */
void digsig_netlink_event(struct digsig_event *ev)
{
	int err;

	down_read(&events_lock);
	if (events_on && genl_has_listeners(&family, &init_net, 0)) {
		ev->lost = digsig_stat_read(DIGSIG_ST_EVENTS_LOST);
		err = event_multicast(ev);
		if (err && err != -ESRCH)
			digsig_stat_add(DIGSIG_ST_EVENTS_LOST, 1);
	}
	up_read(&events_lock);
}

static void events_switch(bool on)
{
	down_write(&events_lock);
	events_on = on;
	up_write(&events_lock);
}

/**
 * digsig_netlink_init() - register the family
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int digsig_netlink_init(void)
{
	int err = genl_register_family(&family);

	if (!err)
		events_switch(true);
	return err;
}

/**
 * digsig_netlink_exit() - unregister the family
 *
 * Context: Process context. Sleeps until events are sent and requests answered
 * that were begun; there are no dumps, each of which holds the module.
 */
void digsig_netlink_exit(void)
{
	events_switch(false);
	genl_unregister_family(&family);
}
