/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of dsm tell each other.
 *
 * The way of a packet that comes in: receive.c (takes the label off early) ->
 * hooks.c (a socket is about to get it) -> judge.c (may it?) -> event.c (who is
 * told). The way of one that leaves: hooks.c (connect, send) -> send.c (the
 * socket gets its label, once) -> the kernel's own code, which copies it into
 * each header; guard.c looks at the finished packet where that alone does not
 * do. What the kernel answers by itself is labelled in reply.c.
 *
 * Who a task is, task.c knows; whose a socket is, sock.c. The policy in force is
 * in load.c, keys of nodes in keys.c. cipso.c, code.c, policy.c, policy_parse.c
 * and classes.c are pure.
 */
#ifndef _DSM_DSM_H
#define _DSM_DSM_H

#include <linux/dsm.h>
#include <linux/dsm_policy.h>
#include <linux/hash.h>
#include <linux/in6.h>
#include <linux/ip.h>
#include <linux/list.h>
#include <linux/percpu.h>
#include <linux/rculist.h>
#include <linux/rculist_nulls.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/seqlock.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <net/inet_sock.h>

#include "cipso.h"
#include "code.h"
#include "lsmhook.h"
#include "policy.h"

struct linux_binprm;
struct msghdr;
struct net;
struct net_device;
struct netlink_ext_ack;
struct sk_buff;
struct sock;
struct sockaddr;
struct socket;

/* ---- stats.c --------------------------------------------------------------- */

/**
 * struct dsm_counters - counters of one CPU
 * @stat: enum dsm_stat
 * @reason: enum dsm_reason
 */
struct dsm_counters {
	u64 stat[DSM_ST_MAX + 1];
	u64 reason[DSM_REASON_MAX + 1];
};

DECLARE_PER_CPU(struct dsm_counters, dsm_counters);

static inline void dsm_stat_inc(unsigned int stat)
{
	this_cpu_inc(dsm_counters.stat[stat]);
}

static inline void dsm_reason_inc(unsigned int reason)
{
	this_cpu_inc(dsm_counters.reason[reason]);
}

u64 dsm_stat_read(unsigned int stat);
u64 dsm_stat_reason(unsigned int reason);
const char *dsm_stat_name(unsigned int stat);
const char *dsm_reason_name(unsigned int reason);
const char *dsm_reason_text(unsigned int reason);
const char *dsm_op_name(unsigned int op);
const char *dsm_attach_name(unsigned int attach);

/* ---- load.c ---------------------------------------------------------------- */

#define DSM_SELF_BITS	6

/**
 * struct dsm_active - a policy in force, with what follows from it
 * @policy: the policy
 * @image: its bytes, freed by kvfree()
 * @filter: the policy's, freed by kvfree()
 * @hash: SHA-256 of the image
 * @generation: number of this change; no two policies have the same
 * @label: what the kernel's own answers say
 * @opt: the option for those, padded
 * @opt_len: bytes of @opt with its padding
 * @epoch: of @key, or 0
 * @key: that labels are authenticated with
 * @self: what a SID was found to be allowed by itself; dsm_judge_self()
 *
 * Nothing in it but @self changes after it is published. Freed after a grace
 * period.
 */
struct dsm_active {
	struct dsm_policy policy;
	void		*image;
	u64		*filter;
	u8		hash[DSM_IMAGE_DIGEST_LEN];
	u32		generation;
	struct dsm_label label;
	u8		opt[DSM_OPT_ROOM(DSM_OPT_MAX)];
	unsigned int	opt_len;
	u32		epoch;
	siphash_key_t	key;
	u64		self[1 << DSM_SELF_BITS];
};

/** dsm_active - the policy in force, or %NULL. Written under a lock of load.c */
extern struct dsm_active __rcu *dsm_active;

/**
 * dsm_generation - of the policy in force, or %DSM_GENERATION_NONE
 *
 * For who only has to know whether what it remembers is of that policy. Written
 * after dsm_active, and before the old policy's grace period.
 */
extern u32 dsm_generation;

#define DSM_GENERATION_NONE	0xffffffff

