// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig_lsm: loading and unloading.
 */
#include <linux/module.h>

static int __init digsig_init(void)
{
	return 0;
}
module_init(digsig_init);

static void __exit digsig_exit(void)
{
}
module_exit(digsig_exit);

MODULE_DESCRIPTION("Signed ELF files: nothing unsigned runs");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
