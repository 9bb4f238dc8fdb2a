/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What other modules may ask of mfib. Both functions are found at run time, so
 * that neither module needs the other to be loaded:
 *
 *	typeof(mfib_classifier_set) *set = symbol_get(mfib_classifier_set);
 *
 *	if (set) {
 *		err = set(&classifier);
 *		...
 *		set(NULL);
 *		symbol_put(mfib_classifier_set);
 *	}
 *
 * A classifier names the FIB of a packet that has just come in, for instance
 * from its security label. There is one at a time.
 */
#ifndef _MFIB_H
#define _MFIB_H

#include <linux/types.h>

struct net;
struct sk_buff;
struct sock;

/**
 * struct mfib_classifier - chooses a FIB for packets
 * @name: whose it is
 * @fib: the FIB of a packet that was received in @net, or 0 to leave it where
 *	it is. A FIB that is not there counts as 0. Called in softirq, in an RCU
 *	read-side section, before conntrack; @family is AF_INET or AF_INET6 and the
 *	network header is set
 */
struct mfib_classifier {
	const char	*name;
	u32		(*fib)(struct net *net, const struct sk_buff *skb,
			       u8 family);
};

int mfib_classifier_set(const struct mfib_classifier *classifier);
int mfib_socket_set(struct sock *sk, u32 fib);

#endif /* _MFIB_H */
