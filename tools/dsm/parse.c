// SPDX-License-Identifier: GPL-2.0-only
/*
 * The language of policies: from words to a model. dsm-policy(5) has the grammar.
 *
 * Statements end with ";" and there is one function for each, here or in the file
 * of its noun. One that finds an error complains and returns false; reading goes on
 * after the next ";", so that one run shows the errors of the whole file. What a
 * statement refers to must stand before it.
 */
#include <errno.h>
#include <string.h>

#include "cmd.h"
#include "compile.h"
#include "parse.h"
#include "dsm/policy.h"

static bool st_policy(struct parser *p)
{
	return parse_new_name(p, p->m->name) && parse_expect(p, ";");
}

static bool st_serial(struct parser *p)
{
	return parse_identity(p, "the serial", &p->m->serial) &&
	       parse_expect(p, ";");
}

static bool st_permissive(struct parser *p)
{
	p->m->flags |= DSM_POLICY_PERMISSIVE;
	return parse_expect(p, ";");
}

/* wire serial|code send|require; */
static bool st_wire(struct parser *p)
{
	uint32_t send, need;

	if (parse_got(p, "serial")) {
		send = DSM_POLICY_SEND_SERIAL;
		need = DSM_POLICY_NEED_SERIAL;
	} else if (parse_got(p, "code")) {
		send = DSM_POLICY_SEND_CODE;
		need = DSM_POLICY_NEED_CODE;
	} else {
		text_error(p->t, "expected \"serial\" or \"code\"");
		return false;
	}
	if (parse_got(p, "send")) {
		p->m->flags |= send;
	} else if (parse_got(p, "require")) {
		p->m->flags |= send | need;
	} else {
		text_error(p->t, "expected \"send\" or \"require\"");
		return false;
	}
	return parse_expect(p, ";");
}

/* initial SID; */
static bool st_initial(struct parser *p)
{
	return parse_one_sid(p, &p->m->initial_sid) && parse_expect(p, ";");
}

static const struct {
	const char *word;
	bool (*read)(struct parser *p);
} statements[] = {
	{ "allow", parse_allow },
	{ "deny", parse_deny },
	{ "sid", parse_sid },
	{ "nid", parse_nid },
	{ "group", parse_group },
	{ "peer", parse_peer },
	{ "transition", parse_transition },
	{ "default", parse_default },
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
		if (statements[i].read == parse_peer)
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

	while (t->kind != TEXT_END) {
		began = t->at;
		if (!statement(&p))
			recover(&p, began);
	}
	parse_loopback(&p);
	parse_groups_done(&p);
	return t->errors ? -EINVAL : 0;
}
