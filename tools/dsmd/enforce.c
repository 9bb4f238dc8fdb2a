// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel: it is told what this node has decided, and told again until it
 * agrees. With "enforce none" nobody is told.
 *
 * The kernel can say no once, when a policy is prepared. What is committed is in
 * force on the disk already, and whatever the kernel says then is repaired by
 * giving it NID, keys and policy again, in that order, at each turn of
 * sync_thread(): after a restart of the machine, of dsmd, or of the module.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tools/dsm/kernel.h"
#include "node.h"

/* Opens a connection that prints nothing; what the kernel says is in @g->said. */
static int kernel_connect(struct genl *g, char why[NODE_WHY])
{
	int err;

	memset(g, 0, sizeof(*g));
	g->quiet = true;
	err = kernel_open(g);
	if (err == -ENOENT)
		snprintf(why, NODE_WHY, "the kernel module dsm is not loaded");
	else if (err)
		snprintf(why, NODE_WHY, "the kernel does not answer: %s",
			 strerror(-err));
	return err;
}

static int kernel_done(struct genl *g, int err, char why[NODE_WHY])
{
	if (err)
		snprintf(why, NODE_WHY, "the kernel says: %s",
			 g->said[0] ? g->said : strerror(-err));
	genl_close(g);
	return err;
}

/**
 * enforce_prepare() - would the kernel take the candidate
 * @n: the node
 * @why: set to a sentence if not
 *
 * Return: 0: it holds it ready; or a negative error.
 */
int enforce_prepare(struct node *n, char why[NODE_WHY])
{
	uint32_t serial = 0;
	struct genl g;
	int err;

	if (!n->conf.kernel)
		return 0;
	err = kernel_connect(&g, why);
	if (err)
		return err;
	err = kernel_send_policy(&g, DSM_CMD_POLICY_PREPARE,
				 n->store.candidate, false, &serial);
	return kernel_done(&g, err, why);
}

static int command(uint8_t cmd, uint16_t attr, uint32_t value, int expected,
		   char why[NODE_WHY])
{
	struct genl g;
	int err = kernel_connect(&g, why);

	if (err)
		return err;
	genl_request(&g, cmd, 0);
	genl_put_u32(&g, attr, value);
	err = genl_call(&g, NULL, NULL);
	return kernel_done(&g, err == expected ? 0 : err, why);
}

/**
 * enforce_commit() - have the kernel switch to what it holds ready
 * @n: the node, whose policy in force is that one
 */
void enforce_commit(struct node *n)
{
	char why[NODE_WHY];

	if (!n->conf.kernel)
		return;
	if (command(DSM_CMD_POLICY_COMMIT, DSM_A_SERIAL,
		    n->store.in_force.serial, 0, why))
		enforce_again(n);
}

/**
 * enforce_abort() - have the kernel forget what it holds ready
 * @n: the node
 */
void enforce_abort(struct node *n)
{
	struct genl g;
	char why[NODE_WHY];

	if (!n->conf.kernel || kernel_connect(&g, why))
		return;
	genl_request(&g, DSM_CMD_POLICY_ABORT, 0);
	genl_call(&g, NULL, NULL);
	genl_close(&g);
}

/* The NID first, since the kernel forgets the epoch with it; then the keys. */
static int bring_identity(struct node *n, const struct kernel_status *st,
			  char why[NODE_WHY])
{
	bool anew = n->conf.self->nid && st->nid != n->conf.self->nid;
	int err = 0;

	if (anew)
		err = enforce_nid(n, why);
	if (!err && (anew || st->epoch != n->keys.epoch ||
		     st->keys < n->keys.count))
		err = keys_tell_kernel(n, why);
	return err;
}

static int bring_policy(struct node *n, struct genl *g,
			const struct kernel_status *st, char why[NODE_WHY])
{
	const struct store_policy *in_force = &n->store.in_force;
	uint32_t serial;
	int err;

	if (!in_force->there)
		return 0;
	if (st->serial > in_force->serial) {
		snprintf(why, NODE_WHY,
			 "the kernel has serial %u, loaded by someone else",
			 st->serial);
		return -ESTALE;
	}
	if (st->serial == in_force->serial &&
	    !memcmp(st->hash, in_force->digest, sizeof(st->hash)))
		return 0;
	err = kernel_send_policy(g, DSM_CMD_POLICY_LOAD, n->store.current,
				 false, &serial);
	if (err)
		snprintf(why, NODE_WHY, "the kernel says: %s",
			 g->said[0] ? g->said : strerror(-err));
	return err;
}

