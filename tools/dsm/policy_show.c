// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsm policy show: an image in the words of the language.
 *
 * As text it prints statements that "dsm policy compile" makes the same rules
 * of; as JSON, tables. Rules come in the order of their class, receiver and
 * sender, not in that of the source.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "source.h"
#include "words.h"

/* ---- rules in order ------------------------------------------------------------- */

static int number_order(uint32_t a, uint32_t b)
{
	return a < b ? -1 : a > b;
}

static int rule_order(const void *a, const void *b)
{
	const struct dsm_image_rule *x = *(const struct dsm_image_rule **)a;
	const struct dsm_image_rule *y = *(const struct dsm_image_rule **)b;
	int by = number_order(le16_to_cpu(x->class), le16_to_cpu(y->class));

	if (!by)
		by = number_order(le32_to_cpu(x->tsid), le32_to_cpu(y->tsid));
	if (!by)
		by = number_order(le32_to_cpu(x->sid), le32_to_cpu(y->sid));
	if (!by)
		by = number_order(le32_to_cpu(x->nid), le32_to_cpu(y->nid));
	return by;
}

/**
 * words_rules() - the rules of a policy, in the order of what they are about
 * @p: the policy
 * @count: set to the number of them
 *
 * Return: an array to be freed.
 */
const struct dsm_image_rule **words_rules(const struct dsm_policy *p,
					  uint32_t *count)
{
	const struct dsm_image_rule **rules;
	uint32_t i, n = 0;

	rules = malloc((le32_to_cpu(p->head->rules) + 1) * sizeof(*rules));
	if (!rules)
		abort();
	for (i = 0; i < p->slots; i++)
		if (p->slot[i].class)
			rules[n++] = &p->slot[i];
	qsort(rules, n, sizeof(*rules), rule_order);
	*count = n;
	return rules;
}

/* ---- text ------------------------------------------------------------------------- */

/* A path may have any byte in it, and none of them controls the terminal. */
static void __attribute__((format(printf, 2, 3)))
say(struct out *o, const char *fmt, ...)
{
	char line[DSM_PATH_MAX + WORDS_MAX];
	va_list args;
	size_t i;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (i = 0; line[i]; i++)
		if ((unsigned char)line[i] < ' ' && line[i] != '\n')
			line[i] = '?';
	fputs(line, o->file);
}

static void text_head(struct out *o, const struct dsm_policy *p)
{
	const struct dsm_image_header *head = p->head;
	char digest[65];
	uint32_t i;

	for (i = 0; i < DSM_IMAGE_DIGEST_LEN; i++)
		sprintf(digest + 2 * i, "%02x", p->digest[i]);
	say(o, "# %u rules, SHA-256 %s%s\n", le32_to_cpu(head->rules),
		   digest, p->signature ? ", signed" : "");
	if (head->name)
		say(o, "policy %s;\n",
			   p->strings + le32_to_cpu(head->name));
	say(o, "serial %u;\n", p->serial);
	if (p->flags & DSM_POLICY_PERMISSIVE)
		say(o, "permissive;\n");
	if (p->flags & DSM_POLICY_SEND_SERIAL)
		say(o, "wire serial %s;\n",
			   p->flags & DSM_POLICY_NEED_SERIAL ? "require" :
							       "send");
	if (p->flags & DSM_POLICY_SEND_CODE)
		say(o, "wire code %s;\n",
			   p->flags & DSM_POLICY_NEED_CODE ? "require" :
							     "send");
}

static void text_names(struct out *o, const struct dsm_policy *p)
{
	char word[WORDS_MAX];
	uint32_t i;

	for (i = 0; i < le32_to_cpu(p->head->sids); i++)
		say(o, "sid %s = %u%s;\n",
			   p->strings + le32_to_cpu(p->sid[i].name),
			   le32_to_cpu(p->sid[i].sid),
			   words_sid_flags(le32_to_cpu(p->sid[i].flags), word));
	for (i = 0; i < le32_to_cpu(p->head->nids); i++)
		say(o, "nid %s = %u;\n",
			   p->strings + le32_to_cpu(p->nid[i].name),
			   le32_to_cpu(p->nid[i].nid));
	say(o, "initial %s;\n", words_sid(p, p->initial_sid, word));
}

static void text_defaults(struct out *o, const struct dsm_policy *p)
{
	char perms[WORDS_MAX], flags[WORDS_MAX];
	uint32_t i;

	for (i = 1; i < __DSM_CLASS_MAX; i++) {
		const struct dsm_image_default *d = &p->head->standard[i];
		uint32_t f = le16_to_cpu(d->flags);
		uint32_t allow = le16_to_cpu(d->allow);
		uint32_t deny = dsm_class_perms(i) & ~allow;

		if (allow)
			say(o, "default allow %s%s;\n",
				   words_perms(i, allow, perms),
				   words_flags(f & DSM_RULE_AUDIT, flags));
		if (deny && f & ~DSM_RULE_AUDIT)
			say(o, "default deny %s%s;\n",
				   words_perms(i, deny, perms),
				   words_flags(f & ~DSM_RULE_AUDIT, flags));
	}
}

