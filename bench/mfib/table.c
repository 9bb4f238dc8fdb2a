// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tables of routes: those of ../shared/data (or $MFIB_DATA), or made ones with
 * the same number of prefixes of each length.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

#define LINES_MAX	1000000

/* Prefixes of each length among 1,000 of a real table. */
static const u16 lengths4[33] = {
	[12] = 1, [13] = 1, [14] = 1, [15] = 2, [16] = 15, [17] = 9, [18] = 15,
	[19] = 28, [20] = 47, [21] = 56, [22] = 121, [23] = 107, [24] = 597,
};

static const u16 lengths6[129] = {
	[28] = 1, [29] = 27, [30] = 4, [31] = 2, [32] = 141, [33] = 18,
	[34] = 16, [35] = 7, [36] = 37, [37] = 6, [38] = 10, [39] = 9,
	[40] = 84, [41] = 6, [42] = 14, [43] = 6, [44] = 90, [45] = 10,
	[46] = 19, [47] = 20, [48] = 473,
};

/**
 * table_random() - the next number of a sequence
 * @state: not 0
 *
 * Return: a number.
 */
u64 table_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL;
}

/**
 * table_shuffle() - put the routes of a table into a random order
 * @lines: the routes
 * @count: how many
 * @state: of the sequence
 */
void table_shuffle(struct line *lines, unsigned int count, u64 *state)
{
	struct line t;
	unsigned int i, j;

	for (i = count; i > 1; i--) {
		j = table_random(state) % i;
		t = lines[i - 1];
		lines[i - 1] = lines[j];
		lines[j] = t;
	}
}

static unsigned int read_real(unsigned int family, struct line *lines)
{
	const char *folder = getenv("MFIB_DATA");
	char command[512], text[64], bytes[16];
	unsigned int count = 0, len, hop;
	FILE *f;

	snprintf(command, sizeof(command), "zcat %s/routes%d.txt.gz 2>/dev/null",
		 folder ? folder : "../shared/data", family == MFIB_V4 ? 4 : 6);
	f = popen(command, "r");
	if (!f)
		return 0;
	while (count < LINES_MAX &&
	       fscanf(f, "%47[^/]/%u %u\n", text, &len, &hop) == 3) {
		if (inet_pton(family == MFIB_V4 ? AF_INET : AF_INET6, text,
			      bytes) == 1 && hop &&
		    mfib_prefix_init(&lines[count].prefix, family, bytes, len))
			lines[count++].hop = hop;
	}
	pclose(f);
	return count;
}

static int by_prefix(const void *a, const void *b)
{
	return mfib_prefix_compare(&((const struct line *)a)->prefix,
				   &((const struct line *)b)->prefix);
}

static unsigned int make(unsigned int family, struct line *lines, u64 *state)
{
	const u16 *lengths = family == MFIB_V4 ? lengths4 : lengths6;
	unsigned int i, len, r, count = 0, n;

	for (i = 0; i < LINES_MAX; i++) {
		r = table_random(state) % 1000;
		for (len = 0; r >= lengths[len] && len < 64; len++)
			r -= lengths[len];
		if (!lengths[len])
			continue;
		lines[count].prefix.len = len;
		lines[count].prefix.key.hi = table_random(state);
		lines[count].prefix.key.lo = 0;
		/* What registries give out: parts of the space, in blocks. */
		if (family == MFIB_V6)
			lines[count].prefix.key.hi =
				0x2400000000000000ULL +
				((table_random(state) % 6) << 57) +
				((table_random(state) % 4000) << 36) +
				(table_random(state) >> 30);
		else
			lines[count].prefix.key.hi =
				((table_random(state) % 220 + 1) << 56) +
				((table_random(state) >> 8) & ~0ULL << 32);
		lines[count].prefix.key =
			mfib_key_cut(lines[count].prefix.key, len);
		r = table_random(state) % 100;
		lines[count++].hop = r < 70 ? 1 + r % 4 :
				     1 + table_random(state) % 254;
	}
	qsort(lines, count, sizeof(*lines), by_prefix);
	for (i = 0, n = 0; i < count; i++)
		if (!n || by_prefix(&lines[n - 1], &lines[i]))
			lines[n++] = lines[i];
	return n;
}

/**
 * table_load() - routes in a random order
 * @family: MFIB_V4 or MFIB_V6
 * @count: how many
 * @seed: of the order
 * @real: set to whether they are of a real table
 *
 * Ends the program when there are not that many.
 *
 * Return: the routes.
 */
struct line *table_load(unsigned int family, unsigned int count, u64 seed,
			bool *real)
{
	struct line *lines = malloc(LINES_MAX * sizeof(*lines));
	unsigned int n;
	u64 state = seed;

	if (!lines)
		abort();
	n = read_real(family, lines);
	*real = n >= count;
	if (!*real)
		n = make(family, lines, &state);
	if (n < count) {
		fprintf(stderr, "the table has %u routes only\n", n);
		exit(1);
	}
	table_shuffle(lines, n, &state);
	return lines;
}
