/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * digsig over generic netlink: family "digsig", version 1, multicast group
 * "events". File formats are in <linux/digsig_format.h>. This file is not
 * called digsig.h because the kernel has a <linux/digsig.h> of its own, for
 * IMA's signatures, which every module would find first.
 *
 * Every command needs CAP_MAC_ADMIN in the initial user namespace (-EPERM).
 * Attributes are checked strictly: unknown ones, wrong lengths and values out of
 * range are -EINVAL or -ERANGE, with the attribute and a sentence in the
 * extended ack.
 *
 * command         attributes in (* required)  answer           errors besides the above
 * STATUS_GET      -                           MODE STRICT REMOTE
 *                                             ANCHORED STATS
 *                                             NUMBER HASH_DRIVER
 *                                             MIN_GENERATION
 * MODE_SET        MODE*, STRICT               -                -EKEYREJECTED pre-flight failed: the
 *                                                              error comes after messages with
 *                                                              FAILURES and up to 64 FAILURE nests,
 *                                                              -ENOKEY no key, -EPERM locked,
 *                                                              -EAGAIN a program does not finish
 *                                                              starting
 * KEY_ADD         DER*                        KEY              -EBADMSG not a key, -EEXIST,
 *                                                              -ENOPKG algorithm not in this
 *                                                              kernel, -EKEYREJECTED does not
 *                                                              chain to the anchor, -EPERM locked
 * KEY_DEL         KEY_ID*                     -                -ENOKEY, -EBUSY last key in enforce
 * KEY_GET (dump)  -                           KEY per message
 * CATALOG_ADD     FD*                         CATALOG          -EBADF, -EBADMSG malformed, -ENOKEY,
 *                                                              -EKEYREJECTED bad signature,
 *                                                              -EFBIG
 * CATALOG_DEL     NAME*                       -                -ENOENT
 * CATALOG_GET (dump) -                        CATALOG per message
 * REVOKE          FD*                         NUMBER           -EBADF, -EBADMSG, -ENOKEY,
 *                                                              -EKEYREJECTED,
 *                                                              -ESTALE number not higher
 * DENIED_GET (dump) -                         EVENT per message; denied since
 *                                             load, one per file and reason
 * CHECK           FD*                         VERDICT          -EBADF (else the verdict says it)
 * EVENT (notification only) EVENT
 *
 * A message carries a path of up to 4095 bytes: receive into 8 KiB or more. An
 * event that a listener's socket has no room for is lost to that listener, who
 * is told by ENOBUFS; it counts as lost here if he set NETLINK_BROADCAST_ERROR.
 */
#ifndef _UAPI_LINUX_DIGSIG_LSM_H
#define _UAPI_LINUX_DIGSIG_LSM_H

#include <linux/types.h>

#define DIGSIG_GENL_NAME	"digsig"
#define DIGSIG_GENL_VERSION	1
#define DIGSIG_GENL_MCGRP	"events"

enum digsig_cmd {
	DIGSIG_CMD_UNSPEC,
	DIGSIG_CMD_STATUS_GET,
	DIGSIG_CMD_MODE_SET,
	DIGSIG_CMD_KEY_ADD,
	DIGSIG_CMD_KEY_DEL,
	DIGSIG_CMD_KEY_GET,
	DIGSIG_CMD_CATALOG_ADD,
	DIGSIG_CMD_CATALOG_DEL,
	DIGSIG_CMD_CATALOG_GET,
	DIGSIG_CMD_REVOKE,
	DIGSIG_CMD_DENIED_GET,
	DIGSIG_CMD_CHECK,
	DIGSIG_CMD_EVENT,
	__DIGSIG_CMD_MAX,
};
#define DIGSIG_CMD_MAX (__DIGSIG_CMD_MAX - 1)

/** enum digsig_mode - how much of a refusal takes effect; the order matters */
enum digsig_mode {
	DIGSIG_MODE_OFF,	/* nothing is looked at */
	DIGSIG_MODE_LOG,	/* refusals are reported and allowed */
	DIGSIG_MODE_ENFORCE,	/* refusals are refused */
	DIGSIG_MODE_LOCKED,	/* and neither mode nor module leave until reboot */
	__DIGSIG_MODE_MAX,
};
#define DIGSIG_MODE_MAX (__DIGSIG_MODE_MAX - 1)

