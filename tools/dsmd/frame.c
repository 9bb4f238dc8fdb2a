// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heads of messages, from and to bytes. Whoever sends them is known by a
 * certificate, and not believed for that.
 */
#include <arpa/inet.h>
#include <string.h>

#include "frame.h"

_Static_assert(sizeof(struct frame_head) == FRAME_HEAD_LEN,
	       "a head has no gaps");
_Static_assert(sizeof(struct frame_key) == 24, "a key has no gaps");

/* How long the body of each type may be. */
static const uint32_t body_max[__FRAME_MAX] = {
	[FRAME_YES] = FRAME_BODY_MAX,
	[FRAME_NO] = FRAME_TEXT_MAX,
	[FRAME_PUSH] = FRAME_BODY_MAX,
	[FRAME_PREPARE] = FRAME_BODY_MAX,
	[FRAME_KEYS] = FRAME_KEYS_MAX,
};

/**
 * frame_decode() - read a head
 * @head: filled in, in host byte order
 * @wire: FRAME_HEAD_LEN bytes
 *
 * Return: NULL, or a sentence about what is wrong.
 */
const char *frame_decode(struct frame_head *head, const uint8_t *wire)
{
	memcpy(head, wire, sizeof(*head));
	head->magic = ntohl(head->magic);
	head->version = ntohs(head->version);
	head->type = ntohs(head->type);
	head->flags = ntohl(head->flags);
	head->body_len = ntohl(head->body_len);
	head->serial = ntohl(head->serial);
	head->epoch = ntohl(head->epoch);
	if (head->magic != FRAME_MAGIC)
		return "what came is not a message of dsmd";
	if (head->version != FRAME_VERSION)
		return "what came is a message of another version of dsmd";
	if (!head->type || head->type >= __FRAME_MAX)
		return "what came is of an unknown type";
	if (head->flags & ~FRAME_FLAG_ALL)
		return "what came has unknown flags";
	if (head->body_len > body_max[head->type])
		return "what came is too long";
	return NULL;
}

/**
 * frame_encode() - write a head
 * @wire: FRAME_HEAD_LEN bytes
 * @head: in host byte order; magic and version are filled in here
 */
void frame_encode(uint8_t *wire, const struct frame_head *head)
{
	struct frame_head h = *head;

	h.magic = htonl(FRAME_MAGIC);
	h.version = htons(FRAME_VERSION);
	h.type = htons(head->type);
	h.flags = htonl(head->flags);
	h.body_len = htonl(head->body_len);
	h.serial = htonl(head->serial);
	h.epoch = htonl(head->epoch);
	memcpy(wire, &h, sizeof(h));
}

/**
 * frame_is_answer() - is this an answer, or a question
 * @type: of a message
 *
 * Return: true if it is an answer.
 */
bool frame_is_answer(enum frame_type type)
{
	return type == FRAME_YES || type == FRAME_NO || type == FRAME_WAIT;
}

/**
 * frame_answer_max() - how long the body of an answer may be
 * @question: type of the question
 *
 * Return: bytes.
 */
uint32_t frame_answer_max(enum frame_type question)
{
	switch (question) {
	case FRAME_FETCH:
		return FRAME_BODY_MAX;
	case FRAME_KEYS_FETCH:
		return FRAME_KEYS_MAX;
	default:
		return FRAME_TEXT_MAX;
	}
}
