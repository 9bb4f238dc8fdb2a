/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Denials, as the kernel reports them: an event, or a line of a log.
 */
#ifndef DSM_RECORD_H
#define DSM_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "dsm/policy.h"
#include "out.h"

/**
 * struct record - a denial
 * @op: what was asked for, a word
 * @reason: why it was refused, a word
 * @text: the same as a sentence
 * @denied: it was refused; otherwise permissive mode let it pass
 * @access: what the policy was asked
 * @serial: of the policy
 * @pid: process, or 0
 * @comm: its name, or ""
 * @protocol: IPPROTO_* of a packet, or 0
 * @source: address and port of a packet, or ""
 * @dest: the same
 * @time_ns: since 1970, 0 for unknown
 * @lost: events that were not sent
 */
struct record {
	char			op[24];
	char			reason[32];
	const char		*text;
	bool			denied;
	struct dsm_access	access;
	uint32_t		serial;
	uint32_t		pid;
	char			comm[64];
	uint32_t		protocol;
	char			source[80];
	char			dest[80];
	uint64_t		time_ns;
	uint64_t		lost;
};

bool record_parse(struct record *r, const char *line);
void record_show(struct out *o, const struct dsm_policy *p,
		 const struct record *r);

/* Called for each record in the kernel's log, the oldest first. */
int record_read_log(int (*each)(const struct record *r, void *data),
		    void *data);

#endif /* DSM_RECORD_H */
