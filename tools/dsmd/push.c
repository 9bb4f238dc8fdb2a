// SPDX-License-Identifier: GPL-2.0-only
/*
 * A node as the coordinator of a push: it asks all nodes, decides, and tells
 * them. The rules are at the top of node.c.
 *
 * Each other node has a thread in each phase, and one connection for both. A
 * node has the timeout of the configuration to be connected to, and as long again
 * for each answer, and for the image a second for each MiB.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/rand.h>

#include "node.h"
#include "tls.h"

/** enum vote - what a node has said */
enum vote {
	VOTE_AWAY,		/* nothing */
	VOTE_YES,
	VOTE_NO,
};

/**
 * struct worker - one other node in a push
 * @n: this node
 * @to: the other one
 * @c: the connection
 * @head: of the message to send
 * @body: of that message
 * @vote: enum vote
 * @done: it has acknowledged the second phase
 * @why: what is wrong
 * @thread: asks it
 */
struct worker {
	struct node		*n;
	const struct conf_node	*to;
	struct tls		c;
	struct frame_head	head;
	const void		*body;
	enum vote		vote;
	bool			done;
	char			why[NODE_WHY];
	pthread_t		thread;
};

/**
 * struct push - a push
 * @n: this node
 * @worker: the other nodes
 * @workers: number of them
 * @asked: the others were asked
 * @self: what this node has said itself
 * @why: why it said no
 */
struct push {
	struct node	*n;
	struct worker	*worker;
	unsigned int	workers;
	bool		asked;
	enum vote	self;
	char		why[NODE_WHY];
};

static int push_open(struct push *p, struct node *n)
{
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->n = n;
	p->worker = calloc(n->conf.nodes, sizeof(*p->worker));
	if (!p->worker)
		return -ENOMEM;
	for (i = 0; i < n->conf.nodes; i++) {
		struct worker *w = &p->worker[p->workers];

		if (&n->conf.node[i] == n->conf.self)
			continue;
		w->n = n;
		w->to = &n->conf.node[i];
		w->c.fd = -1;
		p->workers++;
	}
	return 0;
}

static void push_close(struct push *p)
{
	unsigned int i;

	for (i = 0; i < p->workers; i++)
		tls_close(&p->worker[i].c);
	free(p->worker);
}

/* ---- asking all nodes at once ------------------------------------------------------ */

