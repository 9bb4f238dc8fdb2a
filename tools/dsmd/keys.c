// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys of labels, by epoch.
 *
 * Each node has a key of its own in each epoch, and every node knows all of
 * them. A rotation has two steps: first all nodes learn the keys of the new
 * epoch, then all use them. A node that has not been told to use them yet is
 * understood as well, since the keys of two epochs are kept. So nothing has to
 * be undone when a rotation stops halfway: the next one begins a newer epoch.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "node.h"

static int add_key(struct node *n, const struct frame_key *key)
{
	struct frame_key *k;
	uint32_t i;

	for (i = 0; i < n->keys.count; i++)
		if (n->keys.key[i].nid == key->nid &&
		    n->keys.key[i].epoch == key->epoch)
			return 0;
	if (n->keys.count == STORE_KEYS_MAX)
		return -ENOSPC;
	k = realloc(n->keys.key, (n->keys.count + 1) * sizeof(*k));
	if (!k)
		return -ENOMEM;
	n->keys.key = k;
	k[n->keys.count++] = *key;
	return 0;
}

/* Of the epochs before the last one nobody sends any more. */
static void drop_old(struct node *n, uint32_t oldest)
{
	uint32_t i, kept = 0;

	for (i = 0; i < n->keys.count; i++) {
		if (n->keys.key[i].epoch >= oldest)
			n->keys.key[kept++] = n->keys.key[i];
		else
			enforce_key_forget(n, &n->keys.key[i]);
	}
	n->keys.count = kept;
}

static int learn(struct node *n, const struct frame *f, char why[NODE_WHY])
{
	const struct frame_key *wire = (const struct frame_key *)f->body;
	uint32_t i, count = f->head.body_len / sizeof(*wire);
	struct frame_key key;
	int err = 0;

	for (i = 0; i < count && !err; i++) {
		key = wire[i];
		key.nid = ntohl(key.nid);
		key.epoch = ntohl(key.epoch);
		if (!key.nid || !key.epoch)
			err = -EINVAL;
		else
			err = enforce_key(n, &key, why);
		if (!err)
			err = add_key(n, &key);
	}
	return err ? err : store_keys_write(&n->store, &n->keys);
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

static bool has_epoch(const struct node *n, uint32_t epoch)
{
	uint32_t i;

	for (i = 0; i < n->keys.count; i++)
		if (n->keys.key[i].epoch == epoch)
			return true;
	return false;
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
			drop_old(n, before ? before : epoch);
			err = store_keys_write(&n->store, &n->keys);
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
 */
void keys_tell_kernel(struct node *n)
{
	char why[NODE_WHY];
	uint32_t i;
	int err = 0;

	for (i = 0; i < n->keys.count && !err; i++)
		err = enforce_key(n, &n->keys.key[i], why);
	if (!err && n->keys.epoch)
		err = enforce_key_use(n, n->keys.epoch, why);
	if (err)
		log_warn("the kernel does not have the keys of labels: %s",
			 why);
}

/**
 * keys_restore() - read the keys at the start
 * @n: the node
 *
 * Return: 0, or a negative error after saying why.
 */
int keys_restore(struct node *n)
{
	int err = store_keys_read(&n->store, &n->keys);

	if (!err && n->keys.count)
		keys_tell_kernel(n);
	return err;
}
