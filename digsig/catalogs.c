// SPDX-License-Identifier: GPL-2.0-only
/*
 * The loaded catalogs, by name, and the question whether one lists a file.
 *
 * A catalog is verified when it is loaded, and from then on counts for as long
 * as its key is trusted: with the key it goes, and comes back.
 *
 * Locking: catalogs_lock serializes changes. The list is read under RCU, and a
 * catalog that was replaced or removed is freed by RCU. A change is followed by
 * digsig_generation_bump().
 */
#include <linux/atomic.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "catalog.h"
#include "digsig.h"
#include "engine.h"

#define CATALOG_LEN_MAX \
	(sizeof(struct digsig_catalog_header) + \
	 (u64)DIGSIG_CATALOG_MAX * sizeof(struct digsig_catalog_entry) + \
	 DIGSIG_SIG_MAX + DIGSIG_FOOTER_LEN)

/**
 * struct loaded_catalog - a catalog
 * @node: in catalogs. Changed under catalogs_lock, followed under RCU
 * @rcu: to free it
 * @hits: number of files verified by it
 * @key_id: who signed it
 * @catalog: points into @data
 * @data: the file as it was read
 */
struct loaded_catalog {
	struct list_head	node;
	struct rcu_head		rcu;
	atomic64_t		hits;
	u8			key_id[DIGSIG_KEY_ID_LEN];
	struct digsig_catalog	catalog;
	u8			data[];
};

static LIST_HEAD(catalogs);
static DEFINE_MUTEX(catalogs_lock);

/**
 * digsig_catalogs_loaded() - is there any catalog
 *
 * Context: Any.
 * Return: true if so.
 */
bool digsig_catalogs_loaded(void)
{
	return !list_empty(&catalogs);
}

/*
 * The best of the catalogs that list a file: one whose key is trusted before
 * one whose is not, then the one with the highest generation. Under RCU.
 */
static struct loaded_catalog *catalogs_best(const u8 *digest,
					    struct digsig_listed *listed)
{
	struct loaded_catalog *best = NULL;
	struct digsig_listed found;
	struct loaded_catalog *c;
	bool best_trusted = false;
	bool trusted;

	list_for_each_entry_rcu(c, &catalogs, node) {
		if (!digsig_catalog_find(&c->catalog, digest, &found))
			continue;
		trusted = digsig_key_state(c->key_id) == DIGSIG_KEY_TRUSTED;
		if (best && (best_trusted != trusted ? best_trusted :
			     best->catalog.generation >= c->catalog.generation))
			continue;
		best = c;
		best_trusted = trusted;
		*listed = found;
	}
	return best;
}

/**
 * digsig_catalogs_find() - does a catalog list a file
 * @digest: SHA-256 of the whole file
 * @match: filled in if true is returned; its key may not be trusted any more
 *
 * Context: Any context but interrupts.
 * Return: true if one of them does.
 */
bool digsig_catalogs_find(const u8 *digest, struct digsig_match *match)
{
	const struct loaded_catalog *c;
	struct digsig_listed listed;

	rcu_read_lock();
	c = catalogs_best(digest, &listed);
	if (c) {
		match->flags = listed.flags;
		match->sid = listed.sid;
		match->generation = c->catalog.generation;
		memcpy(match->key_id, c->key_id, DIGSIG_KEY_ID_LEN);
	}
	rcu_read_unlock();
	return c;
}

/**
 * digsig_catalogs_count_file() - a file was verified by a catalog
 * @digest: SHA-256 of the whole file
 */
void digsig_catalogs_count_file(const u8 *digest)
{
	struct digsig_listed listed;
	struct loaded_catalog *c;

	rcu_read_lock();
	c = catalogs_best(digest, &listed);
	if (c)
		atomic64_inc(&c->hits);
	rcu_read_unlock();
}

static struct loaded_catalog *catalog_named(const char *name)
{
	struct loaded_catalog *c;

