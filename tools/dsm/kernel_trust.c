// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm trust: whose signature under a policy the kernel believes.
 *
 * The kernel keeps certificates in a keyring of its own, ".dsm". They are given
 * to it over netlink, and listed from the keyring, which root may look at and
 * nobody can change: names that begin with a dot are the kernel's.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/keyctl.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "commands.h"
#include "kernel.h"

/* ---- dsm trust add ------------------------------------------------------------ */

/* A certificate as DER, to be freed by OPENSSL_free(). */
static int read_der(const char *path, unsigned char **der)
{
	FILE *f = fopen(path, "re");
	X509 *cert;
	int len = -1;

	if (!f)
		return cmd_error("%s: %s", path, strerror(errno));
	cert = PEM_read_X509(f, NULL, NULL, NULL);
	if (!cert && !fseek(f, 0, SEEK_SET))
		cert = d2i_X509_fp(f, NULL);
	fclose(f);
	if (cert)
		len = i2d_X509(cert, der);
	X509_free(cert);
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

static int trust_add(const struct cmd_call *call)
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

/* ---- dsm trust list ----------------------------------------------------------- */

static long keyctl(int what, int32_t key, void *buf, size_t len)
{
	return syscall(SYS_keyctl, what, key, buf, len);
}

/* The module's keyring, or 0. */
static int32_t find_keyring(void)
{
	FILE *f = fopen("/proc/keys", "re");
	char line[512], type[16], name[64];
	uint32_t id, found = 0;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%x %*s %*s %*s %*s %*s %*s %15s %63s", &id,
			   type, name) == 3 &&
		    !strcmp(type, "keyring") && !strcmp(name, ".dsm:"))
			found = id;
	if (f)
		fclose(f);
	return found;
}

/* "asymmetric;UID;GID;PERM;SUBJECT: ID" */
static void show_key(struct out *o, int32_t key)
{
	char text[1024] = "", *at = text, *id;
	int i;

	if (keyctl(KEYCTL_DESCRIBE, key, text, sizeof(text) - 1) < 0)
		return;
	for (i = 0; i < 4 && at; i++)
		at = strchr(at, ';') ? strchr(at, ';') + 1 : NULL;
	if (!at)
		return;
	id = strrchr(at, ':');
	if (id)
		*id++ = '\0';
	out_object_begin(o, NULL, OUT_LINE);
	out_text(o, "signer", OUT_BARE, at);
	out_text(o, "id", "id", id ? id + strspn(id, " ") : "");
	out_object_end(o);
}

static int show_keyring(struct out *o, int32_t keyring)
{
	long len = keyctl(KEYCTL_READ, keyring, NULL, 0), i;
	int32_t *key;

	if (len < 0)
		return cmd_error("the keyring cannot be read: %s",
				 strerror(errno));
	key = calloc(1, len + sizeof(*key));
	if (!key)
		return cmd_error("out of memory");
	i = keyctl(KEYCTL_READ, keyring, key, len);
	if (i < len)
		len = i;
	out_list_begin(o, NULL);
	for (i = 0; i < len / (long)sizeof(*key); i++)
		show_key(o, key[i]);
	out_list_end(o);
	free(key);
	return CMD_OK;
}

static int trust_list(const struct cmd_call *call)
{
	struct genl g = {};
	int32_t keyring;

	if (kernel_open(&g))
		return CMD_FAILED;
	genl_close(&g);
	keyring = find_keyring();
	if (!keyring)
		return cmd_error("the module's keyring is not there for you; be root");
	return show_keyring(call->out, keyring);
}

const struct cmd kernel_trust_commands[] = {
	{
		.path = "trust add", .args = "CERTIFICATE...",
		.brief = "have the kernel accept policies signed with these keys",
		.details =
"From the first certificate on, the kernel accepts signed policies only. With\n"
"the module's parameter \"anchor\" none can be added.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = trust_add,
	},
	{
		.path = "trust list",
		.brief = "list the certificates whose signature is accepted",
		.details = "Without any, policies need no signature.",
		.flags = CMD_DEFAULT,
		.run = trust_list,
	},
	{}
};
