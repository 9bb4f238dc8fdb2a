// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections between nodes. Everything OpenSSL has to be told about who may
 * speak with whom is in this file: TLS 1.3 and nothing older, a certificate from
 * both sides, made by our authority and by no other; who connects also checks
 * that it reached the node it wanted. What the name allows is for others to say.
 *
 * Every wait has an end: sockets do not block, and whatever is done ends at the
 * connection's deadline, however the other side drips. A body moves the deadline
 * by a second for each MiB it has. Once a connection has failed, it is of no more
 * use, and @error says why.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <openssl/err.h>

#include "tls.h"

/* How long who was refused may take to hear it. */
#define ALERT_MS	1000

static bool is_open_to_all(const char *file)
{
	struct stat st;

	return !stat(file, &st) && (st.st_mode & 07);
}

/* Looked up for the whole chain; one that has expired revokes everybody. */
static bool use_revoked(SSL_CTX *ctx, const char *file)
{
	X509_STORE *store = SSL_CTX_get_cert_store(ctx);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	return lookup && X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) > 0 &&
	       X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK |
				    X509_V_FLAG_CRL_CHECK_ALL);
}

/**
 * tls_context() - what connections have in common
 * @conf: names the files
 * @server: for accepting; otherwise for connecting
 * @error: set to a sentence about what is wrong
 *
 * Return: the context, or NULL.
 */
SSL_CTX *tls_context(const struct conf *conf, bool server, const char **error)
{
	SSL_CTX *ctx = SSL_CTX_new(server ? TLS_server_method() :
					    TLS_client_method());

	*error = NULL;
	if (is_open_to_all(conf->key))
		*error = "the private key (key) may be read by everybody";
	else if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION))
		*error = "OpenSSL has no TLS 1.3";
	else if (!SSL_CTX_load_verify_locations(ctx, conf->ca, NULL))
		*error = "the authority's certificate (ca) cannot be read";
	else if (conf->crl[0] && !use_revoked(ctx, conf->crl))
		*error = "the list of revoked certificates (crl) cannot be read";
	else if (SSL_CTX_use_certificate_chain_file(ctx, conf->cert) != 1)
		*error = "the certificate (cert) cannot be read";
	else if (SSL_CTX_use_PrivateKey_file(ctx, conf->key,
					     SSL_FILETYPE_PEM) != 1)
		*error = "the private key (key) cannot be read, or is not that of the certificate";
	else if (!SSL_CTX_check_private_key(ctx))
		*error = "the private key is not that of the certificate";
	ERR_clear_error();
	if (*error) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER |
			   SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	/* A resumed session would not look at the certificate again. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(ctx, 0);
	SSL_CTX_set_mode(ctx, SSL_MODE_AUTO_RETRY);
	return ctx;
}

static int fail(struct tls *c, int err, const char *why)
{
	snprintf(c->error, sizeof(c->error), "%s", why);
	ERR_clear_error();
	return err;
}

/* Why OpenSSL gave up, in the best words there are. */
static int fail_ssl(struct tls *c, int kind)
{
	long verify = SSL_get_verify_result(c->ssl);
	unsigned long err = ERR_peek_error();
	int saved = errno;

	if (verify != X509_V_OK)
		return fail(c, -EACCES, X509_verify_cert_error_string(verify));
	if (kind == SSL_ERROR_ZERO_RETURN)
		return fail(c, -EPIPE, "the other side has closed");
	if (err && ERR_reason_error_string(err))
		return fail(c, -EPROTO, ERR_reason_error_string(err));
	return fail(c, -EPIPE, saved ? strerror(saved) :
		    "the other side has closed");
}

/* ---- time ------------------------------------------------------------------------ */

/**
 * tls_now_ms() - the time, for measuring how long something takes
 *
 * Return: milliseconds, from some moment on.
 */
uint64_t tls_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

/**
 * tls_patience() - set when all that follows has to be done
 * @c: the connection
 * @timeout_ms: milliseconds from now
 */
void tls_patience(struct tls *c, uint32_t timeout_ms)
{
	c->deadline_ms = tls_now_ms() + timeout_ms;
}

/* Returns true if the socket is ready, false when patience has ended. */
static bool wait_for(const struct tls *c, short events)
{
	struct pollfd p = { .fd = c->fd, .events = events };
	uint64_t now;
	int ret;

	do {
		now = tls_now_ms();
		if (now >= c->deadline_ms)
			return false;
		ret = poll(&p, 1, c->deadline_ms - now > 60000 ? 60000 :
			   (int)(c->deadline_ms - now));
	} while (!ret || (ret < 0 && errno == EINTR));
	return ret > 0;
}

