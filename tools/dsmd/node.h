/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A node: what it has promised and what is in force with it.
 *
 * Locking: struct node's @lock guards @store, @pushing, @tx and the kernel's
 * policy. It is held while the disk and the kernel are written to, and never
 * while another node is waited for.
 */
#ifndef DSMD_NODE_H
#define DSMD_NODE_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <openssl/ssl.h>

#include "conf.h"
#include "frame.h"
#include "keyfile.h"
#include "store.h"

/**
 * struct node - this node
 * @conf: the configuration
 * @server: for accepting connections
 * @client: for making them
 * @lock: see above
 * @store: what is remembered
 * @keys: of labels, as on the disk
 * @pushing: a push is being decided here, and nothing is decided yet
 * @tx: of that push
 * @promised_ms: when the promise was made, CLOCK_MONOTONIC; 0: before the start
 * @kernel_ok: the kernel took the policy in force
 * @kernel_said: why not, as last logged
 */
struct node {
	struct conf		conf;
	SSL_CTX			*server;
	SSL_CTX			*client;
	pthread_mutex_t		lock;
	struct store		store;
	struct keyfile		keys;
	bool			pushing;
	uint8_t			tx[FRAME_TX_LEN];
	uint64_t		promised_ms;
	bool			kernel_ok;
	char			kernel_said[256];
};

/* Room for a reason. */
#define NODE_WHY	320

/* node.c: what this node does when it is asked; each takes @lock. */
int node_open(struct node *n);
int node_prepare(struct node *n, const struct frame *f, const char *from,
		 char why[NODE_WHY]);
int node_commit(struct node *n, const struct frame_head *head,
		const char *from, char why[NODE_WHY]);
void node_abort(struct node *n, const struct frame_head *head,
		const char *from);
enum frame_type node_outcome(struct node *n, const struct frame_head *head);
void node_status(struct node *n, struct frame_head *head, char **text);
int node_image(struct node *n, struct frame_head *head, char **body);
int node_catch_up(struct node *n, const struct frame *f, const char *from);

/* keys.c */
int keys_load(struct node *n, const struct frame *f, char why[NODE_WHY]);
int keys_use(struct node *n, uint32_t epoch, char why[NODE_WHY]);
int keys_body(struct node *n, struct frame_head *head, char **body);
int keys_new(struct node *n, struct frame_head *head, char **body,
	     char why[NODE_WHY]);
int keys_restore(struct node *n);
int keys_tell_kernel(struct node *n, char why[NODE_WHY]);

/* push.c */
enum frame_type push_policy(struct node *n, const struct frame *f,
			    const char *operator, char **text);
enum frame_type push_keys(struct node *n, uint32_t flags, const char *operator,
			  char **text);

/* sync.c */
void *sync_thread(void *node);
void sync_once(struct node *n, bool all);

/* serve.c */
int serve_listen(struct node *n);
int serve_loop(struct node *n, int fd);

/* enforce.c: the kernel; with @lock held. */
int enforce_prepare(struct node *n, char why[NODE_WHY]);
void enforce_commit(struct node *n);
void enforce_abort(struct node *n);
void enforce_again(struct node *n);
int enforce_nid(struct node *n, char why[NODE_WHY]);
int enforce_key(struct node *n, const struct frame_key *key,
		char why[NODE_WHY]);
int enforce_key_use(struct node *n, uint32_t epoch, char why[NODE_WHY]);
void enforce_key_forget(struct node *n, const struct frame_key *key);

/* log.c */
void log_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif /* DSMD_NODE_H */
