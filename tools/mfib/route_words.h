/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A route in words, and in a request.
 */
#ifndef ROUTE_WORDS_H
#define ROUTE_WORDS_H

#include "genl.h"
#include "words.h"

#define ROUTE_WAYS_MAX	64

/** struct route_way - one gateway or device of a route */
struct route_way {
	struct address	gateway;	/* size 0: none */
	uint32_t	ifindex;
	uint32_t	weight;
	uint32_t	nh_id;
	bool		onlink;
};

/**
 * struct route_spec - a route as it was written
 * @dst: where to
 * @fib: number of the FIB, or 0
 * @type: enum mfib_type
 * @has_metric: @metric was given
 * @metric: the metric
 * @protocol: RTPROT_*, 0 if it was not given
 * @nh_id: next hop by its id, or 0
 * @table: FIB that it leads into, or 0
 * @mtu: path MTU, or 0
 * @src: preferred source; size 0: none
 * @way: ways; the first is that of a route with one
 * @nways: how many were given by "nexthop"; 0 for a route with one way
 */
struct route_spec {
	struct prefix		dst;
	uint32_t		fib;
	uint8_t			type;
	bool			has_metric;
	uint32_t		metric;
	uint32_t		protocol;
	uint32_t		nh_id;
	uint32_t		table;
	uint32_t		mtu;
	struct address		src;
	struct route_way	way[ROUTE_WAYS_MAX];
	unsigned int		nways;
};

extern const char *const route_types[];

int route_parse(char **argv, struct route_spec *r);
int way_parse(struct words *w, struct route_way *way);
bool route_put(struct genl *g, const struct route_spec *r);
bool way_put(struct genl *g, const struct route_way *way);
const char *protocol_text(unsigned int protocol);
int protocol_number(const char *text, uint32_t *protocol);

#endif /* ROUTE_WORDS_H */
