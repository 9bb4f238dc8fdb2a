// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig verify: what would a kernel with these keys say?
 *
 * Locking: the threads share what they judge by, which does not change, and
 * write results into the slot of their own file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/policy.h"
#include "image.h"
#include "options.h"
#include "pool.h"
#include "report.h"
#include "tree.h"
#include "trust.h"

#define KEYS_DIR	"/etc/digsig/keys.d"

/** struct verify_opts - options of the command */
struct verify_opts {
	struct text_list keys;
	struct text_list catalogs;
	const char *list;
	uint32_t jobs;
	bool any;
	bool verbose;
};

/**
 * struct run - one call of the command
 * @opts: options
 * @trust: what is judged by
 * @tree: the files
 * @finding: one per file
 */
struct run {
	const struct verify_opts *opts;
	struct trust trust;
	struct tree tree;
	struct finding *finding;
};

static void verify_file(struct run *run, struct stream *s, size_t slot)
{
	struct tree_file *f = &run->tree.files[slot];
	int dirfd = tree_dir_get(f->names->dir);
	struct image img;

	if (dirfd < 0) {
		report_error("%s: %s", f->names->path, strerror(-dirfd));
		return;
	}
	if (!image_open(&img, dirfd, f->names->base, f->names->path)) {
		trust_judge(&run->trust, s, &img, &run->finding[slot]);
		image_close(&img);
	}
	tree_dir_put(f->names->dir);
}

static void verify_work(struct pool *pool)
{
	struct run *run = pool->arg;
	struct stream s;
	size_t slot;

	if (stream_init(&s)) {
		report_error("%s", strerror(ENOMEM));
		return;
	}
	while (pool_next(pool, &slot)) {
		verify_file(run, &s, slot);
		progress_file();
	}
	stream_free(&s);
}

static void show_file(struct out *o, const struct tree_file *file,
		      const struct finding *f)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "path", OUT_BARE, file->names->path);
	out_color(o, f->reason ? OUT_BAD : OUT_GOOD);
	out_text(o, "reason", OUT_JSON_ONLY, digsig_reason_name(f->reason));
	out_text(o, "verdict", "-", digsig_reason_text(f->reason));
	if (f->error)
		out_text(o, "error", "-", f->error);
	if (f->has_digest)
		out_hex(o, "digest", OUT_JSON_ONLY, f->digest,
			sizeof(f->digest));
	if (f->info.sig_len)
		out_hex(o, "key_id", OUT_JSON_ONLY, f->info.key_id,
			sizeof(f->info.key_id));
	if (f->key)
		out_text(o, "key", "by", f->key->name);
	if (f->catalog)
		out_text(o, "catalog", "in catalog", f->catalog);
	if (!f->reason) {
		out_text(o, "flags", f->flags ? "flags" : OUT_JSON_ONLY,
			 flags_text(f->flags));
		out_number(o, "sid", f->sid ? "sid" : OUT_JSON_ONLY, f->sid);
		out_number(o, "generation",
			   f->generation ? "generation" : OUT_JSON_ONLY,
			   f->generation);
	}
	out_object_end(o);
}

static size_t show(struct out *o, const struct run *run)
{
	bool few = !run->tree.walked || run->opts->verbose;
	size_t i, bad = 0;

	out_object_begin(o, NULL, OUT_BLOCK);
	for (i = 0; i < run->tree.nfiles; i++)
		bad += run->finding[i].reason != DIGSIG_REASON_NONE;
	if (o->json || bad || few) {
		out_list_begin(o, "files");
		for (i = 0; i < run->tree.nfiles; i++)
			if (few || run->finding[i].reason)
				show_file(o, &run->tree.files[i],
					  &run->finding[i]);
		out_list_end(o);
	}
	out_number(o, "verified", "verified", run->tree.nfiles - bad);
	if (bad)
		out_color(o, OUT_BAD);
	out_number(o, "refused", "refused", bad);
	out_object_end(o);
	return bad;
}

static int gather(struct run *run, const struct cmd_call *call)
{
	const struct verify_opts *o = run->opts;
	size_t i;
	int err = 0;

	if (!o->keys.count)
		err = trust_add_keys(&run->trust, KEYS_DIR);
	for (i = 0; i < o->keys.count && !err; i++)
		err = trust_add_keys(&run->trust, o->keys.text[i]);
	for (i = 0; i < o->catalogs.count && !err; i++)
		err = trust_add_catalog(&run->trust, o->catalogs.text[i]);
	if (!err && o->list)
		err = trust_set_list(&run->trust, o->list);
	if (!err)
		err = tree_find(&run->tree, call->argv, call->argc,
				o->any ? TREE_REGULAR : TREE_PROGRAMS);
	if (err)
		return err;
	run->finding = calloc(run->tree.nfiles + 1, sizeof(*run->finding));
	if (!run->finding)
		return -ENOMEM;
	for (i = 0; i < run->tree.nfiles; i++)
		run->finding[i].reason = DIGSIG_REASON_IO;
	return 0;
}

static int verify_run(const struct cmd_call *call)
{
	struct run run = { .opts = call->opts };
	struct pool pool = { .work = verify_work, .arg = &run };
	int ret = CMD_FAILED;

	if (!gather(&run, call)) {
		pool.count = run.tree.nfiles;
		if (run.tree.walked)
			progress_begin("verifying", run.tree.nfiles,
				       run.tree.bytes);
		interrupts_catch();
		pool_run(&pool, run.opts->jobs ? run.opts->jobs :
						 pool_processors());
		progress_end();
		interrupts_obey();
		if (!show(call->out, &run) && !run.tree.errors)
			ret = CMD_OK;
	}
	free(run.finding);
	tree_free(&run.tree);
	trust_free(&run.trust);
	free(run.opts->keys.text);
	free(run.opts->catalogs.text);
	return ret;
}

static const struct cmd_opt verify_options[] = {
	CMD_VALUE(struct verify_opts, keys, struct text_list, parse_text_list,
		  "key", 'k', "FILE",
		  "trust this certificate, public key, or directory of them; " KEYS_DIR " without it"),
	CMD_VALUE(struct verify_opts, catalogs, struct text_list,
		  parse_text_list, "catalog", 'C', "FILE",
		  "what has no signature may be in this catalog"),
	CMD_TEXT(struct verify_opts, list, "revocations", 'r', "FILE",
		 "obey this revocation list"),
	CMD_VALUE(struct verify_opts, jobs, uint32_t, parse_jobs, "jobs", 'J',
		  "N", "threads; as many as processors without it"),
	CMD_SWITCH(struct verify_opts, any, "any", 'a',
		   "below directories look at every file"),
	CMD_SWITCH(struct verify_opts, verbose, "verbose", 'v',
		   "below directories name the good files too"),
	{}
};

const struct cmd verify_commands[] = {
	{
		.path = "verify", .args = "PATH...",
		.brief = "say of files what a kernel with the given keys says",
		.details =
"Below directories programs are looked at, and those that would be refused are\n"
"named. The exit status is 0 if all files are good.",
		.min_args = 1, .max_args = CMD_MANY,
		.options = verify_options,
		.opts_size = sizeof(struct verify_opts), .run = verify_run,
	},
	{}
};