static void text_peers(struct out *o, const struct dsm_policy *p)
{
	char line[WORDS_MAX];
	uint32_t i;

	for (i = 0; i < le32_to_cpu(p->head->peers); i++)
		say(o, "%s\n", words_peer(p, &p->peer[i], line));
}

static void text_transitions(struct out *o, const struct dsm_policy *p)
{
	char line[DSM_PATH_MAX + WORDS_MAX];
	uint32_t i;

	for (i = 0; i < le32_to_cpu(p->head->transitions); i++)
		say(o, "%s\n", words_transition(p, &p->transition[i],
						       line, sizeof(line)));
}

static void text_rules(struct out *o, const struct dsm_policy *p)
{
	const struct dsm_image_rule **rules;
	char line[WORDS_MAX];
	uint32_t i, count;

	rules = words_rules(p, &count);
	for (i = 0; i < count; i++) {
		if (rules[i]->allow)
			say(o, "%s\n",
				   words_rule(p, rules[i], true, line));
		if (rules[i]->decides & ~rules[i]->allow)
			say(o, "%s\n",
				   words_rule(p, rules[i], false, line));
	}
	free(rules);
}

/* ---- JSON --------------------------------------------------------------------------- */

static void json_names(struct out *o, const struct dsm_policy *p)
{
	uint32_t i;

	out_list_begin(o, "sids");
	for (i = 0; i < le32_to_cpu(p->head->sids); i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "name", OUT_BARE,
			 p->strings + le32_to_cpu(p->sid[i].name));
		out_number(o, "sid", "sid", le32_to_cpu(p->sid[i].sid));
		out_bool(o, "permissive", "permissive",
			 le32_to_cpu(p->sid[i].flags) & DSM_SID_PERMISSIVE);
		out_number(o, "fib", "fib",
			   le32_to_cpu(p->sid[i].flags) >> DSM_SID_FIB_SHIFT);
		out_object_end(o);
	}
	out_list_end(o);
	out_list_begin(o, "nids");
	for (i = 0; i < le32_to_cpu(p->head->nids); i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "name", OUT_BARE,
			 p->strings + le32_to_cpu(p->nid[i].name));
		out_number(o, "nid", "nid", le32_to_cpu(p->nid[i].nid));
		out_object_end(o);
	}
	out_list_end(o);
}

static void json_perms(struct out *o, const char *name, uint32_t perms)
{
	uint32_t bit;

	out_list_begin(o, name);
	for (bit = 1; dsm_perm_name(bit); bit <<= 1)
		if (perms & bit)
			out_text(o, NULL, OUT_BARE, dsm_perm_name(bit));
	out_list_end(o);
}

static void json_flags(struct out *o, uint32_t flags)
{
	out_bool(o, "audit", "audit", flags & DSM_RULE_AUDIT);
	out_bool(o, "quiet", "quiet", flags & DSM_RULE_QUIET);
	out_bool(o, "answer", "answer", flags & DSM_RULE_ANSWER);
}

static void json_defaults(struct out *o, const struct dsm_policy *p)
{
	uint32_t i;

	out_list_begin(o, "defaults");
	for (i = 1; i < __DSM_CLASS_MAX; i++) {
		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "class", OUT_BARE, dsm_class_name(i));
		json_perms(o, "allow",
			   le16_to_cpu(p->head->standard[i].allow));
		json_flags(o, le16_to_cpu(p->head->standard[i].flags));
		out_object_end(o);
	}
	out_list_end(o);
}

static void json_rules(struct out *o, const struct dsm_policy *p)
{
	const struct dsm_image_rule **rules;
	char word[WORDS_MAX];
	uint32_t i, count;

	rules = words_rules(p, &count);
	out_list_begin(o, "rules");
	for (i = 0; i < count; i++) {
		const struct dsm_image_rule *r = rules[i];

		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "class", OUT_BARE,
			 dsm_class_name(le16_to_cpu(r->class)));
		out_text(o, "sender", OUT_BARE,
			 words_sid(p, le32_to_cpu(r->sid), word));
		out_text(o, "node", OUT_BARE,
			 words_nid(p, le32_to_cpu(r->nid), word));
		out_text(o, "receiver", OUT_BARE,
			 words_sid(p, le32_to_cpu(r->tsid), word));
		out_number(o, "ssid", "ssid", le32_to_cpu(r->sid));
		out_number(o, "snid", "snid", le32_to_cpu(r->nid));
		out_number(o, "tsid", "tsid", le32_to_cpu(r->tsid));
		json_perms(o, "allow", le16_to_cpu(r->allow));
		json_perms(o, "deny", le16_to_cpu(r->decides) &
			   ~le16_to_cpu(r->allow));
		json_flags(o, le16_to_cpu(r->flags));
		out_number(o, "line", "line", le32_to_cpu(r->line));
		out_object_end(o);
	}
	out_list_end(o);
	free(rules);
}

