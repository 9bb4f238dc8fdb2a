// SPDX-License-Identifier: GPL-2.0-only
/*
 * A program that does nothing, linked with the C library: statically it is a
 * file of some 760 KB, dynamically it is what a usual exec is.
 */
int main(void)
{
	return 0;
}
