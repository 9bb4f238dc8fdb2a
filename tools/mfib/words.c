// SPDX-License-Identifier: GPL-2.0-only
/*
 * Words of a command line, and what they name; see words.h.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "words.h"

int words_family;

/**
 * words_left() - is there another word?
 * @w: the words
 */
bool words_left(const struct words *w)
{
	return *w->argv;
}

/**
 * words_take() - take the next word if it is this one
 * @w: the words
 * @word: the word
 *
 * Return: whether it was.
 */
bool words_take(struct words *w, const char *word)
{
	if (!*w->argv || strcmp(*w->argv, word))
		return false;
	w->argv++;
	return true;
}

/**
 * words_next() - take the next word
 * @w: the words
 *
 * Return: the word, NULL at the end.
 */
const char *words_next(struct words *w)
{
	return *w->argv ? *w->argv++ : NULL;
}

/**
 * words_value() - take the value that must follow a word
 * @w: the words
 * @what: the word
 * @value: set to the value
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int words_value(struct words *w, const char *what, const char **value)
{
	*value = words_next(w);
	if (*value)
		return CMD_OK;
	cmd_error("something must follow \"%s\"", what);
	return CMD_USAGE;
}

/**
 * words_unknown() - the next word means nothing here
 * @w: the words
 *
 * Return: CMD_USAGE.
 */
int words_unknown(const struct words *w)
{
	cmd_error("what is \"%s\"?", *w->argv);
	return CMD_USAGE;
}

/**
 * word_number() - a word is a number
 * @text: the word
 * @what: what it is for
 * @min: least value
 * @max: greatest value
 * @number: set to it
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int word_number(const char *text, const char *what, uint32_t min, uint32_t max,
		uint32_t *number)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(text, &end, 0);
	if (errno || end == text || *end || *text == '-' || n < min ||
	    n > max) {
		cmd_error("%s: \"%s\" is not a number from %u to %u", what,
			  text, min, max);
		return CMD_USAGE;
	}
	*number = n;
	return CMD_OK;
}

/**
 * words_number() - take a number that must follow a word
 * @w: the words
 * @what: the word
 * @min: least value
 * @max: greatest value
 * @number: set to it
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int words_number(struct words *w, const char *what, uint32_t min, uint32_t max,
		 uint32_t *number)
{
	const char *text;
	int err = words_value(w, what, &text);

	return err ? err : word_number(text, what, min, max, number);
}

static bool parse_address(const char *text, struct address *a)
{
	if (words_family != AF_INET6 &&
	    inet_pton(AF_INET, text, a->bytes) == 1) {
		a->size = 4;
		return true;
	}
	if (words_family != AF_INET &&
	    inet_pton(AF_INET6, text, a->bytes) == 1) {
		a->size = 16;
		return true;
	}
	return false;
}

/**
 * word_address() - a word is an address
 * @text: the word
 * @a: filled in
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int word_address(const char *text, struct address *a)
{
	if (parse_address(text, a))
		return CMD_OK;
	cmd_error("\"%s\" is not an%s address", text,
		  words_family == AF_INET ? " IPv4" :
		  words_family == AF_INET6 ? " IPv6" : "");
	return CMD_USAGE;
}

/**
 * words_address() - take an address that must follow a word
 * @w: the words
 * @what: the word
 * @a: filled in
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int words_address(struct words *w, const char *what, struct address *a)
{
	const char *text;
	int err = words_value(w, what, &text);

	return err ? err : word_address(text, a);
}

/* "10/8" and "10.1/16" are short for 10.0.0.0/8 and 10.1.0.0/16, as for ip. */
static void fill_up(char *addr, size_t size)
{
	size_t len = strlen(addr);
	unsigned int dots = 0;
	const char *p;

	if (!len || strspn(addr, "0123456789.") != len)
		return;
	for (p = addr; *p; p++)
		dots += *p == '.';
	for (; dots < 3 && len + 3 <= size; dots++, len += 2)
		memcpy(addr + len, ".0", 3);
}