static void json_peers(struct out *o, const struct dsm_policy *p)
{
	char word[WORDS_MAX];
	uint32_t i;

	out_list_begin(o, "peers");
	for (i = 0; i < le32_to_cpu(p->head->peers); i++) {
		const struct dsm_image_peer *peer = &p->peer[i];

		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "prefix", OUT_BARE, words_prefix(peer, word));
		out_text(o, "action", OUT_BARE, words_action(peer->action));
		out_number(o, "sid", "sid", le32_to_cpu(peer->sid));
		out_number(o, "nid", "nid", le32_to_cpu(peer->nid));
		out_bool(o, "code", "code",
			 peer->flags & DSM_PEER_NEED_CODE);
		out_number(o, "line", "line", le32_to_cpu(peer->line));
		out_object_end(o);
	}
	out_list_end(o);
}

static void json_transitions(struct out *o, const struct dsm_policy *p)
{
	static const char *const kinds[] = { "digsig", "path", "tree" };
	uint32_t i;

	out_list_begin(o, "transitions");
	for (i = 0; i < le32_to_cpu(p->head->transitions); i++) {
		const struct dsm_image_transition *t = &p->transition[i];

		out_object_begin(o, NULL, OUT_LINE);
		out_text(o, "kind", OUT_BARE, kinds[le32_to_cpu(t->kind)]);
		out_number(o, "from", "from", le32_to_cpu(t->from));
		out_number(o, "to", "to", le32_to_cpu(t->to));
		out_text(o, "path", "path",
			 p->strings + le32_to_cpu(t->path));
		out_number(o, "file_sid", "file_sid",
			   le32_to_cpu(t->file_sid));
		if (le32_to_cpu(t->owner) != DSM_OWNER_ANY)
			out_number(o, "owner", "owner", le32_to_cpu(t->owner));
		out_number(o, "line", "line", le32_to_cpu(t->line));
		out_object_end(o);
	}
	out_list_end(o);
}

static void json_head(struct out *o, const struct image *image)
{
	const struct dsm_policy *p = &image->policy;

	out_text(o, "name", "name",
		 p->strings + le32_to_cpu(p->head->name));
	out_number(o, "serial", "serial", p->serial);
	out_hex(o, "digest", "digest", p->digest, DSM_IMAGE_DIGEST_LEN);
	out_bool(o, "signed", "signed", p->signature);
	out_number(o, "time", "time", le64_to_cpu(p->head->time));
	out_number(o, "bytes", "bytes", image->len);
	out_bool(o, "permissive", "permissive",
		 p->flags & DSM_POLICY_PERMISSIVE);
	out_bool(o, "serial_sent", "serial sent",
		 p->flags & DSM_POLICY_SEND_SERIAL);
	out_bool(o, "serial_required", "serial required",
		 p->flags & DSM_POLICY_NEED_SERIAL);
	out_bool(o, "code_sent", "code sent",
		 p->flags & DSM_POLICY_SEND_CODE);
	out_bool(o, "code_required", "code required",
		 p->flags & DSM_POLICY_NEED_CODE);
	out_number(o, "initial_sid", "initial sid", p->initial_sid);
}

static void show_json(struct out *o, const struct image *image)
{
	out_object_begin(o, NULL, OUT_BLOCK);
	json_head(o, image);
	json_names(o, &image->policy);
	json_defaults(o, &image->policy);
	json_peers(o, &image->policy);
	json_transitions(o, &image->policy);
	json_rules(o, &image->policy);
	out_object_end(o);
}

static void show_text(struct out *o, const struct dsm_policy *p)
{
	text_head(o, p);
	text_names(o, p);
	text_defaults(o, p);
	text_peers(o, p);
	text_transitions(o, p);
	text_rules(o, p);
}

static int show(const struct cmd_call *call)
{
	struct source_opts how = { .quiet = true };
	struct image image;
	int err;

	err = source_open(call->argv[0], &how, &image);
	if (!err && call->out->json)
		show_json(call->out, &image);
	else if (!err)
		show_text(call->out, &image.policy);
	image_close(&image);
	return err ? CMD_FAILED : CMD_OK;
}

const struct cmd policy_show_commands[] = {
	{
		.path = "policy show", .args = "FILE",
		.brief = "print a policy, text or image, as statements",
		.details =
"What is printed can be compiled again. Groups and comments are gone, lists are\n"
"taken apart: there is one statement for each class, sender, node and receiver.",
		.min_args = 1, .max_args = 1,
		.run = show,
	},
	{}
};
