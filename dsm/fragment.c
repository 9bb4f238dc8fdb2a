// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fragments of one packet have one label, or none of them has.
 *
 * The kernel puts a packet together from whatever has the same addresses,
 * protocol and number, and keeps the header of the first fragment: data of one
 * label would arrive under another. So the label of the first fragment that
 * comes in is remembered, and fragments with another one, or with another
 * authentication code, are dropped before the kernel sees them. That holds for
 * packets that are only forwarded, too, since connection tracking puts those
 * together as well.
 *
 * An entry goes when all octets of its packet have been seen, or when it is
 * older than the kernel waits for fragments. When there is no room, fragments
 * of further packets are dropped.
 *
 * Locking: one lock, taken in softirqs; nothing is taken inside.
 */
#include <linux/jiffies.h>
#include <linux/ip.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#include "dsm.h"

#define FRAGMENT_BITS	10
#define FRAGMENT_WAYS	8
#define FRAGMENT_TIME	(60 * HZ)	/* twice what the kernel waits */

/**
 * struct fragmented - a packet of which not all has been seen
 * @net: where it came in
 * @addrs: source and destination
 * @id: number and protocol
 * @label: of its fragments
 * @code: of that, 0 if there is none
 * @begun: jiffies of its first
 * @seen: octets seen
 * @total: octets that there are, or 0 while that is not known
 * @used: this entry is one
 */
struct fragmented {
	const struct net *net;
	u64		 addrs;
	u32		 id;
	struct dsm_label label;
	u64		 code;
	unsigned long	 begun;
	u32		 seen;
	u32		 total;
	bool		 used;
};

static struct fragmented table[1 << FRAGMENT_BITS][FRAGMENT_WAYS];
static siphash_key_t fragment_key;
static DEFINE_SPINLOCK(fragment_lock);

static struct fragmented key_of(const struct net *net, const struct iphdr *iph)
{
	return (struct fragmented) {
		.net	= net,
		.addrs	= (u64)(__force u32)iph->saddr << 32 |
			  (__force u32)iph->daddr,
		.id	= (u32)(__force u16)iph->id << 8 | iph->protocol,
		.begun	= jiffies,
		.used	= true,
	};
}

static struct fragmented *row_of(const struct fragmented *key)
{
	u64 hash = siphash_3u64((unsigned long)key->net, key->addrs, key->id,
				&fragment_key);

	return table[hash >> (64 - FRAGMENT_BITS)];
}

static bool same(const struct fragmented *a, const struct fragmented *b)
{
	return a->used && a->net == b->net && a->addrs == b->addrs &&
	       a->id == b->id;
}

/* The entry of a packet; or a free one, with the key in it; or NULL. */
static struct fragmented *find(const struct fragmented *key, bool *first)
{
	struct fragmented *f = row_of(key), *free = NULL;
	unsigned int i;

	for (i = 0; i < FRAGMENT_WAYS; i++, f++) {
		if (f->used && time_after(jiffies, f->begun + FRAGMENT_TIME))
			f->used = false;
		if (same(f, key)) {
			*first = false;
			return f;
		}
		if (!f->used)
			free = f;
	}
	*first = true;
	if (free)
		*free = *key;
	return free;
}

static void count(struct fragmented *f, const struct iphdr *iph)
{
	u32 offset = (ntohs(iph->frag_off) & IP_OFFSET) * 8;
	u32 len = ntohs(iph->tot_len) - iph->ihl * 4;

	f->seen += len;
	if (!(iph->frag_off & htons(IP_MF)))
		f->total = offset + len;
	if (f->total && f->seen >= f->total)
		f->used = false;
}

/**
 * dsm_fragment_fits() - does a fragment have the label of those before it?
 * @net: where it came in
 * @iph: its header; the length in it is not less than the header's
 * @opt: its option, all 0 if it has none
 * @reason: why not
 *
 * Context: Softirq. Does not sleep.
 * Return: true if it may be put together with them.
 */
bool dsm_fragment_fits(struct net *net, const struct iphdr *iph,
		       const struct dsm_option *opt, enum dsm_reason *reason)
{
	struct fragmented key = key_of(net, iph), *f;
	bool first, fits = false;

	key.label = opt->label;
	memcpy(&key.code, opt->code, sizeof(key.code));
	spin_lock_bh(&fragment_lock);
	f = find(&key, &first);
	if (!f) {
		*reason = DSM_REASON_FRAGMENTS_FULL;
	} else if (f->label.sid != key.label.sid ||
		   f->label.nid != key.label.nid || f->code != key.code) {
		*reason = DSM_REASON_FRAGMENTS_MIXED;
	} else {
		count(f, iph);
		fits = true;
	}
	spin_unlock_bh(&fragment_lock);
	return fits;
}

/**
 * dsm_fragment_init() - choose the key of the hash
 *
 * Return: 0.
 */
int dsm_fragment_init(void)
{
	get_random_bytes(&fragment_key, sizeof(fragment_key));
	return 0;
}
