/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * What digsig writes into files: the footer, catalogs and revocation lists.
 *
 * Every signed thing ends the same way:
 *
 *	0 ............ sig_off ........ sig_off + sig_len ...... file_len
 *	| covered bytes | signature bytes | 64-byte footer |
 *
 * The content digest is the SHA-256 of the covered bytes, [0, sig_off). What is
 * signed is the SHA-256 of the 96 bytes
 *
 *	footer (64) | content digest (32)
 *
 * so that every byte of the file is either covered, or part of the footer, or
 * the signature itself: there is no room for bytes that nobody signed, and a
 * signature cannot be moved to other content, another length, another key or
 * other attributes. The kernel finds the footer at the end of the file and
 * reads no ELF section table. In an ELF file that has section headers the
 * signature and the footer are also the contents of the last section,
 * ".digsig", which is not loaded; see digsig_unwrap.
 *
 * All numbers are little-endian. Reserved fields are zero, unknown flags,
 * versions, types and algorithms are refused.
 */
#ifndef _UAPI_LINUX_DIGSIG_FORMAT_H
#define _UAPI_LINUX_DIGSIG_FORMAT_H

#include <linux/types.h>

#define DIGSIG_DIGEST_LEN	32	/* SHA-256, FIPS 180-4 */
#define DIGSIG_KEY_ID_LEN	16
#define DIGSIG_SIG_MAX		8192	/* room for ML-DSA; RSA-4096 takes 512 */
#define DIGSIG_TBS_LEN		96

/* The byte that is not text, the line ends and the ^Z show a damaged transfer. */
#define DIGSIG_FOOTER_MAGIC	"\x8f" "DGS\r\n\x1a\n"
#define DIGSIG_MAGIC_LEN	8
#define DIGSIG_VERSION		1

/** enum digsig_type - what the covered bytes are */
enum digsig_type {
	DIGSIG_TYPE_FILE = 0,		/* an ELF file, a script, any file */
	DIGSIG_TYPE_CATALOG = 1,	/* struct digsig_catalog_header and entries */
	DIGSIG_TYPE_REVOCATION = 2,	/* struct digsig_revocation_header and entries */
};

/**
 * enum digsig_alg - signature algorithm; the signed hash is SHA-256 in each
 *
 * RSA is RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) with 2048, 3072 or 4096 bits.
 * ECDSA signatures (FIPS 186-5) are DER, as X9.62 has them. Their length varies
 * and is signed with the footer: the signer signs again until it fits.
 *
 * @DIGSIG_ALG_RSA: RSA
 * @DIGSIG_ALG_ECDSA_P256: ECDSA on the curve P-256
 * @DIGSIG_ALG_ECDSA_P384: ECDSA on the curve P-384
 */
enum digsig_alg {
	DIGSIG_ALG_RSA = 1,
	DIGSIG_ALG_ECDSA_P256 = 2,
	DIGSIG_ALG_ECDSA_P384 = 3,
};

enum digsig_hash {
	DIGSIG_HASH_SHA256 = 1,
};

/* Signed attributes of a program, digsig_footer.flags and catalog entries. */
#define DIGSIG_FLAG_JIT		0x00000001 /* may make anonymous memory executable */
#define DIGSIG_FLAG_DEBUGGER	0x00000002 /* may write into verified programs and their disk */
#define DIGSIG_FLAG_INTERPRETER	0x00000004 /* may read scripts only if verified */
#define DIGSIG_FLAGS_KNOWN	0x00000007

