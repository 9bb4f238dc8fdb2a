/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Options that several commands of the signer have.
 */
#ifndef _DIGSIG_OPTIONS_H
#define _DIGSIG_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "sigkey.h"

/**
 * struct text_list - an option that may be given several times
 * @text: what was given, in order; borrowed from the command line
 * @count: how often
 */
struct text_list {
	const char **text;
	size_t count;
};

const char *parse_text_list(const char *text, void *value);
const char *parse_flags(const char *text, void *value);
const char *parse_jobs(const char *text, void *value);
const char *parse_number64(const char *text, void *value);
const char *flags_text(uint32_t flags);
const char *alg_text(uint8_t alg, uint32_t sig_len);
int parse_hex(const char *text, uint8_t *bytes, size_t len);
int key_from_options(struct sigkey *key, const char *where,
		     const char *passphrase);

#endif /* _DIGSIG_OPTIONS_H */
