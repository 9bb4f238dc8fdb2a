// SPDX-License-Identifier: GPL-2.0-only
/*
 * A supervisor whose work is done by capsules: processes that are ready.
 *
 * usage: supervisor PORT
 *
 * Each connection is handled in a process of its own, so that one that crashes
 * takes nothing with it. The processes exist before the connection comes
 * (AEM_CAPSULE), the descriptor reaches them with the event, and the library
 * replaces those that end. One line is read from the connection:
 *
 *	echo TEXT	the TEXT and the process that answers
 *	crash		the process ends by a signal
 *	exit		the supervisor is told to end
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <aem.h>

static struct aem *aem;
static aem_ev stop;

/* Runs in a capsule. */
static void on_connection(const struct aem_event *e)
{
	char line[256] = "";
	ssize_t len;

	if (e->accept.fd < 0)
		return;
	len = read(e->accept.fd, line, sizeof(line) - 1);
	if (len > 0 && !strncmp(line, "echo ", 5))
		dprintf(e->accept.fd, "%d %s", (int)getpid(), line + 5);
	else if (!strncmp(line, "crash", 5))
		abort();
	else if (!strncmp(line, "exit", 4))
		aem_fire(stop, 1);
	close(e->accept.fd);
}

static void on_stop(const struct aem_event *e)
{
	(void)e;
	aem_quit(aem);
}

static int listener(int port)
{
	struct sockaddr_in sa = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int one = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (fd < 0 || bind(fd, (void *)&sa, sizeof(sa)) || listen(fd, 128)) {
		perror("supervisor: listen");
		exit(1);
	}
	return fd;
}

int main(int argc, char **argv)
{
	struct aem_opt capsule = {
		.flags = AEM_STARTED | AEM_CAPSULE | AEM_NOCLDWAIT,
		.capsules = 4,
	};
	struct aem_opt first = { .flags = AEM_STARTED, .prio = AEM_PRIO_MAX };

	if (argc != 2)
		return 2;
	aem = aem_open(0, 0);
	stop = aem ? aem_user(aem, on_stop, NULL, &first) : NULL;
	if (!stop ||
	    !aem_accept(aem, listener(atoi(argv[1])), SOCK_CLOEXEC,
			on_connection, NULL, &capsule)) {
		perror("supervisor");
		return 1;
	}
	printf("supervisor %d\n", (int)getpid());
	fflush(stdout);
	if (aem_run(aem) < 0) {
		perror("supervisor: aem_run");
		return 1;
	}
	aem_close(aem);
	return 0;
}
