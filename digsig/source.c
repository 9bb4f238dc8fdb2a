// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the bytes of a file come from: which inode, which page cache, and what
 * keeps them from changing while they are read.
 *
 * Everything the module knows about kinds of file systems is in this file. What
 * is mapped executable comes out of a page cache, so the same page cache is
 * read, by the same way as a page fault fills it; that is why a file may be read
 * under mmap_lock. Below overlayfs the page cache of the real file is mapped,
 * and so the real inode is the one that is judged.
 *
 * While a source is open, writers are denied: i_writecount is held below zero,
 * as it is while a program runs. Whoever has the file open for writing already
 * prevents that, and with it any verdict. Memory files (memfd) are made open for
 * writing without being counted, so they are judged only when they are sealed
 * against writing; then they cannot change any more, whoever has them open.
 *
 * Remote file systems (NFS, CIFS, 9p, FUSE, and cluster file systems on a shared
 * disk) change behind the back of this kernel. With the parameter "remote" their
 * pages are dropped before reading, as far as they are not in use, so that what
 * is read is what the server has; what the server gives to a later page fault is
 * beyond the kernel's knowledge, and no verdict is kept.
 */
#include <linux/backing-dev.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/highmem.h>
#include <linux/hugetlb.h>
#include <linux/iversion.h>
#include <linux/magic.h>
#include <linux/major.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <uapi/linux/fcntl.h>

#include "digsig.h"
#include "engine.h"

/* Not in <linux/magic.h>. */
#define JFFS2_MAGIC	0x72b6
#define UBIFS_MAGIC	0x24051905
#define GFS2_MAGIC	0x01161970

#define SEALS_NEEDED	(F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW)

static bool is_shmem(const struct inode *inode)
{
	return IS_ENABLED(CONFIG_SHMEM) &&
	       inode->i_sb->s_magic == TMPFS_MAGIC;
}

/*
 * The file whose pages are mapped. An overlay file keeps the real file that it
 * was opened with, and mmap() uses that one even after a copy-up, so the dentry,
 * which leads to the upper file by then, must not be asked. A lower layer may
 * be an overlay again.
 */
static struct file *real_file(struct file *file)
{
	while (file_inode(file)->i_sb->s_magic == OVERLAYFS_SUPER_MAGIC &&
	       S_ISREG(file_inode(file)->i_mode) && file->private_data)
		file = file->private_data;
	return file;
}

/**
 * digsig_inode() - the inode whose page cache is mapped
 * @file: an open file
 *
 * Return: the inode of @file, on overlayfs that of the real file. It lives as
 * long as @file is held.
 */
struct inode *digsig_inode(const struct file *file)
{
	return file_inode(real_file((struct file *)file));
}

/*
 * File systems on a disk of this machine, or in its memory, change through this
 * kernel only. FUSE may have a disk below it, the cluster file systems share
 * theirs with other machines, and a process may serve the disk.
 */
static enum digsig_trust inode_trust(const struct inode *inode)
{
	if (IS_DAX(inode))
		return DIGSIG_TRUST_NONE;
	if (!is_shmem(inode) && !inode->i_mapping->a_ops->read_folio)
		return DIGSIG_TRUST_NONE;

	switch (inode->i_sb->s_magic) {
	case TMPFS_MAGIC:
	case RAMFS_MAGIC:
	case JFFS2_MAGIC:
	case UBIFS_MAGIC:
		return DIGSIG_TRUST_LOCAL;
	case FUSE_SUPER_MAGIC:
	case GFS2_MAGIC:
	case OCFS2_SUPER_MAGIC:
		return DIGSIG_TRUST_REMOTE;
	}
	if (!(inode->i_sb->s_type->fs_flags & FS_REQUIRES_DEV) ||
	    digsig_disk_served(inode->i_sb))
		return DIGSIG_TRUST_REMOTE;
	return DIGSIG_TRUST_LOCAL;
}

/**
 * digsig_source_init() - find out where a file's bytes come from
 * @src: to be filled in
 * @file: the file that is to run; held by the caller as long as @src is used
 *
 * Reads nothing and holds nothing.
 *
 * Context: Any context.
 * Return: DIGSIG_REASON_NONE, or why this file cannot be judged.
 */
enum digsig_reason digsig_source_init(struct digsig_source *src,
				      struct file *file)
{
	memset(src, 0, sizeof(*src));
	src->file = real_file(file);
	src->inode = file_inode(src->file);
	if (!S_ISREG(src->inode->i_mode))
		return DIGSIG_REASON_NOT_REGULAR;

