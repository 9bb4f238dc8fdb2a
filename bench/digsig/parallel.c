// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many programs can several tasks start in a second, all of one file?
 *
 * usage: parallel TASKS EXECS PROGRAM
 *
 * TASKS children start PROGRAM by vfork and exec EXECS times each, all at once.
 * Prints "rate N" with the execs in a second of wall time, from the moment the
 * first starts until the last has ended. The work is fixed and the time is
 * measured, so no exec is counted by half.
 */
#define _GNU_SOURCE
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char *no_environment[] = { NULL };

static void start_one(char *path)
{
	char *argv[] = { path, NULL };
	pid_t pid = vfork();
	int status;

	if (pid == 0) {
		execve(path, argv, no_environment);
		_exit(111);
	}
	if (waitpid(pid, &status, 0) != pid || status)
		_exit(1);
}

/* A task says that it is there by closing its end, then waits for the gun. */
static void task(int ready, int gun, long execs, char *path)
{
	char byte;

	close(ready);
	if (read(gun, &byte, 1) < 0)
		_exit(1);
	while (execs--)
		start_one(path);
	_exit(0);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
	long i, tasks, execs;
	int ready[2], gun[2];
	double start;
	int status;
	char byte;

	if (argc != 4)
		errx(2, "usage: parallel TASKS EXECS PROGRAM");
	tasks = strtol(argv[1], NULL, 10);
	execs = strtol(argv[2], NULL, 10);
	if (pipe(ready) || pipe(gun))
		err(1, "pipe");
	for (i = 0; i < tasks; i++) {
		if (fork() == 0) {
			close(gun[1]);
			task(ready[1], gun[0], execs, argv[3]);
		}
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 0)
		err(1, "read");

	start = seconds();
	close(gun[1]);
	for (i = 0; i < tasks; i++)
		if (wait(&status) < 0 || status)
			errx(1, "a task failed: %#x", status);
	printf("rate %.2f\n", tasks * execs / (seconds() - start));
	return 0;
}
