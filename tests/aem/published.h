/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program that listens to what a module publishes: what the tests of publishers
 * share, here and in the folders of the modules.
 */
#ifndef TESTS_AEM_PUBLISHED_H
#define TESTS_AEM_PUBLISHED_H

#include <errno.h>
#include <stdbool.h>
#include <sys/wait.h>
#include <unistd.h>

#include <aem.h>

static const struct aem_opt published_started = {
	.flags = AEM_STARTED, .backlog = 1024,
};

/* The data of the next event @number, at least @size; NULL if none comes. */
static inline const void *published_next(struct aem *a, struct aem_event *e,
					 unsigned int number, size_t size)
{
	const struct timespec limit = { 30, 0 };

	while (aem_wait(a, e, 1, &limit) == 1)
		if (!(e->events & AEM_LOST) && e->module.event == number &&
		    e->module.len >= size)
			return e->module.data;
	return NULL;
}

static inline int published_as_nobody(const char *source, uint32_t events)
{
	struct aem *a;

	if (setgid(65534) || setuid(65534))
		return 1;
	a = aem_open(0, 0);
	if (!a)
		return 2;
	if (aem_module(a, source, events, NULL, NULL, &published_started))
		return 3;
	return errno == EPERM ? 0 : 4;
}

/* Is a process without rights refused when it wants to listen? */
static inline bool published_refuses(const char *source, uint32_t events)
{
	int status = -1;
	pid_t pid = fork();

	if (!pid)
		_exit(published_as_nobody(source, events));
	return waitpid(pid, &status, 0) == pid && !status;
}

#endif /* TESTS_AEM_PUBLISHED_H */
