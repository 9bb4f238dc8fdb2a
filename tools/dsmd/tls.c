// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connections between nodes. Everything OpenSSL has to be told about who may
 * speak with whom is in this file: TLS 1.3 and nothing older, a certificate from
 * both sides, made by our authority and by no other; who connects also checks
 * that it reached the node it wanted. What the name allows is for others to say.
 *
 * Every wait has an end, by timeouts on the socket. Once a connection has
 * failed, it is of no more use, and @error says why.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <openssl/err.h>

#include "tls.h"

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
	if (!ctx || !SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION))
		*error = "OpenSSL has no TLS 1.3";
	else if (!SSL_CTX_load_verify_locations(ctx, conf->ca, NULL))
		*error = "the authority's certificate (ca) cannot be read";
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
static int fail_ssl(struct tls *c, int ret)
{
	int saved = errno, kind = SSL_get_error(c->ssl, ret);
	long verify = SSL_get_verify_result(c->ssl);
	unsigned long err = ERR_peek_error();

	if (verify != X509_V_OK)
		return fail(c, -EACCES, X509_verify_cert_error_string(verify));
	if (kind == SSL_ERROR_ZERO_RETURN)
		return fail(c, -EPIPE, "the other side has closed");
	if (err && ERR_reason_error_string(err))
		return fail(c, -EPROTO, ERR_reason_error_string(err));
	if (saved == EAGAIN || saved == EWOULDBLOCK ||
	    kind == SSL_ERROR_WANT_READ || kind == SSL_ERROR_WANT_WRITE)
		return fail(c, -ETIMEDOUT, "no answer in time");
	return fail(c, -EPIPE, saved ? strerror(saved) :
		    "the other side has closed");
}

/**
 * tls_patience() - change how long a read or write may take
 * @c: the connection
 * @timeout_ms: milliseconds
 */
void tls_patience(struct tls *c, uint32_t timeout_ms)
{
	struct timeval tv = {
		.tv_sec = timeout_ms / 1000,
		.tv_usec = timeout_ms % 1000 * 1000,
	};

	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

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

static int handshake(struct tls *c, SSL_CTX *ctx, bool server,
		     uint32_t timeout_ms)
{
	int one = 1, ret;

	tls_patience(c, timeout_ms);
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->ssl = SSL_new(ctx);
	if (!c->ssl || !SSL_set_fd(c->ssl, c->fd))
		return fail(c, -ENOMEM, "out of memory");
	errno = 0;
	ret = server ? SSL_accept(c->ssl) : SSL_connect(c->ssl);
	if (ret != 1)
		return fail_ssl(c, ret);
	return take_name(c);
}

/* connect() with a limit of its own. */
static int connect_in_time(int fd, const struct addrinfo *ai,
			   uint32_t timeout_ms)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t len = sizeof(int);
	int err = 0;

	if (!connect(fd, ai->ai_addr, ai->ai_addrlen))
		return 0;
	if (errno != EINPROGRESS)
		return -errno;
	if (poll(&p, 1, timeout_ms) != 1)
		return -ETIMEDOUT;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
	return -err;
}

static int open_socket(struct tls *c, const struct conf_node *to,
		       uint32_t timeout_ms)
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
		err = connect_in_time(c->fd, ai, timeout_ms);
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
 * @timeout_ms: for each step
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_connect(struct tls *c, SSL_CTX *ctx, const struct conf_node *to,
		uint32_t timeout_ms)
{
	int err;

	memset(c, 0, sizeof(*c));
	c->fd = -1;
	err = open_socket(c, to, timeout_ms);
	if (err)
		return err;
	/* From here on the timeouts of the socket bound every wait. */
	fcntl(c->fd, F_SETFL, fcntl(c->fd, F_GETFL) & ~O_NONBLOCK);
	err = handshake(c, ctx, false, timeout_ms);
	if (!err && strcmp(c->peer, to->name)) {
		snprintf(c->error, sizeof(c->error),
			 "it calls itself %.60s and not %.60s", c->peer,
			 to->name);
		err = -EACCES;
	}
	return err;
}

/**
 * tls_accept() - answer who connected
 * @c: filled in; tls_close() ends it, on errors too
 * @ctx: for accepting
 * @fd: the socket; taken over
 * @timeout_ms: for each step
 *
 * Return: 0, or a negative error with @c->error.
 */
int tls_accept(struct tls *c, SSL_CTX *ctx, int fd, uint32_t timeout_ms)
{
	memset(c, 0, sizeof(*c));
	c->fd = fd;
	return handshake(c, ctx, true, timeout_ms);
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

static int send_all(struct tls *c, const void *data, size_t len)
{
	const char *at = data;
	size_t part;
	int ret;

	for (; len; at += part, len -= part) {
		errno = 0;
		ret = SSL_write_ex(c->ssl, at, len > 16384 ? 16384 : len,
				   &part);
		if (ret != 1)
			return fail_ssl(c, ret);
	}
	return 0;
}

static int receive_all(struct tls *c, void *data, size_t len)
{
	char *at = data;
	size_t part;
	int ret;

	for (; len; at += part, len -= part) {
		errno = 0;
		ret = SSL_read_ex(c->ssl, at, len, &part);
		if (ret != 1)
			return fail_ssl(c, ret);
	}
	return 0;
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
	err = send_all(c, wire, sizeof(wire));
	if (!err && head->body_len)
		err = send_all(c, body, head->body_len);
	return err;
}

/**
 * tls_receive() - receive a message
 * @c: the connection
 * @f: filled in; its body is to be freed, NULL on errors
 *
 * Return: 0, or a negative error with @c->error; -EPIPE if the other side closed.
 */
int tls_receive(struct tls *c, struct frame *f)
{
	uint8_t wire[FRAME_HEAD_LEN];
	const char *error;
	int err;

	f->body = NULL;
	err = receive_all(c, wire, sizeof(wire));
	if (err)
		return err;
	error = frame_decode(&f->head, wire);
	if (error)
		return fail(c, -EBADMSG, error);
	f->body = calloc(1, (size_t)f->head.body_len + 1);
	if (!f->body)
		return fail(c, -ENOMEM, "out of memory");
	err = receive_all(c, f->body, f->head.body_len);
	if (err) {
		free(f->body);
		f->body = NULL;
	}
	return err;
}

/**
 * tls_ask() - send a message and wait for the answer
 * @c: the connection
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
	return err ? err : tls_receive(c, answer);
}
