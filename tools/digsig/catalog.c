// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig catalog: one signature for many files that stay as they are.
 *
 * Locking: the threads that hash write into the slot of their own file.
 */
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digests.h"
#include "digsig/catalog.h"
#include "image.h"
#include "options.h"
#include "pool.h"
#include "report.h"
#include "seal.h"
#include "tree.h"

/** struct catalog_opts - options of the command */
struct catalog_opts {
	const char *key;
	const char *passphrase;
	const char *output;
	const char *name;
	uint32_t flags;
	uint32_t sid;
	uint32_t generation;
	uint32_t jobs;
	bool programs;
};

/**
 * struct run - one call of the command
 * @opts: options
 * @tree: the files
 * @entry: one per file
 * @hashed: whether the entry is there
 */
struct run {
	const struct catalog_opts *opts;
	struct tree tree;
	struct digsig_catalog_entry *entry;
	bool *hashed;
};

static int hash_file(struct stream *s, const struct tree_file *f,
		     uint8_t *digest)
{
	int dirfd = tree_dir_get(f->names->dir);
	struct image img;
	int err;

	if (dirfd < 0) {
		report_error("%s: %s", f->names->path, strerror(-dirfd));
		return dirfd;
	}
	err = image_open(&img, dirfd, f->names->base, f->names->path);
	if (!err) {
		err = image_digest(s, &img, digest);
		if (err)
			report_error("%s: %s", img.path, err == -ESTALE ?
				     "changed while it was read" :
				     strerror(-err));
		image_close(&img);
	}
	tree_dir_put(f->names->dir);
	return err;
}

static void hash_work(struct pool *pool)
{
	struct run *run = pool->arg;
	struct stream s;
	size_t i;

	if (stream_init(&s)) {
		report_error("%s", strerror(ENOMEM));
		return;
	}
	while (pool_next(pool, &i)) {
		run->hashed[i] = !hash_file(&s, &run->tree.files[i],
					    run->entry[i].digest);
		run->entry[i].flags = htole32(run->opts->flags);
		run->entry[i].sid = htole32(run->opts->sid);
		progress_file();
	}
	stream_free(&s);
}

static int hash_all(struct run *run, struct digests *table)
{
	struct pool pool = {
		.count = run->tree.nfiles, .work = hash_work, .arg = run,
	};
	size_t i;
	int err = 0;

	run->entry = calloc(run->tree.nfiles + 1, sizeof(*run->entry));
	run->hashed = calloc(run->tree.nfiles + 1, sizeof(*run->hashed));
	if (!run->entry || !run->hashed)
		return -ENOMEM;
	if (run->tree.walked)
		progress_begin("hashing", run->tree.nfiles, run->tree.bytes);
	interrupts_catch();
	pool_run(&pool, run->opts->jobs ? run->opts->jobs : pool_processors());
	progress_end();
	interrupts_obey();
	for (i = 0; i < run->tree.nfiles && !err; i++)
		err = run->hashed[i] ? digests_add(table, &run->entry[i]) :
				       -EIO;
	digests_sort(table);
	return err;
}

static int write_catalog(const struct run *run, struct sigkey *key,
			 const struct digests *table)
{
	struct digsig_catalog_header head = {
		.magic = DIGSIG_CATALOG_MAGIC,
		.count = htole32(table->count),
		.generation = htole32(run->opts->generation),
	};
	size_t len = sizeof(head) + table->count * table->size;
	struct digsig_catalog check;
	uint8_t *bytes = malloc(len);
	const char *why;
	int err;

	if (!bytes)
		return -ENOMEM;
	memcpy(head.name, run->opts->name, strlen(run->opts->name));
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), table->base, table->count * table->size);
	why = digsig_catalog_parse(bytes, len, &check);
	if (why) {
		report_error("%s: %s", run->opts->output, why);
		err = -EINVAL;
	} else {
		err = seal_write_file(key, DIGSIG_TYPE_CATALOG, bytes, len,
				      run->opts->output);
	}
	free(bytes);
	return err;
}

