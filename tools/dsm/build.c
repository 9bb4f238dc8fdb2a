// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a model to an image; <linux/dsm_policy.h> has the format.
 *
 * The work is in three places: finding displacements so that no two rules want
 * the same slot, flattening prefixes into ranges, and sorting. The same model
 * always gives the same image.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "dsm/policy.h"

typedef unsigned __int128 u128;

/* At most that many rules share a displacement on average. */
#define RULES_PER_BUCKET	4
/* How often other factors are tried, and other displacements of one bucket. */
#define FACTOR_TRIES		64
#define DISPLACEMENT_TRIES	(1 << 20)

static char message[160];

/**
 * struct build - an image that is being made
 * @m: what it is made of
 * @head: its header, in the machine's own order where not said otherwise
 * @displacement: of the hash
 * @slot: for each slot the index of its rule plus 1, or 0
 * @buckets: number of displacements
 * @slots: number of slots
 * @mul: factors of the hash
 * @range4: ranges
 * @ranges4: number of them
 * @range6: ranges
 * @ranges6: number of them
 * @strings: names and paths
 * @strings_len: bytes of them
 * @strings_room: bytes there is memory for
 * @sid_name: offset of each SID's name
 * @nid_name: offset of each NID's name
 * @name: offset of the policy's name
 */
struct build {
	struct model		*m;
	uint32_t		*displacement;
	uint32_t		*slot;
	uint32_t		buckets;
	uint32_t		slots;
	uint64_t		mul[3];
	struct dsm_image_range4	*range4;
	uint32_t		ranges4;
	struct dsm_image_range6	*range6;
	uint32_t		ranges6;
	char			*strings;
	uint32_t		strings_len;
	uint32_t		strings_room;
	uint32_t		*sid_name;
	uint32_t		*nid_name;
	uint32_t		name;
};

/* An array that has nothing in it may be no array at all. */
static void sort(void *array, size_t count, size_t size,
		 int (*order)(const void *a, const void *b))
{
	if (count)
		qsort(array, count, size, order);
}

/* ---- the hash ------------------------------------------------------------------- */

/* splitmix64: Steele, Lea, Flood 2014. */
static uint64_t mix(uint64_t n)
{
	n += 0x9e3779b97f4a7c15ull;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9ull;
	n = (n ^ n >> 27) * 0x94d049bb133111ebull;
	return n ^ n >> 31;
}

static uint64_t rule_hash(const struct build *b, const struct model_rule *r)
{
	return r->sid * b->mul[0] + r->nid * b->mul[1] +
	       (r->tsid | (uint64_t)r->class << 32) * b->mul[2];
}

static uint32_t scale(uint64_t high, uint32_t limit)
{
	return ((high >> 32) * limit) >> 32;
}

static uint32_t bucket_of(const struct build *b, uint64_t hash)
{
	return (hash >> 32) & (b->buckets - 1);
}

/** struct bucket - rules that share a displacement */
struct bucket {
	uint32_t	first;		/* of them in the sorted list */
	uint32_t	count;
	uint32_t	index;
};

/** struct placing - the search for displacements */
struct placing {
	uint64_t	*hash;		/* by rule */
	uint32_t	*sorted;	/* rules, by bucket */
	struct bucket	*bucket;	/* the fullest first */
};

static int fuller(const void *a, const void *b)
{
	const struct bucket *x = a, *y = b;

	if (x->count != y->count)
		return x->count > y->count ? -1 : 1;
	return x->index < y->index ? -1 : x->index > y->index;
}

static void sort_into_buckets(const struct build *b, struct placing *pl)
{
	uint32_t i, at = 0, count = b->m->rules.count;
	uint32_t *next = model_alloc(b->buckets * sizeof(*next));

	memset(pl->bucket, 0, b->buckets * sizeof(*pl->bucket));
	for (i = 0; i < count; i++) {
		pl->hash[i] = rule_hash(b, &b->m->rules.entry[i]);
		pl->bucket[bucket_of(b, pl->hash[i])].count++;
	}
	for (i = 0; i < b->buckets; i++) {
		pl->bucket[i].index = i;
		pl->bucket[i].first = at;
		next[i] = at;
		at += pl->bucket[i].count;
	}
	for (i = 0; i < count; i++)
		pl->sorted[next[bucket_of(b, pl->hash[i])]++] = i;
	free(next);
	sort(pl->bucket, b->buckets, sizeof(*pl->bucket), fuller);
}

