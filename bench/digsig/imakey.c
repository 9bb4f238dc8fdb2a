// SPDX-License-Identifier: GPL-2.0-only
/*
 * Gives IMA the key that its signatures are checked with.
 *
 * usage: imakey CERTIFICATE.DER
 *
 * IMA looks for a keyring named "_ima" among those of the task it judges, the
 * first time it needs a key, and keeps it. The keyring is put below the user
 * keyring, where it outlives this program.
 */
#include <err.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

static long add_key(const char *type, const char *name, const void *data,
		    size_t len, long ring)
{
	return syscall(SYS_add_key, type, name, data, len, ring);
}

int main(int argc, char **argv)
{
	char der[8192];
	ssize_t len;
	long ring;
	int fd;

	if (argc != 2)
		errx(2, "usage: imakey CERTIFICATE.DER");
	fd = open(argv[1], O_RDONLY);
	len = fd < 0 ? -1 : read(fd, der, sizeof(der));
	if (len <= 0)
		err(1, "%s", argv[1]);
	ring = add_key("keyring", "_ima", NULL, 0, KEY_SPEC_USER_KEYRING);
	if (ring < 0)
		err(1, "add_key: keyring _ima");
	if (add_key("asymmetric", "", der, len, ring) < 0)
		err(1, "add_key: %s", argv[1]);
	return 0;
}
