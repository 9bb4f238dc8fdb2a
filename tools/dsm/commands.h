/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commands of dsm, by file.
 */
#ifndef DSM_COMMANDS_H
#define DSM_COMMANDS_H

#include "cmd.h"

extern const struct cmd policy_compile_commands[];
extern const struct cmd policy_sign_commands[];
extern const struct cmd policy_explain_commands[];
extern const struct cmd policy_diff_commands[];
extern const struct cmd push_commands[];
extern const struct cmd kernel_policy_commands[];
extern const struct cmd kernel_trust_commands[];
extern const struct cmd kernel_keys_commands[];
extern const struct cmd kernel_show_commands[];
extern const struct cmd kernel_event_commands[];
extern const struct cmd policy_show_commands[];

#endif /* DSM_COMMANDS_H */
