// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig sign: from a file to a signed file.
 *
 * Each file is read once. Its bytes are hashed, and, where the file cannot be
 * signed in place, written to a new file out of the same buffer; then the key
 * signs, and the file waits with others for the disk. A file that already has
 * this signature is left alone, so signing a tree again costs hashing it.
 *
 * Locking: the threads share the options and the key, which do not change, and
 * write results into the slot of their own file.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <linux/fs.h>

#include "batch.h"
#include "cmd.h"
#include "commands.h"
#include "denied.h"
#include "elfwrap.h"
#include "image.h"
#include "inplace.h"
#include "options.h"
#include "pool.h"
#include "replace.h"
#include "report.h"
#include "seal.h"
#include "tree.h"

/** struct sign_opts - options of the command */
struct sign_opts {
	const char *key;
	const char *passphrase;
	uint32_t flags;
	uint32_t sid;
	uint32_t generation;
	uint32_t jobs;
	bool any;
	bool no_wrap;
	bool in_place;
	bool copy;
	bool no_sync;
	bool dry_run;
	bool from_log;
	bool verbose;
};

/** enum way - how a file is signed */
enum way {
	WAY_SAFE,	/* in place if nothing can be lost, else by a new file */
	WAY_IN_PLACE,
	WAY_COPY,
};

/**
 * struct run - one call of the command
 * @opts: options
 * @way: how files are signed
 * @key: signs
 * @tree: the files
 * @outcome: one per file
 */
struct run {
	const struct sign_opts *opts;
	enum way way;
	struct sigkey key;
	struct tree tree;
	enum outcome *outcome;
};

/**
 * struct worker - one thread
 * @run: the call
 * @stream: hash and buffer
 * @batch: files that are signed and wait for the disk
 */
struct worker {
	struct run *run;
	struct stream stream;
	struct batch batch;
};

/* ---- what to do with a file -------------------------------------------------- */

static const char *refusal(const struct run *run, const struct image *img)
{
	static __thread char text[160];
	const char *missing;

	if (img->error) {
		snprintf(text, sizeof(text), "has a damaged signature: %s",
			 img->error);
		return text;
	}
	if (img->state == DIGSIG_REASON_NONE &&
	    img->info.type != DIGSIG_TYPE_FILE)
		return "is a catalog or a revocation list, which has its own signature";
	if (run->opts->any)
		return NULL;
	if (img->kind != IMAGE_ELF_PROGRAM)
		return "is no ELF program; sign it with --any, or put it into a catalog";
	missing = image_truncated(img);
	if (!missing)
		return NULL;
	snprintf(text, sizeof(text), "is truncated: %s", missing);
	return text;
}

static bool same_attributes(const struct run *run, const struct image *img)
{
	const struct digsig_info *info = &img->info;

	return img->state == DIGSIG_REASON_NONE &&
	       !memcmp(info->key_id, run->key.id, sizeof(info->key_id)) &&
	       info->alg == run->key.alg && info->flags == run->opts->flags &&
	       info->sid == run->opts->sid &&
	       info->generation == run->opts->generation;
}

/* Return: 1 if the file has the signature that we would make, 0, or an error. */
static int up_to_date(struct worker *w, const struct image *img)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	int err;

	if (!same_attributes(w->run, img))
		return 0;
	err = seal_digest(&w->stream, img, digest);
	if (err)
		return err;
	return seal_matches(&w->run->key, img, digest);
}

static int shape(struct worker *w, const struct image *img,
		 struct elfwrap *wrap)
{
	if (!w->run->opts->no_wrap)
		return elfwrap_build(wrap, img, w->run->key.sig_len);
	memset(wrap, 0, sizeof(*wrap));
	memcpy(wrap->head, img->head, img->head_len);
	return 0;
}

/* On btrfs and XFS the new file begins as a copy that costs nothing. */
static bool share_extents(const struct image *img, int out)
{
	if (ioctl(out, FICLONE, img->fd))
		return false;
	return !ftruncate(out, img->plain_len);
}

