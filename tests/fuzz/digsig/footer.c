// SPDX-License-Identifier: GPL-2.0-only
/*
 * Footers: 8 bytes that are the length of the file, then the footer.
 *
 * What is read is written again as it was, and its parts lie in the file.
 */
#include "../fuzz.h"
#include "digsig/footer.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	u8 tail[DIGSIG_FOOTER_LEN] = {}, again[DIGSIG_FOOTER_LEN];
	enum digsig_reason reason;
	struct digsig_info info;
	u64 file_len;

	if (len != sizeof(file_len) + sizeof(tail))
		return 0;
	memcpy(&file_len, data, sizeof(file_len));
	memcpy(tail, data + sizeof(file_len), sizeof(tail));

	reason = digsig_footer_parse(tail, file_len, &info);
	must((reason == DIGSIG_REASON_NONE) ==
	     !digsig_footer_error(tail, file_len));
	if (reason != DIGSIG_REASON_NONE)
		return 0;
	must(info.sig_off <= file_len && info.sig_len <= DIGSIG_SIG_MAX);
	must(file_len - info.sig_off == info.sig_len + 64ULL);
	must(info.wrap_len <= info.sig_off);
	must(!digsig_footer_write(again, &info));
	must(!memcmp(tail, again, sizeof(tail)));
	return 0;
}
