// SPDX-License-Identifier: GPL-2.0-only
/*
 * The keys of labels on the disk: text, one key a line, that begins with what it
 * is and ends with "end". Root alone may read it.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "hex.h"
#include "keyfile.h"
#include "tools/dsm/image.h"

/**
 * keyfile_free() - forget keys
 * @keys: as keyfile_read() left them
 */
void keyfile_free(struct keyfile *keys)
{
	if (keys->key)
		explicit_bzero(keys->key, keys->count * sizeof(*keys->key));
	free(keys->key);
	memset(keys, 0, sizeof(*keys));
}

static int read_key(FILE *f, struct frame_key *k)
{
	char hex[40];
	int err;

	if (fscanf(f, " nid %u epoch %u key %39s", &k->nid, &k->epoch,
		   hex) != 3 || !k->nid || !k->epoch)
		return -EINVAL;
	err = hex_scan(hex, k->key, sizeof(k->key));
	explicit_bzero(hex, sizeof(hex));
	return err;
}

static int read_keys(FILE *f, struct keyfile *keys)
{
	uint32_t count;
	char end[8] = "";
	int err = 0;

	if (fscanf(f, "keys 1 epoch %u count %u", &keys->epoch, &count) != 2 ||
	    count > KEYFILE_MAX)
		return -EINVAL;
	keys->key = calloc(count ? count : 1, sizeof(*keys->key));
	if (!keys->key)
		return -ENOMEM;
	while (keys->count < count && !err)
		err = read_key(f, &keys->key[keys->count++]);
	if (!err && (fscanf(f, "%7s", end) != 1 || strcmp(end, "end")))
		err = -EINVAL;
	return err;
}

/**
 * keyfile_read() - get the keys of labels
 * @path: the file
 * @keys: filled in; keyfile_free() gives them back, not on errors
 *
 * Return: 0, or a negative error after saying why.
 */
int keyfile_read(const char *path, struct keyfile *keys)
{
	FILE *f = fopen(path, "re");
	int err;

	memset(keys, 0, sizeof(*keys));
	if (!f) {
		err = -errno;
		cmd_error("%s: %s", path, strerror(-err));
		return err;
	}
	err = read_keys(f, keys);
	fclose(f);
	if (!err)
		return 0;
	keyfile_free(keys);
	cmd_error("%s: %s", path, err == -EINVAL ? "not as dsmd writes it" :
		  strerror(-err));
	return err;
}

/**
 * keyfile_write() - keep the keys of labels
 * @path: the file
 * @keys: all keys
 *
 * Return: 0, or a negative error: the old ones are still there.
 */
int keyfile_write(const char *path, const struct keyfile *keys)
{
	char *text = NULL;
	size_t len = 0;
	uint32_t i;
	FILE *f;
	int err;

	f = open_memstream(&text, &len);
	if (!f)
		return -ENOMEM;
	fprintf(f, "keys 1\nepoch %u\ncount %u\n", keys->epoch, keys->count);
	for (i = 0; i < keys->count; i++) {
		fprintf(f, "nid %u epoch %u key ", keys->key[i].nid,
			keys->key[i].epoch);
		hex_print(f, keys->key[i].key, sizeof(keys->key[i].key));
		fputc('\n', f);
	}
	fprintf(f, "end\n");
	fclose(f);
	err = text ? image_save_private(path, text, len) : -ENOMEM;
	if (text)
		explicit_bzero(text, len);
	free(text);
	return err;
}
