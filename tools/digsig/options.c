// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options that several commands of the signer have.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "digsig/pure.h"
#include "options.h"
#include "report.h"

#define JOBS_MAX	256

static const struct {
	const char *name;
	uint32_t flag;
} flag_names[] = {
	{ "jit", DIGSIG_FLAG_JIT },
	{ "debugger", DIGSIG_FLAG_DEBUGGER },
	{ "interpreter", DIGSIG_FLAG_INTERPRETER },
};

#define FLAG_NAMES	ARRAY_SIZE(flag_names)

/**
 * parse_text_list() - one more value of an option
 * @text: the value; lives as long as the command line
 * @value: struct text_list
 *
 * Return: NULL, or what is wrong.
 */
const char *parse_text_list(const char *text, void *value)
{
	struct text_list *list = value;
	const char **grown;

	grown = reallocarray(list->text, list->count + 1, sizeof(*grown));
	if (!grown)
		return "is one too many for the memory";
	list->text = grown;
	list->text[list->count++] = text;
	return NULL;
}

/**
 * parse_flags() - names of DIGSIG_FLAG_*, separated by commas
 * @text: the names
 * @value: uint32_t
 *
 * Return: NULL, or what is wrong.
 */
const char *parse_flags(const char *text, void *value)
{
	uint32_t *flags = value;
	size_t len, i;

	while (*text) {
		len = strcspn(text, ",");
		for (i = 0; i < FLAG_NAMES; i++)
			if (strlen(flag_names[i].name) == len &&
			    !strncmp(text, flag_names[i].name, len))
				break;
		if (i == FLAG_NAMES)
			return "is not a list of jit, debugger, interpreter";
		*flags |= flag_names[i].flag;
		text += len + (text[len] == ',');
	}
	return NULL;
}

/**
 * flags_text() - DIGSIG_FLAG_* as parse_flags() reads them
 * @flags: the flags
 *
 * Return: text in storage of the thread; empty for no flag.
 */
const char *flags_text(uint32_t flags)
{
	static __thread char text[48];
	size_t i;

	text[0] = '\0';
	for (i = 0; i < FLAG_NAMES; i++) {
		if (!(flags & flag_names[i].flag))
			continue;
		if (text[0])
			strcat(text, ",");
		strcat(text, flag_names[i].name);
	}
	return text;
}

/**
 * alg_text() - an algorithm as "keygen --alg" reads it
 * @alg: enum digsig_alg
 * @sig_len: bytes of its signatures
 *
 * Return: text that lives for ever.
 */
const char *alg_text(uint8_t alg, uint32_t sig_len)
{
	switch (alg) {
	case DIGSIG_ALG_RSA:
		return sig_len == 256 ? "rsa2048" :
		       sig_len == 384 ? "rsa3072" : "rsa4096";
	case DIGSIG_ALG_ECDSA_P256:
		return "p256";
	default:
		return "p384";
	}
}

/**
 * parse_number64() - a decimal number from 1
 * @text: the number
 * @value: uint64_t
 *
 * Return: NULL, or what is wrong.
 */
const char *parse_number64(const char *text, void *value)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (!isdigit((unsigned char)*text) || *end || errno || !n)
		return "is not a number from 1 to 18446744073709551615";
	*(uint64_t *)value = n;
	return NULL;
}

/**
 * parse_jobs() - a number of threads
 * @text: the number
 * @value: uint32_t
 *
 * Return: NULL, or what is wrong.
 */
const char *parse_jobs(const char *text, void *value)
{
	uint64_t n;

	if (parse_number64(text, &n) || n > JOBS_MAX)
		return "is not a number from 1 to 256";
	*(uint32_t *)value = n;
	return NULL;
}

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/**
 * parse_hex() - bytes from hexadecimal digits
 * @text: two digits a byte, and nothing else
 * @bytes: filled
 * @len: how many they must be
 *
 * Return: 0 or -EINVAL.
 */
int parse_hex(const char *text, uint8_t *bytes, size_t len)
{
	size_t i;

	if (strlen(text) != 2 * len)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		if (nibble(text[2 * i]) < 0 || nibble(text[2 * i + 1]) < 0)
			return -EINVAL;
		bytes[i] = nibble(text[2 * i]) << 4 | nibble(text[2 * i + 1]);
	}
	return 0;
}

/**
 * key_from_options() - open the private key that a command line names
 * @key: filled; sigkey_close() gives it back
 * @where: --key, or NULL for the variable DIGSIG_KEY
 * @passphrase: --passphrase, or NULL
 *
 * Return: 0, or a negative error after reporting it.
 */
int key_from_options(struct sigkey *key, const char *where,
		     const char *passphrase)
{
	char *secret = NULL;
	int err;

	if (!where)
		where = getenv("DIGSIG_KEY");
	if (!where) {
		report_error("no key: give --key, or set DIGSIG_KEY");
		return -ENOKEY;
	}
	if (passphrase) {
		secret = passphrase_get(passphrase, false);
		if (!secret)
			return -ENOKEY;
	}
	err = sigkey_open(key, where, secret);
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
	return err;
}
