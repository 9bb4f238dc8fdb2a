// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig show: what a signed file, a catalog or a revocation list says.
 *
 * Nothing is verified here, and it says so.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digsig/catalog.h"
#include "digsig/revocation.h"
#include "image.h"
#include "options.h"
#include "report.h"
#include "trust.h"

/** struct show_opts - options of the command */
struct show_opts {
	bool entries;
};

static const char *type_text(uint8_t type)
{
	switch (type) {
	case DIGSIG_TYPE_CATALOG:
		return "catalog";
	case DIGSIG_TYPE_REVOCATION:
		return "revocation list";
	default:
		return "file";
	}
}

static void show_footer(struct out *o, const struct image *img)
{
	const struct digsig_info *info = &img->info;

	out_text(o, "path", "path", img->path);
	out_text(o, "type", "type", type_text(info->type));
	out_text(o, "algorithm", "algorithm",
		 alg_text(info->alg, info->sig_len));
	out_hex(o, "key_id", "key id", info->key_id, sizeof(info->key_id));
	if (info->type == DIGSIG_TYPE_FILE) {
		out_text(o, "flags", "flags", flags_text(info->flags));
		out_number(o, "sid", "sid", info->sid);
		out_number(o, "generation", "generation", info->generation);
	}
	out_number(o, "file_len", "length", img->st.st_size);
	out_number(o, "sig_off", "covered", info->sig_off);
	out_number(o, "sig_len", "signature", info->sig_len);
	if (info->type != DIGSIG_TYPE_FILE)
		return;
	out_number(o, "wrap_len", "wrapping", info->wrap_len);
	out_number(o, "plain_len", "length unsigned", img->plain_len);
}

static void show_entries(struct out *o, const struct digsig_catalog *c)
{
	struct digsig_listed listed;
	const uint8_t *p;
	uint32_t i;

	out_list_begin(o, "entries");
	for (i = 0; i < c->entries.count; i++) {
		p = c->entries.base + (size_t)i * c->entries.size;
		if (!digsig_catalog_find(c, p, &listed))
			continue;
		out_object_begin(o, NULL, OUT_LINE);
		out_hex(o, "digest", OUT_BARE, p, DIGSIG_DIGEST_LEN);
		out_text(o, "flags", listed.flags ? "flags" : OUT_JSON_ONLY,
			 flags_text(listed.flags));
		out_number(o, "sid", listed.sid ? "sid" : OUT_JSON_ONLY,
			   listed.sid);
		out_object_end(o);
	}
	out_list_end(o);
}

static const char *show_catalog(struct out *o, const struct sealed *sealed,
				bool entries)
{
	struct digsig_catalog c;
	const char *why = digsig_catalog_parse(sealed->bytes, sealed->len, &c);

	if (why)
		return why;
	out_text(o, "name", "name", c.name);
	out_number(o, "generation", "generation", c.generation);
	out_number(o, "count", "files", c.entries.count);
	if (entries)
		show_entries(o, &c);
	return NULL;
}

static void show_table(struct out *o, const char *name,
		       const struct digsig_sorted *table)
{
	uint32_t i;

	out_list_begin(o, name);
	for (i = 0; i < table->count; i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_hex(o, "id", OUT_BARE,
			table->base + (size_t)i * table->size, table->key_len);
		out_object_end(o);
	}
	out_list_end(o);
}

static const char *show_list(struct out *o, const struct sealed *sealed,
			     bool entries)
{
	struct digsig_revocation list;
	const char *why = digsig_revocation_parse(sealed->bytes, sealed->len,
						  &list);

	if (why)
		return why;
	out_number(o, "number", "number", list.number);
	out_number(o, "min_generation", "minimum generation",
		   list.min_generation);
	out_number(o, "digest_count", "revoked files", list.digests.count);
	out_number(o, "key_count", "revoked keys", list.keys.count);
	if (!entries)
		return NULL;
	show_table(o, "digests", &list.digests);
	show_table(o, "keys", &list.keys);
	return NULL;
}

static int show_image(struct out *o, const struct image *img, bool entries)
{
	struct sealed sealed = {};
	const char *why = NULL;

	if (img->state != DIGSIG_REASON_NONE) {
		report_error("%s: %s", img->path, img->error ? img->error :
			     "is not signed");
		return -EBADMSG;
	}
	if (img->info.type != DIGSIG_TYPE_FILE &&
	    sealed_read(&sealed, img->path))
		return -EIO;
	out_object_begin(o, NULL, OUT_BLOCK);
	show_footer(o, img);
	if (img->info.type == DIGSIG_TYPE_CATALOG)
		why = show_catalog(o, &sealed, entries);
	else if (img->info.type == DIGSIG_TYPE_REVOCATION)
		why = show_list(o, &sealed, entries);
	if (why)
		out_text(o, "error", "malformed", why);
	out_object_end(o);
	if (why)
		report_error("%s: %s", img->path, why);
	sealed_free(&sealed);
	return why ? -EBADMSG : 0;
}

static int show_run(const struct cmd_call *call)
{
	const struct show_opts *o = call->opts;
	struct image img;
	int i, failed = 0;

	out_list_begin(call->out, NULL);
	for (i = 0; i < call->argc; i++) {
		if (image_open(&img, AT_FDCWD, call->argv[i], call->argv[i])) {
			failed++;
			continue;
		}
		failed += show_image(call->out, &img, o->entries) != 0;
		image_close(&img);
	}
	out_list_end(call->out);
	return failed ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt show_options[] = {
	CMD_SWITCH(struct show_opts, entries, "entries", 'e',
		   "of a list, every entry"),
	{}
};

const struct cmd show_commands[] = {
	{
		.path = "show", .args = "FILE...",
		.brief = "print what signatures, catalogs and lists say",
		.details =
"Nothing is verified: this is what the files claim. Use \"digsig verify\" to\n"
"learn whether it is true.",
		.min_args = 1, .max_args = CMD_MANY, .options = show_options,
		.opts_size = sizeof(struct show_opts), .run = show_run,
	},
	{}
};
