// SPDX-License-Identifier: GPL-2.0-only
/*
 * The option: reading it, finding it among others, and writing it.
 *
 * Everything that dsm knows about octets on the wire is here and in cipso.h.
 * Bytes may lie at any address and are looked at once each; nothing that
 * @len does not cover is touched.
 */
#include "cipso.h"

#define OPT_END		0
#define OPT_NOOP	1
#define OPT_FIXED	8	/* type, length, DOI, tag, its length */
#define PARAM_HEAD	2

static u32 get32(const u8 *p)
{
	return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static u8 *put32(u8 *p, u8 type, u32 value)
{
	*p++ = type;
	*p++ = PARAM_HEAD + sizeof(value);
	*p++ = value >> 24;
	*p++ = value >> 16;
	*p++ = value >> 8;
	*p++ = value;
	return p;
}

/**
 * dsm_option_ours() - is this option one that dsm answers for?
 * @data: an option, from its type on
 * @len: bytes there are
 *
 * Return: true if it is a CIPSO option of our DOI, however malformed. Others
 * are the kernel's.
 */
bool dsm_option_ours(const u8 *data, size_t len)
{
	return len >= 6 && data[0] == DSM_OPT_TYPE &&
	       get32(data + 2) == DSM_OPT_DOI;
}

/* Length that a parameter of this type has, or 0 for a type that is none. */
static unsigned int param_len(u8 type)
{
	switch (type) {
	case DSM_PARAM_SERIAL:
	case DSM_PARAM_SID:
	case DSM_PARAM_NID:
		return PARAM_HEAD + 4;
	case DSM_PARAM_CODE:
		return PARAM_HEAD + DSM_CODE_LEN;
	}
	return 0;
}

static void param_take(struct dsm_option *opt, u8 type, const u8 *value)
{
	switch (type) {
	case DSM_PARAM_SERIAL:
		opt->serial = get32(value);
		opt->has_serial = true;
		break;
	case DSM_PARAM_SID:
		opt->label.sid = get32(value);
		break;
	case DSM_PARAM_NID:
		opt->label.nid = get32(value);
		break;
	case DSM_PARAM_CODE:
		memcpy(opt->code, value, DSM_CODE_LEN);
		opt->has_code = true;
		break;
	}
}

/* The octets before the parameters. @at gets the place of the first wrong one. */
static enum dsm_reason head_check(const u8 *data, size_t len, unsigned int *at)
{
	*at = 1;
	if (len < OPT_FIXED)
		return DSM_REASON_SHORT;
	if (data[1] > len || data[1] > DSM_OPT_MAX)
		return DSM_REASON_LENGTH;
	if (data[1] < DSM_OPT_LEN)
		return DSM_REASON_SHORT;
	*at = 6;
	if (data[6] != DSM_OPT_TAG)
		return DSM_REASON_TAG;
	*at = 7;
	if (data[7] != data[1] - 6)
		return DSM_REASON_TAG_LENGTH;
	return DSM_REASON_NONE;
}

static enum dsm_reason params_read(const u8 *data, unsigned int end,
				   struct dsm_option *opt, u32 *seen,
				   unsigned int *at)
{
	unsigned int i, want;

	for (i = OPT_FIXED; i < end; i += want) {
		*at = i;
		want = param_len(data[i]);
		if (!want)
			return DSM_REASON_PARAM_UNKNOWN;
		if (i + want > end || data[i + 1] != want)
			return DSM_REASON_PARAM_LENGTH;
		if (*seen & 1U << data[i])
			return DSM_REASON_PARAM_TWICE;
		*seen |= 1U << data[i];
		param_take(opt, data[i], data + i + PARAM_HEAD);
	}
	return DSM_REASON_NONE;
}

/**
 * dsm_option_parse() - read an option
 * @data: the option; dsm_option_ours() said that it is ours
 * @len: bytes from there to the end of the header
 * @opt: what it says; undefined unless it is good
 * @at: place of the octet that is wrong, for the pointer in an ICMP error; may
 *	be %NULL
 *
 * Return: DSM_REASON_NONE, or what is wrong with it.
 */
enum dsm_reason dsm_option_parse(const u8 *data, size_t len,
				 struct dsm_option *opt, unsigned int *at)
{
	enum dsm_reason reason;
	unsigned int place;
	u32 seen = 0;

	memset(opt, 0, sizeof(*opt));
	reason = head_check(data, len, &place);
	if (!reason)
		reason = params_read(data, data[1], opt, &seen, &place);
	if (at)
		*at = place;
	if (reason)
		return reason;
	if (!(seen & 1U << DSM_PARAM_SID))
		return DSM_REASON_SID_MISSING;
	if (!(seen & 1U << DSM_PARAM_NID))
		return DSM_REASON_NID_MISSING;
	if (opt->label.sid == DSM_SID_NONE)
		return DSM_REASON_SID_ZERO;
	if (opt->label.nid == DSM_NID_NONE)
		return DSM_REASON_NID_ZERO;
	return DSM_REASON_NONE;
}

/**
 * dsm_option_parse_short() - read an option of 20 octets as we write it
 * @data: the octets
 * @opt: what it says, all zero before
 *
 * Return: true if it is one, SID first, and good; if not, dsm_option_parse()
 * says what it is.
 */
bool dsm_option_parse_short(const u8 data[DSM_OPT_LEN], struct dsm_option *opt)
{
	static const u8 head[OPT_FIXED + PARAM_HEAD] = {
		DSM_OPT_TYPE, DSM_OPT_LEN, 0x10, 0, 0x10, 0, DSM_OPT_TAG,
		DSM_OPT_LEN - 6, DSM_PARAM_SID, PARAM_HEAD + 4,
	};
	u32 sid = get32(data + 10), nid = get32(data + 16);

	if (memcmp(data, head, sizeof(head)) || data[14] != DSM_PARAM_NID ||
	    data[15] != PARAM_HEAD + 4 || !sid || !nid)
		return false;
	opt->label.sid = sid;
	opt->label.nid = nid;
	return true;
}

/**
 * dsm_option_find() - find our option among those of a header
 * @data: the octets after the fixed part of the header
 * @len: bytes of them
 * @found: our option, or %NULL if there is none
 *
 * Options that are malformed for the kernel end the search: it does not take
 * such a packet.
 *
 * Return: DSM_REASON_NONE, or DSM_REASON_OPTION_TWICE if there are two.
 */
enum dsm_reason dsm_option_find(const u8 *data, size_t len, const u8 **found)
{
	size_t i = 0, step;

	*found = NULL;
	while (i < len && data[i] != OPT_END) {
		if (data[i] == OPT_NOOP) {
			i++;
			continue;
		}
		if (len - i < 2 || data[i + 1] < 2 || data[i + 1] > len - i)
			break;
		step = data[i + 1];
		if (dsm_option_ours(data + i, len - i)) {
			if (*found)
				return DSM_REASON_OPTION_TWICE;
			*found = data + i;
		}
		i += step;
	}
	return DSM_REASON_NONE;
}

/**
 * dsm_option_code() - where the code is in an option that we wrote
 * @data: what dsm_option_build() wrote, or a process as if it had
 *
 * Return: place of the code, or 0 if there is none.
 */
unsigned int dsm_option_code(const u8 *data)
{
	unsigned int at = data[1] - DSM_CODE_LEN;

	if (data[1] < DSM_OPT_LEN + PARAM_HEAD + DSM_CODE_LEN ||
	    data[at - PARAM_HEAD] != DSM_PARAM_CODE)
		return 0;
	return at;
}

/**
 * dsm_option_build() - write an option
 * @opt: what it shall say; SID and NID are not 0
 * @data: where; what is left of the last four octets is zeroed
 *
 * The order is SID, NID, serial, code.
 *
 * Return: length of the option, without the padding.
 */
unsigned int dsm_option_build(const struct dsm_option *opt,
			      u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)])
{
	static const u8 head[OPT_FIXED] = DSM_OPT_HEAD;
	u8 *p = data + OPT_FIXED;
	unsigned int len;

	memset(data, 0, DSM_OPT_ROOM(DSM_OPT_MAX));
	memcpy(data, head, OPT_FIXED);
	p = put32(p, DSM_PARAM_SID, opt->label.sid);
	p = put32(p, DSM_PARAM_NID, opt->label.nid);
	if (opt->has_serial)
		p = put32(p, DSM_PARAM_SERIAL, opt->serial);
	if (opt->has_code) {
		*p++ = DSM_PARAM_CODE;
		*p++ = PARAM_HEAD + DSM_CODE_LEN;
		memcpy(p, opt->code, DSM_CODE_LEN);
		p += DSM_CODE_LEN;
	}
	len = p - data;
	data[1] = len;
	data[7] = len - 6;
	return len;
}
