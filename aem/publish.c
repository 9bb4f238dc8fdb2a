// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that other modules publish: see <aem_source.h>.
 *
 * A publisher is found by the name of the symbol that it exports, when the first
 * source for it is added, and its module is held until the last one is deleted.
 * publish_lock protects the list of publishers and those of their listeners;
 * the latter are read under RCU, by publish_happened(), in any context.
 */
#include <linux/capability.h>
#include <linux/ctype.h>
#include <linux/module.h>
#include <linux/rculist.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "aem_source.h"
#include "aem.h"

/**
 * struct aem_publisher - a module that is listened to
 * @listener: what it calls
 * @export: what it exports
 * @symbol: by what name
 * @listeners: sources
 * @users: how many
 * @link: in publish_list
 * @rcu: frees it
 */
struct aem_publisher {
	struct aem_source_listener listener;
	struct aem_source_export *export;
	char symbol[sizeof("aem_source_") + AEM_PUB_NAME];
	struct list_head listeners;
	unsigned int users;
	struct list_head link;
	struct rcu_head rcu;
};

static DEFINE_MUTEX(publish_lock);
static LIST_HEAD(publish_list);

static void publish_happened(struct aem_source_listener *listener,
			     unsigned int event, const void *data, size_t len)
{
	struct aem_publisher *publisher = container_of(listener,
						       struct aem_publisher,
						       listener);
	struct aem_rec_pub rec = { .event = event };
	struct aem_src *src;

	if (event > 14)
		return;
	len = min_t(size_t, len, AEM_SOURCE_DATA);
	list_for_each_entry_rcu(src, &publisher->listeners, listen.node) {
		if (src->events & 1u << event)
			aem_happen(src, 1u << event, &rec, sizeof(rec), data,
				   len);
	}
}

static struct aem_publisher *publish_find(const char *symbol)
{
	struct aem_publisher *publisher;

	list_for_each_entry(publisher, &publish_list, link) {
		if (!strcmp(publisher->symbol, symbol))
			return publisher;
	}
	return NULL;
}

static struct aem_publisher *publish_new(const char *symbol)
{
	struct aem_publisher *publisher;

	publisher = kzalloc(sizeof(*publisher), GFP_KERNEL_ACCOUNT);
	if (!publisher)
		return ERR_PTR(-ENOMEM);
	publisher->export = __symbol_get(symbol);
	if (!publisher->export) {
		kfree(publisher);
		return ERR_PTR(-ENOENT);
	}
	if (publisher->export->version != AEM_SOURCE_VERSION) {
		__symbol_put(symbol);
		kfree(publisher);
		return ERR_PTR(-EPROTO);
	}
	strscpy(publisher->symbol, symbol, sizeof(publisher->symbol));
	INIT_LIST_HEAD(&publisher->listeners);
	list_add(&publisher->link, &publish_list);
	publisher->listener.happened = publish_happened;
	rcu_assign_pointer(publisher->export->listener, &publisher->listener);
	return publisher;
}

static void publish_put(struct aem_publisher *publisher)
{
	if (publisher->users)
		return;
	RCU_INIT_POINTER(publisher->export->listener, NULL);
	list_del(&publisher->link);
	__symbol_put(publisher->symbol);
	kfree_rcu(publisher, rcu);
}

/* The name of the symbol; -EINVAL if user space gave an odd name. */
static int publish_symbol(char *symbol, size_t size, const char *name)
{
	size_t i, len = strnlen(name, AEM_PUB_NAME);

	if (!len || len == AEM_PUB_NAME)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (!isalnum(name[i]) && name[i] != '_')
			return -EINVAL;
	}
	snprintf(symbol, size, "aem_source_%s", name);
	return 0;
}

static int publish_listen(struct aem_src *src, const char *symbol)
{
	struct aem_publisher *publisher = publish_find(symbol);
	int err = 0;

	if (!publisher)
		publisher = publish_new(symbol);
	if (IS_ERR(publisher))
		return PTR_ERR(publisher);
	if (publisher->export->cap >= 0 && !capable(publisher->export->cap)) {
		err = -EPERM;
	} else {
		publisher->users++;
		src->listen.publisher = publisher;
		list_add_tail_rcu(&src->listen.node, &publisher->listeners);
	}
	publish_put(publisher);
	return err;
}

static int publish_add(struct aem_src *src, struct aem_source *desc)
{
	char symbol[sizeof_field(struct aem_publisher, symbol)];
	int err;

	err = publish_symbol(symbol, sizeof(symbol), desc->pub);
	if (err)
		return err;
	err = aem_stream_add(src, desc);
	if (err)
		return err;
	mutex_lock(&publish_lock);
	err = publish_listen(src, symbol);
	mutex_unlock(&publish_lock);
	if (err)
		aem_stream_del(src);
	return err;
}

static void publish_del(struct aem_src *src)
{
	mutex_lock(&publish_lock);
	list_del_rcu(&src->listen.node);
	src->listen.publisher->users--;
	publish_put(src->listen.publisher);
	mutex_unlock(&publish_lock);
	aem_happen_stop(src);
	aem_stream_del(src);
}

const struct aem_kind_ops aem_publish_ops = {
	.add	= publish_add,
	.stop	= aem_happen_stop,
	.del	= publish_del,
};
