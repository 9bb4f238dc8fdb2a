// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections of others: who may ask what, and the answers.
 *
 * A connection has a thread. It lives until the other side closes it, is silent
 * for too long or says what it may not say. What others can make us keep is
 * bounded: connections in all and from one address, and the bytes of all bodies
 * together. The body of a question that is not the asker's to ask is never kept.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "node.h"
#include "tls.h"

/* More than this at once are turned away: in all, and from one address. */
#define CONNECTIONS_MAX	256
#define ADDRESS_MAX	64
/* Bytes of all questions that are being answered. */
#define BODIES_MAX	(4ull * FRAME_BODY_MAX)

/* Who may ask. */
#define NODES		0x1
#define OPERATORS	0x2

/** struct address - where a connection comes from; zero where none is */
struct address {
	int		family;
	struct in6_addr	addr;
};

/*
 * Who is connected; an entry is taken under @guests_lock, and given back by its
 * connection.
 */
static struct address guests[CONNECTIONS_MAX];
static pthread_mutex_t guests_lock = PTHREAD_MUTEX_INITIALIZER;

static atomic_ullong bodies;

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

	type = push_keys(r->n, r->f.head.flags, r->from, &text);
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

/* Why a question is not answered, or NULL. */
static const char *objection(const struct request *r)
{
	unsigned int type = r->f.head.type;

	if (!questions[type].run)
		return "this is not a question";
	if (questions[type].who & role(r->n, r->from))
		return NULL;
	log_warn("%s may not ask for that (%u)", r->from, type);
	return "this is not yours to ask for";
}

static int answer(struct tls *c, struct request *r)
{
	unsigned int type = r->f.head.type;
	int err;

	questions[type].run(r);
	tls_patience(c, r->n->conf.timeout_ms);
	err = tls_send(c, &r->head, r->body);
	if (r->body && type == FRAME_KEYS_FETCH)
		explicit_bzero(r->body, r->head.body_len);
	return err;
}

static int turn_down(struct tls *c, struct request *r, const char *why)
{
	int err = tls_discard_body(c, &r->f.head);

	say_no(r, why);
	tls_patience(c, r->n->conf.timeout_ms);
	return err ? err : tls_send(c, &r->head, r->body);
}

/* Keeps the body, answers, forgets it. */
static int take_and_answer(struct tls *c, struct request *r)
{
	uint32_t len = r->f.head.body_len;
	int err;

	if (atomic_fetch_add(&bodies, len) + len > BODIES_MAX) {
		err = turn_down(c, r, "too much is being asked for at once");
	} else {
		err = tls_receive_body(c, &r->f);
		if (!err)
			err = answer(c, r);
		if (r->f.body)
			explicit_bzero(r->f.body, len);
		free(r->f.body);
		r->f.body = NULL;
	}
	atomic_fetch_sub(&bodies, len);
	return err;
}

/* One question. */
static int converse(struct tls *c, struct request *r)
{
	const char *why;
	int err;

	err = tls_receive_head(c, &r->f.head);
	if (err)
		return err;
	memset(&r->head, 0, sizeof(r->head));
	r->head.type = FRAME_YES;
	why = objection(r);
	err = why ? turn_down(c, r, why) : take_and_answer(c, r);
	free(r->body);
	r->body = NULL;
	return err;
}

static void talk(struct node *n, struct tls *c)
{
	struct request r = { .n = n, .from = c->peer };
	bool known = role(n, c->peer);

	if (!known)
		log_warn("%s is neither a node nor an operator", c->peer);
	do {
		/* A coordinator is silent while it waits for the others. */
		tls_patience(c, (known ? 3 : 1) * n->conf.timeout_ms);
	} while (!converse(c, &r) && known);
}

/* ---- who is there ----------------------------------------------------------------- */

/** struct guest - a connection before it is one */
struct guest {
	struct node	*n;
	int		fd;
	unsigned int	place;
};

/* Of IPv6 the /64, since that is what one host may have. */
static void read_address(const struct sockaddr_storage *from,
			 struct address *a)
{
	const struct in6_addr *six;

	memset(a, 0, sizeof(*a));
	a->family = from->ss_family;
	six = &((const struct sockaddr_in6 *)from)->sin6_addr;
	if (a->family == AF_INET6)
		memcpy(&a->addr, six, IN6_IS_ADDR_V4MAPPED(six) ? 16 : 8);
	else
		memcpy(&a->addr, &((const struct sockaddr_in *)from)->sin_addr,
		       sizeof(struct in_addr));
}

/* A place among the guests, or -1 if there is none for this address. */
static int take_place(const struct sockaddr_storage *from)
{
	unsigned int same = 0, i;
	struct address a;
	int place = -1;

	read_address(from, &a);
	pthread_mutex_lock(&guests_lock);
	for (i = 0; i < CONNECTIONS_MAX; i++) {
		if (!guests[i].family)
			place = i;
		else
			same += !memcmp(&guests[i], &a, sizeof(a));
	}
	if (same >= ADDRESS_MAX)
		place = -1;
	if (place >= 0)
		guests[place] = a;
	pthread_mutex_unlock(&guests_lock);
	return place;
}

static void leave_place(unsigned int place)
{
	pthread_mutex_lock(&guests_lock);
	memset(&guests[place], 0, sizeof(guests[place]));
	pthread_mutex_unlock(&guests_lock);
}

static void *guest_thread(void *data)
{
	struct guest *g = data;
	struct tls c;

	if (tls_accept(&c, g->n->server, g->fd, g->n->conf.timeout_ms))
		log_warn("a connection was refused: %s", c.error);
	else
		talk(g->n, &c);
	tls_close(&c);
	leave_place(g->place);
	free(g);
	return NULL;
}

static bool start(struct guest *g)
{
	pthread_attr_t attr;
	pthread_t thread;
	bool started;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	started = !pthread_create(&thread, &attr, guest_thread, g);
	pthread_attr_destroy(&attr);
	return started;
}

static void welcome(struct node *n, int fd,
		    const struct sockaddr_storage *from)
{
	struct guest *g = malloc(sizeof(*g));
	int place = take_place(from);

	if (g && place >= 0) {
		*g = (struct guest){ .n = n, .fd = fd, .place = place };
		if (start(g))
			return;
	}
	if (place >= 0)
		leave_place(place);
	free(g);
	close(fd);
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
	struct sockaddr_storage from;
	socklen_t len;
	int guest;

	for (;;) {
		len = sizeof(from);
		guest = accept4(fd, (struct sockaddr *)&from, &len,
				SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (guest >= 0)
			welcome(n, guest, &from);
		else if (errno == EMFILE || errno == ENFILE ||
			 errno == ENOMEM || errno == ENOBUFS)
			usleep(100000);
		else if (errno != EINTR && errno != ECONNABORTED)
			return -errno;
	}
}