/** dsm_initial_sid - of tasks and sockets nothing else is known about; not 0 */
extern u32 dsm_initial_sid;

/** dsm_nid - of this node, or 0 while it is not known */
extern u32 dsm_nid;

/* What a caller of dsm_policy_load() wants to be done. */
enum dsm_load {
	DSM_LOAD_NOW,
	DSM_LOAD_PREPARE,
};

int dsm_policy_load(struct file *file, enum dsm_load how, bool force,
		    u32 *serial, struct netlink_ext_ack *extack);
int dsm_policy_load_image(void *image, size_t len, enum dsm_load how,
			  bool force, u32 *serial,
			  struct netlink_ext_ack *extack);
int dsm_policy_commit(u32 serial, struct netlink_ext_ack *extack);
int dsm_policy_abort(u32 serial, struct netlink_ext_ack *extack);
int dsm_policy_unload(struct netlink_ext_ack *extack);
u32 dsm_policy_prepared(void);
u32 dsm_policy_epoch(void);
int dsm_policy_use_key(u32 nid, u32 epoch, const siphash_key_t *key,
		       struct netlink_ext_ack *extack);
void dsm_policy_forget_verdicts(void);
int dsm_node_set(u32 nid, struct netlink_ext_ack *extack);
int dsm_load_init(void);
void dsm_load_exit(void);

/* ---- keys.c ------------------------------------------------------------------ */

int dsm_key_add(u32 nid, u32 epoch, const u8 octets[DSM_KEY_LEN],
		struct netlink_ext_ack *extack);
int dsm_key_del(u32 nid, u32 epoch, struct netlink_ext_ack *extack);
int dsm_key_use(u32 epoch, struct netlink_ext_ack *extack);
enum dsm_reason dsm_key_verify(const struct dsm_coded *coded,
			       const u8 code[DSM_CODE_LEN]);
u32 dsm_key_count(void);
void dsm_key_walk(long at[2], int (*put)(void *data, u32 nid, u32 epoch),
		  void *data);
void dsm_key_exit(void);

/* ---- trust.c ----------------------------------------------------------------- */

int dsm_trust_add(const void *der, size_t len, struct netlink_ext_ack *extack);
int dsm_trust_verify(const struct dsm_policy *p,
		     struct netlink_ext_ack *extack);
int dsm_trust_init(void);
void dsm_trust_exit(void);

/* ---- task.c ------------------------------------------------------------------ */

u32 dsm_task_sid(const struct task_struct *task);
int dsm_task_fork(struct task_struct *task);
void dsm_task_forget(struct task_struct *task);
int dsm_task_set(struct task_struct *task, u32 sid);
int dsm_task_exec_set(u32 sid);
int dsm_task_exec_decide(struct linux_binprm *bprm, bool *changes);
bool dsm_task_exec_commit(void);
u64 dsm_task_count(void);
void dsm_task_exit(void);

/* ---- sock.c ------------------------------------------------------------------- */

/**
 * struct dsm_verdict - a packet that was allowed to a socket
 * @generation: of the policy that allowed it
 * @mark: skb->inner_protocol, which says whether its option was taken off, and
 *	how long that is; DSM_MARK_NEVER: the option is in its header
 * @addrs: source and destination, as they are in the header
 * @opt: its option
 */
struct dsm_verdict {
	u32		generation;
	u32		mark;
	u64		addrs;
	u8		opt[DSM_OPT_ROOM(DSM_OPT_MAX)];
};

/**
 * struct dsm_sock - what dsm knows of a socket
 * @node: in the table. Changed under the lock of the bucket, followed under RCU
 * @sk: which socket; only compared
 * @sid: of the task that made it, or 0 for dsm_initial_sid
 * @class: enum dsm_class
 * @dest: destination that sending to was last allowed, and the generation of
 *	that policy, in one word
 * @seq: of @verdict and @peer. Writers hold @lock
 * @lock: innermost
 * @verdict: the last packet that was allowed
 * @peer: who sent it
 *
 * Memory of an entry is used again at once, for another socket: who holds the
 * socket may use its entry, who only passes one in a list looks at @node and @sk.
 */
