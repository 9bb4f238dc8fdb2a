/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The option, read once more and in another way, to compare with.
 *
 * The wire format, word for word: the bytes become a list of parameters, and
 * only then anybody asks what is in it. The unit test and the fuzz target use
 * it.
 */
#ifndef _TESTS_CIPSO_NAIVE_H
#define _TESTS_CIPSO_NAIVE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct naive {
	bool good;
	uint32_t sid, nid, serial;
	bool has_serial, has_code;
	uint8_t code[8];
};

static inline uint32_t naive_number(const uint8_t *p)
{
	uint32_t n = 0;
	int i;

	for (i = 0; i < 4; i++)
		n = n * 256 + p[i];
	return n;
}

static inline int naive_count(const uint8_t *types, int n, uint8_t type)
{
	int i, count = 0;

	for (i = 0; i < n; i++)
		count += types[i] == type;
	return count;
}

static inline struct naive naive_read(const uint8_t *data, size_t len)
{
	static const uint8_t doi[4] = { 0x10, 0, 0x10, 0 };
	uint8_t types[40], lengths[40];
	const uint8_t *values[40];
	struct naive r = { 0 };
	size_t at = 8;
	int i, n = 0;

	if (len < 8 || data[0] != 134 || memcmp(data + 2, doi, 4))
		return r;
	if (data[1] < 20 || data[1] > 36 || data[1] > len)
		return r;
	if (data[6] != 7 || data[7] + 6 != data[1])
		return r;
	while (at != data[1]) {
		if (at + 2 > data[1] || data[at + 1] < 2 ||
		    at + data[at + 1] > data[1])
			return r;
		types[n] = data[at];
		lengths[n] = data[at + 1];
		values[n++] = data + at + 2;
		at += data[at + 1];
	}
	for (i = 0; i < n; i++) {
		if (naive_count(types, n, types[i]) != 1)
			return r;
		/* One that is shorter may end where the bytes do. */
		if (lengths[i] != (types[i] == 8 ? 10 : 6))
			return r;
		switch (types[i]) {
		case 2:
			r.has_serial = true;
			r.serial = naive_number(values[i]);
			break;
		case 3:
			r.sid = naive_number(values[i]);
			break;
		case 6:
			r.nid = naive_number(values[i]);
			break;
		case 8:
			r.has_code = true;
			memcpy(r.code, values[i], 8);
			break;
		default:
			return r;
		}
	}
	r.good = r.sid && r.nid;
	return r;
}

#endif /* _TESTS_CIPSO_NAIVE_H */
