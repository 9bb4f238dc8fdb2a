// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig_lsm: loading and unloading.
 *
 * What is asked comes first, then the hooks that ask, then what people see and
 * use; unloading goes the other way. A failed load leaves nothing behind.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/netlink.h>
#include <linux/rculist.h>

#include "digsig.h"
#include "module_parts.h"
#include "policy.h"

/* Set at load. */
bool digsig_remote __read_mostly;
module_param_named(remote, digsig_remote, bool, 0444);
MODULE_PARM_DESC(remote, "Verify files on remote file systems (NFS, 9p, FUSE ...) at each use instead of refusing them (default N)");

static char *mode = "off";
module_param(mode, charp, 0444);
MODULE_PARM_DESC(mode, "Mode to begin with: off, log, enforce or locked (default off); enforce needs the parameter anchor");

static bool strict;
module_param(strict, bool, 0444);
MODULE_PARM_DESC(strict, "Begin in strict mode (default N)");

static int mode_init(void)
{
	struct netlink_ext_ack extack = {};
	unsigned int m;
	int err;

	for (m = 0; m <= DIGSIG_MODE_MAX; m++)
		if (!strcmp(mode, digsig_mode_name(m)))
			break;
	err = digsig_mode_set(m, strict, NULL, &extack);
	if (err)
		pr_err("digsig: mode=%s: %s\n", mode,
		       extack._msg ? extack._msg : "cannot be set");
	return err;
}

/**
 * digsig_module_stay() - keep the module loaded until the machine restarts
 *
 * A reference keeps rmmod away, but not "rmmod -f". Another module that uses
 * this one keeps away both, so this one is said to use itself.
 *
 * Context: Process context. At most once. The caller is this module at load, or
 * its netlink socket, so it is not on its way out.
 */
void digsig_module_stay(void)
{
	static struct module_use use;

	__module_get(THIS_MODULE);
	use.source = THIS_MODULE;
	use.target = THIS_MODULE;
	INIT_LIST_HEAD(&use.target_list);
	/* Who walks the list finds it empty or the entry complete. */
	list_add_rcu(&use.source_list, &THIS_MODULE->source_list);
}

/* In the order of loading. */
static const struct cgl_part parts[] = {
	{ digsig_hash_init, digsig_hash_exit },
	{ digsig_cache_init, digsig_cache_exit },
	{ digsig_keys_init, digsig_keys_exit },
	{ NULL, digsig_catalogs_exit },
	{ NULL, digsig_revocations_exit },
	{ digsig_event_init, digsig_event_exit },
	{ digsig_strict_init, digsig_strict_exit },
	{ NULL, digsig_strict_hooks_end },
	{ digsig_hooks_init, digsig_hooks_exit },
	{ digsig_fs_init, digsig_fs_exit },
	{ digsig_netlink_init, digsig_netlink_exit },
	{ mode_init, NULL },
};

static int __init digsig_init(void)
{
	int err = cgl_parts_init(parts, ARRAY_SIZE(parts));

	if (err)
		return err;
	pr_info("digsig: loaded, mode %s, %s\n", mode, digsig_hash_driver());
	return 0;
}
module_init(digsig_init);

static void __exit digsig_exit(void)
{
	cgl_parts_exit(parts, ARRAY_SIZE(parts));
	pr_info("digsig: unloaded\n");
}
module_exit(digsig_exit);

MODULE_SOFTDEP("pre: sha256-ssse3");
MODULE_DESCRIPTION("Signed ELF files: nothing unsigned runs");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
MODULE_VERSION(CGL_VERSION);
