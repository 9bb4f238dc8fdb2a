/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an older kernel lacks or calls by another name.
 *
 * The code of the project is written for the newer kernel; this is the only place
 * that knows about others, and the only one with LINUX_VERSION_CODE. It asks for
 * the feature and not for the version where it can: stable kernels receive
 * backports.
 */
#ifndef _CGL_COMPAT_H
#define _CGL_COMPAT_H

#include <linux/fs.h>
#include <linux/ftrace.h>
#include <linux/mm.h>
#include <linux/net.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/udp.h>
#include <linux/version.h>
#include <net/net_namespace.h>

/* 6.1 has it by its older name. */
#ifndef ftrace_regs_set_instruction_pointer
#define ftrace_regs_set_instruction_pointer(fregs, ip) \
	ftrace_instruction_pointer_set(fregs, ip)
#endif

/*
 * A reference to the file in an RCU-protected pointer, or NULL. The caller is in
 * an RCU read-side section. Where get_file_rcu() is a macro, files are freed by
 * RCU and it takes the file; where it is a function, they may be used again
 * at once and it takes the pointer.
 */
#ifdef get_file_rcu
static inline struct file *cgl_get_file_rcu(struct file __rcu **pointer)
{
	struct file *file;

	do {
		file = rcu_dereference(*pointer);
	} while (file && !get_file_rcu(file));
	return file;
}
#else
#define cgl_get_file_rcu(pointer) get_file_rcu(pointer)
#endif

/* Older kernels count the entries up to an empty one. */
#ifdef register_net_sysctl
#define cgl_register_net_sysctl(net, path, table, n) \
	register_net_sysctl_sz(net, path, table, n)
#else
#define cgl_register_net_sysctl(net, path, table, n) \
	((void)(n), register_net_sysctl(net, path, table))
#endif

/* Newer kernels hold the module while a socket is asked about. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define CGL_SOCK_DIAG_OWNER	.owner = THIS_MODULE,
#else
#define CGL_SOCK_DIAG_OWNER
#endif

/*
 * CGL_PROTO_ACCEPT(name, accept) makes the accept() of a proto_ops from
 * accept(sock, newsock, flags, kern); CGL_PROTO_SENDPAGE is the initialiser
 * of what 6.5 does without.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 10, 0)
#define CGL_PROTO_ACCEPT(name, accept) \
static int name(struct socket *sock, struct socket *newsock, \
		struct proto_accept_arg *arg) \
{ \
	return accept(sock, newsock, arg->flags, arg->kern); \
}
#else
#define CGL_PROTO_ACCEPT(name, accept) \
static int name(struct socket *sock, struct socket *newsock, int flags, \
		bool kern) \
{ \
	return accept(sock, newsock, flags, kern); \
}
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#define CGL_PROTO_SENDPAGE
#else
#define CGL_PROTO_SENDPAGE	.sendpage = sock_no_sendpage,
#endif

/* Headers are chosen by version: sparse does not know __has_include(). */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 12, 0)
#include <linux/unaligned.h>
#else
#include <asm/unaligned.h>
#endif

/* Where the UDP sockets of a network namespace are. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define cgl_udp_table(net) ((net)->ipv4.udp_table)
#else
#define cgl_udp_table(net) (&udp_table)
#endif

/* A UDP socket that is given chains of packets as they are. */
#ifdef udp_set_bit
#define cgl_udp_accept_chains(sk)	udp_set_bit(ACCEPT_FRAGLIST, sk)
#else
#define cgl_udp_accept_chains(sk)	(udp_sk(sk)->accept_udp_fraglist = 1)
#endif

