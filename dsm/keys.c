// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of the nodes, by which labels are authenticated.
 *
 * A node has one key for each epoch that is not over yet, at most a few. What
 * this node sends is made with its own key of the epoch in use, which the policy
 * in force holds a copy of (load.c); what arrives is tried with each key of the
 * node that its label names. No key is ever given out again.
 *
 * Locking: keys_lock for changes; the lock of load.c is taken inside. Readers
 * are in an RCU read-side section. A key is freed, and wiped, after a grace
 * period that comes after all that was allowed by it is forgotten.
 */
#include <linux/hash.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "compat.h"
#include "dsm.h"

#define KEY_BITS	12

/**
 * struct node_key - a key
 * @node: in keys
 * @nid: whose
 * @epoch: of it; not 0
 * @key: the key
 */
struct node_key {
	struct hlist_node	node;
	u32			nid;
	u32			epoch;
	siphash_key_t		key;
};

static struct hlist_head keys[1 << KEY_BITS];
static DEFINE_MUTEX(keys_lock);
static unsigned int nkeys;	/* written under keys_lock */

static struct hlist_head *bucket_of(u32 nid)
{
	return &keys[hash_32(nid, KEY_BITS)];
}

static struct node_key *key_find(u32 nid, u32 epoch)
{
	struct node_key *k;

	hlist_for_each_entry_rcu(k, bucket_of(nid), node,
				 lockdep_is_held(&keys_lock))
		if (k->nid == nid && k->epoch == epoch)
			return k;
	return NULL;
}

static unsigned int keys_of(u32 nid)
{
	struct node_key *k;
	unsigned int n = 0;

	hlist_for_each_entry_rcu(k, bucket_of(nid), node,
				 lockdep_is_held(&keys_lock))
		n += k->nid == nid;
	return n;
}

static int room_check(u32 nid, u32 epoch, struct netlink_ext_ack *extack)
{
	lockdep_assert_held(&keys_lock);
	if (key_find(nid, epoch)) {
		NL_SET_ERR_MSG(extack,
			       "the node has a key of this epoch already");
		return -EEXIST;
	}
	if (keys_of(nid) >= DSM_EPOCHS_MAX) {
		NL_SET_ERR_MSG(extack,
			       "the node has keys of too many epochs: delete old ones");
		return -ENOSPC;
	}
	if (nkeys >= DSM_KEYS_MAX) {
		NL_SET_ERR_MSG(extack, "there are too many keys");
		return -ENOSPC;
	}
	return 0;
}

/**
 * dsm_key_add() - a node has a key
 * @nid: the node
 * @epoch: of the key, not 0
 * @octets: the key
 * @extack: where to say in words what is wrong
 *
 * Labels made with it are good from now on.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -EEXIST, -ENOSPC, -ENOMEM.
 */
int dsm_key_add(u32 nid, u32 epoch, const u8 octets[DSM_KEY_LEN],
		struct netlink_ext_ack *extack)
{
	struct node_key *k = kzalloc(sizeof(*k), GFP_KERNEL);
	int err;

	if (!k)
		return -ENOMEM;
	k->nid = nid;
	k->epoch = epoch;
	k->key = dsm_key_read(octets);
	mutex_lock(&keys_lock);
	err = room_check(nid, epoch, extack);
	if (!err) {
		hlist_add_head_rcu(&k->node, bucket_of(nid));
		WRITE_ONCE(nkeys, nkeys + 1);
	}
	mutex_unlock(&keys_lock);
	if (err)
		kfree_sensitive(k);
	return err;
}

/**
 * dsm_key_del() - a node has a key no longer
 * @nid: the node
 * @epoch: of the key
 * @extack: where to say in words what is wrong
 *
 * When it returns nothing is let through any more because of it.
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOENT; -EBUSY if this node sends with it.
 */
