// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: what a built image answers, against the rules read one by one; and
 * images that were tampered with.
 */
#include <kselftest_harness.h>

#include <arpa/inet.h>
#include <stdarg.h>

#include "../unit.h"
#include "compile.h"
#include "dsm/policy.h"

/* model.c says with it that there is no memory. */
int cmd_error(const char *fmt, ...);
int cmd_error(const char *fmt, ...)
{
	fputs(fmt, stderr);
	return 1;
}

/* ---- a policy to ask --------------------------------------------------------- */

/** struct made - an image and what it was made of */
struct made {
	struct model		m;
	void			*image;
	size_t			len;
	struct dsm_policy	p;
	const char		*error;
};

static void make(struct made *d)
{
	d->image = build_image(&d->m, 0, &d->len, &d->error);
	if (d->image)
		d->error = dsm_policy_parse(&d->p, d->image, d->len);
}

static void unmake(struct made *d)
{
	free(d->image);
	model_free(&d->m);
}

static void add_rule(struct model *m, u32 class, u32 sid, u32 nid, u32 tsid,
		     u32 decides, u32 allow, u32 flags)
{
	struct model_rule key = {
		.class = class, .sid = sid, .nid = nid, .tsid = tsid,
	};
	struct model_rule *r = model_rule_get(&m->rules, &key);

	if (r->decides)
		return;
	r->decides = decides;
	r->allow = allow & decides;
	r->flags = flags;
}

/* ---- the rules told another way ------------------------------------------------- */

static bool fits(const struct model_rule *r, u32 class, u32 perm, u32 sid,
		 u32 nid, u32 tsid)
{
	return r->class == class && r->decides & perm &&
	       (!r->sid || r->sid == sid) && (!r->nid || r->nid == nid) &&
	       (!r->tsid || r->tsid == tsid);
}

static int weight(const struct model_rule *r)
{
	return (r->tsid ? 100 : 0) + (r->sid ? 10 : 0) + (r->nid ? 1 : 0);
}

static const struct model_rule *slow_rule(const struct model *m, u32 class,
					  u32 perm, u32 sid, u32 nid, u32 tsid)
{
	const struct model_rule *best = NULL;
	u32 i;

	for (i = 0; i < m->rules.count; i++) {
		const struct model_rule *r = &m->rules.entry[i];

		if (fits(r, class, perm, sid, nid, tsid) &&
		    (!best || weight(r) > weight(best)))
			best = r;
	}
	return best;
}

static bool slow_permissive(const struct model *m, u32 sid, u32 tsid)
{
	u32 i;

	if (m->flags & DSM_POLICY_PERMISSIVE)
		return true;
	for (i = 0; i < m->sids.count; i++)
		if ((m->sids.entry[i].id == sid ||
		     m->sids.entry[i].id == tsid) &&
		    m->sids.entry[i].flags & DSM_SID_PERMISSIVE)
			return true;
	return false;
}

static u32 slow_denied(const struct model *m, u32 flags, u32 sid, u32 tsid)
{
	u32 answer = flags & DSM_RULE_QUIET ? 0 : DSM_AUDIT;

	if (slow_permissive(m, sid, tsid))
		return answer | DSM_ALLOW | DSM_PERMITTED;
	return answer | (flags & DSM_RULE_ANSWER ? DSM_ANSWER : 0);
}

/* One permission only: what decides several of them is one after the other. */
static u32 slow_check(const struct model *m, u32 class, u32 perm, u32 sid,
		      u32 nid, u32 tsid)
{
	const struct model_rule *r = slow_rule(m, class, perm, sid, nid, tsid);
	u32 allow = r ? r->allow : m->standard[class].allow;
	u32 flags = r ? r->flags : m->standard[class].flags;

	if (!(allow & perm))
		return slow_denied(m, flags, sid, tsid);
	return DSM_ALLOW | (flags & DSM_RULE_AUDIT ? DSM_AUDIT : 0);
}

