// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy load and unload, dsm trust, dsm node: what the kernel is given.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "commands.h"
#include "kernel.h"
#include "names.h"

struct load_opts {
	bool	force;
};

static const struct cmd_opt load_options[] = {
	CMD_SWITCH(struct load_opts, force, "force", 'F',
		   "also if a policy with a higher serial is in force"),
	{}
};

static int load(const struct cmd_call *call)
{
	const struct load_opts *opts = call->opts;
	uint32_t serial = 0;
	struct genl g = {};
	int err;

	if (kernel_open(&g))
		return CMD_FAILED;
	err = kernel_send_policy(&g, DSM_CMD_POLICY_LOAD, call->argv[0],
				 opts->force, &serial);
	genl_close(&g);
	if (err)
		return CMD_FAILED;
	names_keep(call->argv[0]);
	out_object_begin(call->out, NULL, OUT_LINE);
	out_text(call->out, "file", OUT_BARE, call->argv[0]);
	out_number(call->out, "serial", "serial", serial);
	out_object_end(call->out);
	return CMD_OK;
}

static int unload(const struct cmd_call *call)
{
	struct genl g = {};
	int err;

	(void)call;
	if (kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DSM_CMD_POLICY_UNLOAD, 0);
	err = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

/* A certificate, or the public key alone, as DER. */
static int read_der(const char *path, unsigned char **der)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *key = NULL;
	X509 *cert;
	int len = -1;

	if (!f)
		return cmd_error("%s: %s", path, strerror(errno));
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	if (!cert && !fseek(f, 0, SEEK_SET))
		cert = d2i_X509_fp(f, NULL);
	if (!cert && !fseek(f, 0, SEEK_SET))
		key = PEM_read_PUBKEY(f, NULL, NULL, NULL);
	fclose(f);
	if (cert)
		len = i2d_X509(cert, der);
	else if (key)
		len = i2d_PUBKEY(key, der);
	X509_free(cert);
	EVP_PKEY_free(key);
	if (len <= 0)
		cmd_error("%s: holds no certificate", path);
	return len;
}

static int trust_one(struct genl *g, const char *path)
{
	unsigned char *der = NULL;
	int len = read_der(path, &der), err;

	if (!der || len <= 0)
		return -EINVAL;
	genl_request(g, DSM_CMD_TRUST_ADD, 0);
	genl_put(g, DSM_A_DER, der, len);
	g->subject = path;
	err = genl_call(g, NULL, NULL);
	g->subject = NULL;
	OPENSSL_free(der);
	return err;
}

static int trust(const struct cmd_call *call)
{
	struct genl g = {};
	int i, ret = CMD_OK;

	if (kernel_open(&g))
		return CMD_FAILED;
	for (i = 0; i < call->argc; i++)
		if (trust_one(&g, call->argv[i]))
			ret = CMD_FAILED;
	genl_close(&g);
	return ret;
}

static int node_set(const struct cmd_call *call)
{
	struct genl g = {};
	uint32_t nid;
	int err;

	if (names_nid(call->argv[0], &nid) || kernel_open(&g))
		return CMD_FAILED;
	genl_request(&g, DSM_CMD_NODE_SET, 0);
	genl_put_u32(&g, DSM_A_NID, nid);
	err = genl_call(&g, NULL, NULL);
	genl_close(&g);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd kernel_policy_commands[] = {
	{
		.path = "policy load", .args = "IMAGE",
		.brief = "bring a policy into force on this node",
		.details =
"The kernel checks image, digest and signature, and switches at once: no packet\n"
"is judged by a mixture. An image whose serial is not higher than that of the\n"
"policy in force is refused.",
		.min_args = 1, .max_args = 1,
		.options = load_options,
		.opts_size = sizeof(struct load_opts),
		.run = load,
	},
	{
		.path = "policy unload",
		.brief = "judge nothing any more on this node",
		.run = unload,
	},
	{
		.path = "trust", .args = "CERTIFICATE...",
		.brief = "have the kernel accept policies signed with these keys",
		.details =
"From the first certificate on, the kernel accepts signed policies only.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = trust,
	},
	{
		.path = "node set", .args = "NID",
		.brief = "say which node this is",
		.min_args = 1, .max_args = 1,
		.run = node_set,
	},
	{}
};
