// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys that the kernel trusts: digsig key add, del, list, anchor.
 *
 * The kernel takes one key as DER. A file may be that, or PEM with any number
 * of certificates and public keys.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "cmd.h"
#include "commands.h"
#include "kernel.h"
#include "names.h"

#define DER_MAX		16384
#define FILE_MAX	(1 << 20)

static const struct genl_rule key_rules[DIGSIG_KEY_MAX + 1] = {
	[DIGSIG_KEY_ID] = { MNL_TYPE_BINARY, DIGSIG_KEY_ID_LEN },
	[DIGSIG_KEY_SUBJECT] = { MNL_TYPE_NUL_STRING, 0 },
	[DIGSIG_KEY_ALG] = { MNL_TYPE_U8, 0 },
	[DIGSIG_KEY_BITS] = { MNL_TYPE_U32, 0 },
	[DIGSIG_KEY_FILES] = { MNL_TYPE_U64, 0 },
	[DIGSIG_KEY_FLAGS] = { MNL_TYPE_U32, 0 },
};

static void show_key(struct out *o, const struct nlattr *const tb[])
{
	uint32_t flags = genl_get_number(tb[DIGSIG_KEY_FLAGS]);

	out_object_begin(o, NULL, OUT_LINE);
	out_color(o, OUT_NAME);
	out_hex(o, "key_id", OUT_BARE, genl_get_bytes(tb[DIGSIG_KEY_ID]),
		DIGSIG_KEY_ID_LEN);
	out_text(o, "algorithm", OUT_BARE,
		 names_alg(genl_get_number(tb[DIGSIG_KEY_ALG])));
	out_number(o, "bits", OUT_BARE, genl_get_number(tb[DIGSIG_KEY_BITS]));
	out_number(o, "files", "files", genl_get_number(tb[DIGSIG_KEY_FILES]));
	out_bool(o, "anchored", "anchored", flags & DIGSIG_KEYF_ANCHOR);
	out_bool(o, "system", "system", flags & DIGSIG_KEYF_SYSTEM);
	out_color(o, OUT_BAD);
	out_bool(o, "revoked", "revoked", flags & DIGSIG_KEYF_REVOKED);
	out_text(o, "subject", "subject",
		 genl_get_text(tb[DIGSIG_KEY_SUBJECT]));
	out_object_end(o);
}

/**
 * struct key_walk - going through the keys in messages
 * @each: called for each key; non-zero ends it
 * @data: for @each
 */
struct key_walk {
	int	(*each)(const struct nlattr *const tb[], void *data);
	void	*data;
};

static int take_keys(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_KEY_MAX + 1], *attr;
	const struct key_walk *walk = data;
	int ret;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != DIGSIG_A_KEY)
			continue;
		ret = genl_parse_nest(attr, key_rules, DIGSIG_KEY_MAX, tb);
		if (!ret)
			ret = walk->each(tb, walk->data);
		if (ret)
			return ret;
	}
	return 0;
}

static int for_each_key(int (*each)(const struct nlattr *const tb[], void *),
			void *data)
{
	struct key_walk walk = { .each = each, .data = data };

	return kernel_dump(DIGSIG_CMD_KEY_GET, take_keys, &walk);
}

static int count_key(const struct nlattr *const tb[], void *data)
{
	(void)tb;
	++*(unsigned int *)data;
	return 0;
}

/**
 * kernel_key_count() - count the keys that the kernel trusts
 * @count: set to the number
 *
 * Return: 0 or a negative error.
 */
int kernel_key_count(unsigned int *count)
{
	*count = 0;
	return for_each_key(count_key, count);
}

/* ---- digsig key list, anchor -------------------------------------------------- */

static int list_key(const struct nlattr *const tb[], void *data)
{
	show_key(data, tb);
	return 0;
}

static int key_list(const struct cmd_call *call)
{
	out_list_begin(call->out, NULL);
	if (for_each_key(list_key, call->out))
		return CMD_FAILED;
	out_list_end(call->out);
	return CMD_OK;
}

static int list_anchored(const struct nlattr *const tb[], void *data)
{
	if (genl_get_number(tb[DIGSIG_KEY_FLAGS]) & DIGSIG_KEYF_ANCHOR)
		show_key(data, tb);
	return 0;
}