static u32 random_perm(u32 class)
{
	u32 perm;

	do
		perm = 1 << random_below(10);
	while (!(dsm_class_perms(class) & perm));
	return perm;
}

static void random_rules(struct model *m, u32 count, u32 ids, u32 any_of)
{
	u32 class, decides;

	while (count--) {
		class = 1 + random_below(__DSM_CLASS_MAX - 1);
		decides = dsm_class_perms(class);
		if (random_below(2))
			decides &= random_perm(class) | random_perm(class);
		add_rule(m, class,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 random_below(any_of) ? 1 + random_below(ids) : 0,
			 decides, random_next() >> 32,
			 random_below(DSM_RULE_FLAGS_KNOWN + 1));
	}
}

static void random_defaults(struct model *m)
{
	u32 class;

	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		m->standard[class].allow = dsm_class_perms(class) &
					   random_below(0x400);
		m->standard[class].flags = random_below(8);
	}
}

TEST(answers_are_those_of_the_rules_read_one_by_one)
{
	u32 round, i;

	random_start();
	for (round = 0; round < 60; round++) {
		u32 ids = 1 + random_below(12);
		struct made d = {};

		model_init(&d.m);
		d.m.sids.entry[random_below(2)].flags = random_below(4) ?
			0 : DSM_SID_PERMISSIVE;
		random_rules(&d.m, random_below(400), ids, 1 + random_below(6));
		random_defaults(&d.m);
		make(&d);
		ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
		for (i = 0; i < 3000; i++) {
			u32 class = 1 + random_below(__DSM_CLASS_MAX - 1);
			u32 perm = random_perm(class);
			u32 sid = 1 + random_below(ids + 1);
			u32 nid = 1 + random_below(ids + 1);
			u32 tsid = 1 + random_below(ids + 1);
			struct dsm_access a = { class, perm, sid, nid, tsid };
			const struct model_rule *r;
			const struct dsm_image_rule *found;

			ASSERT_EQ(slow_check(&d.m, class, perm, sid, nid, tsid),
				  dsm_policy_check(&d.p, class, perm, sid, nid,
						   tsid));
			r = slow_rule(&d.m, class, perm, sid, nid, tsid);
			found = dsm_policy_rule(&d.p, &a);
			ASSERT_EQ(!r, !found);
			if (r)
				ASSERT_EQ(weight(r),
					  (found->tsid ? 100 : 0) +
					  (found->sid ? 10 : 0) +
					  (found->nid ? 1 : 0));
		}
		unmake(&d);
	}
}

TEST(several_permissions_are_allowed_when_each_is)
{
	struct made d = {};
	u32 i, bit;

	random_start();
	model_init(&d.m);
	random_rules(&d.m, 500, 4, 3);
	random_defaults(&d.m);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (i = 0; i < 20000; i++) {
		u32 class = 1 + random_below(__DSM_CLASS_MAX - 1);
		u32 perms = dsm_class_perms(class) & random_below(0x400);
		u32 sid = 1 + random_below(5), nid = 1 + random_below(5);
		u32 tsid = 1 + random_below(5);
		bool want = perms;

		for (bit = 1; bit < 0x400; bit <<= 1)
			if (perms & bit &&
			    !(slow_check(&d.m, class, bit, sid, nid, tsid) &
			      DSM_ALLOW))
				want = false;
		ASSERT_EQ(want, !!(dsm_policy_check(&d.p, class, perms, sid,
						    nid, tsid) & DSM_ALLOW));
	}
	unmake(&d);
}

