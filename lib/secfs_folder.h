/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A module's folder in /sys/kernel/security, with the files it always has.
 *
 * Not locked: made when the module is loaded and removed when it goes. An open
 * file holds the module.
 */
#ifndef _CGL_SECFS_FOLDER_H
#define _CGL_SECFS_FOLDER_H

#include <linux/err.h>
#include <linux/fs.h>
#include <linux/security.h>

/**
 * struct cgl_secfs_file - a file of the folder
 * @name: of it
 * @mode: of it
 * @fops: their owner is the module
 * @dentry: of it, while the folder is there
 */
struct cgl_secfs_file {
	const char *name;
	umode_t mode;
	const struct file_operations *fops;
	struct dentry *dentry;
};

/**
 * cgl_secfs_remove() - remove a folder and its files
 * @folder: of cgl_secfs_create()
 * @files: in it; those that are not there are passed over
 * @n: of them
 *
 * Context: Process context. May sleep.
 */
static inline void cgl_secfs_remove(struct dentry *folder,
				    struct cgl_secfs_file *files, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		securityfs_remove(files[i].dentry);
		files[i].dentry = NULL;
	}
	securityfs_remove(folder);
}

/**
 * cgl_secfs_create() - make a folder with files
 * @name: of the folder
 * @files: in it
 * @n: of them
 *
 * Context: Process context. May sleep.
 * Return: the folder, or an ERR_PTR() with nothing left behind.
 */
static inline struct dentry *cgl_secfs_create(const char *name,
					      struct cgl_secfs_file *files,
					      size_t n)
{
	struct dentry *folder = securityfs_create_dir(name, NULL);
	struct dentry *d;
	size_t i;

	if (IS_ERR(folder))
		return folder;
	for (i = 0; i < n; i++) {
		d = securityfs_create_file(files[i].name, files[i].mode, folder,
					   NULL, files[i].fops);
		if (IS_ERR(d)) {
			cgl_secfs_remove(folder, files, n);
			return d;
		}
		files[i].dentry = d;
	}
	return folder;
}

#endif /* _CGL_SECFS_FOLDER_H */
