// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: asking it.
 *
 * Everything here reads an image that dsm_policy_parse() has found good, and
 * nothing else. dsm_policy_check() is where every decision of dsm falls; it is
 * written to be short when it runs: a rule is found in one place or not at all,
 * and whether there may be one of a kind, a bit of the filter says. So its cost
 * depends on how many kinds of rules a class has (the patterns, at most eight),
 * and not on how many rules.
 */
#include "policy.h"

/*
 * Kinds of rules, as bit numbers of a pattern: what a rule names. Kind 7 names
 * all three and is the most specific, kind 0 is about all.
 */
#define KIND_NID	1
#define KIND_SID	2
#define KIND_RECEIVER	4
#define KINDS		8

/* Those that name the sender's SID or the receiver, not both, or a NID alone. */
#define KINDS_WIDE	(BIT(KIND_RECEIVER | KIND_SID) - BIT(0) - 1)
/* Of these, those that name no receiver. */
#define KINDS_SENDER	(BIT(KIND_RECEIVER) - BIT(0) - 1)

/* A slot begins at a multiple of 8, and so do both words of a key. */
typedef __le64 __attribute__((__may_alias__)) word_le64;

static __always_inline u64 read_le64(const void *at)
{
	return le64_to_cpu(*(const word_le64 *)at);
}

/*
 * What is asked, in the two words that a rule is known by: the SID and NID of the
 * sender, the lower one first, and the receiver and the class. A kind of rules
 * has zero for what it does not name.
 */
#define HIGH	(~0ULL << 32)

static __always_inline u64 object_of(u32 kind, u64 object)
{
	return kind & KIND_RECEIVER ? object : object & HIGH;
}

static __always_inline u64 sender_of(u32 kind, u64 sender)
{
	return (kind & KIND_SID ? (u32)sender : 0) |
	       (kind & KIND_NID ? sender & HIGH : 0);
}

static __always_inline u64 two(u32 low, u32 high)
{
	return low | (u64)high << 32;
}

static __always_inline u64 key_hash(const struct dsm_policy *p, u64 sender,
				    u64 object)
{
	return (u32)sender * p->mul[0] + (sender >> 32) * p->mul[1] +
	       object * p->mul[2];
}

/*
 * The rule of which @h is the hash, or NULL. The two words of a key are compared
 * as they lie in the slot.
 */
static __always_inline const struct dsm_image_rule *
rule_at(const struct dsm_policy *p, u64 h, u64 sender, u64 object)
{
	const struct dsm_image_rule *rule;

	h *= le32_to_cpu(p->displacement[(h >> 32) & p->bucket_mask]);
	rule = &p->slot[((h >> 32) * p->slots) >> 32];
	if (read_le64(&rule->sid) != sender)
		return NULL;
	/* The two bytes after the class are not part of the key. */
	if ((read_le64(&rule->tsid) ^ object) << 16)
		return NULL;
	return rule;
}

static noinline const struct dsm_image_rule *
rule_find_kind(const struct dsm_policy *p, const struct dsm_access *a, u32 kind)
{
	u64 object = object_of(kind, two(a->tsid, a->class));
	u64 sender = sender_of(kind, two(a->sid, a->nid));

	if (!(p->patterns[a->class] & BIT(kind)))
		return NULL;
	return rule_at(p, key_hash(p, sender, object), sender, object);
}

static bool permissive(const struct dsm_policy *p, u32 sid, u32 tsid)
{
	if (p->flags & DSM_POLICY_PERMISSIVE)
		return true;
	return p->permissive_sids &&
	       (dsm_policy_sid_flags(p, sid) | dsm_policy_sid_flags(p, tsid)) &
	       DSM_SID_PERMISSIVE;
}

static noinline u32 deny(const struct dsm_policy *p, u32 rule_flags, u32 sid,
			 u32 tsid)
{
	u32 answer = rule_flags & DSM_RULE_QUIET ? 0 : DSM_AUDIT;

	if (permissive(p, sid, tsid))
		return answer | DSM_ALLOW | DSM_PERMITTED;
	if (rule_flags & DSM_RULE_ANSWER)
		answer |= DSM_ANSWER;
	return answer;
}