TEST(a_hundred_thousand_rules_are_all_found)
{
	struct made d = {};
	u32 i;

	random_start();
	model_init(&d.m);
	for (i = 0; i < 100000; i++)
		add_rule(&d.m, DSM_CLASS_TCP, 1 + i % 1000, 1 + i / 1000 % 10,
			 1 + i / 10000, DSM_PERM_RECEIVE,
			 i & 1 ? DSM_PERM_RECEIVE : 0, 0);
	make(&d);
	ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
	EXPECT_EQ(100000, le32_to_cpu(d.p.head->rules));
	EXPECT_LT(d.len, 3000000);
	for (i = 0; i < 100000; i++)
		ASSERT_EQ(i & 1, dsm_policy_check(&d.p, DSM_CLASS_TCP,
						  DSM_PERM_RECEIVE,
						  1 + i % 1000,
						  1 + i / 1000 % 10,
						  1 + i / 10000) & DSM_ALLOW);
	/* And what is near them is not. */
	for (i = 0; i < 100000; i++)
		ASSERT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, DSM_CLASS_TCP,
					   DSM_PERM_RECEIVE,
					   1001 + random_below(1000000),
					   1 + random_below(10),
					   1 + random_below(10)));
	unmake(&d);
}

TEST(numbers_of_32_bits_are_told_apart)
{
	static const u32 odd[] = { 1, 2, 0x7fffffff, 0x80000000, 0xfffffffe,
				   0xffffffff, 0x10000, 0x1000000 };
	struct made d = {};
	u32 i, j, k;

	model_init(&d.m);
	for (i = 0; i < 8; i++)
	for (j = 0; j < 8; j++)
	for (k = 0; k < 8; k++)
		if ((i + j + k) % 2)
			add_rule(&d.m, DSM_CLASS_UDP, odd[i], odd[j], odd[k],
				 DSM_PERM_SEND, DSM_PERM_SEND, 0);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (i = 0; i < 8; i++)
	for (j = 0; j < 8; j++)
	for (k = 0; k < 8; k++)
		ASSERT_EQ((i + j + k) % 2,
			  dsm_policy_check(&d.p, DSM_CLASS_UDP, DSM_PERM_SEND,
					   odd[i], odd[j], odd[k]) & DSM_ALLOW);
	unmake(&d);
}

TEST(nobody_may_nothing)
{
	struct made d = {};
	u32 class;

	model_init(&d.m);
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		u32 perms = dsm_class_perms(class);

		add_rule(&d.m, class, 0, 0, 0, perms, perms, 0);
	}
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		u32 perm = random_perm(class), all = dsm_class_perms(class);

		EXPECT_EQ(DSM_ALLOW,
			  dsm_policy_check(&d.p, class, perm, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 0, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 1, 0, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, perm, 1, 1, 0));
		EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, class, 0, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, 0x8000, 1, 1, 1));
		EXPECT_EQ(DSM_AUDIT,
			  dsm_policy_check(&d.p, class, all | 0x8000, 1, 1, 1));
	}
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, 0, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, __DSM_CLASS_MAX, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, 16, 1, 1, 1, 1));
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, ~0u, 1, 1, 1, 1));
	unmake(&d);
}

