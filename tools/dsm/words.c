// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parts of a compiled policy in the words of the language.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "words.h"

static char *name_or_number(const char *name, uint32_t id, char *word)
{
	if (!id)
		snprintf(word, WORDS_MAX, "any");
	else if (name)
		snprintf(word, WORDS_MAX, "%s", name);
	else
		snprintf(word, WORDS_MAX, "%u", id);
	return word;
}

/**
 * words_sid() - a SID
 * @p: the policy, or NULL if names are not known
 * @sid: the SID; 0 is "any"
 * @word: where to put it
 *
 * Return: @word.
 */
char *words_sid(const struct dsm_policy *p, uint32_t sid, char word[WORDS_MAX])
{
	return name_or_number(p ? dsm_policy_sid_name(p, sid) : NULL, sid,
			      word);
}

/**
 * words_nid() - a NID
 * @p: the policy, or NULL if names are not known
 * @nid: the NID; 0 is "any"
 * @word: where to put it
 *
 * Return: @word.
 */
char *words_nid(const struct dsm_policy *p, uint32_t nid, char word[WORDS_MAX])
{
	return name_or_number(p ? dsm_policy_nid_name(p, nid) : NULL, nid,
			      word);
}

/**
 * words_sid_flags() - what is peculiar to a SID, each after a blank
 * @flags: DSM_SID_*
 * @words: where to put them
 *
 * Return: @words.
 */
char *words_sid_flags(uint32_t flags, char words[WORDS_MAX])
{
	size_t n;

	n = snprintf(words, WORDS_MAX, "%s",
		     flags & DSM_SID_PERMISSIVE ? " permissive" : "");
	if (flags >> DSM_SID_FIB_SHIFT)
		snprintf(words + n, WORDS_MAX - n, " fib %u",
			 flags >> DSM_SID_FIB_SHIFT);
	return words;
}

/**
 * words_perms() - a class with permissions
 * @class: enum dsm_class
 * @perms: DSM_PERM_*
 * @words: where to put them
 *
 * Return: @words.
 */
char *words_perms(uint32_t class, uint32_t perms, char words[WORDS_MAX])
{
	uint32_t bit;
	size_t n;

	n = snprintf(words, WORDS_MAX, "%s", dsm_class_name(class));
	if (perms == dsm_class_perms(class))
		return words;
	n += snprintf(words + n, WORDS_MAX - n, " {");
	for (bit = 1; dsm_perm_name(bit); bit <<= 1)
		if (perms & bit)
			n += snprintf(words + n, WORDS_MAX - n, " %s",
				      dsm_perm_name(bit));
	snprintf(words + n, WORDS_MAX - n, " }");
	return words;
}

/**
 * words_flags() - flags of a rule, each after a blank
 * @flags: DSM_RULE_*
 * @words: where to put them
 *
 * Return: @words.
 */
char *words_flags(uint32_t flags, char words[WORDS_MAX])
{
	snprintf(words, WORDS_MAX, "%s%s%s",
		 flags & DSM_RULE_AUDIT ? " audit" : "",
		 flags & DSM_RULE_QUIET ? " quiet" : "",
		 flags & DSM_RULE_ANSWER ? " answer" : "");
	return words;
}

/**
 * words_rule() - a rule as a statement
 * @p: the policy
 * @r: the rule
 * @allow: what it allows; otherwise, what it denies
 * @line: where to put it
 *
 * Return: @line.
 */
char *words_rule(const struct dsm_policy *p, const struct dsm_image_rule *r,
		 bool allow, char line[WORDS_MAX])
{
	uint32_t yes = le16_to_cpu(r->allow), f = le16_to_cpu(r->flags);
	uint32_t no = le16_to_cpu(r->decides) & ~yes, nid = le32_to_cpu(r->nid);
	char sid[WORDS_MAX], node[WORDS_MAX], tsid[WORDS_MAX];
	char perms[WORDS_MAX], flags[WORDS_MAX];

	snprintf(line, WORDS_MAX, "%s %.40s%s%.40s -> %.40s : %.200s%.40s;",
		 allow ? "allow" : "deny",
		 words_sid(p, le32_to_cpu(r->sid), sid), nid ? "@" : "",
		 nid ? words_nid(p, nid, node) : "",
		 words_sid(p, le32_to_cpu(r->tsid), tsid),
		 words_perms(le16_to_cpu(r->class), allow ? yes : no, perms),
		 words_flags(allow ? f & DSM_RULE_AUDIT : f & ~DSM_RULE_AUDIT,
			     flags));
	return line;
}

