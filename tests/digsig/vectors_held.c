// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attack vectors that get hold of something before, or from behind: bytes that
 * lie in memory behind the end of a file, pages that outlive their mapping, and
 * memory that is filled in by other ways than writing. vectors.c says what a
 * vector is, and calls these.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/io_uring.h>
#include <linux/userfaultfd.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "vectors.h"

void *map_exec(int fd, off_t offset)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, offset);
}

/* ---- behind the end of a file -------------------------------------------------- */

/*
 * The last page of a file that is mapped has bytes behind the end of the file.
 * Who maps it shared may write them; they are not part of the file and of no
 * hash, and stay in the page cache.
 */
static int tail_with(const char *folder, const void *code, size_t len)
{
	char file[PATH_MAX];
	struct stat st;
	off_t last;
	int fd, rc;
	char *p;

	snprintf(file, sizeof(file), "%s/tail-%d", folder, getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return broken("copy");
	fd = open(file, O_RDWR);
	if (fd < 0 || fstat(fd, &st))
		return broken("open");
	last = st.st_size & -PAGE;
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, last);
	if (p == MAP_FAILED || st.st_size - last > PAGE - 64)
		return broken("map the end");
	memcpy(p + PAGE - 64, code, len);
	munmap(p, PAGE);
	close(fd);

	fd = open(file, O_RDONLY);
	p = map_exec(fd, last);
	if (p == MAP_FAILED)
		rc = blocked(errno);
	else
		rc = len ? ran(call(p + PAGE - 64) == CHANGED) : ran(true);
	unlink(file);
	return rc;
}

int tail_bytes(void)
{
	return tail_with(path(""), code_changed, sizeof(code_changed));
}

int tail_bytes_tmpfs(void)
{
	return tail_with("/run", code_changed, sizeof(code_changed));
}

/* Mapped and written to, but not behind its end. */
int ok_tail_zero(void)
{
	return tail_with("/run", "", 0);
}

/* O_TRUNC does not take O_WRONLY. */
int open_truncate(void)
{
	char file[PATH_MAX];
	struct stat st;
	int fd, rc;

	if (!map_signed_copy(file, &fd))
		return broken("map");
	if (open(file, O_RDONLY | O_TRUNC) < 0)
		rc = blocked(errno);
	else if (fstat(fd, &st) || st.st_size)
		rc = broken("not truncated");
	else
		rc = ran(true);
	unlink(file);
	return rc;
}

/* ---- pages that outlive their mapping -------------------------------------------- */

/** struct ring - an io_uring of one entry */
struct ring {
	struct io_uring_params params;
	struct io_uring_sqe *sqe;
	char *sq;
	int fd;
};

static int ring_open(struct ring *r)
{
	r->fd = syscall(SYS_io_uring_setup, 1, &r->params);
	if (r->fd < 0)
		return -1;
	r->sq = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		     IORING_OFF_SQ_RING);
	r->sqe = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, r->fd,
		      IORING_OFF_SQES);
	return r->sq == MAP_FAILED || r->sqe == MAP_FAILED ? -1 : 0;
}

static int ring_submit(struct ring *r)
{
	unsigned int *tail = (unsigned int *)(r->sq + r->params.sq_off.tail);

	*(unsigned int *)(r->sq + r->params.sq_off.array) = 0;
	__atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
	return syscall(SYS_io_uring_enter, r->fd, 1, 1, IORING_ENTER_GETEVENTS,
		       NULL, 0) == 1 ? 0 : -1;
}

/* Read code into the registered page, wherever that is mapped by now. */
static int ring_read_changed(struct ring *r, void *page)
{
	int fd = memfd_create("changed", 0);

	if (fd < 0 || write(fd, code_changed, sizeof(code_changed)) < 0)
		return -1;
	*r->sqe = (struct io_uring_sqe){
		.opcode = IORING_OP_READ_FIXED, .fd = fd,
		.addr = (uintptr_t)page, .len = sizeof(code_changed),
	};
	return ring_submit(r);
}

/*
 * A page of a file, mapped shared and registered as a buffer of an io_uring,
 * remains so when the mapping and the descriptor are gone: nobody has the file
 * open for writing then, and yet it can be written to.
 */
static int registered(bool keep)
{
	struct ring ring = {};
	char file[PATH_MAX];
	struct iovec page;
	void *x;
	int fd, rc;

	snprintf(file, sizeof(file), "/run/pinned-%d", getpid());
	if (copy_file(path("signed/flat"), file, 0644) || ring_open(&ring))
		return broken("io_uring");
	fd = open(file, O_RDWR);
	page.iov_len = PAGE;
	page.iov_base = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
			     0);
	if (syscall(SYS_io_uring_register, ring.fd, IORING_REGISTER_BUFFERS,
		    &page, 1))
		return broken("register");
	munmap(page.iov_base, PAGE);
	close(fd);
	if (!keep && syscall(SYS_io_uring_register, ring.fd,
			     IORING_UNREGISTER_BUFFERS, NULL, 0))
		return broken("unregister");

	fd = open(file, O_RDONLY);
	x = map_exec(fd, 0);
	if (x == MAP_FAILED)
		rc = blocked(errno);
	else if (!keep)
		rc = ran(call(x) == ANSWER);
	else if (ring_read_changed(&ring, page.iov_base))
		rc = broken("read");
	else
		rc = ran(call(x) == CHANGED);
	unlink(file);
	return rc;
}

int pinned_page(void) { return registered(true); }
int ok_pin_gone(void) { return registered(false); }

/* ---- memory that is filled without writing --------------------------------------- */

static int userfault_fill(void *at)
{
	static unsigned char page[PAGE];
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)at, PAGE },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	struct uffdio_copy copy = {
		.dst = (uintptr_t)at, .src = (uintptr_t)page, .len = PAGE,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	memcpy(page, code_changed, sizeof(code_changed));
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg) || ioctl(fd, UFFDIO_COPY, &copy))
		return -1;
	return 0;
}

/*
 * A private mapping of a file in memory, executable and never writable, whose
 * missing page is put in by userfaultfd.
 */
int userfault_copy(void)
{
	char file[PATH_MAX];
	void *x;
	int fd, rc;

	snprintf(file, sizeof(file), "/run/userfault-%d", getpid());
	if (copy_file(path("signed/flat"), file, 0644))
		return broken("copy");
	fd = open(file, O_RDONLY);
	x = map_exec(fd, 0);
	if (x == MAP_FAILED)
		rc = broken("map");
	else if (userfault_fill(x))
		rc = blocked(errno);
	else
		rc = ran(call(x) == CHANGED);
	unlink(file);
	return rc;
}

/* With this personality brk() makes memory executable, without mmap_file. */
int brk_implied_exec(void)
{
	unsigned char *p;

	if (personality(PER_LINUX | READ_IMPLIES_EXEC) < 0)
		return blocked(errno);
	p = sbrk(4 * PAGE);
	if (p == (void *)-1)
		return blocked(errno);
	p = (void *)(((uintptr_t)p + 2 * PAGE) & -PAGE);
	memcpy(p, code_changed, sizeof(code_changed));
	return ran(call(p) == CHANGED);
}
