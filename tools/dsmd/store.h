/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a node remembers over a power cut: the policy in force, one that it has
 * agreed to, and where the keys of labels are.
 */
#ifndef DSMD_STORE_H
#define DSMD_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "tools/dsm/image.h"

/**
 * struct store_policy - a policy that is kept
 * @there: there is one
 * @serial: its serial
 * @digest: its digest
 */
struct store_policy {
	bool		there;
	uint32_t	serial;
	uint8_t		digest[DSM_IMAGE_DIGEST_LEN];
};

/**
 * struct store - a folder
 * @folder: its name
 * @current: path of the policy in force
 * @candidate: path of the one that was agreed to
 * @promise: path of the record that it was
 * @keys: path of the keys
 * @in_force: what @current is
 * @offered: what @candidate is
 * @promised: the same, if it was agreed to
 * @tx: of the push it belongs to
 * @coordinator: of that push
 */
struct store {
	char			folder[256];
	char			current[300];
	char			candidate[300];
	char			promise[300];
	char			keys[300];
	struct store_policy	in_force;
	struct store_policy	offered;
	struct store_policy	promised;
	uint8_t			tx[FRAME_TX_LEN];
	char			coordinator[FRAME_NAME_MAX];
};

int store_open(struct store *s, const char *folder);
int store_candidate(struct store *s, const struct image *image);
int store_promise(struct store *s, const uint8_t *tx, const char *coordinator);
int store_commit(struct store *s);
int store_abort(struct store *s);
int store_replace(struct store *s, const struct image *image);

#endif /* DSMD_STORE_H */
