// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: is this an image that can be asked?
 *
 * An image comes from outside, signed or not, and nothing in it is believed.
 * After dsm_policy_parse() no question to the policy can read outside the
 * image or go on without end, every string ends inside it, and every rule is
 * found by its own key; so no rule can hide or stand there twice.
 *
 * Each step below is called after the ones it relies on and returns NULL or a
 * sentence. It takes time proportional to the image.
 */
#include "policy.h"

static_assert(sizeof(struct dsm_image_header) == DSM_IMAGE_HEADER_LEN,
	      "the header has no gaps");
static_assert(offsetof(struct dsm_image_header, version) ==
	      DSM_IMAGE_SIGNED_LEN, "what is signed comes first");
static_assert(sizeof(struct dsm_image_rule) == 24, "layout of a rule");
static_assert(offsetof(struct dsm_image_rule, tsid) == 8 &&
	      offsetof(struct dsm_image_rule, class) == 12,
	      "the key of a rule lies in its first 14 bytes");
static_assert(sizeof(struct dsm_image_sid) == 12, "layout of a SID");
static_assert(sizeof(struct dsm_image_nid) == 8, "layout of a NID");
static_assert(sizeof(struct dsm_image_peer) == 32, "layout of a peer");
static_assert(sizeof(struct dsm_image_range4) == 8, "layout of a range");
static_assert(sizeof(struct dsm_image_range6) == 24, "layout of a range");
static_assert(sizeof(struct dsm_image_transition) == 28,
	      "layout of a transition");
static_assert(sizeof(struct dsm_image_signature) == 16,
	      "layout of a signature");

/* ---- the header, and where the arrays are ------------------------------------- */

static const char *check_head(const struct dsm_image_header *head, size_t len)
{
	if (len < sizeof(*head))
		return "shorter than the header of a policy";
	if (memcmp(head->magic, DSM_IMAGE_MAGIC, DSM_IMAGE_MAGIC_LEN))
		return "not a compiled policy";
	if (le32_to_cpu(head->version) != DSM_IMAGE_VERSION)
		return "compiled for another version of dsm";
	if (len > DSM_IMAGE_MAX)
		return "longer than a policy can be";
	if (le32_to_cpu(head->image_len) > len)
		return "the image is cut off";
	if (!head->serial)
		return "the serial is 0";
	if (le32_to_cpu(head->flags) & ~DSM_POLICY_FLAGS_KNOWN)
		return "unknown flags in the header";
	if (!head->initial_sid)
		return "the initial SID is 0";
	if (head->reserved)
		return "a reserved field of the header is not zero";
	return NULL;
}

static const char *check_counts(const struct dsm_image_header *head)
{
	u32 rules = le32_to_cpu(head->rules), slots = le32_to_cpu(head->slots);
	u32 buckets = le32_to_cpu(head->buckets);

	if (rules > DSM_RULES_MAX || !slots || slots > 2 * DSM_RULES_MAX ||
	    rules > slots)
		return "wrong number of rules";
	if (!buckets || buckets > slots || buckets & (buckets - 1))
		return "wrong number of displacements";
	if (le32_to_cpu(head->sids) > DSM_SIDS_MAX ||
	    le32_to_cpu(head->nids) > DSM_NIDS_MAX)
		return "too many names";
	if (le32_to_cpu(head->peers) > DSM_PEERS_MAX ||
	    le32_to_cpu(head->ranges4) > DSM_RANGES_MAX ||
	    le32_to_cpu(head->ranges6) > DSM_RANGES_MAX)
		return "too many peers";
	if (le32_to_cpu(head->transitions) > DSM_TRANSITIONS_MAX)
		return "too many transitions";
	if (!head->strings_len ||
	    le32_to_cpu(head->strings_len) > DSM_STRINGS_MAX)
		return "wrong length of the strings";
	if (!(le64_to_cpu(head->mul[0]) & le64_to_cpu(head->mul[1]) &
	      le64_to_cpu(head->mul[2]) & 1))
		return "a factor of the hash is even";
	return NULL;
}

/**
 * struct cursor - where in the image the next array begins
 * @base: the image
 * @pos: offset of the next array, past the end if the image is too short
 * @len: of the image
 * @gap: the bytes between two arrays were zero so far
 */
struct cursor {
	const u8 *base;
	u64	  pos;
	u64	  len;
	bool	  gap;
};

/* The next array. The limits of the counts keep @pos far from wrapping. */
static const void *take(struct cursor *c, __le32 count, size_t size)
{
	const void *array = c->base + c->pos;

	c->pos += (u64)le32_to_cpu(count) * size;
	while (c->pos % DSM_IMAGE_ALIGN && c->pos < c->len)
		if (c->base[c->pos++])
			c->gap = false;
	return c->pos <= c->len ? array : NULL;
}

