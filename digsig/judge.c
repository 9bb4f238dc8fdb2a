// SPDX-License-Identifier: GPL-2.0-only
/*
 * From facts to a verdict: what the keys, catalogs and lists of this moment make
 * of what is known about a file. The decision itself is in policy.c; here the
 * questions that it asks are answered.
 *
 * This file also owns digsig_generation. Whoever changes keys, catalogs or lists
 * bumps it when the change can be seen; who judges reads it first. So a verdict
 * under an old number may be made with new keys, which is harmless, but never
 * the other way round.
 *
 * Locking: none for reading; what is asked are RCU lookups. bump_lock orders the
 * changes of the number.
 */
#include <linux/spinlock.h>
#include <linux/string.h>

#include "digsig.h"
#include "engine.h"
#include "policy.h"

/* Never 0, which in the cache stands for none. */
unsigned int digsig_generation = 1;

static DEFINE_SPINLOCK(bump_lock);

/**
 * digsig_generation_bump() - have all verdicts judged again
 *
 * From its return no verdict is used that was made before the change it
 * announces; nothing is read again for that.
 *
 * Context: Any context but interrupts. After the change is visible.
 */
void digsig_generation_bump(void)
{
	unsigned int next;

	spin_lock(&bump_lock);
	next = digsig_generation + 1;
	/* Pairs with the acquire in digsig_generation_read(). */
	smp_store_release(&digsig_generation, next ? next : 1);
	spin_unlock(&bump_lock);
}

static void evidence_of_key(struct digsig_evidence *evidence, const u8 *key_id)
{
	enum digsig_key_state state = digsig_key_state(key_id);

	evidence->key_trusted = state != DIGSIG_KEY_UNKNOWN;
	evidence->key_revoked = state == DIGSIG_KEY_REVOKED;
}

static void claims_judge(const struct digsig_facts *facts,
			 struct digsig_evidence *evidence,
			 struct digsig_verdict *verdict)
{
	evidence->generation = facts->generation;
	evidence_of_key(evidence, facts->key_id);
	verdict->has_key = true;
	memcpy(verdict->key_id, facts->key_id, DIGSIG_KEY_ID_LEN);
	verdict->flags = facts->flags;
	verdict->sid = facts->sid;
	verdict->generation = facts->generation;
}

static void catalogs_judge(const struct digsig_facts *facts,
			   struct digsig_evidence *evidence,
			   struct digsig_verdict *verdict)
{
	struct digsig_match match;

	if (!digsig_catalogs_find(facts->digest, &match))
		return;
	evidence->signature = DIGSIG_SIGNATURE_GOOD;
	evidence->generation = match.generation;
	evidence_of_key(evidence, match.key_id);
	verdict->has_key = true;
	memcpy(verdict->key_id, match.key_id, DIGSIG_KEY_ID_LEN);
	verdict->flags = match.flags;
	verdict->sid = match.sid;
	verdict->generation = match.generation;
}

static void digest_judge(const struct digsig_facts *facts,
			 struct digsig_evidence *evidence,
			 struct digsig_verdict *verdict)
{
	evidence->digest_revoked = digsig_revoked_digest(facts->digest);
	verdict->has_digest = true;
	memcpy(verdict->digest, facts->digest, DIGSIG_DIGEST_LEN);
}

static void facts_judge(const struct digsig_facts *facts,
			struct digsig_evidence *evidence,
			struct digsig_verdict *verdict)
{
	switch (facts->fact) {
	case DIGSIG_FACT_MALFORMED:
		evidence->obstacle = DIGSIG_REASON_MALFORMED;
		break;
	case DIGSIG_FACT_BARE:
		break;
	case DIGSIG_FACT_HASHED:
		digest_judge(facts, evidence, verdict);
		catalogs_judge(facts, evidence, verdict);
		break;
	case DIGSIG_FACT_CLAIMED:
		/* As if it were good: what speaks against it then is final. */
		evidence->signature = DIGSIG_SIGNATURE_GOOD;
		claims_judge(facts, evidence, verdict);
		break;
	case DIGSIG_FACT_SIGNED:
		evidence->signature = DIGSIG_SIGNATURE_GOOD;
		digest_judge(facts, evidence, verdict);
		claims_judge(facts, evidence, verdict);
		break;
	case DIGSIG_FACT_MISMATCH:
		evidence->signature = DIGSIG_SIGNATURE_BAD;
		digest_judge(facts, evidence, verdict);
		claims_judge(facts, evidence, verdict);
		break;
	case DIGSIG_FACT_ALGORITHM:
		evidence->signature = DIGSIG_SIGNATURE_NO_ALGORITHM;
		claims_judge(facts, evidence, verdict);
		break;
	}
}

/* Would reading more of the file change the answer? */
static bool more_to_read(const struct digsig_facts *facts,
			 enum digsig_reason reason)
{
	if (facts->fact == DIGSIG_FACT_CLAIMED)
		return reason == DIGSIG_REASON_NONE;
	return facts->fact == DIGSIG_FACT_BARE && digsig_catalogs_loaded();
}

/**
 * digsig_judge() - the verdict on a file
 * @facts: what is known about its contents
 * @verdict: where to put the verdict
 *
 * A file that is refused whatever its contents are (its key is not trusted, its
 * generation is too low, there is no catalog that could list it) is refused
 * without having been hashed.
 *
 * Context: Any context but interrupts.
 * Return: false if it takes more facts to tell; @verdict then is not one.
 */
bool digsig_judge(const struct digsig_facts *facts,
		  struct digsig_verdict *verdict)
{
	struct digsig_evidence evidence = {
		.min_generation = digsig_min_generation(),
	};

	memset(verdict, 0, sizeof(*verdict));
	facts_judge(facts, &evidence, verdict);
	verdict->reason = digsig_policy_judge(&evidence);
	if (more_to_read(facts, verdict->reason))
		return false;
	if (verdict->reason != DIGSIG_REASON_NONE) {
		verdict->flags = 0;
		verdict->sid = 0;
		verdict->generation = 0;
	}
	return true;
}
