// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making the kernel call a hook, harmlessly, for LSMHOOK_PROBE().
 *
 * Each does with an object of its own what a program might do, so that the hook
 * comes along the way. The tasks, files and inodes of others are not touched.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/net.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include "lsmhook.h"

/**
 * lsmhook_probe_mmap_file() - make the kernel call mmap_file
 *
 * Maps an anonymous page into the calling process, and takes it away again.
 *
 * Context: Process context of a user task. May sleep.
 * Return: 0, or a negative error.
 */
int lsmhook_probe_mmap_file(void)
{
	unsigned long addr;

	if (!current->mm)
		return -ESRCH;
	addr = vm_mmap(NULL, 0, PAGE_SIZE, PROT_READ,
		       MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (IS_ERR_VALUE(addr))
		return addr;
	return vm_munmap(addr, PAGE_SIZE);
}

/**
 * lsmhook_probe_file_open() - make the kernel call file_open
 *
 * Opens the root directory of the calling process, and closes it.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int lsmhook_probe_file_open(void)
{
	struct file *file = filp_open("/", O_RDONLY | O_DIRECTORY, 0);

	if (IS_ERR(file))
		return PTR_ERR(file);
	return filp_close(file, NULL);
}

/**
 * lsmhook_probe_path_truncate() - make the kernel call path_truncate
 *
 * Truncates a nameless file in memory, made for this.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int lsmhook_probe_path_truncate(void)
{
	struct file *file = shmem_file_setup("lsmhook", PAGE_SIZE, 0);
	int err;

	if (IS_ERR(file))
		return PTR_ERR(file);
	err = vfs_truncate(&file->f_path, 0);
	fput(file);
	return err;
}

/**
 * lsmhook_probe_inode_free_security() - make the kernel call
 * inode_free_security
 *
 * Makes a local socket, which has an inode, and releases it.
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int lsmhook_probe_inode_free_security(void)
{
	struct socket *sock;
	int err = sock_create_lite(PF_UNIX, SOCK_DGRAM, 0, &sock);

	if (err)
		return err;
	sock_release(sock);
	return 0;
}