/* With this displacement, does every rule of the bucket have a slot to itself? */
static bool fits(struct build *b, const struct placing *pl,
		 const struct bucket *bucket, uint32_t d)
{
	uint32_t i, slot;

	for (i = 0; i < bucket->count; i++) {
		uint32_t rule = pl->sorted[bucket->first + i];

		slot = scale(pl->hash[rule] * d, b->slots);
		if (b->slot[slot])
			break;
		b->slot[slot] = rule + 1;
	}
	if (i == bucket->count)
		return true;
	while (i--)
		b->slot[scale(pl->hash[pl->sorted[bucket->first + i]] * d,
			      b->slots)] = 0;
	return false;
}

static bool place_bucket(struct build *b, const struct placing *pl,
			 const struct bucket *bucket)
{
	uint32_t try, d;

	for (try = 0; try < DISPLACEMENT_TRIES; try++) {
		d = mix(try) | 1;
		if (!fits(b, pl, bucket, d))
			continue;
		b->displacement[bucket->index] = d;
		return true;
	}
	return false;
}

static bool place_all(struct build *b, struct placing *pl)
{
	uint32_t i;

	sort_into_buckets(b, pl);
	memset(b->slot, 0, b->slots * sizeof(*b->slot));
	for (i = 0; i < b->buckets; i++)
		if (!place_bucket(b, pl, &pl->bucket[i]))
			return false;
	return true;
}

static const char *build_hash(struct build *b)
{
	uint32_t count = b->m->rules.count, try, i;
	struct placing pl;
	bool placed = false;

	for (b->buckets = 1; b->buckets * RULES_PER_BUCKET < count; )
		b->buckets *= 2;
	b->slots = count + count / 12 + 4;
	b->displacement = model_alloc(b->buckets * sizeof(*b->displacement));
	b->slot = model_alloc(b->slots * sizeof(*b->slot));
	pl.hash = model_alloc(count * sizeof(*pl.hash));
	pl.sorted = model_alloc(count * sizeof(*pl.sorted));
	pl.bucket = model_alloc(b->buckets * sizeof(*pl.bucket));
	for (try = 0; try < FACTOR_TRIES && !placed; try++) {
		for (i = 0; i < 3; i++)
			b->mul[i] = mix(3 * try + i + 1) | 1;
		placed = place_all(b, &pl);
	}
	free(pl.hash);
	free(pl.sorted);
	free(pl.bucket);
	return placed ? NULL : "no hash was found for these rules";
}

/* ---- ranges ---------------------------------------------------------------------- */

/** struct span - a prefix as numbers */
struct span {
	u128		first;
	u128		last;
	uint32_t	peer;
};

static u128 address_number(const uint8_t *addr, unsigned int bytes)
{
	u128 n = 0;
	unsigned int i;

	for (i = 0; i < bytes; i++)
		n = n << 8 | addr[i];
	return n;
}

/* An outer prefix comes before those inside it. */
static int span_order(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x->last > y->last ? -1 : x->last < y->last;
}

static void emit4(struct build *b, u128 first, uint32_t peer)
{
	struct dsm_image_range4 *r = b->range4;

	if (b->ranges4 && le32_to_cpu(r[b->ranges4 - 1].first) == first)
		b->ranges4--;
	r[b->ranges4].first = cpu_to_le32(first);
	r[b->ranges4++].peer = cpu_to_le32(peer);
}

static void emit6(struct build *b, u128 first, uint32_t peer)
{
	struct dsm_image_range6 *r = b->range6;
	int i;

	if (b->ranges6 &&
	    address_number(r[b->ranges6 - 1].first, 16) == first)
		b->ranges6--;
	for (i = 15; i >= 0; i--, first >>= 8)
		r[b->ranges6].first[i] = first;
	r[b->ranges6++].peer = cpu_to_le32(peer);
}

static uint32_t take_spans(const struct build *b, unsigned int family,
			   struct span *span)
{
	unsigned int bytes = family == 4 ? 4 : 16, free_bits;
	uint32_t i, count = 0;

