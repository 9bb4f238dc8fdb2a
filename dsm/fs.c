// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/security/dsm: state and counters as text, and a file that takes a
 * policy by one write.
 *
 * status and stats are readable by all. load is root's: a write has to be the
 * whole image; reading it gives what was wrong with the last one. All else is
 * in the netlink family, which is where a program should ask.
 *
 * Locking: load_lock for the reason that load shows.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/netlink.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "dsm.h"
#include "secfs_folder.h"

static void status_policy(struct seq_file *m)
{
	const struct dsm_active *a;

	rcu_read_lock();
	a = rcu_dereference(dsm_active);
	if (a) {
		seq_printf(m, "serial %u\n", a->policy.serial);
		seq_printf(m, "sha256 %*phN\n", DSM_IMAGE_DIGEST_LEN, a->hash);
		seq_printf(m, "rules %u\n", le32_to_cpu(a->policy.head->rules));
		seq_printf(m, "peers %u\n", le32_to_cpu(a->policy.head->peers));
		seq_printf(m, "permissive %d\n",
			   !!(a->policy.flags & DSM_POLICY_PERMISSIVE));
		seq_printf(m, "generation %u\n", a->generation);
	} else {
		seq_puts(m, "serial none\n");
	}
	rcu_read_unlock();
}

static int dsm_fs_status_show(struct seq_file *m, void *unused)
{
	u32 prepared = dsm_policy_prepared();

	seq_printf(m, "version %s\n", CGL_VERSION);
	seq_printf(m, "nid %u\n", READ_ONCE(dsm_nid));
	seq_printf(m, "initial_sid %u\n", READ_ONCE(dsm_initial_sid));
	status_policy(m);
	if (prepared)
		seq_printf(m, "prepared %u\n", prepared);
	seq_printf(m, "keys %u\n", dsm_key_count());
	if (dsm_policy_epoch())
		seq_printf(m, "epoch %u\n", dsm_policy_epoch());
	seq_printf(m, "receive %s\n", dsm_attach_name(dsm_receive_attached()));
	seq_printf(m, "validate %s\n", dsm_attach_name(dsm_point_validate()));
	seq_printf(m, "replies %s\n", dsm_attach_name(dsm_point_replies()));
	seq_printf(m, "guard %d\n", dsm_guard_armed());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dsm_fs_status);

static int dsm_fs_stats_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < DSM_ST_REASON; i++)
		if (dsm_stat_name(i))
			seq_printf(m, "%s %llu\n", dsm_stat_name(i),
				   dsm_stat_read(i));
	for (i = DSM_REASON_NONE + 1; i < __DSM_REASON_MAX; i++)
		seq_printf(m, "refused.%s %llu\n", dsm_reason_name(i),
			   dsm_stat_reason(i));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(dsm_fs_stats);

/* ---- load ------------------------------------------------------------------------ */

static DEFINE_MUTEX(load_lock);
static const char *load_why;	/* of the last write; under load_lock */

static void load_tell(int err, const char *why)
{
	mutex_lock(&load_lock);
	if (!err)
		load_why = "loaded";
	else
		load_why = why ? why : "an error without a reason in words";
	mutex_unlock(&load_lock);
}

static ssize_t dsm_fs_load_write(struct file *file, const char __user *user,
				 size_t len, loff_t *pos)
{
	struct netlink_ext_ack extack = {};
	void *image;
	int err;

	if (!file_ns_capable(file, &init_user_ns, CAP_MAC_ADMIN) ||
	    !capable(CAP_MAC_ADMIN))
		return -EPERM;
	if (*pos || !len || len > DSM_IMAGE_MAX)
		return -EINVAL;
	image = kvmalloc(len, GFP_KERNEL);
	if (!image)
		return -ENOMEM;
	if (copy_from_user(image, user, len)) {
		kvfree(image);
		return -EFAULT;
	}
	err = dsm_policy_load_image(image, len, DSM_LOAD_NOW, false, NULL,
				    &extack);
	load_tell(err, extack._msg);
	return err ? err : len;
}

static ssize_t dsm_fs_load_read(struct file *file, char __user *user,
				size_t len, loff_t *pos)
{
	const char *why;
	char line[160];
	int n;

	mutex_lock(&load_lock);
	why = load_why ? load_why : "nothing was written yet";
	mutex_unlock(&load_lock);
	n = scnprintf(line, sizeof(line), "%s\n", why);
	return simple_read_from_buffer(user, len, pos, line, n);
}

static const struct file_operations dsm_fs_load_fops = {
	.owner	= THIS_MODULE,
	.read	= dsm_fs_load_read,
	.write	= dsm_fs_load_write,
	.llseek	= default_llseek,
};

/* ---- the folder --------------------------------------------------------------------- */

static struct cgl_secfs_file fs_files[] = {
	{ "status",	0444, &dsm_fs_status_fops, NULL },
	{ "stats",	0444, &dsm_fs_stats_fops, NULL },
	{ "load",	0600, &dsm_fs_load_fops, NULL },
};

static struct dentry *fs_folder;

/**
 * dsm_fs_init() - make /sys/kernel/security/dsm
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error with nothing left behind.
 */
int dsm_fs_init(void)
{
	fs_folder = cgl_secfs_create("dsm", fs_files, ARRAY_SIZE(fs_files));
	return PTR_ERR_OR_ZERO(fs_folder);
}

/**
 * dsm_fs_exit() - remove the folder
 *
 * Context: Process context. May sleep. No file is open: that holds the module.
 */
void dsm_fs_exit(void)
{
	cgl_secfs_remove(fs_folder, fs_files, ARRAY_SIZE(fs_files));
}
