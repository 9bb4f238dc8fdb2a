/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family, between the files that send by it.
 */
#ifndef _DSM_NETLINK_H
#define _DSM_NETLINK_H

#include <net/genetlink.h>

extern struct genl_family dsm_family;

#endif /* _DSM_NETLINK_H */
