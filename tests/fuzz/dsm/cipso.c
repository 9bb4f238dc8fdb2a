// SPDX-License-Identifier: GPL-2.0-only
/*
 * Options of a header: our option is found, and read as the naive reader reads
 * it; what was read and is written again is read the same.
 */
#include "../fuzz.h"
#include "../../unit/dsm/cipso_naive.h"
#include "dsm/cipso.h"

static void read_again(const struct dsm_option *opt)
{
	u8 data[DSM_OPT_ROOM(DSM_OPT_MAX)];
	struct dsm_option again;
	unsigned int len;

	len = dsm_option_build(opt, data);
	must(!dsm_option_parse(data, len, &again, NULL));
	must(!memcmp(opt, &again, sizeof(again)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct dsm_option opt;
	struct naive want;
	const u8 *found;
	unsigned int at;

	if (len > 40)
		return 0;
	if (dsm_option_find(data, len, &found) || !found)
		return 0;
	must(found >= data && found + 6 <= data + len);
	len -= found - data;
	want = naive_read(found, len);
	must(want.good == !dsm_option_parse(found, len, &opt, &at));
	must(at < 40);
	if (!want.good)
		return 0;
	must(want.sid == opt.label.sid && want.nid == opt.label.nid);
	must(want.has_serial == opt.has_serial && want.serial == opt.serial);
	must(want.has_code == opt.has_code);
	must(!memcmp(want.code, opt.code, sizeof(want.code)));
	read_again(&opt);
	return 0;
}
