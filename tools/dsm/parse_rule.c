// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rules and defaults: "allow", "deny", "default", and the classes with permissions
 * that all of them have.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "parse.h"
#include "dsm/policy.h"

/* ---- classes, permissions, flags ---------------------------------------------- */

/** struct parse_grants - permissions by class, and flags */
struct parse_grants {
	uint16_t	perms[DSM_CLASSES];
	uint16_t	flags;
};

static uint32_t find_class(const char *word)
{
	uint32_t i;

	for (i = 1; i < __DSM_CLASS_MAX; i++)
		if (!strcmp(word, dsm_class_name(i)))
			return i;
	return DSM_CLASS_NONE;
}

static bool one_perm(struct parser *p, uint32_t class, uint16_t *perms)
{
	uint32_t bit;

	for (bit = 1; dsm_perm_name(bit); bit <<= 1)
		if (text_is(p->t, dsm_perm_name(bit)))
			break;
	if (!dsm_perm_name(bit)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "there is no permission \"%s\"",
				   p->t->token);
		return false;
	}
	if (!(dsm_class_perms(class) & bit)) {
		text_error(p->t, "class %s has no permission \"%s\"",
			   dsm_class_name(class), p->t->token);
		return false;
	}
	*perms |= bit;
	text_next(p->t);
	return true;
}

static bool one_class(struct parser *p, struct parse_grants *g)
{
	uint32_t class = DSM_CLASS_NONE, i;
	uint16_t perms = 0;

	if (parse_got(p, "all")) {
		for (i = 1; i < __DSM_CLASS_MAX; i++)
			g->perms[i] |= dsm_class_perms(i);
		return true;
	}
	if (p->t->kind == TEXT_WORD)
		class = find_class(p->t->token);
	if (!class) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "there is no class \"%s\"",
				   p->t->token);
		return false;
	}
	text_next(p->t);
	if (!parse_got(p, "{")) {
		g->perms[class] |= dsm_class_perms(class);
		return true;
	}
	while (!parse_got(p, "}")) {
		if (!one_perm(p, class, &perms))
			return false;
		parse_got(p, ",");
	}
	if (!perms) {
		text_error(p->t, "the list before this is empty");
		return false;
	}
	g->perms[class] |= perms;
	return true;
}

static uint16_t one_flag(struct parser *p)
{
	if (parse_got(p, "audit"))
		return DSM_RULE_AUDIT;
	if (parse_got(p, "quiet"))
		return DSM_RULE_QUIET;
	if (parse_got(p, "answer"))
		return DSM_RULE_ANSWER;
	return 0;
}

/* Classes with permissions, then flags, up to the ";". */
static bool grants(struct parser *p, bool allow, struct parse_grants *g)
{
	struct text_place place;
	uint16_t flag, fits = allow ? DSM_RULE_AUDIT :
				      DSM_RULE_QUIET | DSM_RULE_ANSWER;

	memset(g, 0, sizeof(*g));
	do {
		if (!one_class(p, g))
			return false;
		parse_got(p, ",");
	} while (p->t->kind == TEXT_WORD && !text_is(p->t, "audit") &&
		 !text_is(p->t, "quiet") && !text_is(p->t, "answer"));
	for (place = text_here(p->t); (flag = one_flag(p));
	     place = text_here(p->t)) {
		if (!(flag & fits)) {
			text_error_at(p->t, &place, "%s", allow ?
				      "quiet and answer are for \"deny\"" :
				      "audit is for \"allow\"; what is denied is reported anyway");
			return false;
		}
		g->flags |= flag;
	}
	return parse_expect(p, ";");
}

/**
 * parse_default() - default allow|deny CLASSES;
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_default(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_default *d;
	struct parse_grants g;
	bool allow;
	uint32_t i;

	allow = parse_got(p, "allow");
	if (!allow && !parse_expect(p, "deny"))
		return false;
	if (!grants(p, allow, &g))
		return false;
	for (i = 0; i < DSM_CLASSES; i++) {
		d = &p->m->standard[i];
		if (d->decides & g.perms[i]) {
			text_error_at(p->t, &place,
				      "the default of class %s is given twice",
				      dsm_class_name(i));
			return false;
		}
		d->decides |= g.perms[i];
		d->allow |= allow ? g.perms[i] : 0;
		d->flags |= g.perms[i] ? g.flags : 0;
	}
	return true;
}

/* ---- rules -------------------------------------------------------------------- */

