/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The interface of /dev/aem used by hand, without the library: what the C tests
 * of this folder share.
 */
#ifndef _TESTS_AEM_QUEUE_H
#define _TESTS_AEM_QUEUE_H

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <linux/aem.h>

#define SECOND	1000000000ULL
/* Limit of a wait for something that has to come. */
#define LONG	(60 * SECOND)
/* How long nothing is waited for. */
#define SHORT	(SECOND / 20)

struct queue {
	int fd;
	struct aem_header *hdr;
	struct aem_state *states;
	struct aem_record *records;
	uint32_t head[AEM_RINGS];
};

/* One event that was taken. */
struct taken {
	uint64_t cookie;
	uint64_t count;
	uint64_t value;
	uint32_t events;
	uint32_t index;
	uint32_t ring;
};

static inline int queue_open_with(struct queue *q, struct aem_setup setup)
{
	void *map;

	memset(q, 0, sizeof(*q));
	q->fd = open(AEM_DEVICE, O_RDWR | O_CLOEXEC);
	if (q->fd < 0)
		return -errno;
	if (ioctl(q->fd, AEM_IOC_SETUP, &setup))
		return -errno;
	map = mmap(NULL, setup.map_size, PROT_READ | PROT_WRITE, MAP_SHARED,
		   q->fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	q->hdr = map;
	q->states = map + q->hdr->state_off;
	q->records = map + q->hdr->record_off;
	return 0;
}

static inline int queue_open(struct queue *q)
{
	return queue_open_with(q, (struct aem_setup){
		.flags = AEM_SETUP_ASYNC, .sources = 256, .records = 2048,
		.bufs = 16, .buf_size = 1024,
	});
}

static inline void queue_close(struct queue *q)
{
	munmap(q->hdr, q->hdr->map_size);
	close(q->fd);
}

/* What is in ring @r first; false if there is nothing. */
static inline int queue_take_from(struct queue *q, unsigned int r,
				  struct taken *t)
{
	uint32_t *slots = (void *)q->hdr + q->hdr->slot_off +
			  (size_t)r * q->hdr->slots * 4;
	uint32_t *slot, v;
	uint64_t w;

	for (;;) {
		slot = &slots[q->head[r] & (q->hdr->slots - 1)];
		v = __atomic_load_n(slot, __ATOMIC_ACQUIRE);
		if (!v) {
			__atomic_fetch_and(&q->hdr->ready, ~(1u << r),
					   __ATOMIC_SEQ_CST);
			if (__atomic_load_n(slot, __ATOMIC_SEQ_CST))
				__atomic_fetch_or(&q->hdr->ready, 1u << r,
						  __ATOMIC_SEQ_CST);
			return 0;
		}
		__atomic_store_n(slot, 0, __ATOMIC_RELAXED);
		q->head[r]++;
		t->index = v - 1;
		t->ring = r;
		t->value = q->states[v - 1].value;
		w = __atomic_exchange_n(&q->states[v - 1].word, 0,
					__ATOMIC_SEQ_CST);
		t->cookie = q->states[v - 1].cookie;
		t->count = w & AEM_COUNT_MASK;
		t->events = w >> AEM_EVENTS_SHIFT;
		if (t->cookie && t->count)
			return 1;
	}
}

/* The most urgent event, without waiting. */
static inline int queue_take(struct queue *q, struct taken *t)
{
	uint32_t ready;
	int r, p;

	while ((ready = __atomic_load_n(&q->hdr->ready, __ATOMIC_ACQUIRE))) {
		for (p = AEM_PRIOS - 1; p >= 0; p--) {
			for (r = p; r < AEM_RINGS; r += AEM_PRIOS)
				if (ready & 1u << r && queue_take_from(q, r, t))
					return 1;
		}
	}
	return 0;
}

static inline long queue_wait(struct queue *q, uint64_t ns)
{
	long got = ioctl(q->fd, AEM_IOC_WAIT, ns);

	return got < 0 ? -errno : got;
}

/* The most urgent event; 0 if none comes in time, or a negative errno. */
static inline int queue_next(struct queue *q, struct taken *t, uint64_t ns)
{
	long got;

	do {
		if (q->hdr->work)
			queue_wait(q, 0);
		if (queue_take(q, t))
			return 1;
		got = queue_wait(q, ns);
	} while (got > 0 || (got == -EINTR && ns == LONG));
	return got;
}

/* Adds one source; what became of it is in @src. */
static inline int queue_add(struct queue *q, struct aem_source *src)
{
	struct aem_add add = { .sources = (uintptr_t)src, .count = 1 };

	if (ioctl(q->fd, AEM_IOC_ADD, &add))
		return -errno;
	return src->error;
}

static inline uint64_t queue_add_fd(struct queue *q, uint64_t cookie, int fd,
				    uint32_t events, uint32_t flags,
				    uint32_t prio)
{
	struct aem_source src = {
		.cookie = cookie, .kind = AEM_KIND_FD, .fd = fd,
		.events = events, .flags = flags | AEM_F_START, .prio = prio,
	};

	return queue_add(q, &src) ? 0 : src.id;
}

static inline uint64_t queue_add_user(struct queue *q, uint64_t cookie,
				      uint32_t flags, uint32_t prio)
{
	struct aem_source src = {
		.cookie = cookie, .kind = AEM_KIND_USER,
		.flags = flags | AEM_F_START, .prio = prio,
	};

	return queue_add(q, &src) ? 0 : src.id;
}

static inline int queue_ctl(struct queue *q, uint32_t op, uint64_t id,
			    uint32_t prio)
{
	struct aem_ctl ctl = {
		.op = op, .ids = (uintptr_t)&id, .count = 1, .prio = prio,
	};

	return ioctl(q->fd, AEM_IOC_CTL, &ctl) ? -errno : 0;
}

static inline int queue_ctl_all(struct queue *q, uint32_t op, uint32_t prio)
{
	struct aem_ctl ctl = {
		.op = op, .flags = AEM_CTL_ALL, .prio = prio,
	};

	return ioctl(q->fd, AEM_IOC_CTL, &ctl) ? -errno : (int)ctl.done;
}

static inline int queue_fire(struct queue *q, uint64_t id, uint64_t value)
{
	struct aem_fire fire = { .id = id, .value = value };

	return ioctl(q->fd, AEM_IOC_FIRE, &fire) ? -errno : 0;
}

static inline uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * SECOND + ts.tv_nsec;
}

#endif /* _TESTS_AEM_QUEUE_H */
