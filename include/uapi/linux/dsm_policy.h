/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The compiled policy of dsm: one image that "dsm policy compile" writes, that
 * is loaded by one write, and that the kernel searches where it lies.
 *
 * An image is a header and nine arrays, one after the other, each beginning at
 * a multiple of 8 bytes, the gap before it zero:
 *
 *	struct dsm_image_header
 *	__le32				displacement[buckets]
 *	struct dsm_image_rule		slot[slots]
 *	struct dsm_image_sid		sid[sids]
 *	struct dsm_image_nid		nid[nids]
 *	struct dsm_image_peer		peer[peers]
 *	struct dsm_image_range4		range4[ranges4]
 *	struct dsm_image_range6		range6[ranges6]
 *	struct dsm_image_transition	transition[transitions]
 *	char				strings[strings_len]
 *
 * There are no offsets in the header: where an array begins follows from the
 * counts, and the end of the last is image_len. Behind the image, at the next
 * multiple of 8, there may be one signature:
 *
 *	struct dsm_image_signature
 *	__u8				signature[len]
 *
 * The digest is the SHA-256 of the bytes [40, image_len). What is signed is the
 * first 40 bytes, magic and digest, as a detached PKCS#7 (CMS) message without
 * signed attributes, SHA-256 with RSA or ECDSA, such as
 *
 *	head -c 40 IMAGE | openssl cms -sign -binary -noattr -nocerts ...
 *
 * makes. A policy is named by its digest.
 *
 * Rules. A rule says of one class of objects, of senders (a SID on a node, a
 * NID) and of receivers (a SID) which permissions it allows and which it
 * denies. 0 in place of a SID or a NID is "any". Each permission is decided by
 * the most specific rule that mentions it: one that names the receiver comes
 * before one that does not; among these, one that names the sender's SID; among
 * these, one that names its NID. What no rule mentions is decided by the default
 * of the class, which is to deny.
 *
 * The slots are a perfect hash table: for a rule with
 *
 *	h = sid * mul[0] + nid * mul[1] + (tsid | class << 32) * mul[2]
 *
 * in 64 bits, sid and nid of the sender, tsid of the receiver,
 *
 *	d = displacement[(h >> 32) & (buckets - 1)]
 *	slot[((((h * d) & 0xffffffffffffffff) >> 32) * slots) >> 32]
 *
 * is that rule, or there is none. A slot of class 0 is empty and all zero.
 *
 * Peers. Prefixes are flattened into ranges that do not overlap: range i goes
 * from its own first address to the one before the first of range i + 1, or to
 * the last address there is. Range 0 begins at address 0. If there are none,
 * no address of that family is in a prefix.
 *
 * Transitions ascend strictly in (kind, path as strcmp() has it, file_sid, from
 * is 0, from, owner is DSM_OWNER_ANY, owner), so that of two that have the file
 * in common the more specific one stands first.
 *
 * All numbers are little-endian. Reserved fields are zero; unknown flags,
 * versions, kinds and permissions are refused.
 */
#ifndef _UAPI_LINUX_DSM_POLICY_H
#define _UAPI_LINUX_DSM_POLICY_H

#include <linux/types.h>

#define DSM_IMAGE_MAGIC		"DSMPOL\r\n"
#define DSM_IMAGE_MAGIC_LEN	8
#define DSM_IMAGE_VERSION	1
#define DSM_IMAGE_DIGEST_LEN	32	/* SHA-256, FIPS 180-4 */
#define DSM_IMAGE_SIGNED_LEN	40	/* magic and digest */
#define DSM_IMAGE_ALIGN		8

/* Limits. An image has at most 64 MB, its signature included. */
#define DSM_IMAGE_MAX		(64 << 20)
#define DSM_RULES_MAX		(1 << 20)
#define DSM_SIDS_MAX		(1 << 18)
#define DSM_NIDS_MAX		(1 << 16)
#define DSM_PEERS_MAX		(1 << 16)
#define DSM_RANGES_MAX		(2 * DSM_PEERS_MAX + 1)
#define DSM_TRANSITIONS_MAX	(1 << 16)
#define DSM_STRINGS_MAX		(16 << 20)
#define DSM_SIGNATURE_MAX	16384
#define DSM_NAME_MAX		32	/* of a SID or NID, the NUL included */
#define DSM_PATH_MAX		4096	/* of a program, the NUL included */