	list_for_each_entry(c, &catalogs, node)
		if (!strcmp(c->catalog.name, name))
			return c;
	return NULL;
}

static void catalog_publish(struct loaded_catalog *new)
{
	struct loaded_catalog *old;

	mutex_lock(&catalogs_lock);
	old = catalog_named(new->catalog.name);
	if (old)
		list_replace_rcu(&old->node, &new->node);
	else
		list_add_tail_rcu(&new->node, &catalogs);
	mutex_unlock(&catalogs_lock);
	if (old)
		kvfree_rcu(old, rcu);
}

/**
 * digsig_catalog_add() - load a catalog
 * @file: open for reading
 * @name: where to put its name, 16 bytes
 * @extack: where to say in words what is wrong, or NULL
 *
 * Replaces the one of its name: a reader sees the old or the new one.
 *
 * Context: Process context. Takes catalogs_lock. May sleep.
 * Return: 0, or a negative error of digsig_blob_load(); nothing is changed on
 * every error.
 */
int digsig_catalog_add(struct file *file, char *name,
		       struct netlink_ext_ack *extack)
{
	struct loaded_catalog *c;
	struct digsig_info info;
	const char *error;

	c = digsig_blob_load(file, DIGSIG_TYPE_CATALOG, sizeof(*c),
			     CATALOG_LEN_MAX, &info, extack);
	if (IS_ERR(c))
		return PTR_ERR(c);
	error = digsig_catalog_parse(c->data, info.sig_off, &c->catalog);
	if (error) {
		digsig_extack(extack, error);
		kvfree(c);
		return -EBADMSG;
	}
	memcpy(c->key_id, info.key_id, DIGSIG_KEY_ID_LEN);
	strscpy(name, c->catalog.name, DIGSIG_CATALOG_NAME_LEN);
	catalog_publish(c);
	digsig_generation_bump();
	return 0;
}

/**
 * digsig_catalog_del() - remove a catalog
 * @name: of the catalog
 * @extack: where to say in words what is wrong, or NULL
 *
 * Context: Process context. Takes catalogs_lock. May sleep.
 * Return: 0, or -ENOENT if there is none of this name.
 */
int digsig_catalog_del(const char *name, struct netlink_ext_ack *extack)
{
	struct loaded_catalog *c;

	mutex_lock(&catalogs_lock);
	c = catalog_named(name);
	if (c)
		list_del_rcu(&c->node);
	mutex_unlock(&catalogs_lock);
	if (!c) {
		NL_SET_ERR_MSG(extack, "there is no catalog of this name");
		return -ENOENT;
	}
	digsig_generation_bump();
	kvfree_rcu(c, rcu);
	return 0;
}

static void info_fill(const struct loaded_catalog *c,
		      struct digsig_catalog_info *info)
{
	strscpy(info->name, c->catalog.name, sizeof(info->name));
	info->count = c->catalog.entries.count;
	info->generation = c->catalog.generation;
	memcpy(info->key_id, c->key_id, DIGSIG_KEY_ID_LEN);
	info->hits = atomic64_read(&c->hits);
}

/**
 * digsig_catalog_info() - one catalog of the list
 * @index: of the catalog, from 0
 * @info: filled in if true is returned
 *
 * Return: false if there are not so many.
 */
bool digsig_catalog_info(unsigned int index, struct digsig_catalog_info *info)
{
	struct loaded_catalog *c;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(c, &catalogs, node) {
		found = !index--;
		if (found) {
			info_fill(c, info);
			break;
		}
	}
	rcu_read_unlock();
	return found;
}

/**
 * digsig_catalogs_exit() - forget all catalogs
 *
 * Context: At unload, when nothing verifies any more.
 */
void digsig_catalogs_exit(void)
{
	struct loaded_catalog *c, *next;

	list_for_each_entry_safe(c, next, &catalogs, node) {
		list_del(&c->node);
		kvfree(c);
	}
}
