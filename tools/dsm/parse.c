// SPDX-License-Identifier: GPL-2.0-only
/*
 * The language of policies: from words to a model. dsm-policy(5) has the grammar.
 *
 * Statements end with ";" and there is one function for each. One that finds an
 * error complains and returns false; reading goes on after the next ";", so that
 * one run shows the errors of the whole file. What a statement refers to must
 * stand before it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "compile.h"
#include "dsm/policy.h"

/** struct list - SIDs or NIDs that a statement names; "any" is one 0 */
struct list {
	uint32_t	*id;
	uint32_t	count;
	uint32_t	room;
	bool		self;		/* "self": the sender */
};

/** struct group - a name for several SIDs */
struct group {
	char		name[DSM_NAME_MAX];
	struct list	list;
	bool		used;
	struct text_place place;
};

/**
 * struct parser - a compilation
 * @t: the text
 * @m: what it says
 * @group: names for several SIDs
 * @groups: number of them
 * @groups_room: how many there is memory for
 * @loopback4: the text says how to speak with 127.0.0.1
 * @loopback6: the text says how to speak with ::1
 */
struct parser {
	struct text	*t;
	struct model	*m;
	struct group	*group;
	uint32_t	groups;
	uint32_t	groups_room;
	bool		loopback4;
	bool		loopback6;
};

static const char *const reserved[] = {
	"any", "self", "all", "audit", "quiet", "answer", "to", "nid", "sid",
	"owner", "code", "none",
};

/* ---- words ---------------------------------------------------------------------- */

static bool expect(struct parser *p, const char *token)
{
	if (text_is(p->t, token)) {
		text_next(p->t);
		return true;
	}
	if (p->t->kind == TEXT_BAD)
		return false;
	if (p->t->kind == TEXT_END)
		text_error(p->t, "the text ends where \"%s\" is expected", token);
	else
		text_error(p->t, "expected \"%s\" and not \"%s\"", token,
			   p->t->token);
	return false;
}

static bool got(struct parser *p, const char *token)
{
	if (!text_is(p->t, token))
		return false;
	text_next(p->t);
	return true;
}

static bool is_number(const char *word)
{
	return word[0] >= '0' && word[0] <= '9';
}

static bool number(struct parser *p, const char *what, uint32_t *value)
{
	unsigned long long n;
	char *end;

	if (p->t->kind != TEXT_WORD || !is_number(p->t->token)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected %s, a number", what);
		return false;
	}
	errno = 0;
	n = strtoull(p->t->token, &end, 0);
	if (*end) {
		text_error(p->t, "\"%s\" is not a number", p->t->token);
		return false;
	}
	if (errno || n > UINT32_MAX) {
		text_error(p->t, "%s is greater than 4294967295", p->t->token);
		return false;
	}
	*value = n;
	text_next(p->t);
	return true;
}

static bool identity(struct parser *p, const char *what, uint32_t *value)
{
	struct text_place place = text_here(p->t);

	if (!number(p, what, value))
		return false;
	if (*value)
		return true;
	text_error_at(p->t, &place, "%s cannot be 0", what);
	return false;
}

/* A name that is new to all tables. */
static bool new_name(struct parser *p, char name[DSM_NAME_MAX])
{
	const char *word = p->t->token;
	size_t i;

	if (p->t->kind != TEXT_WORD || is_number(word)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected a name");
		return false;
	}
	if (strlen(word) >= DSM_NAME_MAX) {
		text_error(p->t, "a name has at most %d letters",
			   DSM_NAME_MAX - 1);
		return false;
	}
	for (i = 0; i < ARRAY_SIZE(reserved); i++) {
		if (strcmp(word, reserved[i]))
			continue;
		text_error(p->t, "\"%s\" is a word of the language", word);
		return false;
	}
	snprintf(name, DSM_NAME_MAX, "%.*s", DSM_NAME_MAX - 1, word);
	text_next(p->t);
	return true;
}

