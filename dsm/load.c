// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy in force: loading, preparing, swapping, taking it away.
 *
 * An image is read into memory once, its digest and signature are checked, it
 * is parsed, and then it is published by one pointer. Who judges reads that
 * pointer once, so a packet is judged by one policy or by the other. What was
 * remembered of the old one is worthless by its generation.
 *
 * Preparing does all of that but the last step, so that a cluster can switch
 * when every node has said that it could.
 *
 * Locking: load_lock for all changes, also of dsm_nid and of the key that labels
 * are authenticated with; that of keys.c is taken outside. Readers are in an RCU
 * read-side section; a policy is freed after a grace period.
 */
#include <crypto/hash.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/kernel_read_file.h>
#include <linux/kmod.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "dsm.h"
#include "trace.h"

static unsigned int nid;
module_param(nid, uint, 0444);
MODULE_PARM_DESC(nid, "Node ID of this node (default 0: to be set by \"dsm node set\" before a policy is loaded)");

struct dsm_active __rcu *dsm_active;
u32 dsm_generation __read_mostly = DSM_GENERATION_NONE;
u32 dsm_nid;

static DEFINE_MUTEX(load_lock);
static struct dsm_active *prepared;	/* under load_lock */
static bool prepared_force;		/* under load_lock */
static u32 generation;			/* under load_lock */
static bool initial_set;		/* under load_lock */
static u32 epoch;			/* in use, or 0; under load_lock */
static siphash_key_t own_key;		/* of @epoch; under load_lock */
static struct crypto_shash *sha256;

static struct dsm_active *active_now(void)
{
	return rcu_dereference_protected(dsm_active,
					 lockdep_is_held(&load_lock));
}

static void active_free(struct dsm_active *a)
{
	if (a) {
		kvfree(a->filter);
		kvfree(a->image);
	}
	kfree_sensitive(a);
}

/* ---- is it good? ------------------------------------------------------------------ */

static int digest_check(struct dsm_active *a, struct netlink_ext_ack *extack)
{
	u8 digest[DSM_IMAGE_DIGEST_LEN];
	int err;

	err = crypto_shash_tfm_digest(sha256, a->image + DSM_IMAGE_SIGNED_LEN,
				      a->policy.image_len -
				      DSM_IMAGE_SIGNED_LEN, digest);
	if (err) {
		NL_SET_ERR_MSG(extack, "the digest cannot be computed");
		return err;
	}
	if (memcmp(digest, a->policy.digest, sizeof(digest))) {
		NL_SET_ERR_MSG(extack, "the digest is not that of the image");
		return -EBADMSG;
	}
	memcpy(a->hash, digest, sizeof(digest));
	return 0;
}

static int parse(struct dsm_active *a, size_t len,
		 struct netlink_ext_ack *extack)
{
	const char *wrong;
	int err;

	wrong = dsm_policy_parse(&a->policy, a->image, len);
	if (wrong) {
		NL_SET_ERR_MSG(extack, "not a policy image");
		if (extack)
			extack->_msg = wrong;
		return -EBADMSG;
	}
	err = digest_check(a, extack);
	if (!err)
		err = dsm_trust_verify(&a->policy, extack);
	if (err)
		return err;
	a->filter = kvmalloc(dsm_policy_filter_size(&a->policy), GFP_KERNEL);
	if (!a->filter)
		return -ENOMEM;
	dsm_policy_filter(&a->policy, a->filter);
	return 0;
}

static int serial_check(const struct dsm_policy *p, bool force,
			struct netlink_ext_ack *extack)
{
	const struct dsm_active *now = active_now();

	lockdep_assert_held(&load_lock);
	if (!now || force || p->serial > now->policy.serial)
		return 0;
	NL_SET_ERR_MSG(extack,
		       "the serial is not higher than that of the policy in force");
	return -ESTALE;
}

static int node_check(struct netlink_ext_ack *extack)
{
	if (dsm_nid)
		return 0;
	NL_SET_ERR_MSG(extack, "this node has no node ID yet");
	return -EBUSY;
}

/*
 * Codes are put in when a packet leaves, by the guard, which also catches what
 * nothing else could refuse. It stays when the policy goes, or does not come in
 * the end.
 */
static int guard_check(const struct dsm_policy *p,
		       struct netlink_ext_ack *extack)
{
	bool codes = p->flags & DSM_POLICY_SEND_CODE;
	int err;

	lockdep_assert_held(&load_lock);
	if (codes && !epoch) {
		NL_SET_ERR_MSG(extack,
			       "labels are to be authenticated, and no key of this node is in use");
		return -ENOKEY;
	}
	if (!codes && dsm_point_options() != DSM_ATTACH_NONE)
		return 0;
	err = dsm_guard_arm_all();
	if (err)
		NL_SET_ERR_MSG(extack,
			       "the guard could not be put in place");
	return err;
}

