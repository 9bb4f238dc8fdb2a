// SPDX-License-Identifier: GPL-2.0-only
/*
 * The footer: reading it, writing it, and the bytes that are signed.
 *
 * Everything the module and the signer know about the layout of a footer is in
 * this file. A footer is either right in every field or refused; nothing is
 * corrected. It is not yet believed when it is right: that takes the signature,
 * which covers all of it, see digsig_tbs().
 */
#include <linux/digsig_format.h>

#include "footer.h"

static_assert(sizeof(struct digsig_footer) == DIGSIG_FOOTER_LEN,
	      "a footer has no padding");
static_assert(DIGSIG_FOOTER_LEN + DIGSIG_DIGEST_LEN == DIGSIG_TBS_LEN,
	      "what is signed is the footer and a digest");

/*
 * RSA signatures are as long as the modulus. ECDSA ones are two INTEGERs in a
 * SEQUENCE, each of 1 to 33 (49) bytes and two before them.
 */
static bool sig_len_valid(u8 alg, u32 len)
{
	switch (alg) {
	case DIGSIG_ALG_RSA:
		return len == 256 || len == 384 || len == 512;
	case DIGSIG_ALG_ECDSA_P256:
		return len >= 8 && len <= 72;
	case DIGSIG_ALG_ECDSA_P384:
		return len >= 8 && len <= 104;
	default:
		return false;
	}
}

/* The three lengths add up to @file_len; no sum is formed, so none wraps. */
static const char *lengths_error(const struct digsig_footer *f, u64 file_len)
{
	u64 before_footer = file_len - DIGSIG_FOOTER_LEN;
	u64 sig_off = le64_to_cpu(f->sig_off);
	u32 sig_len = le32_to_cpu(f->sig_len);
	u32 wrap_len = le32_to_cpu(f->wrap_len);

	if (le64_to_cpu(f->file_len) != file_len)
		return "the footer is for a file of another length";
	if (!sig_len_valid(f->alg, sig_len))
		return "no signature of this algorithm has this length";
	if (sig_len > before_footer || sig_off != before_footer - sig_len)
		return "the signature does not end where the footer starts";
	if (wrap_len && wrap_len < DIGSIG_UNWRAP_LEN)
		return "the wrapping is too short to be undone";
	if (wrap_len > sig_off)
		return "the wrapping is longer than the covered bytes";
	return NULL;
}

static const char *attributes_error(const struct digsig_footer *f)
{
	if (le32_to_cpu(f->flags) & ~DIGSIG_FLAGS_KNOWN)
		return "the footer has an unknown flag";
	if (f->type == DIGSIG_TYPE_FILE)
		return NULL;
	if (f->flags || f->sid || f->generation || f->wrap_len)
		return "a catalog or revocation list has attributes of a file";
	return NULL;
}

static const char *footer_error(const struct digsig_footer *f, u64 file_len)
{
	const char *error;

	if (f->version != DIGSIG_VERSION)
		return "the footer has an unknown version";
	if (f->type > DIGSIG_TYPE_REVOCATION)
		return "the footer has an unknown type";
	if (f->alg < DIGSIG_ALG_RSA || f->alg > DIGSIG_ALG_ECDSA_P384)
		return "the footer has an unknown signature algorithm";
	if (f->hash != DIGSIG_HASH_SHA256)
		return "the footer has an unknown hash algorithm";
	error = attributes_error(f);
	return error ? error : lengths_error(f, file_len);
}

/* False if there is no footer. */
static bool footer_read(struct digsig_footer *f,
			const u8 tail[DIGSIG_FOOTER_LEN], u64 file_len)
{
	if (file_len < sizeof(*f))
		return false;
	memcpy(f, tail, sizeof(*f));
	return !memcmp(f->magic, DIGSIG_FOOTER_MAGIC, DIGSIG_MAGIC_LEN);
}

