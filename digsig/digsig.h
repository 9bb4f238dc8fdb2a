/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of digsig_lsm tell each other.
 *
 * The way of a question: hooks.c (what is asked) -> verify.c (what is this file,
 * answered from cache.c where it can be) -> policy.c, pure (does it run) ->
 * event.c (who is told) -> an errno. Whatever changes the answer for files that
 * were judged before (a key, a catalog, a revocation list) calls
 * digsig_generation_bump() after the change is visible.
 */
#ifndef _DIGSIG_DIGSIG_H
#define _DIGSIG_DIGSIG_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/percpu.h>
#include <linux/types.h>
#include <linux/digsig_lsm.h>
#include <linux/digsig_format.h>

/**
 * struct digsig_verdict - what is known about the contents of one file
 * @reason: enum digsig_reason; DIGSIG_REASON_NONE means verified
 * @flags: DIGSIG_FLAG_*, signed; 0 unless verified
 * @sid: security ID, signed; 0 unless verified
 * @generation: signed; 0 unless verified
 * @has_digest: @digest was computed
 * @has_key: @key_id was read from a footer or is the key of the catalog
 * @digest: content digest, or the digest of the whole file
 * @key_id: the key that signed the file or the catalog
 */
struct digsig_verdict {
	u32	reason;
	u32	flags;
	u32	sid;
	u32	generation;
	bool	has_digest;
	bool	has_key;
	u8	digest[DIGSIG_DIGEST_LEN];
	u8	key_id[DIGSIG_KEY_ID_LEN];
};

/* ---- verify.c, cache.c, hash.c --------------------------------------------- */

/**
 * digsig_generation - number of changes of keys, catalogs and lists
 *
 * A cached verdict with another number is judged anew before it is used.
 */
extern unsigned int digsig_generation;
void digsig_generation_bump(void);

/* Full answer for a file: from the cache, or by reading it. May sleep. */
void digsig_verify(struct file *file, struct digsig_verdict *verdict);

/*
 * Answer without sleeping, from the cache only: what a running program's file
 * is known to be. False if nothing valid is known. Any context, takes RCU.
 */
bool digsig_verdict_cached(const struct inode *inode,
			   struct digsig_verdict *verdict);

/* The inode whose page cache is executed: below overlayfs the real one. */
struct inode *digsig_inode(const struct file *file);

/* A file that nobody can open, with which the kernel holds shared memory. */
bool digsig_file_anonymous(const struct file *file);

/* Is the current task inside the system call brk()? */
bool digsig_task_in_brk(void);

/* Wait until who was past a hook has made its mapping; false: not all have. */
bool digsig_mappers_wait(void);

/* disk.c: is what somebody writes to below verified files? */
bool digsig_disk_stacked(const struct super_block *sb);
bool digsig_disk_below_verified(dev_t dev);
bool digsig_file_below_verified(const struct inode *inode);
bool digsig_disk_rearranged(const struct file *file, unsigned int cmd);
bool digsig_disk_served(const struct super_block *sb);

int digsig_cache_init(void);
void digsig_cache_exit(void);
u64 digsig_cache_count(void);
const char *digsig_hash_driver(void);
int digsig_hash_init(void);
void digsig_hash_exit(void);

/* ---- keys.c, catalogs.c, revocations.c --------------------------------------- */

struct netlink_ext_ack;
struct sk_buff;

/* Each call says in @extack what is wrong. Process context, may sleep. */
int digsig_key_add(const void *der, size_t len, u8 *key_id,
		   struct netlink_ext_ack *extack);
int digsig_key_del(const u8 *key_id, struct netlink_ext_ack *extack);
int digsig_catalog_add(struct file *file, char *name,
		       struct netlink_ext_ack *extack);
int digsig_catalog_del(const char *name, struct netlink_ext_ack *extack);
int digsig_revocation_load(struct file *file, u64 *number,
			   struct netlink_ext_ack *extack);

/* One object per call, for resumable dumps: the @index-th, false at the end. */
struct digsig_key_info {
	u8	key_id[DIGSIG_KEY_ID_LEN];
	char	subject[128];
	u8	alg;
	u32	bits;
	u64	files;
	u32	flags;		/* DIGSIG_KEYF_* */
};

struct digsig_catalog_info {
	char	name[16];
	u32	count;
	u32	generation;
	u8	key_id[DIGSIG_KEY_ID_LEN];
	u64	hits;
};

