// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy: the place where every decision of digsig falls.
 *
 * There are two, one after the other. digsig_policy_judge() says what speaks
 * against a file. digsig_policy_decide() says what follows for whoever asked,
 * in the mode in force, from that or from a reason that strict mode adds.
 *
 * What is peculiar to a reason or an operation is in the tables.
 */
#include "policy.h"

/**
 * struct rule - a reason
 * @name: one word, for counters, records and -j
 * @text: for people; stands after a path and a colon
 * @error: what a system call returns. A shell or ld.so prints it, and it is
 *	often all that a user sees. Not EACCES or ENOENT, after which execvp()
 *	goes on to the next folder of PATH, nor ENOEXEC, which makes a shell
 *	of a file that is not one
 * @strict: speaks against something in strict mode only
 * @excused_by: a program with this flag may
 * @only_for: a program without this flag may
 */
struct rule {
	const char *name;
	const char *text;
	int	    error;
	bool	    strict;
	u32	    excused_by;
	u32	    only_for;
};

static const struct rule rules[] = {
	[DIGSIG_REASON_NONE] = {
		.name = "none",
		.text = "verified",
	},
	[DIGSIG_REASON_UNSIGNED] = {
		.name = "unsigned",
		.text = "not signed, and in no catalog",
		.error = EPERM,
	},
	[DIGSIG_REASON_MALFORMED] = {
		.name = "malformed",
		.text = "its signature is damaged",
		.error = EKEYREJECTED,
	},
	[DIGSIG_REASON_UNKNOWN_KEY] = {
		.name = "unknown-key",
		.text = "signed with a key that is not trusted here",
		.error = ENOKEY,
	},
	[DIGSIG_REASON_BAD_SIGNATURE] = {
		.name = "bad-signature",
		.text = "changed after it was signed",
		.error = EKEYREJECTED,
	},
	[DIGSIG_REASON_ALGORITHM] = {
		.name = "algorithm",
		.text = "this kernel cannot verify its kind of signature",
		.error = EOPNOTSUPP,
	},
	[DIGSIG_REASON_REVOKED_FILE] = {
		.name = "revoked-file",
		.text = "revoked",
		.error = EKEYREVOKED,
	},
	[DIGSIG_REASON_REVOKED_KEY] = {
		.name = "revoked-key",
		.text = "signed with a revoked key",
		.error = EKEYREVOKED,
	},
	[DIGSIG_REASON_GENERATION] = {
		.name = "generation",
		.text = "too old: below the minimum generation",
		.error = EKEYEXPIRED,
	},
	[DIGSIG_REASON_WRITER] = {
		.name = "writer",
		.text = "open for writing, mapped shared and writable, or pinned",
		.error = ETXTBSY,
	},
	[DIGSIG_REASON_CHANGED] = {
		.name = "changed",
		.text = "changed while it was read",
		.error = ETXTBSY,
	},
	[DIGSIG_REASON_FILESYSTEM] = {
		.name = "filesystem",
		.text = "on a file system that changes without this kernel",
		.error = EPERM,
	},
	[DIGSIG_REASON_NOT_REGULAR] = {
		.name = "not-regular",
		.text = "neither a regular file nor a memfd",
		.error = EPERM,
	},
	[DIGSIG_REASON_ANONYMOUS] = {
		.name = "anonymous",
		.text = "makes memory executable that is not a file's",
		.error = EPERM,
		.strict = true,
		.excused_by = DIGSIG_FLAG_JIT,
	},
	[DIGSIG_REASON_PTRACE] = {
		.name = "ptrace",
		.text = "traces a verified program",
		.error = EPERM,
		.strict = true,
		.excused_by = DIGSIG_FLAG_DEBUGGER,
	},
	[DIGSIG_REASON_PROC_MEM] = {
		.name = "proc-mem",
		.text = "writes into the memory of a verified program",
		.error = EPERM,
		.strict = true,
		.excused_by = DIGSIG_FLAG_DEBUGGER,
	},
	[DIGSIG_REASON_RAW_DISK] = {
		.name = "raw-disk",
		.text = "changes a disk below verified files",
		.error = EPERM,
		.strict = true,
		.excused_by = DIGSIG_FLAG_DEBUGGER,
	},
	[DIGSIG_REASON_SCRIPT] = {
		.name = "script",
		.text = "a script that is not verified",
		.error = EPERM,
		.strict = true,
		.only_for = DIGSIG_FLAG_INTERPRETER,
	},
	[DIGSIG_REASON_BUSY] = {
		.name = "busy",
		.text = "verified, and running",
		.error = ETXTBSY,
	},
	[DIGSIG_REASON_IO] = {
		.name = "io",
		.text = "could not be read",
		.error = EIO,
	},
	[DIGSIG_REASON_NO_MEMORY] = {
		.name = "no-memory",
		.text = "no memory to verify it",
		.error = ENOMEM,
	},
	[DIGSIG_REASON_IDENTITY] = {
		.name = "identity",
		.text = "would pass for another program",
		.error = EPERM,
		.strict = true,
		.excused_by = DIGSIG_FLAG_DEBUGGER,
	},
	[DIGSIG_REASON_TAIL] = {
		.name = "tail",
		.text = "has bytes in memory behind its end",
		.error = EKEYREJECTED,
	},
};

static_assert(ARRAY_SIZE(rules) == __DIGSIG_REASON_MAX,
	      "every reason has a rule");

/* A number that is no reason is as good as the worst one. */
static const struct rule no_rule = {
	.name = "unknown",
	.text = "refused for an unknown reason",
	.error = EPERM,
};

/**
 * struct op - an operation
 * @name: one word
 * @what_if: asks what enforce mode would do, whatever the mode in force
 */
