/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mfib: attributes of a link of the kind "mfib", in IFLA_INFO_DATA.
 *
 * One such link stands for one FIB: it is made by making the link and goes with
 * it. Without attributes the number is what stands at the end of the name
 * ("mfib10").
 *
 *	| attribute		| type, range		| set by	|
 *	| IFLA_MFIB_TABLE	| u32, 1 and more	| new link	|
 *	| IFLA_MFIB_NEIGH_QUOTA	| u32, 0 is no limit	| new, change	|
 *
 * Numbers 253 to 255 are the kernel's tables default, main and local: EINVAL.
 * EEXIST: this namespace has the FIB. ENOSPC: it has as many as it may.
 */
#ifndef _UAPI_LINUX_MFIB_LINK_H
#define _UAPI_LINUX_MFIB_LINK_H

enum {
	IFLA_MFIB_UNSPEC,
	IFLA_MFIB_TABLE,
	IFLA_MFIB_NEIGH_QUOTA,
	__IFLA_MFIB_MAX
};

#define IFLA_MFIB_MAX	(__IFLA_MFIB_MAX - 1)

#endif /* _UAPI_LINUX_MFIB_LINK_H */
