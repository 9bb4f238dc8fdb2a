// SPDX-License-Identifier: GPL-2.0-only
/*
 * Authenticating the labels that leave.
 *
 * A socket's option has room for the code, which depends on both addresses and
 * is therefore put into the finished header. The code for the addresses of the
 * last packet is kept with the option: between two addresses nothing is
 * computed again until the policy or the key changes. Codes never depend on
 * what else is in a packet, so segments of one GSO packet have the same.
 *
 * Locking: the seal of a block is written under its lock, which nobody waits
 * for, and read by sequence count. All of it runs in RCU read-side sections.
 */
#include <linux/ip.h>
#include <linux/skbuff.h>
#include <net/checksum.h>
#include <net/inet_sock.h>

#include "compat.h"
#include "dsm.h"

static __always_inline u64 addrs_of(const struct iphdr *iph)
{
	return *(const u64 *)&iph->saddr;
}

/* @sum is what the header's sum grows by. */
static __always_inline void code_write(struct iphdr *iph, u8 *place, u64 code,
				       u32 sum)
{
	u32 check = (u16)~(__force u16)iph->check + sum;

	memcpy(place, &code, sizeof(code));
	iph->check = csum_fold((__force __wsum)check);
}

static u32 sum_of(u64 code)
{
	return (u16)code + (u16)(code >> 16) + (u16)(code >> 32) +
	       (u16)(code >> 48);
}

/**
 * dsm_seal_again() - put in the code that the last packet had
 * @a: the policy
 * @sk: where the packet comes from
 * @iph: its header, finished but for the code
 *
 * Context: An RCU read-side section.
 * Return: true if it could be done: that packet had the same addresses, and this
 * one has the option that is the socket's.
 */
bool dsm_seal_again(const struct dsm_active *a, const struct sock *sk,
		    struct iphdr *iph)
{
	u8 *opt = (u8 *)(iph + 1), *data;
	struct dsm_block *b;
	unsigned int seq;
	u32 at, sum;
	u64 code;

	b = dsm_block_of(rcu_dereference(inet_sk(sk)->inet_opt));
	if (!b || iph->ihl * 4 != sizeof(*iph) + b->rcu.opt.optlen ||
	    b->rcu.opt.optlen < DSM_OPT_ROOM(DSM_OPT_LEN + DSM_CODE_LEN + 2))
		return false;
	seq = raw_read_seqcount(&b->seq);
	at = b->seal.at;
	code = b->seal.code;
	sum = b->seal.sum;
	if ((seq & 1) || b->seal.generation != a->generation ||
	    b->seal.addrs != addrs_of(iph) || read_seqcount_retry(&b->seq, seq))
		return false;
	data = b->data;
	if (*(u64 *)opt != *(u64 *)data ||
	    *(u64 *)(opt + 8) != *(u64 *)(data + 8) ||
	    *(u32 *)(opt + 16) != *(u32 *)(data + 16) ||
	    *(u64 *)(opt + at - 8) != *(u64 *)(data + at - 8) ||
	    *(u64 *)(opt + at))
		return false;
	code_write(iph, opt + at, code, sum);
	dsm_stat_inc(DSM_ST_CODED);
	return true;
}

/* A header that a process made itself may have any protocol. */
static void seal_keep(const struct dsm_active *a, const struct sock *sk,
		      const struct iphdr *iph, u64 code, unsigned int at)
{
	struct dsm_block *b;

	if (!sk || !dsm_sock_is_ip(sk) || sk->sk_type == SOCK_RAW)
		return;
	b = dsm_block_of(rcu_dereference(inet_sk(sk)->inet_opt));
	if (!b || dsm_option_code(b->data) != at || !spin_trylock_bh(&b->lock))
		return;
	write_seqcount_begin(&b->seq);
	b->seal = (struct dsm_seal) {
		.generation = a->generation, .at = at,
		.addrs = addrs_of(iph), .code = code, .sum = sum_of(code),
	};
	write_seqcount_end(&b->seq);
	spin_unlock_bh(&b->lock);
}

/**
 * dsm_seal_put() - compute the code and put it in
 * @a: the policy
 * @sk: where the packet comes from, or %NULL
 * @iph: its header, finished but for the code
 * @opt: the label in it, found right
 *
 * Nothing is done if the option has no room for a code. A code that is there
 * already is replaced: a packet may pass here twice, with an outer device.
 *
 * Context: An RCU read-side section.
 */
void dsm_seal_put(const struct dsm_active *a, const struct sock *sk,
		  struct iphdr *iph, u8 *opt)
{
	unsigned int at = dsm_option_code(opt);
	struct dsm_coded coded = {
		.saddr = iph->saddr, .daddr = iph->daddr,
		.protocol = iph->protocol,
	};
	struct dsm_option said;
	u64 code, old;

	if (!at || !a->epoch || dsm_option_parse(opt, opt[1], &said, NULL))
		return;
	coded.label = said.label;
	coded.serial = said.serial;
	code = (__force u64)dsm_code_make(&a->key, a->epoch, &coded);
	memcpy(&old, opt + at, sizeof(old));
	code_write(iph, opt + at, code, sum_of(code) + sum_of(~old));
	dsm_stat_inc(DSM_ST_CODED);
	seal_keep(a, sk, iph, code, at);
}