int dsm_key_del(u32 nid, u32 epoch, struct netlink_ext_ack *extack)
{
	struct node_key *k;
	int err = 0;

	mutex_lock(&keys_lock);
	k = key_find(nid, epoch);
	if (!k) {
		NL_SET_ERR_MSG(extack, "the node has no key of this epoch");
		err = -ENOENT;
	} else if (nid == READ_ONCE(dsm_nid) && epoch == dsm_policy_epoch()) {
		NL_SET_ERR_MSG(extack,
			       "this node sends with it: use another epoch first");
		err = -EBUSY;
	} else {
		hlist_del_rcu(&k->node);
		WRITE_ONCE(nkeys, nkeys - 1);
		dsm_policy_forget_verdicts();
		synchronize_rcu();
		kfree_sensitive(k);
	}
	mutex_unlock(&keys_lock);
	return err;
}

/**
 * dsm_key_use() - send with the keys of an epoch
 * @epoch: which
 * @extack: where to say in words what is wrong
 *
 * Context: Process context. May sleep.
 * Return: 0, or -ENOENT if this node has no such key, -ENOMEM.
 */
int dsm_key_use(u32 epoch, struct netlink_ext_ack *extack)
{
	struct node_key *k;
	u32 nid;
	int err;

	mutex_lock(&keys_lock);
	nid = READ_ONCE(dsm_nid);
	k = key_find(nid, epoch);
	if (k) {
		err = dsm_policy_use_key(nid, epoch, &k->key, extack);
	} else {
		NL_SET_ERR_MSG(extack, "this node has no key of this epoch");
		err = -ENOENT;
	}
	mutex_unlock(&keys_lock);
	return err;
}

/**
 * dsm_key_verify() - was the label made by who knows a key of its node?
 * @coded: what the code is made over
 * @code: the code
 *
 * Context: An RCU read-side section.
 * Return: DSM_REASON_NONE, DSM_REASON_CODE_WRONG, or DSM_REASON_CODE_EPOCH if
 * there is no key of that node.
 */
enum dsm_reason dsm_key_verify(const struct dsm_coded *coded,
			       const u8 code[DSM_CODE_LEN])
{
	enum dsm_reason reason = DSM_REASON_CODE_EPOCH;
	const struct node_key *k;
	__le64 said = get_unaligned((const __le64 *)code);

	hlist_for_each_entry_rcu(k, bucket_of(coded->label.nid), node) {
		if (k->nid != coded->label.nid)
			continue;
		if (dsm_code_make(&k->key, k->epoch, coded) == said) {
			dsm_stat_inc(DSM_ST_VERIFIED);
			return DSM_REASON_NONE;
		}
		reason = DSM_REASON_CODE_WRONG;
	}
	return reason;
}

/**
 * dsm_key_count() - number of keys
 *
 * Return: that.
 */
u32 dsm_key_count(void)
{
	return READ_ONCE(nkeys);
}

/**
 * dsm_key_walk() - name the keys there are, a few at a time
 * @at: where to begin, 0 at first; gets where to go on
 * @put: called with each; a negative answer ends the walk, and that key comes
 *	again
 * @data: for @put
 *
 * A key that comes or goes meanwhile may be missed, or its neighbour named
 * twice.
 *
 * Context: Process context. @put may not sleep.
 */
void dsm_key_walk(long at[2], int (*put)(void *data, u32 nid, u32 epoch),
		  void *data)
{
	const struct node_key *k;
	long n;

	rcu_read_lock();
	for (; at[0] < ARRAY_SIZE(keys); at[0]++, at[1] = 0) {
		n = 0;
		hlist_for_each_entry_rcu(k, &keys[at[0]], node) {
			if (n++ < at[1])
				continue;
			if (put(data, k->nid, k->epoch) < 0)
				goto out;
			at[1] = n;
		}
	}
out:
	rcu_read_unlock();
}

/**
 * dsm_key_exit() - forget all keys
 *
 * Context: Process context, when nobody is left who asks.
 */
void dsm_key_exit(void)
{
	struct hlist_node *next;
	struct node_key *k;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(keys); i++)
		hlist_for_each_entry_safe(k, next, &keys[i], node) {
			hlist_del(&k->node);
			kfree_sensitive(k);
		}
}
