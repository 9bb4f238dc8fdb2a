// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies below verified files: the disks and files that strict mode keeps
 * from being written to behind the back of their file systems.
 *
 * A block device is below a verified file if a file system with one is on it, or
 * on a partition of it, or if it is a partition of a disk that has a file system
 * as a whole: partitions can be laid over that while it is mounted. Under a
 * device that is made of others (loop, device mapper, MD, the several disks of
 * btrfs) the others are not known one by one. As long as verified files lie on
 * any such device, each device counts that somebody holds for himself, as its
 * parts are held, and each file that backs a loop device.
 *
 * Locking: none; the cache is read under RCU.
 */
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/gfp.h>
#include <linux/pagemap.h>
#include <linux/string.h>

#include "cache.h"
#include "compat.h"
#include "digsig.h"

/**
 * digsig_disk_stacked() - does a file system lie on devices made of others
 * @sb: the file system
 *
 * Context: Any.
 * Return: true if writing to other devices than its own changes its contents.
 */
bool digsig_disk_stacked(const struct super_block *sb)
{
	static const char *const kinds[] = { "loop", "dm-", "md" };
	const char *name;
	unsigned int i;

	if (!sb->s_bdev)
		return false;
	/* btrfs has a number of its own, and any number of disks. */
	if (sb->s_dev != sb->s_bdev->bd_dev)
		return true;
	name = sb->s_bdev->bd_disk->disk_name;
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strncmp(name, kinds[i], strlen(kinds[i])))
			return true;
	return false;
}

static bool entry_on_device(const struct digsig_entry *e, dev_t dev)
{
	return e->dev == dev || e->disk == dev;
}

static bool entry_on_whole_disk(const struct digsig_entry *e, dev_t disk)
{
	return e->dev == disk;
}

static bool entry_stacked(const struct digsig_entry *e, dev_t unused)
{
	return e->stacked;
}

/**
 * digsig_disk_below_verified() - are there verified files above a device
 * @dev: a block device that somebody is going to write to
 *
 * Context: Process context, no locks. May sleep: opens the device. Looks at the
 * whole cache: for rare questions.
 * Return: true if a file above @dev is or was found verified.
 */
bool digsig_disk_below_verified(dev_t dev)
{
	cgl_bdev_handle *handle;
	bool below, held;
	dev_t disk;

	if (digsig_cache_any(entry_on_device, dev))
		return true;
	handle = cgl_bdev_open(dev);
	if (IS_ERR(handle))
		return false;
	disk = disk_devt(cgl_bdev_of(handle)->bd_disk);
	held = READ_ONCE(cgl_bdev_of(handle)->bd_holder);
	below = disk != dev && digsig_cache_any(entry_on_whole_disk, disk);
	if (!below && held)
		below = digsig_cache_any(entry_stacked, 0);
	cgl_bdev_close(handle);
	return below;
}

/**
 * digsig_file_below_verified() - may a file hold a disk with verified files
 * @inode: a regular file that somebody is going to write to
 *
 * The loop driver says how memory for the pages of its file may be found, so
 * that reading them does not wait for itself; no file system does.
 *
 * Context: Any. Looks at the whole cache if the file backs a loop device.
 * Return: true if it does, and verified files are on such a device.
 */
bool digsig_file_below_verified(const struct inode *inode)
{
	return !(mapping_gfp_mask(inode->i_mapping) & __GFP_IO) &&
	       digsig_cache_any(entry_stacked, 0);
}