static struct group *group_find(struct parser *p, const char *name)
{
	uint32_t i;

	for (i = 0; i < p->groups; i++)
		if (!strcmp(p->group[i].name, name))
			return &p->group[i];
	return NULL;
}

static void unknown(struct parser *p, const struct model_names *names,
		    const char *what)
{
	const struct model_name *near = model_name_near(names, p->t->token);

	if (near)
		text_error(p->t, "no %s is called \"%s\"; did you mean \"%s\"?",
			   what, p->t->token, near->name);
	else
		text_error(p->t, "no %s is called \"%s\"", what, p->t->token);
}

/* ---- SIDs and NIDs ------------------------------------------------------------------ */

static void list_add(struct list *list, uint32_t id)
{
	uint32_t i;

	/* Long lists come from groups, which have each SID once. */
	for (i = 0; list->count < 256 && i < list->count; i++)
		if (list->id[i] == id)
			return;
	list->id = model_grow(list->id, list->count, &list->room,
			      sizeof(*list->id));
	list->id[list->count++] = id;
}

static bool one_id(struct parser *p, struct model_names *names,
		   const char *what, uint32_t *id)
{
	struct model_name *found;

	if (p->t->kind != TEXT_WORD) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected a %s", what);
		return false;
	}
	if (is_number(p->t->token))
		return identity(p, what, id);
	found = model_name_find(names, p->t->token);
	if (!found) {
		unknown(p, names, what);
		return false;
	}
	found->used = true;
	*id = found->id;
	text_next(p->t);
	return true;
}

static bool one_sid(struct parser *p, uint32_t *sid)
{
	return one_id(p, &p->m->sids, "SID", sid);
}

/* A SID, or the name of a group. */
static bool list_sid(struct parser *p, struct list *list)
{
	struct group *group = NULL;
	uint32_t id, i;

	if (p->t->kind == TEXT_WORD)
		group = group_find(p, p->t->token);
	if (group) {
		group->used = true;
		for (i = 0; i < group->list.count; i++)
			list_add(list, group->list.id[i]);
		text_next(p->t);
		return true;
	}
	if (!one_sid(p, &id))
		return false;
	list_add(list, id);
	return true;
}

static bool list_nid(struct parser *p, struct list *list)
{
	uint32_t id;

	if (!one_id(p, &p->m->nids, "NID", &id))
		return false;
	list_add(list, id);
	return true;
}

static bool in_braces(struct parser *p, struct list *list,
		      bool (*one)(struct parser *p, struct list *list))
{
	if (!expect(p, "{"))
		return false;
	while (!got(p, "}")) {
		if (!one(p, list))
			return false;
		got(p, ",");
	}
	if (list->count)
		return true;
	text_error(p->t, "the list before this is empty");
	return false;
}

static bool some(struct parser *p, struct list *list,
		 bool (*one)(struct parser *p, struct list *list))
{
	if (got(p, "any")) {
		list_add(list, 0);
		return true;
	}
	return text_is(p->t, "{") ? in_braces(p, list, one) : one(p, list);
}

/* ---- classes, permissions, flags ---------------------------------------------------- */

