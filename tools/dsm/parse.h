/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files that read policies share: the state of a compilation, and the
 * words that statements are made of.
 */
#ifndef DSM_PARSE_H
#define DSM_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "text.h"

/** struct parse_list - SIDs or NIDs that a statement names; "any" is one 0 */
struct parse_list {
	uint32_t	*id;
	uint32_t	count;
	uint32_t	room;
	bool		self;		/* "self": the sender */
};

/** struct parse_group - a name for several SIDs */
struct parse_group {
	char			name[DSM_NAME_MAX];
	struct parse_list	list;
	bool			used;
	struct text_place	place;
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
	struct text		*t;
	struct model		*m;
	struct parse_group	*group;
	uint32_t		groups;
	uint32_t		groups_room;
	bool			loopback4;
	bool			loopback6;
};

/* Reads one member of a list. */
typedef bool (*parse_one_fn)(struct parser *p, struct parse_list *list);

/* parse_words.c */
bool parse_expect(struct parser *p, const char *token);
bool parse_got(struct parser *p, const char *token);
bool parse_is_number(const char *word);
bool parse_number(struct parser *p, const char *what, uint32_t *value);
bool parse_identity(struct parser *p, const char *what, uint32_t *value);
bool parse_new_name(struct parser *p, char name[DSM_NAME_MAX]);

/* parse_names.c */
struct parse_group *parse_group_find(struct parser *p, const char *name);
void parse_groups_done(struct parser *p);
void parse_list_add(struct parse_list *list, uint32_t id);
bool parse_one_sid(struct parser *p, uint32_t *sid);
bool parse_one_nid(struct parser *p, uint32_t *nid);
bool parse_list_sid(struct parser *p, struct parse_list *list);
bool parse_list_nid(struct parser *p, struct parse_list *list);
bool parse_in_braces(struct parser *p, struct parse_list *list,
		     parse_one_fn one);
bool parse_some(struct parser *p, struct parse_list *list, parse_one_fn one);
bool parse_sid(struct parser *p);
bool parse_nid(struct parser *p);
bool parse_group(struct parser *p);

/* parse_rule.c */
bool parse_allow(struct parser *p);
bool parse_deny(struct parser *p);
bool parse_default(struct parser *p);

/* parse_peer.c, parse_transition.c */
bool parse_peer(struct parser *p);
void parse_loopback(struct parser *p);
bool parse_transition(struct parser *p);

#endif /* DSM_PARSE_H */