/** struct statement - "allow" or "deny", taken apart */
struct statement {
	struct text_place place;
	bool		allow;
	struct parse_list	sids;
	struct parse_list	nids;
	struct parse_list	tsids;
	struct parse_grants	grants;
	bool		repeats;	/* said before, by another statement */
	uint32_t	repeated_line;
};

static bool rule_add(struct parser *p, struct statement *st,
		     const struct model_rule *key, uint16_t perms)
{
	struct model_rule *rule = model_rule_get(&p->m->rules, key);
	uint16_t against;

	if (!rule) {
		text_error_at(p->t, &st->place,
			      "there are more than %d rules from here on",
			      DSM_RULES_MAX);
		return false;
	}
	against = perms & rule->decides &
		  (st->allow ? ~rule->allow : rule->allow);
	if (against) {
		text_error_at(p->t, &st->place,
			      "%s %s { %s } contradicts line %u",
			      st->allow ? "allow" : "deny",
			      dsm_class_name(key->class),
			      dsm_perm_name(against & -against), rule->line);
		return false;
	}
	if ((rule->decides & perms) == perms) {
		st->repeats = true;
		st->repeated_line = rule->line;
	}
	rule->decides |= perms;
	rule->allow |= st->allow ? perms : 0;
	rule->flags |= st->grants.flags;
	return true;
}

static bool rules_of_pair(struct parser *p, struct statement *st, uint32_t sid,
			  uint32_t tsid)
{
	struct model_rule key = {
		.sid = sid, .tsid = tsid, .line = st->place.line,
	};
	uint32_t i;

	for (i = 0; i < st->nids.count; i++) {
		key.nid = st->nids.id[i];
		for (key.class = 1; key.class < __DSM_CLASS_MAX; key.class++)
			if (st->grants.perms[key.class] &&
			    !rule_add(p, st, &key,
				      st->grants.perms[key.class]))
				return false;
	}
	return true;
}

static bool rules_of(struct parser *p, struct statement *st)
{
	uint32_t i, j;

	for (i = 0; i < st->sids.count; i++) {
		if (st->tsids.self && !rules_of_pair(p, st, st->sids.id[i],
						     st->sids.id[i]))
			return false;
		for (j = 0; j < st->tsids.count; j++)
			if (!rules_of_pair(p, st, st->sids.id[i],
					   st->tsids.id[j]))
				return false;
	}
	if (st->repeats)
		text_warning_at(p->t, &st->place,
				"says again what line %u says",
				st->repeated_line);
	return true;
}

static bool senders(struct parser *p, struct statement *st)
{
	if (!parse_some(p, &st->sids, parse_list_sid))
		return false;
	if (parse_got(p, "@"))
		return parse_some(p, &st->nids, parse_list_nid);
	parse_list_add(&st->nids, 0);
	return true;
}

static bool receivers(struct parser *p, struct statement *st)
{
	struct text_place place = text_here(p->t);

	st->tsids.self = parse_got(p, "self");
	if (!st->tsids.self)
		return parse_some(p, &st->tsids, parse_list_sid);
	if (st->sids.id[0])
		return true;
	text_error_at(p->t, &place,
		      "\"any\" has no self: name the SIDs, or use a group");
	return false;
}

/* allow|deny SENDERS[@NODES] -> RECEIVERS : CLASSES [FLAGS]; */
static bool rule(struct parser *p, bool allow, struct text_place place)
{
	struct statement st = { .allow = allow, .place = place };
	bool good;

	good = senders(p, &st) && parse_expect(p, "->") && receivers(p, &st) &&
	       parse_expect(p, ":") && grants(p, allow, &st.grants) &&
	       rules_of(p, &st);
	free(st.sids.id);
	free(st.nids.id);
	free(st.tsids.id);
	return good;
}

/**
 * parse_allow() - allow SENDERS -> RECEIVERS : CLASSES;
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_allow(struct parser *p)
{
	return rule(p, true, text_here(p->t));
}

/**
 * parse_deny() - deny SENDERS -> RECEIVERS : CLASSES;
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_deny(struct parser *p)
{
	return rule(p, false, text_here(p->t));
}
