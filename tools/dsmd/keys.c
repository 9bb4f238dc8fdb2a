// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of labels, by epoch.
 *
 * Each node has a key of its own in each epoch, and every node knows all of
 * them. A rotation has two steps: first all nodes learn the keys of the new
 * epoch, then all use them. A node that has not been told to use them yet is
 * understood as well, since the keys of the epoch before are kept. So nothing has
 * to be undone when a rotation stops halfway: the next one begins a newer epoch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <linux/dsm.h>
#include <openssl/rand.h>

#include "node.h"

/* Not more than the kernel takes of one node. */
#define EPOCHS		DSM_EPOCHS_MAX
/* How far ahead another node may be, so that none can use all numbers up. */
#define AHEAD_MAX	1000

static struct frame_key *find_key(struct node *n, uint32_t nid, uint32_t epoch)
{
	uint32_t i;

	for (i = 0; i < n->keys.count; i++)
		if (n->keys.key[i].nid == nid &&
		    n->keys.key[i].epoch == epoch)
			return &n->keys.key[i];
	return NULL;
}

/* Forget all keys of the epochs from @first to @last. */
static void drop(struct node *n, uint32_t first, uint32_t last)
{
	uint32_t i, kept = 0;

	for (i = 0; i < n->keys.count; i++) {
		if (n->keys.key[i].epoch >= first &&
		    n->keys.key[i].epoch <= last)
			enforce_key_forget(n, &n->keys.key[i]);
		else
			n->keys.key[kept++] = n->keys.key[i];
	}
	n->keys.count = kept;
}

/* How many epochs there are keys of, and the oldest that is not in use. */
static unsigned int count_epochs(const struct node *n, uint32_t *oldest)
{
	uint32_t epoch = 0, i, next;
	unsigned int count = 0;

	*oldest = 0;
	for (;;) {
		next = UINT32_MAX;
		for (i = 0; i < n->keys.count; i++)
			if (n->keys.key[i].epoch > epoch &&
			    n->keys.key[i].epoch < next)
				next = n->keys.key[i].epoch;
		if (next == UINT32_MAX)
			return count;
		epoch = next;
		count++;
		if (!*oldest && epoch != n->keys.epoch)
			*oldest = epoch;
	}
}

static bool has_epoch(const struct node *n, uint32_t epoch)
{
	uint32_t i;

	for (i = 0; i < n->keys.count; i++)
		if (n->keys.key[i].epoch == epoch)
			return true;
	return false;
}

/* Rotations that stopped halfway have left epochs that nobody uses. */
static void make_room(struct node *n, uint32_t epoch)
{
	uint32_t oldest;

	if (!has_epoch(n, epoch) && count_epochs(n, &oldest) >= EPOCHS)
		drop(n, oldest, oldest);
}

static int add_key(struct node *n, const struct frame_key *key,
		   char why[NODE_WHY])
{
	struct frame_key *k = find_key(n, key->nid, key->epoch);
	int err;

	if (k && !memcmp(k->key, key->key, sizeof(k->key)))
		return 0;
	if (k) {
		snprintf(why, NODE_WHY,
			 "NID %u has another key of epoch %u here", key->nid,
			 key->epoch);
		return -EEXIST;
	}
	if (n->keys.count == KEYFILE_MAX)
		return -ENOSPC;
	make_room(n, key->epoch);
	err = enforce_key(n, key, why);
	if (err)
		return err;
	k = realloc(n->keys.key, (n->keys.count + 1) * sizeof(*k));
	if (!k)
		return -ENOMEM;
	n->keys.key = k;
	k[n->keys.count++] = *key;
	return 0;
}

static int check_epoch(const struct node *n, const struct frame_key *key,
		       char why[NODE_WHY])
{
	if (!key->nid || !key->epoch || key->epoch == UINT32_MAX)
		return -EINVAL;
	if (!n->keys.epoch || key->epoch <= n->keys.epoch ||
	    key->epoch - n->keys.epoch <= AHEAD_MAX)
		return 0;
	snprintf(why, NODE_WHY, "epoch %u is too far from %u, which is used",
		 key->epoch, n->keys.epoch);
	return -ERANGE;
}

static int learn(struct node *n, const struct frame *f, char why[NODE_WHY])
{
	const struct frame_key *wire = (const struct frame_key *)f->body;
	uint32_t i, count = f->head.body_len / sizeof(*wire);
	struct frame_key key;
	int err = 0, kept;

	for (i = 0; i < count && !err; i++) {
		key = wire[i];
		key.nid = ntohl(key.nid);
		key.epoch = ntohl(key.epoch);
		err = check_epoch(n, &key, why);
		if (!err)
			err = add_key(n, &key, why);
	}
	explicit_bzero(&key, sizeof(key));
	kept = keyfile_write(n->store.keys, &n->keys);
	return err ? err : kept;
}