/* What the hook bprm_committing_creds is given is const in newer kernels. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define cgl_committing_bprm const struct linux_binprm
#else
#define cgl_committing_bprm struct linux_binprm
#endif

/* Opening with O_TRUNC is asked about as path_truncate in older kernels. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 2, 0)
#define CGL_LSM_FILE_TRUNCATE
#endif

/* A block device that is looked at: opened by number, and closed. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define cgl_bdev_handle struct file
#define cgl_bdev_open(dev) \
	bdev_file_open_by_dev(dev, BLK_OPEN_READ, NULL, NULL)
#define cgl_bdev_of(handle) file_bdev(handle)
#define cgl_bdev_close(handle) fput(handle)
#else
#define cgl_bdev_handle struct block_device
#define cgl_bdev_open(dev) blkdev_get_by_dev(dev, FMODE_READ, NULL)
#define cgl_bdev_of(handle) (handle)
#define cgl_bdev_close(handle) blkdev_put(handle, FMODE_READ)
#endif

/* 6.1 has it with another way to the registers. */
#ifndef ftrace_regs_get_argument
#define ftrace_regs_get_argument(fregs, n) \
	regs_get_kernel_argument(&(fregs)->regs, n)
#endif

/*
 * IPv4's entry in the table of GRO, and the list of taps on all devices. Where
 * there is a struct net_hotdata they are in it. @find looks up a symbol.
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#define cgl_hotdata(find) ((struct net_hotdata *)(find)("net_hotdata"))
#define cgl_ip_packet_offload(find) \
	(cgl_hotdata(find) ? &cgl_hotdata(find)->ip_packet_offload : NULL)
#define cgl_ptype_all(find) \
	(cgl_hotdata(find) ? &cgl_hotdata(find)->ptype_all : NULL)
#else
#define cgl_ip_packet_offload(find) \
	((struct packet_offload *)(find)("ip_packet_offload"))
#define cgl_ptype_all(find) ((struct list_head *)(find)("ptype_all"))
#endif

/* Flags of an IP socket, which older kernels have as bits of the socket. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
#define cgl_inet_cmsg_flags(sk) inet_cmsg_flags(inet_sk(sk))
#define cgl_inet_is_icsk(sk) inet_test_bit(IS_ICSK, sk)
#define cgl_inet_hdrincl(sk) inet_test_bit(HDRINCL, sk)
#else
#define cgl_inet_cmsg_flags(sk) READ_ONCE(inet_sk(sk)->cmsg_flags)
#define cgl_inet_is_icsk(sk) (inet_sk(sk)->is_icsk)
#define cgl_inet_hdrincl(sk) (inet_sk(sk)->hdrincl)
#endif

/* Since 6.3 the flags of a mapping are changed by functions that lock. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void vm_flags_set(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags |= flags;
}

static inline void vm_flags_clear(struct vm_area_struct *vma, vm_flags_t flags)
{
	vma->vm_flags &= ~flags;
}
#endif

/* Its functions were in <linux/skbuff.h> before. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#else
#include <linux/skbuff.h>
#endif

/*
 * A device that is sent to without a lock and stays in its namespace. Older
 * kernels have features for it.
 */
#ifdef NETIF_F_LLTX
#define cgl_dev_lltx_immutable(dev) \
	((dev)->features |= NETIF_F_LLTX | NETIF_F_NETNS_LOCAL)
#else
#define cgl_dev_lltx_immutable(dev) \
	((dev)->lltx = true, (dev)->netns_immutable = true)
#endif

/* Attributes of the request that a generic netlink dump answers. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define cgl_dump_attrs(cb) (genl_dumpit_info(cb)->attrs)
#else
#define cgl_dump_attrs(cb) (genl_info_dump(cb)->attrs)
#endif

/* Since 6.7 shrinkers are allocated. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 7, 0)
#define shrinker_alloc(flags, name)	kzalloc(sizeof(struct shrinker), GFP_KERNEL)
/* One that could not be registered is not asked, and freed all the same. */
#define shrinker_register(s)		((void)register_shrinker(s, "cgl"))
#define shrinker_free(s)		(unregister_shrinker(s), kfree(s))
#endif

/*
 * A slab cache that is merged with no other of its size, whose name would stay in
 * sysfs when ours goes. Where no flag says so, a byte that may be copied to user
 * space does. A constructor would, too, but makes objects longer.
 */
#ifdef SLAB_NO_MERGE
#define cgl_cache_create(name, size, align) \
	kmem_cache_create(name, size, align, SLAB_NO_MERGE, NULL)
#else
#define cgl_cache_create(name, size, align) \
	kmem_cache_create_usercopy(name, size, align, 0, 0, 1, NULL)
#endif

#endif /* _CGL_COMPAT_H */
