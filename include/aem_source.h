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
 *	aem_source_publish(&aem_source_digsig, DIGSIG_AEM_REFUSED, &data, len);
 *
 * where something happens. That is all: nothing to register, to unregister or
 * to wait for. User space asks for it by its name, aem_module(3). Numbers of
 * events, 0 to 14, and the layout of their data are part of the publisher's user
 * interface and stand in its uapi header; data are at most AEM_SOURCE_DATA bytes.
 *
 * Why it is this way round. The publisher uses no symbol of aem, so it neither
 * needs aem to load nor keeps it from unloading, and either may be loaded first.
 * aem looks for the symbol aem_source_NAME when a process adds a source of that
 * name (ENOENT if no such module is loaded), by __symbol_get(), which takes a
 * reference to the publisher's module and fails while that is still being loaded
 * or is on its way out. The reference is kept until the last listener has gone,
 * so that @listener is written only while the publisher's memory is there. (An
 * rmmod of a publisher fails with "in use" meanwhile.)
 *
 * The other way, from the publisher into aem, is @listener: a pointer under RCU,
 * NULL while nobody listens. aem clears it when the last listener goes and lets a
 * grace period pass before its code does. So a call that is under way has aem's
 * code and data under its feet, and while nobody listens publishing is a load
 * and a branch.
 *
 * What a publisher has to see to: it is called back by nobody, but the call
 * wakes threads and sends signals. So it must not hold a lock that a wake-up or
 * a signal needs (a runqueue's, a siglock, one that is taken in the callback of
 * a wait queue). Any other spinlock, a softirq, interrupts off are all right.
 * Data are copied before the call returns; clear the padding in them. Do not
 * publish what the listener must not know: @cap is all that is asked of him, and
 * it is asked in the initial user namespace.
 *
 * A listener that does not keep up loses events and is told how many; the
 * publisher never waits. A user without CAP_SYS_RESOURCE can have a limited
 * number of listeners (aem's parameter max_listeners), which bounds the time
 * that a call takes.
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

/**
 * struct aem_source_listener - aem, as a publisher sees it
 * @happened: an event. Called in an RCU read-side section, in any context but
 *	NMI
 */
struct aem_source_listener {
	void (*happened)(struct aem_source_listener *listener,
			 unsigned int event, const void *data, size_t len);
};

/**
 * struct aem_source_export - a publisher
 * @version: AEM_SOURCE_VERSION
 * @cap: capability, in the initial user namespace, that a listener needs; -1
 *	for none
 * @name: of the source, as user space asks for it
 * @listener: NULL while nobody listens. Written by aem only
 */
struct aem_source_export {
	unsigned int version;
	int cap;
	const char *name;
	struct aem_source_listener __rcu *listener;
};

/**
 * AEM_SOURCE() - define and export a publisher
 * @NAME: of the source, up to 15 letters, digits and underscores
 * @CAP: capability that a listener needs, or -1
 */
#define AEM_SOURCE(NAME, CAP)						\
	extern struct aem_source_export aem_source_##NAME;		\
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
	return rcu_access_pointer(src->listener);
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
	struct aem_source_listener *listener;

	if (!aem_source_wanted(src))
		return;
	rcu_read_lock();
	listener = rcu_dereference(src->listener);
	if (listener)
		listener->happened(listener, event, data, len);
	rcu_read_unlock();
}

#endif /* _AEM_SOURCE_H */
