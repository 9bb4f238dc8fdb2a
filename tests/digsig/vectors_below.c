// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attack vectors below a file system: its disk is written to, or is exchanged
 * for another one, behind a file that is verified and mapped.
 * vectors.c says what a vector is, and calls these; attacks.sh has mounted the
 * disks.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/blkpg.h>
#include <linux/dm-ioctl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "vectors.h"

/* Have a mapped file read again, and call it. */
static int call_again(int fd, void *mapped)
{
	void *p;
	int rc;

	munmap(mapped, PAGE);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	p = map_exec(fd, 0);
	if (p == MAP_FAILED)
		return blocked(errno);
	rc = ran(call(p) == CHANGED);
	munmap(p, PAGE);
	return rc;
}

/* Write over a mapped file by its disk, have it read again, and call it. */
static int change_below(int fd, void *mapped, int disk, uint64_t where)
{
	int rc;

	if (pwrite(disk, code_changed, sizeof(code_changed), where) < 0)
		return blocked(errno);
	fsync(disk);
	rc = call_again(fd, mapped);
	if (pwrite(disk, code_answer, sizeof(code_answer), where) < 0)
		return broken("put back");
	fsync(disk);
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return rc;
}

/* A device node for @dev that is gone when it is open. */
static int open_device(dev_t dev, int flags)
{
	char node[PATH_MAX];
	int fd;

	snprintf(node, sizeof(node), "/run/node-%d", getpid());
	/* The defence has no part in that. */
	if (mknod(node, S_IFBLK | 0600, dev))
		exit(broken("mknod"));
	fd = open(node, flags);
	unlink(node);
	return fd;
}

/* Where the first block of a file lies on its disk; 0 if it cannot be told. */
static uint64_t first_block(int fd)
{
	struct {
		struct fiemap map;
		struct fiemap_extent extent;
	} q = { .map = { .fm_length = PAGE, .fm_extent_count = 1,
			 .fm_flags = FIEMAP_FLAG_SYNC } };

	if (ioctl(fd, FS_IOC_FIEMAP, &q) || q.map.fm_mapped_extents != 1)
		return 0;
	return q.extent.fe_physical;
}

/* A signed file that is mapped and on its disk, and where there. */
static void *map_on_disk(char *file, int *fd, struct stat *st, uint64_t *where)
{
	void *p = map_signed_copy(file, fd);

	if (!p || fstat(*fd, st) || fsync(*fd))
		exit(broken("map"));
	*where = first_block(*fd);
	if (!*where)
		exit(broken("no block"));
	return p;
}

int raw_disk(void)
{
	char file[PATH_MAX];
	uint64_t where;
	struct stat st;
	int fd, d, rc;
	void *p;

	p = map_on_disk(file, &fd, &st, &where);
	d = open_device(st.st_dev, O_RDWR | O_SYNC);
	rc = d < 0 ? blocked(errno) : change_below(fd, p, d, where);
	unlink(file);
	return rc;
}

/* The number of partition @part of @disk, from sysfs. */
static dev_t partition_of(dev_t disk, int part)
{
	char name[64], link[PATH_MAX] = "", file[PATH_MAX + 64];
	unsigned int a, b;
	FILE *f;

	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u", major(disk),
		 minor(disk));
	if (readlink(name, link, sizeof(link) - 1) < 0)
		return 0;
	snprintf(file, sizeof(file), "%s/%s%d/dev", name,
		 strrchr(link, '/') + 1, part);
	f = fopen(file, "r");
	if (!f)
		return 0;
	if (fscanf(f, "%u:%u", &a, &b) != 2)
		a = b = 0;
	fclose(f);
	return makedev(a, b);
}

/*
 * A file system on a whole disk: a partition can be laid over it by a descriptor
 * that is not open for writing.
 */
