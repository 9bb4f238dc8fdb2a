// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of others: who may ask what, and the answers.
 *
 * A connection has a thread. It lives until the other side closes it, is silent
 * for too long or says what it may not say.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node.h"
#include "tls.h"

/* More than this at once are turned away. */
#define CONNECTIONS_MAX	256

/* Who may ask. */
#define NODES		0x1
#define OPERATORS	0x2

static atomic_int connections;

/**
 * struct request - a question, and its answer in the making
 * @n: this node
 * @from: who asks
 * @f: the question
 * @head: head of the answer
 * @body: body of the answer, to be freed
 */
struct request {
	struct node		*n;
	const char		*from;
	struct frame		f;
	struct frame_head	head;
	char			*body;
};

static void say_no(struct request *r, const char *why)
{
	free(r->body);
	r->head.type = FRAME_NO;
	r->body = strdup(why);
	r->head.body_len = r->body ? strlen(r->body) : 0;
}

static void answer_text(struct request *r, enum frame_type type, char *text)
{
	size_t len = text ? strlen(text) : 0;

	r->head.type = type;
	r->body = text;
	r->head.body_len = type == FRAME_NO && len > FRAME_TEXT_MAX ?
			   FRAME_TEXT_MAX : len;
}

static void do_status(struct request *r)
{
	node_status(r->n, &r->head, &r->body);
}

static void do_push(struct request *r)
{
	enum frame_type type;
	char *text = NULL;

	type = push_policy(r->n, &r->f, r->from, &text);
	answer_text(r, type, text);
}

static void do_prepare(struct request *r)
{
	char why[NODE_WHY] = "";

	if (node_prepare(r->n, &r->f, r->from, why))
		say_no(r, why);
}

static void do_commit(struct request *r)
{
	char why[NODE_WHY] = "";

	if (node_commit(r->n, &r->f.head, r->from, why))
		say_no(r, why);
}

static void do_abort(struct request *r)
{
	node_abort(r->n, &r->f.head, r->from);
}

static void do_outcome(struct request *r)
{
	r->head.type = node_outcome(r->n, &r->f.head);
}

static void do_fetch(struct request *r)
{
	if (node_image(r->n, &r->head, &r->body))
		say_no(r, "there is no policy here");
}

static void do_rotate(struct request *r)
{
	enum frame_type type;
	char *text = NULL;

	type = push_keys(r->n, r->from, &text);
	answer_text(r, type, text);
}

static void do_keys(struct request *r)
{
	char why[NODE_WHY] = "";

	if (keys_load(r->n, &r->f, why))
		say_no(r, why);
}

static void do_keys_use(struct request *r)
{
	char why[NODE_WHY] = "";

	if (keys_use(r->n, r->f.head.epoch, why))
		say_no(r, why);
}

static void do_keys_fetch(struct request *r)
{
	if (keys_body(r->n, &r->head, &r->body))
		say_no(r, "out of memory");
}

static const struct {
	unsigned int who;
	void (*run)(struct request *r);
} questions[__FRAME_MAX] = {
	[FRAME_STATUS]	   = { NODES | OPERATORS, do_status },
	[FRAME_PUSH]	   = { OPERATORS, do_push },
	[FRAME_PREPARE]	   = { NODES, do_prepare },
	[FRAME_COMMIT]	   = { NODES, do_commit },
	[FRAME_ABORT]	   = { NODES, do_abort },
	[FRAME_OUTCOME]	   = { NODES, do_outcome },
	[FRAME_FETCH]	   = { NODES | OPERATORS, do_fetch },
	[FRAME_ROTATE]	   = { OPERATORS, do_rotate },
	[FRAME_KEYS]	   = { NODES, do_keys },
	[FRAME_KEYS_USE]   = { NODES, do_keys_use },
	[FRAME_KEYS_FETCH] = { NODES, do_keys_fetch },
};

static unsigned int role(const struct node *n, const char *name)
{
	return (conf_node_find(&n->conf, name) ? NODES : 0) |
	       (conf_is_operator(&n->conf, name) ? OPERATORS : 0);
}