/**
 * keys_load() - know keys
 * @n: the node
 * @f: KEYS, or the answer to KEYS_FETCH
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int keys_load(struct node *n, const struct frame *f, char why[NODE_WHY])
{
	int err;

	why[0] = '\0';
	if (f->head.body_len % sizeof(struct frame_key)) {
		snprintf(why, NODE_WHY, "these are no keys");
		return -EINVAL;
	}
	pthread_mutex_lock(&n->lock);
	err = learn(n, f, why);
	pthread_mutex_unlock(&n->lock);
	if (err && !why[0])
		snprintf(why, NODE_WHY, "%s", strerror(-err));
	return err;
}

/**
 * keys_use() - send with the keys of an epoch from now on
 * @n: the node
 * @epoch: the epoch; an older one than in use is left alone
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int keys_use(struct node *n, uint32_t epoch, char why[NODE_WHY])
{
	uint32_t before;
	int err = 0;

	pthread_mutex_lock(&n->lock);
	before = n->keys.epoch;
	if (epoch > before && !has_epoch(n, epoch)) {
		snprintf(why, NODE_WHY, "the keys of epoch %u are not here",
			 epoch);
		err = -ENOENT;
	} else if (epoch > before) {
		err = enforce_key_use(n, epoch, why);
		if (!err) {
			n->keys.epoch = epoch;
			if (before > 1)
				drop(n, 1, before - 1);
			err = keyfile_write(n->store.keys, &n->keys);
			log_note("labels are authenticated with epoch %u",
				 epoch);
		}
	}
	pthread_mutex_unlock(&n->lock);
	return err;
}

static char *encode(const struct frame_key *key, uint32_t count)
{
	struct frame_key *wire = calloc(count ? count : 1, sizeof(*wire));
	uint32_t i;

	for (i = 0; i < count && wire; i++) {
		wire[i] = key[i];
		wire[i].nid = htonl(key[i].nid);
		wire[i].epoch = htonl(key[i].epoch);
	}
	return (char *)wire;
}

/**
 * keys_body() - all keys, for another node
 * @n: the node
 * @head: epoch and length are set
 * @body: set to the keys, to be freed
 *
 * Return: 0, or a negative error.
 */
int keys_body(struct node *n, struct frame_head *head, char **body)
{
	pthread_mutex_lock(&n->lock);
	head->epoch = n->keys.epoch;
	head->body_len = n->keys.count * sizeof(struct frame_key);
	*body = encode(n->keys.key, n->keys.count);
	pthread_mutex_unlock(&n->lock);
	return *body ? 0 : -ENOMEM;
}

static uint32_t newest_epoch(const struct node *n)
{
	uint32_t i, newest = n->keys.epoch;

	for (i = 0; i < n->keys.count; i++)
		if (n->keys.key[i].epoch > newest)
			newest = n->keys.key[i].epoch;
	return newest;
}

/**
 * keys_new() - make keys for all nodes, in an epoch that nobody had yet
 * @n: the node
 * @head: epoch and length are set
 * @body: set to the keys, to be freed
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int keys_new(struct node *n, struct frame_head *head, char **body,
	     char why[NODE_WHY])
{
	struct frame_key *key = calloc(n->conf.nodes, sizeof(*key));
	uint32_t count = 0, i;

	if (!key)
		return -ENOMEM;
	pthread_mutex_lock(&n->lock);
	head->epoch = newest_epoch(n) + 1;
	pthread_mutex_unlock(&n->lock);
	for (i = 0; i < n->conf.nodes; i++) {
		if (!n->conf.node[i].nid)
			continue;
		key[count].nid = n->conf.node[i].nid;
		key[count].epoch = head->epoch;
		if (RAND_priv_bytes(key[count].key, 16) != 1)
			break;
		count++;
	}
	head->body_len = count * sizeof(*key);
	*body = i == n->conf.nodes && count ? encode(key, count) : NULL;
	explicit_bzero(key, n->conf.nodes * sizeof(*key));
	free(key);
	if (*body)
		return 0;
	snprintf(why, NODE_WHY, count ? "no random numbers" :
		 "no node has a NID in the configuration");
	return -EINVAL;
}

/**
 * keys_tell_kernel() - see to it that the kernel has the keys
 * @n: the node; with @n->lock held
 * @why: set to a sentence on errors
 *
 * Return: 0, or a negative error.
 */
int keys_tell_kernel(struct node *n, char why[NODE_WHY])
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < n->keys.count && !err; i++)
		err = enforce_key(n, &n->keys.key[i], why);
	if (!err && n->keys.epoch)
		err = enforce_key_use(n, n->keys.epoch, why);
	return err;
}

/**
 * keys_restore() - read the keys at the start
 * @n: the node
 *
 * Return: 0, or a negative error after saying why.
 */
int keys_restore(struct node *n)
{
	if (access(n->store.keys, F_OK))
		return 0;
	return keyfile_read(n->store.keys, &n->keys);
}