static int take_anchored(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *tb[DIGSIG_A_MAX + 1];
	bool *anchored = data;
	int err;

	err = genl_parse(nlh, kernel_rules, DIGSIG_A_MAX, tb);
	*anchored = !err && tb[DIGSIG_A_ANCHORED];
	return err;
}

static int key_anchor(const struct cmd_call *call)
{
	struct out *o = call->out;
	bool anchored;

	if (kernel_status(take_anchored, &anchored))
		return CMD_FAILED;
	out_object_begin(o, NULL, OUT_BLOCK);
	out_bool(o, "anchored", "anchored", anchored);
	out_list_begin(o, "keys");
	if (for_each_key(list_anchored, o))
		return CMD_FAILED;
	out_list_end(o);
	out_object_end(o);
	return CMD_OK;
}

/* ---- digsig key del -------------------------------------------------------------- */

/**
 * struct key_search - which key does the user mean?
 * @text: the beginning of its id, in lower-case hexadecimal
 * @id: set to the id
 * @found: how many begin like this
 */
struct key_search {
	const char	*text;
	uint8_t		id[DIGSIG_KEY_ID_LEN];
	unsigned int	found;
};

static int match_key(const struct nlattr *const tb[], void *data)
{
	const uint8_t *id = genl_get_bytes(tb[DIGSIG_KEY_ID]);
	char hex[2 * DIGSIG_KEY_ID_LEN + 1];
	struct key_search *search = data;
	int i;

	if (!id)
		return 0;
	for (i = 0; i < DIGSIG_KEY_ID_LEN; i++)
		sprintf(hex + 2 * i, "%02x", id[i]);
	if (strncasecmp(hex, search->text, strlen(search->text)))
		return 0;
	memcpy(search->id, id, sizeof(search->id));
	search->found++;
	return 0;
}

static int del_key(struct genl *g, const char *text)
{
	struct key_search search = { .text = text };

	if (!*text || text[strspn(text, "0123456789abcdefABCDEF")] ||
	    strlen(text) > 2 * DIGSIG_KEY_ID_LEN)
		return cmd_error("%s: not the id of a key", text);
	if (for_each_key(match_key, &search))
		return CMD_FAILED;
	if (search.found > 1)
		return cmd_error("%s: %u keys begin like this", text,
				 search.found);
	if (!search.found)
		return cmd_error("%s: there is no such key in the kernel",
				 text);
	genl_request(g, DIGSIG_CMD_KEY_DEL, 0);
	genl_put(g, DIGSIG_A_KEY_ID, search.id, sizeof(search.id));
	g->subject = text;
	return genl_call(g, NULL, NULL) ? CMD_FAILED : CMD_OK;
}

static int key_del(const struct cmd_call *call)
{
	struct genl g;
	int ret = CMD_OK;
	int i;

	if (kernel_open(&g))
		return CMD_FAILED;
	for (i = 0; i < call->argc; i++)
		if (del_key(&g, call->argv[i]) != CMD_OK)
			ret = CMD_FAILED;
	genl_close(&g);
	return ret;
}

static int print_key_id(const struct nlattr *const tb[], void *data)
{
	const uint8_t *id = genl_get_bytes(tb[DIGSIG_KEY_ID]);
	int i;

	(void)data;
	for (i = 0; id && i < DIGSIG_KEY_ID_LEN; i++)
		printf("%02x", id[i]);
	putchar('\n');
	return 0;
}

static void complete_key_id(void)
{
	struct key_walk walk = { .each = print_key_id };

	kernel_dump_quietly(DIGSIG_CMD_KEY_GET, take_keys, &walk);
}

/* ---- digsig key add -------------------------------------------------------------- */

static int add_der(struct genl *g, const char *path, const void *der,
		   size_t len, struct out *o)
{
	struct key_walk walk = { .each = list_key, .data = o };
	int err;

	if (!len || len > DER_MAX) {
		cmd_error("%s: not a key: %zu bytes", path, len);
		return -EBADMSG;
	}
	genl_request(g, DIGSIG_CMD_KEY_ADD, 0);
	genl_put(g, DIGSIG_A_DER, der, len);
	g->subject = path;
	err = genl_call(g, take_keys, &walk);
	g->subject = NULL;
	return err && err != g->expected ? err : 0;
}

