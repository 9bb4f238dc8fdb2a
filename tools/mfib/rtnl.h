/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's own netlink for links and neighbours. A function that returns an
 * error has told the user why.
 */
#ifndef RTNL_H
#define RTNL_H

#include <stdint.h>
#include <libmnl/libmnl.h>

int rtnl_request(struct nlmsghdr *nlh, mnl_cb_t handler, void *data);

#endif /* RTNL_H */