/**
 * struct digsig_footer - the last 64 bytes of everything that is signed
 * @magic: DIGSIG_FOOTER_MAGIC
 * @version: DIGSIG_VERSION
 * @type: enum digsig_type
 * @alg: enum digsig_alg
 * @hash: enum digsig_hash
 * @flags: DIGSIG_FLAG_*; 0 in catalogs and revocation lists
 * @key_id: first 16 bytes of the SHA-256 of the key's SubjectPublicKeyInfo (DER)
 * @file_len: length of the file in bytes, this footer included
 * @sig_off: number of covered bytes; where the signature starts
 * @sig_len: bytes of the signature; sig_off + sig_len + 64 == file_len
 * @sid: security ID for dsm, 0 for none; 0 in catalogs and revocation lists
 * @generation: refused when below the minimum generation in force, which a
 *	revocation list raises; what an old, vulnerable build cannot undo.
 *	0 in catalogs and revocation lists, whose headers have their own
 * @wrap_len: how many of the covered bytes the signer appended: 0, or the
 *	length of the wrapping that ends with struct digsig_unwrap. The file
 *	before signing had sig_off - wrap_len bytes. 0 in catalogs and
 *	revocation lists
 */
struct digsig_footer {
	__u8	magic[DIGSIG_MAGIC_LEN];
	__u8	version;
	__u8	type;
	__u8	alg;
	__u8	hash;
	__le32	flags;
	__u8	key_id[DIGSIG_KEY_ID_LEN];
	__le64	file_len;
	__le64	sig_off;
	__le32	sig_len;
	__le32	sid;
	__le32	generation;
	__le32	wrap_len;
};

#define DIGSIG_FOOTER_LEN	64

/**
 * struct digsig_unwrap - the last bytes of the wrapping of an ELF file
 * @shoff: e_shoff of the ELF header before signing
 * @shnum: e_shnum before signing
 * @shstrndx: e_shstrndx before signing
 * @reserved: zero
 *
 * To wrap is to append [padding][section names with ".digsig"][section headers,
 * one more][this], and to point the ELF header at the appended headers. The
 * old headers stay where they are, so digsig strip gives back the file as it
 * was, byte for byte. Only user space reads it.
 */
struct digsig_unwrap {
	__le64	shoff;
	__le16	shnum;
	__le16	shstrndx;
	__le32	reserved;
};

#define DIGSIG_UNWRAP_LEN	16

#define DIGSIG_CATALOG_MAGIC	"DGSCAT\r\n"
#define DIGSIG_CATALOG_MAX	4194304	/* entries */

/**
 * struct digsig_catalog_header - start of a catalog's covered bytes
 * @magic: DIGSIG_CATALOG_MAGIC
 * @count: number of entries that follow, 1 to DIGSIG_CATALOG_MAX;
 *	32 + count * 40 == sig_off
 * @generation: generation of every file in it
 * @name: what the catalog is called: 1 to 15 printable ASCII characters, padded
 *	with NUL; a catalog replaces the one of its name
 */
struct digsig_catalog_header {
	__u8	magic[8];
	__le32	count;
	__le32	generation;
	__u8	name[16];
};

/**
 * struct digsig_catalog_entry - one file
 * @digest: SHA-256 of the whole file; entries ascend strictly, as memcmp has it
 * @flags: DIGSIG_FLAG_*
 * @sid: security ID for dsm, 0 for none
 */
struct digsig_catalog_entry {
	__u8	digest[DIGSIG_DIGEST_LEN];
	__le32	flags;
	__le32	sid;
};

#define DIGSIG_REVOCATION_MAGIC	"DGSREV\r\n"
#define DIGSIG_REVOCATION_MAX	1048576	/* entries of each kind */

/**
 * struct digsig_revocation_header - start of a revocation list's covered bytes
 * @magic: DIGSIG_REVOCATION_MAGIC
 * @number: of the list, not 0; a list replaces one with a lower number only
 * @digest_count: number of file digests that follow, 32 bytes each
 * @key_count: number of key ids that follow the digests, 16 bytes each
 * @min_generation: files of a lower generation are refused
 * @reserved: zero
 *
 * A file digest is a content digest (so signing the same content again does not
 * help) or the digest of a file in a catalog. Both kinds ascend strictly, as
 * memcmp has it. 32 + 32 * digest_count + 16 * key_count == sig_off.
 */
struct digsig_revocation_header {
	__u8	magic[8];
	__le64	number;
	__le32	digest_count;
	__le32	key_count;
	__le32	min_generation;
	__le32	reserved;
};

#endif /* _UAPI_LINUX_DIGSIG_FORMAT_H */
