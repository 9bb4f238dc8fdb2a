// SPDX-License-Identifier: GPL-2.0-only
/*
 * Results as text or as JSON; see out.h.
 *
 * It writes as it is called and keeps nothing but the open levels, so a list of
 * a million routes costs no memory and an event is out when it happens. A
 * library that builds a tree first (jansson, json-c) would do neither, and
 * would leave text to a second function per command.
 *
 * Calls that do not nest are mistakes of the program and end in abort().
 */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include "out.h"
#include "out_escape.h"

/* Where values stand in a block. */
#define VALUE_COLUMN	22

static const char *const color_start[] = {
	[OUT_PLAIN] = "",
	[OUT_GOOD] = "\033[32m",
	[OUT_BAD] = "\033[1;31m",
	[OUT_NOTE] = "\033[33m",
	[OUT_NAME] = "\033[36m",
};

static struct out_level *top(struct out *o)
{
	return o->depth ? &o->level[o->depth - 1] : NULL;
}

static void push(struct out *o, bool list, enum out_layout layout)
{
	if (o->depth == OUT_DEPTH_MAX)
		abort();
	o->level[o->depth++] = (struct out_level){
		.list = list, .layout = layout,
	};
}

static void pop(struct out *o, bool list)
{
	if (!o->depth || top(o)->list != list)
		abort();
	o->depth--;
}

/* ---- JSON ------------------------------------------------------------------ */

static void json_newline(struct out *o)
{
	if (o->pretty)
		fprintf(o->file, "\n%*s", (int)o->depth * 2, "");
}

/* The outermost bracket waits until there is something behind it. */
static void json_bracket(struct out *o, bool list)
{
	o->pending = false;
	putc(list ? '[' : '{', o->file);
}

/* What stands before every value: comma, line break, name. */
static void json_lead(struct out *o, const char *name)
{
	struct out_level *level = top(o);

	if (!level)
		return;
	if (o->pending)
		json_bracket(o, level->list);
	if (level->list != !name)
		abort();
	if (level->count++)
		putc(',', o->file);
	json_newline(o);
	if (!name)
		return;
	putc('"', o->file);
	out_escape_json(o->file, name);
	fputs(o->pretty ? "\": " : "\":", o->file);
}

static void json_string(struct out *o, const char *value)
{
	putc('"', o->file);
	out_escape_json(o->file, value);
	putc('"', o->file);
}

static void json_open(struct out *o, const char *name, bool list)
{
	json_lead(o, name);
	if (o->depth)
		json_bracket(o, list);
	else
		o->pending = true;
	push(o, list, OUT_LINE);
}

static void json_close(struct out *o, bool list)
{
	bool empty = !top(o)->count;

	if (o->pending)
		json_bracket(o, list);
	pop(o, list);
	if (!empty)
		json_newline(o);
	putc(list ? ']' : '}', o->file);
	if (!o->depth)
		putc('\n', o->file);
}

/* ---- text ------------------------------------------------------------------ */

/* Number of open blocks: how deep what comes next is indented. */
static int text_blocks(const struct out *o)
{
	unsigned int i, blocks = 0;

	for (i = 0; i < o->depth; i++)
		blocks += !o->level[i].list && o->level[i].layout == OUT_BLOCK;
	return (int)blocks;
}

static bool text_in_line(const struct out *o)
{
	const struct out_level *level;

	if (!o->depth)
		return false;
	level = &o->level[o->depth - 1];
	return !level->list && level->layout == OUT_LINE;
}

static void text_blanks(struct out *o, int used)
{
	fprintf(o->file, "%*s", used < VALUE_COLUMN ? VALUE_COLUMN - used : 1,
		"");
}

/* "label:" at the start of a line of a block. Returns the columns it took. */
static int text_label(struct out *o, const char *label)
{
	int blocks = text_blocks(o);

	return fprintf(o->file, "%*s%s:", blocks ? (blocks - 1) * 2 : 0, "",
		       label);
}

static void text_list_title(struct out *o)
{
	struct out_level *list = top(o);

	if (list->title)
		list->used = text_label(o, list->title);
	list->title = NULL;
}

/*
 * What stands before a value. In a line: a space and the label. In a block:
 * indentation, label, and blanks up to the column of values. In a list: commas.
 * A list that is a line of a block has room for blanks, too.
 */
static void text_lead(struct out *o, const char *label)
{
	struct out_level *level = top(o);

	if (!level)
		return;
	if (level->list) {
		text_list_title(o);
		if (level->count)
			fputs(level->used ? ", " : ",", o->file);
		else if (level->used)
			text_blanks(o, level->used);
	} else if (level->layout == OUT_LINE) {
		if (level->count)
			putc(' ', o->file);
		if (label)
			fprintf(o->file, "%s ", label);
	} else {
		text_blanks(o, label ? text_label(o, label) : 0);
	}
	level->count++;
}

