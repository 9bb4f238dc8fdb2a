// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy check and compile: from a text to an image.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "commands.h"
#include "compile.h"
#include "image.h"
#include "source.h"

struct compile_opts {
	const char	*output;
	const char	*key;
	const char	*cert;
	uint32_t	serial;
	bool		quiet;
};

static const char *parse_serial(const char *text, void *value)
{
	const char *wrong = cmd_parse_number(text, value);

	return wrong ? wrong : *(uint32_t *)value ? NULL : "cannot be 0";
}

static const struct cmd_opt compile_options[] = {
	CMD_TEXT(struct compile_opts, output, "output", 'o', "FILE",
		 "write the image to FILE"),
	CMD_TEXT(struct compile_opts, key, "sign-key", 'k', "FILE",
		 "sign the image with this private key"),
	CMD_TEXT(struct compile_opts, cert, "sign-cert", 'C', "FILE",
		 "the key's certificate, if it is not KEY with .pem"),
	CMD_VALUE(struct compile_opts, serial, uint32_t, parse_serial,
		  "serial", 'n', "NUMBER",
		  "the serial, instead of the one in the text"),
	CMD_SWITCH(struct compile_opts, quiet, "quiet", 'q',
		   "no warnings"),
	{}
};

static const struct cmd_opt check_options[] = {
	CMD_SWITCH(struct compile_opts, quiet, "quiet", 'q',
		   "no warnings"),
	{}
};

/* So that the same text gives the same image where that is asked for. */
static uint64_t time_of_build(void)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	return epoch ? strtoull(epoch, NULL, 10) : (uint64_t)time(NULL);
}

static int compile_model(const char *file, struct text *t, struct model *m,
			 struct image *image)
{
	const char *error;

	image->data = build_image(m, time_of_build(), &image->len, &error);
	if (!image->data) {
		cmd_error("%s: %s", file, error);
		return -EINVAL;
	}
	image_seal(image->data);
	/* What the kernel would refuse must not leave here. */
	error = image_check(image);
	if (error) {
		cmd_error("%s: the image is bad: %s", t->file, error);
		return -EINVAL;
	}
	return 0;
}

/**
 * source_compile() - make an image of a text
 * @file: the text; "-" is standard input
 * @opts: how
 * @image: filled in; image_close() gives it back, on errors too
 *
 * Return: 0, or a negative error after saying why.
 */
int source_compile(const char *file, const struct source_opts *opts,
		   struct image *image)
{
	struct model m;
	struct text t;
	int err;

	memset(image, 0, sizeof(*image));
	model_init(&m);
	err = text_open(&t, file);
	if (!err) {
		t.quiet = opts->quiet;
		err = parse_policy(&t, &m);
	}
	if (!err) {
		lint_policy(&t, &m);
		if (opts->serial)
			m.serial = opts->serial;
		err = compile_model(file, &t, &m, image);
	}
	text_close(&t);
	model_free(&m);
	return err;
}

static void summary(struct out *o, const char *file, const struct image *image)
{
	const struct dsm_image_header *head = image->policy.head;

	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "file", OUT_BARE, file);
	out_number(o, "serial", "serial", image->policy.serial);
	out_number(o, "rules", "rules", le32_to_cpu(head->rules));
	out_number(o, "sids", "sids", le32_to_cpu(head->sids));
	out_number(o, "nids", "nids", le32_to_cpu(head->nids));
	out_number(o, "peers", "peers", le32_to_cpu(head->peers));
	out_number(o, "transitions", "transitions",
		   le32_to_cpu(head->transitions));
	out_number(o, "bytes", "bytes", image->len);
	out_hex(o, "digest", OUT_JSON_ONLY, image->policy.digest,
		DSM_IMAGE_DIGEST_LEN);
	out_object_end(o);
}

static int compile(const struct cmd_call *call)
{
	const struct compile_opts *opts = call->opts;
	struct source_opts how = {
		.serial = opts->serial, .quiet = opts->quiet,
	};
	struct image image;
	int err;

	if (!opts->output)
		return cmd_usage(call, "name the file to write with -o");
	if (opts->cert && !opts->key)
		return cmd_usage(call, "a certificate goes with a key, -k");
	err = source_compile(call->argv[0], &how, &image);
	if (!err && opts->key)
		err = source_sign(call->argv[0], &image, opts->key,
				  opts->cert);
	if (!err)
		err = image_save(opts->output, image.data, image.len);
	if (!err)
		summary(call->out, opts->output, &image);
	image_close(&image);
	return err ? CMD_FAILED : CMD_OK;
}

static int check_one(const char *file, const struct compile_opts *opts,
		     struct out *o)
{
	struct source_opts how = { .quiet = opts->quiet };
	struct image image;
	int err;

	err = source_open(file, &how, &image);
	if (!err)
		summary(o, file, &image);
	image_close(&image);
	return err;
}

static int check(const struct cmd_call *call)
{
	int i, ret = CMD_OK;

	out_list_begin(call->out, NULL);
	for (i = 0; i < call->argc; i++)
		if (check_one(call->argv[i], call->opts, call->out))
			ret = CMD_FAILED;
	out_list_end(call->out);
	return ret;
}

const struct cmd policy_compile_commands[] = {
	{
		.path = "policy check", .args = "FILE...",
		.brief = "say what is wrong with policies, texts or images",
		.details =
"Warnings name what may not be meant: names that are not used, rules that say\n"
"what another says.",
		.min_args = 1, .max_args = CMD_MANY,
		.options = check_options,
		.opts_size = sizeof(struct compile_opts),
		.run = check,
	},
	{
		.path = "policy compile", .args = "TEXT",
		.brief = "make an image, which the kernel loads, of a text",
		.details =
"Without -k the image is not signed; \"dsm policy sign\" does it later, where the\n"
"key is. The serial is 1 if the text has none and -n gives none. The time in the\n"
"image is that of SOURCE_DATE_EPOCH, if the variable is set.",
		.min_args = 1, .max_args = 1,
		.options = compile_options,
		.opts_size = sizeof(struct compile_opts),
		.run = compile,
	},
	{}
};
