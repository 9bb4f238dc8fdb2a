// SPDX-License-Identifier: GPL-2.0-only
/*
 * Subscriptions and events as they stand in messages.
 *
 * A subscriber writes its numbers in network order, as the specification has
 * it, or in its own, as many do. Events answer in the order of their
 * subscription, and carry it unchanged. Nothing says which order it is: of the
 * filter, a small number, the low bits tell.
 *
 * Pure: see pure.h.
 */
#include "locks.h"
#include "subscr.h"

#define ORDER_BITS	(TIPC_SUB_PORTS | TIPC_SUB_SERVICE | TIPC_SUB_CANCEL)

static u32 number(u32 value, bool swap)
{
	return swap ? swab32(value) : value;
}

/**
 * tipc_subscr_read() - read a subscription
 * @buf: the message
 * @len: its length; what follows a subscription is ignored
 * @req: where to put it
 *
 * Context: Any.
 * Return: 0, or -EINVAL if it is none: too short, of a range that ends before
 * it begins, or for ports and services at once. To end what cannot be there is
 * no error.
 */
int tipc_subscr_read(const void *buf, size_t len, struct tipc_subscr_req *req)
{
	struct tipc_subscr *s = &req->raw;

	if (len < sizeof(*s))
		return -EINVAL;
	memcpy(s, buf, sizeof(*s));
	req->swap = !(s->filter & ORDER_BITS);
	req->type = number(s->seq.type, req->swap);
	req->lower = number(s->seq.lower, req->swap);
	req->upper = number(s->seq.upper, req->swap);
	req->timeout = number(s->timeout, req->swap);
	req->filter = number(s->filter, req->swap);
	req->cancel = req->filter & TIPC_SUB_CANCEL;
	req->filter &= ~TIPC_SUB_CANCEL;
	s->filter = number(req->filter, req->swap);
	if (req->cancel)
		return 0;
	if (req->lower > req->upper)
		return -EINVAL;
	if (req->filter & TIPC_SUB_PORTS && req->filter & TIPC_SUB_SERVICE)
		return -EINVAL;
	return 0;
}

/**
 * tipc_subscr_same() - is one the other, or its end?
 * @a: one
 * @b: the other
 *
 * Context: Any.
 * Return: whether they are the same bytes, but for TIPC_SUB_CANCEL.
 */
bool tipc_subscr_same(const struct tipc_subscr_req *a,
		      const struct tipc_subscr_req *b)
{
	return !memcmp(&a->raw, &b->raw, sizeof(a->raw));
}

/**
 * tipc_subscr_event() - write an event
 * @req: the subscription
 * @event: TIPC_PUBLISHED or TIPC_WITHDRAWN
 * @lower: first instance of the publication
 * @upper: last instance of the publication
 * @port: its socket
 * @to: where to write it
 *
 * Context: Any.
 */
void tipc_subscr_event(const struct tipc_subscr_req *req, u32 event, u32 lower,
		       u32 upper, const struct tipc_socket_addr *port,
		       struct tipc_event *to)
{
	to->event = number(event, req->swap);
	to->found_lower = number(lower, req->swap);
	to->found_upper = number(upper, req->swap);
	to->port.ref = number(port->ref, req->swap);
	to->port.node = number(port->node, req->swap);
	to->s = req->raw;
}

/**
 * tipc_subscr_timeout() - write that a subscription is over
 * @req: the subscription
 * @to: where to write it
 *
 * The range is in this machine's order, whatever the order of the
 * subscription: so it has been as long as there are clients.
 *
 * Context: Any.
 */
void tipc_subscr_timeout(const struct tipc_subscr_req *req,
			 struct tipc_event *to)
{
	memset(to, 0, sizeof(*to));
	to->event = number(TIPC_SUBSCR_TIMEOUT, req->swap);
	to->found_lower = req->lower;
	to->found_upper = req->upper;
	to->s = req->raw;
}
