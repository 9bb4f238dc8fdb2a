// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig revoke: a signed list of files and keys that are no longer trusted.
 *
 * A file that is named is revoked in every shape it can have: as it is, as it
 * was before it was signed (which a catalog may list), and as each of our
 * algorithms would wrap it. So signing it again with another key does not
 * bring it back.
 */
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "commands.h"
#include "digests.h"
#include "digsig/revocation.h"
#include "elfwrap.h"
#include "image.h"
#include "options.h"
#include "report.h"
#include "seal.h"
#include "trust.h"

/** struct revoke_opts - options of the command */
struct revoke_opts {
	const char *key;
	const char *passphrase;
	const char *output;
	const char *base;
	struct text_list files;
	struct text_list digests;
	struct text_list keys;
	uint64_t number;
	uint32_t min_generation;
};

/**
 * struct list - a revocation list that is being made
 * @number: of the list
 * @min_generation: in force with it
 * @digests: revoked files
 * @keys: revoked keys
 */
struct list {
	uint64_t number;
	uint32_t min_generation;
	struct digests digests;
	struct digests keys;
};

/* ---- files -------------------------------------------------------------------- */

static int add_wrapped(struct list *list, struct stream *s,
		       const struct image *img, uint32_t sig_len)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	struct elfwrap wrap;
	int err;

	err = elfwrap_build(&wrap, img, sig_len);
	if (err)
		return err;
	err = stream_begin(s, -1);
	if (!err)
		err = image_digest_wrapped(s, img, &wrap, digest);
	if (!err)
		err = digests_add(&list->digests, digest);
	elfwrap_free(&wrap);
	return err;
}

static int add_plain(struct list *list, struct stream *s,
		     const struct image *img)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	struct elfwrap none = {};
	int err;

	memcpy(none.head, img->head, img->head_len);
	err = stream_begin(s, -1);
	if (!err)
		err = image_digest_wrapped(s, img, &none, digest);
	return err ? err : digests_add(&list->digests, digest);
}

static int add_as_it_is(struct list *list, struct stream *s,
			const struct image *img)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	int err;

	err = image_digest(s, img, digest);
	if (!err)
		err = digests_add(&list->digests, digest);
	if (err || img->state != DIGSIG_REASON_NONE)
		return err;
	err = seal_digest(s, img, digest);
	return err ? err : digests_add(&list->digests, digest);
}

static int add_shapes(struct list *list, struct stream *s,
		      const struct image *img)
{
	size_t i;
	int err;

	err = add_as_it_is(list, s, img);
	if (!err)
		err = add_plain(list, s, img);
	for (i = 0; i < sigkey_lengths_count && !err; i++)
		err = add_wrapped(list, s, img, sigkey_lengths[i]);
	return err;
}

static int add_file(struct list *list, struct stream *s, const char *path)
{
	struct image img;
	int err;

	err = image_open(&img, AT_FDCWD, path, path);
	if (err)
		return err;
	err = add_shapes(list, s, &img);
	if (err)
		report_error("%s: %s", path, err == -ESTALE ?
			     "changed while it was read" : strerror(-err));
	image_close(&img);
	return err;
}

static int add_files(struct list *list, const struct text_list *paths)
{
	struct stream s;
	size_t i;
	int err;

	if (!paths->count)
		return 0;
	err = stream_init(&s);
	for (i = 0; i < paths->count && !err; i++)
		err = add_file(list, &s, paths->text[i]);
	stream_free(&s);
	return err;
}

/* ---- digests and keys ------------------------------------------------------------ */

static int add_digests(struct list *list, const struct text_list *texts)
{
	uint8_t digest[DIGSIG_DIGEST_LEN];
	size_t i;
	int err;

	for (i = 0; i < texts->count; i++) {
		if (parse_hex(texts->text[i], digest, sizeof(digest))) {
			report_error("--digest: \"%s\" is not 64 hexadecimal digits",
				     texts->text[i]);
			return -EINVAL;
		}
		err = digests_add(&list->digests, digest);
		if (err)
			return err;
	}
	return 0;
}

static int key_id_of(const char *text, uint8_t *id)
{
	struct sigkey key = {};
	EVP_PKEY *pkey;
	char *name;
	int err;

	if (!parse_hex(text, id, DIGSIG_KEY_ID_LEN))
		return 0;
	pkey = sigkey_read_public(text, &name);
	if (!pkey) {
		report_error("--key-id: \"%s\" is neither 32 hexadecimal digits nor a file with a certificate or public key",
			     text);
		return -EINVAL;
	}
	err = sigkey_init(&key, pkey, text);
	if (!err)
		memcpy(id, key.id, DIGSIG_KEY_ID_LEN);
	sigkey_close(&key);
	free(name);
	return err;
}

static int add_keys(struct list *list, const struct text_list *texts)
{
	uint8_t id[DIGSIG_KEY_ID_LEN];
	size_t i;
	int err = 0;

	for (i = 0; i < texts->count && !err; i++) {
		err = key_id_of(texts->text[i], id);
		if (!err)
			err = digests_add(&list->keys, id);
	}
	return err;
}

/* ---- the list before --------------------------------------------------------------- */

static int add_table(struct digests *to, const struct digsig_sorted *from)
{
	uint32_t i;
	int err = 0;

	for (i = 0; i < from->count && !err; i++)
		err = digests_add(to, from->base + (size_t)i * from->size);
	return err;
}