static int answer(struct tls *c, struct request *r)
{
	unsigned int type = r->f.head.type;
	int err;

	memset(&r->head, 0, sizeof(r->head));
	r->head.type = FRAME_YES;
	r->body = NULL;
	if (!questions[type].run) {
		say_no(r, "this is not a question");
	} else if (!(questions[type].who & role(r->n, r->from))) {
		log_warn("%s may not ask for that (%u)", r->from, type);
		say_no(r, "this is not yours to ask for");
	} else {
		questions[type].run(r);
	}
	err = tls_send(c, &r->head, r->body);
	if (r->body && type == FRAME_KEYS_FETCH)
		explicit_bzero(r->body, r->head.body_len);
	free(r->body);
	return err;
}

/* Answer the first question of someone who may ask nothing. */
static void refuse(struct node *n, struct tls *c)
{
	struct request r = { .n = n, .from = c->peer };

	if (!tls_receive(c, &r.f))
		answer(c, &r);
	free(r.f.body);
}

static void talk(struct node *n, struct tls *c)
{
	struct request r = { .n = n, .from = c->peer };

	if (!role(n, c->peer)) {
		log_warn("%s is neither a node nor an operator", c->peer);
		refuse(n, c);
		return;
	}
	/* A coordinator is silent while it waits for all the others. */
	tls_patience(c, 3 * n->conf.timeout_ms);
	while (!tls_receive(c, &r.f)) {
		int err = answer(c, &r);

		explicit_bzero(r.f.body, r.f.head.body_len);
		free(r.f.body);
		if (err)
			break;
	}
}

/** struct guest - a connection before it is one */
struct guest {
	struct node	*n;
	int		fd;
};

static void *guest_thread(void *data)
{
	struct guest *g = data;
	struct tls c;

	if (tls_accept(&c, g->n->server, g->fd, g->n->conf.timeout_ms))
		log_warn("a connection was refused: %s", c.error);
	else
		talk(g->n, &c);
	tls_close(&c);
	free(g);
	atomic_fetch_sub(&connections, 1);
	return NULL;
}

static void welcome(struct node *n, int fd)
{
	struct guest *g = malloc(sizeof(*g));
	pthread_attr_t attr;
	pthread_t thread;

	if (atomic_fetch_add(&connections, 1) >= CONNECTIONS_MAX || !g) {
		close(fd);
		free(g);
		atomic_fetch_sub(&connections, 1);
		return;
	}
	g->n = n;
	g->fd = fd;
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attr, guest_thread, g)) {
		close(fd);
		free(g);
		atomic_fetch_sub(&connections, 1);
	}
	pthread_attr_destroy(&attr);
}

/**
 * serve_listen() - open the port
 * @n: the node
 *
 * Return: a socket, or a negative error after saying why.
 */
int serve_listen(struct node *n)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE,
	}, *all, *ai;
	const char *host = n->conf.listen[0] ? n->conf.listen : NULL;
	int fd = -1, one = 1, err;

	err = getaddrinfo(host, n->conf.port, &hints, &all);
	if (err) {
		log_warn("%s: %s", host ? host : "any", gai_strerror(err));
		return -EINVAL;
	}
	for (ai = all; ai && fd < 0; ai = ai->ai_next) {
		fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0)
			continue;
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (!bind(fd, ai->ai_addr, ai->ai_addrlen) &&
		    !listen(fd, 128))
			break;
		err = errno;
		close(fd);
		fd = -1;
	}
	freeaddrinfo(all);
	if (fd < 0)
		log_warn("cannot listen on %s port %s: %s",
			 host ? host : "any", n->conf.port, strerror(err));
	return fd < 0 ? -err : fd;
}

/**
 * serve_loop() - take connections until the program is to end
 * @n: the node
 * @fd: from serve_listen()
 *
 * Return: a negative error; otherwise it does not.
 */
int serve_loop(struct node *n, int fd)
{
	int guest;

	for (;;) {
		guest = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
		if (guest >= 0)
			welcome(n, guest);
		else if (errno == EMFILE || errno == ENFILE ||
			 errno == ENOMEM || errno == ENOBUFS)
			usleep(100000);
		else if (errno != EINTR && errno != ECONNABORTED)
			return -errno;
	}
}