/* May this policy be put in force, here and now? */
static int here_check(const struct dsm_policy *p, bool force,
		      struct netlink_ext_ack *extack)
{
	int err = serial_check(p, force, extack);

	if (!err)
		err = node_check(extack);
	if (!err)
		err = dsm_conflict_check(extack);
	return err ? err : guard_check(p, extack);
}

/* ---- taking effect ------------------------------------------------------------------ */

/* What follows from the policy and from what else is known now. */
static void active_prepare(struct dsm_active *a)
{
	a->generation = ++generation;
	memset(a->self, 0, sizeof(a->self));
	a->epoch = epoch;
	a->key = own_key;
	a->label.sid = READ_ONCE(dsm_initial_sid);
	a->label.nid = dsm_nid;
	a->opt_len = dsm_send_option(a, a->label.sid, a->opt);
}

static void active_publish(struct dsm_active *new)
{
	lockdep_assert_held(&load_lock);
	rcu_assign_pointer(dsm_active, new);
	WRITE_ONCE(dsm_generation, new ? new->generation : DSM_GENERATION_NONE);
}

static void swap_in(struct dsm_active *new)
{
	struct dsm_active *old = active_now();

	lockdep_assert_held(&load_lock);
	if (new && !initial_set) {
		WRITE_ONCE(dsm_initial_sid, new->policy.initial_sid);
		initial_set = true;
	}
	if (new)
		active_prepare(new);
	active_publish(new);
	dsm_fib_update(new ? &new->policy : NULL);
	if (new) {
		trace_dsm_policy(new->policy.serial, new->generation);
		dsm_publish_policy(new->policy.serial, new->generation);
		dsm_audit_policy("load", new->policy.serial, new->hash);
	} else {
		dsm_publish_policy(0, generation);
		dsm_audit_policy("unload", old->policy.serial, old->hash);
	}
	synchronize_rcu();
	active_free(old);
	dsm_send_refresh();
}

/* The same policy once more, as a new one: nothing that was remembered counts. */
static void renew(void)
{
	struct dsm_active *old = active_now(), *new;

	lockdep_assert_held(&load_lock);
	if (!old)
		return;
	new = kmemdup(old, sizeof(*old), GFP_KERNEL | __GFP_NOFAIL);
	active_prepare(new);
	active_publish(new);
	synchronize_rcu();
	kfree_sensitive(old);
}

static int put_in_place(struct dsm_active *a, enum dsm_load how, bool force,
			struct netlink_ext_ack *extack)
{
	int err;

	mutex_lock(&load_lock);
	err = here_check(&a->policy, force, extack);
	if (err)
		goto out;
	if (how == DSM_LOAD_PREPARE) {
		active_free(prepared);
		prepared = a;
		prepared_force = force;
	} else {
		swap_in(a);
	}
out:
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_policy_load_image() - load or prepare an image
 * @image: its bytes, to be freed by kvfree(); owned by this function, also on
 *	error
 * @len: of it
 * @how: at once, or to be committed later
 * @force: take a serial that is not higher, too
 * @serial: gets the serial; may be %NULL
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error; the policy in force is unchanged then.
 */
int dsm_policy_load_image(void *image, size_t len, enum dsm_load how,
			  bool force, u32 *serial,
			  struct netlink_ext_ack *extack)
{
	struct dsm_active *a = kzalloc(sizeof(*a), GFP_KERNEL);
	u32 number;
	int err;

