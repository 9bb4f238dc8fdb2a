// SPDX-License-Identifier: GPL-2.0-only
/*
 * Signed bytes that the module itself reads: catalogs and revocation lists.
 *
 * They come as an open file, are read once into memory of the kernel and
 * verified there, so that it does not matter where the file lies or what
 * becomes of it.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "digsig.h"
#include "engine.h"
#include "footer.h"

#define READ_CHUNK	1048576

static int file_read_all(struct file *file, u8 *buf, u64 len)
{
	loff_t pos = 0;
	ssize_t n;

	while (pos < len) {
		n = kernel_read(file, buf + pos,
				min_t(u64, len - pos, READ_CHUNK), &pos);
		if (n < 0)
			return n;
		if (!n)
			return -ESTALE;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

/* Read the footer at the end of the bytes. */
static int blob_parse(const u8 *data, u64 len, u8 type,
		      struct digsig_info *info, struct netlink_ext_ack *extack)
{
	const u8 *tail = data + len - DIGSIG_FOOTER_LEN;

	if (digsig_footer_parse(tail, len, info) != DIGSIG_REASON_NONE) {
		digsig_extack(extack, digsig_footer_error(tail, len));
		return -EBADMSG;
	}
	if (info->type != type) {
		digsig_extack(extack, type == DIGSIG_TYPE_CATALOG ?
			      "signed, but not as a catalog" :
			      "signed, but not as a revocation list");
		return -EBADMSG;
	}
	return 0;
}

static int blob_verify(const u8 *data, u64 len, const struct digsig_info *info,
		       struct netlink_ext_ack *extack)
{
	u8 digest[DIGSIG_DIGEST_LEN];
	int err;

	if (digsig_key_state(info->key_id) == DIGSIG_KEY_REVOKED) {
		NL_SET_ERR_MSG(extack, "signed with a revoked key");
		return -EKEYREJECTED;
	}
	err = digsig_hash_bytes(data, info->sig_off, digest);
	if (err)
		return err;
	err = digsig_key_verify(info->key_id, info->alg, data + info->sig_off,
				info->sig_len, data + len - DIGSIG_FOOTER_LEN,
				digest);
	switch (err) {
	case 0:
	case -ENOMEM:
		return err;
	case -ENOKEY:
		NL_SET_ERR_MSG(extack, "signed with a key that is not trusted here");
		return err;
	case -ENOPKG:
		NL_SET_ERR_MSG(extack, "this kernel cannot verify its kind of signature");
		return err;
	default:
		NL_SET_ERR_MSG(extack, "the signature does not match");
		return -EKEYREJECTED;
	}
}

static int blob_check(struct file *file, u64 len, u64 max_len,
		      struct netlink_ext_ack *extack)
{
	if (!(file->f_mode & FMODE_READ)) {
		NL_SET_ERR_MSG(extack, "the file is not open for reading");
		return -EBADF;
	}
	if (!S_ISREG(file_inode(file)->i_mode)) {
		NL_SET_ERR_MSG(extack, "not a regular file");
		return -EBADMSG;
	}
	if (len < DIGSIG_FOOTER_LEN) {
		NL_SET_ERR_MSG(extack, "there is no footer");
		return -EBADMSG;
	}
	if (len > max_len) {
		NL_SET_ERR_MSG(extack, "larger than any of its kind");
		return -EFBIG;
	}
	return 0;
}

/**
 * digsig_blob_load() - read and verify a catalog or a revocation list
 * @file: to read it from
 * @type: enum digsig_type that is wanted
 * @head: bytes to leave free, and zero, before what is read
 * @max_len: longest file that is accepted
 * @info: where to put what the footer says
 * @extack: where to say in words what is wrong, or NULL
 *
 * Context: Process context. May sleep.
 * Return: memory of @head bytes, followed by the covered bytes, @info->sig_off
 * of them, and the rest of the file; to be freed with kvfree(). Or an ERR_PTR:
 *
 * * -EBADF - not open for reading
 * * -EBADMSG - not such a file
 * * -EFBIG - too long
 * * -ENOKEY - the key is not trusted
 * * -EKEYREJECTED - the signature is not good, or the key is revoked
 * * -ENOPKG - this kernel lacks the algorithm
 */
void *digsig_blob_load(struct file *file, u8 type, size_t head, u64 max_len,
		       struct digsig_info *info,
		       struct netlink_ext_ack *extack)
{
	u64 len = i_size_read(file_inode(file));
	u8 *blob;
	int err;

	err = blob_check(file, len, max_len, extack);
	if (err)
		return ERR_PTR(err);
	blob = kvmalloc(head + len, GFP_KERNEL_ACCOUNT);
	if (!blob)
		return ERR_PTR(-ENOMEM);
	memset(blob, 0, head);

	err = file_read_all(file, blob + head, len);
	if (!err)
		err = blob_parse(blob + head, len, type, info, extack);
	if (!err)
		err = blob_verify(blob + head, len, info, extack);
	if (!err)
		return blob;
	kvfree(blob);
	return ERR_PTR(err);
}