static const char *find_arrays(struct dsm_policy *p,
			       const struct dsm_image_header *head)
{
	struct cursor c = {
		.base = (const u8 *)head,
		.pos = sizeof(*head),
		.len = le32_to_cpu(head->image_len),
		.gap = true,
	};

	p->displacement = take(&c, head->buckets, sizeof(*p->displacement));
	p->slot = take(&c, head->slots, sizeof(*p->slot));
	p->sid = take(&c, head->sids, sizeof(*p->sid));
	p->nid = take(&c, head->nids, sizeof(*p->nid));
	p->peer = take(&c, head->peers, sizeof(*p->peer));
	p->range4 = take(&c, head->ranges4, sizeof(*p->range4));
	p->range6 = take(&c, head->ranges6, sizeof(*p->range6));
	p->transition = take(&c, head->transitions, sizeof(*p->transition));
	p->strings = take(&c, head->strings_len, 1);
	if (c.pos != c.len || c.len % DSM_IMAGE_ALIGN)
		return "the length does not fit the contents";
	if (!c.gap)
		return "a gap between two tables is not zero";
	return NULL;
}

static void take_head(struct dsm_policy *p, const struct dsm_image_header *head)
{
	u32 i;

	p->head = head;
	for (i = 0; i < ARRAY_SIZE(p->mul); i++)
		p->mul[i] = le64_to_cpu(head->mul[i]);
	p->bucket_mask = le32_to_cpu(head->buckets) - 1;
	p->slots = le32_to_cpu(head->slots);
	p->serial = le32_to_cpu(head->serial);
	p->flags = le32_to_cpu(head->flags);
	p->initial_sid = le32_to_cpu(head->initial_sid);
	p->image_len = le32_to_cpu(head->image_len);
	memcpy(p->patterns, head->patterns, sizeof(p->patterns));
	p->digest = head->digest;
}

static const char *find_signature(struct dsm_policy *p, const u8 *image,
				  size_t len)
{
	struct dsm_image_signature sig;
	size_t rest = len - p->image_len;

	if (!rest)
		return NULL;
	if (rest < sizeof(sig))
		return "bytes after the image that are no signature";
	memcpy(&sig, image + p->image_len, sizeof(sig));
	if (memcmp(sig.magic, DSM_SIGNATURE_MAGIC, sizeof(sig.magic)))
		return "bytes after the image that are no signature";
	if (le32_to_cpu(sig.type) != DSM_SIGNATURE_PKCS7)
		return "a signature of an unknown kind";
	if (!sig.len || le32_to_cpu(sig.len) > DSM_SIGNATURE_MAX ||
	    le32_to_cpu(sig.len) != rest - sizeof(sig))
		return "wrong length of the signature";
	p->signature = image + p->image_len + sizeof(sig);
	p->signature_len = le32_to_cpu(sig.len);
	return NULL;
}

/* ---- strings ------------------------------------------------------------------- */

static bool name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

static bool name_good(const struct dsm_policy *p, __le32 at)
{
	u32 pos = le32_to_cpu(at), i;

	if (!pos || pos >= le32_to_cpu(p->head->strings_len))
		return false;
	for (i = 0; i < DSM_NAME_MAX; i++) {
		if (!p->strings[pos + i])
			return i;
		if (!name_char(p->strings[pos + i]))
			return false;
	}
	return false;
}

static const char *check_strings(const struct dsm_policy *p)
{
	u32 len = le32_to_cpu(p->head->strings_len);

	if (p->strings[0] || p->strings[len - 1])
		return "the strings do not end";
	if (p->head->name && !name_good(p, p->head->name))
		return "the policy has a bad name";
	return NULL;
}

static const char *check_names(struct dsm_policy *p)
{
	u32 i, last = 0;

	for (i = 0; i < le32_to_cpu(p->head->sids); i++) {
		if (le32_to_cpu(p->sid[i].sid) <= last)
			return "SIDs that do not ascend";
		last = le32_to_cpu(p->sid[i].sid);
		if (!name_good(p, p->sid[i].name))
			return "a SID has a bad name";
		if (le32_to_cpu(p->sid[i].flags) & ~DSM_SID_FLAGS_KNOWN)
			return "a SID has unknown flags";
		if (le32_to_cpu(p->sid[i].flags) & DSM_SID_PERMISSIVE)
			p->permissive_sids = true;
		if (le32_to_cpu(p->sid[i].flags) >> DSM_SID_FIB_SHIFT)
			p->fibs = true;
	}
	for (i = 0, last = 0; i < le32_to_cpu(p->head->nids); i++) {
		if (le32_to_cpu(p->nid[i].nid) <= last)
			return "NIDs that do not ascend";
		last = le32_to_cpu(p->nid[i].nid);
		if (!name_good(p, p->nid[i].name))
			return "a NID has a bad name";
	}
	return NULL;
}

