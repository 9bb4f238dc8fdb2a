// SPDX-License-Identifier: GPL-2.0-only
/*
 * digsig's audit records.
 *
 * A refusal is an AUDIT_INTEGRITY_DATA record with the field names that
 * integrity records have (op, cause, comm, name), so that ausearch and aureport
 * read it; a change of mode is AUDIT_MAC_STATUS. When audit is switched off
 * both go to the kernel log as a sentence.
 *
 * Refusals are limited in number; a change of mode never is. Records are
 * asked for with GFP_ATOMIC, for which audit never waits: with a full backlog
 * it would wait up to a minute for a daemon, here perhaps under mmap_lock.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/audit.h>
#include <linux/kernel.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/string.h>

#include "control.h"
#include "policy.h"

static DEFINE_RATELIMIT_STATE(refusal_limit, 5 * HZ, 100);

/* What audit takes as text: the rule of audit_string_contains_control(). */
static bool audit_safe(const char *s)
{
	for (; *s; s++)
		if (*s == '"' || *s < 0x21 || *s > 0x7e)
			return false;
	return true;
}

static void audit_put_hex(struct audit_buffer *ab, const char *s)
{
	char hex[64 + 1];
	size_t n = 0;

	for (; *s; s++) {
		hex_byte_pack_upper(hex + n, *s);
		n += 2;
		if (n == 64) {
			hex[n] = '\0';
			audit_log_format(ab, "%s", hex);
			n = 0;
		}
	}
	hex[n] = '\0';
	audit_log_format(ab, "%s", hex);
}

/* audit_log_untrustedstring() is not exported; this writes what it writes. */
static void audit_put_string(struct audit_buffer *ab, const char *field,
			     const char *s)
{
	audit_log_format(ab, " %s=", field);
	if (audit_safe(s))
		audit_log_format(ab, "\"%s\"", s);
	else
		audit_put_hex(ab, s);
}

static void audit_put_who(struct audit_buffer *ab,
			  const struct digsig_event *ev)
{
	audit_log_format(ab, "pid=%u uid=%u auid=%u ses=%u", ev->pid, ev->uid,
			 ev->auid, ev->ses);
}

static bool audit_refusal(const struct digsig_event *ev)
{
	const struct digsig_verdict *v = &ev->verdict;
	struct audit_buffer *ab;

	ab = audit_log_start(NULL, GFP_ATOMIC | __GFP_NOWARN,
			     AUDIT_INTEGRITY_DATA);
	if (!ab)
		return false;
	audit_put_who(ab, ev);
	audit_log_format(ab, " lsm=digsig op=%s cause=%s denied=%d",
			 digsig_op_name(ev->op), digsig_reason_name(v->reason),
			 ev->denied);
	audit_put_string(ab, "comm", ev->comm);
	if (ev->path)
		audit_put_string(ab, "name", ev->path);
	if (v->has_digest)
		audit_log_format(ab, " hash=sha256:%*phN", DIGSIG_DIGEST_LEN,
				 v->digest);
	if (v->has_key)
		audit_log_format(ab, " key=%*phN", DIGSIG_KEY_ID_LEN,
				 v->key_id);
	audit_log_format(ab, " res=%d", !ev->denied);
	audit_log_end(ab);
	return true;
}

static void log_refusal(const struct digsig_event *ev)
{
	const char *path = ev->path ? ev->path : "";

	pr_notice("%s of \"%*pE\" %s: %s (pid %u, \"%*pE\")\n",
		  digsig_op_name(ev->op), (int)strlen(path), path,
		  ev->denied ? "refused" : "would be refused",
		  digsig_reason_text(ev->verdict.reason), ev->pid,
		  (int)strlen(ev->comm), ev->comm);
}

/**
 * digsig_audit_refusal() - write the record of a refusal
 * @ev: the refusal, with the task that met it
 *
 * At most 100 in 5 seconds; the kernel log says how many were left out. The
 * counters and the list of denied files have them all.
 *
 * Context: Process context, may be called under mmap_lock. Does not sleep.
 */
void digsig_audit_refusal(const struct digsig_event *ev)
{
	if (!__ratelimit(&refusal_limit))
		return;
	if (!audit_enabled || !audit_refusal(ev))
		log_refusal(ev);
}

/**
 * digsig_audit_mode() - write the record of a change of mode
 * @ev: who did it, and the new mode
 * @old_mode: mode before
 * @old_strict: strict mode before
 *
 * The kernel log has it too: it matters to whoever reads a machine's history.
 *
 * Context: Process context. Does not sleep.
 */
void digsig_audit_mode(const struct digsig_event *ev, unsigned int old_mode,
		       bool old_strict)
{
	bool strict = READ_ONCE(digsig_strict);
	struct audit_buffer *ab;

	pr_notice("mode %s%s, was %s%s (pid %u, \"%*pE\")\n",
		  digsig_mode_name(ev->mode), strict ? " strict" : "",
		  digsig_mode_name(old_mode), old_strict ? " strict" : "",
		  ev->pid, (int)strlen(ev->comm), ev->comm);
	if (!audit_enabled)
		return;
	ab = audit_log_start(NULL, GFP_KERNEL, AUDIT_MAC_STATUS);
	if (!ab)
		return;
	audit_put_who(ab, ev);
	audit_log_format(ab, " lsm=digsig mode=%s old_mode=%s strict=%d old_strict=%d",
			 digsig_mode_name(ev->mode), digsig_mode_name(old_mode),
			 strict, old_strict);
	audit_put_string(ab, "comm", ev->comm);
	audit_log_format(ab, " res=1");
	audit_log_end(ab);
}
