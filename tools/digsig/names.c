// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of what the signed formats only number.
 */
#include <linux/digsig_format.h>

#include "names.h"

/**
 * names_alg() - name of a signature algorithm
 * @alg: enum digsig_alg
 *
 * Return: the name.
 */
const char *names_alg(uint8_t alg)
{
	switch (alg) {
	case DIGSIG_ALG_RSA:
		return "rsa";
	case DIGSIG_ALG_ECDSA_P256:
		return "ecdsa-p256";
	case DIGSIG_ALG_ECDSA_P384:
		return "ecdsa-p384";
	default:
		return "unknown";
	}
}

static const struct {
	uint32_t flag;
	const char *name;
} flag_names[] = {
	{ DIGSIG_FLAG_JIT, "jit" },
	{ DIGSIG_FLAG_DEBUGGER, "debugger" },
	{ DIGSIG_FLAG_INTERPRETER, "interpreter" },
};

/**
 * names_show_flags() - show the signed flags of a program as a list
 * @o: the output, in an object
 * @flags: DIGSIG_FLAG_*
 *
 * In a line no flags are shown as nothing; JSON has an empty list then.
 */
void names_show_flags(struct out *o, uint32_t flags)
{
	size_t i;

	if (!flags && !o->json)
		return;
	out_list_begin(o, "flags");
	for (i = 0; i < sizeof(flag_names) / sizeof(flag_names[0]); i++)
		if (flags & flag_names[i].flag)
			out_text(o, NULL, OUT_BARE, flag_names[i].name);
	out_list_end(o);
}