int partition_over_disk(void)
{
	struct blkpg_partition part = { .pno = 7 };
	struct blkpg_ioctl_arg arg = {
		.op = BLKPG_ADD_PARTITION, .datalen = sizeof(part),
		.data = &part,
	};
	char file[PATH_MAX];
	uint64_t where;
	int fd, disk, d, rc;
	struct stat st;
	void *p;

	p = map_on_disk(file, &fd, &st, &where);
	disk = open_device(st.st_dev, O_RDONLY);
	if (disk < 0 || ioctl(disk, BLKGETSIZE64, &part.length))
		return broken("disk");
	if (ioctl(disk, BLKPG, &arg)) {
		rc = blocked(errno);
		goto out;
	}
	d = open_device(partition_of(st.st_dev, part.pno), O_RDWR);
	rc = d < 0 ? blocked(errno) : change_below(fd, p, d, where);
	close(d);
	arg.op = BLKPG_DEL_PARTITION;
	if (ioctl(disk, BLKPG, &arg))
		rc = broken("delete the partition");
out:
	unlink(file);
	return rc;
}

/* mnt is a loop device over vectors-disk.img, mounted before. */
int loop_backing_file(void)
{
	uint64_t where;
	int fd, disk;
	void *p;

	fd = open(path("mnt/flat"), O_RDONLY);
	where = fd < 0 ? 0 : first_block(fd);
	p = map_exec(fd, 0);
	if (!where || p == MAP_FAILED)
		return broken("map");
	disk = open(path("../vectors-disk.img"), O_RDWR);
	return disk < 0 ? blocked(errno) : change_below(fd, p, disk, where);
}

/** struct mapper - a request to the device mapper with room for one target */
struct mapper {
	struct dm_ioctl		head;
	struct dm_target_spec	target;
	char			params[64];
};

static int mapper_ask(int control, struct mapper *m, unsigned long cmd)
{
	m->head.version[0] = DM_VERSION_MAJOR;
	m->head.version[1] = m->head.version[2] = 0;
	m->head.data_size = sizeof(*m);
	m->head.data_start = offsetof(struct mapper, target);
	m->head.flags = 0;
	m->head.event_nr = 0;
	m->head.dev = 0;
	strcpy(m->head.name, "vectors-alias");
	return ioctl(control, cmd, m);
}

/* A second mapped device over the disk below the first. */
static int mapper_alias(int control, struct mapper *m, uint64_t size)
{
	if (mapper_ask(control, m, DM_DEV_CREATE))
		return -1;
	m->head.target_count = 1;
	m->target.length = size / 512;
	strcpy(m->target.target_type, "linear");
	strcpy(m->params, MAPPED_DISK " 0");
	return mapper_ask(control, m, DM_TABLE_LOAD) ||
	       mapper_ask(control, m, DM_DEV_SUSPEND) ? -1 : 0;
}

/*
 * The device mapper holds a disk once for all mapped devices, so another one may
 * be laid over what the first is made of.
 */
int mapped_twice(void)
{
	int fd, disk, control, rc;
	struct mapper m = {};
	uint64_t where, size;
	struct stat st;
	void *p;

	fd = open(path("mapped/flat"), O_RDONLY);
	p = map_exec(fd, 0);
	where = fd < 0 ? 0 : first_block(fd);
	if (!where || p == MAP_FAILED || fstat(fd, &st))
		return broken("map");
	disk = open_device(st.st_dev, O_RDONLY);
	if (disk < 0 || ioctl(disk, BLKGETSIZE64, &size))
		return broken("disk");
	close(disk);
	control = open("/dev/mapper/control", O_RDWR);
	if (control < 0)
		return broken("control");
	if (mapper_alias(control, &m, size)) {
		rc = blocked(errno);
	} else {
		disk = open_device(m.head.dev, O_RDWR);
		rc = disk < 0 ? blocked(errno) :
				change_below(fd, p, disk, where);
		close(disk);
	}
	if (mapper_ask(control, &m, DM_DEV_REMOVE))
		return broken("remove");
	return rc;
}