	for (i = 0; i < b->m->peers; i++) {
		const struct model_peer *peer = &b->m->peer[i];
		u128 rest;

		if (peer->family != family)
			continue;
		free_bits = 8 * bytes - peer->len;
		rest = free_bits ? ~(u128)0 >> (128 - free_bits) : 0;
		span[count].first = address_number(peer->addr, bytes);
		span[count].last = span[count].first | rest;
		span[count++].peer = i;
	}
	sort(span, count, sizeof(*span), span_order);
	return count;
}

static const char *find_twins(const struct build *b, const struct span *span,
			      uint32_t count)
{
	uint32_t i;

	for (i = 1; i < count; i++) {
		if (span_order(&span[i - 1], &span[i]))
			continue;
		snprintf(message, sizeof(message),
			 "lines %u and %u are about the same prefix",
			 b->m->peer[span[i - 1].peer].line,
			 b->m->peer[span[i].peer].line);
		return message;
	}
	return NULL;
}

/* Walks up the addresses; the stack has the prefixes that cover the place. */
static void sweep(struct build *b, const struct span *span, uint32_t count,
		  u128 end, void (*emit)(struct build *b, u128 first,
					 uint32_t peer))
{
	const struct span *stack[130];
	uint32_t i, depth = 0;
	u128 here;

	if (count)
		emit(b, 0, DSM_PEER_NONE);
	for (i = 0; i <= count; i++) {
		while (depth && (i == count ||
				 stack[depth - 1]->last < span[i].first)) {
			here = stack[--depth]->last;
			if (here != end)
				emit(b, here + 1, depth ?
				     stack[depth - 1]->peer : DSM_PEER_NONE);
		}
		if (i == count)
			break;
		emit(b, span[i].first, span[i].peer);
		stack[depth++] = &span[i];
	}
}

static const char *build_ranges(struct build *b)
{
	struct span *span = model_alloc(b->m->peers * sizeof(*span));
	const char *error;
	uint32_t count;

	b->range4 = model_alloc((2 * b->m->peers + 1) * sizeof(*b->range4));
	b->range6 = model_alloc((2 * b->m->peers + 1) * sizeof(*b->range6));
	count = take_spans(b, 4, span);
	error = find_twins(b, span, count);
	if (!error) {
		sweep(b, span, count, UINT32_MAX, emit4);
		count = take_spans(b, 6, span);
		error = find_twins(b, span, count);
	}
	if (!error)
		sweep(b, span, count, ~(u128)0, emit6);
	free(span);
	return error;
}

/* ---- names, strings, transitions -------------------------------------------------- */

static uint32_t add_string(struct build *b, const char *text)
{
	uint32_t len = strlen(text) + 1, at = b->strings_len;

	while (b->strings_len + len > b->strings_room) {
		b->strings_room = b->strings_room ? 2 * b->strings_room : 4096;
		b->strings = realloc(b->strings, b->strings_room);
		if (!b->strings)
			abort();
	}
	memcpy(b->strings + at, text, len);
	b->strings_len += len;
	return at;
}

