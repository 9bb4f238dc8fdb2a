// SPDX-License-Identifier: GPL-2.0-only
/*
 * What lies below verified files: the disks and files that strict mode keeps
 * from being written to, or exchanged, behind the back of their file systems.
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
#include <linux/loop.h>
#include <linux/major.h>
#include <linux/miscdevice.h>
#include <linux/pagemap.h>
#include <linux/string.h>
#include <uapi/linux/dm-ioctl.h>
#include <uapi/linux/raid/md_u.h>

#include "cache.h"
#include "compat.h"
#include "digsig.h"

/* Does the disk that a file system lies on have a name that begins with one? */
static bool disk_named(const struct super_block *sb, const char *const *kinds,
		       unsigned int n)
{
	const char *name = sb->s_bdev->bd_disk->disk_name;

	while (n--)
		if (!strncmp(name, kinds[n], strlen(kinds[n])))
			return true;
	return false;
}

/**
 * digsig_disk_served() - does a process make up the contents of a disk
 * @sb: a file system
 *
 * The disks of nbd and ublk: what is read a second time may be something else.
 *
 * Context: Any.
 * Return: true if it does.
 */
bool digsig_disk_served(const struct super_block *sb)
{
	static const char *const kinds[] = { "nbd", "ublkb" };

	return sb->s_bdev && disk_named(sb, kinds, ARRAY_SIZE(kinds));
}

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

	if (!sb->s_bdev)
		return false;
	/* btrfs has a number of its own, and any number of disks. */
	if (sb->s_dev != sb->s_bdev->bd_dev)
		return true;
	return disk_named(sb, kinds, ARRAY_SIZE(kinds));
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

/* Commands by which a device gets another one, or another part of it, below. */
static bool device_rearranged(unsigned int cmd)
{
	switch (cmd) {
	case LOOP_SET_STATUS:
	case LOOP_SET_STATUS64:
	case LOOP_CHANGE_FD:
	case ADD_NEW_DISK:
	case HOT_ADD_DISK:
	case HOT_REMOVE_DISK:
	case SET_DISK_FAULTY:
	case SET_ARRAY_INFO:
		return true;
	}
	return false;
}

static bool is_mapper_control(const struct inode *inode)
{
	return S_ISCHR(inode->i_mode) &&
	       inode->i_rdev == MKDEV(MISC_MAJOR, MAPPER_CTRL_MINOR);
}

/**
 * digsig_disk_rearranged() - would a command exchange what is below files
 * @file: a device that gets a command
 * @cmd: of ioctl()
 *
 * A table of the device mapper may lead to the disk below any mapped device,
 * which is open for all of them alike, so that as long as verified files lie on
 * devices made of others every new table counts.
 *
 * Context: Process context, no locks. May sleep.
 * Return: true if verified files may have other contents afterwards.
 */
bool digsig_disk_rearranged(const struct file *file, unsigned int cmd)
{
	const struct inode *inode = file_inode(file);

	if (S_ISBLK(inode->i_mode))
		return device_rearranged(cmd) &&
		       digsig_disk_below_verified(inode->i_rdev);
	return _IOC_TYPE(cmd) == DM_IOCTL && _IOC_NR(cmd) == DM_TABLE_LOAD_CMD &&
	       is_mapper_control(inode) && digsig_cache_any(entry_stacked, 0);
}
