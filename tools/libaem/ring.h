/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The consumer's side of a context's memory: rings, streams and buffers.
 *
 * Pure: it works on the mapping and makes no system call, so tests/unit runs it
 * on memory that plays the kernel. The rules are those of <linux/aem.h>.
 *
 * Each of the two halves, rings 0 to 7 and 8 to 15, has one consumer, which may
 * interrupt the other in the same thread; they share nothing but header->ready
 * and header->armed, which are changed by atomic operations. Giving back
 * buffers is the exception: see ring_give().
 */
#ifndef LIBAEM_RING_H
#define LIBAEM_RING_H

#include <linux/aem.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct ring - a mapping, as found
 * @header: the mapping
 * @slot: of ring 0; those of ring r begin r << @slot_bits further
 * @state: by index of a source
 * @record: records and streams
 * @bufid: ring of free buffers
 * @buf: the buffers
 * @mask: slots of a ring - 1
 * @slot_bits: log2 of the slots of a ring
 * @bufs: number of buffers
 * @buf_size: size of each
 * @head: the consumer's place in each ring
 */
struct ring {
	struct aem_header	*header;
	uint32_t		*slot;
	struct aem_state	*state;
	struct aem_record	*record;
	uint32_t		*bufid;
	char			*buf;
	uint32_t		mask;
	uint32_t		slot_bits;
	uint32_t		bufs;
	uint32_t		buf_size;
	uint32_t		head[AEM_RINGS];
};

/**
 * struct taken - a source that was in a ring
 * @cookie: its cookie
 * @index: its index
 * @events: what happened
 * @count: how often
 */
struct taken {
	uint64_t	cookie;
	uint32_t	index;
	uint32_t	events;
	uint64_t	count;
};

bool ring_attach(struct ring *g, void *map, uint64_t size);

static inline uint32_t ring_ready(const struct ring *g)
{
	return __atomic_load_n(&g->header->ready, __ATOMIC_ACQUIRE);
}

static inline bool ring_work(const struct ring *g)
{
	return __atomic_load_n(&g->header->work, __ATOMIC_ACQUIRE);
}

void ring_emptied(struct ring *g, unsigned int r);

/* The next slot of ring @r: 0 when it is empty. */
static inline uint32_t *ring_next(const struct ring *g, unsigned int r)
{
	return &g->slot[((size_t)r << g->slot_bits) + (g->head[r] & g->mask)];
}

/*
 * Takes the next index from ring @r, or returns false, and its bit in ready is
 * cleared.
 */
static inline bool ring_pop(struct ring *g, unsigned int r, uint32_t *index)
{
	uint32_t *at = ring_next(g, r);
	uint32_t v = __atomic_load_n(at, __ATOMIC_ACQUIRE);

	if (__builtin_expect(!v, 0)) {
		ring_emptied(g, r);
		return false;
	}
	*at = 0;
	g->head[r]++;
	*index = v - 1;
	return true;
}

/* Takes what happened to source @index. False: it was deleted meanwhile. */
static inline bool ring_take(struct ring *g, uint32_t index, struct taken *t)
{
	struct aem_state *state = &g->state[index & g->mask];
	uint64_t word = __atomic_exchange_n(&state->word, 0, __ATOMIC_SEQ_CST);

	t->cookie = state->cookie;
	t->index = index;
	t->events = word >> AEM_EVENTS_SHIFT;
	t->count = word & AEM_COUNT_MASK;
	return t->count && t->cookie;
}

/*
 * How often a source happened that was not taken yet. Nobody but who takes it may
 * clear the word: the kernel would put the source into the ring once more.
 */
static inline uint64_t ring_untaken(struct ring *g, uint32_t index)
{
	return __atomic_load_n(&g->state[index & g->mask].word,
			       __ATOMIC_ACQUIRE) & AEM_COUNT_MASK;
}

/*
 * Asks for a doorbell. What is there already is not rung for: whoever arms looks
 * after it.
 */
static inline void ring_arm(struct ring *g, uint32_t bits)
{
	__atomic_fetch_or(&g->header->armed, bits, __ATOMIC_SEQ_CST);
}

/**
 * struct stream_place - how far the records of a source are to be read
 * @stream: index of its struct aem_stream
 * @end: the first record that is not to be read any more
 */
struct stream_place {
	uint32_t	stream;
	uint32_t	end;
};

/* The largest data of one happening: AEM_SOURCE_DATA or a name, and a head. */
#define RECORD_DATA_MAX	480

/**
 * struct happening - one thing that happened, put together from its records
 * @kind: AEM_KIND_*
 * @len: of @data
 * @time_ns: when
 * @data: struct aem_rec_*, then zeroes up to a multiple of 48 bytes, at least
 *	one of them
 */
struct happening {
	uint32_t	kind;
	uint32_t	len;
	uint64_t	time_ns;
	union {
		struct aem_rec_proc	proc;
		struct aem_rec_file	file;
		struct aem_rec_net	net;
		struct aem_rec_pub	pub;
		struct aem_rec_accept	accept;
		struct aem_rec_recv	recv;
		char			data[RECORD_DATA_MAX + 48];
	};
};

struct stream_place stream_begin(const struct ring *g, uint32_t stream);
bool stream_next(struct ring *g, const struct stream_place *p,
		 struct happening *h);
uint64_t stream_lost(const struct ring *g, uint32_t stream);

const char *ring_buffer(const struct ring *g, uint32_t buf);

/*
 * Gives a buffer back to the kernel. Not to be interrupted by another ring_give()
 * of the same mapping.
 */
static inline void ring_give(struct ring *g, uint32_t buf)
{
	uint32_t tail = g->header->buf_tail;

	if (buf >= g->bufs)
		return;
	g->bufid[tail & (g->bufs - 1)] = buf;
	__atomic_store_n(&g->header->buf_tail, tail + 1, __ATOMIC_RELEASE);
}

#endif /* LIBAEM_RING_H */
