// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm's audit records: AUDIT_MAC_STATUS for a change of policy, AUDIT_AVC for a
 * denial, with the field names that other security modules use. When audit is
 * switched off both go to the kernel log as a sentence.
 *
 * Denials are limited in number, changes of policy are not. Records are asked
 * for with GFP_ATOMIC, for which audit never waits.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/audit.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/socket.h>
#include <linux/string.h>

#include "dsm.h"

static DEFINE_RATELIMIT_STATE(denial_limit, 5 * HZ, 50);

/* What a record holds besides the names, also the end of the log's sentence. */
static int denial_words(char *text, size_t size, const struct dsm_event *ev)
{
	int n;

	n = scnprintf(text, size,
		      "op=%s cause=%s denied=%d class=%s ssid=%u snid=%u tsid=%u serial=%u",
		      dsm_op_name(ev->op), dsm_reason_name(ev->reason),
		      ev->denied, dsm_class_name(ev->access.class),
		      ev->access.sid, ev->access.nid, ev->access.tsid,
		      ev->serial);
	if (ev->pid)
		n += scnprintf(text + n, size - n, " pid=%u", ev->pid);
	if (ev->family == AF_INET)
		n += scnprintf(text + n, size - n, " saddr=%pI4 daddr=%pI4",
			       &ev->saddr, &ev->daddr);
	else if (ev->family == AF_INET6)
		n += scnprintf(text + n, size - n, " saddr=%pI6c daddr=%pI6c",
			       &ev->saddr, &ev->daddr);
	if (ev->family)
		n += scnprintf(text + n, size - n, " proto=%u src=%u dest=%u",
			       ev->protocol, ev->sport, ev->dport);
	return n;
}

/**
 * dsm_audit_denial() - write the record of a denial
 * @ev: the denial
 *
 * At most 50 in 5 seconds; the kernel log says how many were left out.
 *
 * Context: Any context but hard interrupts. Does not sleep.
 */
void dsm_audit_denial(const struct dsm_event *ev)
{
	struct audit_buffer *ab;
	char words[288];

	if (!__ratelimit(&denial_limit))
		return;
	denial_words(words, sizeof(words), ev);
	ab = audit_enabled ? audit_log_start(NULL, GFP_ATOMIC | __GFP_NOWARN,
					     AUDIT_AVC) : NULL;
	if (!ab) {
		pr_notice("%s: %s\n", ev->denied ? "refused" : "not refused",
			  words);
		return;
	}
	audit_log_format(ab, "lsm=dsm %s res=%d", words, !ev->denied);
	audit_log_end(ab);
}

/**
 * dsm_audit_policy() - write the record of a change of policy
 * @what: "load" or "unload"
 * @serial: of the policy
 * @hash: of the policy
 *
 * Context: Process context. May sleep.
 */
void dsm_audit_policy(const char *what, u32 serial, const u8 *hash)
{
	struct audit_buffer *ab;

	pr_notice("policy %s, serial %u, sha256 %*phN\n", what, serial,
		  DSM_IMAGE_DIGEST_LEN, hash);
	if (!audit_enabled)
		return;
	ab = audit_log_start(NULL, GFP_KERNEL, AUDIT_MAC_POLICY_LOAD);
	if (!ab)
		return;
	audit_log_format(ab, "lsm=dsm op=%s serial=%u hash=sha256:%*phN pid=%u res=1",
			 what, serial, DSM_IMAGE_DIGEST_LEN, hash,
			 task_tgid_nr(current));
	audit_log_end(ab);
}
