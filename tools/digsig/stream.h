/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes on their way: read once, hashed, and written if they go anywhere.
 */
#ifndef _DIGSIG_STREAM_H
#define _DIGSIG_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#define STREAM_BUFFER	(256 * 1024)	/* stays in the second-level cache */

/**
 * struct stream - where bytes go
 * @md: hash that sees all of them
 * @out: file that gets them, or -1
 * @skip: do not write file contents to @out, it has them already
 * @buf: STREAM_BUFFER bytes
 */
struct stream {
	EVP_MD_CTX *md;
	int out;
	bool skip;
	uint8_t *buf;
};

int stream_init(struct stream *s);
void stream_free(struct stream *s);
int stream_begin(struct stream *s, int out);
int stream_bytes(struct stream *s, const void *bytes, size_t len);
int stream_file(struct stream *s, int fd, uint64_t off, uint64_t len);
int stream_end(struct stream *s, uint8_t *digest);
int write_all(int fd, const void *bytes, size_t len);

bool interrupted(void);
void interrupts_catch(void);
void interrupts_obey(void);

#endif /* _DIGSIG_STREAM_H */