/** struct grants - permissions by class, and flags */
struct grants {
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

static bool one_class(struct parser *p, struct grants *g)
{
	uint32_t class = DSM_CLASS_NONE, i;
	uint16_t perms = 0;

	if (got(p, "all")) {
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
	if (!got(p, "{")) {
		g->perms[class] |= dsm_class_perms(class);
		return true;
	}
	while (!got(p, "}")) {
		if (!one_perm(p, class, &perms))
			return false;
		got(p, ",");
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
	if (got(p, "audit"))
		return DSM_RULE_AUDIT;
	if (got(p, "quiet"))
		return DSM_RULE_QUIET;
	if (got(p, "answer"))
		return DSM_RULE_ANSWER;
	return 0;
}

/* Classes with permissions, then flags, up to the ";". */
static bool grants(struct parser *p, bool allow, struct grants *g)
{
	struct text_place place;
	uint16_t flag, fits = allow ? DSM_RULE_AUDIT :
				      DSM_RULE_QUIET | DSM_RULE_ANSWER;

	memset(g, 0, sizeof(*g));
	do {
		if (!one_class(p, g))
			return false;
		got(p, ",");
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
	return expect(p, ";");
}

/* ---- statements --------------------------------------------------------------------- */

static bool st_policy(struct parser *p)
{
	return new_name(p, p->m->name) && expect(p, ";");
}

static bool st_serial(struct parser *p)
{
	return identity(p, "the serial", &p->m->serial) && expect(p, ";");
}

static bool st_permissive(struct parser *p)
{
	p->m->flags |= DSM_POLICY_PERMISSIVE;
	return expect(p, ";");
}

/* wire serial|code send|require; */
static bool st_wire(struct parser *p)
{
	uint32_t send, need;

	if (got(p, "serial")) {
		send = DSM_POLICY_SEND_SERIAL;
		need = DSM_POLICY_NEED_SERIAL;
	} else if (got(p, "code")) {
		send = DSM_POLICY_SEND_CODE;
		need = DSM_POLICY_NEED_CODE;
	} else {
		text_error(p->t, "expected \"serial\" or \"code\"");
		return false;
	}
	if (got(p, "send")) {
		p->m->flags |= send;
	} else if (got(p, "require")) {
		p->m->flags |= send | need;
	} else {
		text_error(p->t, "expected \"send\" or \"require\"");
		return false;
	}
	return expect(p, ";");
}

static bool name_taken(struct parser *p, const struct model_names *names,
		       const char *name, uint32_t id,
		       const struct text_place *place)
{
	const struct model_name *other = model_name_find(names, name);
	const char *why = "is defined on line";

	if (!other) {
		other = model_name_by_id(names, id);
		why = "has the same number, on line";
	}
	if (!other)
		return false;
	if (other->line)
		text_error_at(p->t, place, "\"%s\" %s %u", other->name, why,
			      other->line);
	else
		text_error_at(p->t, place, "\"%s\" is %u in every policy",
			      other->name, other->id);
	return true;
}

/* sid NAME = NUMBER [permissive]; */
static bool st_sid(struct parser *p)
{
	struct text_place place = text_here(p->t);
	char name[DSM_NAME_MAX];
	struct model_name *sid;
	uint32_t id;

	if (!new_name(p, name) || !expect(p, "=") ||
	    !identity(p, "a SID", &id))
		return false;
	if (group_find(p, name)) {
		text_error_at(p->t, &place, "\"%s\" is a group", name);
		return false;
	}
	/* The SIDs of every policy may be said once more. */
	sid = model_name_find(&p->m->sids, name);
	if (!sid || sid->id != id || sid->line) {
		if (name_taken(p, &p->m->sids, name, id, &place))
			return false;
		if (p->m->sids.count == DSM_SIDS_MAX) {
			text_error_at(p->t, &place, "there are more than %d SIDs",
				      DSM_SIDS_MAX);
			return false;
		}
		sid = model_name_add(&p->m->sids, name, id);
	}
	sid->line = place.line;
	sid->column = text_column(&place);
	if (got(p, "permissive"))
		sid->flags |= DSM_SID_PERMISSIVE;
	return expect(p, ";");
}

/* nid NAME = NUMBER; */
static bool st_nid(struct parser *p)
{
	struct text_place place = text_here(p->t);
	char name[DSM_NAME_MAX];
	struct model_name *nid;
	uint32_t id;

	if (!new_name(p, name) || !expect(p, "=") ||
	    !identity(p, "a NID", &id))
		return false;
	if (name_taken(p, &p->m->nids, name, id, &place))
		return false;
	if (p->m->nids.count == DSM_NIDS_MAX) {
		text_error_at(p->t, &place, "there are more than %d NIDs",
			      DSM_NIDS_MAX);
		return false;
	}
	nid = model_name_add(&p->m->nids, name, id);
	nid->line = place.line;
	nid->column = text_column(&place);
	return expect(p, ";");
}

/* group NAME = { SID ... }; */
static bool st_group(struct parser *p)
{
	struct group group = { .place = text_here(p->t) };

	if (!new_name(p, group.name) || !expect(p, "="))
		return false;
	if (group_find(p, group.name) ||
	    model_name_find(&p->m->sids, group.name)) {
		text_error_at(p->t, &group.place, "\"%s\" is defined already",
			      group.name);
		return false;
	}
	if (!in_braces(p, &group.list, list_sid)) {
		free(group.list.id);
		return false;
	}
	p->group = model_grow(p->group, p->groups, &p->groups_room,
			      sizeof(*p->group));
	p->group[p->groups++] = group;
	return expect(p, ";");
}

/* initial SID; */
static bool st_initial(struct parser *p)
{
	return one_sid(p, &p->m->initial_sid) && expect(p, ";");
}

/* default allow|deny CLASSES; */
static bool st_default(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_default *d;
	struct grants g;
	bool allow;
	uint32_t i;

	allow = got(p, "allow");
	if (!allow && !expect(p, "deny"))
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

/* ---- rules ---------------------------------------------------------------------------- */

/** struct statement - "allow" or "deny", taken apart */
struct statement {
	struct text_place place;
	bool		allow;
	struct list	sids;
	struct list	nids;
	struct list	tsids;
	struct grants	grants;
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
	if (!some(p, &st->sids, list_sid))
		return false;
	if (got(p, "@"))
		return some(p, &st->nids, list_nid);
	list_add(&st->nids, 0);
	return true;
}

static bool receivers(struct parser *p, struct statement *st)
{
	struct text_place place = text_here(p->t);

	st->tsids.self = got(p, "self");
	if (!st->tsids.self)
		return some(p, &st->tsids, list_sid);
	if (st->sids.id[0])
		return true;
	text_error_at(p->t, &place,
		      "\"any\" has no self: name the SIDs, or use a group");
	return false;
}

/* allow|deny SENDERS[@NODES] -> RECEIVERS : CLASSES [FLAGS]; */
static bool st_rule(struct parser *p, bool allow, struct text_place place)
{
	struct statement st = { .allow = allow, .place = place };
	bool good;

	good = senders(p, &st) && expect(p, "->") && receivers(p, &st) &&
	       expect(p, ":") && grants(p, allow, &st.grants) &&
	       rules_of(p, &st);
	free(st.sids.id);
	free(st.nids.id);
	free(st.tsids.id);
	return good;
}

/* ---- peers ------------------------------------------------------------------------------ */

static bool clear_host_bits(const uint8_t *addr, unsigned int bytes,
			    unsigned int len)
{
	unsigned int i;

	for (i = len; i < 8 * bytes; i++)
		if (addr[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static bool prefix(struct parser *p, struct model_peer *peer)
{
	char *slash, *end, word[64];
	unsigned int bytes;
	unsigned long len;

	if (p->t->kind != TEXT_WORD || strlen(p->t->token) >= sizeof(word)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected an address or a prefix");
		return false;
	}
	snprintf(word, sizeof(word), "%.63s", p->t->token);
	slash = strchr(word, '/');
	if (slash)
		*slash++ = '\0';
	peer->family = strchr(word, ':') ? 6 : 4;
	bytes = peer->family == 6 ? 16 : 4;
	if (inet_pton(peer->family == 6 ? AF_INET6 : AF_INET, word,
		      peer->addr) != 1) {
		text_error(p->t, "\"%s\" is not an address", word);
		return false;
	}
	len = 8 * bytes;
	if (slash)
		len = strtoul(slash, &end, 10);
	if (slash && (!is_number(slash) || *end || len > 8 * bytes)) {
		text_error(p->t, "\"%s\" is not a length of 0 to %u bits",
			   slash, 8 * bytes);
		return false;
	}
	peer->len = len;
	if (!clear_host_bits(peer->addr, bytes, len)) {
		text_error(p->t, "%s has bits set after the first %lu",
			   word, len);
		return false;
	}
	text_next(p->t);
	return true;
}

static bool peer_action(struct parser *p, struct model_peer *peer)
{
	static const char *const words[] = {
		[DSM_PEER_DENY] = "deny",
		[DSM_PEER_PLAIN] = "plain",
		[DSM_PEER_LABEL] = "label",
		[DSM_PEER_REQUIRE] = "require",
	};
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!got(p, words[i]))
			continue;
		peer->action = i;
		return true;
	}
	if (p->t->kind != TEXT_BAD)
		text_error(p->t,
			   "expected one of label, require, plain, deny");
	return false;
}

static bool peer_option_fits(struct parser *p, const struct model_peer *peer,
			     const struct text_place *place)
{
	if (peer->action == DSM_PEER_DENY) {
		text_error_at(p->t, place,
			      "a peer that is denied has no more to be said");
		return false;
	}
	if (peer->sid && peer->action == DSM_PEER_REQUIRE) {
		text_error_at(p->t, place,
			      "\"sid\" is for what arrives unlabelled, which \"require\" refuses");
		return false;
	}
	if (peer->flags & DSM_PEER_NEED_CODE &&
	    peer->action == DSM_PEER_PLAIN) {
		text_error_at(p->t, place,
			      "a plain peer sends no labels to authenticate");
		return false;
	}
	return true;
}

static bool peer_options(struct parser *p, struct model_peer *peer)
{
	struct text_place place;

	while (!text_is(p->t, ";")) {
		place = text_here(p->t);
		if (got(p, "nid")) {
			if (!one_id(p, &p->m->nids, "NID", &peer->nid))
				return false;
		} else if (got(p, "sid")) {
			if (!one_sid(p, &peer->sid))
				return false;
		} else if (got(p, "code")) {
			peer->flags |= DSM_PEER_NEED_CODE;
		} else {
			if (p->t->kind != TEXT_BAD)
				text_error(p->t,
					   "expected nid, sid, code or \";\" and not \"%s\"",
					   p->t->token);
			return false;
		}
		if (!peer_option_fits(p, peer, &place))
			return false;
	}
	return expect(p, ";");
}

static bool covers(const struct model_peer *peer, unsigned int family,
		   const uint8_t *addr)
{
	unsigned int i;

	if (peer->family != family)
		return false;
	for (i = 0; i < peer->len; i++)
		if ((peer->addr[i / 8] ^ addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool peer_add(struct parser *p, const struct model_peer *peer,
		     const struct text_place *place)
{
	if (p->m->peers == DSM_PEERS_MAX) {
		text_error_at(p->t, place, "there are more than %d peers",
			      DSM_PEERS_MAX);
		return false;
	}
	p->m->peer = model_grow(p->m->peer, p->m->peers, &p->m->peers_room,
				sizeof(*p->m->peer));
	p->m->peer[p->m->peers++] = *peer;
	return true;
}

static const uint8_t loopback4[16] = { 127, 0, 0, 1 };
static const uint8_t loopback6[16] = { [15] = 1 };

/* peer PREFIX label|require|plain|deny [nid NID] [sid SID] [code]; */
static bool st_peer(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_peer peer = {
		.line = place.line, .column = text_column(&place),
	};

	if (!prefix(p, &peer) || !peer_action(p, &peer) ||
	    !peer_options(p, &peer))
		return false;
	if (covers(&peer, 4, loopback4) && peer.len >= 8)
		p->loopback4 = true;
	if (covers(&peer, 6, loopback6) && peer.len == 128)
		p->loopback6 = true;
	return peer_add(p, &peer, &place);
}

/* A node speaks with itself, and what it says then is labelled. */
static void add_loopback(struct parser *p)
{
	static const struct text_place none;
	struct model_peer peer = {
		.family = 4, .len = 8, .addr = { 127 },
		.action = DSM_PEER_LABEL,
	};

	if (!p->loopback4)
		peer_add(p, &peer, &none);
	peer = (struct model_peer) {
		.family = 6, .len = 128, .addr = { [15] = 1 },
		.action = DSM_PEER_LABEL,
	};
	if (!p->loopback6)
		peer_add(p, &peer, &none);
}

/* ---- transitions --------------------------------------------------------------------------- */

static bool transition_path(struct parser *p, struct model_transition *tr,
			    char *path)
{
	size_t len;

	if (p->t->kind != TEXT_PATH || p->t->token[0] != '/') {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected an absolute path");
		return false;
	}
	len = strlen(p->t->token);
	if (strstr(p->t->token, "//") || strstr(p->t->token, "/./") ||
	    strstr(p->t->token, "/../")) {
		text_error(p->t, "a path without \"//\", \"/./\" and \"/../\" is needed");
		return false;
	}
	strcpy(path, p->t->token);
	tr->kind = path[len - 1] == '/' ? DSM_TRANSITION_TREE :
					  DSM_TRANSITION_PATH;
	text_next(p->t);
	return true;
}

static bool transition_by_path(struct parser *p, struct model_transition *tr,
			       char *path)
{
	if (!transition_path(p, tr, path))
		return false;
	tr->owner = 0;
	if (got(p, "owner")) {
		if (got(p, "any"))
			tr->owner = DSM_OWNER_ANY;
		else if (!got(p, "root") &&
			 !number(p, "the user ID of the owner", &tr->owner))
			return false;
	}
	return expect(p, "to") && one_sid(p, &tr->to);
}

static bool transition_by_digsig(struct parser *p, struct model_transition *tr)
{
	tr->kind = DSM_TRANSITION_DIGSIG;
	tr->owner = DSM_OWNER_ANY;
	if (!got(p, "any") && !text_is(p->t, ";") && !text_is(p->t, "to") &&
	    !one_sid(p, &tr->file_sid))
		return false;
	return !got(p, "to") || one_sid(p, &tr->to);
}

static bool transition_twice(struct parser *p, const struct model_transition *a,
			     const struct text_place *place)
{
	uint32_t i;

	for (i = 0; i < p->m->transitions && p->m->transitions < 4096; i++) {
		const struct model_transition *b = &p->m->transition[i];

		if (a->from != b->from || a->kind != b->kind ||
		    a->file_sid != b->file_sid || a->owner != b->owner ||
		    strcmp(a->path, b->path))
			continue;
		text_error_at(p->t, place, "line %u is about the same program",
			      b->line);
		return true;
	}
	return false;
}

static bool transitions_add(struct parser *p, struct model_transition *tr,
			    const struct list *from, const char *path,
			    const struct text_place *place)
{
	struct model *m = p->m;
	uint32_t i;

	for (i = 0; i < from->count; i++) {
		tr->from = from->id[i];
		tr->path = strdup(path);
		if (!tr->path || transition_twice(p, tr, place)) {
			free(tr->path);
			return false;
		}
		if (m->transitions == DSM_TRANSITIONS_MAX) {
			free(tr->path);
			text_error_at(p->t, place,
				      "there are more than %d transitions",
				      DSM_TRANSITIONS_MAX);
			return false;
		}
		m->transition = model_grow(m->transition, m->transitions,
					   &m->transitions_room,
					   sizeof(*m->transition));
		m->transition[m->transitions++] = *tr;
	}
	return true;
}

/*
 * transition SIDS exec PATH [owner UID|root|any] to SID;
 * transition SIDS digsig [SID|any] [to SID];
 */
static bool st_transition(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_transition tr = {
		.line = place.line, .column = text_column(&place),
	};
	static char path[TEXT_TOKEN_MAX];
	struct list from = {};
	bool good;

	path[0] = '\0';
	good = some(p, &from, list_sid);
	if (good && got(p, "exec"))
		good = transition_by_path(p, &tr, path);
	else if (good && got(p, "digsig"))
		good = transition_by_digsig(p, &tr);
	else if (good)
		good = expect(p, "exec");
	good = good && expect(p, ";") &&
	       transitions_add(p, &tr, &from, path, &place);
	free(from.id);
	return good;
}

/* ---- the file ------------------------------------------------------------------------------- */

static bool st_allow(struct parser *p)
{
	return st_rule(p, true, text_here(p->t));
}

static bool st_deny(struct parser *p)
{
	return st_rule(p, false, text_here(p->t));
}

static const struct {
	const char *word;
	bool (*read)(struct parser *p);
} statements[] = {
	{ "allow", st_allow },
	{ "deny", st_deny },
	{ "sid", st_sid },
	{ "nid", st_nid },
	{ "group", st_group },
	{ "peer", st_peer },
	{ "transition", st_transition },
	{ "default", st_default },
	{ "initial", st_initial },
	{ "policy", st_policy },
	{ "serial", st_serial },
	{ "permissive", st_permissive },
	{ "wire", st_wire },
};

static bool statement(struct parser *p)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(statements); i++) {
		if (!text_is(p->t, statements[i].word))
			continue;
		if (statements[i].read == st_peer)
			text_next_address(p->t);
		else
			text_next(p->t);
		return statements[i].read(p);
	}
	if (p->t->kind != TEXT_BAD)
		text_error(p->t, "\"%s\" begins no statement", p->t->token);
	return false;
}

/*
 * After an error, what follows the next ";". If the statement was read whole,
 * its ";" is gone already.
 */
static void recover(struct parser *p, size_t began)
{
	const char *semicolon;

	semicolon = memchr(p->t->data + began, ';', p->t->at - began);
	if (semicolon)
		return;
	while (p->t->kind != TEXT_END && !text_is(p->t, ";"))
		text_next(p->t);
	if (p->t->kind != TEXT_END)
		text_next(p->t);
}

static void unused_groups(struct parser *p)
{
	uint32_t i;

	for (i = 0; i < p->groups; i++)
		if (!p->group[i].used)
			text_warning_at(p->t, &p->group[i].place,
					"group \"%s\" is not used",
					p->group[i].name);
}

/**
 * parse_policy() - read a policy
 * @t: the text, opened
 * @m: filled in; initialised by the caller, who gives it back
 *
 * Return: 0, or -EINVAL after complaining about all errors.
 */
int parse_policy(struct text *t, struct model *m)
{
	struct parser p = { .t = t, .m = m };
	size_t began;
	uint32_t i;

	while (t->kind != TEXT_END) {
		began = t->at;
		if (!statement(&p))
			recover(&p, began);
	}
	add_loopback(&p);
	if (!t->errors)
		unused_groups(&p);
	for (i = 0; i < p.groups; i++)
		free(p.group[i].list.id);
	free(p.group);
	return t->errors ? -EINVAL : 0;
}

static void unused_names(struct text *t, const struct model_names *names,
			 const char *what)
{
	struct text_place place;
	uint32_t i;

	for (i = 0; i < names->count; i++) {
		const struct model_name *n = &names->entry[i];

		if (n->used || !n->line)
			continue;
		text_place_of(t, n->line, n->column, &place);
		text_warning_at(t, &place, "%s \"%s\" is not used", what,
				n->name);
	}
}

/**
 * lint_policy() - warn about what may not be meant
 * @t: the text
 * @m: what was made of it
 */
void lint_policy(struct text *t, const struct model *m)
{
	unused_names(t, &m->sids, "SID");
	unused_names(t, &m->nids, "NID");
}