#define DSM_SID_ANY		0
#define DSM_NID_ANY		0

/**
 * enum dsm_class - what is acted on
 * @DSM_CLASS_NONE: nothing; an empty slot
 * @DSM_CLASS_TCP: TCP and MPTCP sockets
 * @DSM_CLASS_UDP: UDP and UDP-Lite sockets
 * @DSM_CLASS_RAW: raw IP sockets
 * @DSM_CLASS_ICMP: ping sockets, and echo requests that the kernel answers
 * @DSM_CLASS_SCTP: SCTP sockets
 * @DSM_CLASS_PACKET: packet sockets
 * @DSM_CLASS_UNIX_STREAM: AF_UNIX stream and seqpacket sockets
 * @DSM_CLASS_UNIX_DGRAM: AF_UNIX datagram sockets
 * @DSM_CLASS_TIPC: TIPC sockets
 * @DSM_CLASS_FD: descriptors passed over AF_UNIX sockets
 * @DSM_CLASS_SIGNAL: signals
 * @DSM_CLASS_PTRACE: looking into another process
 * @__DSM_CLASS_MAX: number of classes
 */
enum dsm_class {
	DSM_CLASS_NONE,
	DSM_CLASS_TCP,
	DSM_CLASS_UDP,
	DSM_CLASS_RAW,
	DSM_CLASS_ICMP,
	DSM_CLASS_SCTP,
	DSM_CLASS_PACKET,
	DSM_CLASS_UNIX_STREAM,
	DSM_CLASS_UNIX_DGRAM,
	DSM_CLASS_TIPC,
	DSM_CLASS_FD,
	DSM_CLASS_SIGNAL,
	DSM_CLASS_PTRACE,
	__DSM_CLASS_MAX
};

/* Room for the classes in a header. */
#define DSM_CLASSES		16

/*
 * Permissions. The first four and SETOPT are asked for with the SID of the
 * process as sender and receiver both. SEND is asked for where it is known whom
 * it reaches: with the default SID of a plain peer, or with the SID of a local
 * socket. RECEIVE is asked for where data arrives, with the SID of the socket
 * as receiver.
 */
#define DSM_PERM_CREATE		0x0001	/* make a socket */
#define DSM_PERM_BIND		0x0002	/* give it an address */
#define DSM_PERM_CONNECT	0x0004	/* connect it (AF_UNIX: to this receiver) */
#define DSM_PERM_LISTEN		0x0008	/* listen on it, and accept */
#define DSM_PERM_SEND		0x0010	/* send to a receiver that is known */
#define DSM_PERM_RECEIVE	0x0020	/* be heard by the receiver */
#define DSM_PERM_SETOPT		0x0040	/* change its options */
#define DSM_PERM_USE		0x0080	/* fd: hand the receiver a descriptor */
#define DSM_PERM_READ		0x0100	/* ptrace: read the receiver's state */
#define DSM_PERM_ATTACH		0x0200	/* ptrace: take control of it */

#define DSM_PERMS_MESSAGE	(DSM_PERM_CREATE | DSM_PERM_BIND | \
				 DSM_PERM_CONNECT | DSM_PERM_SEND | \
				 DSM_PERM_RECEIVE | DSM_PERM_SETOPT)
#define DSM_PERMS_STREAM	(DSM_PERMS_MESSAGE | DSM_PERM_LISTEN)

/* Policy flags, dsm_image_header.flags. */
#define DSM_POLICY_PERMISSIVE	0x0001	/* report what would be denied, allow it */
#define DSM_POLICY_SEND_SERIAL	0x0002	/* put the serial into the option */
#define DSM_POLICY_NEED_SERIAL	0x0004	/* labelled packets of a lower serial, or
					 * of none, are dropped
					 */
#define DSM_POLICY_SEND_CODE	0x0008	/* authenticate labels that are sent */
#define DSM_POLICY_NEED_CODE	0x0010	/* labels that are not are refused */
#define DSM_POLICY_FLAGS_KNOWN	0x001f

