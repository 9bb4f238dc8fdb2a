/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What nodes say to each other, and operators to nodes: messages of a fixed head
 * and a body, over TLS. dsmd(8) tells the conversations.
 */
#ifndef DSMD_FRAME_H
#define DSMD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/dsm_policy.h>

#define FRAME_MAGIC	0x44534d44	/* "DSMD" */
#define FRAME_VERSION	1
#define FRAME_TX_LEN	16
#define FRAME_NAME_MAX	64
#define FRAME_BODY_MAX	DSM_IMAGE_MAX
#define FRAME_KEYS_MAX	(4 * 1024 * 24)	/* four epochs of 1,024 nodes */
#define FRAME_TEXT_MAX	(512 << 10)	/* a line for each of 1,024 nodes */
#define FRAME_PORT	"7646"

/**
 * enum frame_type - what a message says
 * @FRAME_YES: answer: done, or agreed
 * @FRAME_NO: answer: refused; the body is a sentence
 * @FRAME_STATUS: what is in force with you?
 * @FRAME_PUSH: operator: bring this image into force everywhere; the body is the
 *	image, the answer's body is a table of nodes
 * @FRAME_PREPARE: coordinator: can you take this image? the body is the image
 * @FRAME_COMMIT: coordinator: take it
 * @FRAME_ABORT: coordinator: forget it
 * @FRAME_OUTCOME: participant: what became of this push? Answer: YES if it was
 *	decided on, NO if it will never be, WAIT if neither is known
 * @FRAME_WAIT: answer to OUTCOME
 * @FRAME_FETCH: give me the image in force
 * @FRAME_ROTATE: operator: make new keys for labels, for all nodes
 * @FRAME_KEYS: coordinator: know these keys; the body is struct frame_key
 * @FRAME_KEYS_USE: coordinator: use that epoch from now on
 * @FRAME_KEYS_FETCH: give me the keys; answered with YES and keys
 */
enum frame_type {
	FRAME_YES = 1,
	FRAME_NO,
	FRAME_STATUS,
	FRAME_PUSH,
	FRAME_PREPARE,
	FRAME_COMMIT,
	FRAME_ABORT,
	FRAME_OUTCOME,
	FRAME_WAIT,
	FRAME_FETCH,
	FRAME_ROTATE,
	FRAME_KEYS,
	FRAME_KEYS_USE,
	FRAME_KEYS_FETCH,
	__FRAME_MAX
};

/* PUSH, ROTATE: every node has to take part, none may be away. */
#define FRAME_FLAG_ALL		0x1

/**
 * struct frame_head - the head of a message; numbers in network byte order
 * @magic: FRAME_MAGIC
 * @version: FRAME_VERSION
 * @type: enum frame_type
 * @flags: FRAME_FLAG_*
 * @body_len: bytes that follow
 * @serial: of a policy
 * @epoch: of the keys of labels
 * @tx: names a push; random
 * @digest: of a policy
 */
struct frame_head {
	uint32_t	magic;
	uint16_t	version;
	uint16_t	type;
	uint32_t	flags;
	uint32_t	body_len;
	uint32_t	serial;
	uint32_t	epoch;
	uint8_t		tx[FRAME_TX_LEN];
	uint8_t		digest[DSM_IMAGE_DIGEST_LEN];
};

#define FRAME_HEAD_LEN	72

/** struct frame_key - one node's key in one epoch; network byte order */
struct frame_key {
	uint32_t	nid;
	uint32_t	epoch;
	uint8_t		key[16];
};

/**
 * struct frame - a message
 * @head: in host byte order
 * @body: its body, with a NUL behind it; to be freed
 */
struct frame {
	struct frame_head	head;
	char			*body;
};

const char *frame_decode(struct frame_head *head, const uint8_t *wire);
void frame_encode(uint8_t *wire, const struct frame_head *head);
bool frame_is_answer(enum frame_type type);
uint32_t frame_answer_max(enum frame_type question);

#endif /* DSMD_FRAME_H */
