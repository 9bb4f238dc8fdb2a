// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: images that do not come from the compiler, or were tampered with.
 */
#include "policy_made.h"

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
	REFUSED(SIDS[0].flags = 0x8000, "a SID has unknown flags");
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

TEST_HARNESS_MAIN