/* A field of a block is a line; elsewhere the line goes on. */
static void text_trail(struct out *o)
{
	struct out_level *level = top(o);

	if (!level || (!level->list && level->layout == OUT_BLOCK))
		putc('\n', o->file);
}

static void text_value(struct out *o, const char *label, const char *value)
{
	bool colored = o->colors && o->color != OUT_PLAIN;

	text_lead(o, label);
	if (colored)
		fputs(color_start[o->color], o->file);
	out_escape_text(o->file, value);
	if (colored)
		fputs("\033[0m", o->file);
	text_trail(o);
}

/* A list begins with its title, an object in it on a line of its own. */
static void text_object_in_list(struct out *o, enum out_layout layout)
{
	struct out_level *list = top(o);

	text_list_title(o);
	if (list->count ? layout == OUT_BLOCK : list->used)
		putc('\n', o->file);
	list->count++;
	list->objects = true;
	if (layout == OUT_LINE)
		fprintf(o->file, "%*s", text_blocks(o) * 2, "");
}

static void text_object_begin(struct out *o, const char *name,
			      enum out_layout layout)
{
	struct out_level *outer = top(o);
	unsigned int count = 0;

	if (outer && outer->list) {
		text_object_in_list(o, layout);
	} else if (outer && outer->layout == OUT_LINE) {
		count = outer->count;	/* the same line goes on */
		layout = OUT_LINE;
	} else if (outer && layout == OUT_BLOCK) {
		text_label(o, name);
		putc('\n', o->file);
	} else if (outer) {
		text_blanks(o, text_label(o, name));
	}
	push(o, false, layout);
	top(o)->count = count;
}

static void text_object_end(struct out *o)
{
	unsigned int count = top(o)->count;
	bool line = text_in_line(o);

	pop(o, false);
	if (!line)
		return;
	if (text_in_line(o))
		top(o)->count = count;
	else
		putc('\n', o->file);
}

static void text_list_begin(struct out *o, const char *name)
{
	struct out_level *outer = top(o);
	bool line = text_in_line(o);

	if (name && line)
		fprintf(o->file, "%s%s ", outer->count++ ? " " : "", name);
	push(o, true, OUT_LINE);
	top(o)->title = line ? NULL : name;
}

static void text_list_end(struct out *o)
{
	struct out_level list;

	text_list_title(o);
	list = *top(o);
	pop(o, true);
	if (!o->depth && !list.count)
		return;
	if (list.used && !list.count)
		text_blanks(o, list.used);
	if (!list.count)
		putc('-', o->file);
	if (!list.objects && !text_in_line(o))
		putc('\n', o->file);
}

/* ---- objects and lists ------------------------------------------------------- */

/**
 * out_object_begin() - open an object
 * @o: the output
 * @name: its name in the object around it; NULL in a list and outermost
 * @layout: how text shows it
 */
void out_object_begin(struct out *o, const char *name, enum out_layout layout)
{
	if (o->json)
		json_open(o, name, false);
	else
		text_object_begin(o, name, layout);
}

/**
 * out_object_end() - close the innermost object
 * @o: the output
 */
void out_object_end(struct out *o)
{
	if (!o->depth)
		abort();
	if (o->json)
		json_close(o, false);
	else
		text_object_end(o);
}

/**
 * out_list_begin() - open a list of objects, or of values without names
 * @o: the output
 * @name: its name in the object around it; NULL in a list and outermost
 */
void out_list_begin(struct out *o, const char *name)
{
	if (o->json)
		json_open(o, name, true);
	else
		text_list_begin(o, name);
}

/**
 * out_list_end() - close the innermost list
 * @o: the output
 */
void out_list_end(struct out *o)
{
	if (!o->depth)
		abort();
	if (o->json)
		json_close(o, true);
	else
		text_list_end(o);
}

/**
 * out_finish() - close what is open, and make sure that all was written
 * @o: the output
 *
 * What a command wrote before it failed becomes valid JSON by this. If it had
 * nothing but the outermost bracket, nothing is written at all.
 *
 * Return: 0, or a negative error of the writes, such as -ENOSPC or -EPIPE.
 */
int out_finish(struct out *o)
{
	if (o->pending) {
		o->pending = false;
		o->depth = 0;
	}
	while (o->depth) {
		if (top(o)->list)
			out_list_end(o);
		else
			out_object_end(o);
	}
	errno = 0;
	if (fflush(o->file) || ferror(o->file))
		return errno ? -errno : -EIO;
	return 0;
}