static __always_inline u32 allow(u32 rule_flags)
{
	static_assert(DSM_RULE_AUDIT == DSM_AUDIT, "the same bit");
	return DSM_ALLOW | (rule_flags & DSM_RULE_AUDIT);
}

/*
 * Several permissions that different rules decide: one after the other, and
 * what one denies is denied.
 */
static noinline u32 check_each(const struct dsm_policy *p,
			       struct dsm_access *a)
{
	const struct dsm_image_default *d = &p->head->standard[a->class];
	const struct dsm_image_rule *rule;
	u32 kind, decided, flags = 0;

	for (kind = KINDS; kind-- && a->perms; ) {
		rule = rule_find_kind(p, a, kind);
		decided = rule ? a->perms & le16_to_cpu(rule->decides) : 0;
		if (!decided)
			continue;
		if (decided & ~le16_to_cpu(rule->allow))
			return deny(p, le16_to_cpu(rule->flags), a->sid,
				    a->tsid);
		flags |= le16_to_cpu(rule->flags);
		a->perms &= ~decided;
	}
	if (a->perms & ~le16_to_cpu(d->allow))
		return deny(p, le16_to_cpu(d->flags), a->sid, a->tsid);
	if (a->perms)
		flags |= le16_to_cpu(d->flags);
	return allow(flags);
}

/*
 * A question on its way: the two words, permissions, and the shift of the filter in
 * the register that a shift needs. Each function ends in a call of another one with
 * the same arguments, so that they stay where they are and few registers are saved;
 * therefore none is cloned for those it looks at.
 */
#define ASKED	const struct dsm_policy *p, u64 object, u32 perms, \
		u32 shift __maybe_unused, u64 sender
#define ASKING	p, object, perms, shift, sender

static noinline __noclone u32 check_several(ASKED)
{
	struct dsm_access a = {
		.class = object >> 32, .perms = perms,
		.sid = sender, .nid = sender >> 32, .tsid = object,
	};

	return check_each(p, &a);
}

/*
 * Could there be a rule of which @h is the hash? Mostly there is one, then.
 * @place is the hash, or that of the rule without its NID: rules for one sender on
 * several nodes share a word with the one for all nodes.
 */
static __always_inline bool rule_likely(const struct dsm_policy *p, u32 shift,
					u64 place, u64 h)
{
	return p->filter[place >> shift] >> (h & 63) & 1;
}

/* No rule names any of them: the one about all, if there is one; the default. */
static __always_inline u32 check_rest(ASKED)
{
	const struct dsm_rest *r = &p->rest[object >> 32];

	if (!(perms & r->deny))
		return r->yes;
	if (!r->ask)
		return r->no;
	return check_several(ASKING);
}

#define DECLARE_KIND(kind) static u32 rule_of_kind_##kind(ASKED)
DECLARE_KIND(7);
DECLARE_KIND(6);
DECLARE_KIND(5);
DECLARE_KIND(4);
DECLARE_KIND(3);
DECLARE_KIND(2);
DECLARE_KIND(1);

/*
 * The kinds before @from one after the other, the most specific first: where there
 * may be a rule, that kind goes on. @from is a constant.
 */
static __always_inline u32 kinds_before(u32 from, ASKED)
{
	u64 by = (u32)sender * p->mul[0], on = (sender >> 32) * p->mul[1];
	u64 to = object * p->mul[2], all;

	if (from > 7 && rule_likely(p, shift, to + by, to + by + on))
		return rule_of_kind_7(ASKING);
	if (from > 6 && rule_likely(p, shift, to + by, to + by))
		return rule_of_kind_6(ASKING);
	if (from > 5 && rule_likely(p, shift, to + on, to + on))
		return rule_of_kind_5(ASKING);
	if (from > 4 && rule_likely(p, shift, to, to))
		return rule_of_kind_4(ASKING);
	if (!(p->patterns[object >> 32] & KINDS_SENDER))
		return check_rest(ASKING);
	all = (object & HIGH) * p->mul[2];
	if (from > 3 && rule_likely(p, shift, all + by, all + by + on))
		return rule_of_kind_3(ASKING);
	if (from > 2 && rule_likely(p, shift, all + by, all + by))
		return rule_of_kind_2(ASKING);
	if (from > 1 && rule_likely(p, shift, all + on, all + on))
		return rule_of_kind_1(ASKING);
	return check_rest(ASKING);
}

