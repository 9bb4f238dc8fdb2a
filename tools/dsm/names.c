// SPDX-License-Identifier: GPL-2.0-only
/*
 * The words for what the kernel says in numbers.
 *
 * Names of SIDs and NIDs are in the image that is in force. The kernel has it,
 * and gives only its digest; where a file with that digest is found, names are
 * known, otherwise numbers are shown.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "kernel.h"
#include "names.h"
#include "source.h"

/* What "dsm policy load" leaves, what dsmd keeps, and what is read at boot. */
#define KEPT		"/run/dsm/policy"

static const char *const places[] = {
	KEPT, "/var/lib/dsm/current", "/etc/dsm/policy",
};

/** struct word - a number in one word, and in a sentence */
struct word {
	const char *name;
	const char *text;
};

static const struct word reasons[] = {
	[DSM_REASON_NONE] = { "none", "nothing" },
	[DSM_REASON_SHORT] = { "short", "the option is too short" },
	[DSM_REASON_LENGTH] = { "length", "the option has a wrong length" },
	[DSM_REASON_TAG] = { "tag", "the tag type is not 7" },
	[DSM_REASON_TAG_LENGTH] = {
		"tag_length", "the tag has a wrong length" },
	[DSM_REASON_PARAM_LENGTH] = {
		"param_length", "a parameter has a wrong length" },
	[DSM_REASON_PARAM_UNKNOWN] = {
		"param_unknown", "a parameter is unknown" },
	[DSM_REASON_PARAM_TWICE] = {
		"param_twice", "a parameter is there twice" },
	[DSM_REASON_SID_MISSING] = { "sid_missing", "the SID is missing" },
	[DSM_REASON_NID_MISSING] = { "nid_missing", "the NID is missing" },
	[DSM_REASON_SID_ZERO] = { "sid_zero", "the SID is 0" },
	[DSM_REASON_NID_ZERO] = { "nid_zero", "the NID is 0" },
	[DSM_REASON_OPTION_TWICE] = {
		"option_twice", "the header has two labels" },
	[DSM_REASON_RULE] = { "rule", "the policy does not allow it" },
	[DSM_REASON_UNLABELLED] = {
		"unlabelled",
		"the peer has to label its packets and did not" },
	[DSM_REASON_PLAIN_PEER] = {
		"plain_peer", "a label from a peer that is not to send any" },
	[DSM_REASON_NID_SPOOFED] = {
		"nid_spoofed", "that address has another NID" },
	[DSM_REASON_PEER_DENIED] = {
		"peer_denied",
		"the peer table does not have that peer, or denies it" },
	[DSM_REASON_NO_SOCKET_LABEL] = {
		"no_socket_label", "the socket is not known" },
	[DSM_REASON_FRAGMENTS_MIXED] = {
		"fragments_mixed",
		"fragments of one packet have several labels" },
	[DSM_REASON_FRAGMENTS_FULL] = {
		"fragments_full", "there are too many incomplete packets" },
	[DSM_REASON_SERIAL_OLD] = {
		"serial_old", "the peer has an older policy" },
	[DSM_REASON_CODE_MISSING] = {
		"code_missing", "the label is not authenticated" },
	[DSM_REASON_CODE_WRONG] = {
		"code_wrong", "the authentication code is wrong" },
	[DSM_REASON_CODE_EPOCH] = {
		"code_epoch", "there is no key of that node" },
	[DSM_REASON_NO_MEMORY] = { "no_memory", "no memory" },
	[DSM_REASON_IP_OPTIONS] = {
		"ip_options", "a process may not set IP options" },
	[DSM_REASON_RETOPTS] = {
		"retopts", "a process may not send IP options of its own" },
	[DSM_REASON_HEADER] = {
		"header", "a process may not make IP headers of its own" },
	[DSM_REASON_PACKET_SOCKET] = {
		"packet_socket", "a packet socket without privilege" },
	[DSM_REASON_IPV6] = {
		"ipv6", "IPv6 is not labelled, and the peer wants labels" },
	[DSM_REASON_NOT_LABELLED] = {
		"not_labelled", "a packet left without the label it needs" },
	[DSM_REASON_DESCRIPTOR] = {
		"descriptor", "a socket of another SID" },
	[DSM_REASON_PROTOCOL] = {
		"protocol", "a protocol that cannot be labelled" },
	[DSM_REASON_TRANSITION] = {
		"transition", "exec into that SID is not allowed" },
};

/**
 * reason_name() - one word for a reason
 * @reason: enum dsm_reason
 *
 * Return: a string that is never freed.
 */
const char *reason_name(uint32_t reason)
{
	if (reason >= ARRAY_SIZE(reasons) || !reasons[reason].name)
		return "unknown";
	return reasons[reason].name;
}