/* ---- rules ----------------------------------------------------------------------- */

static u32 rule_kind(const struct dsm_image_rule *rule)
{
	return (rule->tsid ? 4 : 0) | (rule->sid ? 2 : 0) | (rule->nid ? 1 : 0);
}

static u64 rule_hash(const struct dsm_policy *p,
		     const struct dsm_image_rule *rule)
{
	u64 object = le32_to_cpu(rule->tsid) |
		     (u64)le16_to_cpu(rule->class) << 32;

	return le32_to_cpu(rule->sid) * p->mul[0] +
	       le32_to_cpu(rule->nid) * p->mul[1] + object * p->mul[2];
}

/* Where the rule with this key has to be. */
static u32 rule_slot(const struct dsm_policy *p,
		     const struct dsm_image_rule *rule)
{
	u64 h = rule_hash(p, rule);

	h *= le32_to_cpu(p->displacement[(h >> 32) & p->bucket_mask]);
	return ((h >> 32) * p->slots) >> 32;
}

static const char *check_rule(const struct dsm_policy *p,
			      const struct dsm_image_rule *rule, u32 slot)
{
	u32 perms = dsm_class_perms(le16_to_cpu(rule->class));

	if (!perms)
		return "a rule has an unknown class";
	if (!rule->decides || le16_to_cpu(rule->decides) & ~perms)
		return "a rule decides what its class does not have";
	if (le16_to_cpu(rule->allow) & ~le16_to_cpu(rule->decides))
		return "a rule allows what it does not decide";
	if (le16_to_cpu(rule->flags) & ~DSM_RULE_FLAGS_KNOWN)
		return "a rule has unknown flags";
	if (rule_slot(p, rule) != slot)
		return "a rule is not where it would be looked for";
	return NULL;
}

/* What such a rule allows is answered without looking for it. */
static void take_rule_of_all(struct dsm_policy *p,
			     const struct dsm_image_rule *rule)
{
	struct dsm_rest *rest = &p->rest[le16_to_cpu(rule->class)];

	rest->deny = ~le16_to_cpu(rule->allow);
	rest->yes = DSM_ALLOW | (le16_to_cpu(rule->flags) & DSM_RULE_AUDIT ?
				 DSM_AUDIT : 0);
}

static const char *check_rules(struct dsm_policy *p)
{
	static const struct dsm_image_rule empty;
	u8 patterns[DSM_CLASSES] = {};
	u32 i, count = 0;
	const char *error;

	for (i = 0; i < p->slots; i++) {
		const struct dsm_image_rule *rule = &p->slot[i];

		if (!memcmp(rule, &empty, sizeof(empty)))
			continue;
		error = check_rule(p, rule, i);
		if (error)
			return error;
		patterns[le16_to_cpu(rule->class)] |= BIT(rule_kind(rule));
		if (!rule_kind(rule))
			take_rule_of_all(p, rule);
		count++;
	}
	if (count != le32_to_cpu(p->head->rules))
		return "the number of rules is not as the header says";
	if (memcmp(patterns, p->head->patterns, sizeof(patterns)))
		return "the kinds of rules are not as the header says";
	return NULL;
}

/*
 * Rules, and who is permissive, are known by now. With a rule about all of a
 * class only what that rule allows is answered at once.
 */
static void take_rest(struct dsm_policy *p, u32 class)
{
	const struct dsm_image_default *d = &p->head->standard[class];
	struct dsm_rest *rest = &p->rest[class];
	u32 flags = le16_to_cpu(d->flags);

	rest->ask = p->flags & DSM_POLICY_PERMISSIVE || p->permissive_sids ||
		    p->patterns[class] & BIT(0);
	rest->no = (flags & DSM_RULE_QUIET ? 0 : DSM_AUDIT) |
		   (flags & DSM_RULE_ANSWER ? DSM_ANSWER : 0);
	if (p->patterns[class] & BIT(0))
		return;
	rest->deny = ~le16_to_cpu(d->allow);
	rest->yes = DSM_ALLOW | (flags & DSM_RULE_AUDIT ? DSM_AUDIT : 0);
}

