// SPDX-License-Identifier: GPL-2.0-only
/*
 * The model of a policy: arrays that grow, and tables that find names and rules.
 *
 * A program that has no memory for a policy of a few megabytes has nothing
 * better to do than to say so and end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "model.h"

/**
 * model_alloc() - get zeroed memory
 * @size: bytes
 *
 * Return: memory; never NULL.
 */
void *model_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p) {
		cmd_error("no memory for %zu bytes", size);
		exit(CMD_FAILED);
	}
	return p;
}

/**
 * model_grow() - see to it that an array has room for one more
 * @array: as it is; taken over
 * @count: entries in use
 * @room: entries there is memory for; changed
 * @size: of an entry
 *
 * Return: the array, perhaps elsewhere.
 */
void *model_grow(void *array, uint32_t count, uint32_t *room, size_t size)
{
	if (count < *room)
		return array;
	*room = *room ? 2 * *room : 16;
	array = realloc(array, *room * size);
	if (!array) {
		cmd_error("no memory for %zu bytes", *room * size);
		exit(CMD_FAILED);
	}
	return array;
}

/* ---- names ------------------------------------------------------------------- */

/* FNV-1a. */
static uint32_t hash_text(const char *text)
{
	uint32_t h = 2166136261u;

	while (*text)
		h = (h ^ (unsigned char)*text++) * 16777619u;
	return h;
}

static uint32_t hash_number(uint64_t n)
{
	n *= 0x9e3779b97f4a7c15ull;
	return (n ^ n >> 29) >> 20;
}

/* The place of a name in a table: where it is, or where it would be put. */
static uint32_t *name_place(const struct model_names *names, const char *name)
{
	uint32_t i = hash_text(name) & (names->buckets - 1);

	while (names->by_name[i] &&
	       strcmp(names->entry[names->by_name[i] - 1].name, name))
		i = (i + 1) & (names->buckets - 1);
	return &names->by_name[i];
}

static uint32_t *id_place(const struct model_names *names, uint32_t id)
{
	uint32_t i = hash_number(id) & (names->buckets - 1);

	while (names->by_id[i] && names->entry[names->by_id[i] - 1].id != id)
		i = (i + 1) & (names->buckets - 1);
	return &names->by_id[i];
}

/**
 * model_name_find() - look a name up
 * @names: where
 * @name: the name
 *
 * Return: its entry, or NULL.
 */
struct model_name *model_name_find(const struct model_names *names,
				   const char *name)
{
	uint32_t found = names->buckets ? *name_place(names, name) : 0;

	return found ? &names->entry[found - 1] : NULL;
}

/**
 * model_name_by_id() - look a number up
 * @names: where
 * @id: the number
 *
 * Return: its entry, or NULL.
 */
struct model_name *model_name_by_id(const struct model_names *names,
				    uint32_t id)
{
	uint32_t found = names->buckets ? *id_place(names, id) : 0;

	return found ? &names->entry[found - 1] : NULL;
}

static void names_rehash(struct model_names *names)
{
	uint32_t i;

	free(names->by_name);
	free(names->by_id);
	names->buckets = names->buckets ? 2 * names->buckets : 64;
	names->by_name = model_alloc(names->buckets * sizeof(uint32_t));
	names->by_id = model_alloc(names->buckets * sizeof(uint32_t));
	for (i = 0; i < names->count; i++) {
		*name_place(names, names->entry[i].name) = i + 1;
		*id_place(names, names->entry[i].id) = i + 1;
	}
}

/**
 * model_name_add() - give a number a name
 * @names: where
 * @name: not there yet, shorter than DSM_NAME_MAX
 * @id: not there yet
 *
 * Return: its entry, valid until the next one is added.
 */
struct model_name *model_name_add(struct model_names *names, const char *name,
				  uint32_t id)
{
	struct model_name *n;

	if (2 * (names->count + 1) > names->buckets)
		names_rehash(names);
	names->entry = model_grow(names->entry, names->count, &names->room,
				  sizeof(*names->entry));
	n = &names->entry[names->count];
	memset(n, 0, sizeof(*n));
	snprintf(n->name, sizeof(n->name), "%s", name);
	n->id = id;
	*name_place(names, n->name) = names->count + 1;
	*id_place(names, id) = names->count + 1;
	names->count++;
	return n;
}