struct dsm_sock {
	struct hlist_nulls_node	node;
	const struct sock	*sk;
	u32			sid;
	u32			class;
	u64			dest;
	seqcount_t		seq;
	spinlock_t		lock;
	struct dsm_verdict	verdict;
	struct dsm_peer		peer;
};

extern struct hlist_nulls_head *dsm_socks;
extern unsigned int dsm_sock_shift;

static __always_inline unsigned long dsm_sock_bucket(const struct sock *sk)
{
	return (u64)(unsigned long)sk * GOLDEN_RATIO_64 >> dsm_sock_shift;
}

/**
 * dsm_sock_first() - what is known of a socket, if it is found at once
 * @sk: which; it exists for as long as the entry is used
 * @ds: gets its entry
 *
 * Context: An RCU read-side section.
 * Return: false if it was not, which says nothing.
 */
static __always_inline bool dsm_sock_first(const struct sock *sk,
					   struct dsm_sock **ds)
{
	struct hlist_nulls_node *n;

	n = READ_ONCE(dsm_socks[dsm_sock_bucket(sk)].first);
	if (is_a_nulls(n))
		return false;
	*ds = hlist_nulls_entry(n, struct dsm_sock, node);
	return (*ds)->sk == sk;
}

/**
 * dsm_sock_find_in() - dsm_sock_find() in the bucket of the socket
 * @bucket: dsm_sock_bucket()
 * @sk: which; it exists for as long as the entry is used
 *
 * An entry that is used again while it is passed leads into another list, whose
 * end tells.
 *
 * Context: An RCU read-side section.
 * Return: its entry, or %NULL.
 */
static __always_inline struct dsm_sock *
dsm_sock_find_in(unsigned long bucket, const struct sock *sk)
{
	struct hlist_nulls_node *n;
	struct dsm_sock *ds;

	do {
		hlist_nulls_for_each_entry_rcu(ds, n, &dsm_socks[bucket], node)
			if (READ_ONCE(ds->sk) == sk)
				return ds;
	} while (unlikely(get_nulls_value(n) != bucket));
	return NULL;
}

/**
 * dsm_sock_find() - what is known of a socket
 * @sk: which; it exists for as long as the entry is used
 *
 * Context: An RCU read-side section.
 * Return: its entry, or %NULL.
 */
static __always_inline struct dsm_sock *dsm_sock_find(const struct sock *sk)
{
	return dsm_sock_find_in(dsm_sock_bucket(sk), sk);
}

static inline bool dsm_sock_is_ip(const struct sock *sk)
{
	return sk && (sk->sk_family == AF_INET || sk->sk_family == AF_INET6);
}

int dsm_sock_add(const struct sock *sk, u32 class, u32 sid, gfp_t gfp);
void dsm_sock_clone(const struct sock *from, const struct sock *to);
void dsm_sock_shut(const struct sock *sk);
void dsm_sock_forget(const struct sock *sk);
void dsm_sock_walk(void (*look)(struct sock *sk));
void dsm_sock_scan(void);
u32 dsm_sock_sid(const struct sock *sk);
u32 dsm_sock_class(int family, int type, int protocol);
u64 dsm_sock_count(void);
int dsm_sock_init(void);
void dsm_sock_exit(void);

static inline u32 dsm_sid_of(u32 sid)
{
	return sid ? sid : READ_ONCE(dsm_initial_sid);
}

/* ---- timewait.c --------------------------------------------------------------- */

void dsm_timewait_keep(const struct sock *sk, u32 sid, bool open);
u32 dsm_timewait_sid(const struct net *net, __be32 local, __be32 remote,
		     __be16 lport, __be16 rport);
int dsm_timewait_init(void);
void dsm_timewait_exit(void);

/* ---- seal.c -------------------------------------------------------------------- */

/**
 * struct dsm_seal - the authentication code between two addresses
 * @generation: of the policy, and so of the key; 0: there is none
 * @at: where the code is in the option
 * @addrs: source and destination, as they are in the header
 * @code: the code
 * @sum: of the code, for the header's checksum
 */
struct dsm_seal {
	u32	generation;
	u32	at;
	u64	addrs;
	u64	code;
	u32	sum;
};

