// SPDX-License-Identifier: GPL-2.0-only
/*
 * Verifying a file: the slow path, where it is read.
 *
 * In this order: can this file be judged at all; is it known already; is someone
 * else reading it right now; nobody may write while it is read; the footer; the
 * key the footer names, before anything is hashed for it; the hash; the
 * signature. The facts go into the cache while writers are still denied.
 *
 * A file that many tasks want to run at once is read by one of them. The others
 * wait for it, and can be killed while they do. Different files do not wait for
 * each other.
 *
 * Locking: flights_lock guards the list of files that are being read; it is held
 * for a few instructions and nothing is taken inside. All of this may happen
 * under the mmap_lock of the task (mprotect): what it waits for, pages and
 * another task that waits for pages, never waits for an mmap_lock, as a page
 * fault could not be served otherwise.
 */
#include <linux/completion.h>
#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "cache.h"
#include "digsig.h"
#include "engine.h"
#include "footer.h"
#include "trace.h"

/**
 * struct flight - a file that is being read
 * @node: in flights. Under flights_lock
 * @inode: held by the task that reads
 * @refs: that task, and those that wait
 * @generation: digsig_generation from before it was read
 * @landed: the verdict is there
 * @verdict: written before @landed is completed
 */
struct flight {
	struct list_head	node;
	const struct inode	*inode;
	refcount_t		refs;
	unsigned int		generation;
	struct completion	landed;
	struct digsig_verdict	verdict;
};

static LIST_HEAD(flights);
static DEFINE_SPINLOCK(flights_lock);

static struct flight *flight_find(const struct inode *inode)
{
	struct flight *f;

	list_for_each_entry(f, &flights, node)
		if (f->inode == inode)
			return f;
	return NULL;
}

static struct flight *flight_new(const struct inode *inode)
{
	struct flight *f = kzalloc(sizeof(*f), GFP_KERNEL);

	if (!f)
		return NULL;
	f->inode = inode;
	refcount_set(&f->refs, 1);
	f->generation = digsig_generation_read();
	init_completion(&f->landed);
	return f;
}

static void flight_put(struct flight *f)
{
	if (refcount_dec_and_test(&f->refs))
		kfree(f);
}

/* Join who reads @inode, or be the one. NULL without memory. */
static struct flight *flight_board(const struct inode *inode, bool *first)
{
	struct flight *new = flight_new(inode);
	struct flight *f;

	if (!new)
		return NULL;
	spin_lock(&flights_lock);
	f = flight_find(inode);
	*first = !f;
	if (*first) {
		f = new;
		list_add(&f->node, &flights);
	} else {
		refcount_inc(&f->refs);
	}
	spin_unlock(&flights_lock);
	if (!*first)
		kfree(new);
	return f;
}

static void flight_land(struct flight *f, const struct digsig_verdict *verdict)
{
	f->verdict = *verdict;
	spin_lock(&flights_lock);
	list_del(&f->node);
	spin_unlock(&flights_lock);
	complete_all(&f->landed);
	flight_put(f);
}

static void verdict_set(struct digsig_verdict *verdict,
			enum digsig_reason reason)
{
	memset(verdict, 0, sizeof(*verdict));
	verdict->reason = reason;
}

static enum digsig_reason error_reason(int err)
{
	switch (err) {
	case -ENOMEM:
		return DIGSIG_REASON_NO_MEMORY;
	case -ETXTBSY:
		return DIGSIG_REASON_WRITER;
	case -EBADE:
		return DIGSIG_REASON_TAIL;
	}
	return DIGSIG_REASON_IO;
}

/* What the end of the file says. */
static int footer_read(struct digsig_source *src,
		       u8 tail[DIGSIG_FOOTER_LEN], struct digsig_info *info,
		       struct digsig_facts *facts)
{
	enum digsig_reason reason;
	int err = 0;

	if (src->size >= DIGSIG_FOOTER_LEN)
		err = digsig_source_read(src, src->size - DIGSIG_FOOTER_LEN,
					 tail, DIGSIG_FOOTER_LEN);
	if (err)
		return err;

	reason = digsig_footer_parse(tail, src->size, info);
	if (reason == DIGSIG_REASON_UNSIGNED) {
		facts->fact = DIGSIG_FACT_BARE;
	} else if (reason || info->type != DIGSIG_TYPE_FILE) {
		/* A catalog is no program, however well it is signed. */
		facts->fact = DIGSIG_FACT_MALFORMED;
	} else {
		facts->fact = DIGSIG_FACT_CLAIMED;
		facts->alg = info->alg;
		facts->flags = info->flags;
		facts->sid = info->sid;
		facts->generation = info->generation;
		memcpy(facts->key_id, info->key_id, DIGSIG_KEY_ID_LEN);
	}
	return 0;
}

/* Compare the signature with the hash. */
static int signature_check(struct digsig_source *src,
			   const u8 tail[DIGSIG_FOOTER_LEN],
			   const struct digsig_info *info,
			   struct digsig_facts *facts)
{
	u8 *sig = kmalloc(info->sig_len, GFP_KERNEL);
	int err = -ENOMEM;