/**
 * word_prefix() - a word is a prefix, an address, or "default"
 * @text: the word
 * @p: filled in; host bits are left for the kernel to refuse
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int word_prefix(const char *text, struct prefix *p)
{
	const char *slash = strchr(text, '/');
	uint32_t len;
	char addr[64];

	memset(p, 0, sizeof(*p));
	if (!strcmp(text, "default") || !strcmp(text, "any")) {
		p->addr.size = words_family == AF_INET6 ? 16 : 4;
		return CMD_OK;
	}
	snprintf(addr, sizeof(addr), "%.*s",
		 slash ? (int)(slash - text) : (int)strlen(text), text);
	if (slash)
		fill_up(addr, sizeof(addr));
	if (!parse_address(addr, &p->addr)) {
		cmd_error("\"%s\" is not a prefix", text);
		return CMD_USAGE;
	}
	p->len = p->addr.size * 8;
	if (slash) {
		if (word_number(slash + 1, text, 0, p->len, &len))
			return CMD_USAGE;
		p->len = len;
	}
	return CMD_OK;
}

/**
 * words_prefix() - take a prefix that must follow a word
 * @w: the words
 * @what: the word
 * @p: filled in
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int words_prefix(struct words *w, const char *what, struct prefix *p)
{
	const char *text;
	int err = words_value(w, what, &text);

	return err ? err : word_prefix(text, p);
}

/**
 * word_device() - a word is the name of a device
 * @text: the word
 * @ifindex: set to its number
 *
 * Return: CMD_OK or CMD_FAILED.
 */
int word_device(const char *text, uint32_t *ifindex)
{
	static char last[IF_NAMESIZE];
	static uint32_t last_index;

	/* A table of routes names the same few again and again. */
	if (last_index && !strcmp(last, text)) {
		*ifindex = last_index;
		return CMD_OK;
	}
	*ifindex = if_nametoindex(text);
	if (!*ifindex)
		return cmd_error("Cannot find device \"%s\"", text);
	if (strlen(text) < sizeof(last)) {
		strcpy(last, text);
		last_index = *ifindex;
	}
	return CMD_OK;
}

/**
 * words_device() - take the name of a device that must follow a word
 * @w: the words
 * @what: the word
 * @ifindex: set to its number
 *
 * Return: CMD_OK, CMD_FAILED or CMD_USAGE.
 */
int words_device(struct words *w, const char *what, uint32_t *ifindex)
{
	const char *text;
	int err = words_value(w, what, &text);

	return err ? err : word_device(text, ifindex);
}

/**
 * word_fib() - a word is the number of a FIB, or the name of its device
 * @text: the word: "10" or "mfib10"
 * @fib: set to the number
 *
 * Return: CMD_OK or CMD_USAGE.
 */
int word_fib(const char *text, uint32_t *fib)
{
	if (!strncmp(text, "mfib", 4) && text[4] >= '0' && text[4] <= '9')
		text += 4;
	return word_number(text, "FIB", 1, UINT32_MAX, fib);
}

/**
 * device_text() - the name of a device
 * @ifindex: its number
 *
 * Return: the name, or "if" and the number; good until the next call.
 */
const char *device_text(uint32_t ifindex)
{
	static char name[IF_NAMESIZE + 8];
	static uint32_t last;

	if (last == ifindex)
		return name;
	last = ifindex;
	if (!if_indextoname(ifindex, name)) {
		snprintf(name, sizeof(name), "if%u", ifindex);
		last = 0;
	}
	return name;
}

/**
 * address_text() - an address as people write it
 * @bytes: the address
 * @size: 4 or 16
 *
 * Return: the text; good until the next call but three.
 */
const char *address_text(const void *bytes, unsigned int size)
{
	static char text[4][INET6_ADDRSTRLEN];
	static unsigned int at;

	at = (at + 1) % 4;
	if (!inet_ntop(size == 4 ? AF_INET : AF_INET6, bytes, text[at],
		       sizeof(text[at])))
		strcpy(text[at], "?");
	return text[at];
}

/**
 * prefix_text() - a prefix as people write it
 * @bytes: the address
 * @size: 4 or 16
 * @len: length of the prefix
 *
 * Return: the text; good until the next call.
 */
const char *prefix_text(const void *bytes, unsigned int size, unsigned int len)
{
	static char text[INET6_ADDRSTRLEN + 4];

	if (!len)
		return size == 4 ? "0.0.0.0/0" : "::/0";
	if (len == 8 * size)
		return address_text(bytes, size);
	snprintf(text, sizeof(text), "%s/%u", address_text(bytes, size), len);
	return text;
}
