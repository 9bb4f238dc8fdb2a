/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The words for what the kernel says in numbers.
 */
#ifndef DSM_NAMES_H
#define DSM_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "image.h"
#include "out.h"

const char *reason_name(uint32_t reason);
const char *reason_text(uint32_t reason);
const char *op_name(uint32_t op);
uint32_t op_perms(const char *op);
const char *attach_name(uint32_t attach);
const char *stat_name(uint32_t stat);

/**
 * struct names - the policy that knows what SIDs and NIDs are called
 * @image: the policy
 * @path: where it was found
 * @there: it was
 */
struct names {
	struct image	image;
	char		path[4096];
	bool		there;
};

void names_open(struct names *n);
void names_close(struct names *n);
const struct dsm_policy *names_policy(const struct names *n);
int names_sid(const char *word, uint32_t *sid);
int names_nid(const char *word, uint32_t *nid);
int names_find_sid(const struct dsm_policy *p, const char *word, uint32_t *sid);
int names_find_nid(const struct dsm_policy *p, const char *word, uint32_t *nid);
void names_keep(const char *path);

#endif /* DSM_NAMES_H */
