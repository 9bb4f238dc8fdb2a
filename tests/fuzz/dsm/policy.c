// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policy images: whatever they hold, one that was let pass can be asked
 * anything, and each of its rules is found by its own key.
 */
#include "../fuzz.h"
#include "dsm/policy.h"

static void find_rules(const struct dsm_policy *p)
{
	u32 i, bit;

	for (i = 0; i < p->slots; i++) {
		const struct dsm_image_rule *rule = &p->slot[i];
		struct dsm_access a = {
			.class = le16_to_cpu(rule->class),
			.sid = le32_to_cpu(rule->sid),
			.nid = le32_to_cpu(rule->nid),
			.tsid = le32_to_cpu(rule->tsid),
		};

		if (!rule->class || !rule->sid || !rule->nid || !rule->tsid)
			continue;
		for (bit = 1; bit < 0x10000; bit <<= 1) {
			a.perms = bit;
			if (le16_to_cpu(rule->decides) & bit)
				must(dsm_policy_rule(p, &a) == rule);
		}
	}
}

static void ask(const struct dsm_policy *p, const uint8_t *data, size_t len)
{
	struct dsm_program prog = {
		.path = (const char *)data, .path_len = len < 64 ? len : 64,
	};
	u32 word[5] = {};

	memcpy(word, data + len / 2, len / 2 < 20 ? len / 2 : 20);
	dsm_policy_check(p, word[0] % 17, word[1], word[2], word[3], word[4]);
	dsm_policy_peer4(p, word[1]);
	dsm_policy_peer6(p, data);
	prog.owner = word[0] & 1;
	prog.file_sid = word[1];
	dsm_policy_transition(p, word[2], &prog);
	dsm_policy_sid_name(p, word[2]);
	dsm_policy_nid_name(p, word[3]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	void *image = malloc(len);
	struct dsm_policy p;

	if (len)
		memcpy(image, data, len);
	if (!dsm_policy_parse(&p, image, len)) {
		u64 *filter = malloc(dsm_policy_filter_size(&p));

		ask(&p, data, len);
		dsm_policy_filter(&p, filter);
		find_rules(&p);
		ask(&p, data, len);
		free(filter);
	}
	free(image);
	return 0;
}
