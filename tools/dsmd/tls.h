/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Connections between nodes: TLS 1.3, both sides with certificates.
 */
#ifndef DSMD_TLS_H
#define DSMD_TLS_H

#include <openssl/ssl.h>

#include "conf.h"
#include "frame.h"

/**
 * struct tls - one connection
 * @ssl: the connection
 * @fd: its socket, which never blocks
 * @deadline_ms: when patience ends, CLOCK_MONOTONIC
 * @peer: common name of the other side's certificate
 * @error: why it does not go on, a sentence
 */
struct tls {
	SSL		*ssl;
	int		fd;
	uint64_t	deadline_ms;
	char		peer[FRAME_NAME_MAX];
	char		error[256];
};

SSL_CTX *tls_context(const struct conf *conf, bool server, const char **error);
int tls_connect(struct tls *c, SSL_CTX *ctx, const struct conf_node *to,
		uint32_t timeout_ms);
int tls_accept(struct tls *c, SSL_CTX *ctx, int fd, uint32_t timeout_ms);
void tls_close(struct tls *c);
int tls_send(struct tls *c, const struct frame_head *head, const void *body);
int tls_receive(struct tls *c, struct frame *f, uint32_t body_max);
int tls_receive_head(struct tls *c, struct frame_head *head);
int tls_receive_body(struct tls *c, struct frame *f);
int tls_discard_body(struct tls *c, const struct frame_head *head);
int tls_ask(struct tls *c, const struct frame_head *head, const void *body,
	    struct frame *answer);
void tls_patience(struct tls *c, uint32_t timeout_ms);
uint64_t tls_now_ms(void);

#endif /* DSMD_TLS_H */
