// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three functions of the kernel that we stand in for, by ftrace.
 *
 * cipso_v4_validate(): the kernel's check of a CIPSO option knows nothing of our
 * tag type and would drop every packet with it, those that are only forwarded,
 * too. An option of our DOI is checked by us instead; others never notice.
 *
 * __ip_options_echo(): which options the kernel's own answers have; reply.c.
 *
 * ip_options_get(): makes IP options of what a process gave, by setsockopt() or
 * with a message. The hooks refuse both; but of several messages to one address in
 * a row, sendmmsg() has the hook look at the first only, and options that come with
 * the others are first seen here.
 *
 * IPMODIFY: only one such user for a function. When there is another one (a
 * live patch), we do without and say so: packets that need the kernel's check
 * are dropped by it, and answers have no label; "dsm status" shows both. Without
 * the third the guard is put in place with the first policy.
 * PERMANENT: sysctl kernel.ftrace_enabled=0 fails while we are there.
 *
 * The functions may run in any context. When they are left,
 * synchronize_rcu_tasks() waits for tasks and synchronize_rcu() for softirqs
 * that are inside; they do not sleep.
 */
#include <linux/ftrace.h>
#include <linux/ip.h>
#include <linux/printk.h>
#include <linux/rcupdate.h>
#include <linux/skbuff.h>
#include <linux/sockptr.h>
#include <linux/string.h>

#include "compat.h"
#include "dsm.h"

/**
 * dsm_validate() - check a CIPSO option of our DOI
 * @skb: the packet, or %NULL if a process wants to set it as its option
 * @option: the option; on error advanced to the octet that is wrong
 *
 * In the place of cipso_v4_validate().
 *
 * Context: Softirq or process context. Does not sleep.
 * Return: 0, or -EINVAL: the packet is dropped, the option refused.
 */
int dsm_validate(const struct sk_buff *skb, unsigned char **option)
{
	const u8 *end, *data = *option;
	struct dsm_option opt;
	enum dsm_reason reason;
	unsigned int at;

	if (!skb) {
		dsm_reason_inc(DSM_REASON_IP_OPTIONS);
		return -EINVAL;
	}
	end = (const u8 *)ip_hdr(skb) + ip_hdr(skb)->ihl * 4;
	reason = dsm_option_parse(data, end - data, &opt, &at);
	if (!reason)
		return 0;
	dsm_reason_inc(reason);
	*option += at;
	return -EINVAL;
}

static void notrace validate_call(unsigned long ip, unsigned long parent,
				  struct ftrace_ops *ops,
				  struct ftrace_regs *fregs)
{
	unsigned char **option = (unsigned char **)
				 ftrace_regs_get_argument(fregs, 1);

	if (!dsm_option_ours(*option, (*option)[1]))
		return;
	ftrace_regs_set_instruction_pointer(fregs, (unsigned long)dsm_validate);
}

/*
 * In the place of ip_options_get(). The callback has seen a policy that refuses.
 */
static int options_refused(struct net *net, struct ip_options_rcu **optp,
			   sockptr_t data, int optlen)
{
	dsm_refuse(DSM_OP_SEND, DSM_REASON_RETOPTS, NULL);
	return -EACCES;
}

static void notrace options_call(unsigned long ip, unsigned long parent,
				 struct ftrace_ops *ops,
				 struct ftrace_regs *fregs)
{
	unsigned long to = (unsigned long)options_refused;

	if (dsm_guard_wanted())
		ftrace_regs_set_instruction_pointer(fregs, to);
}

static void notrace reply_call(unsigned long ip, unsigned long parent,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
	struct sk_buff *skb = (struct sk_buff *)
			      ftrace_regs_get_argument(fregs, 2);

	if (dsm_reply_wanted(skb))
		ftrace_regs_set_instruction_pointer(fregs,
						    (unsigned long)dsm_reply);
}

/**
 * struct point - a function of the kernel
 * @name: of it
 * @ops: what ftrace knows
 * @attached: we stand in for it
 */
struct point {
	char		 *name;
	struct ftrace_ops ops;
	bool		  attached;
};

#define POINT_FLAGS	(FTRACE_OPS_FL_IPMODIFY | FTRACE_OPS_FL_PERMANENT | \
			 FTRACE_OPS_FL_RECURSION)

static struct point points[] = {
	{
		.name	= "cipso_v4_validate",
		.ops	= { .func = validate_call, .flags = POINT_FLAGS },
	}, {
		.name	= "__ip_options_echo",
		.ops	= { .func = reply_call, .flags = POINT_FLAGS },
	}, {
		.name	= "ip_options_get",
		.ops	= { .func = options_call, .flags = POINT_FLAGS },
	},
};

static void point_attach(struct point *p)
{
	int err;

	err = ftrace_set_filter(&p->ops, p->name, strlen(p->name), 1);
	if (!err)
		err = register_ftrace_function(&p->ops);
	p->attached = !err;
	if (err) {
		ftrace_free_filter(&p->ops);
		pr_warn("dsm: %s() is taken or missing (%d)\n", p->name, err);
	}
}

static unsigned int point_how(const struct point *p)
{
	return p->attached ? DSM_ATTACH_FTRACE : DSM_ATTACH_NONE;
}

/**
 * dsm_point_validate() - is the kernel's check of CIPSO options stood in for?
 *
 * Return: enum dsm_attach.
 */
unsigned int dsm_point_validate(void)
{
	return point_how(&points[0]);
}

/**
 * dsm_point_replies() - are the kernel's own answers labelled?
 *
 * Return: enum dsm_attach.
 */
unsigned int dsm_point_replies(void)
{
	return point_how(&points[1]);
}

/**
 * dsm_point_options() - are a process's own IP options refused where they are made?
 *
 * Return: enum dsm_attach.
 */
unsigned int dsm_point_options(void)
{
	return point_how(&points[2]);
}

/**
 * dsm_point_init() - stand in for what can be stood in for
 *
 * Context: Process context. May sleep.
 * Return: 0.
 */
int dsm_point_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(points); i++)
		point_attach(&points[i]);
	return 0;
}

/**
 * dsm_point_exit() - give the kernel its functions back
 *
 * Context: Process context. May sleep. When it returns nobody is inside ours.
 */
void dsm_point_exit(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(points); i++) {
		if (!points[i].attached)
			continue;
		unregister_ftrace_function(&points[i].ops);
		ftrace_free_filter(&points[i].ops);
		points[i].attached = false;
	}
	synchronize_rcu_tasks();
	synchronize_rcu();
}