/* Rule flags, dsm_image_rule.flags and dsm_image_default.flags. */
#define DSM_RULE_AUDIT		0x0002	/* report what it allows, too */
#define DSM_RULE_QUIET		0x0001	/* do not report what it denies */
#define DSM_RULE_ANSWER		0x0004	/* denied packet: ICMP prohibited */
#define DSM_RULE_FLAGS_KNOWN	0x0007

/**
 * struct dsm_image_default - what decides where no rule does
 * @allow: DSM_PERM_* that are allowed
 * @flags: DSM_RULE_*
 */
struct dsm_image_default {
	__le16	allow;
	__le16	flags;
};

/**
 * struct dsm_image_header - start of an image
 * @magic: DSM_IMAGE_MAGIC
 * @digest: SHA-256 of everything from @version to the end of the image
 * @version: DSM_IMAGE_VERSION
 * @serial: of the policy, not 0; a kernel in force mode takes a higher one only
 * @flags: DSM_POLICY_*
 * @image_len: bytes of the image, without the signature
 * @time: when it was compiled, seconds since 1970; 0 if that is not to be known
 * @mul: the three factors of the hash, odd
 * @rules: number of slots that are not empty
 * @buckets: number of displacements, a power of two, at most @slots
 * @slots: number of slots, at least @rules, not 0
 * @sids: number of SIDs with a name
 * @nids: number of NIDs with a name
 * @peers: number of peer prefixes
 * @ranges4: number of IPv4 ranges
 * @ranges6: number of IPv6 ranges
 * @transitions: number of transitions
 * @strings_len: bytes of names and paths, each ending with a NUL
 * @initial_sid: of the tasks that nothing else was said about, those that run
 *	when the first policy is loaded among them, and of what the kernel
 *	itself sends; not 0
 * @name: of the policy, offset in the strings
 * @patterns: for each class, which kinds of rules it has: bit 4 * r + 2 * s + n
 *	is set if there is one that names the receiver (r is 1), the sender's
 *	SID (s is 1), and its NID (n is 1)
 * @standard: for each class, what decides where no rule does
 * @reserved: zero
 */
struct dsm_image_header {
	__u8	magic[DSM_IMAGE_MAGIC_LEN];
	__u8	digest[DSM_IMAGE_DIGEST_LEN];
	__le32	version;
	__le32	serial;
	__le32	flags;
	__le32	image_len;
	__le64	time;
	__le64	mul[3];
	__le32	rules;
	__le32	buckets;
	__le32	slots;
	__le32	sids;
	__le32	nids;
	__le32	peers;
	__le32	ranges4;
	__le32	ranges6;
	__le32	transitions;
	__le32	strings_len;
	__le32	initial_sid;
	__le32	name;
	__u8	patterns[DSM_CLASSES];
	struct dsm_image_default standard[DSM_CLASSES];
	__le64	reserved;
};

#define DSM_IMAGE_HEADER_LEN	224

/**
 * struct dsm_image_rule - one slot of the table
 * @sid: of the sender, or 0
 * @nid: of the sender, or 0
 * @tsid: of the receiver, or 0
 * @class: enum dsm_class
 * @decides: DSM_PERM_* that this rule mentions, not 0
 * @allow: those of them that it allows
 * @flags: DSM_RULE_*
 * @line: of the policy's text where it was found, 0 for unknown
 */
struct dsm_image_rule {
	__le32	sid;
	__le32	nid;
	__le32	tsid;
	__le16	class;
	__le16	decides;
	__le16	allow;
	__le16	flags;
	__le32	line;
};

#define DSM_SID_PERMISSIVE	0x0001	/* report what would be denied it, allow it */
#define DSM_SID_FIB_SHIFT	16	/* above: FIB of its packets, or 0 */
#define DSM_SID_FLAGS_KNOWN	0xffff0001

/**
 * struct dsm_image_sid - a security ID with a name; @sid ascends strictly
 * @sid: not 0
 * @name: offset in the strings
 * @flags: DSM_SID_*
 */
struct dsm_image_sid {
	__le32	sid;
	__le32	name;
	__le32	flags;
};

/**
 * struct dsm_image_nid - a node ID with a name; @nid ascends strictly
 * @nid: not 0
 * @name: offset in the strings
 */
struct dsm_image_nid {
	__le32	nid;
	__le32	name;
};