	if (!a) {
		kvfree(image);
		return -ENOMEM;
	}
	a->image = image;
	err = parse(a, len, extack);
	number = a->policy.serial;
	if (!err)
		err = put_in_place(a, how, force, extack);
	if (err) {
		active_free(a);
		return err;
	}
	if (serial)
		*serial = number;
	return 0;
}

/**
 * dsm_policy_load() - load or prepare a policy from a file
 * @file: open for reading
 * @how: at once, or to be committed later
 * @force: take a serial that is not higher, too
 * @serial: gets the serial
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error; the policy in force is unchanged then.
 */
int dsm_policy_load(struct file *file, enum dsm_load how, bool force,
		    u32 *serial, struct netlink_ext_ack *extack)
{
	void *image = NULL;
	ssize_t len;

	len = kernel_read_file(file, 0, &image, DSM_IMAGE_MAX, NULL,
			       READING_POLICY);
	if (len < 0) {
		NL_SET_ERR_MSG(extack, "the file cannot be read");
		return len;
	}
	return dsm_policy_load_image(image, len, how, force, serial, extack);
}

/**
 * dsm_policy_commit() - put the prepared policy in force
 * @serial: that it must have
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or
 *
 * * -ENOENT - nothing is prepared, or another serial; that one stays prepared
 * * -ESTALE - a policy with a higher serial was loaded meanwhile
 * * -EBUSY, -ENOKEY, -ENOMEM - as when it was prepared
 */
int dsm_policy_commit(u32 serial, struct netlink_ext_ack *extack)
{
	int err = -ENOENT;

	mutex_lock(&load_lock);
	if (!prepared || prepared->policy.serial != serial) {
		NL_SET_ERR_MSG(extack,
			       "no policy with that serial is prepared");
		goto out;
	}
	err = here_check(&prepared->policy, prepared_force, extack);
	if (err)
		goto out;
	swap_in(prepared);
	prepared = NULL;
out:
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_policy_abort() - forget the prepared policy
 * @serial: that it must have, or 0 for any
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOENT if there is none.
 */
int dsm_policy_abort(u32 serial, struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&load_lock);
	if (!prepared || (serial && serial != prepared->policy.serial)) {
		NL_SET_ERR_MSG(extack, "no such policy is prepared");
		err = -ENOENT;
	} else {
		active_free(prepared);
		prepared = NULL;
	}
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_policy_unload() - have no policy: nothing is labelled, all is allowed
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOENT if there is none.
 */
int dsm_policy_unload(struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&load_lock);
	if (active_now()) {
		swap_in(NULL);
	} else {
		NL_SET_ERR_MSG(extack, "no policy is loaded");
		err = -ENOENT;
	}
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_policy_prepared() - serial of the prepared policy
 *
 * Context: Process context. May sleep.
 * Return: that, or 0 if there is none.
 */
u32 dsm_policy_prepared(void)
{
	u32 serial;

	mutex_lock(&load_lock);
	serial = prepared ? prepared->policy.serial : 0;
	mutex_unlock(&load_lock);
	return serial;
}

/**
 * dsm_policy_epoch() - which epoch's key are labels authenticated with?
 *
 * Return: the epoch in use, or 0. May be old.
 */
u32 dsm_policy_epoch(void)
{
	return READ_ONCE(epoch);
}

/**
 * dsm_policy_use_key() - authenticate labels with another key from now on
 * @nid: whose key it is
 * @number: its epoch
 * @key: the key; copied
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOENT if @nid is not this node any more.
 */
int dsm_policy_use_key(u32 nid, u32 number, const siphash_key_t *key,
		       struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&load_lock);
	if (nid == dsm_nid) {
		WRITE_ONCE(epoch, number);
		own_key = *key;
		renew();
	} else {
		NL_SET_ERR_MSG(extack, "this node has another node ID now");
		err = -ENOENT;
	}
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_policy_forget_verdicts() - judge each packet anew
 *
 * Context: Process context. May sleep. When it returns, nothing that was decided
 * before is used any more.
 */
void dsm_policy_forget_verdicts(void)
{
	mutex_lock(&load_lock);
	renew();
	mutex_unlock(&load_lock);
}

/**
 * dsm_node_set() - say which node this is
 * @number: the node ID, not 0
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EBUSY if a policy is in force: sockets have the old one.
 */
int dsm_node_set(u32 number, struct netlink_ext_ack *extack)
{
	int err = 0;

	mutex_lock(&load_lock);
	if (active_now() && dsm_nid != number) {
		NL_SET_ERR_MSG(extack,
			       "a policy is in force: unload it first");
		err = -EBUSY;
	} else if (dsm_nid != number) {
		WRITE_ONCE(dsm_nid, number);
		WRITE_ONCE(epoch, 0);
	}
	mutex_unlock(&load_lock);
	return err;
}

/**
 * dsm_load_init() - get the hash, and the node ID
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_load_init(void)
{
	dsm_nid = nid;
	/* For the implementation that this processor is fastest with. */
	request_module("crypto-sha256");
	sha256 = crypto_alloc_shash("sha256", 0, 0);
	return PTR_ERR_OR_ZERO(sha256);
}

/**
 * dsm_load_exit() - free the policies
 *
 * Context: Process context, after the hooks are gone. May sleep.
 */
void dsm_load_exit(void)
{
	struct dsm_active *old;

	mutex_lock(&load_lock);
	old = active_now();
	RCU_INIT_POINTER(dsm_active, NULL);
	synchronize_rcu();
	active_free(old);
	active_free(prepared);
	prepared = NULL;
	memzero_explicit(&own_key, sizeof(own_key));
	mutex_unlock(&load_lock);
	crypto_free_shash(sha256);
}