/* A class that has rules of many kinds. */
static noinline u32 check_wide(ASKED)
{
	if (unlikely(!(u32)sender || !(u32)object))
		return deny(p, 0, sender, object);
	return kinds_before(KINDS, ASKING);
}

/*
 * Does the rule of this kind, of which @h is the hash, decide all that is wanted,
 * or deny some of it?
 */
static __always_inline bool rule_ask(u32 kind, u64 h, u32 *answer, ASKED)
{
	const struct dsm_image_rule *rule;

	rule = rule_at(p, h, sender_of(kind, sender), object_of(kind, object));
	if (!rule)
		return false;
	if (likely(!(perms & ~le16_to_cpu(rule->allow))))
		*answer = allow(le16_to_cpu(rule->flags));
	else if (perms & le16_to_cpu(rule->decides))
		*answer = check_several(ASKING);
	else
		return false;
	return true;
}

#define DEFINE_KIND(kind)						\
	static noinline __noclone u32 rest_of_kind_##kind(ASKED)	\
	{								\
		return kinds_before(kind, ASKING);			\
	}								\
	static noinline __noclone u32 rule_of_kind_##kind(ASKED)	\
	{								\
		u64 h = key_hash(p, sender_of(kind, sender),		\
				 object_of(kind, object));		\
		u32 answer;						\
									\
		if (rule_ask(kind, h, &answer, ASKING))			\
			return answer;					\
		return rest_of_kind_##kind(ASKING);			\
	}
DEFINE_KIND(7)
DEFINE_KIND(6)
DEFINE_KIND(5)
DEFINE_KIND(4)
DEFINE_KIND(3)
DEFINE_KIND(2)
DEFINE_KIND(1)

/*
 * One that has, but for kind 0, only rules which name sender and receiver. Nobody
 * has a rule of kind 7; without the NID he would have the one about all.
 */
static noinline u32 check_pairs(ASKED)
{
	u64 by = (u32)sender * p->mul[0], on = (sender >> 32) * p->mul[1];
	u64 to = object * p->mul[2];
	u32 answer;

	if (rule_likely(p, shift, to + by, to + by + on) &&
	    rule_ask(7, to + by + on, &answer, ASKING))
		return answer;
	if (unlikely(!(u32)sender || !(u32)object))
		return deny(p, 0, sender, object);
	if (rule_likely(p, shift, to + by, to + by) &&
	    rule_ask(6, to + by, &answer, ASKING))
		return answer;
	return check_rest(ASKING);
}

/**
 * dsm_policy_check() - may this be done
 * @p: the policy
 * @class: enum dsm_class
 * @perms: DSM_PERM_*, all of which are wanted
 * @sid: of the sender
 * @nid: of the sender
 * @tsid: of the receiver
 *
 * Wanting nothing is denied, and so is wanting of a class a permission that it
 * does not have. A SID or NID of 0 is nobody and may nothing.
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: DSM_ALLOW or not, and what else to do.
 */
u32 dsm_policy_check(const struct dsm_policy *p, u32 class, u32 perms,
		     u32 sid, u32 nid, u32 tsid)
{
	u64 sender, object;
	u32 shift;

	if (unlikely(class >= DSM_CLASSES || !nid))
		return deny(p, 0, sid, tsid);
	/* Kept apart, a test and its branch are one step of the processor. */
	OPTIMIZER_HIDE_VAR(perms);
	if (unlikely(!perms))
		return deny(p, 0, sid, tsid);
	sender = two(sid, nid);
	object = two(tsid, class);
	shift = p->filter_shift;
	if (p->patterns[class] & KINDS_WIDE)
		return check_wide(ASKING);
	return check_pairs(ASKING);
}

