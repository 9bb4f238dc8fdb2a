// SPDX-License-Identifier: GPL-2.0-only
/*
 * Transitions: what a process becomes when it starts a program.
 */
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "parse.h"

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
	if (parse_got(p, "owner")) {
		if (parse_got(p, "any"))
			tr->owner = DSM_OWNER_ANY;
		else if (!parse_got(p, "root") &&
			 !parse_number(p, "the user ID of the owner", &tr->owner))
			return false;
	}
	return parse_expect(p, "to") && parse_one_sid(p, &tr->to);
}

static bool transition_by_digsig(struct parser *p, struct model_transition *tr)
{
	tr->kind = DSM_TRANSITION_DIGSIG;
	tr->owner = DSM_OWNER_ANY;
	if (!parse_got(p, "any") && !text_is(p->t, ";") && !text_is(p->t, "to") &&
	    !parse_one_sid(p, &tr->file_sid))
		return false;
	return !parse_got(p, "to") || parse_one_sid(p, &tr->to);
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
			    const struct parse_list *from, const char *path,
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

/**
 * parse_transition() - transition SIDS exec|digsig ...;
 * @p: the compilation, behind the first word
 *
 *	transition SIDS exec PATH [owner UID|root|any] to SID;
 *	transition SIDS digsig [SID|any] [to SID];
 *
 * Return: true, or false after complaining.
 */
bool parse_transition(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_transition tr = {
		.line = place.line, .column = text_column(&place),
	};
	static char path[TEXT_TOKEN_MAX];
	struct parse_list from = {};
	bool good;

	path[0] = '\0';
	good = parse_some(p, &from, parse_list_sid);
	if (good && parse_got(p, "exec"))
		good = transition_by_path(p, &tr, path);
	else if (good && parse_got(p, "digsig"))
		good = transition_by_digsig(p, &tr);
	else if (good)
		good = parse_expect(p, "exec");
	good = good && parse_expect(p, ";") &&
	       transitions_add(p, &tr, &from, path, &place);
	free(from.id);
	return good;
}