/* What a node says must not look like the line of another one. */
static void take_reason(struct worker *w, const char *text)
{
	char *c;

	snprintf(w->why, sizeof(w->why), "%.*s", NODE_WHY - 1, text);
	for (c = w->why; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
}

static bool ask(struct worker *w)
{
	struct frame answer;
	bool yes;

	tls_patience(&w->c, w->n->conf.timeout_ms);
	if (tls_ask(&w->c, &w->head, w->body, &answer)) {
		snprintf(w->why, sizeof(w->why), "%s", w->c.error);
		return false;
	}
	yes = answer.head.type == FRAME_YES;
	if (!yes)
		take_reason(w, answer.body);
	w->vote = yes ? VOTE_YES : VOTE_NO;
	free(answer.body);
	return yes;
}

static void *first_phase(void *worker)
{
	struct worker *w = worker;

	if (tls_connect(&w->c, w->n->client, w->to, w->n->conf.timeout_ms))
		snprintf(w->why, sizeof(w->why), "%s", w->c.error);
	else
		ask(w);
	return NULL;
}

static void *second_phase(void *worker)
{
	struct worker *w = worker;

	w->done = ask(w);
	return NULL;
}

/* All workers whose @vote is @who; VOTE_AWAY before anybody was asked. */
static void run_workers(struct push *p, void *(*run)(void *worker),
			enum vote who, const struct frame_head *head,
			const void *body)
{
	bool *started = calloc(p->workers + 1, sizeof(*started));
	unsigned int i;

	for (i = 0; i < p->workers; i++) {
		struct worker *w = &p->worker[i];

		if (w->vote != who)
			continue;
		w->head = *head;
		w->body = body;
		if (started)
			started[i] = !pthread_create(&w->thread, NULL, run, w);
		if (!started || !started[i])
			run(w);
	}
	for (i = 0; i < p->workers && started; i++)
		if (started[i])
			pthread_join(p->worker[i].thread, NULL);
	free(started);
}

static unsigned int count(const struct push *p, enum vote vote)
{
	unsigned int i, n = p->self == vote;

	for (i = 0; i < p->workers; i++)
		n += p->worker[i].vote == vote;
	return n;
}

/* ---- telling the operator ------------------------------------------------------------ */

static void report(FILE *f, const char *name, const char *state,
		   const char *why)
{
	fprintf(f, "%s\t%s\t%s\n", name, state, why);
}

static const char *state_of(const struct worker *w, bool decided)
{
	if (decided && w->done)
		return "committed";
	if (decided && w->vote == VOTE_YES)
		return "told";		/* and has not answered */
	switch (w->vote) {
	case VOTE_YES:
		return "released";
	case VOTE_NO:
		return "refused";
	default:
		return "away";
	}
}

static char *report_all(const struct push *p, bool decided)
{
	char *text = NULL;
	size_t len = 0;
	unsigned int i;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return NULL;
	report(f, p->n->conf.name, decided ? "committed" :
	       p->self == VOTE_NO ? "refused" : "released", p->why);
	for (i = 0; i < p->workers; i++)
		report(f, p->worker[i].to->name, p->asked ?
		       state_of(&p->worker[i], decided) : "not asked",
		       p->worker[i].why);
	fclose(f);
	return text;
}

static char *one_line(const char *text)
{
	return strdup(text);
}

/* ---- a policy -------------------------------------------------------------------------- */

static int begin(struct node *n, struct frame_head *head)
{
	if (RAND_bytes(head->tx, sizeof(head->tx)) != 1)
		return -EIO;
	pthread_mutex_lock(&n->lock);
	if (n->pushing) {
		pthread_mutex_unlock(&n->lock);
		return -EBUSY;
	}
	n->pushing = true;
	memcpy(n->tx, head->tx, sizeof(n->tx));
	pthread_mutex_unlock(&n->lock);
	return 0;
}

static void end(struct node *n)
{
	pthread_mutex_lock(&n->lock);
	n->pushing = false;
	pthread_mutex_unlock(&n->lock);
}

/* Has everybody said what is needed? */
static bool agreed(const struct push *p, uint32_t flags)
{
	if (p->self != VOTE_YES || count(p, VOTE_NO))
		return false;
	if (flags & FRAME_FLAG_ALL && count(p, VOTE_AWAY))
		return false;
	return count(p, VOTE_YES) >= conf_quorum(&p->n->conf);
}

static bool collect(struct push *p, const struct frame *f)
{
	p->self = node_prepare(p->n, f, p->n->conf.name, p->why) ? VOTE_NO :
								   VOTE_YES;
	if (p->self == VOTE_NO)
		return false;
	p->asked = true;
	run_workers(p, first_phase, VOTE_AWAY, &f->head, f->body);
	return agreed(p, f->head.flags);
}

/* The decision falls in node_commit(). */
static bool decide(struct push *p, struct frame_head *head, bool agree)
{
	bool decided = agree &&
		       !node_commit(p->n, head, p->n->conf.name, p->why);

	if (!decided)
		node_abort(p->n, head, p->n->conf.name);
	end(p->n);
	head->type = decided ? FRAME_COMMIT : FRAME_ABORT;
	head->flags = 0;
	head->body_len = 0;
	run_workers(p, second_phase, VOTE_YES, head, NULL);
	return decided;
}

/* Serial and digest are those of the image, whatever the operator announced. */
static const char *read_head(struct frame *f)
{
	struct image image = { .data = f->body, .len = f->head.body_len };
	const char *error = image_check(&image);

	if (error)
		return error;
	f->head.type = FRAME_PREPARE;
	f->head.serial = image.policy.serial;
	memcpy(f->head.digest, image.policy.digest, sizeof(f->head.digest));
	return NULL;
}

/**
 * push_policy() - bring a policy into force everywhere, or nowhere
 * @n: this node, which coordinates
 * @f: PUSH, with the image
 * @operator: who wants it
 * @text: set to a table of nodes, or to a reason; to be freed
 *
 * Return: FRAME_YES if it was decided on, FRAME_NO if it was not.
 */
enum frame_type push_policy(struct node *n, const struct frame *f,
			    const char *operator, char **text)
{
	struct frame prepare = *f;
	const char *error;
	struct push p;
	bool decided;
	int err;

	error = read_head(&prepare);
	if (error) {
		*text = one_line(error);
		return FRAME_NO;
	}
	err = begin(n, &prepare.head);
	if (err) {
		*text = one_line(err == -EBUSY ?
				 "another push is going on here" :
				 "no random numbers");
		return FRAME_NO;
	}
	if (push_open(&p, n)) {
		end(n);
		*text = one_line("out of memory");
		return FRAME_NO;
	}
	log_note("%s pushes serial %u", operator, prepare.head.serial);
	decided = collect(&p, &prepare);
	decided = decide(&p, &prepare.head, decided);
	log_note("serial %u was %s", prepare.head.serial,
		 decided ? "decided on" : "given up");
	*text = report_all(&p, decided);
	push_close(&p);
	return decided ? FRAME_YES : FRAME_NO;
}

/* ---- keys of labels ---------------------------------------------------------------------- */

static bool spread_keys(struct push *p, struct frame *f, uint32_t flags)
{
	p->self = keys_load(p->n, f, p->why) ? VOTE_NO : VOTE_YES;
	if (p->self == VOTE_NO)
		return false;
	p->asked = true;
	run_workers(p, first_phase, VOTE_AWAY, &f->head, f->body);
	if (!agreed(p, flags))
		return false;
	if (keys_use(p->n, f->head.epoch, p->why))
		return false;
	f->head.type = FRAME_KEYS_USE;
	f->head.body_len = 0;
	run_workers(p, second_phase, VOTE_YES, &f->head, NULL);
	return true;
}

/**
 * push_keys() - begin a new epoch
 * @n: this node, which coordinates
 * @flags: FRAME_FLAG_ALL
 * @operator: who wants it
 * @text: set to a table of nodes, or to a reason; to be freed
 *
 * Return: FRAME_YES if the new keys are used, FRAME_NO if not.
 */
enum frame_type push_keys(struct node *n, uint32_t flags, const char *operator,
			  char **text)
{
	struct frame f = { .head.type = FRAME_KEYS };
	char why[NODE_WHY] = "out of memory";
	struct push p;
	size_t len;
	bool used;

	if (keys_new(n, &f.head, &f.body, why) || push_open(&p, n)) {
		free(f.body);
		*text = one_line(why);
		return FRAME_NO;
	}
	len = f.head.body_len;
	log_note("%s begins epoch %u", operator, f.head.epoch);
	used = spread_keys(&p, &f, flags);
	*text = report_all(&p, used);
	push_close(&p);
	explicit_bzero(f.body, len);
	free(f.body);
	return used ? FRAME_YES : FRAME_NO;
}
