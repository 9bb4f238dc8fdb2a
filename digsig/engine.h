/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that verify tell each other; digsig.h has what the rest of the
 * module may know.
 *
 * A file is read once, by verify.c through source.c and hash.c, and leaves facts:
 * what the footer claims, what the contents hash to, whether the signature
 * matches. Facts are true as long as the contents do not change. A verdict is
 * what judge.c makes of the facts under the keys, catalogs and lists of the
 * moment; it is valid for one number of digsig_generation. cache.c keeps both,
 * so that a change of keys costs a new judgement and no reading.
 */
#ifndef _DIGSIG_ENGINE_H
#define _DIGSIG_ENGINE_H

#include <asm/barrier.h>
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/types.h>

#include "digsig.h"
#include "footer.h"

/* ---- what is known of a file: facts ---------------------------------------- */

/** enum digsig_fact - how far a file was read, and what was found */
enum digsig_fact {
	DIGSIG_FACT_MALFORMED = 1,	/* a footer that is wrong */
	DIGSIG_FACT_BARE,		/* no footer; not hashed */
	DIGSIG_FACT_HASHED,		/* no footer; @digest is of the whole file */
	DIGSIG_FACT_CLAIMED,		/* a footer is right in itself; not hashed */
	DIGSIG_FACT_SIGNED,		/* and the signature matches @digest */
	DIGSIG_FACT_MISMATCH,		/* and the signature does not */
	DIGSIG_FACT_ALGORITHM,		/* and the kernel cannot tell */
};

/**
 * struct digsig_facts - what reading a file has shown
 * @digest: if HASHED, or SIGNED and what follows it
 * @key_id: from the footer, if CLAIMED or what follows it
 * @flags: DIGSIG_FLAG_*, from the footer
 * @sid: from the footer
 * @generation: from the footer
 * @alg: enum digsig_alg, from the footer
 * @fact: enum digsig_fact
 * @reserved: zero; facts are compared with memcmp()
 */
struct digsig_facts {
	u8	digest[DIGSIG_DIGEST_LEN];
	u8	key_id[DIGSIG_KEY_ID_LEN];
	u32	flags;
	u32	sid;
	u32	generation;
	u8	alg;
	u8	fact;
	u16	reserved;
};

/**
 * digsig_generation_read() - which keys, catalogs and lists are in force
 *
 * Read before they are looked at; if it is the same afterwards, the answer is
 * theirs.
 */
static inline unsigned int digsig_generation_read(void)
{
	/* Pairs with the release in digsig_generation_bump(). */
	return smp_load_acquire(&digsig_generation);
}

bool digsig_judge(const struct digsig_facts *facts,
		  struct digsig_verdict *verdict);

/* ---- source.c: where the bytes of a file come from ------------------------- */

/** enum digsig_trust - how far a file system may be trusted to hold still */
enum digsig_trust {
	DIGSIG_TRUST_NONE,	/* contents cannot be read as they are mapped */
	DIGSIG_TRUST_REMOTE,	/* contents change behind the kernel's back */
	DIGSIG_TRUST_LOCAL,	/* contents change through this kernel only */
};

/**
 * struct digsig_source - a file that is to be read
 * @file: the file whose page cache is mapped; below overlayfs the real one
 * @inode: its inode
 * @size: of @inode, when it was opened here
 * @version: of @inode, when it was opened here
 * @trust: enum digsig_trust
 * @denied: writers are denied until digsig_source_close()
 * @ra: readahead state of this reading, so that the file's own is left alone
 */
struct digsig_source {
	struct file		*file;
	struct inode		*inode;
	loff_t			 size;
	u64			 version;
	enum digsig_trust	 trust;
	bool			 denied;
	struct file_ra_state	 ra;
};

enum digsig_reason digsig_source_init(struct digsig_source *src,
				      struct file *file);
enum digsig_reason digsig_source_open(struct digsig_source *src);
void digsig_source_close(struct digsig_source *src);
bool digsig_source_changed(const struct digsig_source *src);
int digsig_source_read(struct digsig_source *src, loff_t pos, void *buf,
		       size_t len);
struct page *digsig_source_page(struct digsig_source *src, pgoff_t index);

/**
 * digsig_inode_version() - a number that differs once an inode has changed
 * @inode: inode of a local file system
 *
 * The raw i_version, which is cheap to compare. On file systems that do not
 * maintain it the number is constant.
 */
static inline u64 digsig_inode_version(const struct inode *inode)
{
	return (u64)atomic64_read(&inode->i_version);
}

/* ---- hash.c ------------------------------------------------------------------ */

int digsig_hash_source(struct digsig_source *src, u64 len,
		       u8 digest[DIGSIG_DIGEST_LEN]);
int digsig_hash_bytes(const void *data, size_t len,
		      u8 digest[DIGSIG_DIGEST_LEN]);
int digsig_hash_two(const void *a, size_t a_len, const void *b, size_t b_len,
		    u8 digest[DIGSIG_DIGEST_LEN]);

/* ---- keys.c, catalogs.c, revocations.c, blob.c -------------------------------- */

/** enum digsig_key_state - what a key id means at this moment */
enum digsig_key_state {
	DIGSIG_KEY_UNKNOWN,
	DIGSIG_KEY_REVOKED,
	DIGSIG_KEY_TRUSTED,
};

/**
 * struct digsig_match - what the loaded catalogs say about a file
 * @flags: DIGSIG_FLAG_*
 * @sid: security ID for dsm, 0 for none
 * @generation: of the catalog
 * @key_id: key of the catalog
 */
struct digsig_match {
	u32	flags;
	u32	sid;
	u32	generation;
	u8	key_id[DIGSIG_KEY_ID_LEN];
};

enum digsig_key_state digsig_key_state(const u8 *key_id);
void digsig_key_count_file(const u8 *key_id);
int digsig_key_verify(const u8 *key_id, u8 alg, const u8 *sig, u32 sig_len,
		      const u8 tail[DIGSIG_FOOTER_LEN],
		      const u8 digest[DIGSIG_DIGEST_LEN]);
void digsig_keys_drop_revoked(void);

bool digsig_catalogs_loaded(void);
bool digsig_catalogs_find(const u8 *digest, struct digsig_match *match);
void digsig_catalogs_count_file(const u8 *digest);

bool digsig_revoked_digest(const u8 *digest);
bool digsig_revoked_key(const u8 *key_id);

void *digsig_blob_load(struct file *file, u8 type, size_t head, u64 max_len,
		       struct digsig_info *info,
		       struct netlink_ext_ack *extack);

/* Say in @extack, which may be NULL, what a pure file found. */
static inline void digsig_extack(struct netlink_ext_ack *extack,
				 const char *error)
{
	if (extack)
		extack->_msg = error;
}

/* ---- writers.c ---------------------------------------------------------------- */

bool digsig_writers_stopped(struct inode *inode);

#endif /* _DIGSIG_ENGINE_H */
