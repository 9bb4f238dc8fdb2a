// SPDX-License-Identifier: GPL-2.0-only
/*
 * What dsmd says: a line on stderr, with the priority that systemd reads off its
 * beginning when stderr is the journal.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "node.h"

static void say(int priority, const char *fmt, va_list args)
{
	char text[1024];

	vsnprintf(text, sizeof(text), fmt, args);
	if (getenv("JOURNAL_STREAM"))
		fprintf(stderr, "<%d>%s\n", priority, text);
	else
		fprintf(stderr, "dsmd: %s\n", text);
}

/**
 * log_note() - something happened
 * @fmt: a sentence without a full stop
 */
void log_note(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(5, fmt, args);
	va_end(args);
}

/**
 * log_warn() - something a person may have to do something about
 * @fmt: a sentence without a full stop
 */
void log_warn(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	say(4, fmt, args);
	va_end(args);
}
