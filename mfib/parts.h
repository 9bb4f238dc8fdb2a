/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Parts of the module that main.c and fib.c begin and end, and nobody else calls.
 */
#ifndef _MFIB_PARTS_H
#define _MFIB_PARTS_H

struct mfib_net;

/* In each network namespace. */
int mfib_select_net_init(struct mfib_net *mnet);
void mfib_select_net_exit(struct mfib_net *mnet);
int mfib_mirror_net_init(struct mfib_net *mnet);
void mfib_mirror_net_exit(struct mfib_net *mnet);
void mfib_zone_net_exit(struct mfib_net *mnet);

/* In the module. */
int mfib_socket_init(void);
void mfib_socket_exit(void);
int mfib_zone_init(void);
void mfib_zone_exit(void);
void mfib_zone_release(void);
int mfib_netlink_init(void);
void mfib_netlink_exit(void);

#endif /* _MFIB_PARTS_H */
