// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sources that are files and folders, by fsnotify.
 *
 * All marks belong to one group. A mark holds its inode and points to its
 * source; it outlives the source, because the kernel frees marks when their
 * last event has been handled, so the pointer is RCU's and is cleared first.
 * If the file system is unmounted the kernel takes the mark away after an
 * IN_UNMOUNT.
 */
#include <linux/file.h>
#include <linux/fsnotify_backend.h>
#include <linux/inotify.h>
#include <linux/slab.h>

#include "aem.h"

/* What every mark tells besides what was asked for. */
#define FILE_ALWAYS	FS_UNMOUNT

/**
 * struct aem_mark - a mark on an inode
 * @fsn: the kernel's part
 * @src: the source; NULL when it is being deleted
 */
struct aem_mark {
	struct fsnotify_mark fsn;
	struct aem_src __rcu *src;
};

static struct fsnotify_group *file_group;

static int file_event(struct fsnotify_mark *fsn, u32 mask,
		      struct inode *inode, struct inode *dir,
		      const struct qstr *name, u32 cookie)
{
	struct aem_mark *mark = container_of(fsn, struct aem_mark, fsn);
	struct aem_rec_file rec = {
		.mask	= mask & (IN_ALL_EVENTS | IN_UNMOUNT | IN_ISDIR),
		.rename	= cookie,
		.ino	= inode ? inode->i_ino : 0,
	};
	struct aem_src *src;

	rcu_read_lock();
	src = rcu_dereference(mark->src);
	if (src)
		aem_happen(src, mask & (IN_ALL_EVENTS | FILE_ALWAYS), &rec,
			   offsetof(struct aem_rec_file, name),
			   name ? (const void *)name->name : NULL,
			   name ? name->len : 0);
	rcu_read_unlock();
	return 0;
}

static void file_free_mark(struct fsnotify_mark *fsn)
{
	kfree(container_of(fsn, struct aem_mark, fsn));
}

static const struct fsnotify_ops file_fsnotify_ops = {
	.handle_inode_event	= file_event,
	.free_mark		= file_free_mark,
};

/* As inotify: whoever may read it. */
static int file_mark(struct aem_src *src, struct file *file)
{
	struct inode *inode = file_inode(file);
	struct aem_mark *mark;
	int err;

	err = file_permission(file, MAY_READ);
	if (err)
		return err;
	mark = kzalloc(sizeof(*mark), GFP_KERNEL_ACCOUNT);
	if (!mark)
		return -ENOMEM;
	fsnotify_init_mark(&mark->fsn, file_group);
	mark->fsn.mask = src->events | FILE_ALWAYS;
	if (src->flags & AEM_F_CHILDREN)
		mark->fsn.mask |= FS_EVENT_ON_CHILD;
	RCU_INIT_POINTER(mark->src, src);
	err = fsnotify_add_inode_mark(&mark->fsn, inode, 0);
	if (err) {
		fsnotify_put_mark(&mark->fsn);
		return err;
	}
	src->mark = mark;
	return 0;
}

static int file_add(struct aem_src *src, struct aem_source *desc)
{
	struct file *file;
	int err;

	err = aem_stream_add(src, desc);
	if (err)
		return err;
	file = fget_raw(desc->fd);
	err = file ? file_mark(src, file) : -EBADF;
	if (file)
		fput(file);
	if (err)
		aem_stream_del(src);
	return err;
}

static void file_del(struct aem_src *src)
{
	struct aem_mark *mark = src->mark;

	RCU_INIT_POINTER(mark->src, NULL);
	aem_happen_stop(src);
	fsnotify_destroy_mark(&mark->fsn, file_group);
	fsnotify_put_mark(&mark->fsn);
	aem_stream_del(src);
}

const struct aem_kind_ops aem_file_ops = {
	.add	= file_add,
	.stop	= aem_happen_stop,
	.del	= file_del,
};

/**
 * aem_file_init() - make the group
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int aem_file_init(void)
{
	file_group = fsnotify_alloc_group(&file_fsnotify_ops,
					  FSNOTIFY_GROUP_DUPS);
	return PTR_ERR_OR_ZERO(file_group);
}

/**
 * aem_file_exit() - free the group
 *
 * Context: Process context. May sleep: for events that are being handled, and
 * for the marks to be freed. There are no sources.
 */
void aem_file_exit(void)
{
	fsnotify_wait_marks_destroyed();
	fsnotify_put_group(file_group);
}
