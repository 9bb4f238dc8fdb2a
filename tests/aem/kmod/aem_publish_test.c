// SPDX-License-Identifier: GPL-2.0-only
/*
 * A module that publishes, for the tests: what is written to its parameter
 * "event" is published as that event, with data of as many bytes as the second
 * number says; byte n has the value n.
 */
#include <linux/kernel.h>
#include <linux/module.h>

#include "aem_source.h"

AEM_SOURCE(publish_test, CAP_SYS_ADMIN);
AEM_SOURCE(publish_open, -1);

static int publish_test_set(const char *value, const struct kernel_param *kp)
{
	unsigned int event, len, i;
	u8 data[255];

	if (sscanf(value, "%u %u", &event, &len) != 2 || len > sizeof(data))
		return -EINVAL;
	for (i = 0; i < len; i++)
		data[i] = i;
	aem_source_publish(&aem_source_publish_test, event, data, len);
	aem_source_publish(&aem_source_publish_open, event, data, len);
	return 0;
}

static const struct kernel_param_ops publish_test_ops = {
	.set = publish_test_set,
};

module_param_cb(event, &publish_test_ops, NULL, 0200);
MODULE_PARM_DESC(event, "EVENT LENGTH: publish an event");
MODULE_DESCRIPTION("Publishes to aem, for its tests");
MODULE_LICENSE("GPL");
