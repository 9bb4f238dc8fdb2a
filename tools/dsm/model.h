/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A policy in the words of who wrote it: what the parser makes of the text, and
 * what the image is built from.
 *
 * A model belongs to one compilation; model_free() gives it back. Arrays grow
 * as they are filled and keep the order of the text.
 */
#ifndef DSM_MODEL_H
#define DSM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/dsm_policy.h>

/** struct model_name - a SID or NID that was given a name */
struct model_name {
	char		name[DSM_NAME_MAX];
	uint32_t	id;
	uint32_t	flags;
	uint32_t	line;
	uint32_t	column;
	bool		used;
};

/**
 * struct model_names - names of one kind
 * @entry: in the order of the text
 * @count: how many
 * @room: how many there is memory for
 * @by_name: index into @entry plus 1, by hash of the name
 * @by_id: the same, by hash of the number
 * @buckets: length of both tables, a power of two
 */
struct model_names {
	struct model_name	*entry;
	uint32_t		count;
	uint32_t		room;
	uint32_t		*by_name;
	uint32_t		*by_id;
	uint32_t		buckets;
};

struct model_name *model_name_find(const struct model_names *names,
				   const char *name);
struct model_name *model_name_by_id(const struct model_names *names,
				    uint32_t id);
const struct model_name *model_name_near(const struct model_names *names,
					 const char *name);
struct model_name *model_name_add(struct model_names *names, const char *name,
				  uint32_t id);

/**
 * struct model_rule - what one sender may do to one receiver in one class
 * @sid: of the sender, or 0 for any
 * @nid: of the sender, or 0 for any
 * @tsid: of the receiver, or 0 for any
 * @class: enum dsm_class
 * @decides: DSM_PERM_* that the text mentions
 * @allow: those of them that it allows
 * @flags: DSM_RULE_*
 * @line: where, of the statement that came first
 */
struct model_rule {
	uint32_t	sid;
	uint32_t	nid;
	uint32_t	tsid;
	uint16_t	class;
	uint16_t	decides;
	uint16_t	allow;
	uint16_t	flags;
	uint32_t	line;
};

/**
 * struct model_rules - rules, one for each (class, sender, node, receiver)
 * @entry: in the order of the text
 * @count: how many
 * @room: how many there is memory for
 * @by_key: index into @entry plus 1
 * @buckets: length of @by_key, a power of two
 */
struct model_rules {
	struct model_rule	*entry;
	uint32_t		count;
	uint32_t		room;
	uint32_t		*by_key;
	uint32_t		buckets;
};

struct model_rule *model_rule_get(struct model_rules *rules,
				  const struct model_rule *key);

/** struct model_default - what decides where no rule does */
struct model_default {
	uint16_t	decides;
	uint16_t	allow;
	uint16_t	flags;
};

/** struct model_peer - a prefix; as struct dsm_image_peer, in host order */
struct model_peer {
	uint8_t		addr[16];
	uint8_t		family;
	uint8_t		len;
	uint8_t		action;
	uint8_t		flags;
	uint32_t	sid;
	uint32_t	nid;
	uint32_t	line;
	uint32_t	column;
};

/** struct model_transition - as struct dsm_image_transition, in host order */
struct model_transition {
	uint32_t	from;
	uint32_t	to;
	char		*path;
	uint32_t	file_sid;
	uint32_t	owner;
	uint32_t	kind;
	uint32_t	line;
	uint32_t	column;
	uint32_t	path_at;	/* offset in the strings of the image */
};

/** struct model - a policy */
struct model {
	char			name[DSM_NAME_MAX];
	uint32_t		serial;
	uint32_t		flags;
	uint32_t		initial_sid;
	struct model_names	sids;
	struct model_names	nids;
	struct model_default	standard[DSM_CLASSES];
	struct model_rules	rules;
	struct model_peer	*peer;
	uint32_t		peers;
	uint32_t		peers_room;
	struct model_transition	*transition;
	uint32_t		transitions;
	uint32_t		transitions_room;
};

/*
 * SIDs that have their name and number in every policy: one that is reserved for
 * the kernel, and the one of tasks that nothing else was said about.
 */
#define MODEL_SID_KERNEL	1
#define MODEL_SID_SYSTEM	2

void model_init(struct model *m);
void model_free(struct model *m);

/* Room for one more in an array; ends the program if there is no memory. */
void *model_grow(void *array, uint32_t count, uint32_t *room, size_t size);
void *model_alloc(size_t size);

#endif /* DSM_MODEL_H */