static const char *check_standard(struct dsm_policy *p)
{
	u32 i;

	for (i = 0; i < DSM_CLASSES; i++) {
		const struct dsm_image_default *d = &p->head->standard[i];

		if (le16_to_cpu(d->allow) & ~dsm_class_perms(i))
			return "a default allows what its class does not have";
		if (le16_to_cpu(d->flags) & ~DSM_RULE_FLAGS_KNOWN)
			return "a default has unknown flags";
		take_rest(p, i);
	}
	return NULL;
}

/* ---- peers ------------------------------------------------------------------------- */

/* Is @addr in the prefix? @bytes of it are looked at. */
static bool prefix_covers(const struct dsm_image_peer *peer, const u8 *addr)
{
	u32 whole = peer->len / 8, rest = peer->len % 8;

	if (memcmp(peer->addr, addr, whole))
		return false;
	return !rest || !((peer->addr[whole] ^ addr[whole]) >> (8 - rest));
}

static bool prefix_good(const struct dsm_image_peer *peer)
{
	u32 bytes = peer->family == 4 ? 4 : 16, i;

	if (peer->len > 8 * bytes)
		return false;
	for (i = 0; i < sizeof(peer->addr); i++) {
		u32 kept = peer->len <= 8 * i ? 0 : peer->len - 8 * i;

		if (kept < 8 && (u8)(peer->addr[i] << kept))
			return false;
	}
	return true;
}

static const char *check_peer(const struct dsm_image_peer *peer)
{
	if (peer->family != 4 && peer->family != 6)
		return "a peer of an unknown family";
	if (!prefix_good(peer))
		return "a peer has a bad prefix";
	if (peer->action >= __DSM_PEER_MAX)
		return "a peer has an unknown action";
	if (peer->flags & ~DSM_PEER_FLAGS_KNOWN)
		return "a peer has unknown flags";
	return NULL;
}

static const char *check_range(const struct dsm_policy *p, u32 index,
			       u32 family, const void *first)
{
	if (index == DSM_PEER_NONE)
		return NULL;
	if (index >= le32_to_cpu(p->head->peers))
		return "a range of addresses has no peer";
	if (p->peer[index].family != family ||
	    !prefix_covers(&p->peer[index], first))
		return "a range of addresses has the wrong peer";
	return NULL;
}

static const char *check_ranges4(const struct dsm_policy *p)
{
	const char *error = NULL;
	__be32 first;
	u32 i;

	for (i = 0; i < le32_to_cpu(p->head->ranges4) && !error; i++) {
		u32 here = le32_to_cpu(p->range4[i].first);

		if (i ? here <= le32_to_cpu(p->range4[i - 1].first) : here)
			return "ranges of addresses that do not ascend from 0";
		first = cpu_to_be32(here);
		error = check_range(p, le32_to_cpu(p->range4[i].peer), 4,
				    &first);
	}
	return error;
}

static const char *check_ranges6(const struct dsm_policy *p)
{
	static const u8 zero[16];
	const char *error = NULL;
	u32 i;

	for (i = 0; i < le32_to_cpu(p->head->ranges6) && !error; i++) {
		const u8 *here = p->range6[i].first;

		if (i ? memcmp(here, p->range6[i - 1].first, 16) <= 0 :
			memcmp(here, zero, 16))
			return "ranges of addresses that do not ascend from 0";
		if (p->range6[i].reserved)
			return "a reserved field of a range is not zero";
		error = check_range(p, le32_to_cpu(p->range6[i].peer), 6, here);
	}
	return error;
}

static const char *check_peers(const struct dsm_policy *p)
{
	const char *error = NULL;
	u32 i;

	for (i = 0; i < le32_to_cpu(p->head->peers) && !error; i++)
		error = check_peer(&p->peer[i]);
	if (!error)
		error = check_ranges4(p);
	if (!error)
		error = check_ranges6(p);
	return error;
}

/* ---- transitions ---------------------------------------------------------------------- */

static const char *check_transition(const struct dsm_policy *p,
				    const struct dsm_image_transition *t)
{
	u32 at = le32_to_cpu(t->path), kind = le32_to_cpu(t->kind);
	const char *path = p->strings + at;
	size_t len;
	bool tree;

	if (kind >= __DSM_TRANSITION_MAX)
		return "a transition of an unknown kind";
	if (kind == DSM_TRANSITION_DIGSIG)
		return at ? "a transition has a path and a signature" : NULL;
	if (t->file_sid || !t->to)
		return "a transition by path has the SID of a signature";
	if (at >= le32_to_cpu(p->head->strings_len) || *path != '/')
		return "a transition has a bad path";
	len = strlen(path);
	tree = kind == DSM_TRANSITION_TREE;
	if (len >= DSM_PATH_MAX || tree != (path[len - 1] == '/'))
		return "a transition has a bad path";
	return NULL;
}

