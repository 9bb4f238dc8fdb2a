// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/kernel/security/digsig: state and counters as text, to be read only.
 *
 * mode, status, stats, keys, catalogs and revocation are a few lines each and
 * readable by all; denied names files, and is root's. Everything is also in the
 * netlink family, which is where a program should ask.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/seq_file.h>
#include <linux/slab.h>

#include "control.h"
#include "policy.h"
#include "secfs_folder.h"

static int digsig_fs_mode_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "%s%s\n", digsig_mode_name(READ_ONCE(digsig_mode)),
		   READ_ONCE(digsig_strict) ? " strict" : "");
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_mode);

static int digsig_fs_status_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "version %s\n", CGL_VERSION);
	seq_printf(m, "mode %s\n", digsig_mode_name(READ_ONCE(digsig_mode)));
	seq_printf(m, "strict %d\n", READ_ONCE(digsig_strict));
	seq_printf(m, "remote %d\n", READ_ONCE(digsig_remote));
	seq_printf(m, "keys %u\n", digsig_key_count());
	seq_printf(m, "anchored %d\n", digsig_anchored());
	seq_printf(m, "revocation %llu\n", digsig_revocation_number());
	seq_printf(m, "min_generation %u\n", digsig_min_generation());
	seq_printf(m, "hash %s\n", digsig_hash_driver());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_status);

static const struct {
	const char *name;
	unsigned int stat;
} fs_stats[] = {
	{ "checks",		DIGSIG_ST_CHECKS },
	{ "verified",		DIGSIG_ST_VERIFIED },
	{ "bytes_hashed",	DIGSIG_ST_BYTES_HASHED },
	{ "cached",		DIGSIG_ST_CACHED },
	{ "dropped",		DIGSIG_ST_DROPPED },
	{ "revalidated",	DIGSIG_ST_REVALIDATED },
	{ "events_lost",	DIGSIG_ST_EVENTS_LOST },
};

static int digsig_fs_stats_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(fs_stats); i++)
		seq_printf(m, "%s %llu\n", fs_stats[i].name,
			   digsig_stat_read(fs_stats[i].stat));
	for (i = DIGSIG_REASON_NONE + 1; i < __DIGSIG_REASON_MAX; i++)
		seq_printf(m, "refused.%s %llu\n", digsig_reason_name(i),
			   digsig_stat_reason(i));
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_stats);

static const char *fs_alg_name(unsigned int alg)
{
	switch (alg) {
	case DIGSIG_ALG_RSA:
		return "rsa";
	case DIGSIG_ALG_ECDSA_P256:
		return "ecdsa-p256";
	case DIGSIG_ALG_ECDSA_P384:
		return "ecdsa-p384";
	}
	return "unknown";
}

/* Names come from certificates and catalogs: what is odd in them is escaped. */
static void fs_put_name(struct seq_file *m, const char *name)
{
	seq_putc(m, ' ');
	seq_escape(m, name, " \t\n\\\"");
}

