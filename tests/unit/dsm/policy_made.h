/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Policies to ask: an image is built from a model as the compiler does it, and given
 * a filter as the module does it.
 */
#ifndef POLICY_MADE_H
#define POLICY_MADE_H

#include <kselftest_harness.h>

#include "../unit.h"
#include "compile.h"
#include "dsm/policy.h"

/* model.c says with it that there is no memory. */
int cmd_error(const char *fmt, ...);
int cmd_error(const char *fmt, ...)
{
	fputs(fmt, stderr);
	return 1;
}

/** struct made - an image and what it was made of */
struct made {
	struct model		m;
	void			*image;
	u64			*filter;
	size_t			len;
	struct dsm_policy	p;
	const char		*error;
};

static void make(struct made *d)
{
	d->image = build_image(&d->m, 0, &d->len, &d->error);
	if (d->image)
		d->error = dsm_policy_parse(&d->p, d->image, d->len);
	if (d->error)
		return;
	d->filter = malloc(dsm_policy_filter_size(&d->p));
	dsm_policy_filter(&d->p, d->filter);
}

static void unmake(struct made *d)
{
	free(d->filter);
	free(d->image);
	model_free(&d->m);
}

static inline void add_rule(struct model *m, u32 class, u32 sid, u32 nid, u32 tsid,
		     u32 decides, u32 allow, u32 flags)
{
	struct model_rule key = {
		.class = class, .sid = sid, .nid = nid, .tsid = tsid,
	};
	struct model_rule *r = model_rule_get(&m->rules, &key);

	if (r->decides)
		return;
	r->decides = decides;
	r->allow = allow & decides;
	r->flags = flags;
}

static inline void add_peer(struct model *m, u32 family, const u8 *addr, u32 len)
{
	struct model_peer *peer;
	u32 bytes = family == 4 ? 4 : 16, i;

	m->peer = model_grow(m->peer, m->peers, &m->peers_room, sizeof(*peer));
	peer = &m->peer[m->peers];
	memset(peer, 0, sizeof(*peer));
	peer->family = family;
	peer->len = len;
	peer->action = DSM_PEER_PLAIN;
	memcpy(peer->addr, addr, bytes);
	for (i = len; i < 8 * bytes; i++)
		peer->addr[i / 8] &= ~(0x80 >> i % 8);
	for (i = 0; i < m->peers; i++)
		if (m->peer[i].family == family && m->peer[i].len == len &&
		    !memcmp(m->peer[i].addr, peer->addr, bytes))
			return;
	peer->line = ++m->peers;
}

static inline void add_transition(struct model *m, u32 kind, u32 from, u32 to,
			   const char *path, u32 owner, u32 file_sid)
{
	m->transition = model_grow(m->transition, m->transitions,
				   &m->transitions_room,
				   sizeof(*m->transition));
	m->transition[m->transitions++] = (struct model_transition) {
		.kind = kind, .from = from, .to = to, .path = strdup(path),
		.owner = owner, .file_sid = file_sid,
	};
}

#endif /* POLICY_MADE_H */
