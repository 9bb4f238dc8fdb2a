// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed files that wait for the disk together.
 *
 * Waiting for each file alone would cost a turn of the disk each, or two. A new
 * file may begin to be written while the next files are read; a change in place
 * is not begun before its batch is full, so that nobody waits for the file
 * longer than the disk takes.
 *
 * Context: one thread per struct batch.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "batch.h"
#include "report.h"
#include "stream.h"

static bool on_disk(const struct batch *b, const struct replacement *r)
{
	if (!b->sync || !fsync(r->fd))
		return true;
	report_error("%s: %s", r->file->names->path, strerror(errno));
	return false;
}

static void commit_copies(struct batch *b)
{
	unsigned int i;

	for (i = 0; i < b->ncopies; i++) {
		struct replacement *r = &b->copies[i];

		if (interrupted() || !on_disk(b, r))
			replacement_abort(r);
		else if (!replacement_commit(r))
			b->outcome[b->copy_slot[i]] = OUTCOME_COPIED;
	}
	b->ncopies = 0;
	b->bytes = 0;
}

/**
 * batch_add_copy() - a new file is written and is to take the old one's place
 * @b: the batch
 * @r: from replacement_finish(); taken over
 * @slot: whose it is
 */
void batch_add_copy(struct batch *b, const struct replacement *r, size_t slot)
{
	b->copies[b->ncopies] = *r;
	b->copy_slot[b->ncopies++] = slot;
	b->bytes += r->file->size;
	if (b->sync)
		sync_file_range(r->fd, 0, 0, SYNC_FILE_RANGE_WRITE);
	if (b->ncopies == BATCH_FILES || b->bytes >= BATCH_BYTES)
		commit_copies(b);
}

/*
 * Who has come in between is not in our way, a new file is not in theirs. It is
 * read again, so it does not matter either if the old one has changed, as one
 * below an overlay does when it is opened for writing.
 */
static bool copy_instead(const struct batch *b, const struct inplace *c)
{
	return c->err && b->copy && c->state == INPLACE_UNTOUCHED &&
	       !interrupted();
}

static void change_done(struct batch *b, unsigned int i)
{
	struct inplace *c = &b->changes[i];
	bool copy = copy_instead(b, c);

	if (!c->err)
		b->outcome[b->change_slot[i]] = OUTCOME_IN_PLACE;
	else if (!copy)
		inplace_report(c);
	inplace_end(c);
	if (copy)
		b->copy(b->arg, b->change_slot[i]);
	tree_dir_put(b->change_file[i]->names->dir);
}

static void carry_out_changes(struct batch *b)
{
	unsigned int i, n = b->nchanges;

	b->nchanges = 0;
	if (n && !interrupted()) {
		inplace_carry_out(b->changes, n, b->sync);
		for (i = 0; i < n; i++)
			change_done(b, i);
		return;
	}
	for (i = 0; i < n; i++) {
		inplace_end(&b->changes[i]);
		tree_dir_put(b->change_file[i]->names->dir);
	}
}

/**
 * batch_add_change() - a file is to be changed in place
 * @b: the batch
 * @c: from inplace_begin_sign(); taken over
 * @file: the file; its first directory is @c's, and is open
 * @slot: its number
 */
void batch_add_change(struct batch *b, const struct inplace *c,
		      const struct tree_file *file, size_t slot)
{
	/* Cannot fail: it is open. The caller's hold ends before the batch. */
	tree_dir_get(file->names->dir);
	b->changes[b->nchanges] = *c;
	b->change_file[b->nchanges] = file;
	b->change_slot[b->nchanges++] = slot;
	if (b->nchanges == BATCH_FILES)
		carry_out_changes(b);
}

/**
 * batch_finish() - wait for no more files
 * @b: the batch; empty afterwards
 *
 * After a signal what is not finished is taken back.
 */
void batch_finish(struct batch *b)
{
	carry_out_changes(b);
	commit_copies(b);
}
