// SPDX-License-Identifier: GPL-2.0-only
/*
 * SHA-256, of files and of bytes in memory.
 *
 * A file is hashed page by page where it lies in the page cache, so that what is
 * hashed is what will be mapped, and nothing is copied. The hash is computed by
 * the fastest implementation that the kernel has when the module is loaded;
 * Debian has the ones that use vector instructions in a module of their own,
 * which main.c asks for.
 *
 * Locking: none. The transform is written at load and only read afterwards;
 * the state of a computation is on the caller's stack.
 */
#include <crypto/hash.h>
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/kmod.h>
#include <linux/sched/signal.h>

#include "digsig.h"
#include "engine.h"

static struct crypto_shash *sha256_tfm;

/**
 * digsig_hash_init() - find the kernel's best SHA-256
 *
 * Context: Process context, at load. May sleep.
 * Return: 0, or a negative error.
 */
int digsig_hash_init(void)
{
	struct crypto_shash *tfm;

	/* insmod, unlike modprobe, does not heed MODULE_SOFTDEP. */
	request_module("crypto-sha256");
	tfm = crypto_alloc_shash("sha256", 0, 0);
	if (IS_ERR(tfm))
		return PTR_ERR(tfm);
	sha256_tfm = tfm;
	return 0;
}

/**
 * digsig_hash_exit() - undo digsig_hash_init()
 */
void digsig_hash_exit(void)
{
	crypto_free_shash(sha256_tfm);
}

/**
 * digsig_hash_driver() - which implementation of SHA-256 is in use
 *
 * Return: its name as /proc/crypto has it, such as "sha256-ni".
 */
const char *digsig_hash_driver(void)
{
	return crypto_tfm_alg_driver_name(crypto_shash_tfm(sha256_tfm));
}

static int page_update(struct shash_desc *desc, struct page *page, u32 len)
{
	void *addr = kmap_local_page(page);
	int err;

	err = crypto_shash_update(desc, addr, len);
	kunmap_local(addr);
	return err;
}

/**
 * digsig_hash_source() - hash the beginning of a file
 * @src: an open source
 * @len: number of bytes from the start; at most @src->size
 * @digest: where to put the SHA-256
 *
 * Reads what is not in the page cache yet.
 *
 * Context: Process context, may be under mmap_lock. May sleep; a fatal signal
 * ends it.
 * Return: 0; -EINTR after a fatal signal; or what reading returned.
 */
int digsig_hash_source(struct digsig_source *src, u64 len,
		       u8 digest[DIGSIG_DIGEST_LEN])
{
	SHASH_DESC_ON_STACK(desc, sha256_tfm);
	struct page *page;
	u64 pos;
	u32 n;
	int err;

	desc->tfm = sha256_tfm;
	err = crypto_shash_init(desc);
	for (pos = 0; !err && pos < len; pos += n) {
		n = min_t(u64, len - pos, PAGE_SIZE);
		page = digsig_source_page(src, pos >> PAGE_SHIFT);
		if (IS_ERR(page)) {
			err = PTR_ERR(page);
			break;
		}
		err = page_update(desc, page, n);
		put_page(page);
		if (fatal_signal_pending(current))
			err = -EINTR;
		cond_resched();
	}
	if (!err)
		err = crypto_shash_final(desc, digest);
	shash_desc_zero(desc);
	digsig_stat_add(DIGSIG_ST_BYTES_HASHED, pos);
	return err;
}

/**
 * digsig_hash_bytes() - hash bytes in memory
 * @data: first byte
 * @len: number of bytes; large ones are hashed in one go
 * @digest: where to put the SHA-256
 *
 * Context: Process context.
 * Return: 0, or a negative error of the crypto driver.
 */
int digsig_hash_bytes(const void *data, size_t len,
		      u8 digest[DIGSIG_DIGEST_LEN])
{
	return digsig_hash_two(data, len, NULL, 0, digest);
}

/* So that a catalog of 160 MB does not keep the CPU, or the FPU, for long. */
#define HASH_CHUNK	65536

static int bytes_update(struct shash_desc *desc, const u8 *data, size_t len)
{
	int err = 0;
	size_t n;

	for (; len && !err; data += n, len -= n) {
		n = min_t(size_t, len, HASH_CHUNK);
		err = crypto_shash_update(desc, data, n);
		cond_resched();
	}
	return err;
}

/**
 * digsig_hash_two() - hash bytes that lie in two places
 * @a: the first bytes
 * @a_len: number of bytes at @a
 * @b: the bytes that follow them
 * @b_len: number of bytes at @b
 * @digest: where to put the SHA-256
 *
 * Context: Process context. May sleep.
 * Return: 0, or a negative error of the crypto driver.
 */
int digsig_hash_two(const void *a, size_t a_len, const void *b, size_t b_len,
		    u8 digest[DIGSIG_DIGEST_LEN])
{
	SHASH_DESC_ON_STACK(desc, sha256_tfm);
	int err;

	desc->tfm = sha256_tfm;
	err = crypto_shash_init(desc);
	if (!err)
		err = bytes_update(desc, a, a_len);
	if (!err)
		err = bytes_update(desc, b, b_len);
	if (!err)
		err = crypto_shash_final(desc, digest);
	shash_desc_zero(desc);
	return err;
}