/**
 * dsm_policy_rule() - which rule decides
 * @p: the policy
 * @a: an access with one permission
 *
 * For saying why; dsm_policy_check() says what.
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: the rule, or NULL if it is the default of the class.
 */
const struct dsm_image_rule *dsm_policy_rule(const struct dsm_policy *p,
					     const struct dsm_access *a)
{
	const struct dsm_image_rule *rule;
	u32 kind;

	if (a->class >= DSM_CLASSES || !a->sid || !a->nid || !a->tsid)
		return NULL;
	for (kind = KINDS; kind--; ) {
		rule = rule_find_kind(p, a, kind);
		if (rule && le16_to_cpu(rule->decides) & a->perms)
			return rule;
	}
	return NULL;
}

/**
 * dsm_policy_peer4() - how to speak with an IPv4 address
 * @p: the policy
 * @addr: the address
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: the longest prefix that covers it, or NULL if none does, which is to
 * be taken as DSM_PEER_DENY.
 */
const struct dsm_image_peer *dsm_policy_peer4(const struct dsm_policy *p,
					      __be32 addr)
{
	u32 low = 0, high = le32_to_cpu(p->head->ranges4), middle, index;
	u32 host = be32_to_cpu(addr);

	if (!high)
		return NULL;
	/* range4[low] starts at or before the address, range4[high] after. */
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (le32_to_cpu(p->range4[middle].first) <= host)
			low = middle;
		else
			high = middle;
	}
	index = le32_to_cpu(p->range4[low].peer);
	return index == DSM_PEER_NONE ? NULL : &p->peer[index];
}

/**
 * dsm_policy_peer6() - how to speak with an IPv6 address
 * @p: the policy
 * @addr: the address, network byte order
 *
 * Addresses that embed IPv4 (::ffff:0:0/96) are for dsm_policy_peer4().
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: as dsm_policy_peer4().
 */
const struct dsm_image_peer *dsm_policy_peer6(const struct dsm_policy *p,
					      const u8 addr[16])
{
	u32 low = 0, high = le32_to_cpu(p->head->ranges6), middle, index;

	if (!high)
		return NULL;
	while (high - low > 1) {
		middle = low + (high - low) / 2;
		if (memcmp(p->range6[middle].first, addr, 16) <= 0)
			low = middle;
		else
			high = middle;
	}
	index = le32_to_cpu(p->range6[low].peer);
	return index == DSM_PEER_NONE ? NULL : &p->peer[index];
}

/* ---- transitions ------------------------------------------------------------- */

/* As strcmp() would order @string and the @len bytes at @path. */
static int string_compare(const char *string, const char *path, size_t len)
{
	size_t string_len = strlen(string);
	int order = memcmp(string, path, string_len < len ? string_len : len);

	if (order)
		return order;
	return string_len < len ? -1 : string_len > len;
}

/* Is transition @t at or after those of this file, of the kind it has? */
static int file_compare(const struct dsm_policy *p,
			const struct dsm_image_transition *t,
			const char *path, size_t len, u32 file_sid)
{
	u32 sid = le32_to_cpu(t->file_sid);

	if (path)
		return string_compare(p->strings + le32_to_cpu(t->path), path,
				      len);
	return sid < file_sid ? -1 : sid > file_sid;
}

/* The most specific stands first: take the first that fits. */
static const struct dsm_image_transition *
transition_pick(const struct dsm_policy *p, u32 kind, u32 from, u32 owner,
		const char *path, size_t len, u32 file_sid)
{
	u32 low = p->transitions_of[kind], end = p->transitions_of[kind + 1];
	const struct dsm_image_transition *t;
	u32 high = end, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (file_compare(p, &p->transition[middle], path, len,
				 file_sid) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < end; low++) {
		t = &p->transition[low];
		if (file_compare(p, t, path, len, file_sid))
			break;
		if (t->from && le32_to_cpu(t->from) != from)
			continue;
		if (le32_to_cpu(t->owner) != DSM_OWNER_ANY &&
		    le32_to_cpu(t->owner) != owner)
			continue;
		return t;
	}
	return NULL;
}