bool digsig_key_info(unsigned int index, struct digsig_key_info *info);
bool digsig_catalog_info(unsigned int index, struct digsig_catalog_info *info);
unsigned int digsig_key_count(void);
u64 digsig_revocation_number(void);
u32 digsig_min_generation(void);
bool digsig_anchored(void);

/* Called once when the mode becomes locked: from then on keys need the anchor. */
void digsig_keys_lock(void);

int digsig_keys_init(void);
void digsig_keys_exit(void);
void digsig_catalogs_exit(void);
void digsig_revocations_exit(void);

/* ---- event.c, mode.c ------------------------------------------------------------ */

/* Read once per hook, without a lock. */
extern unsigned int digsig_mode;	/* enum digsig_mode */
extern bool digsig_strict;
extern bool digsig_remote;		/* module parameter "remote" */

/**
 * digsig_refuse() - report a refusal, and say whether it takes effect
 * @op: what was asked for
 * @verdict: why it is refused; @verdict->reason is not DIGSIG_REASON_NONE
 * @file: the file in question, or NULL
 *
 * Counts, traces, audits (rate-limited), remembers for DENIED_GET and tells the
 * listeners, whatever the mode; events never sleep on a listener.
 *
 * Context: process context; may be called under mmap_lock. May sleep.
 * Return: the errno of the reason in enforce and locked mode, 0 in log mode.
 */
int digsig_refuse(enum digsig_op op, const struct digsig_verdict *verdict,
		  struct file *file);

/* The same for refusals that are not about a file's contents. */
int digsig_refuse_reason(enum digsig_op op, enum digsig_reason reason,
			 struct file *file);

struct digsig_preflight;

/*
 * Change the mode; @strict is 0, 1, or negative to leave it. What stood in the
 * way is collected in @preflight, which may be NULL. main.c calls it with NULL
 * for the mode that a module parameter names.
 */
int digsig_mode_set(unsigned int mode, int strict,
		    struct digsig_preflight *preflight,
		    struct netlink_ext_ack *extack);

int digsig_event_init(void);
void digsig_event_exit(void);
int digsig_netlink_init(void);
void digsig_netlink_exit(void);
int digsig_fs_init(void);
void digsig_fs_exit(void);

/**
 * struct digsig_counters - counters of one CPU
 * @stat: by enum digsig_stat
 * @reason: by enum digsig_reason
 */
struct digsig_counters {
	u64	stat[__DIGSIG_ST_MAX];
	u64	reason[__DIGSIG_REASON_MAX];
};

DECLARE_PER_CPU(struct digsig_counters, digsig_counters);

/* One instruction, which writes to memory of this CPU only. Any context. */
static inline void digsig_stat_add(unsigned int stat, u64 n)
{
	this_cpu_add(digsig_counters.stat[stat], n);
}

/* Sums over the CPUs. */
u64 digsig_stat_read(unsigned int stat);
u64 digsig_stat_reason(unsigned int reason);

/* main.c: from now on the module cannot be unloaded, not even by force. */
void digsig_module_stay(void);

/* ---- hooks.c, strict_hooks.c, strict.c ------------------------------------------- */

int digsig_hooks_init(void);
void digsig_hooks_exit(void);

int digsig_strict_hooks_begin(struct netlink_ext_ack *extack);
void digsig_strict_hooks_end(void);

/*
 * strict.c: what strict mode adds to a hook. Each returns 0 or an errno, having
 * reported the refusal, and returns 0 at once when strict mode is off.
 *
 * digsig_strict_anonymous() is for every way to make memory executable whose
 * contents are not those of a verified file: anonymous memory, and private file
 * mappings that are writable or have been written to (vma->anon_vma).
 * digsig_strict_prctl() is for the hook task_prctl, where 0 from here has to
 * become -ENOSYS.
 */
int digsig_strict_anonymous(enum digsig_op op);
int digsig_strict_open(struct file *file);
int digsig_strict_ptrace(struct task_struct *child, unsigned int mode);
int digsig_strict_traceme(struct task_struct *parent);
int digsig_strict_prctl(int option, unsigned long arg2);
int digsig_strict_ioctl(struct file *file, unsigned int cmd);
int digsig_strict_init(void);
void digsig_strict_exit(void);

#endif /* _DIGSIG_DIGSIG_H */