static int order(u32 a, u32 b)
{
	return a < b ? -1 : a > b;
}

/* The order that the format asks for. */
static int transition_compare(const struct dsm_policy *p,
			      const struct dsm_image_transition *a,
			      const struct dsm_image_transition *b)
{
	int by = order(le32_to_cpu(a->kind), le32_to_cpu(b->kind));

	if (!by)
		by = strcmp(p->strings + le32_to_cpu(a->path),
			    p->strings + le32_to_cpu(b->path));
	if (!by)
		by = order(le32_to_cpu(a->file_sid), le32_to_cpu(b->file_sid));
	if (!by)
		by = order(!a->from, !b->from);
	if (!by)
		by = order(le32_to_cpu(a->from), le32_to_cpu(b->from));
	/* DSM_OWNER_ANY is the greatest number. */
	if (!by)
		by = order(le32_to_cpu(a->owner), le32_to_cpu(b->owner));
	return by;
}

static const char *check_transitions(struct dsm_policy *p)
{
	u32 count = le32_to_cpu(p->head->transitions), i, kind = 0;
	const char *error;

	for (i = 0; i < count; i++) {
		const struct dsm_image_transition *t = &p->transition[i];

		error = check_transition(p, t);
		if (error)
			return error;
		if (i && transition_compare(p, t - 1, t) >= 0)
			return "transitions that do not ascend";
		while (kind <= le32_to_cpu(t->kind))
			p->transitions_of[kind++] = i;
	}
	while (kind <= __DSM_TRANSITION_MAX)
		p->transitions_of[kind++] = count;
	return NULL;
}

/* ---- filter ---------------------------------------------------------------------------- */

/* At least that many bits for each rule: so few other hashes seem to have one. */
#define FILTER_BITS	64

/* In this one all have. */
static const u64 no_filter[2] = { ~0ULL, ~0ULL };

static u32 filter_words_log2(const struct dsm_policy *p)
{
	u64 bits = (u64)le32_to_cpu(p->head->rules) * FILTER_BITS;
	u32 log2 = 1;

	while (64ULL << log2 < bits)
		log2++;
	return log2;
}

/**
 * dsm_policy_filter_size() - what dsm_policy_filter() needs
 * @p: the policy
 *
 * Return: bytes, 16 for no rule and 1 MB for 100,000.
 */
size_t dsm_policy_filter_size(const struct dsm_policy *p)
{
	return sizeof(u64) << filter_words_log2(p);
}

/**
 * dsm_policy_filter() - make asking for what no rule is about cheap
 * @p: a policy that was found good
 * @filter: dsm_policy_filter_size() bytes, which stay for as long as @p is asked
 *
 * A bit for the hash of each rule. Most hashes that no rule has are seen here to
 * have none, without a look at the table. Without a filter answers are the same.
 */
void dsm_policy_filter(struct dsm_policy *p, u64 *filter)
{
	u32 shift = 64 - filter_words_log2(p), i;

	memset(filter, 0, dsm_policy_filter_size(p));
	for (i = 0; i < p->slots; i++) {
		const struct dsm_image_rule *rule = &p->slot[i];
		u64 h = rule_hash(p, rule), place = h;

		if (!rule->class)
			continue;
		if (rule->sid)
			place -= le32_to_cpu(rule->nid) * p->mul[1];
		filter[place >> shift] |= 1ULL << (h & 63);
	}
	p->filter = filter;
	p->filter_shift = shift;
}

/**
 * dsm_policy_parse() - see whether an image can be asked
 * @p: filled in on success, and points into the image from then on
 * @image: the bytes, at a multiple of 8
 * @len: how many, the signature included
 *
 * The digest and the signature are for the caller to check; see policy.h.
 *
 * Context: Any; the time it takes grows with the image.
 * Return: NULL, or a sentence that says what is wrong with the image.
 */
const char *dsm_policy_parse(struct dsm_policy *p, const void *image,
			     size_t len)
{
	const char *error;

	memset(p, 0, sizeof(*p));
	p->filter = no_filter;
	p->filter_shift = 63;
	error = check_head(image, len);
	if (!error)
		error = check_counts(image);
	if (error)
		return error;
	take_head(p, image);
	error = find_arrays(p, image);
	if (!error)
		error = find_signature(p, image, len);
	if (!error)
		error = check_strings(p);
	if (!error)
		error = check_names(p);
	if (!error)
		error = check_rules(p);
	if (!error)
		error = check_standard(p);
	if (!error)
		error = check_peers(p);
	if (!error)
		error = check_transitions(p);
	return error;
}