static const struct dsm_image_transition *
transition_by_tree(const struct dsm_policy *p, u32 from,
		   const struct dsm_program *prog)
{
	const struct dsm_image_transition *t;
	size_t len = prog->path_len;

	if (p->transitions_of[DSM_TRANSITION_TREE] ==
	    p->transitions_of[DSM_TRANSITION_TREE + 1])
		return NULL;
	for (; len; len--) {
		if (prog->path[len - 1] != '/')
			continue;
		t = transition_pick(p, DSM_TRANSITION_TREE, from, prog->owner,
				    prog->path, len, 0);
		if (t)
			return t;
	}
	return NULL;
}

/**
 * dsm_policy_transition_find() - which transition applies to an exec
 * @p: the policy
 * @from: SID of the process before
 * @prog: the program
 *
 * What a signature vouches for comes before a path, the path of the program
 * before a folder, and an inner folder before an outer one.
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: the transition, or NULL if the SID stays.
 */
const struct dsm_image_transition *
dsm_policy_transition_find(const struct dsm_policy *p, u32 from,
			   const struct dsm_program *prog)
{
	const struct dsm_image_transition *t = NULL;

	if (prog->file_sid) {
		t = transition_pick(p, DSM_TRANSITION_DIGSIG, from, prog->owner,
				    NULL, 0, prog->file_sid);
		if (!t)
			t = transition_pick(p, DSM_TRANSITION_DIGSIG, from,
					    prog->owner, NULL, 0, 0);
	}
	if (!t && prog->path)
		t = transition_pick(p, DSM_TRANSITION_PATH, from, prog->owner,
				    prog->path, prog->path_len, 0);
	if (!t && prog->path)
		t = transition_by_tree(p, from, prog);
	return t;
}

/**
 * dsm_policy_transition() - which SID a process has after an exec
 * @p: the policy
 * @from: SID of the process before
 * @prog: the program
 *
 * Context: Any. Takes no lock; the caller keeps the image alive.
 * Return: the SID; @from if it stays.
 */
u32 dsm_policy_transition(const struct dsm_policy *p, u32 from,
			  const struct dsm_program *prog)
{
	const struct dsm_image_transition *t;

	t = dsm_policy_transition_find(p, from, prog);
	if (!t)
		return from;
	return t->to ? le32_to_cpu(t->to) : prog->file_sid;
}

/* ---- names --------------------------------------------------------------------- */

static const struct dsm_image_sid *sid_find(const struct dsm_policy *p, u32 sid)
{
	u32 low = 0, high = le32_to_cpu(p->head->sids), middle, here;

	while (low < high) {
		middle = low + (high - low) / 2;
		here = le32_to_cpu(p->sid[middle].sid);
		if (here == sid)
			return &p->sid[middle];
		if (here < sid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

/**
 * dsm_policy_sid_flags() - what is peculiar to a SID
 * @p: the policy
 * @sid: the SID
 *
 * Return: DSM_SID_*; 0 for a SID the policy does not name.
 */
u32 dsm_policy_sid_flags(const struct dsm_policy *p, u32 sid)
{
	const struct dsm_image_sid *found = sid_find(p, sid);

	return found ? le32_to_cpu(found->flags) : 0;
}

/**
 * dsm_policy_sid_name() - what the policy calls a SID
 * @p: the policy
 * @sid: the SID
 *
 * Return: a string in the image, or NULL if it has no name.
 */
const char *dsm_policy_sid_name(const struct dsm_policy *p, u32 sid)
{
	const struct dsm_image_sid *found = sid_find(p, sid);

	return found ? p->strings + le32_to_cpu(found->name) : NULL;
}

/**
 * dsm_policy_nid_name() - what the policy calls a NID
 * @p: the policy
 * @nid: the NID
 *
 * Return: a string in the image, or NULL if it has no name.
 */
const char *dsm_policy_nid_name(const struct dsm_policy *p, u32 nid)
{
	u32 low = 0, high = le32_to_cpu(p->head->nids), middle, here;

	while (low < high) {
		middle = low + (high - low) / 2;
		here = le32_to_cpu(p->nid[middle].nid);
		if (here == nid)
			return p->strings + le32_to_cpu(p->nid[middle].name);
		if (here < nid)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}