/* ---- fields ------------------------------------------------------------------ */

static bool json_only(const char *label)
{
	return label && !*label;
}

/* The colour holds for one value, shown or not. */
static void field_done(struct out *o)
{
	o->color = OUT_PLAIN;
}

/**
 * out_text() - a field that is a string
 * @o: the output
 * @name: in JSON; NULL in a list
 * @label: in text, OUT_BARE or OUT_JSON_ONLY
 * @value: the string; NULL is null in JSON and nothing in text
 */
void out_text(struct out *o, const char *name, const char *label,
	      const char *value)
{
	if (o->json) {
		json_lead(o, name);
		if (value)
			json_string(o, value);
		else
			fputs("null", o->file);
	} else if (value && !json_only(label)) {
		text_value(o, label, value);
	}
	field_done(o);
}

/**
 * out_number() - a field that is a number
 * @o: the output
 * @name: in JSON; NULL in a list
 * @label: in text, OUT_BARE or OUT_JSON_ONLY
 * @value: the number
 */
void out_number(struct out *o, const char *name, const char *label,
		uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%" PRIu64, value);
	if (o->json) {
		json_lead(o, name);
		fputs(text, o->file);
	} else if (!json_only(label)) {
		text_value(o, label, text);
	}
	field_done(o);
}

/**
 * out_bool() - a field that is true or false
 * @o: the output
 * @name: in JSON; NULL in a list
 * @label: in text, or OUT_JSON_ONLY; not OUT_BARE
 * @value: the answer
 *
 * A block says yes or no. A line has the label if it is true, or nothing.
 */
void out_bool(struct out *o, const char *name, const char *label, bool value)
{
	if (o->json) {
		json_lead(o, name);
		fputs(value ? "true" : "false", o->file);
	} else if (json_only(label)) {
		;
	} else if (o->depth && text_in_line(o)) {
		if (value)
			text_value(o, OUT_BARE, label);
	} else {
		text_value(o, label, value ? "yes" : "no");
	}
	field_done(o);
}

/**
 * out_hex() - a field that is bytes, as lower-case hexadecimal
 * @o: the output
 * @name: in JSON; NULL in a list
 * @label: in text, OUT_BARE or OUT_JSON_ONLY
 * @bytes: the bytes; NULL is like a NULL string
 * @len: how many, at most 64
 */
void out_hex(struct out *o, const char *name, const char *label,
	     const void *bytes, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	const unsigned char *p = bytes;
	char text[129];
	size_t i;

	if (len > 64)
		abort();
	for (i = 0; bytes && i < len; i++) {
		text[2 * i] = digits[p[i] >> 4];
		text[2 * i + 1] = digits[p[i] & 15];
	}
	text[2 * i] = '\0';
	out_text(o, name, label, bytes ? text : NULL);
}

/**
 * out_time() - a field that is a moment
 * @o: the output
 * @name: in JSON; NULL in a list
 * @label: in text, OUT_BARE or OUT_JSON_ONLY
 * @time_ns: nanoseconds since 1970
 *
 * Text has local time to the millisecond, JSON has UTC as RFC 3339 wants it.
 */
void out_time(struct out *o, const char *name, const char *label,
	      uint64_t time_ns)
{
	unsigned int ns = time_ns % 1000000000;
	time_t seconds = time_ns / 1000000000;
	char text[64], day[32];
	struct tm tm;

	if (!(o->json ? gmtime_r : localtime_r)(&seconds, &tm)) {
		out_text(o, name, label, NULL);
		return;
	}
	strftime(day, sizeof(day), o->json ? "%Y-%m-%dT%H:%M:%S" :
					     "%Y-%m-%d %H:%M:%S", &tm);
	if (o->json)
		snprintf(text, sizeof(text), "%s.%09uZ", day, ns);
	else
		snprintf(text, sizeof(text), "%s.%03u", day, ns / 1000000);
	out_text(o, name, label, text);
}

/**
 * out_phrase() - say in text what OUT_JSON_ONLY fields have said in JSON
 * @o: the output
 * @fmt: the words, for a value without a label
 */
void out_phrase(struct out *o, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;

	va_start(ap, fmt);
	if (!o->json && vasprintf(&text, fmt, ap) >= 0)
		text_value(o, OUT_BARE, text);
	va_end(ap);
	free(text);
	field_done(o);
}

/**
 * out_color() - give the next value a colour
 * @o: the output
 * @color: what the value means
 */
void out_color(struct out *o, enum out_color color)
{
	o->color = color;
}