static int bring_up_to_date(struct node *n, char why[NODE_WHY])
{
	char policy_why[NODE_WHY] = "";
	struct kernel_status st;
	struct genl g;
	int err, policy;

	err = kernel_connect(&g, why);
	if (err)
		return err;
	err = kernel_status(&g, &st);
	if (err)
		return kernel_done(&g, err, why);
	err = bring_identity(n, &st, why);
	/* The one in force may be what the kernel refuses the NID for. */
	policy = bring_policy(n, &g, &st, policy_why);
	genl_close(&g);
	if (policy)
		memcpy(why, policy_why, NODE_WHY);
	return policy ? policy : err;
}

/**
 * enforce_again() - see to it that the kernel has NID, keys and policy
 * @n: the node
 *
 * What is wrong is logged once, until something else is.
 */
void enforce_again(struct node *n)
{
	char why[NODE_WHY] = "";
	int err;

	if (!n->conf.kernel)
		return;
	err = bring_up_to_date(n, why);
	if (err && strncmp(why, n->kernel_said, sizeof(n->kernel_said) - 1))
		log_warn("the kernel is not as it should be: %s", why);
	if (!err && !n->kernel_ok && n->store.in_force.there)
		log_note("serial %u is in force in the kernel",
			 n->store.in_force.serial);
	n->kernel_ok = !err;
	snprintf(n->kernel_said, sizeof(n->kernel_said), "%.*s",
		 (int)sizeof(n->kernel_said) - 1, err ? why : "");
}

/**
 * enforce_nid() - tell the kernel which node this is
 * @n: the node
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int enforce_nid(struct node *n, char why[NODE_WHY])
{
	if (!n->conf.kernel || !n->conf.self || !n->conf.self->nid)
		return 0;
	return command(DSM_CMD_NODE_SET, DSM_A_NID, n->conf.self->nid, 0, why);
}

/**
 * enforce_key() - give the kernel a key of labels
 * @n: the node
 * @key: the key, in host byte order
 * @why: set to a sentence on errors
 *
 * Return: 0, also if the kernel has it; or a negative error.
 */
int enforce_key(struct node *n, const struct frame_key *key,
		char why[NODE_WHY])
{
	struct genl g;
	int err;

	if (!n->conf.kernel)
		return 0;
	err = kernel_connect(&g, why);
	if (err)
		return err;
	genl_request(&g, DSM_CMD_KEY_ADD, 0);
	genl_put_u32(&g, DSM_A_NID, key->nid);
	genl_put_u32(&g, DSM_A_EPOCH, key->epoch);
	genl_put(&g, DSM_A_KEY, key->key, sizeof(key->key));
	err = genl_call(&g, NULL, NULL);
	return kernel_done(&g, err == -EEXIST ? 0 : err, why);
}

/**
 * enforce_key_use() - have the kernel send with the keys of an epoch
 * @n: the node
 * @epoch: the epoch
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int enforce_key_use(struct node *n, uint32_t epoch, char why[NODE_WHY])
{
	if (!n->conf.kernel)
		return 0;
	return command(DSM_CMD_KEY_USE, DSM_A_EPOCH, epoch, 0, why);
}

/**
 * enforce_key_forget() - have the kernel forget a key
 * @n: the node
 * @key: node and epoch, in host byte order
 */
void enforce_key_forget(struct node *n, const struct frame_key *key)
{
	char why[NODE_WHY];
	struct genl g;

	if (!n->conf.kernel || kernel_connect(&g, why))
		return;
	genl_request(&g, DSM_CMD_KEY_DEL, 0);
	genl_put_u32(&g, DSM_A_NID, key->nid);
	genl_put_u32(&g, DSM_A_EPOCH, key->epoch);
	genl_call(&g, NULL, NULL);
	genl_close(&g);
}
