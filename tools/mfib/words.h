/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words of a command line: "KEY VALUE KEY VALUE", as ip has them; and what they
 * name: addresses, prefixes, devices, numbers.
 *
 * A function that fails has told the user why.
 */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* AF_INET or AF_INET6 by -4 or -6, else 0. */
extern int words_family;

/**
 * struct words - operands that are still to be read
 * @argv: the next one; NULL-terminated
 */
struct words {
	char **argv;
};

/** struct address - an address of either family */
struct address {
	uint8_t bytes[16];
	uint8_t size;		/* 4 or 16 */
};

/** struct prefix - an address and a length */
struct prefix {
	struct address	addr;
	uint8_t		len;
};

bool words_left(const struct words *w);
bool words_take(struct words *w, const char *word);
const char *words_next(struct words *w);
int words_value(struct words *w, const char *what, const char **value);
int words_number(struct words *w, const char *what, uint32_t min, uint32_t max,
		 uint32_t *number);
int words_address(struct words *w, const char *what, struct address *a);
int words_prefix(struct words *w, const char *what, struct prefix *p);
int words_device(struct words *w, const char *what, uint32_t *ifindex);
int words_unknown(const struct words *w);

int word_number(const char *text, const char *what, uint32_t min, uint32_t max,
		uint32_t *number);
int word_address(const char *text, struct address *a);
int word_prefix(const char *text, struct prefix *p);
int word_device(const char *text, uint32_t *ifindex);
int word_fib(const char *text, uint32_t *fib);

const char *device_text(uint32_t ifindex);
const char *address_text(const void *bytes, unsigned int size);
const char *prefix_text(const void *bytes, unsigned int size,
			unsigned int len);

#endif /* WORDS_H */
