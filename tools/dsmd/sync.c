// SPDX-License-Identifier: GPL-2.0-only
/*
 * Not staying behind: at the start, and at every interval after it, a node asks
 * what became of a promise that it has waited for too long, and asks a few
 * others whether they have something newer in force.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <openssl/rand.h>

#include "node.h"
#include "tls.h"

/* How many others are asked at each interval; in turn, from a random one on. */
#define ASKED	3

/* One question, one answer, on a connection of its own. */
static int ask_node(struct node *n, const struct conf_node *to,
		    const struct frame_head *head, struct frame *answer)
{
	struct tls c;
	int err;

	answer->body = NULL;
	err = tls_connect(&c, n->client, to, n->conf.timeout_ms);
	tls_patience(&c, n->conf.timeout_ms);
	if (!err)
		err = tls_ask(&c, head, NULL, answer);
	tls_close(&c);
	return err;
}

/* ---- in doubt -------------------------------------------------------------------- */

static bool in_doubt(struct node *n, bool start, struct frame_head *head,
		     char coordinator[FRAME_NAME_MAX])
{
	bool doubt;

	pthread_mutex_lock(&n->lock);
	doubt = n->store.promised.there && !n->pushing &&
		(start || tls_now_ms() - n->promised_ms > n->conf.timeout_ms);
	if (doubt) {
		memset(head, 0, sizeof(*head));
		head->type = FRAME_OUTCOME;
		head->serial = n->store.promised.serial;
		memcpy(head->tx, n->store.tx, sizeof(head->tx));
		memcpy(head->digest, n->store.promised.digest,
		       sizeof(head->digest));
		strcpy(coordinator, n->store.coordinator);
	}
	pthread_mutex_unlock(&n->lock);
	return doubt;
}

/* Returns true when the doubt is over. */
static bool ask_outcome(struct node *n, const struct conf_node *to,
			const struct frame_head *head, const char *coordinator)
{
	struct frame answer;
	char why[NODE_WHY];
	bool over = false;

	if (ask_node(n, to, head, &answer))
		return false;
	if (answer.head.type == FRAME_YES) {
		node_commit(n, head, coordinator, why);
		over = true;
	} else if (answer.head.type == FRAME_NO &&
		   !strcmp(to->name, coordinator)) {
		node_abort(n, head, coordinator);
		over = true;
	}
	free(answer.body);
	return over;
}

static void resolve(struct node *n, bool start)
{
	char coordinator[FRAME_NAME_MAX];
	struct frame_head head;
	unsigned int i;

	if (!in_doubt(n, start, &head, coordinator))
		return;
	for (i = 0; i < n->conf.nodes; i++)
		if (&n->conf.node[i] != n->conf.self &&
		    ask_outcome(n, &n->conf.node[i], &head, coordinator))
			return;
}

/* ---- behind ------------------------------------------------------------------------ */

static void fetch(struct node *n, const struct conf_node *from)
{
	struct frame_head head = { .type = FRAME_FETCH };
	struct frame answer;

	if (ask_node(n, from, &head, &answer))
		return;
	if (answer.head.type == FRAME_YES)
		node_catch_up(n, &answer, from->name);
	free(answer.body);
}

static void fetch_keys(struct node *n, const struct conf_node *from)
{
	struct frame_head head = { .type = FRAME_KEYS_FETCH };
	struct frame answer;
	char why[NODE_WHY];

	if (ask_node(n, from, &head, &answer))
		return;
	if (answer.head.type == FRAME_YES &&
	    (keys_load(n, &answer, why) ||
	     keys_use(n, answer.head.epoch, why)))
		log_warn("the keys of %s are not taken: %s", from->name, why);
	if (answer.body)
		explicit_bzero(answer.body, answer.head.body_len);
	free(answer.body);
}

static void compare(struct node *n, const struct conf_node *with)
{
	struct frame_head head = { .type = FRAME_STATUS };
	struct frame answer;
	bool policy, keys;

	if (ask_node(n, with, &head, &answer))
		return;
	pthread_mutex_lock(&n->lock);
	policy = answer.head.type == FRAME_YES &&
		 answer.head.serial > n->store.in_force.serial;
	keys = answer.head.type == FRAME_YES &&
	       answer.head.epoch > n->keys.epoch;
	pthread_mutex_unlock(&n->lock);
	free(answer.body);
	if (policy)
		fetch(n, with);
	if (keys)
		fetch_keys(n, with);
}

/**
 * sync_once() - see whether others know more
 * @n: the node
 * @all: at the start: ask every node; otherwise a few
 */
void sync_once(struct node *n, bool all)
{
	unsigned int i, asked = 0, first = 0;

	resolve(n, all);
	RAND_bytes((unsigned char *)&first, sizeof(first));
	for (i = 0; i < n->conf.nodes && (all || asked < ASKED); i++) {
		const struct conf_node *with;

		with = &n->conf.node[(first % n->conf.nodes + i) %
				     n->conf.nodes];
		if (with == n->conf.self)
			continue;
		compare(n, with);
		asked++;
	}
	pthread_mutex_lock(&n->lock);
	enforce_again(n);
	pthread_mutex_unlock(&n->lock);
}

/**
 * sync_thread() - sync_once(), again and again
 * @node: the node
 *
 * Return: does not.
 */
void *sync_thread(void *node)
{
	struct node *n = node;
	struct timespec pause = {
		.tv_sec = n->conf.interval_ms / 1000,
		.tv_nsec = n->conf.interval_ms % 1000 * 1000000,
	};

	sync_once(n, true);
	for (;;) {
		nanosleep(&pause, NULL);
		sync_once(n, false);
	}
	return NULL;
}
