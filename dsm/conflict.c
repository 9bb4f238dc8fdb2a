// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dsm does not work beside: NetLabel with CIPSO or CALIPSO mappings, which
 * puts options of its own into the same place, and the peer labelling of
 * SELinux and Smack, which reads skb->secmark.
 *
 * Asked when the module is loaded, and again with each policy, because
 * mappings may come later.
 */
#include <linux/atomic.h>
#include <linux/netlink.h>
#include <linux/printk.h>
#include <linux/string.h>

#include "dsm.h"

static atomic_t *netlabel_mappings;
static char **active_lsms;

/* Is @name one of the words, with commas between them? */
static bool lsm_active(const char *names, const char *name)
{
	size_t len = strlen(name);
	const char *at;

	for (at = names; (at = strstr(at, name)); at += len)
		if ((at == names || at[-1] == ',') &&
		    (at[len] == ',' || !at[len]))
			return true;
	return false;
}

static const char *conflict(void)
{
	const char *names = active_lsms ? *active_lsms : NULL;

	if (netlabel_mappings && atomic_read(netlabel_mappings) > 0)
		return "NetLabel has CIPSO or CALIPSO mappings";
	if (names && lsm_active(names, "selinux"))
		return "SELinux is active, and labels peers by itself";
	if (names && lsm_active(names, "smack"))
		return "Smack is active, and labels peers by itself";
	return NULL;
}

/**
 * dsm_conflict_check() - is there anything that dsm does not work beside?
 * @extack: where to say in words what it is
 *
 * Context: Process context.
 * Return: 0, or -EBUSY.
 */
int dsm_conflict_check(struct netlink_ext_ack *extack)
{
	const char *why = conflict();

	if (!why)
		return 0;
	if (extack)
		extack->_msg = why;
	return -EBUSY;
}

/**
 * dsm_conflict_init() - find where to look, and look for the first time
 *
 * Context: Process context, at load. May sleep.
 * Return: 0, or -EBUSY; the log says why.
 */
int dsm_conflict_init(void)
{
	const char *why;

	netlabel_mappings = dsm_symbol("netlabel_mgmt_protocount");
	active_lsms = dsm_symbol("lsm_names");
	why = conflict();
	if (!why)
		return 0;
	pr_err("dsm: not loaded: %s\n", why);
	return -EBUSY;
}
