/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One open /dev/aem: its descriptor, its memory, and the calls it takes.
 *
 * These functions translate: they return 0 or a negative errno and keep no
 * state but the mapping. Any thread of the process may call them.
 */
#ifndef LIBAEM_QUEUE_H
#define LIBAEM_QUEUE_H

#include "ring.h"

/**
 * struct queue - a context of the kernel
 * @fd: the descriptor, or -1
 * @map_size: of the mapping
 * @ring: what is in it
 */
struct queue {
	int		fd;
	uint64_t	map_size;
	struct ring	ring;
};

int queue_open(struct queue *q, const struct aem_setup *setup);
void queue_close(struct queue *q);
int queue_notify(struct queue *q, const struct aem_notify *notify);
int queue_add(struct queue *q, struct aem_source *source, uint32_t count);
int queue_ctl(struct queue *q, uint32_t op, uint64_t id, uint32_t prio);
int queue_timer(struct queue *q, const struct aem_timer *timer);
int queue_fire(int fd, uint64_t id, uint64_t value);
int queue_wait(struct queue *q, int64_t timeout_ns);

#endif /* LIBAEM_QUEUE_H */