static bool is_public(const char *label)
{
	return !strcmp(label, PEM_STRING_X509) ||
	       !strcmp(label, PEM_STRING_X509_OLD) ||
	       !strcmp(label, PEM_STRING_PUBLIC) ||
	       !strcmp(label, PEM_STRING_RSA_PUBLIC);
}

/* Every key of a PEM file; the first that fails ends it. */
static int add_pem(struct genl *g, const char *path, const void *text,
		   size_t len, struct out *o)
{
	BIO *bio = BIO_new_mem_buf(text, (int)len);
	char *label, *header;
	unsigned char *der;
	unsigned int found = 0;
	long der_len;
	int err = 0;

	while (bio && !err &&
	       PEM_read_bio(bio, &label, &header, &der, &der_len)) {
		found++;
		if (is_public(label)) {
			err = add_der(g, path, der, der_len, o);
		} else {
			cmd_error("%s: a %s is not what a kernel is given",
				  path, label);
			err = -EBADMSG;
		}
		OPENSSL_cleanse(der, der_len);
		OPENSSL_free(label);
		OPENSSL_free(header);
		OPENSSL_free(der);
	}
	BIO_free(bio);
	if (!err && (!found || ERR_GET_REASON(ERR_peek_last_error()) !=
			       PEM_R_NO_START_LINE)) {
		cmd_error("%s: damaged PEM", path);
		err = -EBADMSG;
	}
	ERR_clear_error();
	return err;
}

/* Reads up to FILE_MAX bytes; *bytes belongs to the caller then. */
static int read_file(const char *path, char **bytes, size_t *len)
{
	FILE *file = fopen(path, "re");
	int err;

	*len = 0;
	*bytes = file ? malloc(FILE_MAX + 1) : NULL;
	err = *bytes ? 0 : -errno;
	if (!err) {
		*len = fread(*bytes, 1, FILE_MAX + 1, file);
		if (ferror(file))
			err = -errno;
		else if (*len > FILE_MAX)
			err = -EFBIG;
	}
	if (file)
		fclose(file);
	if (err) {
		cmd_error("%s: %s", path, strerror(-err));
		free(*bytes);
	}
	return err;
}

/**
 * kernel_keys_add() - let the kernel trust the keys in a file
 * @g: the connection
 * @path: DER, or PEM with any number of keys
 * @o: where the keys are shown, in a list
 *
 * Return: 0, also for @g->expected; or a negative error.
 */
int kernel_keys_add(struct genl *g, const char *path, struct out *o)
{
	static const char begin[] = "-----BEGIN ";
	char *bytes;
	size_t len;
	int err;

	err = read_file(path, &bytes, &len);
	if (err)
		return err;
	if (memmem(bytes, len, begin, sizeof(begin) - 1))
		err = add_pem(g, path, bytes, len, o);
	else
		err = add_der(g, path, bytes, len, o);
	OPENSSL_cleanse(bytes, len);
	free(bytes);
	return err;
}

static int key_add(const struct cmd_call *call)
{
	return kernel_each_listed(call, kernel_keys_add);
}

const struct cmd kernel_key_commands[] = {
	{
		.path = "key list",
		.brief = "list the keys that the kernel trusts",
		.details =
"The first word is the id of the key, the beginning of the SHA-256 of the\n"
"public key. files: how many files were verified with it. anchored: it chains\n"
"to the anchor that the module was loaded with. system: the kernel's own\n"
"keyrings vouch for it. revoked: it is on the revocation list.",
		.flags = CMD_DEFAULT,
		.run = key_list,
	}, {
		.path = "key add", .args = "FILE...",
		.brief = "trust the keys in FILEs",
		.details =
"A FILE is a certificate or a public key (SubjectPublicKeyInfo, RSAPublicKey),\n"
"as DER, or as PEM with any number of them. The keys are shown as \"key list\"\n"
"shows them.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = key_add,
	}, {
		.path = "key del", .args = "KEYID...",
		.brief = "trust these keys no longer",
		.details =
"A KEYID may be shortened as long as one key alone begins like that. What was\n"
"verified with the key is judged again when it is used next.",
		.min_args = 1, .max_args = CMD_MANY,
		.run = key_del,
		.complete = complete_key_id,
	}, {
		.path = "key anchor",
		.brief = "show what new keys must chain to",
		.details =
"anchored: yes if the module was loaded with an anchor. Once the mode is\n"
"locked, only certificates that chain to it are accepted.",
		.run = key_anchor,
	},
	{}
};