struct op {
	const char *name;
	bool	    what_if;
};

static const struct op ops[] = {
	[DIGSIG_OP_NONE]	= { .name = "none" },
	[DIGSIG_OP_EXEC]	= { .name = "exec" },
	[DIGSIG_OP_MMAP]	= { .name = "mmap" },
	[DIGSIG_OP_MPROTECT]	= { .name = "mprotect" },
	[DIGSIG_OP_OPEN_WRITE]	= { .name = "open-write" },
	[DIGSIG_OP_TRUNCATE]	= { .name = "truncate" },
	[DIGSIG_OP_PTRACE]	= { .name = "ptrace" },
	[DIGSIG_OP_OPEN_READ]	= { .name = "open-read" },
	[DIGSIG_OP_PREFLIGHT]	= { .name = "preflight", .what_if = true },
	[DIGSIG_OP_CHECK]	= { .name = "check", .what_if = true },
	[DIGSIG_OP_PRCTL]	= { .name = "prctl" },
	[DIGSIG_OP_USERFAULT]	= { .name = "userfault" },
	[DIGSIG_OP_BRK]		= { .name = "brk" },
	[DIGSIG_OP_IOCTL]	= { .name = "ioctl" },
};

static_assert(ARRAY_SIZE(ops) == __DIGSIG_OP_MAX, "every operation has a row");

static const char *const modes[] = {
	[DIGSIG_MODE_OFF]	= "off",
	[DIGSIG_MODE_LOG]	= "log",
	[DIGSIG_MODE_ENFORCE]	= "enforce",
	[DIGSIG_MODE_LOCKED]	= "locked",
};

static_assert(ARRAY_SIZE(modes) == __DIGSIG_MODE_MAX, "every mode has a name");

static const struct rule *rule_of(u32 reason)
{
	return reason < ARRAY_SIZE(rules) ? &rules[reason] : &no_rule;
}

/**
 * digsig_policy_judge() - what speaks against the contents of a file
 * @evidence: what is known
 *
 * The first that applies is the answer, from what was learned without the
 * signature to what is worth knowing only if the signature is good.
 *
 * Context: Any.
 * Return: enum digsig_reason; DIGSIG_REASON_NONE for a verified file.
 */
enum digsig_reason digsig_policy_judge(const struct digsig_evidence *evidence)
{
	if (evidence->obstacle)
		return evidence->obstacle;
	if (evidence->signature == DIGSIG_SIGNATURE_NONE)
		return DIGSIG_REASON_UNSIGNED;
	if (evidence->key_revoked)
		return DIGSIG_REASON_REVOKED_KEY;
	if (!evidence->key_trusted)
		return DIGSIG_REASON_UNKNOWN_KEY;
	if (evidence->signature == DIGSIG_SIGNATURE_NO_ALGORITHM)
		return DIGSIG_REASON_ALGORITHM;
	if (evidence->signature != DIGSIG_SIGNATURE_GOOD)
		return DIGSIG_REASON_BAD_SIGNATURE;
	if (evidence->digest_revoked)
		return DIGSIG_REASON_REVOKED_FILE;
	if (evidence->generation < evidence->min_generation)
		return DIGSIG_REASON_GENERATION;
	return DIGSIG_REASON_NONE;
}

/**
 * digsig_policy_decide() - what follows
 * @question: what is asked for, by whom, and what speaks against it
 *
 * Context: Any.
 * Return: enum digsig_action.
 */
enum digsig_action digsig_policy_decide(const struct digsig_question *question)
{
	const struct rule *rule = rule_of(question->reason);
	bool what_if = question->op < ARRAY_SIZE(ops) &&
		       ops[question->op].what_if;

	if (question->reason == DIGSIG_REASON_NONE)
		return DIGSIG_ALLOW;
	if (rule->strict && !question->strict)
		return DIGSIG_ALLOW;
	if (rule->excused_by & question->flags)
		return DIGSIG_ALLOW;
	if (rule->only_for && !(rule->only_for & question->flags))
		return DIGSIG_ALLOW;
	if (what_if)
		return DIGSIG_REFUSE;
	if (question->mode == DIGSIG_MODE_OFF)
		return DIGSIG_ALLOW;
	if (question->mode == DIGSIG_MODE_LOG)
		return DIGSIG_REPORT;
	return DIGSIG_REFUSE;
}

/**
 * digsig_reason_errno() - what a system call returns when this is refused
 * @reason: enum digsig_reason
 *
 * Return: a negative errno, or 0 for DIGSIG_REASON_NONE.
 */
int digsig_reason_errno(u32 reason)
{
	return -rule_of(reason)->error;
}

/**
 * digsig_reason_name() - one word for a reason
 * @reason: enum digsig_reason
 *
 * Return: a string that is never freed.
 */
const char *digsig_reason_name(u32 reason)
{
	return rule_of(reason)->name;
}

/**
 * digsig_reason_text() - a reason in words, to stand after a path and a colon
 * @reason: enum digsig_reason
 *
 * Return: a string that is never freed, without a full stop.
 */
const char *digsig_reason_text(u32 reason)
{
	return rule_of(reason)->text;
}

/**
 * digsig_op_name() - one word for an operation
 * @op: enum digsig_op
 *
 * Return: a string that is never freed.
 */
const char *digsig_op_name(u32 op)
{
	return op < ARRAY_SIZE(ops) ? ops[op].name : "unknown";
}

/**
 * digsig_mode_name() - one word for a mode
 * @mode: enum digsig_mode
 *
 * Return: a string that is never freed.
 */
const char *digsig_mode_name(u32 mode)
{
	return mode < ARRAY_SIZE(modes) ? modes[mode] : "unknown";
}
