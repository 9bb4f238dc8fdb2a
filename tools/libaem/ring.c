// SPDX-License-Identifier: GPL-2.0-only
/*
 * The consumer's side of a context's memory: what is not done for every event.
 *
 * No system call and no lock; see ring.h for who may call what at the same
 * time.
 */
#include <string.h>

#include "ring.h"

static bool within(uint64_t off, uint64_t count, uint64_t each, uint64_t size)
{
	return off <= size && count <= (size - off) / each && off % 4 == 0;
}

/**
 * ring_attach() - find the parts of a mapping
 * @g: filled in
 * @map: the mapping
 * @size: its size
 *
 * Return: false when it is not a mapping of this version of the interface.
 */
bool ring_attach(struct ring *g, void *map, uint64_t size)
{
	struct aem_header *h = map;
	char *base = map;

	memset(g, 0, sizeof(*g));
	if (size < sizeof(*h) || h->magic != AEM_MAGIC ||
	    h->version != AEM_VERSION || h->rings > AEM_RINGS || !h->slots ||
	    (h->slots & (h->slots - 1)) || (h->bufs & (h->bufs - 1)))
		return false;
	if (!within(h->slot_off, (uint64_t)h->slots * h->rings, 4, size) ||
	    !within(h->state_off, h->slots, sizeof(*g->state), size) ||
	    !within(h->record_off, h->records, sizeof(*g->record), size) ||
	    !within(h->bufid_off, h->bufs, 4, size) ||
	    !within(h->buf_off, h->bufs, h->buf_size ? h->buf_size : 1, size))
		return false;
	g->header = h;
	g->slot = (void *)(base + h->slot_off);
	g->state = (void *)(base + h->state_off);
	g->record = (void *)(base + h->record_off);
	g->bufid = (void *)(base + h->bufid_off);
	g->buf = base + h->buf_off;
	g->mask = h->slots - 1;
	g->slot_bits = __builtin_ctz(h->slots);
	g->bufs = h->bufs;
	g->buf_size = h->buf_size;
	return true;
}

/**
 * ring_emptied() - a ring was found empty
 * @g: the mapping
 * @r: number of the ring
 *
 * Its bit is cleared first and the slot looked at again after, so that whoever
 * fills the slot in between finds the bit cleared and sets it.
 */
void ring_emptied(struct ring *g, unsigned int r)
{
	uint32_t *at = ring_next(g, r);

	__atomic_fetch_and(&g->header->ready, ~(1u << r), __ATOMIC_SEQ_CST);
	if (__atomic_load_n(at, __ATOMIC_SEQ_CST))
		__atomic_fetch_or(&g->header->ready, 1u << r, __ATOMIC_SEQ_CST);
}

static struct aem_stream *stream_at(const struct ring *g, uint32_t stream)
{
	return (struct aem_stream *)&g->record[stream];
}

/**
 * stream_begin() - where the records of a source end now
 * @g: the mapping
 * @stream: index of its stream
 *
 * Return: a place; records that come later are not read by it.
 */
struct stream_place stream_begin(const struct ring *g, uint32_t stream)
{
	struct stream_place p = {
		.stream = stream,
		.end = __atomic_load_n(&stream_at(g, stream)->tail,
				       __ATOMIC_ACQUIRE),
	};

	return p;
}

/**
 * stream_next() - read what happened next
 * @g: the mapping
 * @p: how far to read
 * @h: filled in
 *
 * The records are the kernel's again when this returns; buffers are not.
 *
 * Return: false when @p has been reached.
 */
bool stream_next(struct ring *g, const struct stream_place *p,
		 struct happening *h)
{
	struct aem_stream *s = stream_at(g, p->stream);
	uint32_t head = s->head, used = 0;
	const struct aem_record *r;
	bool more = true;

	if ((int32_t)(p->end - head) <= 0)
		return false;
	r = &g->record[s->first + (head & s->mask)];
	h->kind = r->kind;
	h->time_ns = r->time_ns;
	h->len = r->len < RECORD_DATA_MAX ? r->len : RECORD_DATA_MAX;
	for (; more && head != p->end; head++) {
		r = &g->record[s->first + (head & s->mask)];
		more = r->flags & AEM_REC_MORE;
		if (used + sizeof(r->data) <= RECORD_DATA_MAX) {
			memcpy(h->data + used, r->data, sizeof(r->data));
			used += sizeof(r->data);
		}
	}
	if (h->len > used)
		h->len = used;
	memset(h->data + h->len, 0, used + 1 - h->len);
	__atomic_store_n(&s->head, head, __ATOMIC_RELEASE);
	return true;
}

/**
 * stream_lost() - how much of a source was lost so far
 * @g: the mapping
 * @stream: index of its stream
 *
 * Return: things that happened and are in no record.
 */
uint64_t stream_lost(const struct ring *g, uint32_t stream)
{
	return __atomic_load_n(&stream_at(g, stream)->lost, __ATOMIC_ACQUIRE);
}

/**
 * ring_buffer() - where a buffer is
 * @g: the mapping
 * @buf: its number, from the kernel
 *
 * Return: its address, or NULL when there is no such buffer.
 */
const char *ring_buffer(const struct ring *g, uint32_t buf)
{
	return buf < g->bufs ? g->buf + (size_t)buf * g->buf_size : NULL;
}
