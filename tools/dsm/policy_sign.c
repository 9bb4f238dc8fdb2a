// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy sign, and what a signature is worth.
 */
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "signature.h"
#include "source.h"

struct sign_opts {
	const char	*key;
	const char	*cert;
	const char	*output;
};

static const struct cmd_opt sign_options[] = {
	CMD_TEXT(struct sign_opts, key, "key", 'k', "FILE",
		 "the private key, as \"digsig keygen\" makes it"),
	CMD_TEXT(struct sign_opts, cert, "cert", 'C', "FILE",
		 "its certificate, if it is not KEY with .pem"),
	CMD_TEXT(struct sign_opts, output, "output", 'o', "FILE",
		 "write to FILE and leave IMAGE as it is"),
	{}
};

struct verify_opts {
	const char	*cert;
};

static const struct cmd_opt verify_options[] = {
	CMD_TEXT(struct verify_opts, cert, "cert", 'C', "FILE",
		 "certificate of who should have signed"),
	{}
};

/* site.key is the key of site.pem. */
static const char *cert_of(const char *key, char *name, size_t size)
{
	size_t len = strlen(key);

	if (len > 4 && !strcmp(key + len - 4, ".key"))
		len -= 4;
	snprintf(name, size, "%.*s.pem", (int)len, key);
	return name;
}

/**
 * source_sign() - sign an image
 * @file: what it is called in errors
 * @image: a good image; a signature that it has is replaced
 * @key: file of the private key
 * @cert: file of its certificate, or NULL for the one beside @key
 *
 * Return: 0, or a negative error after saying why.
 */
int source_sign(const char *file, struct image *image, const char *key,
		const char *cert)
{
	const char *error;
	char name[4096];
	int err;

	if (!cert)
		cert = cert_of(key, name, sizeof(name));
	err = signature_make(image, key, cert, &error);
	if (err)
		cmd_error("%s: %s", file, error);
	return err;
}

static int sign(const struct cmd_call *call)
{
	const struct sign_opts *opts = call->opts;
	const char *path = call->argv[0];
	struct image image;
	int err;

	if (!opts->key)
		return cmd_usage(call, "name the key with -k");
	if (image_open(&image, path))
		return CMD_FAILED;
	err = source_sign(path, &image, opts->key, opts->cert);
	if (!err)
		err = image_save(opts->output ? opts->output : path,
				 image.data, image.len);
	image_close(&image);
	return err ? CMD_FAILED : CMD_OK;
}

static int verify(const struct cmd_call *call)
{
	const struct verify_opts *opts = call->opts;
	struct signature_trust trust = {};
	const char *path = call->argv[0], *error = NULL;
	struct image image;
	char signer[256];

	if (!opts->cert)
		return cmd_usage(call, "name the certificate with -C");
	if (signature_trust_add(&trust, opts->cert, &error))
		return cmd_error("%s: %s", opts->cert, error);
	if (image_open(&image, path)) {
		signature_trust_free(&trust);
		return CMD_FAILED;
	}
	error = signature_check(&image, &trust, signer);
	if (!error) {
		out_object_begin(call->out, NULL, OUT_LINE);
		out_text(call->out, "file", OUT_BARE, path);
		out_text(call->out, "signer", "signed by", signer);
		out_object_end(call->out);
	}
	image_close(&image);
	signature_trust_free(&trust);
	return error ? cmd_error("%s: %s", path, error) : CMD_OK;
}

const struct cmd policy_sign_commands[] = {
	{
		.path = "policy sign", .args = "IMAGE",
		.brief = "sign an image",
		.details =
"The kernel and dsmd look the signer up among the certificates they were given.\n"
"A signature that is there is replaced.",
		.min_args = 1, .max_args = 1,
		.options = sign_options,
		.opts_size = sizeof(struct sign_opts),
		.run = sign,
	},
	{
		.path = "policy verify", .args = "IMAGE",
		.brief = "say whether an image is signed, and by whom",
		.min_args = 1, .max_args = 1,
		.options = verify_options,
		.opts_size = sizeof(struct verify_opts),
		.run = verify,
	},
	{}
};