static int digsig_fs_keys_show(struct seq_file *m, void *unused)
{
	struct digsig_key_info info;
	unsigned int i;

	for (i = 0; digsig_key_info(i, &info); i++) {
		seq_printf(m, "%*phN %s %u files=%llu%s%s%s",
			   DIGSIG_KEY_ID_LEN, info.key_id,
			   fs_alg_name(info.alg), info.bits, info.files,
			   info.flags & DIGSIG_KEYF_ANCHOR ? " anchor" : "",
			   info.flags & DIGSIG_KEYF_REVOKED ? " revoked" : "",
			   info.flags & DIGSIG_KEYF_SYSTEM ? " system" : "");
		fs_put_name(m, info.subject);
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_keys);

static int digsig_fs_catalogs_show(struct seq_file *m, void *unused)
{
	struct digsig_catalog_info info;
	unsigned int i;

	for (i = 0; digsig_catalog_info(i, &info); i++) {
		seq_printf(m, "%*phN entries=%u generation=%u hits=%llu",
			   DIGSIG_KEY_ID_LEN, info.key_id, info.count,
			   info.generation, info.hits);
		fs_put_name(m, info.name);
		seq_putc(m, '\n');
	}
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_catalogs);

static int digsig_fs_revocation_show(struct seq_file *m, void *unused)
{
	seq_printf(m, "number %llu\nmin_generation %u\n",
		   digsig_revocation_number(), digsig_min_generation());
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(digsig_fs_revocation);

/* ---- denied: as long as it gets, so it is read in pieces ----------------- */

/**
 * struct fs_denied - a reader of the list
 * @seq: number of the entry to copy out next
 * @ev: the entry to show
 * @path: its path
 */
struct fs_denied {
	u64			seq;
	struct digsig_event	ev;
	char			path[PATH_MAX];
};

/* The position is the number of an entry plus one; the header line is 0. */
static void *fs_denied_at(struct fs_denied *d, loff_t *pos)
{
	if (*pos == 0)
		return SEQ_START_TOKEN;
	d->seq = *pos - 1;
	if (!digsig_denied_next(&d->seq, &d->ev, d->path))
		return NULL;
	*pos = d->seq;
	return d;
}

static void *fs_denied_start(struct seq_file *m, loff_t *pos)
{
	return fs_denied_at(m->private, pos);
}

static void *fs_denied_next(struct seq_file *m, void *v, loff_t *pos)
{
	++*pos;
	return fs_denied_at(m->private, pos);
}

static void fs_denied_stop(struct seq_file *m, void *v)
{
}

static int fs_denied_show(struct seq_file *m, void *v)
{
	const struct digsig_event *ev = v == SEQ_START_TOKEN ? NULL :
				&((struct fs_denied *)v)->ev;

	if (!ev) {
		seq_puts(m, "# seconds count op reason denied pid comm path\n");
		return 0;
	}
	seq_printf(m, "%llu %llu %s %s %d %u",
		   div_u64(ev->time_ns, NSEC_PER_SEC), ev->count,
		   digsig_op_name(ev->op),
		   digsig_reason_name(ev->verdict.reason), ev->denied, ev->pid);
	fs_put_name(m, ev->comm);
	fs_put_name(m, ev->path);
	seq_putc(m, '\n');
	return 0;
}

static const struct seq_operations fs_denied_ops = {
	.start	= fs_denied_start,
	.next	= fs_denied_next,
	.stop	= fs_denied_stop,
	.show	= fs_denied_show,
};

static int fs_denied_open(struct inode *inode, struct file *file)
{
	return seq_open_private(file, &fs_denied_ops, sizeof(struct fs_denied));
}

static const struct file_operations digsig_fs_denied_fops = {
	.owner		= THIS_MODULE,
	.open		= fs_denied_open,
	.read		= seq_read,
	.llseek		= seq_lseek,
	.release	= seq_release_private,
};

/* ---- the folder ---------------------------------------------------------- */

static struct cgl_secfs_file fs_files[] = {
	{ "mode",	0444, &digsig_fs_mode_fops, NULL },
	{ "status",	0444, &digsig_fs_status_fops, NULL },
	{ "stats",	0444, &digsig_fs_stats_fops, NULL },
	{ "keys",	0444, &digsig_fs_keys_fops, NULL },
	{ "catalogs",	0444, &digsig_fs_catalogs_fops, NULL },
	{ "revocation",	0444, &digsig_fs_revocation_fops, NULL },
	{ "denied",	0400, &digsig_fs_denied_fops, NULL },
};

static struct dentry *fs_folder;

/**
 * digsig_fs_init() - make /sys/kernel/security/digsig
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error with nothing left behind.
 */
int digsig_fs_init(void)
{
	fs_folder = cgl_secfs_create("digsig", fs_files, ARRAY_SIZE(fs_files));
	return PTR_ERR_OR_ZERO(fs_folder);
}

/**
 * digsig_fs_exit() - remove the folder
 *
 * Context: Process context. May sleep. No file is open: that holds the module.
 */
void digsig_fs_exit(void)
{
	cgl_secfs_remove(fs_folder, fs_files, ARRAY_SIZE(fs_files));
}