TEST(an_empty_policy_denies_and_a_permissive_one_reports)
{
	struct made d = {};

	model_init(&d.m);
	make(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_EQ(DSM_AUDIT, dsm_policy_check(&d.p, DSM_CLASS_TCP,
					      DSM_PERM_RECEIVE, 1, 1, 1));
	unmake(&d);

	memset(&d, 0, sizeof(d));
	model_init(&d.m);
	d.m.flags = DSM_POLICY_PERMISSIVE;
	make(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_EQ(DSM_AUDIT | DSM_ALLOW | DSM_PERMITTED,
		  dsm_policy_check(&d.p, DSM_CLASS_TCP, DSM_PERM_RECEIVE,
				   1, 1, 1));
	unmake(&d);
}

/* ---- peers ----------------------------------------------------------------------- */

static void add_peer(struct model *m, u32 family, const u8 *addr, u32 len)
{
	struct model_peer *peer;
	u32 bytes = family == 4 ? 4 : 16, i;

	m->peer = model_grow(m->peer, m->peers, &m->peers_room, sizeof(*peer));
	peer = &m->peer[m->peers];
	memset(peer, 0, sizeof(*peer));
	peer->family = family;
	peer->len = len;
	peer->action = DSM_PEER_PLAIN;
	memcpy(peer->addr, addr, bytes);
	for (i = len; i < 8 * bytes; i++)
		peer->addr[i / 8] &= ~(0x80 >> i % 8);
	for (i = 0; i < m->peers; i++)
		if (m->peer[i].family == family && m->peer[i].len == len &&
		    !memcmp(m->peer[i].addr, peer->addr, bytes))
			return;
	peer->line = ++m->peers;
}

static u32 slow_peer(const struct model *m, u32 family, const u8 *addr)
{
	int longest = -1;
	u32 i, bit, line = 0;

	for (i = 0; i < m->peers; i++) {
		const struct model_peer *peer = &m->peer[i];

		if (peer->family != family || peer->len <= longest)
			continue;
		for (bit = 0; bit < peer->len; bit++)
			if ((peer->addr[bit / 8] ^ addr[bit / 8]) &
			    0x80 >> bit % 8)
				break;
		if (bit == peer->len) {
			longest = peer->len;
			line = peer->line;
		}
	}
	return line;
}

static void random_address(u8 addr[16], u32 family)
{
	u32 i, bytes = family == 4 ? 4 : 16;

	/* Few different bytes, so that prefixes meet. */
	for (i = 0; i < bytes; i++)
		addr[i] = random_below(3) ? random_below(3) * 0x7f :
					    random_below(256);
}

TEST(the_longest_prefix_is_found)
{
	u8 addr[16] = {};
	u32 round, i;

	random_start();
	for (round = 0; round < 150; round++) {
		struct made d = {};
		u32 count = random_below(60);

		model_init(&d.m);
		for (i = 0; i < count; i++) {
			u32 family = random_below(2) ? 4 : 6;

			random_address(addr, family);
			add_peer(&d.m, family, addr,
				 random_below(family == 4 ? 33 : 129));
		}
		make(&d);
		ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);
		for (i = 0; i < 1000; i++) {
			const struct dsm_image_peer *peer;
			__be32 four;

			random_address(addr, 4);
			memcpy(&four, addr, 4);
			peer = dsm_policy_peer4(&d.p, four);
			ASSERT_EQ(slow_peer(&d.m, 4, addr),
				  peer ? le32_to_cpu(peer->line) : 0);
			random_address(addr, 6);
			peer = dsm_policy_peer6(&d.p, addr);
			ASSERT_EQ(slow_peer(&d.m, 6, addr),
				  peer ? le32_to_cpu(peer->line) : 0);
		}
		unmake(&d);
	}
}

TEST(prefixes_of_all_lengths_nest)
{
	u8 ones[16], addr[16];
	struct made d = {};
	u32 len;

	memset(ones, 0xff, sizeof(ones));
	model_init(&d.m);
	for (len = 0; len <= 128; len++) {
		if (len <= 32)
			add_peer(&d.m, 4, ones, len);
		add_peer(&d.m, 6, ones, len);
	}
	make(&d);
	ASSERT_EQ(NULL, d.error);
	for (len = 0; len <= 128; len++) {
		memset(addr, 0xff, sizeof(addr));
		if (len < 128)
			addr[len / 8] ^= 0x80 >> len % 8;
		EXPECT_EQ(len, dsm_policy_peer6(&d.p, addr)->len);
		if (len > 32)
			continue;
		EXPECT_EQ(len, dsm_policy_peer4(&d.p, len < 32 ?
				htonl(~(1u << (31 - len))) : ~0u)->len);
	}
	unmake(&d);
}

TEST(the_same_prefix_twice_is_refused)
{
	u8 addr[16] = { 10 };
	struct made d = {};

	model_init(&d.m);
	add_peer(&d.m, 4, addr, 8);
	d.m.peer = model_grow(d.m.peer, d.m.peers, &d.m.peers_room,
			      sizeof(*d.m.peer));
	d.m.peer[1] = d.m.peer[0];
	d.m.peer[1].line = 9;
	d.m.peers = 2;
	make(&d);
	ASSERT_NE(NULL, d.error);
	EXPECT_NE(NULL, strstr(d.error, "9"));
	unmake(&d);
}

/* ---- transitions ------------------------------------------------------------------- */

static void add_transition(struct model *m, u32 kind, u32 from, u32 to,
			   const char *path, u32 owner, u32 file_sid)
{
	m->transition = model_grow(m->transition, m->transitions,
				   &m->transitions_room,
				   sizeof(*m->transition));
	m->transition[m->transitions++] = (struct model_transition) {
		.kind = kind, .from = from, .to = to, .path = strdup(path),
		.owner = owner, .file_sid = file_sid,
	};
}

static u32 run(const struct made *d, u32 from, const char *path, u32 owner,
	       u32 file_sid)
{
	struct dsm_program prog = {
		.path = path, .path_len = path ? strlen(path) : 0,
		.owner = owner, .file_sid = file_sid,
	};

	return dsm_policy_transition(&d->p, from, &prog);
}

TEST(the_more_specific_transition_applies)
{
	struct made d = {};

	model_init(&d.m);
	add_transition(&d.m, DSM_TRANSITION_PATH, 0, 10, "/bin/a", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 5, 11, "/bin/a", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 5, 12, "/bin/a",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_TREE, 0, 20, "/opt/",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_TREE, 0, 21, "/opt/in/",
		       DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_PATH, 7, 22, "/opt/in/p", 0, 0);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 0, 0, "", DSM_OWNER_ANY, 0);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 0, 31, "", DSM_OWNER_ANY, 9);
	add_transition(&d.m, DSM_TRANSITION_DIGSIG, 6, 32, "", DSM_OWNER_ANY, 9);
	make(&d);
	ASSERT_EQ(NULL, d.error) TH_LOG("%s", d.error);

	EXPECT_EQ(10, run(&d, 4, "/bin/a", 0, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/a", 1000, 0));
	EXPECT_EQ(11, run(&d, 5, "/bin/a", 0, 0));
	EXPECT_EQ(12, run(&d, 5, "/bin/a", 1000, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/ab", 0, 0));
	EXPECT_EQ(4, run(&d, 4, "/bin/", 0, 0));
	EXPECT_EQ(20, run(&d, 4, "/opt/x", 3, 0));
	EXPECT_EQ(20, run(&d, 4, "/opt/inn/x", 3, 0));
	EXPECT_EQ(21, run(&d, 4, "/opt/in/x/y/z", 3, 0));
	EXPECT_EQ(22, run(&d, 7, "/opt/in/p", 0, 0));
	EXPECT_EQ(21, run(&d, 7, "/opt/in/p", 3, 0));
	EXPECT_EQ(4, run(&d, 4, "/op", 3, 0));
	EXPECT_EQ(4, run(&d, 4, "", 3, 0));
	EXPECT_EQ(4, run(&d, 4, NULL, 3, 0));
	EXPECT_EQ(8, run(&d, 4, "/bin/a", 0, 8));
	EXPECT_EQ(31, run(&d, 4, "/bin/a", 0, 9));
	EXPECT_EQ(32, run(&d, 6, NULL, 0, 9));
	unmake(&d);
}

/* ---- what does not come from the compiler ------------------------------------------- */

/* One of everything. */
static void make_small(struct made *d)
{
	u8 four[16] = { 10 }, six[16] = { 0xfe, 0x80 };

	model_init(&d->m);
	model_name_add(&d->m.nids, "alpha", 3);
	strcpy(d->m.name, "small");
	add_rule(&d->m, DSM_CLASS_TCP, 1, 3, 2, DSM_PERM_RECEIVE,
		 DSM_PERM_RECEIVE, 0);
	add_rule(&d->m, DSM_CLASS_UDP, 0, 0, 2, DSM_PERM_RECEIVE, 0,
		 DSM_RULE_QUIET);
	add_peer(&d->m, 4, four, 8);
	add_peer(&d->m, 6, six, 10);
	add_transition(&d->m, DSM_TRANSITION_PATH, 0, 2, "/bin/a", 0, 0);
	add_transition(&d->m, DSM_TRANSITION_DIGSIG, 0, 0, "", DSM_OWNER_ANY, 0);
	make(d);
}

/* Ask a bit of everything: with sanitizers watching. */
static void ask_around(const struct dsm_policy *p)
{
	struct dsm_program prog = {
		.path = "/bin/a", .path_len = 6, .file_sid = 9,
	};
	u8 six[16];
	u32 i;

	for (i = 0; i < 64; i++) {
		struct dsm_access a = { random_below(17), 1 << random_below(12),
					random_below(5), random_below(5),
					random_below(5) };

		dsm_policy_check(p, a.class, a.perms, a.sid, a.nid, a.tsid);
		dsm_policy_rule(p, &a);
		dsm_policy_peer4(p, random_next());
		random_fill(six, sizeof(six));
		dsm_policy_peer6(p, six);
		dsm_policy_transition(p, i, &prog);
		dsm_policy_sid_name(p, i);
		dsm_policy_nid_name(p, i);
	}
}

TEST(an_image_cut_anywhere_is_refused)
{
	struct made d = {};
	size_t len;

	make_small(&d);
	ASSERT_EQ(NULL, d.error);
	for (len = 0; len < d.len; len++) {
		/* At a multiple of 8, and what is behind it is watched. */
		void *cut = malloc(len);
		struct dsm_policy p;

		if (len)
			memcpy(cut, d.image, len);
		ASSERT_NE(NULL, dsm_policy_parse(&p, cut, len));
		free(cut);
	}
	unmake(&d);
}

TEST(an_image_with_a_changed_byte_cannot_hurt)
{
	struct dsm_policy p;
	struct made d = {};
	u32 i, good = 0;

	random_start();
	make_small(&d);
	ASSERT_EQ(NULL, d.error);
	for (i = 0; i < 200000; i++) {
		u8 *image = d.image;
		u32 at = random_below(d.len), byte = image[at];

		image[at] = random_below(4) ? random_next() >> 56 :
					      random_below(2) * 255;
		if (!dsm_policy_parse(&p, image, d.len)) {
			ask_around(&p);
			good++;
		}
		image[at] = byte;
	}
	/* SIDs of peers and the like may be anything. */
	EXPECT_GT(good, 0);
	EXPECT_LT(good, 200000);
	unmake(&d);
}

#define REFUSED(change, why)						\
do {									\
	struct dsm_image_header *h;					\
	struct dsm_policy p;						\
	struct made d = {};						\
	const char *error;						\
									\
	make_small(&d);							\
	ASSERT_EQ(NULL, d.error);					\
	h = d.image;							\
	p = d.p;							\
	(void)h;							\
	change;								\
	error = dsm_policy_parse(&p, d.image, d.len);			\
	ASSERT_NE(NULL, error) TH_LOG("not refused: %s", why);		\
	EXPECT_NE(NULL, strstr(error, why)) TH_LOG("%s", error);	\
	unmake(&d);							\
} while (0)

/* The arrays of an image as something that can be changed. */
#define RULES	((struct dsm_image_rule *)p.slot)
#define SIDS	((struct dsm_image_sid *)p.sid)
#define NIDS	((struct dsm_image_nid *)p.nid)
#define PEERS	((struct dsm_image_peer *)p.peer)
#define RANGES4	((struct dsm_image_range4 *)p.range4)
#define RANGES6	((struct dsm_image_range6 *)p.range6)
#define MOVES	((struct dsm_image_transition *)p.transition)

static struct dsm_image_rule *used_slot(struct dsm_image_rule *slot)
{
	while (!slot->class)
		slot++;
	return slot;
}

static struct dsm_image_rule *free_slot(struct dsm_image_rule *slot)
{
	while (slot->class)
		slot++;
	return slot;
}

TEST(each_thing_wrong_is_refused_and_said)
{
	REFUSED(h->magic[0] ^= 1, "not a compiled policy");
	REFUSED(h->version = 2, "another version");
	REFUSED(h->image_len += 8, "cut off");
	REFUSED(h->image_len -= 8, "does not fit");
	REFUSED(h->serial = 0, "serial is 0");
	REFUSED(h->flags = 0x8000, "unknown flags in the header");
	REFUSED(h->initial_sid = 0, "initial SID");
	REFUSED(h->reserved = 1, "reserved");
	REFUSED(h->rules += 1, "number of rules");
	REFUSED(h->rules = ~0u, "number of rules");
	REFUSED(h->buckets = 0, "number of displacements");
	REFUSED(h->buckets = 3, "number of displacements");
	REFUSED(h->slots = 0, "number of rules");
	REFUSED(h->sids = ~0u, "too many names");
	REFUSED(h->nids = ~0u, "too many names");
	REFUSED(h->peers = ~0u, "too many peers");
	REFUSED(h->ranges4 = ~0u, "too many peers");
	REFUSED(h->transitions = ~0u, "too many transitions");
	REFUSED(h->strings_len = ~0u, "length of the strings");
	REFUSED(h->strings_len = 0, "length of the strings");
	REFUSED(h->sids += 1, "does not fit");
	REFUSED(h->mul[1] &= ~1ull, "even");
	REFUSED(h->patterns[DSM_CLASS_TCP] ^= 1, "kinds of rules");
	REFUSED(h->patterns[15] = 1, "kinds of rules");
	REFUSED(h->standard[DSM_CLASS_FD].allow = 1, "a default allows");
	REFUSED(h->standard[15].allow = 1, "a default allows");
	REFUSED(h->standard[1].flags = 0x100, "a default has unknown");
	REFUSED(h->name = 1 << 20, "the policy has a bad name");
	REFUSED(used_slot(RULES)->class = 14, "unknown class");
	REFUSED(used_slot(RULES)->decides |= DSM_PERM_USE, "does not have");
	REFUSED(used_slot(RULES)->decides = 0, "does not have");
	REFUSED(used_slot(RULES)->allow |= DSM_PERM_BIND, "does not decide");
	REFUSED(used_slot(RULES)->flags = 8, "unknown flags");
	REFUSED(*free_slot(RULES) = *used_slot(RULES), "looked for");
	REFUSED(free_slot(RULES)->line = 1, "unknown class");
	REFUSED(memset(used_slot(RULES), 0, 24), "number of rules");
	REFUSED(SIDS[1].sid = SIDS[0].sid, "SIDs that do not ascend");
	REFUSED(SIDS[0].sid = 0, "SIDs that do not ascend");
	REFUSED(SIDS[0].name = 0, "a SID has a bad name");
	REFUSED(SIDS[0].name = 1 << 30, "a SID has a bad name");
	REFUSED(SIDS[0].flags = 2, "a SID has unknown flags");
	REFUSED(NIDS[0].nid = 0, "NIDs that do not ascend");
	REFUSED(NIDS[0].name = 0, "a NID has a bad name");
	REFUSED(((char *)p.strings)[0] = 'a', "do not end");
	REFUSED(((char *)p.strings)[le32_to_cpu(h->strings_len) - 1] = 'a',
		"do not end");
	REFUSED(((char *)p.strings)[le32_to_cpu(SIDS[0].name)] = '\n',
		"a SID has a bad name");
	REFUSED(PEERS[0].family = 5, "unknown family");
	REFUSED(PEERS[0].len = 33, "bad prefix");
	REFUSED(PEERS[0].addr[1] = 1, "bad prefix");
	REFUSED(PEERS[0].addr[15] = 1, "bad prefix");
	REFUSED(PEERS[0].action = 4, "unknown action");
	REFUSED(PEERS[0].flags = 2, "unknown flags");
	REFUSED(RANGES4[0].first = 1, "ascend from 0");
	REFUSED(RANGES4[2].first = RANGES4[1].first, "ascend from 0");
	REFUSED(RANGES4[1].peer = 2, "has no peer");
	REFUSED(RANGES4[1].peer = 1, "the wrong peer");
	REFUSED(RANGES4[0].peer = 0, "the wrong peer");
	REFUSED(RANGES6[0].first[0] = 1, "ascend from 0");
	REFUSED(RANGES6[0].reserved = 1, "reserved");
	REFUSED(RANGES6[1].peer = 0, "the wrong peer");
	REFUSED(MOVES[0].kind = 3, "unknown kind");
	REFUSED(MOVES[1].path = 0, "bad path");
	REFUSED(MOVES[1].path = 1 << 30, "bad path");
	REFUSED(MOVES[1].kind = DSM_TRANSITION_TREE, "bad path");
	REFUSED(MOVES[1].to = 0, "SID of a signature");
	REFUSED(MOVES[0].path = 1, "a path and a signature");
	REFUSED(MOVES[0].kind = DSM_TRANSITION_PATH; MOVES[0].path =
		MOVES[1].path; MOVES[0].to = 1; MOVES[0].owner = 0,
		"do not ascend");
}

TEST(a_signature_is_found_behind_the_image)
{
	struct dsm_image_signature sig = {
		.type = cpu_to_le32(DSM_SIGNATURE_PKCS7), .len = cpu_to_le32(5),
	};
	struct dsm_policy p;
	struct made d = {};
	size_t len;
	u8 *image;

	make_small(&d);
	ASSERT_EQ(NULL, d.error);
	EXPECT_EQ(NULL, d.p.signature);
	memcpy(sig.magic, DSM_SIGNATURE_MAGIC, 8);
	len = d.len + sizeof(sig) + 5;
	image = malloc(len);
	memcpy(image, d.image, d.len);
	memcpy(image + d.len, &sig, sizeof(sig));
	memcpy(image + d.len + sizeof(sig), "12345", 5);
	ASSERT_EQ(NULL, dsm_policy_parse(&p, image, len));
	EXPECT_EQ(5, p.signature_len);
	EXPECT_EQ(0, memcmp(p.signature, "12345", 5));
	EXPECT_EQ(d.len, p.image_len);
	EXPECT_NE(NULL, dsm_policy_parse(&p, image, len - 1));
	EXPECT_NE(NULL, dsm_policy_parse(&p, image, d.len + 8));
	image[d.len] ^= 1;
	EXPECT_NE(NULL, dsm_policy_parse(&p, image, len));
	image[d.len] ^= 1;
	image[d.len + 8] ^= 2;
	EXPECT_NE(NULL, dsm_policy_parse(&p, image, len));
	free(image);
	unmake(&d);
}

TEST(classes_and_permissions_have_names)
{
	u32 class, bit, all = 0;

	EXPECT_EQ(0, dsm_class_perms(0));
	EXPECT_EQ(0, dsm_class_perms(__DSM_CLASS_MAX));
	EXPECT_EQ(NULL, dsm_class_name(__DSM_CLASS_MAX));
	for (class = 1; class < __DSM_CLASS_MAX; class++) {
		EXPECT_NE(NULL, dsm_class_name(class));
		EXPECT_NE(0, dsm_class_perms(class));
		all |= dsm_class_perms(class);
	}
	for (bit = 1; bit; bit <<= 1)
		EXPECT_EQ(!(all & bit), !dsm_perm_name(bit));
	EXPECT_EQ(NULL, dsm_perm_name(3));
}

TEST_HARNESS_MAIN
