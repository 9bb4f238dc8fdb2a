// SPDX-License-Identifier: GPL-2.0-only
/*
 * aem: one event queue for every source. Loading and unloading.
 *
 * The module cannot go while a context is open: its file holds it. What may
 * still be under way after the last one was closed is waited for in
 * aem_ctx_exit() and aem_source_exit().
 */
#include <linux/module.h>

#include "aem.h"
#include "module_parts.h"

/* In the order in which they are made; undone in reverse. */
static const struct cgl_part parts[] = {
	{ aem_source_init,	aem_source_exit },
	{ aem_watched_init,	aem_watched_exit },
	{ aem_closing_init,	aem_closing_exit },
	{ NULL,			aem_process_exit },
	{ aem_file_init,	aem_file_exit },
	{ aem_network_init,	aem_network_exit },
	{ aem_memory_init,	aem_memory_exit },
	{ aem_data_init,	NULL },
	{ aem_ctx_init,		aem_ctx_exit },
	{ aem_upcall_init,	aem_upcall_exit },
	{ aem_procfs_init,	aem_procfs_exit },
	{ aem_device_init,	aem_device_exit },
};

static int __init aem_init(void)
{
	int err = cgl_parts_init(parts, ARRAY_SIZE(parts));

	if (err)
		return err;
	pr_info("aem %s: one event queue, /dev/aem\n", CGL_VERSION);
	return 0;
}

static void __exit aem_exit(void)
{
	cgl_parts_exit(parts, ARRAY_SIZE(parts));
}

module_init(aem_init);
module_exit(aem_exit);

MODULE_DESCRIPTION("One event queue for descriptors, timers, processes, files and networks");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