/**
 * enum dsm_peer_action - how to speak with the addresses of a prefix
 * @DSM_PEER_DENY: not at all
 * @DSM_PEER_PLAIN: unlabelled in both directions
 * @DSM_PEER_LABEL: send labels, take labelled and unlabelled packets
 * @DSM_PEER_REQUIRE: send labels, take labelled packets only
 * @__DSM_PEER_MAX: number of actions
 */
enum dsm_peer_action {
	DSM_PEER_DENY,
	DSM_PEER_PLAIN,
	DSM_PEER_LABEL,
	DSM_PEER_REQUIRE,
	__DSM_PEER_MAX
};

#define DSM_PEER_NEED_CODE	0x01	/* labels from there must be authenticated */
#define DSM_PEER_FLAGS_KNOWN	0x01

/**
 * struct dsm_image_peer - one prefix
 * @addr: network byte order, IPv4 in the first four bytes; host bits zero
 * @family: 4 or 6
 * @len: of the prefix in bits
 * @action: enum dsm_peer_action
 * @flags: DSM_PEER_*
 * @sid: of what arrives from there unlabelled, and of whom plain packets reach;
 *	0 with PLAIN and LABEL: unlabelled packets are dropped
 * @nid: the only NID that labels from there may have, and the NID of what
 *	arrives unlabelled; 0 for any
 * @line: of the policy's text
 */
struct dsm_image_peer {
	__u8	addr[16];
	__u8	family;
	__u8	len;
	__u8	action;
	__u8	flags;
	__le32	sid;
	__le32	nid;
	__le32	line;
};

#define DSM_PEER_NONE		0xffffffff

/**
 * struct dsm_image_range4 - addresses from here on; @first ascends strictly
 * @first: the address as a number
 * @peer: index of the longest prefix that covers them, or DSM_PEER_NONE
 */
struct dsm_image_range4 {
	__le32	first;
	__le32	peer;
};

/**
 * struct dsm_image_range6 - the same for IPv6
 * @first: network byte order; ascends strictly as memcmp() has it
 * @peer: index of the longest prefix that covers them, or DSM_PEER_NONE
 * @reserved: zero
 */
struct dsm_image_range6 {
	__u8	first[16];
	__le32	peer;
	__le32	reserved;
};

/**
 * enum dsm_transition_kind - what a program is known by
 * @DSM_TRANSITION_DIGSIG: the SID that its digsig signature vouches for
 * @DSM_TRANSITION_PATH: its path
 * @DSM_TRANSITION_TREE: a folder that it is below; the path ends with "/"
 * @__DSM_TRANSITION_MAX: number of kinds
 */
enum dsm_transition_kind {
	DSM_TRANSITION_DIGSIG,
	DSM_TRANSITION_PATH,
	DSM_TRANSITION_TREE,
	__DSM_TRANSITION_MAX
};

#define DSM_OWNER_ANY		0xffffffff

/**
 * struct dsm_image_transition - what a process becomes when it starts a program
 * @from: SID before, or 0 for any
 * @to: SID afterwards; 0 with DIGSIG: the one in the signature
 * @path: offset in the strings; 0 with DIGSIG
 * @file_sid: with DIGSIG, SID in the signature, or 0 for any; else 0
 * @owner: user ID that must own the file, or DSM_OWNER_ANY
 * @kind: enum dsm_transition_kind
 * @line: of the policy's text
 */
struct dsm_image_transition {
	__le32	from;
	__le32	to;
	__le32	path;
	__le32	file_sid;
	__le32	owner;
	__le32	kind;
	__le32	line;
};

#define DSM_SIGNATURE_MAGIC	"DSMSIG\r\n"

/** enum dsm_signature_type - how an image is signed */
enum dsm_signature_type {
	DSM_SIGNATURE_PKCS7 = 1,
};

/**
 * struct dsm_image_signature - what may follow an image
 * @magic: DSM_SIGNATURE_MAGIC
 * @type: enum dsm_signature_type
 * @len: bytes of the signature that follow, 1 to DSM_SIGNATURE_MAX; nothing
 *	comes after them
 */
struct dsm_image_signature {
	__u8	magic[8];
	__le32	type;
	__le32	len;
};

#endif /* _UAPI_LINUX_DSM_POLICY_H */
