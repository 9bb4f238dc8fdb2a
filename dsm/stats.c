// SPDX-License-Identifier: GPL-2.0-only
/*
 * Counters, one set per CPU, and the words for what is counted. They start at
 * zero at load and are never reset.
 *
 * A sum is not a snapshot: CPUs go on counting while it is taken. Each counter
 * by itself never goes backwards.
 */
#include <linux/cpumask.h>
#include <linux/percpu.h>

#include "dsm.h"

DEFINE_PER_CPU(struct dsm_counters, dsm_counters);

static u64 stat_sum(unsigned int stat)
{
	u64 sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(dsm_counters, cpu).stat[stat]);
	return sum;
}

/**
 * dsm_stat_read() - sum of one counter
 * @stat: enum dsm_stat, except DSM_ST_REASON
 *
 * What comes often is counted once: a packet whose label was taken off early is
 * not counted as received, too, and one with a kept verdict not as allowed.
 *
 * Context: Any context.
 * Return: the sum over all CPUs; 0 for a @stat that is out of range.
 */
u64 dsm_stat_read(unsigned int stat)
{
	switch (stat) {
	case DSM_ST_TASKS:
		return dsm_task_count();
	case DSM_ST_SOCKETS:
		return dsm_sock_count();
	case DSM_ST_RECEIVED:
		return stat_sum(stat) + stat_sum(DSM_ST_STRIPPED) +
		       stat_sum(DSM_ST_STRIPPED_GRO);
	case DSM_ST_ALLOWED:
		return stat_sum(stat) + stat_sum(DSM_ST_CACHED);
	}
	return stat <= DSM_ST_MAX ? stat_sum(stat) : 0;
}

/**
 * dsm_stat_reason() - how many refusals had one reason
 * @reason: enum dsm_reason
 *
 * Counted in permissive mode as well, where nothing was refused.
 *
 * Context: Any context.
 * Return: the sum over all CPUs; 0 for a @reason that is out of range.
 */
u64 dsm_stat_reason(unsigned int reason)
{
	u64 sum = 0;
	int cpu;

	if (reason > DSM_REASON_MAX)
		return 0;
	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(dsm_counters, cpu).reason[reason]);
	return sum;
}

static const char * const stat_names[] = {
	[DSM_ST_RECEIVED]	= "received",
	[DSM_ST_STRIPPED]	= "stripped",
	[DSM_ST_STRIPPED_GRO]	= "stripped_gro",
	[DSM_ST_ALLOWED]	= "allowed",
	[DSM_ST_PERMISSIVE]	= "permissive",
	[DSM_ST_CACHED]		= "cached",
	[DSM_ST_ATTACHED]	= "attached",
	[DSM_ST_REPLIES]	= "replies",
	[DSM_ST_GUARDED]	= "guarded",
	[DSM_ST_TAKEN_OFF]	= "taken_off",
	[DSM_ST_ANSWERED]	= "answered",
	[DSM_ST_CODED]		= "coded",
	[DSM_ST_VERIFIED]	= "verified",
	[DSM_ST_EVENTS_LOST]	= "events_lost",
	[DSM_ST_TASKS]		= "tasks",
	[DSM_ST_SOCKETS]	= "sockets",
};

/**
 * dsm_stat_name() - the word for a counter
 * @stat: enum dsm_stat
 *
 * Return: a constant, or %NULL for what is no counter.
 */
const char *dsm_stat_name(unsigned int stat)
{
	return stat < ARRAY_SIZE(stat_names) ? stat_names[stat] : NULL;
}

