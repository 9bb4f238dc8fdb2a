/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which certificate vouches for which.
 */
#ifndef _DIGSIG_CHAIN_H
#define _DIGSIG_CHAIN_H

#include <linux/types.h>

struct digsig_authority;
struct key;

struct digsig_authority *digsig_chain_find(const struct key *cert);
struct digsig_authority *digsig_chain_add(struct key *cert,
					  struct digsig_authority *issuer,
					  u8 path_len);
void digsig_chain_silence(struct digsig_authority *a);

#endif /* _DIGSIG_CHAIN_H */
