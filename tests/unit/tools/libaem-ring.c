// SPDX-License-Identifier: GPL-2.0-only
/*
 * The consumer of libaem on memory that plays the kernel: rings, streams and
 * buffers, in the orders in which kernel and consumer can meet.
 */
#include <stdlib.h>
#include <string.h>

#include "tools/libaem/ring.c"

#include "kselftest_harness.h"

#define SLOTS	64
#define RECORDS	64
#define BUFS	8

/* A mapping as the kernel lays it out. */
struct mapping {
	struct aem_header	h;
	uint32_t		slot[AEM_RINGS][SLOTS];
	struct aem_state	state[SLOTS];
	struct aem_record	record[RECORDS];
	uint32_t		bufid[BUFS];
	char			buf[BUFS][64] __attribute__((aligned(64)));
};

FIXTURE(ring) {
	struct mapping *m;
	struct ring g;
	uint32_t tail[AEM_RINGS];
};

FIXTURE_SETUP(ring)
{
	struct mapping *m = aligned_alloc(4096, (sizeof(*m) + 4095) & ~4095);

	memset(m, 0, sizeof(*m));
	m->h = (struct aem_header){
		.magic = AEM_MAGIC, .version = AEM_VERSION, .slots = SLOTS,
		.rings = AEM_RINGS, .records = RECORDS, .bufs = BUFS,
		.buf_size = 64, .slot_off = offsetof(struct mapping, slot),
		.state_off = offsetof(struct mapping, state),
		.record_off = offsetof(struct mapping, record),
		.bufid_off = offsetof(struct mapping, bufid),
		.buf_off = offsetof(struct mapping, buf),
		.map_size = sizeof(*m),
	};
	self->m = m;
	memset(self->tail, 0, sizeof(self->tail));
	ASSERT_TRUE(ring_attach(&self->g, m, sizeof(*m)));
}

FIXTURE_TEARDOWN(ring)
{
	free(self->m);
}

/* What the kernel does when source @index happens; as <linux/aem.h> says. */
static void post(struct mapping *m, uint32_t *tail, unsigned int r,
		 uint32_t index, uint64_t events, uint64_t count)
{
	uint64_t before = m->state[index].word;

	m->state[index].word = (before | events << AEM_EVENTS_SHIFT) + count;
	if (before)
		return;
	m->slot[r][tail[r]++ % SLOTS] = index + 1;
	m->h.ready |= 1u << r;
}

TEST_F(ring, what_is_no_mapping_is_not_attached)
{
	struct mapping *m = self->m;
	struct ring g;

	m->h.magic++;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
	m->h.magic--;
	m->h.version++;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
	m->h.version--;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(m->h) - 1));
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m) - 512));
	m->h.slots = 63;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
	m->h.slots = 0;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
	m->h.slots = 1u << 31;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
	m->h.slots = SLOTS;
	m->h.record_off = UINT32_MAX - 3;
	EXPECT_FALSE(ring_attach(&g, m, sizeof(*m)));
}

TEST_F(ring, what_coalesced_is_counted_and_taken_once)
{
	struct taken t;
	uint32_t index;

	self->m->state[5].cookie = 99;
	post(self->m, self->tail, 3, 5, 1, 2);
	post(self->m, self->tail, 3, 5, 4, 1);
	EXPECT_EQ(1u << 3, ring_ready(&self->g));
	ASSERT_TRUE(ring_pop(&self->g, 3, &index));
	EXPECT_EQ(5, index);
	ASSERT_TRUE(ring_take(&self->g, index, &t));
	EXPECT_EQ(99, t.cookie);
	EXPECT_EQ(3, t.count);
	EXPECT_EQ(5, t.events);
	/* The bit goes when the ring is found empty. */
	EXPECT_EQ(1u << 3, ring_ready(&self->g));
	EXPECT_FALSE(ring_pop(&self->g, 3, &index));
	EXPECT_EQ(0, ring_ready(&self->g));
}

TEST_F(ring, what_was_deleted_is_skipped)
{
	struct taken t;

	post(self->m, self->tail, 0, 1, 1, 1);
	EXPECT_EQ(1, ring_untaken(&self->g, 1));
	EXPECT_FALSE(ring_take(&self->g, 1, &t));
	EXPECT_EQ(0, ring_untaken(&self->g, 1));
}

TEST_F(ring, a_million_random_posts_come_out_in_order_and_none_is_lost)
{
	uint64_t posted[SLOTS] = { 0 }, got[SLOTS] = { 0 };
	unsigned int seed = 1, r;
	struct taken t;
	uint32_t index;

	for (int i = 0; i < SLOTS; i++)
		self->m->state[i].cookie = i + 1;
	for (int i = 0; i < 1000000; i++) {
		index = rand_r(&seed) % SLOTS;
		post(self->m, self->tail, index % AEM_RINGS, index, 1, 1);
		posted[index]++;
		r = rand_r(&seed) % AEM_RINGS;
		if (rand_r(&seed) % 3 || !ring_pop(&self->g, r, &index))
			continue;
		ASSERT_EQ(r, index % AEM_RINGS);
		ASSERT_TRUE(ring_take(&self->g, index, &t));
		got[index] += t.count;
	}
	for (r = 0; r < AEM_RINGS; r++)
		while (ring_pop(&self->g, r, &index)) {
			ASSERT_TRUE(ring_take(&self->g, index, &t));
			got[index] += t.count;
		}
	EXPECT_EQ(0, memcmp(posted, got, sizeof(posted)));
	EXPECT_EQ(0, ring_ready(&self->g));
}