	if (!sig)
		return err;
	err = digsig_source_read(src, info->sig_off, sig, info->sig_len);
	if (err)
		goto out;
	err = digsig_key_verify(info->key_id, info->alg, sig, info->sig_len,
				tail, facts->digest);
	switch (err) {
	case 0:
		facts->fact = DIGSIG_FACT_SIGNED;
		break;
	case -ENOPKG:
		facts->fact = DIGSIG_FACT_ALGORITHM;
		err = 0;
		break;
	case -ENOKEY:
		/* Retired since it was looked up: stays a claim. */
		err = 0;
		break;
	case -ENOMEM:
		break;
	default:
		facts->fact = DIGSIG_FACT_MISMATCH;
		err = 0;
	}
out:
	kfree(sig);
	return err;
}

/* Read as much as it takes to tell. */
static int facts_read(struct digsig_source *src, struct digsig_facts *facts,
		      struct digsig_verdict *verdict)
{
	u8 tail[DIGSIG_FOOTER_LEN];
	struct digsig_info info;
	int err;

	err = footer_read(src, tail, &info, facts);
	if (err || digsig_judge(facts, verdict))
		return err;

	if (facts->fact == DIGSIG_FACT_BARE) {
		err = digsig_hash_source(src, src->size, facts->digest);
		facts->fact = DIGSIG_FACT_HASHED;
	} else {
		err = digsig_hash_source(src, info.sig_off, facts->digest);
		if (!err)
			err = signature_check(src, tail, &info, facts);
	}
	if (!err && !digsig_judge(facts, verdict))
		/* The key went and came back meanwhile. Ask again. */
		verdict_set(verdict, DIGSIG_REASON_UNKNOWN_KEY);
	return err;
}

static void count_verified(const struct digsig_facts *facts,
			   const struct digsig_verdict *verdict)
{
	if (verdict->reason != DIGSIG_REASON_NONE)
		return;
	digsig_stat_add(DIGSIG_ST_VERIFIED, 1);
	digsig_key_count_file(verdict->key_id);
	if (facts->fact == DIGSIG_FACT_HASHED)
		digsig_catalogs_count_file(facts->digest);
}

/* Judge a file by reading it, and keep the facts where that is allowed. */
static void file_read(struct digsig_source *src, struct digsig_verdict *verdict)
{
	unsigned int generation = digsig_generation_read();
	struct digsig_facts facts = {};
	enum digsig_reason reason;
	int err;

	reason = digsig_source_open(src);
	if (reason) {
		verdict_set(verdict, reason);
		return;
	}
	err = facts_read(src, &facts, verdict);
	if (err)
		verdict_set(verdict, error_reason(err));
	else if (digsig_source_changed(src))
		verdict_set(verdict, DIGSIG_REASON_CHANGED);
	else if (src->trust == DIGSIG_TRUST_LOCAL)
		digsig_cache_put(src, &facts, verdict, generation);
	digsig_source_close(src);
	count_verified(&facts, verdict);
	trace_digsig_verdict(src->inode, verdict);
}

/* Wait for another task that reads the file. True if its verdict is ours. */
static bool flight_wait(struct flight *f, struct digsig_verdict *verdict)
{
	bool ours = true;

	if (wait_for_completion_killable(&f->landed)) {
		verdict_set(verdict, DIGSIG_REASON_IO);
	} else {
		*verdict = f->verdict;
		/*
		 * What is good is in the cache, unless it was spoiled since.
		 * A refusal may be from before a change of keys or lists that
		 * was complete when this task came: it counts by the time the
		 * reading began, not by that of boarding.
		 */
		ours = verdict->reason != DIGSIG_REASON_NONE &&
		       f->generation == digsig_generation_read();
	}
	flight_put(f);
	return ours;
}

/*
 * Read the file, or wait for who does. False if the cache has to be asked again:
 * the other task found it good, or keys or lists changed on the way.
 */
static bool file_judge(struct digsig_source *src,
		       struct digsig_verdict *verdict)
{
	unsigned int generation = digsig_generation_read();
	struct flight *f;
	bool first;

	f = flight_board(src->inode, &first);
	if (!f) {
		verdict_set(verdict, DIGSIG_REASON_NO_MEMORY);
		return true;
	}
	if (!first)
		return flight_wait(f, verdict);
	file_read(src, verdict);
	flight_land(f, verdict);
	return digsig_generation_read() == generation;
}

/**
 * digsig_verify() - the full answer for a file
 * @file: the file that is to run; held by the caller
 * @verdict: where to put the answer
 *
 * From the cache, or by reading the file. While the task has a fatal signal
 * pending the answer may be DIGSIG_REASON_IO.
 *
 * Context: Process context, may be under mmap_lock. May sleep.
 */
void digsig_verify(struct file *file, struct digsig_verdict *verdict)
{
	struct digsig_source src;
	enum digsig_reason reason;

	reason = digsig_source_init(&src, file);
	if (reason) {
		verdict_set(verdict, reason);
		return;
	}
	if (src.trust == DIGSIG_TRUST_REMOTE) {
		file_read(&src, verdict);
		return;
	}
	while (!digsig_cache_get(src.inode, verdict)) {
		if (file_judge(&src, verdict))
			return;
		if (fatal_signal_pending(current)) {
			verdict_set(verdict, DIGSIG_REASON_IO);
			return;
		}
	}
}