/**
 * digsig_footer_parse() - read the footer of a file
 * @tail: last 64 bytes of the file; not looked at if the file is shorter
 * @file_len: length of the whole file
 * @info: what the footer says; all zero unless the answer is NONE
 *
 * The footer is claims until its signature is verified. The caller compares
 * @info->type with what it came to read: a catalog is not a program.
 *
 * Context: Any.
 * Return: DIGSIG_REASON_NONE if there is a footer and it is right,
 * DIGSIG_REASON_UNSIGNED if there is none, DIGSIG_REASON_MALFORMED if it
 * contradicts itself or the file; digsig_footer_error() says how.
 */
enum digsig_reason digsig_footer_parse(const u8 tail[DIGSIG_FOOTER_LEN],
				       u64 file_len, struct digsig_info *info)
{
	struct digsig_footer f;

	memset(info, 0, sizeof(*info));
	if (!footer_read(&f, tail, file_len))
		return DIGSIG_REASON_UNSIGNED;
	if (footer_error(&f, file_len))
		return DIGSIG_REASON_MALFORMED;

	info->type = f.type;
	info->alg = f.alg;
	info->flags = le32_to_cpu(f.flags);
	info->sid = le32_to_cpu(f.sid);
	info->generation = le32_to_cpu(f.generation);
	info->sig_off = le64_to_cpu(f.sig_off);
	info->sig_len = le32_to_cpu(f.sig_len);
	info->wrap_len = le32_to_cpu(f.wrap_len);
	memcpy(info->key_id, f.key_id, sizeof(info->key_id));
	return DIGSIG_REASON_NONE;
}

/**
 * digsig_footer_error() - say in words what is wrong with a footer
 * @tail: last 64 bytes of the file; not looked at if the file is shorter
 * @file_len: length of the whole file
 *
 * Return: half a sentence without a full stop, or NULL if the footer is right.
 */
const char *digsig_footer_error(const u8 tail[DIGSIG_FOOTER_LEN], u64 file_len)
{
	struct digsig_footer f;

	if (!footer_read(&f, tail, file_len))
		return "there is no footer";
	return footer_error(&f, file_len);
}

/**
 * digsig_footer_write() - make the footer of a file
 * @tail: where to write 64 bytes
 * @info: what it is to say
 *
 * The length of the signature is part of what is signed, so the signer must
 * know it before it signs. ECDSA lengths vary: sign again until one fits.
 *
 * Return: NULL, or what digsig_footer_parse() would find wrong with it.
 */
const char *digsig_footer_write(u8 tail[DIGSIG_FOOTER_LEN],
				const struct digsig_info *info)
{
	u64 file_len = info->sig_off + info->sig_len + DIGSIG_FOOTER_LEN;
	struct digsig_footer f = {
		.magic		= DIGSIG_FOOTER_MAGIC,
		.version	= DIGSIG_VERSION,
		.type		= info->type,
		.alg		= info->alg,
		.hash		= DIGSIG_HASH_SHA256,
		.flags		= cpu_to_le32(info->flags),
		.file_len	= cpu_to_le64(file_len),
		.sig_off	= cpu_to_le64(info->sig_off),
		.sig_len	= cpu_to_le32(info->sig_len),
		.sid		= cpu_to_le32(info->sid),
		.generation	= cpu_to_le32(info->generation),
		.wrap_len	= cpu_to_le32(info->wrap_len),
	};

	memcpy(f.key_id, info->key_id, sizeof(f.key_id));
	memcpy(tail, &f, sizeof(f));
	return digsig_footer_error(tail, file_len);
}

/**
 * digsig_tbs() - put together the bytes whose SHA-256 is signed
 * @tbs: where to write 96 bytes
 * @tail: the footer
 * @digest: SHA-256 of the covered bytes
 */
void digsig_tbs(u8 tbs[DIGSIG_TBS_LEN], const u8 tail[DIGSIG_FOOTER_LEN],
		const u8 digest[DIGSIG_DIGEST_LEN])
{
	memcpy(tbs, tail, DIGSIG_FOOTER_LEN);
	memcpy(tbs + DIGSIG_FOOTER_LEN, digest, DIGSIG_DIGEST_LEN);
}
