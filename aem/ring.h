/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The producer's half of the ring that is shared with user space.
 *
 * How the two halves meet is written in <linux/aem.h>. The rule that makes it
 * work: a source is pushed only by whoever takes the count in its state word
 * from 0 to more, and only the consumer takes it back to 0, after emptying the
 * slot. So at most as many slots are in use as there are sources.
 *
 * What user space may scribble on (state words, slots, the header) is written and
 * exchanged here but never believed: places come from @tail, which is the
 * kernel's own, and every index is masked. All of it works in any context and
 * takes no lock: an exchange for the word, one for the place, one for the slot.
 */
#ifndef _AEM_RING_H
#define _AEM_RING_H

#include <linux/aem.h>

#include "pure.h"

/**
 * struct aem_ring - the kernel's view of one ring
 * @slots: in shared memory
 * @tail: how often something was pushed; the kernel's own
 * @mask: number of slots - 1
 */
struct aem_ring {
	u32 *slots;
	u32 tail;
	u32 mask;
};

/**
 * aem_state_add() - note that a source happened
 * @state: of the source
 * @events: what, shifted to AEM_EVENTS_SHIFT
 * @count: how often; more than 0
 *
 * Return: true if nothing was noted before: the caller has to push the source.
 */
static __always_inline bool aem_state_add(struct aem_state *state, u64 events,
					  u64 count)
{
	u64 old = READ_ONCE(state->word);

	while (!aem_try_cmpxchg(&state->word, &old, (old | events) + count))
		;
	return !(old << (64 - AEM_EVENTS_SHIFT));
}

/**
 * aem_ring_push() - put a source into a ring
 * @ring: the ring
 * @number: of the ring, its bit in @hdr->ready
 * @hdr: of the mapping
 * @index: of the source
 *
 * The exchange of the slot is a full barrier: a consumer who clears the bit
 * of the ring and then sees no source has cleared it before we look at it. The
 * same holds for armed, which the caller looks at next.
 */
static __always_inline void aem_ring_push(struct aem_ring *ring,
					  unsigned int number,
					  struct aem_header *hdr, u32 index)
{
	u32 place = aem_fetch_add(&ring->tail, 1) & ring->mask;

	(void)aem_xchg(&ring->slots[place], index + 1);
	if (!(READ_ONCE(hdr->ready) & 1u << number))
		aem_or(&hdr->ready, 1u << number);
}

#endif /* _AEM_RING_H */
