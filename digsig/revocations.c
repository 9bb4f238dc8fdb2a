// SPDX-License-Identifier: GPL-2.0-only
/*
 * The revocation list in force, and the questions that it answers.
 *
 * There is one list, which carries a number; only one with a higher number
 * replaces it. What a machine has seen before a reboot is for user space to
 * remember, and to give back in the parameter "revoked_floor".
 *
 * Locking: load_lock serializes loading. The list is read under RCU, and freed by
 * RCU when it was replaced. A change is followed by digsig_generation_bump().
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/moduleparam.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>

#include "digsig.h"
#include "engine.h"
#include "revocation.h"

#define REVOCATION_LEN_MAX \
	(sizeof(struct digsig_revocation_header) + \
	 (u64)DIGSIG_REVOCATION_MAX * (DIGSIG_DIGEST_LEN + DIGSIG_KEY_ID_LEN) + \
	 DIGSIG_SIG_MAX + DIGSIG_FOOTER_LEN)

static ulong revoked_floor;
module_param(revoked_floor, ulong, 0444);
MODULE_PARM_DESC(revoked_floor, "Refuse revocation lists with a lower number (default 0: any)");

/**
 * struct loaded_list - a revocation list
 * @rcu: to free it
 * @list: points into @data
 * @data: the file as it was read
 */
struct loaded_list {
	struct rcu_head			rcu;
	struct digsig_revocation	list;
	u8				data[];
};

static struct loaded_list __rcu *in_force;
static DEFINE_MUTEX(load_lock);

/**
 * digsig_revoked_digest() - is a file on the revocation list
 * @digest: its content digest, or the digest of the whole file
 *
 * Context: Any context but interrupts.
 * Return: true if it is.
 */
bool digsig_revoked_digest(const u8 *digest)
{
	const struct loaded_list *l;
	bool revoked;

	rcu_read_lock();
	l = rcu_dereference(in_force);
	revoked = l && digsig_revocation_has_digest(&l->list, digest);
	rcu_read_unlock();
	return revoked;
}

/**
 * digsig_revoked_key() - is a key on the revocation list
 * @key_id: 16 bytes
 *
 * Context: Any context but interrupts.
 * Return: true if it is.
 */
bool digsig_revoked_key(const u8 *key_id)
{
	const struct loaded_list *l;
	bool revoked;

	rcu_read_lock();
	l = rcu_dereference(in_force);
	revoked = l && digsig_revocation_has_key(&l->list, key_id);
	rcu_read_unlock();
	return revoked;
}

/**
 * digsig_revocation_number() - which revocation list is in force
 *
 * Context: Any context but interrupts.
 * Return: its number, 0 if there is none.
 */
u64 digsig_revocation_number(void)
{
	const struct loaded_list *l;
	u64 number;

	rcu_read_lock();
	l = rcu_dereference(in_force);
	number = l ? l->list.number : 0;
	rcu_read_unlock();
	return number;
}

/**
 * digsig_min_generation() - how old a file may be
 *
 * Context: Any context but interrupts.
 * Return: the generation below which files are refused.
 */
u32 digsig_min_generation(void)
{
	const struct loaded_list *l;
	u32 generation;

	rcu_read_lock();
	l = rcu_dereference(in_force);
	generation = l ? l->list.min_generation : 0;
	rcu_read_unlock();
	return generation;
}

/* Put a list in force if its number says so. */
static int list_publish(struct loaded_list *new,
			struct netlink_ext_ack *extack)
{
	struct loaded_list *old;

	lockdep_assert_held(&load_lock);
	old = rcu_dereference_protected(in_force,
					lockdep_is_held(&load_lock));
	if (old && new->list.number <= old->list.number) {
		NL_SET_ERR_MSG(extack, "the list in force has this number or a higher one");
		return -ESTALE;
	}
	if (new->list.number < revoked_floor) {
		NL_SET_ERR_MSG(extack, "the number of the list is below the parameter revoked_floor");
		return -ESTALE;
	}
	rcu_assign_pointer(in_force, new);
	digsig_generation_bump();
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/**
 * digsig_revocation_load() - put a revocation list in force
 * @file: open for reading
 * @number: where to put its number
 * @extack: where to say in words what is wrong, or NULL
 *
 * From the return of this call on, nothing that is on the list gets a new
 * executable mapping; what is mapped already stays mapped.
 *
 * Context: Process context. Takes load_lock, and keys_lock after it. May sleep.
 * Return: 0, or a negative error of digsig_blob_load(), or -ESTALE if the number
 * is not higher; nothing is changed on every error.
 */
int digsig_revocation_load(struct file *file, u64 *number,
			   struct netlink_ext_ack *extack)
{
	struct digsig_info info;
	struct loaded_list *l;
	const char *error;
	int err;

	l = digsig_blob_load(file, DIGSIG_TYPE_REVOCATION, sizeof(*l),
			     REVOCATION_LEN_MAX, &info, extack);
	if (IS_ERR(l))
		return PTR_ERR(l);
	error = digsig_revocation_parse(l->data, info.sig_off, &l->list);
	if (error) {
		digsig_extack(extack, error);
		kvfree(l);
		return -EBADMSG;
	}

	*number = l->list.number;
	mutex_lock(&load_lock);
	err = list_publish(l, extack);
	mutex_unlock(&load_lock);
	if (err) {
		kvfree(l);
		return err;
	}
	digsig_keys_drop_revoked();
	return 0;
}

/**
 * digsig_revocations_exit() - forget the list
 *
 * Context: At unload, when nothing verifies any more.
 */
void digsig_revocations_exit(void)
{
	kvfree(rcu_access_pointer(in_force));
}
