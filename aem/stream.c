// SPDX-License-Identifier: GPL-2.0-only
/*
 * Records: what happened, with its data, one after the other for each source.
 *
 * The records of a context are one array in shared memory. A source with data
 * takes a part of it, the first record of which is its struct aem_stream: places
 * are under ctx->lock. Writing is under ctx->post_lock, but for the kinds of data.c,
 * which do everything under ctx->lock.
 *
 * Of what the consumer writes only the head of a stream is looked at, to see
 * how much room there is; a head that cannot be is taken for a full stream.
 * Where to write is the kernel's own.
 */
#include <linux/bitmap.h>
#include <linux/ktime.h>
#include <linux/log2.h>
#include <linux/minmax.h>
#include <linux/string.h>

#include "trace.h"

#define STREAM_MAX	65536
#define STREAM_DATA	sizeof_field(struct aem_record, data)

/**
 * aem_stream_add() - give a new source its records
 * @src: the source
 * @desc: how many it is to have; where they are is the answer
 *
 * Context: Process context, under ctx->lock.
 * Return: 0, -EINVAL or -ENOSPC.
 */
int aem_stream_add(struct aem_src *src, struct aem_source *desc)
{
	struct aem_ctx *ctx = src->ctx;
	struct aem_stream *stream;
	unsigned long at;

	if (!is_power_of_2(desc->records) || desc->records > STREAM_MAX)
		return -EINVAL;
	at = bitmap_find_next_zero_area(ctx->records_used, ctx->nrecords, 1,
					desc->records + 1, 0);
	if (at >= ctx->nrecords)
		return -ENOSPC;
	bitmap_set(ctx->records_used, at, desc->records + 1);
	src->log.at = at;
	src->log.mask = desc->records - 1;
	stream = aem_stream(src);
	memset(stream, 0, sizeof(*stream));
	stream->mask = src->log.mask;
	stream->first = at + 1;
	desc->stream = at;
	return 0;
}

/**
 * aem_stream_del() - the records of a source can be given to another
 * @src: the source; nothing is written any more
 *
 * Context: Process context, under ctx->lock.
 */
void aem_stream_del(struct aem_src *src)
{
	if (src->log.at)
		bitmap_clear(src->ctx->records_used, src->log.at,
			     src->log.mask + 2);
	src->log.at = 0;
}

/* Copies what of @data lies between @from and @to, counted from @at. */
static void stream_copy(u8 *dst, size_t from, const void *data, size_t at,
			size_t len)
{
	size_t begin = max(from, at), end = min(from + STREAM_DATA, at + len);

	if (begin < end)
		memcpy(dst + begin - from, data + begin - at, end - begin);
}

/**
 * aem_stream_put() - write what happened
 * @src: the source
 * @head: the fixed part
 * @head_len: its size, not more than a record has room for
 * @data: the rest
 * @len: its size
 *
 * Context: Any but NMI, under ctx->post_lock.
 * Return: false if there was no room; that has been counted.
 */
bool aem_stream_put(struct aem_src *src, const void *head, size_t head_len,
		    const void *data, size_t len)
{
	struct aem_stream *stream = aem_stream(src);
	size_t from, total = head_len + len;
	u64 now = ktime_get_mono_fast_ns();
	struct aem_record *rec;

	if (aem_stream_room(src) < DIV_ROUND_UP(total, STREAM_DATA)) {
		WRITE_ONCE(stream->lost, ++src->log.lost);
		trace_aem_lost(src);
		return false;
	}
	for (from = 0; from < total; from += STREAM_DATA) {
		rec = &src->ctx->records[src->log.at + 1 +
					 (src->log.tail++ & src->log.mask)];
		rec->kind = src->kind;
		rec->flags = from + STREAM_DATA < total ? AEM_REC_MORE : 0;
		rec->len = total;
		rec->time_ns = now;
		/* Every head is shorter than a record. */
		if (!from)
			memcpy(rec->data, head, head_len);
		if (len)
			stream_copy(rec->data, from, data, head_len, len);
	}
	/* Pairs with the consumer's acquire. */
	smp_store_release(&stream->tail, src->log.tail);
	return true;
}

/**
 * aem_happen() - a source with records happened
 * @src: the source
 * @events: what, 16 bits
 * @head: the fixed part of the record
 * @head_len: its size
 * @data: the rest
 * @len: its size
 *
 * Context: Any but NMI, in an RCU read-side section in which the source was
 * found.
 */
void aem_happen(struct aem_src *src, u64 events, const void *head,
		size_t head_len, const void *data, size_t len)
{
	struct aem_ctx *ctx = src->ctx;
	bool posted = false;
	unsigned long flags;

	spin_lock_irqsave(&ctx->post_lock, flags);
	if (READ_ONCE(src->on)) {
		if (src->flags & AEM_F_ONESHOT)
			WRITE_ONCE(src->on, 0);
		if (head && !aem_stream_put(src, head, head_len, data, len))
			events |= AEM_EV_LOST;
		posted = aem_post_quiet(src, events, 1);
	}
	spin_unlock_irqrestore(&ctx->post_lock, flags);
	if (posted)
		aem_bell_check(src);
}

/**
 * aem_happen_stop() - wait for those who are just posting
 * @src: a source that happens by aem_happen(); it is off
 *
 * Context: Process context.
 */
void aem_happen_stop(struct aem_src *src)
{
	/* Whoever found it on under the lock has posted when we have it. */
	spin_lock_irq(&src->ctx->post_lock);
	spin_unlock_irq(&src->ctx->post_lock);
}
