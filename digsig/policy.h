/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policy: what a file is worth, and what follows from it.
 */
#ifndef _DIGSIG_POLICY_H
#define _DIGSIG_POLICY_H

#include <linux/digsig_lsm.h>
#include <linux/digsig_format.h>

#include "pure.h"

/** enum digsig_signature - what is known about a signature */
enum digsig_signature {
	DIGSIG_SIGNATURE_NONE,		/* there is none */
	DIGSIG_SIGNATURE_GOOD,		/* verified with the key it names */
	DIGSIG_SIGNATURE_BAD,		/* does not match, or was not verified */
	DIGSIG_SIGNATURE_NO_ALGORITHM,	/* this kernel cannot verify it */
};

/**
 * struct digsig_evidence - what is known about a file, before it is judged
 * @obstacle: enum digsig_reason: what kept the file from being read, or
 *	DIGSIG_REASON_MALFORMED; DIGSIG_REASON_NONE otherwise
 * @signature: enum digsig_signature: of the file, or of the catalog it is in
 * @key_trusted: the key of @signature is in the keyring
 * @key_revoked: the key of @signature is on the revocation list
 * @digest_revoked: the file is on the revocation list
 * @generation: of the file, or of the catalog it is in
 * @min_generation: in force
 *
 * One that is all zero is an unsigned file.
 */
struct digsig_evidence {
	u32	obstacle;
	u32	signature;
	bool	key_trusted;
	bool	key_revoked;
	bool	digest_revoked;
	u32	generation;
	u32	min_generation;
};

/**
 * struct digsig_question - what is asked for, and what speaks against it
 * @op: enum digsig_op
 * @mode: enum digsig_mode in force
 * @strict: strict mode is in force
 * @reason: enum digsig_reason: what speaks against it, such as the answer of
 *	digsig_policy_judge(), or what strict mode adds
 * @flags: DIGSIG_FLAG_* of the program that asks; 0 if it is not verified
 */
struct digsig_question {
	u32	op;
	u32	mode;
	bool	strict;
	u32	reason;
	u32	flags;
};

/** enum digsig_action - the answer */
enum digsig_action {
	DIGSIG_ALLOW,
	DIGSIG_REPORT,		/* say what would be refused, and allow it */
	DIGSIG_REFUSE,		/* with digsig_reason_errno(), and say so */
};

enum digsig_reason digsig_policy_judge(const struct digsig_evidence *evidence);
enum digsig_action digsig_policy_decide(const struct digsig_question *question);

int digsig_reason_errno(u32 reason);
const char *digsig_reason_name(u32 reason);
const char *digsig_reason_text(u32 reason);
const char *digsig_op_name(u32 op);
const char *digsig_mode_name(u32 mode);

#endif /* _DIGSIG_POLICY_H */