static int continue_list(struct list *list, const char *path)
{
	struct digsig_revocation old;
	struct sealed sealed;
	const char *why;
	int err;

	err = sealed_read(&sealed, path);
	if (err)
		return err;
	why = sealed.info.type != DIGSIG_TYPE_REVOCATION ?
	      "is not a revocation list" :
	      digsig_revocation_parse(sealed.bytes, sealed.len, &old);
	if (!why && list->number && list->number <= old.number)
		why = "has this number already, or a higher one";
	if (why) {
		report_error("%s: %s", path, why);
		err = -EINVAL;
		goto out;
	}
	if (!list->number)
		list->number = old.number + 1;
	if (list->min_generation < old.min_generation)
		list->min_generation = old.min_generation;
	err = add_table(&list->digests, &old.digests);
	if (!err)
		err = add_table(&list->keys, &old.keys);
out:
	sealed_free(&sealed);
	return err;
}

/* ---- the command ---------------------------------------------------------------------- */

static int write_list(const struct list *list, struct sigkey *key,
		      const char *path)
{
	struct digsig_revocation_header head = {
		.magic = DIGSIG_REVOCATION_MAGIC,
		.number = htole64(list->number),
		.digest_count = htole32(list->digests.count),
		.key_count = htole32(list->keys.count),
		.min_generation = htole32(list->min_generation),
	};
	size_t digests = list->digests.count * list->digests.size;
	size_t keys = list->keys.count * list->keys.size;
	uint8_t *bytes = malloc(sizeof(head) + digests + keys), *p = bytes;
	struct digsig_revocation check;
	const char *why;
	int err;

	if (!bytes)
		return -ENOMEM;
	p = mempcpy(p, &head, sizeof(head));
	if (digests)
		p = mempcpy(p, list->digests.base, digests);
	if (keys)
		p = mempcpy(p, list->keys.base, keys);
	why = digsig_revocation_parse(bytes, p - bytes, &check);
	if (why)
		report_error("%s: %s", path, why);
	err = why ? -EINVAL :
	      seal_write_file(key, DIGSIG_TYPE_REVOCATION, bytes, p - bytes,
			      path);
	free(bytes);
	return err;
}

static void show(struct out *o, const struct list *list, const char *path)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "list", "list", path);
	out_number(o, "number", "number", list->number);
	out_number(o, "digests", "digests", list->digests.count);
	out_number(o, "keys", "keys", list->keys.count);
	out_number(o, "min_generation", "minimum generation",
		   list->min_generation);
	out_object_end(o);
}

static int gather(struct list *list, const struct revoke_opts *o)
{
	int err = 0;

	if (o->base)
		err = continue_list(list, o->base);
	if (!err)
		err = add_files(list, &o->files);
	if (!err)
		err = add_digests(list, &o->digests);
	if (!err)
		err = add_keys(list, &o->keys);
	digests_sort(&list->digests);
	digests_sort(&list->keys);
	return err;
}

static int revoke_run(const struct cmd_call *call)
{
	const struct revoke_opts *o = call->opts;
	struct sigkey key = {};
	struct list list = {
		.number = o->number, .min_generation = o->min_generation,
		.digests = { .size = DIGSIG_DIGEST_LEN,
			     .key_len = DIGSIG_DIGEST_LEN },
		.keys = { .size = DIGSIG_KEY_ID_LEN,
			  .key_len = DIGSIG_KEY_ID_LEN },
	};
	int err;

	if (!o->output)
		return cmd_usage(call, "name the list to write with --output");
	if (!o->number && !o->base)
		return cmd_usage(call, "give the list a --number, or a --base to count on from");
	err = key_from_options(&key, o->key, o->passphrase);
	if (!err)
		err = gather(&list, o);
	if (!err)
		err = write_list(&list, &key, o->output);
	if (!err)
		show(call->out, &list, o->output);
	sigkey_close(&key);
	digests_free(&list.digests);
	digests_free(&list.keys);
	free(o->files.text);
	free(o->digests.text);
	free(o->keys.text);
	return err ? CMD_FAILED : CMD_OK;
}

static const struct cmd_opt revoke_options[] = {
	CMD_TEXT(struct revoke_opts, key, "key", 'k', "KEY",
		 "private key: a file, or a pkcs11: URI"),
	CMD_TEXT(struct revoke_opts, passphrase, "passphrase", 0, "SOURCE",
		 "of the key: ask, env:VARIABLE, file:PATH"),
	CMD_TEXT(struct revoke_opts, output, "output", 'o', "FILE",
		 "list to write"),
	CMD_VALUE(struct revoke_opts, number, uint64_t, parse_number64,
		  "number", 'n', "N",
		  "of the list; kernels refuse one that is not higher"),
	CMD_TEXT(struct revoke_opts, base, "base", 'b', "FILE",
		 "list to continue; the number is one higher without --number"),
	CMD_VALUE(struct revoke_opts, files, struct text_list, parse_text_list,
		  "file", 'F', "FILE", "revoke this file, however it is signed"),
	CMD_VALUE(struct revoke_opts, digests, struct text_list,
		  parse_text_list, "digest", 'd', "HEX",
		  "revoke the file of this digest"),
	CMD_VALUE(struct revoke_opts, keys, struct text_list, parse_text_list,
		  "key-id", 'i', "ID", "revoke this key; a certificate will do"),
	CMD_NUMBER(struct revoke_opts, min_generation, "min-generation", 'm',
		   "N", "refuse files of a lower generation"),
	{}
};

const struct cmd revoke_commands[] = {
	{
		.path = "revoke create", .flags = CMD_DEFAULT,
		.brief = "make a signed list of what is no longer trusted",
		.details =
"A list says all that is revoked: it replaces the one before. A kernel takes\n"
"only a list with a higher number than the one it has.",
		.options = revoke_options,
		.opts_size = sizeof(struct revoke_opts), .run = revoke_run,
	},
	{}
};