static int name_order(const void *a, const void *b)
{
	const struct model_name *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* The tables that find names are of no use any more after this. */
static uint32_t *add_names(struct build *b, struct model_names *names)
{
	uint32_t *at = model_alloc(names->count * sizeof(*at)), i;

	sort(names->entry, names->count, sizeof(*names->entry), name_order);
	for (i = 0; i < names->count; i++)
		at[i] = add_string(b, names->entry[i].name);
	return at;
}

static int number_order(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int transition_order(const void *a, const void *b)
{
	const struct model_transition *x = a, *y = b;
	int by = number_order(x->kind, y->kind);

	if (!by)
		by = strcmp(x->path, y->path);
	if (!by)
		by = number_order(x->file_sid, y->file_sid);
	if (!by)
		by = number_order(!x->from, !y->from);
	if (!by)
		by = number_order(x->from, y->from);
	if (!by)
		by = number_order(x->owner, y->owner);
	return by;
}

static const char *build_transitions(struct build *b)
{
	struct model_transition *t = b->m->transition;
	uint32_t i;

	sort(t, b->m->transitions, sizeof(*t), transition_order);
	for (i = 0; i < b->m->transitions; i++) {
		if (i && !transition_order(&t[i - 1], &t[i])) {
			snprintf(message, sizeof(message),
				 "lines %u and %u are about the same program",
				 t[i - 1].line, t[i].line);
			return message;
		}
		/* Equal paths follow each other. */
		if (i && !strcmp(t[i - 1].path, t[i].path))
			t[i].path_at = t[i - 1].path_at;
		else if (t[i].path[0])
			t[i].path_at = add_string(b, t[i].path);
	}
	return NULL;
}

static const char *build_strings(struct build *b)
{
	const char *error;

	add_string(b, "");
	if (b->m->name[0])
		b->name = add_string(b, b->m->name);
	b->sid_name = add_names(b, &b->m->sids);
	b->nid_name = add_names(b, &b->m->nids);
	error = build_transitions(b);
	if (!error && b->strings_len > DSM_STRINGS_MAX)
		error = "names and paths take more than 16 MB";
	return error;
}

/* ---- writing ------------------------------------------------------------------------ */

/** struct writer - where in the image comes what comes next */
struct writer {
	uint8_t	*base;
	size_t	pos;
};

static void *reserve(struct writer *w, size_t count, size_t size)
{
	size_t at = w->pos;

	w->pos += count * size;
	w->pos = (w->pos + DSM_IMAGE_ALIGN - 1) & ~(size_t)(DSM_IMAGE_ALIGN - 1);
	return w->base ? w->base + at : NULL;
}

static void write_rule(struct dsm_image_rule *to, const struct model_rule *r)
{
	to->sid = cpu_to_le32(r->sid);
	to->nid = cpu_to_le32(r->nid);
	to->tsid = cpu_to_le32(r->tsid);
	to->class = cpu_to_le16(r->class);
	to->decides = cpu_to_le16(r->decides);
	to->allow = cpu_to_le16(r->allow);
	to->flags = cpu_to_le16(r->flags);
	to->line = cpu_to_le32(r->line);
}

static void write_rules(const struct build *b, __le32 *displacement,
			struct dsm_image_rule *slot)
{
	uint32_t i;

	for (i = 0; i < b->buckets; i++)
		displacement[i] = cpu_to_le32(b->displacement[i]);
	for (i = 0; i < b->slots; i++)
		if (b->slot[i])
			write_rule(&slot[i],
				   &b->m->rules.entry[b->slot[i] - 1]);
}

static void write_names(const struct build *b, struct dsm_image_sid *sid,
			struct dsm_image_nid *nid)
{
	uint32_t i;

	for (i = 0; i < b->m->sids.count; i++) {
		sid[i].sid = cpu_to_le32(b->m->sids.entry[i].id);
		sid[i].name = cpu_to_le32(b->sid_name[i]);
		sid[i].flags = cpu_to_le32(b->m->sids.entry[i].flags);
	}
	for (i = 0; i < b->m->nids.count; i++) {
		nid[i].nid = cpu_to_le32(b->m->nids.entry[i].id);
		nid[i].name = cpu_to_le32(b->nid_name[i]);
	}
}

static void write_peers(const struct build *b, struct dsm_image_peer *to)
{
	uint32_t i;

	for (i = 0; i < b->m->peers; i++) {
		const struct model_peer *peer = &b->m->peer[i];

		memcpy(to[i].addr, peer->addr, sizeof(to[i].addr));
		to[i].family = peer->family;
		to[i].len = peer->len;
		to[i].action = peer->action;
		to[i].flags = peer->flags;
		to[i].sid = cpu_to_le32(peer->sid);
		to[i].nid = cpu_to_le32(peer->nid);
		to[i].line = cpu_to_le32(peer->line);
	}
}

static void write_transitions(const struct build *b,
			      struct dsm_image_transition *to)
{
	uint32_t i;

	for (i = 0; i < b->m->transitions; i++) {
		const struct model_transition *t = &b->m->transition[i];

		to[i].from = cpu_to_le32(t->from);
		to[i].to = cpu_to_le32(t->to);
		to[i].path = cpu_to_le32(t->path_at);
		to[i].file_sid = cpu_to_le32(t->file_sid);
		to[i].owner = cpu_to_le32(t->owner);
		to[i].kind = cpu_to_le32(t->kind);
		to[i].line = cpu_to_le32(t->line);
	}
}

static void write_head(const struct build *b, struct dsm_image_header *head,
		       size_t len, uint64_t time)
{
	const struct model *m = b->m;
	uint32_t i;

	memcpy(head->magic, DSM_IMAGE_MAGIC, DSM_IMAGE_MAGIC_LEN);
	head->version = cpu_to_le32(DSM_IMAGE_VERSION);
	head->serial = cpu_to_le32(m->serial ? m->serial : 1);
	head->flags = cpu_to_le32(m->flags);
	head->image_len = cpu_to_le32(len);
	head->time = cpu_to_le64(time);
	for (i = 0; i < 3; i++)
		head->mul[i] = cpu_to_le64(b->mul[i]);
	head->rules = cpu_to_le32(m->rules.count);
	head->buckets = cpu_to_le32(b->buckets);
	head->slots = cpu_to_le32(b->slots);
	head->sids = cpu_to_le32(m->sids.count);
	head->nids = cpu_to_le32(m->nids.count);
	head->peers = cpu_to_le32(m->peers);
	head->ranges4 = cpu_to_le32(b->ranges4);
	head->ranges6 = cpu_to_le32(b->ranges6);
	head->transitions = cpu_to_le32(m->transitions);
	head->strings_len = cpu_to_le32(b->strings_len);
	head->initial_sid = cpu_to_le32(m->initial_sid);
	head->name = cpu_to_le32(b->name);
	for (i = 0; i < m->rules.count; i++) {
		const struct model_rule *r = &m->rules.entry[i];

		head->patterns[r->class] |= 1 << ((r->tsid ? 4 : 0) |
						  (r->sid ? 2 : 0) |
						  (r->nid ? 1 : 0));
	}
	for (i = 0; i < DSM_CLASSES; i++) {
		head->standard[i].allow = cpu_to_le16(m->standard[i].allow);
		head->standard[i].flags = cpu_to_le16(m->standard[i].flags);
	}
}

/* Called twice: with no memory, to learn the length, and to write. */
static size_t write_all(const struct build *b, uint8_t *image, size_t len,
			uint64_t time)
{
	struct writer w = { .base = image };
	const struct model *m = b->m;
	void *head, *displacement, *slot, *sid, *nid, *peer, *range4, *range6;
	void *transition, *strings;

	head = reserve(&w, 1, sizeof(struct dsm_image_header));
	displacement = reserve(&w, b->buckets, sizeof(__le32));
	slot = reserve(&w, b->slots, sizeof(struct dsm_image_rule));
	sid = reserve(&w, m->sids.count, sizeof(struct dsm_image_sid));
	nid = reserve(&w, m->nids.count, sizeof(struct dsm_image_nid));
	peer = reserve(&w, m->peers, sizeof(struct dsm_image_peer));
	range4 = reserve(&w, b->ranges4, sizeof(*b->range4));
	range6 = reserve(&w, b->ranges6, sizeof(*b->range6));
	transition = reserve(&w, m->transitions,
			     sizeof(struct dsm_image_transition));
	strings = reserve(&w, b->strings_len, 1);
	if (!image)
		return w.pos;

	write_head(b, head, len, time);
	write_rules(b, displacement, slot);
	write_names(b, sid, nid);
	write_peers(b, peer);
	memcpy(range4, b->range4, b->ranges4 * sizeof(*b->range4));
	memcpy(range6, b->range6, b->ranges6 * sizeof(*b->range6));
	write_transitions(b, transition);
	memcpy(strings, b->strings, b->strings_len);
	return w.pos;
}

static void build_free(struct build *b)
{
	free(b->displacement);
	free(b->slot);
	free(b->range4);
	free(b->range6);
	free(b->strings);
	free(b->sid_name);
	free(b->nid_name);
}

/**
 * build_image() - make an image of a model
 * @m: the model; its names and transitions are sorted
 * @time: to stand in the header
 * @len: set to the bytes of the image
 * @error: set to a sentence if there is none
 *
 * The digest is left zero, for image_seal().
 *
 * Return: the image, to be freed; NULL if the policy cannot be one.
 */
void *build_image(struct model *m, uint64_t time, size_t *len,
		  const char **error)
{
	struct build b = { .m = m };
	uint8_t *image = NULL;

	*error = build_strings(&b);
	if (!*error)
		*error = build_ranges(&b);
	if (!*error)
		*error = build_hash(&b);
	if (!*error) {
		*len = write_all(&b, NULL, 0, time);
		if (*len > DSM_IMAGE_MAX - DSM_SIGNATURE_MAX -
			   sizeof(struct dsm_image_signature))
			*error = "the image would have more than 64 MB";
	}
	if (!*error) {
		image = model_alloc(*len);
		write_all(&b, image, *len, time);
	}
	build_free(&b);
	return image;
}
