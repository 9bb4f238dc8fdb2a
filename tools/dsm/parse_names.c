// SPDX-License-Identifier: GPL-2.0-only
/*
 * SIDs, NIDs and groups of SIDs: where they get their names, and where they are
 * referred to by them.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "compile.h"
#include "parse.h"

/**
 * parse_group_find() - look a group up
 * @p: the compilation
 * @name: its name
 *
 * Return: the group, or NULL.
 */
struct parse_group *parse_group_find(struct parser *p, const char *name)
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

/* ---- references --------------------------------------------------------------- */

/**
 * parse_list_add() - one more SID or NID in a list
 * @list: the list
 * @id: the number; 0 is any
 */
void parse_list_add(struct parse_list *list, uint32_t id)
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
	if (parse_is_number(p->t->token))
		return parse_identity(p, what, id);
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

/**
 * parse_one_sid() - read a SID, a name or a number
 * @p: the compilation
 * @sid: set to it
 *
 * Return: true, or false after complaining.
 */
bool parse_one_sid(struct parser *p, uint32_t *sid)
{
	return one_id(p, &p->m->sids, "SID", sid);
}

/**
 * parse_one_nid() - read a NID, a name or a number
 * @p: the compilation
 * @nid: set to it
 *
 * Return: true, or false after complaining.
 */
bool parse_one_nid(struct parser *p, uint32_t *nid)
{
	return one_id(p, &p->m->nids, "NID", nid);
}

/**
 * parse_list_sid() - read a SID, or the name of a group, into a list
 * @p: the compilation
 * @list: gets it, or all of the group
 *
 * Return: true, or false after complaining.
 */
bool parse_list_sid(struct parser *p, struct parse_list *list)
{
	struct parse_group *group = NULL;
	uint32_t id, i;

	if (p->t->kind == TEXT_WORD)
		group = parse_group_find(p, p->t->token);
	if (group) {
		group->used = true;
		for (i = 0; i < group->list.count; i++)
			parse_list_add(list, group->list.id[i]);
		text_next(p->t);
		return true;
	}
	if (!parse_one_sid(p, &id))
		return false;
	parse_list_add(list, id);
	return true;
}

/**
 * parse_list_nid() - read a NID into a list
 * @p: the compilation
 * @list: gets it
 *
 * Return: true, or false after complaining.
 */
bool parse_list_nid(struct parser *p, struct parse_list *list)
{
	uint32_t id;

	if (!parse_one_nid(p, &id))
		return false;
	parse_list_add(list, id);
	return true;
}

/**
 * parse_in_braces() - read a list in braces, which may not be empty
 * @p: the compilation
 * @list: gets what is in it
 * @one: reads one of them
 *
 * Return: true, or false after complaining.
 */
bool parse_in_braces(struct parser *p, struct parse_list *list,
		     parse_one_fn one)
{
	if (!parse_expect(p, "{"))
		return false;
	while (!parse_got(p, "}")) {
		if (!one(p, list))
			return false;
		parse_got(p, ",");
	}
	if (list->count)
		return true;
	text_error(p->t, "the list before this is empty");
	return false;
}

/**
 * parse_some() - read "any", one, or a list in braces
 * @p: the compilation
 * @list: gets them
 * @one: reads one of them
 *
 * Return: true, or false after complaining.
 */
bool parse_some(struct parser *p, struct parse_list *list, parse_one_fn one)
{
	if (parse_got(p, "any")) {
		parse_list_add(list, 0);
		return true;
	}
	return text_is(p->t, "{") ? parse_in_braces(p, list, one) :
				    one(p, list);
}

/* ---- definitions -------------------------------------------------------------- */

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

static bool sid_fib(struct parser *p, struct model_name *sid)
{
	struct text_place place = text_here(p->t);
	uint32_t fib;

	if (!parse_number(p, "the number of a FIB", &fib))
		return false;
	if (!fib || fib > UINT32_MAX >> DSM_SID_FIB_SHIFT) {
		text_error_at(p->t, &place, "a SID has a FIB from 1 to %u",
			      UINT32_MAX >> DSM_SID_FIB_SHIFT);
		return false;
	}
	sid->flags |= fib << DSM_SID_FIB_SHIFT;
	return true;
}

/**
 * parse_sid() - sid NAME = NUMBER [permissive] [fib NUMBER];
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_sid(struct parser *p)
{
	struct text_place place = text_here(p->t);
	char name[DSM_NAME_MAX];
	struct model_name *sid;
	uint32_t id;

	if (!parse_new_name(p, name) || !parse_expect(p, "=") ||
	    !parse_identity(p, "a SID", &id))
		return false;
	if (parse_group_find(p, name)) {
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
	if (parse_got(p, "permissive"))
		sid->flags |= DSM_SID_PERMISSIVE;
	if (parse_got(p, "fib") && !sid_fib(p, sid))
		return false;
	return parse_expect(p, ";");
}

/**
 * parse_nid() - nid NAME = NUMBER;
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_nid(struct parser *p)
{
	struct text_place place = text_here(p->t);
	char name[DSM_NAME_MAX];
	struct model_name *nid;
	uint32_t id;

	if (!parse_new_name(p, name) || !parse_expect(p, "=") ||
	    !parse_identity(p, "a NID", &id))
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
	return parse_expect(p, ";");
}

/**
 * parse_group() - group NAME = { SID ... };
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_group(struct parser *p)
{
	struct parse_group group = { .place = text_here(p->t) };

	if (!parse_new_name(p, group.name) || !parse_expect(p, "="))
		return false;
	if (parse_group_find(p, group.name) ||
	    model_name_find(&p->m->sids, group.name)) {
		text_error_at(p->t, &group.place, "\"%s\" is defined already",
			      group.name);
		return false;
	}
	if (!parse_in_braces(p, &group.list, parse_list_sid)) {
		free(group.list.id);
		return false;
	}
	p->group = model_grow(p->group, p->groups, &p->groups_room,
			      sizeof(*p->group));
	p->group[p->groups++] = group;
	return parse_expect(p, ";");
}

/**
 * parse_groups_done() - warn about groups that are not used, and give them back
 * @p: the compilation, at its end
 */
void parse_groups_done(struct parser *p)
{
	uint32_t i;

	for (i = 0; i < p->groups; i++) {
		if (!p->group[i].used && !p->t->errors)
			text_warning_at(p->t, &p->group[i].place,
					"group \"%s\" is not used",
					p->group[i].name);
		free(p->group[i].list.id);
	}
	free(p->group);
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
