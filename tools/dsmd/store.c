// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a node remembers over a power cut. In its folder are
 *
 *	current		the policy in force
 *	candidate	a policy that this node has agreed to take
 *	promise		that it has: push, coordinator, serial, digest
 *	keys		keys of labels; keyfile.c writes it
 *
 * Every step is one rename() or unlink(), flushed before the next:
 *
 *	to promise	candidate is written, then promise. The promise holds
 *			from its rename() on.
 *	to commit	candidate becomes current. That rename() is the moment at
 *			which the policy counts; then promise goes.
 *	to abort	promise goes, then candidate.
 *
 * so after a power cut at any place store_open() can tell what was done: a
 * candidate without a promise was never agreed to, a promise without its
 * candidate is kept. Nothing here knows who decides.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd.h"
#include "hex.h"
#include "store.h"

static int sync_folder(const struct store *s)
{
	int fd = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err = 0;

	if (fd < 0)
		return -errno;
	if (fsync(fd))
		err = -errno;
	close(fd);
	return err;
}

static int remove_file(const struct store *s, const char *path)
{
	if (unlink(path) && errno != ENOENT)
		return -errno;
	return sync_folder(s);
}

static void set_policy(struct store_policy *to, const struct image *image)
{
	to->there = true;
	to->serial = image->policy.serial;
	memcpy(to->digest, image->policy.digest, sizeof(to->digest));
}

static int read_policy(const char *path, struct store_policy *to)
{
	struct image image;
	int err;

	memset(to, 0, sizeof(*to));
	if (access(path, F_OK))
		return errno == ENOENT ? 0 : -errno;
	err = image_open(&image, path);
	if (err)
		return err;
	set_policy(to, &image);
	image_close(&image);
	return 0;
}

/* ---- the promise -------------------------------------------------------------- */

static int write_promise(const struct store *s)
{
	char *text = NULL;
	size_t len = 0;
	int err;
	FILE *f = open_memstream(&text, &len);

	if (!f)
		return -ENOMEM;
	fprintf(f, "promise 1\ntx ");
	hex_print(f, s->tx, sizeof(s->tx));
	fprintf(f, "\ncoordinator %s\nserial %u\ndigest ", s->coordinator,
		s->promised.serial);
	hex_print(f, s->promised.digest, sizeof(s->promised.digest));
	fprintf(f, "\nend\n");
	fclose(f);
	err = text ? image_save(s->promise, text, len) : -ENOMEM;
	free(text);
	return err;
}

static int read_promise(struct store *s)
{
	char tx[64] = "", digest[80] = "", end[8] = "";
	FILE *f = fopen(s->promise, "re");
	int n;

	if (!f)
		return errno == ENOENT ? 0 : -errno;
	n = fscanf(f, "promise 1 tx %63s coordinator %63s serial %u digest %79s %7s",
		   tx, s->coordinator, &s->promised.serial, digest, end);
	fclose(f);
	if (n != 5 || strcmp(end, "end") ||
	    hex_scan(tx, s->tx, sizeof(s->tx)) ||
	    hex_scan(digest, s->promised.digest, sizeof(s->promised.digest))) {
		cmd_error("%s: not as it was written", s->promise);
		return -EINVAL;
	}
	s->promised.there = true;
	return 0;
}

static int forget(struct store *s)
{
	int err;

	memset(&s->promised, 0, sizeof(s->promised));
	err = remove_file(s, s->promise);
	return err ? err : remove_file(s, s->candidate);
}

static bool same(const struct store_policy *a, const struct store_policy *b)
{
	return a->there && b->there && a->serial == b->serial &&
	       !memcmp(a->digest, b->digest, sizeof(a->digest));
}

/* Finish what a power cut has interrupted. */
static int recover(struct store *s)
{
	struct store_policy candidate;
	int err;

	if (!s->promised.there)
		return forget(s);
	/* It counts already, or has been overtaken. */
	if (s->in_force.there && s->promised.serial <= s->in_force.serial)
		return forget(s);
	err = read_policy(s->candidate, &candidate);
	if (err || same(&s->promised, &candidate))
		return err;
	cmd_error("%s: promised, and not there", s->candidate);
	return -EINVAL;
}

