// SPDX-License-Identifier: GPL-2.0-only
/*
 * Load for the tests called load-*: tasks that run programs all the time, and
 * modules loaded and unloaded with as little of a program as can be.
 *
 *   execload run STATS TASKS PAUSE_US FILE...  TASKS tasks run each FILE in turn
 *   execload once FILE...                      runs all FILEs at the same moment
 *   execload load MODULE.KO PARAMETERS         as insmod, exits with the errno
 *   execload unload NAME                       as rmmod, exits with the errno
 *
 * STATS is a file that is mapped and holds, for each FILE, four 64-bit numbers:
 * how often it ran, how often it was refused, how often it ended in another way
 * than by exit(0), and the last errno. Whoever maps it reads along.
 *
 * Linked statically, so that few bytes are read for it when a module that has
 * just been loaded looks at everything that runs.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct stats {
	unsigned long long ran, refused, odd, error;
};

extern char **environ;

static void count(unsigned long long *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static void run_one(char *file, struct stats *s)
{
	char *argv[] = { file, NULL };
	int err, status = -1;
	pid_t pid;

	err = posix_spawn(&pid, file, NULL, NULL, argv, environ);
	if (err) {
		s->error = err;
		count(&s->refused);
		return;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	count(status ? &s->odd : &s->ran);
}

static void task(int first, int pause_us, int n, char **files, struct stats *s)
{
	int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = first; ; i++) {
		run_one(files[i % n], &s[i % n]);
		if (pause_us)
			usleep(pause_us);
	}
}

static int run(char *path, int tasks, int pause_us, int n, char **files)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	struct stats *s;
	int i;

	if (fd < 0 || ftruncate(fd, n * sizeof(*s)))
		return errno;
	s = mmap(NULL, n * sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (s == MAP_FAILED)
		return errno;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < tasks; i++)
		if (!fork())
			task(i, pause_us, n, files, s);
	for (;;)
		pause();
}

/* Every child stands in front of its exec when the pipe is closed. */
static int once(int n, char **files)
{
	int ends[2], i, status, ran = 0;
	char byte;

	if (pipe2(ends, O_CLOEXEC))
		return errno;
	for (i = 0; i < n; i++) {
		char *argv[] = { files[i], NULL };

		if (fork())
			continue;
		close(ends[1]);
		if (read(ends[0], &byte, 1) == 0)
			execv(files[i], argv);
		_exit(errno);
	}
	usleep(100000);
	close(ends[1]);
	while (wait(&status) > 0)
		ran += !status;
	printf("%d\n", ran);
	return 0;
}

static int module_load(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0))
		return errno;
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	if (!strcmp(what, "run") && argc > 5)
		return run(argv[2], atoi(argv[3]), atoi(argv[4]), argc - 5,
			   argv + 5);
	if (!strcmp(what, "once") && argc > 2)
		return once(argc - 2, argv + 2);
	if (!strcmp(what, "load") && argc == 4)
		return module_load(argv[2], argv[3]);
	if (!strcmp(what, "unload") && argc == 3)
		return syscall(SYS_delete_module, argv[2], O_NONBLOCK) ?
			errno : 0;
	fprintf(stderr, "execload: see the top of its source\n");
	return 2;
}
