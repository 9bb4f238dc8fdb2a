// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/aem: what user space calls, checked and handed on.
 *
 * Everyone may open it: a context watches nothing that its process could not
 * watch by other means, and what it costs is limited and charged (limits.c).
 */
#include <linux/compat.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "aem.h"

static int device_open(struct inode *inode, struct file *file)
{
	struct aem_ctx *ctx = aem_ctx_new();

	if (IS_ERR(ctx))
		return PTR_ERR(ctx);
	file->private_data = ctx;
	return nonseekable_open(inode, file);
}

static int device_release(struct inode *inode, struct file *file)
{
	struct aem_ctx *ctx = file->private_data;

	aem_ctx_shutdown(ctx);
	aem_ctx_put(ctx);
	return 0;
}

static int device_mmap(struct file *file, struct vm_area_struct *vma)
{
	return aem_ctx_map(file->private_data, vma);
}

static __poll_t device_poll(struct file *file, poll_table *table)
{
	return aem_bell_poll(file->private_data, file, table);
}

static long device_setup(struct aem_ctx *ctx, struct aem_setup __user *arg)
{
	struct aem_setup setup;
	int err;

	if (copy_from_user(&setup, arg, sizeof(setup)))
		return -EFAULT;
	err = aem_ctx_setup(ctx, &setup);
	if (err)
		return err;
	return copy_to_user(arg, &setup, sizeof(setup)) ? -EFAULT : 0;
}

static long device_fire(struct aem_ctx *ctx, struct aem_fire __user *arg)
{
	struct aem_fire fire;

	if (copy_from_user(&fire, arg, sizeof(fire)))
		return -EFAULT;
	return aem_user_fire(ctx, &fire);
}

/* Calls for the process that set the context up, with its ring mapped. */
static long device_own(struct aem_ctx *ctx, unsigned int cmd, void __user *arg)
{
	struct aem_notify notify;
	struct aem_timer timer;

	switch (cmd) {
	case AEM_IOC_ADD:
		return aem_source_add(ctx, arg);
	case AEM_IOC_CTL:
		return aem_source_ctl(ctx, arg);
	case AEM_IOC_TIMER:
		if (copy_from_user(&timer, arg, sizeof(timer)))
			return -EFAULT;
		return aem_timer_set(ctx, &timer);
	case AEM_IOC_NOTIFY:
		if (copy_from_user(&notify, arg, sizeof(notify)))
			return -EFAULT;
		return aem_bell_notify(ctx, &notify);
	}
	return -ENOTTY;
}

static long device_ioctl(struct file *file, unsigned int cmd,
			 unsigned long arg)
{
	struct aem_ctx *ctx = file->private_data;

	if (cmd == AEM_IOC_SETUP)
		return device_setup(ctx, (void __user *)arg);
	/* Pairs with the release in aem_ctx_setup(). */
	if (!smp_load_acquire(&ctx->hdr))
		return -ENXIO;
	if (cmd == AEM_IOC_FIRE)
		return device_fire(ctx, (void __user *)arg);
	if (current->mm != ctx->mm)
		return -EPERM;
	if (READ_ONCE(ctx->dead))
		return -ESHUTDOWN;
	if (!atomic_read(&ctx->mappings))
		return -ENXIO;
	if (cmd == AEM_IOC_WAIT)
		return aem_wait(ctx, arg);
	return device_own(ctx, cmd, (void __user *)arg);
}

#ifdef CONFIG_COMPAT
/* The layouts are the same; nanoseconds come as 32 bits. */
static long device_compat_ioctl(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	if (cmd == AEM_IOC_WAIT)
		return device_ioctl(file, cmd, (long)(compat_long_t)arg);
	return device_ioctl(file, cmd, (unsigned long)compat_ptr(arg));
}
#endif

const struct file_operations aem_device_fops = {
	.owner		= THIS_MODULE,
	.open		= device_open,
	.release	= device_release,
	.mmap		= device_mmap,
	.poll		= device_poll,
	.unlocked_ioctl	= device_ioctl,
#ifdef CONFIG_COMPAT
	.compat_ioctl	= device_compat_ioctl,
#endif
};

static struct miscdevice aem_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "aem",
	.mode	= 0666,
	.fops	= &aem_device_fops,
};

/**
 * aem_device_init() - make /dev/aem
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error.
 */
int aem_device_init(void)
{
	return misc_register(&aem_device);
}

/**
 * aem_device_exit() - remove /dev/aem
 *
 * Context: Process context. May sleep. No file is open: that holds the module.
 */
void aem_device_exit(void)
{
	misc_deregister(&aem_device);
}
