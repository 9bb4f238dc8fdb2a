/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events that a kernel module publishes, for whoever has aem and listens.
 *
 * A publisher has one of these, in one of its files,
 *
 *	AEM_SOURCE(digsig, CAP_AUDIT_READ);
 *
 * which defines and exports aem_source_digsig, and calls
 *
 *	aem_source_publish(&aem_source_digsig, DIGSIG_AEM_DENIED, &data, len);
 *
 * where something happens. It needs nothing of aem: aem.ko looks for the symbol
 * aem_source_NAME when a process asks for the source NAME, and holds the
 * publisher's module as long as somebody listens. While nobody does, publishing
 * is a load and a branch. Numbers of events, 0 to 14, and the layout of their
 * data are part of the publisher's user interface and stand in its uapi header;
 * data are at most AEM_SOURCE_DATA bytes.
 */
#ifndef _AEM_SOURCE_H
#define _AEM_SOURCE_H

#include <linux/capability.h>
#include <linux/export.h>
#include <linux/module.h>
#include <linux/rcupdate.h>
#include <linux/types.h>

#define AEM_SOURCE_DATA		232
#define AEM_SOURCE_VERSION	1

struct aem_source_export;

/* Called in an RCU read-side section, in any context but NMI. */
typedef void (*aem_source_sink_t)(struct aem_source_export *src,
				  unsigned int event, const void *data,
				  size_t len);

/**
 * struct aem_source_export - a publisher
 * @version: AEM_SOURCE_VERSION
 * @cap: capability, in the initial user namespace, that a listener needs; -1
 *	for none
 * @name: of the source, as user space asks for it
 * @sink: aem's function while somebody listens. Written by aem only
 * @private: of aem
 */
struct aem_source_export {
	unsigned int version;
	int cap;
	const char *name;
	aem_source_sink_t __rcu sink;
	void *private;
};

/**
 * AEM_SOURCE() - define and export a publisher
 * @NAME: of the source, up to 15 letters, digits and underscores
 * @CAP: capability that a listener needs, or -1
 */
#define AEM_SOURCE(NAME, CAP)						\
	struct aem_source_export aem_source_##NAME = {			\
		.version = AEM_SOURCE_VERSION,				\
		.cap = (CAP),						\
		.name = #NAME,						\
	};								\
	EXPORT_SYMBOL_GPL(aem_source_##NAME)

/**
 * aem_source_wanted() - does anybody listen?
 * @src: the publisher
 *
 * For publishers who have to work for their data: the answer may be old.
 */
static inline bool aem_source_wanted(const struct aem_source_export *src)
{
	return rcu_access_pointer(src->sink);
}

/**
 * aem_source_publish() - something happened
 * @src: the publisher
 * @event: number of the event, 0 to 14
 * @data: copied
 * @len: of @data; what is beyond AEM_SOURCE_DATA is cut off
 *
 * Context: Any but NMI. Takes spinlocks that disable interrupts.
 */
static inline void aem_source_publish(struct aem_source_export *src,
				      unsigned int event, const void *data,
				      size_t len)
{
	aem_source_sink_t sink;

	if (!aem_source_wanted(src))
		return;
	rcu_read_lock();
	sink = rcu_dereference(src->sink);
	if (sink)
		sink(src, event, data, len);
	rcu_read_unlock();
}

#endif /* _AEM_SOURCE_H */