static const struct {
	const char *name;
	const char *text;
} reasons[] = {
	[DSM_REASON_NONE] = { "none", "nothing" },
	[DSM_REASON_SHORT] = { "short", "the option is too short" },
	[DSM_REASON_LENGTH] = { "length", "the option has a wrong length" },
	[DSM_REASON_TAG] = { "tag", "the tag type is not 7" },
	[DSM_REASON_TAG_LENGTH] = { "tag_length",
		"the tag has a wrong length" },
	[DSM_REASON_PARAM_LENGTH] = { "param_length",
		"a parameter has a wrong length" },
	[DSM_REASON_PARAM_UNKNOWN] = { "param_unknown",
		"a parameter is unknown" },
	[DSM_REASON_PARAM_TWICE] = { "param_twice",
		"a parameter is there twice" },
	[DSM_REASON_SID_MISSING] = { "sid_missing", "the SID is missing" },
	[DSM_REASON_NID_MISSING] = { "nid_missing", "the NID is missing" },
	[DSM_REASON_SID_ZERO] = { "sid_zero", "the SID is 0" },
	[DSM_REASON_NID_ZERO] = { "nid_zero", "the NID is 0" },
	[DSM_REASON_OPTION_TWICE] = { "option_twice",
		"the header has two labels" },
	[DSM_REASON_RULE] = { "rule", "the policy does not allow it" },
	[DSM_REASON_UNLABELLED] = { "unlabelled",
		"the peer has to label its packets and did not" },
	[DSM_REASON_PLAIN_PEER] = { "plain_peer",
		"a label from a peer that is not to send any" },
	[DSM_REASON_NID_SPOOFED] = { "nid_spoofed",
		"that address has another NID" },
	[DSM_REASON_PEER_DENIED] = { "peer_denied",
		"the peer table does not have that peer, or denies it" },
	[DSM_REASON_NO_SOCKET_LABEL] = { "no_socket_label",
		"the socket is not known" },
	[DSM_REASON_FRAGMENTS_MIXED] = { "fragments_mixed",
		"fragments of one packet have several labels" },
	[DSM_REASON_FRAGMENTS_FULL] = { "fragments_full",
		"there are too many incomplete packets" },
	[DSM_REASON_SERIAL_OLD] = { "serial_old",
		"the peer has an older policy" },
	[DSM_REASON_CODE_MISSING] = { "code_missing",
		"the label is not authenticated" },
	[DSM_REASON_CODE_WRONG] = { "code_wrong",
		"the authentication code is wrong" },
	[DSM_REASON_CODE_EPOCH] = { "code_epoch",
		"there is no key of that node" },
	[DSM_REASON_NO_MEMORY] = { "no_memory", "no memory" },
	[DSM_REASON_IP_OPTIONS] = { "ip_options",
		"a process may not set IP options" },
	[DSM_REASON_RETOPTS] = { "retopts",
		"a process may not send IP options of its own" },
	[DSM_REASON_HEADER] = { "header",
		"a process may not make IP headers of its own" },
	[DSM_REASON_PACKET_SOCKET] = { "packet_socket",
		"a packet socket without privilege" },
	[DSM_REASON_IPV6] = { "ipv6",
		"IPv6 is not labelled, and the peer wants labels" },
	[DSM_REASON_NOT_LABELLED] = { "not_labelled",
		"a packet left without the label it needs" },
	[DSM_REASON_DESCRIPTOR] = { "descriptor",
		"a socket of another SID" },
	[DSM_REASON_PROTOCOL] = { "protocol",
		"a protocol that cannot be labelled" },
	[DSM_REASON_TRANSITION] = { "transition",
		"exec into that SID is not allowed" },
};

static_assert(ARRAY_SIZE(reasons) == __DSM_REASON_MAX);

/**
 * dsm_reason_name() - the word for a reason
 * @reason: enum dsm_reason
 *
 * Return: a constant.
 */
const char *dsm_reason_name(unsigned int reason)
{
	return reason <= DSM_REASON_MAX ? reasons[reason].name : "unknown";
}

/**
 * dsm_reason_text() - the same, as a sentence
 * @reason: enum dsm_reason
 *
 * Return: a constant.
 */
const char *dsm_reason_text(unsigned int reason)
{
	return reason <= DSM_REASON_MAX ? reasons[reason].text : "unknown";
}

static const char * const op_names[] = {
	[DSM_OP_NONE]		= "none",
	[DSM_OP_RECEIVE]	= "receive",
	[DSM_OP_SEND]		= "send",
	[DSM_OP_CONNECT]	= "connect",
	[DSM_OP_CREATE]		= "create",
	[DSM_OP_SETSOCKOPT]	= "setsockopt",
	[DSM_OP_UNIX_CONNECT]	= "unix_connect",
	[DSM_OP_UNIX_SEND]	= "unix_send",
	[DSM_OP_DESCRIPTOR]	= "descriptor",
	[DSM_OP_SIGNAL]		= "signal",
	[DSM_OP_PTRACE]		= "ptrace",
	[DSM_OP_EXEC]		= "exec",
	[DSM_OP_TIPC]		= "tipc",
};

static_assert(ARRAY_SIZE(op_names) == __DSM_OP_MAX);

/**
 * dsm_op_name() - the word for what was asked for
 * @op: enum dsm_op
 *
 * Return: a constant.
 */
const char *dsm_op_name(unsigned int op)
{
	return op <= DSM_OP_MAX ? op_names[op] : "unknown";
}

/**
 * dsm_attach_name() - the word for a way of attaching
 * @attach: enum dsm_attach
 *
 * Return: a constant.
 */
const char *dsm_attach_name(unsigned int attach)
{
	static const char * const names[] = {
		[DSM_ATTACH_NONE]	= "none",
		[DSM_ATTACH_POINTER]	= "pointer",
		[DSM_ATTACH_FTRACE]	= "ftrace",
		[DSM_ATTACH_NETFILTER]	= "netfilter",
	};

	return attach < ARRAY_SIZE(names) ? names[attach] : "unknown";
}
