/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results, as text for people or as JSON for programs, from one description.
 *
 * A command describes what it has: objects, lists, and in them fields with a
 * name. JSON prints every field under its name. Text prints the value after
 * the field's label, in one of two layouts:
 *
 *	OUT_LINE	one object is one line, "value label value label value"
 *	OUT_BLOCK	one object is a block, a line "label: value" per field
 *
 * so that a show function is written once and the two never differ in content:
 *
 *	out_list_begin(o, NULL);
 *	for (...) {
 *		out_object_begin(o, NULL, OUT_LINE);
 *		out_hex(o, "key_id", OUT_BARE, id, sizeof(id));
 *		out_text(o, "subject", "subject", subject);
 *		out_number(o, "files", "files", files);
 *		out_object_end(o);
 *	}
 *	out_list_end(o);
 *
 * Text and names of files come from anywhere and are printed so that they can
 * neither break the JSON nor reach the terminal as control characters.
 */
#ifndef OUT_H
#define OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Labels with a meaning: print the value alone; print it in JSON only. */
#define OUT_BARE	NULL
#define OUT_JSON_ONLY	""

/** enum out_layout - how text shows an object */
enum out_layout {
	OUT_LINE,
	OUT_BLOCK,
};

/** enum out_color - what a colour means; the terminal's own palette is used */
enum out_color {
	OUT_PLAIN,
	OUT_GOOD,
	OUT_BAD,
	OUT_NOTE,
	OUT_NAME,
};

#define OUT_DEPTH_MAX	8

/**
 * struct out_level - an object or a list that is open
 * @list: a list; otherwise an object
 * @layout: of an object
 * @count: members so far
 * @title: text: of a list in a block, not written yet. What a program says to
 *	stderr meanwhile does not get between it and the first member
 * @used: text: columns that the title of a list took
 * @objects: text: members of the list are objects
 */
struct out_level {
	bool			list;
	enum out_layout		layout;
	unsigned int		count;
	const char		*title;
	int			used;
	bool			objects;
};

/**
 * struct out - one stream of results
 * @file: where it goes
 * @json: JSON, otherwise text
 * @pretty: JSON is indented
 * @colors: text is coloured
 * @color: of the next value only
 * @pending: JSON: the outermost bracket is not written yet
 * @depth: number of open levels
 * @level: the open levels, outermost first
 */
struct out {
	FILE			*file;
	bool			json;
	bool			pretty;
	bool			colors;
	enum out_color		color;
	bool			pending;
	unsigned int		depth;
	struct out_level	level[OUT_DEPTH_MAX];
};

void out_object_begin(struct out *o, const char *name, enum out_layout layout);
void out_object_end(struct out *o);
void out_list_begin(struct out *o, const char *name);
void out_list_end(struct out *o);
int out_finish(struct out *o);

void out_text(struct out *o, const char *name, const char *label,
	      const char *value);
void out_number(struct out *o, const char *name, const char *label,
		uint64_t value);
void out_bool(struct out *o, const char *name, const char *label, bool value);
void out_hex(struct out *o, const char *name, const char *label,
	     const void *bytes, size_t len);
void out_time(struct out *o, const char *name, const char *label,
	      uint64_t time_ns);

void out_phrase(struct out *o, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void out_color(struct out *o, enum out_color color);

#endif /* OUT_H */
