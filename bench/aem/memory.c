// SPDX-License-Identifier: GPL-2.0-only
/*
 * What watching a descriptor takes of the machine's memory.
 *
 * usage: memory epoll|aem DESCRIPTORS
 *
 * The descriptors are open already. What is free of all memory is read before
 * they are watched and after, when what others freed has been given back, so that
 * nothing is forgotten: slabs, the mapping, tables, page tables. Free are also the
 * pages that a CPU keeps at hand, some MB after many allocations. For aem the
 * context is counted too, by the interface of the kernel: what a library adds is the
 * program's own.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>
#include <unistd.h>

#include <linux/aem.h>

#include "../lib/count.h"

static int *fds;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Pages in the lists of CPUs, which the kernel does not call free. */
static uint64_t pages_at_hand(void)
{
	FILE *zones = fopen("/proc/zoneinfo", "r");
	uint64_t sum = 0;
	unsigned long n;
	char line[256];

	if (!zones)
		die("/proc/zoneinfo");
	while (fgets(line, sizeof(line), zones))
		if (sscanf(line, " count: %lu", &n) == 1)
			sum += n;
	fclose(zones);
	return sum;
}

static uint64_t free_bytes(void)
{
	struct sysinfo info;

	sleep(5);
	if (sysinfo(&info))
		die("sysinfo");
	return (uint64_t)info.freeram * info.mem_unit +
	       pages_at_hand() * getpagesize();
}

static void by_epoll(unsigned int n)
{
	struct epoll_event e = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(0);

	for (unsigned int i = 0; i < n; i++) {
		e.data.u32 = i;
		if (epoll_ctl(ep, EPOLL_CTL_ADD, fds[i], &e))
			die("epoll_ctl");
	}
}

static void by_aem(unsigned int n)
{
	struct aem_setup setup = { .sources = n };
	struct aem_source src = {
		.kind = AEM_KIND_FD, .flags = AEM_F_START, .events = EPOLLIN,
	};
	struct aem_add add = { .sources = (uintptr_t)&src, .count = 1 };
	int fd = open(AEM_DEVICE, O_RDWR);

	if (fd < 0 || ioctl(fd, AEM_IOC_SETUP, &setup) ||
	    mmap(NULL, setup.map_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		 0) == MAP_FAILED)
		die(AEM_DEVICE);
	for (unsigned int i = 0; i < n; i++) {
		src.cookie = i + 1;
		src.fd = fds[i];
		if (ioctl(fd, AEM_IOC_ADD, &add) || src.error)
			die("AEM_IOC_ADD");
	}
}

int main(int argc, char **argv)
{
	struct rlimit all = { 1 << 20, 1 << 20 };
	unsigned int n = argc > 2 ? strtoul(argv[2], NULL, 10) : 0;
	uint64_t before;

	if (!n || (strcmp(argv[1], "epoll") && strcmp(argv[1], "aem"))) {
		fprintf(stderr, "usage: memory epoll|aem DESCRIPTORS\n");
		return 2;
	}
	setrlimit(RLIMIT_NOFILE, &all);
	fds = malloc(n * sizeof(*fds));
	for (unsigned int i = 0; i < n; i++) {
		fds[i] = eventfd(0, EFD_NONBLOCK);
		if (fds[i] < 0)
			die("eventfd");
	}
	before = free_bytes();
	if (strcmp(argv[1], "aem"))
		by_epoll(n);
	else
		by_aem(n);
	count_sample[0] = (before - free_bytes()) / n;
	count_print("bytes", 1);
	return 0;
}