/* In opt.faddr, which only source routing uses: this block is one of ours. */
#define DSM_BLOCK_MARK	((__force __be32)0x64736d62)

/**
 * struct dsm_block - a socket's option
 * @rcu: what the kernel knows of it; the option follows in @data
 * @data: the option, padded; an authentication code is zero
 * @peer: of a connection that was accepted, who asked for it
 * @seq: of @seal. Writers hold @lock. From here on only there if @data has room
 *	for a code
 * @lock: innermost
 * @seal: the code of the last packet that left
 */
struct dsm_block {
	struct ip_options_rcu	rcu;
	u8			data[DSM_OPT_ROOM(DSM_OPT_MAX)];
	struct dsm_peer		peer;
	seqcount_t		seq;
	spinlock_t		lock;
	struct dsm_seal		seal;
};

static inline struct dsm_block *dsm_block_of(struct ip_options_rcu *opt)
{
	if (!opt || opt->opt.faddr != DSM_BLOCK_MARK || !opt->opt.cipso)
		return NULL;
	return container_of(opt, struct dsm_block, rcu);
}

bool dsm_seal_again(const struct dsm_active *a, const struct sock *sk,
		    struct iphdr *iph);
void dsm_seal_put(const struct dsm_active *a, const struct sock *sk,
		  struct iphdr *iph, u8 *opt);

/* ---- send.c -------------------------------------------------------------------- */

int dsm_send_to(struct sock *sk, const struct sockaddr *addr, int len,
		enum dsm_op op);
int dsm_send_message(struct sock *sk, struct msghdr *msg);
int dsm_send_request(const struct sock *sk, struct sk_buff *skb,
		     struct request_sock *req);
void dsm_send_refresh(void);
bool dsm_send_attached(const struct sock *sk, const u8 **opt,
		       unsigned int *len, struct dsm_peer *peer);
unsigned int dsm_send_option(const struct dsm_active *a, u32 sid,
			     u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)]);

/* ---- judge.c ------------------------------------------------------------------- */

/**
 * struct dsm_seen - the label of a packet
 * @opt: the option, in the packet; its label is 0 if there is none
 * @data: where the option lies, or %NULL
 * @len: bytes there
 * @verified: it has an authentication code, which was found right
 */
struct dsm_seen {
	struct dsm_option opt;
	const u8	*data;
	unsigned int	len;
	bool		verified;
};

int dsm_judge_packet(struct sock *sk, struct sk_buff *skb);
void dsm_judge_peer(const struct dsm_active *a, const struct sock *sk,
		    struct sk_buff *skb, struct dsm_peer *peer);
u32 dsm_judge_sender(const struct dsm_active *a, const struct sk_buff *skb);
int dsm_judge_answered(struct sk_buff *skb, u32 class, u32 tsid);
int dsm_judge_from(enum dsm_op op, u32 class, u32 perms,
		   const struct dsm_label *from, u32 tsid);
int dsm_judge_local(enum dsm_op op, u32 class, u32 perms, u32 ssid, u32 tsid);
int dsm_judge_self(enum dsm_op op, u32 class, u32 perms);
int dsm_refuse(enum dsm_op op, enum dsm_reason reason, const struct sock *sk);

/* ---- receive.c ------------------------------------------------------------------ */

/*
 * skb->inner_protocol of a packet whose option was taken off and lies before the
 * MAC header; the low bits say how many words of it. Before ip_rcv() secmark says
 * so, which cannot come from outside.
 */
#define DSM_MARK	0xfff0
#define DSM_MARK_GRO	0x64736e00
#define DSM_MARK_WORDS	0x0f
#define DSM_MARK_NEVER	0xffffffff	/* of no packet */

static __always_inline bool dsm_marked(const struct sk_buff *skb)
{
	return (__force u16)skb->inner_protocol >= DSM_MARK;
}

/* Bytes of the option of a marked packet. */
static __always_inline unsigned int dsm_mark_bytes(const struct sk_buff *skb)
{
	return ((__force u16)skb->inner_protocol & DSM_MARK_WORDS) * 4;
}