/* Who may write there says what is in force, so that has to be us alone. */
static int open_folder(const char *folder)
{
	struct stat st;
	int err = 0;

	if ((mkdir(folder, 0700) && errno != EEXIST) || stat(folder, &st))
		err = -errno;
	if (err) {
		cmd_error("%s: %s", folder, strerror(-err));
	} else if ((st.st_mode & 022) || st.st_uid != geteuid()) {
		cmd_error("%s: others may write there", folder);
		err = -EPERM;
	}
	return err;
}

/**
 * store_open() - see what a node remembers
 * @s: filled in
 * @folder: where; made if it is not there
 *
 * Return: 0, or a negative error after saying why.
 */
int store_open(struct store *s, const char *folder)
{
	int err;

	memset(s, 0, sizeof(*s));
	snprintf(s->folder, sizeof(s->folder), "%s", folder);
	snprintf(s->current, sizeof(s->current), "%s/current", folder);
	snprintf(s->candidate, sizeof(s->candidate), "%s/candidate", folder);
	snprintf(s->promise, sizeof(s->promise), "%s/promise", folder);
	snprintf(s->keys, sizeof(s->keys), "%s/keys", folder);
	err = open_folder(folder);
	if (err)
		return err;
	err = read_policy(s->current, &s->in_force);
	if (!err)
		err = read_promise(s);
	if (!err)
		err = recover(s);
	return err;
}

/**
 * store_candidate() - write down a policy that may be agreed to
 * @s: the folder; an older promise goes
 * @image: the policy
 *
 * Return: 0, or a negative error.
 */
int store_candidate(struct store *s, const struct image *image)
{
	int err = s->promised.there ? forget(s) : 0;

	if (!err)
		err = image_save(s->candidate, image->data, image->len);
	if (!err)
		set_policy(&s->offered, image);
	return err;
}

/**
 * store_promise() - agree to the candidate
 * @s: the folder
 * @tx: of the push
 * @coordinator: of the push
 *
 * Return: 0: the promise is on the disk; or a negative error: there is none.
 */
int store_promise(struct store *s, const uint8_t *tx, const char *coordinator)
{
	int err;

	memcpy(s->tx, tx, sizeof(s->tx));
	snprintf(s->coordinator, sizeof(s->coordinator), "%s", coordinator);
	s->promised = s->offered;
	err = write_promise(s);
	if (err)
		forget(s);
	return err;
}

/**
 * store_commit() - the policy that was promised is in force
 * @s: the folder, with a promise
 *
 * What fails after the rename() is said and no error: the policy counts, and
 * store_open() does the rest.
 *
 * Return: 0, or a negative error: nothing has changed.
 */
int store_commit(struct store *s)
{
	int err;

	if (rename(s->candidate, s->current))
		return -errno;
	s->in_force = s->promised;
	err = sync_folder(s);
	if (!err)
		err = forget(s);
	if (err)
		cmd_error("%s: %s", s->folder, strerror(-err));
	memset(&s->promised, 0, sizeof(s->promised));
	return 0;
}

/**
 * store_abort() - the policy that was promised will not be in force
 * @s: the folder
 *
 * Return: 0, or a negative error.
 */
int store_abort(struct store *s)
{
	return forget(s);
}

/**
 * store_replace() - a policy that others have agreed to is in force
 * @s: the folder; a promise that it overtakes goes
 * @image: the policy
 *
 * Return: 0, or a negative error: nothing has changed.
 */
int store_replace(struct store *s, const struct image *image)
{
	int err = image_save(s->current, image->data, image->len);

	if (err)
		return err;
	set_policy(&s->in_force, image);
	if (s->promised.there && s->promised.serial <= s->in_force.serial)
		forget(s);
	return 0;
}