/** enum digsig_reason - why something was refused (or would have been) */
enum digsig_reason {
	DIGSIG_REASON_NONE,		/* it was not: verified */
	DIGSIG_REASON_UNSIGNED,		/* no footer, in no catalog */
	DIGSIG_REASON_MALFORMED,	/* a footer that contradicts itself or the file */
	DIGSIG_REASON_UNKNOWN_KEY,	/* signed by a key that is not trusted here */
	DIGSIG_REASON_BAD_SIGNATURE,	/* the signature does not match the file */
	DIGSIG_REASON_ALGORITHM,	/* this kernel lacks the algorithm */
	DIGSIG_REASON_REVOKED_FILE,	/* the digest is on the revocation list */
	DIGSIG_REASON_REVOKED_KEY,	/* the key is on the revocation list */
	DIGSIG_REASON_GENERATION,	/* older than the minimum generation */
	DIGSIG_REASON_WRITER,		/* open for writing, writably mapped, or pinned */
	DIGSIG_REASON_CHANGED,		/* changed while it was read */
	DIGSIG_REASON_FILESYSTEM,	/* a file system whose contents change elsewhere */
	DIGSIG_REASON_NOT_REGULAR,	/* neither a regular file nor anonymous memory */
	DIGSIG_REASON_ANONYMOUS,	/* strict: executable anonymous memory, no JIT flag */
	DIGSIG_REASON_PTRACE,		/* strict: ptrace without the DEBUGGER flag */
	DIGSIG_REASON_PROC_MEM,		/* strict: /proc/PID/mem without the DEBUGGER flag */
	DIGSIG_REASON_RAW_DISK,		/* strict: changing a device below verified files */
	DIGSIG_REASON_SCRIPT,		/* strict: an interpreter reads an unverified script */
	DIGSIG_REASON_BUSY,		/* writing to a verified file that is mapped executable */
	DIGSIG_REASON_IO,		/* the file could not be read */
	DIGSIG_REASON_NO_MEMORY,
	DIGSIG_REASON_IDENTITY,		/* strict: prctl would change which program this is */
	DIGSIG_REASON_TAIL,		/* bytes in memory behind the end of the file */
	__DIGSIG_REASON_MAX,
};
#define DIGSIG_REASON_MAX (__DIGSIG_REASON_MAX - 1)

/** enum digsig_op - what was asked for */
enum digsig_op {
	DIGSIG_OP_NONE,
	DIGSIG_OP_EXEC,
	DIGSIG_OP_MMAP,
	DIGSIG_OP_MPROTECT,
	DIGSIG_OP_OPEN_WRITE,
	DIGSIG_OP_TRUNCATE,
	DIGSIG_OP_PTRACE,
	DIGSIG_OP_OPEN_READ,
	DIGSIG_OP_PREFLIGHT,
	DIGSIG_OP_CHECK,
	DIGSIG_OP_PRCTL,
	DIGSIG_OP_USERFAULT,
	DIGSIG_OP_BRK,
	DIGSIG_OP_IOCTL,
	__DIGSIG_OP_MAX,
};
#define DIGSIG_OP_MAX (__DIGSIG_OP_MAX - 1)

enum digsig_attr {
	DIGSIG_A_UNSPEC,
	DIGSIG_A_PAD,
	DIGSIG_A_MODE,		/* u32 enum digsig_mode */
	DIGSIG_A_STRICT,	/* u8 0 or 1 */
	DIGSIG_A_FD,		/* s32 descriptor of the caller, open for reading */
	DIGSIG_A_DER,		/* binary, at most 16384: certificate or key */
	DIGSIG_A_KEY_ID,	/* binary, 16 */
	DIGSIG_A_NAME,		/* string: name of a catalog, at most 15 */
	DIGSIG_A_NUMBER,	/* u64: number of the revocation list */
	DIGSIG_A_KEY,		/* nest: DIGSIG_KEY_* */
	DIGSIG_A_CATALOG,	/* nest: DIGSIG_CAT_* */
	DIGSIG_A_EVENT,		/* nest: DIGSIG_EV_* */
	DIGSIG_A_FAILURE,	/* nest, repeated: DIGSIG_EV_*, what pre-flight found */
	DIGSIG_A_VERDICT,	/* nest: DIGSIG_EV_* */
	DIGSIG_A_STATS,		/* nest: DIGSIG_ST_* */
	DIGSIG_A_REMOTE,	/* u8: 0 remote file systems refused, 1 verified each time */
	DIGSIG_A_ANCHORED,	/* flag: certificates must chain to the anchor */
	DIGSIG_A_MIN_GENERATION, /* u32 */
	DIGSIG_A_HASH_DRIVER,	/* string: the kernel's SHA-256 implementation in use */
	DIGSIG_A_FAILURES,	/* u32: all that pre-flight found, listed or not */
	__DIGSIG_A_MAX,
};
#define DIGSIG_A_MAX (__DIGSIG_A_MAX - 1)

enum digsig_key_attr {
	DIGSIG_KEY_UNSPEC,
	DIGSIG_KEY_ID,		/* binary, 16 */
	DIGSIG_KEY_SUBJECT,	/* string: subject of the certificate, or "raw key" */
	DIGSIG_KEY_ALG,		/* u8 enum digsig_alg */
	DIGSIG_KEY_BITS,	/* u32 */
	DIGSIG_KEY_FILES,	/* u64: files verified with it */
	DIGSIG_KEY_FLAGS,	/* u32 DIGSIG_KEYF_* */
	__DIGSIG_KEY_MAX,
};
#define DIGSIG_KEY_MAX (__DIGSIG_KEY_MAX - 1)

