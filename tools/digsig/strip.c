// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig strip: from a signed file to what it was before, byte for byte.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "image.h"
#include "inplace.h"
#include "replace.h"
#include "report.h"
#include "stream.h"
#include "tree.h"

/** struct strip_opts - options of the command */
struct strip_opts {
	bool in_place;
	bool copy;
	bool no_sync;
};

/**
 * struct strip_run - one call of the command
 * @opts: options
 * @may_change: files may be changed in place where nothing can be lost
 * @tree: the files
 * @stream: buffer
 * @stripped: how many were
 * @in_place: how many of them in place
 * @unsigned_files: how many had no signature
 * @failed: how many could not be
 */
struct strip_run {
	const struct strip_opts *opts;
	bool may_change;
	struct tree tree;
	struct stream stream;
	uint64_t stripped;
	uint64_t in_place;
	uint64_t unsigned_files;
	uint64_t failed;
};

static int write_plain(struct strip_run *run, struct replacement *r,
		       const struct image *img)
{
	struct stream *s = &run->stream;
	int err;

	err = stream_begin(s, r->fd);
	if (!err)
		err = stream_bytes(s, img->head, img->head_len);
	if (!err)
		err = stream_file(s, img->fd, img->head_len,
				  img->plain_len - img->head_len);
	if (!err && image_changed(img))
		err = -ESTALE;
	if (err) {
		report_error("%s: %s", img->path, err == -ESTALE ?
			     "changed while it was read; nothing was replaced" :
			     strerror(-err));
		return err;
	}
	err = replacement_finish(r, img->fd, &img->st);
	if (!err && !run->opts->no_sync && fsync(r->fd)) {
		err = -errno;
		report_error("%s: %s", img->path, strerror(-err));
	}
	return err;
}

static int strip_by_copy(struct strip_run *run, const struct tree_file *f,
			 int dirfd, const struct image *img)
{
	struct replacement r;
	int err;

	if (f->nlink > f->nnames) {
		report_error("%s: has %u names and only %u of them are given: give the others too, or use --in-place",
			     img->path, f->nlink, f->nnames);
		return -EMLINK;
	}
	err = replacement_begin(&r, f, dirfd);
	if (err)
		return err;
	err = write_plain(run, &r, img);
	if (!err)
		return replacement_commit(&r);
	replacement_abort(&r);
	return err;
}

/*
 * Return: 0, -EAGAIN if the file is as it was and may be stripped by a new one,
 * or another negative error after reporting it.
 */
static int strip_in_place(struct strip_run *run, const struct tree_file *f,
			  int dirfd, struct image *img)
{
	struct inplace c;
	int err;

	err = inplace_begin_strip(&c, img, dirfd, f->names->base);
	if (err)
		return err;
	c.alone = !run->opts->in_place;
	inplace_carry_out(&c, 1, !run->opts->no_sync);
	inplace_end(&c);
	if (!c.err) {
		run->in_place++;
		return 0;
	}
	if (c.alone && c.state == INPLACE_UNTOUCHED)
		return -EAGAIN;
	inplace_report(&c);
	return -EIO;
}

static int strip_signature(struct strip_run *run, const struct tree_file *f,
			   int dirfd, struct image *img)
{
	int err;

	if (run->opts->in_place ||
	    (run->may_change && inplace_suits(img, dirfd, f->names->base))) {
		err = strip_in_place(run, f, dirfd, img);
		if (err != -EAGAIN)
			return err;
		err = image_open(img, dirfd, f->names->base, img->path);
		if (err)
			return err;
		if (img->error || img->state != DIGSIG_REASON_NONE) {
			report_error("%s: changed while it was read",
				     img->path);
			return -ESTALE;
		}
	}
	return strip_by_copy(run, f, dirfd, img);
}

static int strip_image(struct strip_run *run, const struct tree_file *f,
		       int dirfd, struct image *img)
{
	if (img->error) {
		report_error("%s: has a damaged signature: %s", img->path,
			     img->error);
		return -EBADMSG;
	}
	if (img->state == DIGSIG_REASON_NONE &&
	    img->info.type != DIGSIG_TYPE_FILE) {
		report_error("%s: is a catalog or a revocation list, which is nothing without its signature",
			     img->path);
		return -EINVAL;
	}
	if (img->state == DIGSIG_REASON_UNSIGNED) {
		run->unsigned_files++;
		return 0;
	}
	if (strip_signature(run, f, dirfd, img))
		return -EIO;
	run->stripped++;
	return 0;
}

static void strip_file(struct strip_run *run, const struct tree_file *f)
{
	int dirfd = tree_dir_get(f->names->dir);
	struct image img;
	int err;

	if (dirfd < 0) {
		report_error("%s: %s", f->names->path, strerror(-dirfd));
		run->failed++;
		return;
	}
	err = image_open(&img, dirfd, f->names->base, f->names->path);
	if (!err) {
		err = strip_image(run, f, dirfd, &img);
		image_close(&img);
	}
	run->failed += err != 0;
	tree_dir_put(f->names->dir);
}

static void show(struct out *o, const struct strip_run *run)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_number(o, "stripped", "stripped", run->stripped);
	out_number(o, "in_place", OUT_JSON_ONLY, run->in_place);
	out_number(o, "copied", OUT_JSON_ONLY, run->stripped - run->in_place);
	out_number(o, "unsigned", "unsigned", run->unsigned_files);
	if (run->failed)
		out_color(o, OUT_BAD);
	out_number(o, "failed", "failed", run->failed);
	out_object_end(o);
}

static int strip_run(const struct cmd_call *call)
{
	struct strip_run run = { .opts = call->opts };
	size_t i;
	int err;

	if (run.opts->in_place && run.opts->copy)
		return cmd_usage(call, "--in-place and --copy exclude each other");
	run.may_change = !run.opts->copy && inplace_wise();
	err = stream_init(&run.stream);
	if (err)
		return CMD_FAILED;
	err = tree_find(&run.tree, call->argv, call->argc, TREE_PROGRAMS);
	if (!err) {
		interrupts_catch();
		for (i = 0; i < run.tree.nfiles && !interrupted(); i++)
			strip_file(&run, &run.tree.files[i]);
		interrupts_obey();
		run.failed += run.tree.errors;
		show(call->out, &run);
	}
	tree_free(&run.tree);
	stream_free(&run.stream);
	return err || run.failed ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt strip_options[] = {
	CMD_SWITCH(struct strip_opts, in_place, "in-place", 0,
		   "always shorten the file, never write a new one"),
	CMD_SWITCH(struct strip_opts, copy, "copy", 0,
		   "always write a new file, never shorten"),
	CMD_SWITCH(struct strip_opts, no_sync, "no-sync", 0,
		   "do not wait for the disk"),
	{}
};

const struct cmd strip_commands[] = {
	{
		.path = "strip", .args = "PATH...",
		.brief = "take signatures off again, byte for byte",
		.min_args = 1, .max_args = CMD_MANY, .options = strip_options,
		.opts_size = sizeof(struct strip_opts), .run = strip_run,
	},
	{}
};