int dsm_receive_init(void);
void dsm_receive_exit(void);
void dsm_receive_restore(struct sk_buff *skb);
unsigned int dsm_receive_attached(void);

/* ---- point.c, reply.c ------------------------------------------------------------ */

void *dsm_symbol(const char *name);
int dsm_validate(const struct sk_buff *skb, unsigned char **option);
int dsm_reply(struct net *net, struct ip_options *dopt, struct sk_buff *skb,
	      const struct ip_options *sopt);
bool dsm_reply_wanted(struct sk_buff *skb);
int dsm_point_init(void);
void dsm_point_exit(void);
unsigned int dsm_point_validate(void);
unsigned int dsm_point_replies(void);
unsigned int dsm_point_options(void);

/* ---- fib.c -------------------------------------------------------------------------- */

void dsm_fib_update(const struct dsm_policy *p);

/* ---- fragment.c ------------------------------------------------------------------- */

bool dsm_fragment_fits(struct net *net, const struct iphdr *iph,
		       const struct dsm_option *opt, enum dsm_reason *reason);
int dsm_fragment_init(void);

/* ---- guard.c ---------------------------------------------------------------------- */

int dsm_guard_arm(struct net *net);
int dsm_guard_arm_all(void);
int dsm_guard_control(const struct sock *sk, struct msghdr *msg);
int dsm_guard_setsockopt(struct socket *sock, int level, int optname);
int dsm_guard_create(int family, int type, int protocol);
bool dsm_guard_armed(void);
bool dsm_guard_wanted(void);
int dsm_guard_init(void);
void dsm_guard_exit(void);

/* ---- unix.c ----------------------------------------------------------------------- */

int dsm_unix_connect(struct sock *sock, struct sock *other, struct sock *newsk);
int dsm_unix_send(struct sock *from, struct sock *to);
int dsm_descriptor_receive(struct file *file);
void dsm_descriptors_flush(void);
int dsm_signal(struct task_struct *task, const struct kernel_siginfo *info);
int dsm_ptrace(struct task_struct *child, unsigned int mode);
int dsm_traceme(struct task_struct *parent);

/* ---- event.c, publish.c, audit.c ------------------------------------------------------------- */

/**
 * struct dsm_event - something that was refused, or would have been
 * @op: enum dsm_op
 * @reason: enum dsm_reason
 * @denied: it was refused
 * @report: to be reported, not only counted
 * @access: what the policy was asked; class 0 if it was not
 * @serial: of the policy
 * @pid: who did it, 0 if a packet
 * @comm: its name
 * @family: of the addresses, 0 if there are none
 * @protocol: IPPROTO_*
 * @saddr: where the packet came from
 * @daddr: where it went to
 * @sport: in host byte order
 * @dport: in host byte order
 * @time_ns: since the epoch
 */
struct dsm_event {
	u32	op;
	u32	reason;
	bool	denied;
	bool	report;
	struct dsm_access access;
	u32	serial;
	u32	pid;
	char	comm[TASK_COMM_LEN];
	u8	family;
	u8	protocol;
	struct in6_addr saddr;
	struct in6_addr daddr;
	u16	sport;
	u16	dport;
	u64	time_ns;
};

void dsm_event_report(struct dsm_event *ev);
void dsm_publish_refused(const struct dsm_event *ev);
void dsm_publish_policy(u32 serial, u32 generation);
void dsm_audit_denial(const struct dsm_event *ev);
void dsm_audit_policy(const char *what, u32 serial, const u8 *hash);

/* ---- netlink.c, fs.c, sockopt.c, hooks.c, conflict.c -------------------------------- */

bool dsm_netlink_listens(void);
void dsm_netlink_event(const struct dsm_event *ev);
int dsm_netlink_init(void);
void dsm_netlink_exit(void);
int dsm_fs_init(void);
void dsm_fs_exit(void);
int dsm_sockopt_init(void);
void dsm_sockopt_exit(void);
extern struct lsmhook_set dsm_hooks;
int dsm_hooks_init(void);
void dsm_hooks_exit(void);
int dsm_conflict_check(struct netlink_ext_ack *extack);
int dsm_conflict_init(void);

#endif /* _DSM_DSM_H */