	src->trust = inode_trust(src->inode);
	if (src->trust == DIGSIG_TRUST_NONE)
		return DIGSIG_REASON_FILESYSTEM;
	if (src->trust == DIGSIG_TRUST_REMOTE && !READ_ONCE(digsig_remote))
		return DIGSIG_REASON_FILESYSTEM;
	return DIGSIG_REASON_NONE;
}

/* Made by memfd_create(), or by the kernel for itself: on a mount of its own. */
static bool is_memory_file(const struct inode *inode)
{
	return is_shmem(inode) && inode->i_sb->s_flags & SB_KERNMOUNT;
}

static bool inode_sealed(struct inode *inode)
{
	return (READ_ONCE(SHMEM_I(inode)->seals) & SEALS_NEEDED) == SEALS_NEEDED;
}

/*
 * deny_write_access() takes a file, and what it does for one differs between
 * kernels; what is needed here is its meaning for the inode.
 */
static bool inode_deny_writers(struct inode *inode)
{
	return atomic_dec_unless_positive(&inode->i_writecount);
}

/**
 * digsig_source_open() - hold a file still, to read it
 * @src: from digsig_source_init()
 *
 * Context: Process context, may be under mmap_lock. May sleep.
 * Return: DIGSIG_REASON_NONE, and digsig_source_close() is owed; or
 * DIGSIG_REASON_WRITER, and it is not.
 */
enum digsig_reason digsig_source_open(struct digsig_source *src)
{
	struct inode *inode = src->inode;

	if (is_memory_file(inode)) {
		if (!inode_sealed(inode))
			return DIGSIG_REASON_WRITER;
	} else {
		src->denied = inode_deny_writers(inode);
		if (!src->denied)
			return DIGSIG_REASON_WRITER;
	}
	/* A mapping that may write outlives the descriptor it was made with. */
	if (mapping_writably_mapped(inode->i_mapping)) {
		digsig_source_close(src);
		return DIGSIG_REASON_WRITER;
	}

	if (src->trust == DIGSIG_TRUST_REMOTE)
		invalidate_inode_pages2(inode->i_mapping);
	if (IS_I_VERSION(inode))
		inode_query_iversion(inode);
	src->size = i_size_read(inode);
	src->version = digsig_inode_version(inode);
	file_ra_state_init(&src->ra, inode->i_mapping);
	return DIGSIG_REASON_NONE;
}

/**
 * digsig_source_close() - let writers write again
 * @src: an open source
 */
void digsig_source_close(struct digsig_source *src)
{
	if (src->denied)
		atomic_inc(&src->inode->i_writecount);
	src->denied = false;
}

/**
 * digsig_source_changed() - did a file change since it was opened
 * @src: an open source
 *
 * With writers denied only the file system itself could have changed it.
 *
 * Context: Any.
 * Return: true if it did.
 */
bool digsig_source_changed(const struct digsig_source *src)
{
	return i_size_read(src->inode) != src->size ||
	       digsig_inode_version(src->inode) != src->version;
}

/* Start reading ahead of @index if it is not there, or is where to go on. */
static struct page *page_ahead(struct digsig_source *src, pgoff_t index)
{
	struct address_space *mapping = src->inode->i_mapping;
	unsigned long left = DIV_ROUND_UP(src->size, PAGE_SIZE) - index;
	DEFINE_READAHEAD(ractl, src->file, &src->ra, mapping, index);
	struct page *page = find_get_page(mapping, index);

	if (!page)
		page_cache_sync_ra(&ractl, left);
	else if (folio_test_readahead(page_folio(page)))
		page_cache_async_ra(&ractl, page_folio(page), left);
	return page;
}

/* A hole of a memory file becomes a page of zeroes, as when it is mapped. */
static struct page *page_get(struct digsig_source *src, pgoff_t index)
{
	struct address_space *mapping = src->inode->i_mapping;
	struct page *page;

	if (is_shmem(src->inode))
		return shmem_read_mapping_page(mapping, index);

	page = page_ahead(src, index);
	if (page && PageUptodate(page))
		return page;
	if (page)
		put_page(page);
	return read_mapping_page(mapping, index, src->file);
}

