// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does it cost to run a program from fork to the parent's wait?
 *
 * usage: spawn {same|changed|denied} PROGRAM ROUNDS
 *
 *   same     fork, exec, exit, wait; the file was run before
 *   changed  the same, but before each run one byte of the file is written over
 *            with itself: the contents and the signature stay right, and
 *            whoever remembers the file has to look at it again. The write is
 *            not counted; the file is in the page cache throughout
 *   denied   the same as same, but the exec is refused; an exec that works is
 *            an error
 *
 * Each program run exits with status 0.
 */
#include <err.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../lib/count.h"

#define EXIT_REFUSED 111

static char *no_environment[] = { NULL };

static void touch(const char *path)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC);
	char byte;

	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", path);
	if (pread(fd, &byte, 1, st.st_size / 2) != 1 ||
	    pwrite(fd, &byte, 1, st.st_size / 2) != 1)
		err(1, "%s: write", path);
	close(fd);
}

static uint64_t run(char *path, int want)
{
	char *argv[] = { path, NULL };
	uint64_t start = count_now();
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		execve(path, argv, no_environment);
		_exit(EXIT_REFUSED);
	}
	if (waitpid(pid, &status, 0) != pid)
		err(1, "wait");
	start = count_now() - start;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
		errx(1, "%s: status %#x instead of %#x", path, status, want << 8);
	return start;
}

int main(int argc, char **argv)
{
	unsigned int i, rounds;
	bool changed, denied;

	if (argc != 4)
		errx(2, "usage: spawn {same|changed|denied} PROGRAM ROUNDS");
	rounds = count_rounds(argv[3]);
	changed = !strcmp(argv[1], "changed");
	denied = !strcmp(argv[1], "denied");

	for (i = 0; i < rounds; i++) {
		if (changed)
			touch(argv[2]);
		count_sample[i] = run(argv[2], denied ? EXIT_REFUSED : 0);
	}
	count_print(argv[1], rounds);
	return 0;
}