/**
 * reason_text() - a reason as a sentence
 * @reason: enum dsm_reason
 *
 * Return: a string that is never freed.
 */
const char *reason_text(uint32_t reason)
{
	if (reason >= ARRAY_SIZE(reasons) || !reasons[reason].text)
		return "a reason that this program does not know";
	return reasons[reason].text;
}

/** struct op - an operation, and the permission that it needs */
struct op {
	const char	*name;
	uint32_t	perms;
};

static const struct op ops[] = {
	[DSM_OP_NONE] = { "none", 0 },
	[DSM_OP_RECEIVE] = { "receive", DSM_PERM_RECEIVE },
	[DSM_OP_SEND] = { "send", DSM_PERM_SEND },
	[DSM_OP_CONNECT] = { "connect", DSM_PERM_CONNECT },
	[DSM_OP_CREATE] = { "create", DSM_PERM_CREATE },
	[DSM_OP_SETSOCKOPT] = { "setsockopt", DSM_PERM_SETOPT },
	[DSM_OP_UNIX_CONNECT] = { "unix_connect", DSM_PERM_CONNECT },
	[DSM_OP_UNIX_SEND] = { "unix_send", DSM_PERM_SEND },
	[DSM_OP_DESCRIPTOR] = { "descriptor", DSM_PERM_USE },
	[DSM_OP_SIGNAL] = { "signal", DSM_PERM_SEND },
	[DSM_OP_PTRACE] = { "ptrace", DSM_PERM_ATTACH },
	[DSM_OP_EXEC] = { "exec", 0 },
	[DSM_OP_TIPC] = { "tipc", DSM_PERM_RECEIVE },
};

/**
 * op_name() - one word for an operation
 * @op: enum dsm_op
 *
 * Return: a string that is never freed.
 */
const char *op_name(uint32_t op)
{
	if (op >= ARRAY_SIZE(ops) || !ops[op].name)
		return "unknown";
	return ops[op].name;
}

/**
 * op_perms() - the permission an operation needs
 * @op: its name
 *
 * Return: DSM_PERM_*, or 0.
 */
uint32_t op_perms(const char *op)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(ops); i++)
		if (ops[i].name && !strcmp(op, ops[i].name))
			return ops[i].perms;
	return 0;
}

/**
 * attach_name() - one word for how a point of the kernel is attached
 * @attach: enum dsm_attach
 *
 * Return: a string that is never freed.
 */
const char *attach_name(uint32_t attach)
{
	static const char *const words[] = {
		[DSM_ATTACH_NONE] = "none",
		[DSM_ATTACH_POINTER] = "pointer",
		[DSM_ATTACH_FTRACE] = "ftrace",
		[DSM_ATTACH_NETFILTER] = "netfilter",
	};

	return attach < ARRAY_SIZE(words) ? words[attach] : "unknown";
}

/**
 * stat_name() - one word for a counter
 * @stat: enum dsm_stat
 *
 * Return: a string that is never freed, or NULL for one that is not shown.
 */
const char *stat_name(uint32_t stat)
{
	static const char *const words[] = {
		[DSM_ST_RECEIVED] = "received",
		[DSM_ST_STRIPPED] = "stripped",
		[DSM_ST_STRIPPED_GRO] = "stripped_gro",
		[DSM_ST_ALLOWED] = "allowed",
		[DSM_ST_PERMISSIVE] = "permissive",
		[DSM_ST_CACHED] = "cached",
		[DSM_ST_ATTACHED] = "attached",
		[DSM_ST_REPLIES] = "replies",
		[DSM_ST_GUARDED] = "guarded",
		[DSM_ST_TAKEN_OFF] = "taken_off",
		[DSM_ST_ANSWERED] = "answered",
		[DSM_ST_CODED] = "coded",
		[DSM_ST_VERIFIED] = "verified",
		[DSM_ST_EVENTS_LOST] = "events_lost",
		[DSM_ST_TASKS] = "tasks",
		[DSM_ST_SOCKETS] = "sockets",
	};

	return stat < ARRAY_SIZE(words) ? words[stat] : NULL;
}

/* ---- names of SIDs and NIDs ----------------------------------------------------- */

static bool is_the_one(struct names *n, const char *path, const uint8_t *hash)
{
	struct source_opts how = { .quiet = true };

	if (!path || access(path, R_OK) || !source_is_image(path) ||
	    source_open(path, &how, &n->image))
		return false;
	if (!hash || !memcmp(hash, n->image.policy.digest,
			     DSM_IMAGE_DIGEST_LEN)) {
		snprintf(n->path, sizeof(n->path), "%s", path);
		return true;
	}
	image_close(&n->image);
	return false;
}

