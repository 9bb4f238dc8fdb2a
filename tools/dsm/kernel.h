/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to dsm.ko. A function that returns an error has told the user why,
 * unless the connection is quiet.
 */
#ifndef DSM_KERNEL_H
#define DSM_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/dsm.h>
#include <linux/dsm_policy.h>

#include "genl.h"

extern const struct genl_rule kernel_rules[DSM_A_MAX + 1];

int kernel_open(struct genl *g);
int kernel_dump(uint8_t cmd, genl_handler handler, void *data);
int kernel_send_policy(struct genl *g, uint8_t cmd, const char *path,
		       bool force, uint32_t *serial);

/**
 * struct kernel_status - what STATUS_GET says about policy and keys
 * @nid: of this node, 0 if not set
 * @serial: of the policy in force, 0 for none
 * @prepared: serial of a prepared policy, 0 for none
 * @epoch: of the keys that labels are authenticated with, 0 for none
 * @keys: number of keys
 * @hash: digest of the policy in force
 */
struct kernel_status {
	uint32_t	nid;
	uint32_t	serial;
	uint32_t	prepared;
	uint32_t	epoch;
	uint32_t	keys;
	uint8_t		hash[DSM_IMAGE_DIGEST_LEN];
};

int kernel_status(struct genl *g, struct kernel_status *st);

#endif /* DSM_KERNEL_H */
