/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Talking to mfib.ko: one connection for a whole run, which may be many commands
 * of a batch. A function that returns an error has told the user why.
 */
#ifndef KERNEL_H
#define KERNEL_H

#include <linux/mfib.h>
#include <linux/mfib_socket.h>

#include "cmd.h"
#include "genl.h"
#include "out.h"

extern const struct genl_rule kernel_rules[MFIB_A_MAX + 1];

struct genl *kernel_open(void);
void kernel_close(void);
int kernel_dump(struct genl *g, genl_handler handler, void *data);
bool kernel_loaded(void);

/* fib.c */
int fib_device(uint32_t fib, uint32_t *ifindex);
void fib_complete(void);

/* route_show.c */
int route_show_nest(struct out *o, const char *name,
		    const struct nlattr *nest, uint32_t fib, bool with_fib);
bool route_is_own(const struct nlattr *nest);
extern const char *const type_names[MFIB_TYPE_MAX + 1];

/* nexthop.c */
int nexthop_show_nest(struct out *o, const char *name,
		      const struct nlattr *nest);
int ways_show(struct out *o, const struct nlattr *ways);

/* rule.c */
int rule_show_nest(struct out *o, const struct nlattr *nest);
uint32_t rule_fib(const struct nlattr *nest);

/* link.c */
int links_save(struct out *o, uint32_t fib);

/* batch.c */
int batch_run(const struct cmd_program *prog, char *const *before,
	      const char *path, bool force);
int batch_line(const struct cmd_program *prog, char *const *before, char *line);
int batch_split(char *line, char **words, unsigned int max);
extern const struct cmd_program mfib_program;

#endif /* KERNEL_H */
