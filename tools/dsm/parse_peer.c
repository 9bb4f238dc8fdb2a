// SPDX-License-Identifier: GPL-2.0-only
/*
 * Peers: prefixes, and how to speak with them.
 */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "parse.h"
#include "dsm/policy.h"

static bool clear_host_bits(const uint8_t *addr, unsigned int bytes,
			    unsigned int len)
{
	unsigned int i;

	for (i = len; i < 8 * bytes; i++)
		if (addr[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

static bool prefix(struct parser *p, struct model_peer *peer)
{
	char *slash, *end, word[64];
	unsigned int bytes;
	unsigned long len;

	if (p->t->kind != TEXT_WORD || strlen(p->t->token) >= sizeof(word)) {
		if (p->t->kind != TEXT_BAD)
			text_error(p->t, "expected an address or a prefix");
		return false;
	}
	snprintf(word, sizeof(word), "%.63s", p->t->token);
	slash = strchr(word, '/');
	if (slash)
		*slash++ = '\0';
	peer->family = strchr(word, ':') ? 6 : 4;
	bytes = peer->family == 6 ? 16 : 4;
	if (inet_pton(peer->family == 6 ? AF_INET6 : AF_INET, word,
		      peer->addr) != 1) {
		text_error(p->t, "\"%s\" is not an address", word);
		return false;
	}
	len = 8 * bytes;
	if (slash)
		len = strtoul(slash, &end, 10);
	if (slash && (!parse_is_number(slash) || *end || len > 8 * bytes)) {
		text_error(p->t, "\"%s\" is not a length of 0 to %u bits",
			   slash, 8 * bytes);
		return false;
	}
	peer->len = len;
	if (!clear_host_bits(peer->addr, bytes, len)) {
		text_error(p->t, "%s has bits set after the first %lu",
			   word, len);
		return false;
	}
	text_next(p->t);
	return true;
}

static bool peer_action(struct parser *p, struct model_peer *peer)
{
	static const char *const words[] = {
		[DSM_PEER_DENY] = "deny",
		[DSM_PEER_PLAIN] = "plain",
		[DSM_PEER_LABEL] = "label",
		[DSM_PEER_REQUIRE] = "require",
	};
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (!parse_got(p, words[i]))
			continue;
		peer->action = i;
		return true;
	}
	if (p->t->kind != TEXT_BAD)
		text_error(p->t,
			   "expected one of label, require, plain, deny");
	return false;
}

static bool peer_option_fits(struct parser *p, const struct model_peer *peer,
			     const struct text_place *place)
{
	if (peer->action == DSM_PEER_DENY) {
		text_error_at(p->t, place,
			      "a peer that is denied has no more to be said");
		return false;
	}
	if (peer->sid && peer->action == DSM_PEER_REQUIRE) {
		text_error_at(p->t, place,
			      "\"sid\" is for what arrives unlabelled, which \"require\" refuses");
		return false;
	}
	if (peer->flags & DSM_PEER_NEED_CODE &&
	    peer->action == DSM_PEER_PLAIN) {
		text_error_at(p->t, place,
			      "a plain peer sends no labels to authenticate");
		return false;
	}
	return true;
}

static bool peer_options(struct parser *p, struct model_peer *peer)
{
	struct text_place place;

	while (!text_is(p->t, ";")) {
		place = text_here(p->t);
		if (parse_got(p, "nid")) {
			if (!parse_one_nid(p, &peer->nid))
				return false;
		} else if (parse_got(p, "sid")) {
			if (!parse_one_sid(p, &peer->sid))
				return false;
		} else if (parse_got(p, "code")) {
			peer->flags |= DSM_PEER_NEED_CODE;
		} else {
			if (p->t->kind != TEXT_BAD)
				text_error(p->t,
					   "expected nid, sid, code or \";\" and not \"%s\"",
					   p->t->token);
			return false;
		}
		if (!peer_option_fits(p, peer, &place))
			return false;
	}
	return parse_expect(p, ";");
}

static bool covers(const struct model_peer *peer, unsigned int family,
		   const uint8_t *addr)
{
	unsigned int i;

	if (peer->family != family)
		return false;
	for (i = 0; i < peer->len; i++)
		if ((peer->addr[i / 8] ^ addr[i / 8]) & 0x80 >> i % 8)
			return false;
	return true;
}

static bool peer_add(struct parser *p, const struct model_peer *peer,
		     const struct text_place *place)
{
	if (p->m->peers == DSM_PEERS_MAX) {
		text_error_at(p->t, place, "there are more than %d peers",
			      DSM_PEERS_MAX);
		return false;
	}
	p->m->peer = model_grow(p->m->peer, p->m->peers, &p->m->peers_room,
				sizeof(*p->m->peer));
	p->m->peer[p->m->peers++] = *peer;
	return true;
}

static const uint8_t loopback4[16] = { 127, 0, 0, 1 };
static const uint8_t loopback6[16] = { [15] = 1 };

/**
 * parse_peer() - peer PREFIX ACTION [nid NID] [sid SID] [code];
 * @p: the compilation, behind the first word
 *
 * Return: true, or false after complaining.
 */
bool parse_peer(struct parser *p)
{
	struct text_place place = text_here(p->t);
	struct model_peer peer = {
		.line = place.line, .column = text_column(&place),
	};

	if (!prefix(p, &peer) || !peer_action(p, &peer) ||
	    !peer_options(p, &peer))
		return false;
	if (covers(&peer, 4, loopback4) && peer.len >= 8)
		p->loopback4 = true;
	if (covers(&peer, 6, loopback6) && peer.len == 128)
		p->loopback6 = true;
	return peer_add(p, &peer, &place);
}

/**
 * parse_loopback() - say how a node speaks with itself, if the text does not
 * @p: the compilation, at its end
 */
void parse_loopback(struct parser *p)
{
	static const struct text_place none;
	struct model_peer peer = {
		.family = 4, .len = 8, .addr = { 127 },
		.action = DSM_PEER_LABEL,
	};

	if (!p->loopback4)
		peer_add(p, &peer, &none);
	peer = (struct model_peer) {
		.family = 6, .len = 128, .addr = { [15] = 1 },
		.action = DSM_PEER_LABEL,
	};
	if (!p->loopback6)
		peer_add(p, &peer, &none);
}
