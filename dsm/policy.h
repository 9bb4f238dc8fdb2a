/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy: a compiled policy, checked once and then asked where it lies.
 *
 * struct dsm_policy points into the image, which must stay and not change for
 * as long as it is used. Nothing is allocated and nothing is written after
 * dsm_policy_parse(), so any number of readers need no lock.
 *
 * The image starts at a multiple of 8 bytes; vmalloc() and malloc() see to it.
 *
 * What dsm_policy_parse() does not check is the digest and the signature, for
 * which it would need a hash. Who loads an image compares @digest with the
 * SHA-256 of the bytes [DSM_IMAGE_SIGNED_LEN, image_len) of it, and has the
 * signature, if it wants one, checked over the first DSM_IMAGE_SIGNED_LEN.
 *
 * Who asks often gives the policy a filter, by dsm_policy_filter(). Answers are the
 * same with and without.
 */
#ifndef _DSM_POLICY_H
#define _DSM_POLICY_H

#include <linux/dsm_policy.h>

#include "pure.h"

/**
 * struct dsm_rest - what is answered where no rule names sender or receiver
 * @deny: DSM_PERM_* that are not allowed; the others all are by one rule, or all
 *	by the default
 * @yes: the answer if none of them is wanted
 * @no: the answer if one is
 * @ask: there is more to be asked then
 */
struct dsm_rest {
	u32 deny;
	u8 yes;
	u8 no;
	bool ask;
};

/**
 * struct dsm_policy - a policy that was found good
 * @head: the image
 * @mul: factors of the hash
 * @displacement: of the hash
 * @slot: the rules
 * @bucket_mask: number of displacements less 1
 * @slots: number of slots
 * @filter: which hashes rules have; dsm_policy_filter()
 * @filter_shift: by which a hash becomes the number of a word of @filter
 * @rest: what is answered where no rule names anybody, by class
 * @patterns: for each class, which kinds of rules there are
 * @permissive_sids: there is a SID with DSM_SID_PERMISSIVE
 * @fibs: there is a SID with a FIB
 * @serial: of the policy
 * @flags: DSM_POLICY_*
 * @initial_sid: of tasks that nothing else was said about
 * @image_len: bytes of the image, without the signature
 * @sid: SIDs with a name
 * @nid: NIDs with a name
 * @peer: prefixes
 * @range4: which prefix an IPv4 address is in
 * @range6: which prefix an IPv6 address is in
 * @transition: transitions
 * @strings: names and paths
 * @signature: signature bytes, or NULL if there is none
 * @signature_len: bytes of @signature
 * @digest: as the header has it
 * @transitions_of: where each kind of transition begins, and the end
 */
struct dsm_policy {
	const struct dsm_image_header *head;
	u64 mul[3];
	const __le32 *displacement;
	const struct dsm_image_rule *slot;
	u64 bucket_mask;
	u64 slots;
	const u64 *filter;
	u32 filter_shift;
	struct dsm_rest rest[DSM_CLASSES];
	u8 patterns[DSM_CLASSES];
	bool permissive_sids;
	bool fibs;
	u32 serial;
	u32 flags;
	u32 initial_sid;
	u32 image_len;
	const struct dsm_image_sid *sid;
	const struct dsm_image_nid *nid;
	const struct dsm_image_peer *peer;
	const struct dsm_image_range4 *range4;
	const struct dsm_image_range6 *range6;
	const struct dsm_image_transition *transition;
	const char *strings;
	const u8 *signature;
	u32 signature_len;
	const u8 *digest;
	u32 transitions_of[__DSM_TRANSITION_MAX + 1];
};

/*
 * The answer of dsm_policy_check(). ALLOW is what counts; the others say what
 * to report, and whether to answer. Denied is the absence of ALLOW, so that
 * zeroed memory denies.
 */
#define DSM_ALLOW	0x0001
#define DSM_AUDIT	0x0002	/* report it: a denial that is not quiet, or an
				 * allowed access that is audited
				 */
#define DSM_ANSWER	0x0004	/* denied: answer with ICMP */
#define DSM_PERMITTED	0x0008	/* ALLOW only because of permissive mode */

/**
 * struct dsm_access - what is asked for
 * @class: enum dsm_class
 * @perms: DSM_PERM_*, all of which are wanted; not 0
 * @sid: of the sender
 * @nid: of the sender
 * @tsid: of the receiver
 */
struct dsm_access {
	u32	class;
	u32	perms;
	u32	sid;
	u32	nid;
	u32	tsid;
};

/**
 * struct dsm_program - what is known of a program that is about to run
 * @path: absolute, without symbolic links; NULL if it has none here
 * @path_len: bytes of it, without a NUL
 * @owner: user ID of the file's owner, in the initial user namespace
 * @file_sid: that a verified digsig signature vouches for, or 0
 */
struct dsm_program {
	const char	*path;
	size_t		path_len;
	u32		owner;
	u32		file_sid;
};

const char *dsm_policy_parse(struct dsm_policy *p, const void *image,
			     size_t len);
size_t dsm_policy_filter_size(const struct dsm_policy *p);
void dsm_policy_filter(struct dsm_policy *p, u64 *filter);

u32 dsm_policy_check(const struct dsm_policy *p, u32 class, u32 perms,
		     u32 sid, u32 nid, u32 tsid);
const struct dsm_image_rule *dsm_policy_rule(const struct dsm_policy *p,
					     const struct dsm_access *a);

const struct dsm_image_peer *dsm_policy_peer4(const struct dsm_policy *p,
					      __be32 addr);
const struct dsm_image_peer *dsm_policy_peer6(const struct dsm_policy *p,
					      const u8 addr[16]);

u32 dsm_policy_transition(const struct dsm_policy *p, u32 from,
			  const struct dsm_program *prog);
const struct dsm_image_transition *
dsm_policy_transition_find(const struct dsm_policy *p, u32 from,
			   const struct dsm_program *prog);

const char *dsm_policy_sid_name(const struct dsm_policy *p, u32 sid);
const char *dsm_policy_nid_name(const struct dsm_policy *p, u32 nid);
u32 dsm_policy_sid_flags(const struct dsm_policy *p, u32 sid);

/* classes.c */
u32 dsm_class_perms(u32 class);
const char *dsm_class_name(u32 class);
const char *dsm_perm_name(u32 perm);

#endif /* _DSM_POLICY_H */
