// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switches what a network device does for the stack, as ethtool -K does.
 *
 * usage: ethtool DEVICE tso|gso|gro on|off ...
 */
#include <err.h>
#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static const struct {
	const char *name;
	unsigned int cmd;
} features[] = {
	{ "tso", ETHTOOL_STSO },
	{ "gso", ETHTOOL_SGSO },
	{ "gro", ETHTOOL_SGRO },
};

static void set(const char *device, const char *name, const char *to)
{
	struct ethtool_value value = { .data = !strcmp(to, "on") };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct ifreq ifr = {};
	unsigned int i;

	for (i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		if (!strcmp(features[i].name, name))
			value.cmd = features[i].cmd;
	if (!value.cmd)
		errx(2, "%s: no such feature", name);
	strncpy(ifr.ifr_name, device, IFNAMSIZ - 1);
	ifr.ifr_data = (void *)&value;
	if (fd < 0 || ioctl(fd, SIOCETHTOOL, &ifr))
		err(1, "%s: %s %s", device, name, to);
}

int main(int argc, char **argv)
{
	int i;

	for (i = 2; i + 1 < argc; i += 2)
		set(argv[1], argv[i], argv[i + 1]);
	return argc < 4;
}
