// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes on their way: read once, hashed, and written if they go anywhere.
 *
 * The buffer stays in the processor's second-level cache, so that the bytes
 * are fetched from the page cache once, whatever happens to them then.
 * SIGINT and SIGTERM are noticed between two buffers; whoever called then
 * takes back what it began.
 */
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "report.h"
#include "stream.h"

/* Written by the handler: lock-free, so a signal may come at any time. */
static atomic_int caught;

static void catch(int sig)
{
	caught = sig;
}

/**
 * interrupts_catch() - from now on SIGINT, SIGTERM and SIGHUP only leave a note
 *
 * SIGIO, which tells the holder of a lease that somebody waits, is ignored, and
 * so is SIGXFSZ: a file that may not grow is an error.
 */
void interrupts_catch(void)
{
	struct sigaction sa = { .sa_handler = catch };

	sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
	sigaction(SIGHUP, &sa, NULL);
	/* Comes when somebody waits for a file that is signed in place. */
	signal(SIGIO, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/**
 * interrupted() - was there such a signal?
 *
 * Context: any thread.
 * Return: true if there was.
 */
bool interrupted(void)
{
	return caught;
}

/**
 * interrupts_obey() - die of the signal that was noted, if one was
 *
 * Call it when everything is cleaned up.
 */
void interrupts_obey(void)
{
	int sig = caught;

	if (!sig)
		return;
	signal(sig, SIG_DFL);
	raise(sig);
}

/**
 * stream_init() - take what a stream needs
 * @s: filled; stream_free() gives it back
 *
 * One stream serves many files, one after the other.
 *
 * Return: 0 or -ENOMEM.
 */
int stream_init(struct stream *s)
{
	s->out = -1;
	s->skip = false;
	s->md = EVP_MD_CTX_new();
	s->buf = aligned_alloc(4096, STREAM_BUFFER);
	if (s->md && s->buf)
		return 0;
	stream_free(s);
	return -ENOMEM;
}

/**
 * stream_free() - give back what stream_init() took
 * @s: no longer usable
 */
void stream_free(struct stream *s)
{
	EVP_MD_CTX_free(s->md);
	free(s->buf);
	s->md = NULL;
	s->buf = NULL;
}

/**
 * stream_begin() - start with a new digest
 * @s: the stream
 * @out: where to write what passes, or -1
 *
 * Return: 0 or -EIO.
 */
int stream_begin(struct stream *s, int out)
{
	s->out = out;
	s->skip = false;
	return EVP_DigestInit_ex(s->md, EVP_sha256(), NULL) ? 0 : -EIO;
}

/**
 * write_all() - write, however often it takes
 * @fd: where to
 * @bytes: what
 * @len: how much
 *
 * Return: 0 or a negative error.
 */
int write_all(int fd, const void *bytes, size_t len)
{
	ssize_t n;

	while (len) {
		n = write(fd, bytes, len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -ENOSPC;
		bytes = (const char *)bytes + n;
		len -= n;
	}
	return 0;
}

/**
 * stream_bytes() - let bytes pass
 * @s: the stream
 * @bytes: what
 * @len: how much
 *
 * Return: 0 or a negative error.
 */
int stream_bytes(struct stream *s, const void *bytes, size_t len)
{
	if (!EVP_DigestUpdate(s->md, bytes, len))
		return -EIO;
	return s->out >= 0 ? write_all(s->out, bytes, len) : 0;
}

static int stream_chunk(struct stream *s, size_t len)
{
	if (!EVP_DigestUpdate(s->md, s->buf, len))
		return -EIO;
	if (s->out >= 0 && !s->skip)
		return write_all(s->out, s->buf, len);
	return 0;
}

/**
 * stream_file() - let a part of a file pass
 * @s: the stream
 * @fd: the file
 * @off: from where
 * @len: how much
 *
 * Return: 0, -EIO when the file ends before, -EINTR after a signal, or another
 * negative error.
 */
int stream_file(struct stream *s, int fd, uint64_t off, uint64_t len)
{
	ssize_t n;
	int err;

	while (len) {
		if (interrupted())
			return -EINTR;
		n = pread(fd, s->buf, len < STREAM_BUFFER ? len : STREAM_BUFFER,
			  off);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		err = stream_chunk(s, n);
		if (err)
			return err;
		progress_bytes(n);
		off += n;
		len -= n;
	}
	return 0;
}

/**
 * stream_end() - the digest of what passed
 * @s: the stream
 * @digest: DIGSIG_DIGEST_LEN bytes; filled
 *
 * Return: 0 or -EIO.
 */
int stream_end(struct stream *s, uint8_t *digest)
{
	return EVP_DigestFinal_ex(s->md, digest, NULL) ? 0 : -EIO;
}