#define DIGSIG_KEYF_ANCHOR	0x1 /* the anchor, or chains to it */
#define DIGSIG_KEYF_REVOKED	0x2 /* on the revocation list */
#define DIGSIG_KEYF_SYSTEM	0x4 /* vouched for by the kernel's own keyrings */

enum digsig_catalog_attr {
	DIGSIG_CAT_UNSPEC,
	DIGSIG_CAT_NAME,	/* string */
	DIGSIG_CAT_COUNT,	/* u32 entries */
	DIGSIG_CAT_GENERATION,	/* u32 */
	DIGSIG_CAT_KEY_ID,	/* binary, 16 */
	DIGSIG_CAT_HITS,	/* u64: files verified by it */
	__DIGSIG_CAT_MAX,
};
#define DIGSIG_CAT_MAX (__DIGSIG_CAT_MAX - 1)

/* An event, a verdict, and one failure of pre-flight have the same shape. */
enum digsig_event_attr {
	DIGSIG_EV_UNSPEC,
	DIGSIG_EV_PAD,
	DIGSIG_EV_REASON,	/* u32 enum digsig_reason */
	DIGSIG_EV_OP,		/* u32 enum digsig_op */
	DIGSIG_EV_DENIED,	/* u8: 1 refused, 0 reported only */
	DIGSIG_EV_PATH,		/* string */
	DIGSIG_EV_PID,		/* u32 in the initial pid namespace */
	DIGSIG_EV_UID,		/* u32 in the initial user namespace */
	DIGSIG_EV_COMM,		/* string */
	DIGSIG_EV_KEY_ID,	/* binary, 16, if there is a footer */
	DIGSIG_EV_DIGEST,	/* binary, 32, if the file was read */
	DIGSIG_EV_FLAGS,	/* u32 DIGSIG_FLAG_*, if verified */
	DIGSIG_EV_SID,		/* u32, if verified */
	DIGSIG_EV_TIME,		/* u64 nanoseconds since the epoch */
	DIGSIG_EV_COUNT,	/* u64: how often, in DENIED_GET */
	DIGSIG_EV_MODE,		/* u32, in an event that a mode change sends */
	/*
	 * u64: events since load that were not sent before this one; in
	 * DENIED_GET, files that the list no longer holds. Absent when 0
	 */
	DIGSIG_EV_LOST,
	__DIGSIG_EV_MAX,
};
#define DIGSIG_EV_MAX (__DIGSIG_EV_MAX - 1)

/* Counters since load, never reset; each u64. */
enum digsig_stat {
	DIGSIG_ST_UNSPEC,
	DIGSIG_ST_PAD,
	DIGSIG_ST_CHECKS,	/* executable mappings and execs looked at */
	DIGSIG_ST_VERIFIED,	/* files hashed and found good */
	DIGSIG_ST_BYTES_HASHED,
	DIGSIG_ST_CACHED,	/* files in the verdict cache now */
	DIGSIG_ST_DROPPED,	/* verdicts dropped: write, truncate, unlink, eviction */
	DIGSIG_ST_REVALIDATED,	/* verdicts judged anew after a key or list change */
	DIGSIG_ST_EVENTS_LOST,
	DIGSIG_ST_REASON,	/* nest: attribute N is the count of enum digsig_reason N */
	__DIGSIG_ST_MAX,
};
#define DIGSIG_ST_MAX (__DIGSIG_ST_MAX - 1)

/* ---- events for aem -------------------------------------------------------- */

/*
 * digsig's source of aem, for aem_module(3) or AEM_KIND_PUB; a listener needs
 * CAP_AUDIT_READ in the initial user namespace.
 */
#define DIGSIG_AEM_SOURCE	"digsig"

/** enum digsig_aem - its events; the data are struct digsig_aem_event */
enum digsig_aem {
	DIGSIG_AEM_REFUSED,	/* something was refused, or in log mode reported */
	DIGSIG_AEM_MODE,	/* the mode or strict mode was changed */
};

#define DIGSIG_AEM_PATH	168

/*
 * struct digsig_aem_event - what happened
 * @reason: enum digsig_reason; 0 for DIGSIG_AEM_MODE
 * @op: enum digsig_op; 0 for DIGSIG_AEM_MODE
 * @pid: who, in the initial pid namespace
 * @uid: in the initial user namespace
 * @denied: 1 refused, 0 reported only
 * @mode: enum digsig_mode; for DIGSIG_AEM_MODE the new one
 * @strict: 1 in strict mode
 * @cut: 1 if @path was longer: it is the beginning
 * @pad: 0
 * @time_ns: since the epoch
 * @comm: of the process
 * @key_id: of the footer; zeroes if there is none
 * @path: of the file, ends with NUL; "" if it is about none. The length of the
 *	event says how many bytes there are
 */
struct digsig_aem_event {
	__u32 reason;
	__u32 op;
	__u32 pid;
	__u32 uid;
	__u8 denied;
	__u8 mode;
	__u8 strict;
	__u8 cut;
	__u32 pad;
	__u64 time_ns;
	char comm[16];
	__u8 key_id[16];
	char path[];
};

#endif /* _UAPI_LINUX_DIGSIG_LSM_H */