/* After a call of OpenSSL that gave @ret: 0 if it is to be tried again. */
static int try_again(struct tls *c, int ret)
{
	int kind = SSL_get_error(c->ssl, ret);

	if (kind != SSL_ERROR_WANT_READ && kind != SSL_ERROR_WANT_WRITE)
		return fail_ssl(c, kind);
	if (!wait_for(c, kind == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
		return fail(c, -ETIMEDOUT, "no answer in time");
	return 0;
}

/* ---- the beginning ------------------------------------------------------------------ */

static int take_name(struct tls *c)
{
	X509 *cert = SSL_get1_peer_certificate(c->ssl);
	X509_NAME *subject = cert ? X509_get_subject_name(cert) : NULL;
	int len = -1;

	if (subject)
		len = X509_NAME_get_text_by_NID(subject, NID_commonName,
						c->peer, sizeof(c->peer));
	X509_free(cert);
	/* A name with a NUL in it would be read as its beginning. */
	if (len <= 0 || strlen(c->peer) != (size_t)len)
		return fail(c, -EACCES, "its certificate has no usable name");
	return 0;
}

static int handshake(struct tls *c, SSL_CTX *ctx, bool server)
{
	int one = 1, ret, err;

	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(ctx);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
		return fail(c, -ENOMEM, "out of memory");
	for (;;) {
		errno = 0;
		ERR_clear_error();
		ret = server ? SSL_accept(c->ssl) : SSL_connect(c->ssl);
		if (ret == 1)
			return take_name(c);
		err = try_again(c, ret);
		if (err)
			return err;
	}
}

static int connect_in_time(const struct tls *c, const struct addrinfo *ai)
{
	socklen_t len = sizeof(int);
	int err = 0;

	if (!connect(c->fd, ai->ai_addr, ai->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (!wait_for(c, POLLOUT))
		return -ETIMEDOUT;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

static int open_socket(struct tls *c, const struct conf_node *to)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *all, *ai;
	int err = getaddrinfo(to->host, to->port, &hints, &all);

	if (err)
		return fail(c, -EHOSTUNREACH, gai_strerror(err));
	err = -EHOSTUNREACH;
	for (ai = all; ai; ai = ai->ai_next) {
		c->fd = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC |
			       SOCK_NONBLOCK, 0);
		if (c->fd < 0)
			continue;
		err = connect_in_time(c, ai);
		if (!err)
			break;
		close(c->fd);
		c->fd = -1;
	}
	freeaddrinfo(all);
	return err ? fail(c, err, strerror(-err)) : 0;
}

/**
 * tls_connect() - speak with a node
 * @c: filled in; tls_close() ends it, on errors too
 * @ctx: for connecting
 * @to: the node; another one that answers there is refused
 * @timeout_ms: how long it may take, without the time to look up a host's name
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_connect(struct tls *c, SSL_CTX *ctx, const struct conf_node *to,
		uint32_t timeout_ms)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	tls_patience(c, timeout_ms);
	err = open_socket(c, to);
	if (!err)
		err = handshake(c, ctx, false);
	if (!err && strcmp(c->peer, to->name)) {
		snprintf(c->error, sizeof(c->error),
			 "it calls itself %.60s and not %.60s", c->peer,
			 to->name);
		err = -EACCES;
	}
	return err;
}

/*
 * Why we refuse has been sent as an alert. What the other side has sent meanwhile
 * is read, or the kernel would reset the connection, and the alert with it.
 */
static void let_alert_through(struct tls *c)
{
	char nowhere[4096];
	ssize_t n;
	int i;

	shutdown(c->fd, SHUT_WR);
	tls_patience(c, ALERT_MS);
	for (i = 0; i < 64 && wait_for(c, POLLIN); i++) {
		n = recv(c->fd, nowhere, sizeof(nowhere), 0);
		if (n <= 0)
			break;
	}
}

/**
 * tls_accept() - answer who connected
 * @c: filled in; tls_close() ends it, on errors too
 * @ctx: for accepting
 * @fd: the socket, which does not block; taken over
 * @timeout_ms: how long it may take
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_accept(struct tls *c, SSL_CTX *ctx, int fd, uint32_t timeout_ms)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->fd = fd;
	tls_patience(c, timeout_ms);
	err = handshake(c, ctx, true);
	if (err)
		let_alert_through(c);
	return err;
}

/**
 * tls_close() - end a connection
 * @c: as tls_connect() or tls_accept() left it
 */
void tls_close(struct tls *c)
{
	if (c->ssl) {
		SSL_shutdown(c->ssl);
		SSL_free(c->ssl);
	}
	if (c->fd >= 0)
		close(c->fd);
	c->ssl = NULL;
	c->fd = -1;
	ERR_clear_error();
}

/* ---- messages ----------------------------------------------------------------------- */

static int send_all(struct tls *c, const void *data, size_t len)
{
	const char *at = data;
	size_t part;
	int ret, err;

	while (len) {
		errno = 0;
		ERR_clear_error();
		ret = SSL_write_ex(c->ssl, at, len > 16384 ? 16384 : len,
				   &part);
		if (ret == 1) {
			at += part;
			len -= part;
			continue;
		}
		err = try_again(c, ret);
		if (err)
			return err;
	}
	return 0;
}

static int receive_all(struct tls *c, void *data, size_t len)
{
	char *at = data;
	size_t part;
	int ret, err;

	while (len) {
		errno = 0;
		ERR_clear_error();
		ret = SSL_read_ex(c->ssl, at, len, &part);
		if (ret == 1) {
			at += part;
			len -= part;
			continue;
		}
		err = try_again(c, ret);
		if (err)
			return err;
	}
	return 0;
}

/* A body takes its time. */
static void more_patience(struct tls *c, uint32_t body_len)
{
	c->deadline_ms += body_len >> 10;
}

/**
 * tls_send() - send a message
 * @c: the connection
 * @head: its head; says how long the body is
 * @body: its body, or NULL
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_send(struct tls *c, const struct frame_head *head, const void *body)
{
	uint8_t wire[FRAME_HEAD_LEN];
	int err;

	frame_encode(wire, head);
	more_patience(c, head->body_len);
	err = send_all(c, wire, sizeof(wire));
	if (!err && head->body_len)
		err = send_all(c, body, head->body_len);
	return err;
}

/**
 * tls_receive_head() - receive the head of a message
 * @c: the connection
 * @head: filled in
 *
 * Return: 0, or a negative error with @c->error; -EPIPE if the other side closed.
 */
int tls_receive_head(struct tls *c, struct frame_head *head)
{
	uint8_t wire[FRAME_HEAD_LEN];
	const char *error;
	int err;

	err = receive_all(c, wire, sizeof(wire));
	if (err)
		return err;
	error = frame_decode(head, wire);
	return error ? fail(c, -EBADMSG, error) : 0;
}

/**
 * tls_receive_body() - receive the body that a head has announced
 * @c: the connection
 * @f: its head is there; the body is to be freed, NULL on errors
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_receive_body(struct tls *c, struct frame *f)
{
	int err;

	f->body = calloc(1, (size_t)f->head.body_len + 1);
	if (!f->body)
		return fail(c, -ENOMEM, "out of memory");
	more_patience(c, f->head.body_len);
	err = receive_all(c, f->body, f->head.body_len);
	if (err) {
		free(f->body);
		f->body = NULL;
	}
	return err;
}

/**
 * tls_discard_body() - let a body pass that nobody will look at
 * @c: the connection
 * @head: has announced it
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_discard_body(struct tls *c, const struct frame_head *head)
{
	uint32_t left = head->body_len, part;
	char nowhere[4096];
	int err = 0;

	more_patience(c, left);
	for (; left && !err; left -= part) {
		part = left < sizeof(nowhere) ? left : sizeof(nowhere);
		err = receive_all(c, nowhere, part);
	}
	return err;
}

/**
 * tls_receive() - receive a message
 * @c: the connection
 * @f: filled in; its body is to be freed, NULL on errors
 * @body_max: how long the body may be
 *
 * Return: 0, or a negative error with @c->error; -EPIPE if the other side closed.
 */
int tls_receive(struct tls *c, struct frame *f, uint32_t body_max)
{
	int err;

	f->body = NULL;
	err = tls_receive_head(c, &f->head);
	if (err)
		return err;
	if (f->head.body_len > body_max)
		return fail(c, -EMSGSIZE, "what came is too long");
	return tls_receive_body(c, f);
}

/**
 * tls_ask() - send a message and wait for the answer
 * @c: the connection, whose patience is long enough for both
 * @head: head of the question
 * @body: its body, or NULL
 * @answer: filled in; its body is to be freed, NULL on errors
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_ask(struct tls *c, const struct frame_head *head, const void *body,
	    struct frame *answer)
{
	int err = tls_send(c, head, body);

	answer->body = NULL;
	if (!err)
		err = tls_receive(c, answer, frame_answer_max(head->type));
	if (!err && !frame_is_answer(answer->head.type)) {
		free(answer->body);
		answer->body = NULL;
		err = fail(c, -EBADMSG, "what came is no answer");
	}
	return err;
}
