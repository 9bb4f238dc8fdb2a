/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of a compiled policy in the words of the language.
 *
 * Each function writes into a buffer of the caller and returns it.
 */
#ifndef DSM_WORDS_H
#define DSM_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "dsm/policy.h"

/* Room for a statement that has no path. */
#define WORDS_MAX	512

char *words_sid(const struct dsm_policy *p, uint32_t sid, char word[WORDS_MAX]);
char *words_nid(const struct dsm_policy *p, uint32_t nid, char word[WORDS_MAX]);
char *words_sid_flags(uint32_t flags, char words[WORDS_MAX]);
char *words_perms(uint32_t class, uint32_t perms, char words[WORDS_MAX]);
char *words_flags(uint32_t flags, char words[WORDS_MAX]);
char *words_rule(const struct dsm_policy *p, const struct dsm_image_rule *r,
		 bool allow, char line[WORDS_MAX]);
char *words_prefix(const struct dsm_image_peer *peer, char word[WORDS_MAX]);
const char *words_action(uint32_t action);
char *words_peer(const struct dsm_policy *p, const struct dsm_image_peer *peer,
		 char line[WORDS_MAX]);
char *words_transition(const struct dsm_policy *p,
		       const struct dsm_image_transition *t, char *line,
		       size_t size);

/* policy_show.c */
const struct dsm_image_rule **words_rules(const struct dsm_policy *p,
					  uint32_t *count);

#endif /* DSM_WORDS_H */
