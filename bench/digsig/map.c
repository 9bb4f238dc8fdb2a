// SPDX-License-Identifier: GPL-2.0-only
/*
 * What does one executable mapping of a file cost?
 *
 * usage: map {open|text|plain} FILE ROUNDS
 *
 *   open   open, mmap executable, munmap, close: what a loader does
 *   text   mmap executable, munmap, the file stays open
 *   plain  open, mmap readable, munmap, close: what nobody checks
 *
 * The whole file is mapped and no page of it is touched, so that the cost is
 * the system calls and the checks in them, not page faults.
 */
#include <err.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "../lib/count.h"

static uint64_t map_text(int fd, size_t len, int prot)
{
	uint64_t start = count_now();
	void *p = mmap(NULL, len, prot, MAP_PRIVATE, fd, 0);

	munmap(p, len);
	start = count_now() - start;
	if (p == MAP_FAILED)
		err(1, "mmap");
	return start;
}

static uint64_t map_open(const char *path, size_t len, int prot)
{
	uint64_t start = count_now();
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	void *p = mmap(NULL, len, prot, MAP_PRIVATE, fd, 0);

	munmap(p, len);
	close(fd);
	start = count_now() - start;
	if (fd < 0 || p == MAP_FAILED)
		err(1, "%s", path);
	return start;
}

int main(int argc, char **argv)
{
	unsigned int i, rounds;
	struct stat st;
	int fd, prot;

	if (argc != 4)
		errx(2, "usage: map {open|text|plain} FILE ROUNDS");
	rounds = count_rounds(argv[3]);
	fd = open(argv[2], O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		err(1, "%s", argv[2]);
	prot = strcmp(argv[1], "plain") ? PROT_READ | PROT_EXEC : PROT_READ;

	for (i = 0; i < rounds; i++) {
		if (!strcmp(argv[1], "text"))
			count_sample[i] = map_text(fd, st.st_size, prot);
		else
			count_sample[i] = map_open(argv[2], st.st_size, prot);
	}
	count_print(argv[1], rounds);
	return 0;
}