/* Hashes what will be covered, and writes it to @out if that is a file. */
static int pass_covered(struct worker *w, const struct image *img,
			const struct elfwrap *wrap, int out, uint8_t *digest)
{
	int err;

	err = stream_begin(&w->stream, out);
	if (err)
		return err;
	w->stream.skip = out >= 0 && share_extents(img, out);
	return image_digest_wrapped(&w->stream, img, wrap, digest);
}

static int make_seal(struct worker *w, const struct image *img,
		     const struct elfwrap *wrap, const uint8_t *digest,
		     uint8_t *seal, size_t *len)
{
	const struct sign_opts *o = w->run->opts;
	struct digsig_info info = {
		.type = DIGSIG_TYPE_FILE, .flags = o->flags, .sid = o->sid,
		.generation = o->generation, .wrap_len = wrap->tail_len,
		.sig_off = img->plain_len + wrap->tail_len,
	};

	return seal_make(&w->run->key, &info, digest, seal, len);
}

/* ---- one file -------------------------------------------------------------------- */

/*
 * A new file would leave the other names with the old contents, and nobody
 * would notice until one of them is refused.
 */
static bool names_missing(const struct tree_file *f)
{
	if (f->nlink <= f->nnames)
		return false;
	report_error("%s: has %u names and only %u of them are given: give the others too, or use --in-place",
		     f->names->path, f->nlink, f->nnames);
	return true;
}

static int write_copy(struct worker *w, struct replacement *r,
		      const struct image *img, const struct elfwrap *wrap)
{
	uint8_t digest[DIGSIG_DIGEST_LEN], seal[SEAL_MAX];
	size_t len;
	int err;

	err = pass_covered(w, img, wrap, r->fd, digest);
	if (!err)
		err = make_seal(w, img, wrap, digest, seal, &len);
	else
		report_error("%s: %s", img->path, err == -ESTALE ?
			     "changed while it was read; nothing was replaced" :
			     strerror(-err));
	if (err)
		return err;
	err = write_all(r->fd, seal, len);
	if (err) {
		report_error("%s: %s", img->path, strerror(-err));
		return err;
	}
	return replacement_finish(r, img->fd, &img->st);
}

static void sign_by_copy(struct worker *w, size_t slot, int dirfd,
			 const struct image *img, const struct elfwrap *wrap)
{
	const struct tree_file *f = &w->run->tree.files[slot];
	struct replacement r;

	if (names_missing(f) || replacement_begin(&r, f, dirfd))
		return;
	if (write_copy(w, &r, img, wrap))
		replacement_abort(&r);
	else
		batch_add_copy(&w->batch, &r, slot);
}

static void sign_in_place(struct worker *w, size_t slot, int dirfd,
			  struct image *img, const struct elfwrap *wrap)
{
	const struct tree_file *f = &w->run->tree.files[slot];
	uint8_t digest[DIGSIG_DIGEST_LEN], seal[SEAL_MAX];
	struct inplace c;
	size_t len;
	int err;

	err = pass_covered(w, img, wrap, -1, digest);
	if (err) {
		report_error("%s: %s", img->path, err == -ESTALE ?
			     "changed while it was read" : strerror(-err));
		return;
	}
	if (make_seal(w, img, wrap, digest, seal, &len) ||
	    inplace_begin_sign(&c, img, dirfd, f->names->base, wrap, seal, len))
		return;
	c.alone = w->run->way == WAY_SAFE;
	batch_add_change(&w->batch, &c, f, slot);
}

/*
 * A file that has a signature may be one that has to run: a new one takes its
 * place without a moment in which neither the old signature nor the new one
 * holds.
 */
static bool place_suits(const struct tree_file *f, int dirfd,
			const struct image *img)
{
	return img->state == DIGSIG_REASON_UNSIGNED &&
	       inplace_suits(img, dirfd, f->names->base);
}