static void show(struct out *o, const struct run *run, size_t entries)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "catalog", "catalog", run->opts->output);
	out_text(o, "name", "name", run->opts->name);
	out_number(o, "files", "files", run->tree.nfiles);
	out_number(o, "entries", "entries", entries);
	out_object_end(o);
}

static int create(struct run *run, const struct cmd_call *call,
		  struct sigkey *key)
{
	struct digests table = {
		.size = sizeof(struct digsig_catalog_entry),
		.key_len = DIGSIG_DIGEST_LEN,
	};
	int err;

	err = tree_find(&run->tree, call->argv, call->argc,
			run->opts->programs ? TREE_PROGRAMS : TREE_REGULAR);
	if (!err)
		err = hash_all(run, &table);
	/* A catalog that silently lacks a file would be noticed too late. */
	if (!err && run->tree.errors)
		err = -EIO;
	if (!err && !table.count) {
		report_error("there is no file to put into the catalog");
		err = -ENOENT;
	}
	if (!err)
		err = write_catalog(run, key, &table);
	if (!err)
		show(call->out, run, table.count);
	digests_free(&table);
	free(run->entry);
	free(run->hashed);
	tree_free(&run->tree);
	return err;
}

static int catalog_run(const struct cmd_call *call)
{
	char name[DIGSIG_CATALOG_NAME_LEN] = "";
	struct run run = { .opts = call->opts };
	struct sigkey key = {};
	int err;

	if (!run.opts->output || !run.opts->name)
		return cmd_usage(call, "give the catalog a --name and an --output");
	strncpy(name, run.opts->name, sizeof(name) - 1);
	if (strlen(run.opts->name) >= sizeof(name) ||
	    !digsig_catalog_name_valid(name))
		return cmd_usage(call, "--name: 1 to 15 printable characters");
	err = key_from_options(&key, run.opts->key, run.opts->passphrase);
	if (!err)
		err = create(&run, call, &key);
	sigkey_close(&key);
	return err ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt catalog_options[] = {
	CMD_TEXT(struct catalog_opts, key, "key", 'k', "KEY",
		 "private key: a file, or a pkcs11: URI"),
	CMD_TEXT(struct catalog_opts, passphrase, "passphrase", 0, "SOURCE",
		 "of the key: ask, env:VARIABLE, file:PATH"),
	CMD_TEXT(struct catalog_opts, output, "output", 'o', "FILE",
		 "catalog to write"),
	CMD_TEXT(struct catalog_opts, name, "name", 'n', "NAME",
		 "what it is called; it replaces the loaded one of this name"),
	CMD_VALUE(struct catalog_opts, flags, uint32_t, parse_flags, "flags",
		  'f', "LIST", "of all its files: jit, debugger, interpreter"),
	CMD_NUMBER(struct catalog_opts, sid, "sid", 0, "N",
		   "security ID of all its files"),
	CMD_NUMBER(struct catalog_opts, generation, "generation", 'g', "N",
		   "generation of the catalog"),
	CMD_VALUE(struct catalog_opts, jobs, uint32_t, parse_jobs, "jobs", 'J',
		  "N", "threads; as many as processors without it"),
	CMD_SWITCH(struct catalog_opts, programs, "programs", 0,
		   "below directories take ELF programs only"),
	{}
};

const struct cmd catalog_commands[] = {
	{
		.path = "catalog create", .args = "PATH...",
		.brief = "sign a list of files instead of the files",
		.details =
"For scripts, and for files that have to stay as they are. Below directories\n"
"every regular file is taken. Nothing is written if one cannot be read.",
		.min_args = 1, .max_args = CMD_MANY,
		.options = catalog_options,
		.opts_size = sizeof(struct catalog_opts), .run = catalog_run,
	},
	{}
};
