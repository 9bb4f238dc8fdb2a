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

static int __init aem_init(void)
{
	int err;

	err = aem_source_init();
	if (err)
		return err;
	err = aem_watched_init();
	if (err)
		goto err_source;
	err = aem_ctx_init();
	if (err)
		goto err_watched;
	err = aem_device_init();
	if (err)
		goto err_ctx;
	pr_info("aem %s: one event queue, /dev/aem\n", CGL_VERSION);
	return 0;

err_ctx:
	aem_ctx_exit();
err_watched:
	aem_watched_exit();
err_source:
	aem_source_exit();
	return err;
}

static void __exit aem_exit(void)
{
	aem_device_exit();
	aem_ctx_exit();
	aem_watched_exit();
	aem_source_exit();
}

module_init(aem_init);
module_exit(aem_exit);

MODULE_DESCRIPTION("One event queue for descriptors, timers, processes, files and networks");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