static void sign_image(struct worker *w, size_t slot, int dirfd,
		       struct image *img, enum way way)
{
	const struct tree_file *f = &w->run->tree.files[slot];
	const char *why = refusal(w->run, img);
	struct elfwrap wrap;
	int state, err;

	if (why) {
		report_error("%s: %s", img->path, why);
		return;
	}
	state = up_to_date(w, img);
	err = state < 0 ? state : 0;
	if (!err && !state)
		err = shape(w, img, &wrap);
	if (err) {
		report_error("%s: %s", img->path, err == -ESTALE ?
			     "changed while it was read" : strerror(-err));
		return;
	}
	if (state) {
		w->run->outcome[slot] = OUTCOME_UNCHANGED;
		return;
	}
	if (w->run->opts->dry_run)
		w->run->outcome[slot] = OUTCOME_WOULD_SIGN;
	else if (way == WAY_IN_PLACE ||
		 (way == WAY_SAFE && place_suits(f, dirfd, img)))
		sign_in_place(w, slot, dirfd, img, &wrap);
	else
		sign_by_copy(w, slot, dirfd, img, &wrap);
	elfwrap_free(&wrap);
}

static void sign_file(struct worker *w, size_t slot, enum way way)
{
	struct tree_file *f = &w->run->tree.files[slot];
	struct image img;
	int dirfd;

	dirfd = tree_dir_get(f->names->dir);
	if (dirfd < 0) {
		report_error("%s: %s", f->names->path, strerror(-dirfd));
		return;
	}
	if (!image_open(&img, dirfd, f->names->base, f->names->path)) {
		sign_image(w, slot, dirfd, &img, way);
		image_close(&img);
	}
	tree_dir_put(f->names->dir);
}

/* Called for a file that turned out to be in use, or the like. */
static void sign_anew(void *worker, size_t slot)
{
	sign_file(worker, slot, WAY_COPY);
}

static void batch_setup(struct worker *w, struct run *run)
{
	w->batch.sync = !run->opts->no_sync;
	w->batch.outcome = run->outcome;
	w->batch.arg = w;
	if (run->way == WAY_SAFE)
		w->batch.copy = sign_anew;
}

static void sign_work(struct pool *pool)
{
	struct worker *w = calloc(1, sizeof(*w));
	size_t slot;

	if (!w || stream_init(&w->stream)) {
		report_error("%s", strerror(ENOMEM));
		free(w);
		return;
	}
	w->run = pool->arg;
	batch_setup(w, w->run);
	while (pool_next(pool, &slot)) {
		sign_file(w, slot, w->run->way);
		progress_file();
	}
	batch_finish(&w->batch);
	stream_free(&w->stream);
	free(w);
}

/* ---- the command ------------------------------------------------------------------- */

/* So that the new names are on the disk, not only the new files. */
static void sync_directories(const struct tree *t)
{
	struct tree_dir *dir;
	size_t i, last = 0;
	int fd;

	for (i = 0; i < t->nfiles; i++) {
		dir = t->files[i].names->dir;
		if (i && dir == t->files[last].names->dir)
			continue;
		last = i;
		fd = tree_dir_get(dir);
		if (fd < 0)
			continue;
		fsync(fd);
		tree_dir_put(dir);
	}
}

static const char *outcome_text(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_COPIED:
	case OUTCOME_IN_PLACE:
		return "signed";
	case OUTCOME_WOULD_SIGN:
		return "would sign";
	case OUTCOME_UNCHANGED:
		return "unchanged";
	default:
		return "failed";
	}
}

static void show_way(struct out *o, enum outcome outcome)
{
	if (outcome == OUTCOME_COPIED)
		out_text(o, "way", OUT_BARE, "by a new file");
	else if (outcome == OUTCOME_IN_PLACE)
		out_text(o, "way", OUT_BARE, "in place");
}

