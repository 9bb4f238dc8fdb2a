// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the places where dsm attaches before dsm comes: the functions
 * cipso_v4_validate(), __ip_options_echo() and ip_options_get(), as a live patch
 * would, and IPv4's entry in the table of receivers. It changes nothing of what they do.
 */
#include <linux/ftrace.h>
#include <linux/if_ether.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "compat.h"
#include "lsmhook_symbol.c"

static struct packet_type *ip_type;
static int (*next)(struct sk_buff *skb, struct net_device *dev,
		   struct packet_type *pt, struct net_device *orig_dev);

static int taken_receive(struct sk_buff *skb, struct net_device *dev,
			 struct packet_type *pt, struct net_device *orig_dev)
{
	return next(skb, dev, pt, orig_dev);
}

static void notrace taken_call(unsigned long ip, unsigned long parent,
			       struct ftrace_ops *ops,
			       struct ftrace_regs *fregs)
{
}

static struct ftrace_ops taken_ops[] = {
	{ .func = taken_call, .flags = FTRACE_OPS_FL_IPMODIFY |
				       FTRACE_OPS_FL_RECURSION },
	{ .func = taken_call, .flags = FTRACE_OPS_FL_IPMODIFY |
				       FTRACE_OPS_FL_RECURSION },
	{ .func = taken_call, .flags = FTRACE_OPS_FL_IPMODIFY |
				       FTRACE_OPS_FL_RECURSION },
};
static char *const taken_names[] = {
	"cipso_v4_validate", "__ip_options_echo", "ip_options_get",
};
static_assert(ARRAY_SIZE(taken_names) == ARRAY_SIZE(taken_ops));

static int __init taken_init(void)
{
	unsigned int i;
	int err = 0;

	lsmhook_symbol_init();
	ip_type = lsmhook_symbol("ip_packet_type");
	if (!ip_type)
		return -ENOENT;
	for (i = 0; i < ARRAY_SIZE(taken_ops) && !err; i++) {
		err = ftrace_set_filter(&taken_ops[i], taken_names[i],
					strlen(taken_names[i]), 1);
		if (!err)
			err = register_ftrace_function(&taken_ops[i]);
	}
	if (err)
		return err;
	rtnl_lock();
	next = ip_type->func;
	WRITE_ONCE(ip_type->func, taken_receive);
	rtnl_unlock();
	return 0;
}
module_init(taken_init);

static void __exit taken_exit(void)
{
	unsigned int i;

	rtnl_lock();
	WRITE_ONCE(ip_type->func, next);
	rtnl_unlock();
	synchronize_net();
	for (i = 0; i < ARRAY_SIZE(taken_ops); i++) {
		unregister_ftrace_function(&taken_ops[i]);
		ftrace_free_filter(&taken_ops[i]);
	}
}
module_exit(taken_exit);

MODULE_DESCRIPTION("Takes the places where dsm attaches");
MODULE_AUTHOR("CGL Modules");
MODULE_LICENSE("GPL");