/* How many letters differ: Levenshtein's distance, as far as it matters. */
static unsigned int distance(const char *a, const char *b)
{
	unsigned int row[DSM_NAME_MAX + 1], i, j, above, left;
	size_t len = strlen(b);

	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++) {
		above = row[0];
		row[0] = i;
		for (j = 1; j <= len; j++) {
			left = above + (a[i - 1] != b[j - 1]);
			above = row[j];
			if (above + 1 < left)
				left = above + 1;
			if (row[j - 1] + 1 < left)
				left = row[j - 1] + 1;
			row[j] = left;
		}
	}
	return row[len];
}

/**
 * model_name_near() - what was meant by a name that is not there
 * @names: where
 * @name: as it was written
 *
 * Return: the entry that looks like it, or NULL.
 */
const struct model_name *model_name_near(const struct model_names *names,
					 const char *name)
{
	const struct model_name *best = NULL;
	unsigned int least = 3, here;
	uint32_t i;

	if (strlen(name) >= DSM_NAME_MAX || names->count > 10000)
		return NULL;
	for (i = 0; i < names->count; i++) {
		here = distance(name, names->entry[i].name);
		if (here < least && here < strlen(name)) {
			least = here;
			best = &names->entry[i];
		}
	}
	return best;
}

/* ---- rules -------------------------------------------------------------------- */

static bool same_key(const struct model_rule *a, const struct model_rule *b)
{
	return a->sid == b->sid && a->nid == b->nid && a->tsid == b->tsid &&
	       a->class == b->class;
}

static uint32_t *rule_place(const struct model_rules *rules,
			    const struct model_rule *key)
{
	uint32_t h = hash_number(key->sid * 0x9e3779b97f4a7c15ull ^
				 key->nid * 0xc2b2ae3d27d4eb4full ^
				 (key->tsid | (uint64_t)key->class << 32) *
				 0x165667b19e3779f9ull);
	uint32_t i = h & (rules->buckets - 1);

	while (rules->by_key[i] &&
	       !same_key(&rules->entry[rules->by_key[i] - 1], key))
		i = (i + 1) & (rules->buckets - 1);
	return &rules->by_key[i];
}

static void rules_rehash(struct model_rules *rules)
{
	uint32_t i;

	free(rules->by_key);
	rules->buckets = rules->buckets ? 2 * rules->buckets : 256;
	rules->by_key = model_alloc(rules->buckets * sizeof(uint32_t));
	for (i = 0; i < rules->count; i++)
		*rule_place(rules, &rules->entry[i]) = i + 1;
}

/**
 * model_rule_get() - the rule with a key, made if it is not there
 * @rules: where
 * @key: class, sender, node and receiver count; copied if it is new
 *
 * Return: the rule, valid until the next one is made; its @decides is 0 if it
 * is new. NULL if there are as many as can be.
 */
struct model_rule *model_rule_get(struct model_rules *rules,
				  const struct model_rule *key)
{
	struct model_rule *rule;
	uint32_t *place;

	if (2 * (rules->count + 1) > rules->buckets)
		rules_rehash(rules);
	place = rule_place(rules, key);
	if (*place)
		return &rules->entry[*place - 1];
	if (rules->count == DSM_RULES_MAX)
		return NULL;
	rules->entry = model_grow(rules->entry, rules->count, &rules->room,
				  sizeof(*rules->entry));
	rule = &rules->entry[rules->count++];
	*rule = *key;
	rule->decides = 0;
	rule->allow = 0;
	rule->flags = 0;
	*place = rules->count;
	return rule;
}

/* ---- all of it ------------------------------------------------------------------ */

/**
 * model_init() - an empty policy, which denies everything
 * @m: the policy
 */
void model_init(struct model *m)
{
	memset(m, 0, sizeof(*m));
	model_name_add(&m->sids, "kernel", MODEL_SID_KERNEL)->used = true;
	model_name_add(&m->sids, "system", MODEL_SID_SYSTEM)->used = true;
	m->initial_sid = MODEL_SID_SYSTEM;
}

static void names_free(struct model_names *names)
{
	free(names->entry);
	free(names->by_name);
	free(names->by_id);
}

/**
 * model_free() - give a policy's memory back
 * @m: the policy
 */
void model_free(struct model *m)
{
	uint32_t i;

	names_free(&m->sids);
	names_free(&m->nids);
	free(m->rules.entry);
	free(m->rules.by_key);
	free(m->peer);
	for (i = 0; i < m->transitions; i++)
		free(m->transition[i].path);
	free(m->transition);
	memset(m, 0, sizeof(*m));
}
