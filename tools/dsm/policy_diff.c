// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy diff: what changes when one policy takes the place of another.
 *
 * Statements are compared, in the words that "dsm policy show" has for them:
 * those that only the old policy has, with "-", and those that only the new one
 * has, with "+". Order, comments, groups and line numbers make no difference.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "source.h"
#include "words.h"

/** struct statements - the statements of a policy, sorted */
struct statements {
	char		**line;
	size_t		count;
	size_t		room;
};

static void add(struct statements *s, const char *text)
{
	if (s->count == s->room) {
		s->room = s->room ? 2 * s->room : 1024;
		s->line = realloc(s->line, s->room * sizeof(*s->line));
	}
	if (s->line)
		s->line[s->count++] = strdup(text);
	if (!s->line || !s->line[s->count - 1])
		abort();
}

static void __attribute__((format(printf, 2, 3)))
addf(struct statements *s, const char *fmt, ...)
{
	char text[WORDS_MAX];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	add(s, text);
}

static void add_names(struct statements *s, const struct dsm_policy *p)
{
	char word[WORDS_MAX];
	uint32_t i;

	for (i = 0; i < le32_to_cpu(p->head->sids); i++)
		addf(s, "sid %s = %u%s;",
		     p->strings + le32_to_cpu(p->sid[i].name),
		     le32_to_cpu(p->sid[i].sid),
		     words_sid_flags(le32_to_cpu(p->sid[i].flags), word));
	for (i = 0; i < le32_to_cpu(p->head->nids); i++)
		addf(s, "nid %s = %u;",
		     p->strings + le32_to_cpu(p->nid[i].name),
		     le32_to_cpu(p->nid[i].nid));
}

static void add_head(struct statements *s, const struct dsm_policy *p)
{
	char perms[WORDS_MAX], flags[WORDS_MAX], word[WORDS_MAX];
	uint32_t i;

	addf(s, "policy %s;", p->strings + le32_to_cpu(p->head->name));
	addf(s, "serial %u;", p->serial);
	addf(s, "initial %s;", words_sid(p, p->initial_sid, word));
	if (p->flags & DSM_POLICY_PERMISSIVE)
		add(s, "permissive;");
	if (p->flags & DSM_POLICY_SEND_SERIAL)
		addf(s, "wire serial %s;", p->flags & DSM_POLICY_NEED_SERIAL ?
		     "require" : "send");
	if (p->flags & DSM_POLICY_SEND_CODE)
		addf(s, "wire code %s;", p->flags & DSM_POLICY_NEED_CODE ?
		     "require" : "send");
	for (i = 1; i < __DSM_CLASS_MAX; i++) {
		const struct dsm_image_default *d = &p->head->standard[i];

		if (d->allow || d->flags)
			addf(s, "default allow %.200s%.40s;",
			     words_perms(i, le16_to_cpu(d->allow), perms),
			     words_flags(le16_to_cpu(d->flags), flags));
	}
}

/* One permission a statement, so that a change shows alone. */
static void add_rule(struct statements *s, const struct dsm_policy *p,
		     const struct dsm_image_rule *r)
{
	struct dsm_image_rule one = *r;
	uint32_t bit, allow = le16_to_cpu(r->allow);
	char line[WORDS_MAX];

	for (bit = 1; dsm_perm_name(bit); bit <<= 1) {
		if (!(le16_to_cpu(r->decides) & bit))
			continue;
		one.decides = cpu_to_le16(bit);
		one.allow = cpu_to_le16(allow & bit);
		add(s, words_rule(p, &one, allow & bit, line));
	}
}

static int order(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void collect(struct statements *s, const struct dsm_policy *p)
{
	static char line[DSM_PATH_MAX + WORDS_MAX];
	uint32_t i;

	memset(s, 0, sizeof(*s));
	add_head(s, p);
	add_names(s, p);
	for (i = 0; i < le32_to_cpu(p->head->peers); i++)
		add(s, words_peer(p, &p->peer[i], line));
	for (i = 0; i < le32_to_cpu(p->head->transitions); i++)
		add(s, words_transition(p, &p->transition[i], line,
					sizeof(line)));
	for (i = 0; i < p->slots; i++)
		if (p->slot[i].class)
			add_rule(s, p, &p->slot[i]);
	qsort(s->line, s->count, sizeof(*s->line), order);
}

static void give_back(struct statements *s)
{
	size_t i;

	for (i = 0; i < s->count; i++)
		free(s->line[i]);
	free(s->line);
}

static void show(struct out *o, bool new, const char *line)
{
	out_object_begin(o, NULL, OUT_LINE);
	out_color(o, new ? OUT_GOOD : OUT_BAD);
	out_text(o, "change", OUT_BARE, new ? "+" : "-");
	out_text(o, "statement", OUT_BARE, line);
	out_object_end(o);
}

/* Both are sorted: go through them side by side. */
static size_t compare(struct out *o, const struct statements *a,
		      const struct statements *b)
{
	size_t i = 0, j = 0, changes = 0;
	int by;

	while (i < a->count || j < b->count) {
		by = i == a->count ? 1 : j == b->count ? -1 :
		     strcmp(a->line[i], b->line[j]);
		if (by < 0)
			show(o, false, a->line[i++]);
		else if (by > 0)
			show(o, true, b->line[j++]);
		else
			i++, j++;
		changes += !!by;
	}
	return changes;
}

static int diff(const struct cmd_call *call)
{
	struct source_opts how = { .quiet = true };
	struct image old = {}, new = {};
	struct statements a, b;
	int ret = CMD_FAILED;

	if (source_open(call->argv[0], &how, &old) ||
	    source_open(call->argv[1], &how, &new))
		goto out;
	collect(&a, &old.policy);
	collect(&b, &new.policy);
	out_list_begin(call->out, NULL);
	compare(call->out, &a, &b);
	out_list_end(call->out);
	give_back(&a);
	give_back(&b);
	ret = CMD_OK;
out:
	image_close(&old);
	image_close(&new);
	return ret;
}

const struct cmd policy_diff_commands[] = {
	{
		.path = "policy diff", .args = "OLD NEW",
		.brief = "say what changes from one policy to another",
		.details =
"Texts or images. A statement that only OLD has is shown with \"-\", one that\n"
"only NEW has with \"+\". Nothing is shown if they say the same.",
		.min_args = 2, .max_args = 2,
		.run = diff,
	},
	{}
};