TEST_F(ring, what_comes_between_the_look_and_the_clearing_is_seen)
{
	uint32_t index;

	self->m->h.ready = 1;
	/* The kernel fills the slot after it was found empty, and its bit is
	 * the one that is cleared.
	 */
	self->m->slot[0][0] = 1;
	ring_emptied(&self->g, 0);
	EXPECT_EQ(1, ring_ready(&self->g));
	EXPECT_TRUE(ring_pop(&self->g, 0, &index));
}

TEST_F(ring, arming_keeps_what_else_is_armed)
{
	ring_arm(&self->g, AEM_ARM_ASYNC);
	EXPECT_EQ(AEM_ARM_ASYNC, self->m->h.armed);
	ring_arm(&self->g, AEM_ARM_WAIT);
	EXPECT_EQ(AEM_ARM_ASYNC | AEM_ARM_WAIT, self->m->h.armed);
}

/* A stream at record 0 with @size records from 1 on. */
static struct aem_stream *stream(struct mapping *m, uint32_t size)
{
	struct aem_stream *s = (struct aem_stream *)&m->record[0];

	s->mask = size - 1;
	s->first = 1;
	return s;
}

/* The kernel writes @len bytes of data, in as many records as it takes. */
static void write_record(struct mapping *m, struct aem_stream *s,
			 const void *data, uint32_t len)
{
	const char *from = data;
	uint32_t left = len, n;

	do {
		struct aem_record *r = &m->record[s->first +
						  (s->tail & s->mask)];

		n = left < sizeof(r->data) ? left : sizeof(r->data);
		memset(r->data, 0xee, sizeof(r->data));
		memcpy(r->data, from, n);
		r->kind = AEM_KIND_FILE;
		r->len = len;
		left -= n;
		from += n;
		r->flags = left ? AEM_REC_MORE : 0;
		s->tail++;
	} while (left);
}

TEST_F(ring, records_are_put_together)
{
	struct aem_stream *s = stream(self->m, 32);
	struct stream_place p;
	struct happening h;
	char data[300];

	for (unsigned int len = 1; len <= sizeof(data); len += 7) {
		for (unsigned int i = 0; i < len; i++)
			data[i] = 'a' + (i + len) % 26;
		write_record(self->m, s, data, len);
		p = stream_begin(&self->g, 0);
		ASSERT_TRUE(stream_next(&self->g, &p, &h));
		EXPECT_EQ(AEM_KIND_FILE, h.kind);
		ASSERT_EQ(len, h.len);
		EXPECT_EQ(0, memcmp(h.data, data, len));
		/* A name is terminated whatever the kernel wrote. */
		EXPECT_EQ(0, h.data[len]);
		EXPECT_FALSE(stream_next(&self->g, &p, &h));
		EXPECT_EQ(s->tail, s->head);
	}
}

TEST_F(ring, a_place_ends_where_it_began_to_look)
{
	struct aem_stream *s = stream(self->m, 8);
	struct stream_place p;
	struct happening h;

	s->head = s->tail = UINT32_MAX - 1;
	write_record(self->m, s, "one", 3);
	write_record(self->m, s, "two", 3);
	p = stream_begin(&self->g, 0);
	write_record(self->m, s, "three", 5);
	ASSERT_TRUE(stream_next(&self->g, &p, &h));
	EXPECT_STREQ("one", h.data);
	ASSERT_TRUE(stream_next(&self->g, &p, &h));
	EXPECT_STREQ("two", h.data);
	EXPECT_FALSE(stream_next(&self->g, &p, &h));
	p = stream_begin(&self->g, 0);
	ASSERT_TRUE(stream_next(&self->g, &p, &h));
	EXPECT_STREQ("three", h.data);
}

TEST_F(ring, a_record_that_lies_about_its_length_is_cut)
{
	struct aem_stream *s = stream(self->m, 32);
	struct stream_place p;
	struct happening h;

	for (int i = 0; i < 32; i++) {
		self->m->record[1 + i].len = UINT32_MAX;
		self->m->record[1 + i].flags = AEM_REC_MORE;
		memset(self->m->record[1 + i].data, 'x', 48);
	}
	s->tail = 32;
	p = stream_begin(&self->g, 0);
	ASSERT_TRUE(stream_next(&self->g, &p, &h));
	EXPECT_EQ(RECORD_DATA_MAX, h.len);
	EXPECT_EQ(0, h.data[RECORD_DATA_MAX]);
	EXPECT_FALSE(stream_next(&self->g, &p, &h));
}

TEST_F(ring, buffers_go_round)
{
	EXPECT_EQ(NULL, ring_buffer(&self->g, BUFS));
	EXPECT_EQ(&self->m->buf[3][0], ring_buffer(&self->g, 3));
	self->m->h.buf_tail = UINT32_MAX;
	ring_give(&self->g, 3);
	ring_give(&self->g, 5);
	ring_give(&self->g, BUFS);
	EXPECT_EQ(1, self->m->h.buf_tail);
	EXPECT_EQ(3, self->m->bufid[BUFS - 1]);
	EXPECT_EQ(5, self->m->bufid[0]);
}

TEST_HARNESS_MAIN
