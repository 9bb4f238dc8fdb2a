// SPDX-License-Identifier: GPL-2.0-only
/*
 * One open /dev/aem: the system calls. Every function returns a negative errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "call.h"
#include "queue.h"

static long call(int fd, unsigned long request, unsigned long arg)
{
	return system_call(SYS_ioctl, fd, request, arg, 0);
}

/**
 * queue_open() - open a context of the kernel
 * @q: filled in; @fd is -1 on error
 * @setup: its sizes
 *
 * Return: 0, or a negative errno.
 *
 * * -ENOENT - there is no /dev/aem: the module is not loaded
 * * -EPROTO - the module speaks another version
 */
int queue_open(struct queue *q, const struct aem_setup *setup)
{
	struct aem_setup s = *setup;
	void *map;
	int err;

	q->fd = open(AEM_DEVICE, O_RDWR | O_CLOEXEC);
	if (q->fd < 0)
		return -errno;
	err = call(q->fd, AEM_IOC_SETUP, (uintptr_t)&s);
	if (err < 0)
		goto err_close;
	q->map_size = s.map_size;
	map = mmap(NULL, s.map_size, PROT_READ | PROT_WRITE, MAP_SHARED, q->fd,
		   0);
	if (map == MAP_FAILED) {
		err = -errno;
		goto err_close;
	}
	err = -EPROTO;
	if (!ring_attach(&q->ring, map, s.map_size))
		goto err_unmap;
	return 0;

err_unmap:
	munmap(map, s.map_size);
err_close:
	close(q->fd);
	q->fd = -1;
	return err;
}

/**
 * queue_close() - end a context
 * @q: the context; nothing happens if it is not open
 */
void queue_close(struct queue *q)
{
	if (q->fd < 0)
		return;
	munmap(q->ring.header, q->map_size);
	close(q->fd);
	q->fd = -1;
}

/**
 * queue_notify() - say how AEM_F_ASYNC sources reach a thread
 * @q: the context
 * @notify: how
 *
 * Return: 0, or a negative errno as AEM_IOC_NOTIFY has it.
 */
int queue_notify(struct queue *q, const struct aem_notify *notify)
{
	return call(q->fd, AEM_IOC_NOTIFY, (uintptr_t)notify);
}

/**
 * queue_add() - add sources
 * @q: the context
 * @source: the sources; @id, @error and @stream are filled in
 * @count: how many
 *
 * Return: how many were added, or a negative errno if it was not tried.
 */
int queue_add(struct queue *q, struct aem_source *source, uint32_t count)
{
	struct aem_add add = { .sources = (uintptr_t)source, .count = count };
	int err = call(q->fd, AEM_IOC_ADD, (uintptr_t)&add);

	return err < 0 ? err : (int)add.added;
}

/**
 * queue_ctl() - start, stop or delete a source, or set its priority
 * @q: the context
 * @op: enum aem_op
 * @id: of the source, or 0 for all
 * @prio: for AEM_OP_PRIO
 *
 * Return: 0, or a negative errno as AEM_IOC_CTL has it.
 */
int queue_ctl(struct queue *q, uint32_t op, uint64_t id, uint32_t prio)
{
	struct aem_ctl ctl = {
		.op = op, .flags = id ? 0 : AEM_CTL_ALL, .prio = prio,
		.ids = id ? (uintptr_t)&id : 0, .count = id ? 1 : 0,
	};

	return call(q->fd, AEM_IOC_CTL, (uintptr_t)&ctl);
}

/**
 * queue_timer() - set a timer anew
 * @q: the context
 * @timer: which, and to what
 *
 * Return: 0, or a negative errno as AEM_IOC_TIMER has it.
 */
int queue_timer(struct queue *q, const struct aem_timer *timer)
{
	return call(q->fd, AEM_IOC_TIMER, (uintptr_t)timer);
}

/**
 * queue_fire() - fire a user event
 * @fd: descriptor of its context, in any process
 * @id: of the source
 * @value: comes with the event
 *
 * Return: 0, or a negative errno as AEM_IOC_FIRE has it.
 */
int queue_fire(int fd, uint64_t id, uint64_t value)
{
	struct aem_fire fire = { .id = id, .value = value };

	return call(fd, AEM_IOC_FIRE, (uintptr_t)&fire);
}

/**
 * queue_wait() - do the kernel's work in this thread, and wait
 * @q: the context
 * @timeout_ns: how long; 0 for the work alone, -1 for ever
 *
 * Return: a bitmap of rings that are ready, 0 at the end of the time, or a
 * negative errno as AEM_IOC_WAIT has it.
 */
int queue_wait(struct queue *q, int64_t timeout_ns)
{
	return call(q->fd, AEM_IOC_WAIT, timeout_ns);
}