static void show_files(struct out *o, const struct run *run)
{
	size_t i;

	out_list_begin(o, "files");
	for (i = 0; i < run->tree.nfiles; i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_color(o, run->outcome[i] == OUTCOME_FAILED ? OUT_BAD :
							       OUT_GOOD);
		out_text(o, "outcome", OUT_BARE,
			 outcome_text(run->outcome[i]));
		out_text(o, "path", OUT_BARE, run->tree.files[i].names->path);
		show_way(o, run->outcome[i]);
		out_object_end(o);
	}
	out_list_end(o);
}

static size_t count(const struct run *run, enum outcome outcome)
{
	size_t i, n = 0;

	for (i = 0; i < run->tree.nfiles; i++)
		n += run->outcome[i] == outcome;
	return n;
}

static uint64_t signed_bytes(const struct run *run)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < run->tree.nfiles; i++)
		if (run->outcome[i] != OUTCOME_FAILED &&
		    run->outcome[i] != OUTCOME_UNCHANGED)
			bytes += run->tree.files[i].size;
	return bytes;
}

static void show(struct out *o, const struct run *run, uint64_t ns)
{
	size_t failed = count(run, OUTCOME_FAILED) + run->tree.errors;
	size_t in_place = count(run, OUTCOME_IN_PLACE);
	size_t copied = count(run, OUTCOME_COPIED);
	size_t to_sign = count(run, OUTCOME_WOULD_SIGN);

	if (run->opts->verbose) {
		out_object_begin(o, NULL, OUT_BLOCK);
		show_files(o, run);
	} else {
		out_object_begin(o, NULL, OUT_LINE);
	}
	out_number(o, "signed", run->opts->dry_run ? "to sign" : "signed",
		   in_place + copied + to_sign);
	out_number(o, "unchanged", "unchanged", count(run, OUTCOME_UNCHANGED));
	if (failed)
		out_color(o, OUT_BAD);
	out_number(o, "failed", "failed", failed);
	out_number(o, "in_place", OUT_JSON_ONLY, in_place);
	out_number(o, "copied", OUT_JSON_ONLY, copied);
	out_number(o, "bytes", OUT_JSON_ONLY, signed_bytes(run));
	out_number(o, "milliseconds", OUT_JSON_ONLY, ns / 1000000);
	out_object_end(o);
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* What the log names may be gone, or a script: neither is an error here. */
static size_t keep_programs(char **paths, size_t n)
{
	uint8_t head[IMAGE_HEAD_LEN];
	size_t i, kept = 0;
	ssize_t len;
	int fd;

	for (i = 0; i < n; i++) {
		fd = image_open_quietly(AT_FDCWD, paths[i]);
		len = fd < 0 ? -1 : pread(fd, head, sizeof(head), 0);
		if (fd >= 0)
			close(fd);
		if (len > 0 && image_kind_of(head, len) == IMAGE_ELF_PROGRAM) {
			paths[kept++] = paths[i];
			continue;
		}
		report_note("%s: skipped: %s", paths[i], len < 0 ?
			    "it is gone" : "no ELF program, needs a catalog");
		free(paths[i]);
	}
	return kept;
}

static int find_in_log(struct tree *t)
{
	size_t i, n = 0;
	char **paths = NULL;
	int err;

	err = denied_paths(&paths, &n);
	if (err)
		return err;
	n = keep_programs(paths, n);
	err = tree_find(t, paths, n, TREE_PROGRAMS);
	for (i = 0; i < n; i++)
		free(paths[i]);
	free(paths);
	return err;
}

static void sign_all(struct run *run)
{
	struct pool pool = {
		.count = run->tree.nfiles, .work = sign_work, .arg = run,
	};
	const struct sign_opts *o = run->opts;

	if (run->tree.walked)
		progress_begin("signing", run->tree.nfiles, run->tree.bytes);
	interrupts_catch();
	pool_run(&pool, o->jobs ? o->jobs : pool_processors());
	progress_end();
	if (!o->no_sync && !o->dry_run)
		sync_directories(&run->tree);
}

static enum way way_of(const struct sign_opts *o)
{
	if (o->in_place)
		return WAY_IN_PLACE;
	return o->copy || !inplace_wise() ? WAY_COPY : WAY_SAFE;
}

static int sign_run(const struct cmd_call *call)
{
	struct run run = { .opts = call->opts };
	uint64_t start = now_ns();
	int ret = CMD_FAILED, err;

	if (!call->argc && !run.opts->from_log)
		return cmd_usage(call, "name files or directories to sign");
	if (run.opts->in_place && run.opts->copy)
		return cmd_usage(call, "--in-place and --copy exclude each other");
	run.way = way_of(run.opts);
	if (key_from_options(&run.key, run.opts->key, run.opts->passphrase))
		return CMD_FAILED;
	if (run.opts->from_log)
		err = find_in_log(&run.tree);
	else
		err = tree_find(&run.tree, call->argv, call->argc,
				TREE_PROGRAMS);
	if (!err)
		run.outcome = calloc(run.tree.nfiles + 1, sizeof(*run.outcome));
	if (run.outcome) {
		sign_all(&run);
		interrupts_obey();
		show(call->out, &run, now_ns() - start);
		if (!count(&run, OUTCOME_FAILED) && !run.tree.errors)
			ret = CMD_OK;
	}
	free(run.outcome);
	tree_free(&run.tree);
	sigkey_close(&run.key);
	return ret;
}

static const struct cmd_opt sign_options[] = {
	CMD_TEXT(struct sign_opts, key, "key", 'k', "KEY",
		 "private key: a file, or a pkcs11: URI"),
	CMD_TEXT(struct sign_opts, passphrase, "passphrase", 0, "SOURCE",
		 "of the key: ask, env:VARIABLE, file:PATH"),
	CMD_VALUE(struct sign_opts, flags, uint32_t, parse_flags, "flags", 'f',
		  "LIST", "signed attributes: jit, debugger, interpreter"),
	CMD_NUMBER(struct sign_opts, sid, "sid", 0, "N",
		   "security ID of the program"),
	CMD_NUMBER(struct sign_opts, generation, "generation", 'g', "N",
		   "generation of the program"),
	CMD_VALUE(struct sign_opts, jobs, uint32_t, parse_jobs, "jobs", 'J',
		  "N", "threads; as many as processors without it"),
	CMD_SWITCH(struct sign_opts, any, "any", 'a',
		   "sign named files that are no ELF programs too"),
	CMD_SWITCH(struct sign_opts, no_wrap, "no-wrap", 0,
		   "add no section to ELF files"),
	CMD_SWITCH(struct sign_opts, in_place, "in-place", 0,
		   "always append to the file, never write a new one"),
	CMD_SWITCH(struct sign_opts, copy, "copy", 0,
		   "always write a new file, never append"),
	CMD_SWITCH(struct sign_opts, no_sync, "no-sync", 0,
		   "do not wait for the disk"),
	CMD_SWITCH(struct sign_opts, dry_run, "dry-run", 'n',
		   "say what would be signed"),
	CMD_SWITCH(struct sign_opts, from_log, "from-log", 0,
		   "sign what the kernel refused or would have refused"),
	CMD_SWITCH(struct sign_opts, verbose, "verbose", 'v',
		   "name every file"),
	{}
};

const struct cmd sign_commands[] = {
	{
		.path = "sign", .args = "PATH...",
		.brief = "sign programs, libraries, and those below directories",
		.details =
"Below directories what can be executed or mapped is signed and everything\n"
"else is left alone. A file that nobody uses gets its signature appended; one\n"
"that is in use, has a signature or special rights is replaced at once by a new\n"
"one, with its owner, mode, times and attributes. What has this signature\n"
"already is left untouched.",
		.max_args = CMD_MANY, .options = sign_options,
		.opts_size = sizeof(struct sign_opts), .run = sign_run,
	},
	{}
};