/*
 * Who registered a page for I/O while he had it mapped may write to it for as
 * long as he likes, the mapping and the descriptor gone. For a small page the
 * kernel counts such a pin as many references, so those of mappings, of which
 * a library has hundreds, are taken off.
 */
static bool page_pinned(struct page *page)
{
	struct folio *folio = page_folio(page);
	int refs;

	if (folio_test_large(folio))
		return folio_maybe_dma_pinned(folio);
	refs = folio_ref_count(folio);
	return refs - (atomic_read(&folio->_mapcount) + 1) >=
	       GUP_PIN_COUNTING_BIAS;
}

/*
 * The rest of the last page is mapped as well, and is in no hash. It is zeroes
 * unless somebody wrote there through a mapping, or it is so on the disk.
 */
static bool page_has_tail(const struct digsig_source *src, struct page *page,
			  pgoff_t index)
{
	size_t end = offset_in_page(src->size);
	bool found;
	void *addr;

	if (!end || index != src->size >> PAGE_SHIFT)
		return false;
	addr = kmap_local_page(page);
	found = memchr_inv(addr + end, 0, PAGE_SIZE - end);
	kunmap_local(addr);
	return found;
}

/**
 * digsig_source_page() - one page of a file, up to date, and only the file's
 * @src: an open source
 * @index: of the page, below the end of the file
 *
 * Context: Process context, may be under mmap_lock. May sleep.
 * Return: the page, which the caller puts, or an ERR_PTR:
 *
 * * -ETXTBSY - it may be written to by I/O that is set up already
 * * -EBADE - there is something behind the end of the file
 * * else - it could not be read
 */
struct page *digsig_source_page(struct digsig_source *src, pgoff_t index)
{
	struct page *page = page_get(src, index);
	int err = 0;

	if (IS_ERR(page))
		return page;
	if (page_pinned(page))
		err = -ETXTBSY;
	else if (page_has_tail(src, page, index))
		err = -EBADE;
	if (!err)
		return page;
	put_page(page);
	return ERR_PTR(err);
}

/**
 * digsig_source_read() - copy a few bytes of a file
 * @src: an open source
 * @pos: offset of the first byte
 * @buf: where to copy them
 * @len: number of bytes; @pos + @len is at most @src->size
 *
 * Context: Process context, may be under mmap_lock. May sleep.
 * Return: 0, or a negative error of reading.
 */
int digsig_source_read(struct digsig_source *src, loff_t pos, void *buf,
		       size_t len)
{
	struct page *page;
	size_t offset, n;

	for (; len; pos += n, buf += n, len -= n) {
		offset = offset_in_page(pos);
		n = min_t(size_t, len, PAGE_SIZE - offset);
		page = digsig_source_page(src, pos >> PAGE_SHIFT);
		if (IS_ERR(page))
			return PTR_ERR(page);
		memcpy_from_page(buf, page, offset, n);
		put_page(page);
	}
	return 0;
}

/*
 * mmap() of huge pages without a file makes a file that user space cannot name.
 * A memory file of huge pages lies on the same mount as "memfd:...".
 */
static bool is_anonymous_hugetlb(const struct file *file)
{
	return file_inode(file)->i_sb->s_magic == HUGETLBFS_MAGIC &&
	       file->f_path.mnt->mnt_flags & MNT_INTERNAL &&
	       !strcmp(file->f_path.dentry->d_name.name, HUGETLB_ANON_FILE);
}

/**
 * digsig_file_anonymous() - is a file only the kernel's way to hold memory
 * @file: the file of a mapping
 *
 * Mappings of /dev/zero are anonymous memory. System V shared memory and shared
 * anonymous mappings lie in files of a mount of the kernel's own, marked
 * private: they have no name, cannot be signed, and whoever attaches to them
 * may write to them at any time, so they are judged as the memory they are.
 * memfd files are not among them: they have a descriptor, can be executed, and
 * can be sealed, so they are judged by their contents like any file.
 *
 * Context: Any.
 * Return: true if @file is to be judged as anonymous memory.
 */
bool digsig_file_anonymous(const struct file *file)
{
	const struct inode *inode = file_inode(file);
	unsigned long magic = inode->i_sb->s_magic;

	if (S_ISCHR(inode->i_mode))
		return inode->i_rdev == MKDEV(MEM_MAJOR, 5);
	if (IS_PRIVATE(inode))
		return magic == TMPFS_MAGIC || magic == HUGETLBFS_MAGIC;
	return is_anonymous_hugetlb(file);
}