/**
 * names_open() - find the policy in force
 * @n: filled in; names_close() gives it back
 *
 * A file named by the variable DSM_POLICY is taken as it is.
 */
void names_open(struct names *n)
{
	struct genl g = { .quiet = true };
	struct kernel_status st;
	size_t i;
	int err;

	memset(n, 0, sizeof(*n));
	n->there = is_the_one(n, getenv("DSM_POLICY"), NULL);
	if (n->there || kernel_open(&g))
		return;
	err = kernel_status(&g, &st);
	genl_close(&g);
	if (err || !st.serial)
		return;
	for (i = 0; i < ARRAY_SIZE(places) && !n->there; i++)
		n->there = is_the_one(n, places[i], st.hash);
}

/**
 * names_close() - give the memory back
 * @n: as names_open() left it
 */
void names_close(struct names *n)
{
	image_close(&n->image);
}

/**
 * names_policy() - the policy that has the names
 * @n: the names
 *
 * Return: the policy, or NULL if names are not known.
 */
const struct dsm_policy *names_policy(const struct names *n)
{
	return n->there ? &n->image.policy : NULL;
}

/* -ENOENT if it is none; other errors were said. */
static int find_number(const char *word, const char *what, uint32_t *id)
{
	char *end;
	unsigned long long n;

	if (word[0] < '0' || word[0] > '9')
		return -ENOENT;
	n = strtoull(word, &end, 0);
	if (*end || !n || n > UINT32_MAX) {
		cmd_error("\"%s\" is no %s, which is a name or a number from 1 to 4294967295",
			  word, what);
		return -EINVAL;
	}
	*id = n;
	return 0;
}

/**
 * names_find_sid() - the number of a SID
 * @p: a policy, or NULL
 * @word: its name, or the number itself
 * @sid: set to it
 *
 * Return: 0, or a negative error after saying why.
 */
int names_find_sid(const struct dsm_policy *p, const char *word, uint32_t *sid)
{
	int err = find_number(word, "SID", sid);
	uint32_t i;

	for (i = 0; err == -ENOENT && p && i < le32_to_cpu(p->head->sids); i++)
		if (!strcmp(word, p->strings + le32_to_cpu(p->sid[i].name))) {
			*sid = le32_to_cpu(p->sid[i].sid);
			return 0;
		}
	if (err == -ENOENT)
		cmd_error(p ? "no SID is called \"%s\"" :
			  "the policy that knows the SID \"%s\" is not found; give a number",
			  word);
	return err;
}

/**
 * names_find_nid() - the number of a node
 * @p: a policy, or NULL
 * @word: its name, or the number itself
 * @nid: set to it
 *
 * Return: 0, or a negative error after saying why.
 */
int names_find_nid(const struct dsm_policy *p, const char *word, uint32_t *nid)
{
	int err = find_number(word, "NID", nid);
	uint32_t i;

	for (i = 0; err == -ENOENT && p && i < le32_to_cpu(p->head->nids); i++)
		if (!strcmp(word, p->strings + le32_to_cpu(p->nid[i].name))) {
			*nid = le32_to_cpu(p->nid[i].nid);
			return 0;
		}
	if (err == -ENOENT)
		cmd_error(p ? "no NID is called \"%s\"" :
			  "the policy that knows the NID \"%s\" is not found; give a number",
			  word);
	return err;
}

/**
 * names_sid() - the number of a SID, in the policy in force
 * @word: its name, or the number itself
 * @sid: set to it
 *
 * Return: 0, or a negative error after saying why.
 */
int names_sid(const char *word, uint32_t *sid)
{
	struct names n;
	int err;

	names_open(&n);
	err = names_find_sid(names_policy(&n), word, sid);
	names_close(&n);
	return err;
}

/**
 * names_nid() - the number of a node, in the policy in force
 * @word: its name, or the number itself
 * @nid: set to it
 *
 * Return: 0, or a negative error after saying why.
 */
int names_nid(const char *word, uint32_t *nid)
{
	struct names n;
	int err;

	names_open(&n);
	err = names_find_nid(names_policy(&n), word, nid);
	names_close(&n);
	return err;
}

/**
 * names_keep() - leave a policy where names_open() finds it
 * @path: the policy, just loaded
 *
 * It is no failure if that does not work: numbers are shown then.
 */
void names_keep(const char *path)
{
	struct image image;

	if (mkdir("/run/dsm", 0755) && errno != EEXIST)
		return;
	if (image_open(&image, path))
		return;
	image_save(KEPT, image.data, image.len);
	image_close(&image);
}