/**
 * words_prefix() - the prefix of a peer
 * @peer: the peer
 * @word: where to put it
 *
 * Return: @word.
 */
char *words_prefix(const struct dsm_image_peer *peer, char word[WORDS_MAX])
{
	bool six = peer->family == 6;
	size_t n;

	inet_ntop(six ? AF_INET6 : AF_INET, peer->addr, word, WORDS_MAX);
	n = strlen(word);
	if (peer->len < (six ? 128 : 32))
		snprintf(word + n, WORDS_MAX - n, "/%u", peer->len);
	return word;
}

/**
 * words_action() - one word for how to speak with a peer
 * @action: enum dsm_peer_action
 *
 * Return: a string that is never freed.
 */
const char *words_action(uint32_t action)
{
	static const char *const words[] = {
		[DSM_PEER_DENY] = "deny",
		[DSM_PEER_PLAIN] = "plain",
		[DSM_PEER_LABEL] = "label",
		[DSM_PEER_REQUIRE] = "require",
	};

	return action < ARRAY_SIZE(words) ? words[action] : "unknown";
}

/**
 * words_peer() - a peer as a statement
 * @p: the policy
 * @peer: the peer
 * @line: where to put it
 *
 * Return: @line.
 */
char *words_peer(const struct dsm_policy *p, const struct dsm_image_peer *peer,
		 char line[WORDS_MAX])
{
	uint32_t sid = le32_to_cpu(peer->sid), nid = le32_to_cpu(peer->nid);
	char prefix[WORDS_MAX], word[WORDS_MAX];
	size_t n;

	n = snprintf(line, WORDS_MAX, "peer %.60s %s",
		     words_prefix(peer, prefix), words_action(peer->action));
	if (nid)
		n += snprintf(line + n, WORDS_MAX - n, " nid %.40s",
			      words_nid(p, nid, word));
	if (sid)
		n += snprintf(line + n, WORDS_MAX - n, " sid %.40s",
			      words_sid(p, sid, word));
	snprintf(line + n, WORDS_MAX - n, "%s;",
		 peer->flags & DSM_PEER_NEED_CODE ? " code" : "");
	return line;
}

static int words_owner(uint32_t owner, char *line, size_t size)
{
	if (owner == DSM_OWNER_ANY)
		return snprintf(line, size, " owner any");
	if (owner)
		return snprintf(line, size, " owner %u", owner);
	return 0;
}

/**
 * words_transition() - a transition as a statement
 * @p: the policy
 * @t: the transition
 * @line: where to put it
 * @size: bytes of @line, enough for a path
 *
 * Return: @line.
 */
char *words_transition(const struct dsm_policy *p,
		       const struct dsm_image_transition *t, char *line,
		       size_t size)
{
	uint32_t to = le32_to_cpu(t->to), file = le32_to_cpu(t->file_sid);
	const char *path = p->strings + le32_to_cpu(t->path);
	char word[WORDS_MAX];
	const char *quote;
	int n;

	n = snprintf(line, size, "transition %.40s",
		     words_sid(p, le32_to_cpu(t->from), word));
	if (le32_to_cpu(t->kind) == DSM_TRANSITION_DIGSIG) {
		n += snprintf(line + n, size - n, " digsig %.40s",
			      words_sid(p, file, word));
	} else {
		quote = strpbrk(path, " \t,;{}#") ? "\"" : "";
		n += snprintf(line + n, size - n, " exec %s%s%s", quote, path,
			      quote);
		n += words_owner(le32_to_cpu(t->owner), line + n, size - n);
	}
	if (to)
		n += snprintf(line + n, size - n, " to %.40s",
			      words_sid(p, to, word));
	snprintf(line + n, size - n, ";");
	return line;
}
