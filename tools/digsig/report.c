// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reasons on stderr, one line each, and the progress line that they interrupt.
 *
 * Locking: the progress line and every message are written under report_lock,
 * so that lines of several threads do not mix. The counters are atomic and the
 * line is drawn at most ten times a second, by the thread that passes by.
 */
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

#define REDRAW_NS	100000000ULL
#define BAR_WIDTH	24

static pthread_mutex_t report_lock = PTHREAD_MUTEX_INITIALIZER;

/* Written by progress_begin() and progress_end() when no worker runs. */
static struct {
	bool on;
	const char *verb;
	uint64_t files;
	uint64_t bytes;
	uint64_t start_ns;
} goal;

static _Atomic uint64_t done_files, done_bytes, drawn_ns;

static uint64_t now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static void clear_line(void)
{
	if (goal.on)
		fputs("\r\033[K", stderr);
}

static void report(const char *label, const char *fmt, va_list ap)
{
	pthread_mutex_lock(&report_lock);
	clear_line();
	fputs(label, stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	pthread_mutex_unlock(&report_lock);
}

/**
 * report_error() - say in one line why something failed
 * @fmt: as printf() has it, without a line end
 *
 * Context: any thread.
 */
void report_error(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report("Error: ", fmt, ap);
	va_end(ap);
}

/**
 * report_note() - say in one line what is worth knowing and no failure
 * @fmt: as printf() has it, without a line end
 *
 * Context: any thread.
 */
void report_note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	report("Warning: ", fmt, ap);
	va_end(ap);
}

/**
 * progress_begin() - show how far a long work is, if stderr is a terminal
 * @verb: what is done, "signing"
 * @files: how many there are
 * @bytes: how many they hold
 *
 * Context: before the workers start.
 */
void progress_begin(const char *verb, uint64_t files, uint64_t bytes)
{
	goal.verb = verb;
	goal.files = files;
	goal.bytes = bytes ? bytes : 1;
	goal.start_ns = now_ns();
	goal.on = isatty(STDERR_FILENO);
	done_files = 0;
	done_bytes = 0;
	drawn_ns = goal.start_ns;
}

static void draw(uint64_t now)
{
	uint64_t bytes = done_bytes, files = done_files;
	double seconds = (now - goal.start_ns) / 1e9;
	char bar[BAR_WIDTH + 1];
	int full;

	if (bytes > goal.bytes)
		bytes = goal.bytes;
	full = bytes * BAR_WIDTH / goal.bytes;
	memset(bar, '.', BAR_WIDTH);
	memset(bar, '#', full);
	bar[BAR_WIDTH] = '\0';
	fprintf(stderr, "\r%s [%s] %llu/%llu files, %.0f of %.0f MB, %.0f MB/s\033[K",
		goal.verb, bar, (unsigned long long)files,
		(unsigned long long)goal.files, bytes / 1e6, goal.bytes / 1e6,
		seconds > 0 ? bytes / 1e6 / seconds : 0.0);
	fflush(stderr);
}

static void maybe_draw(void)
{
	uint64_t now, last;

	if (!goal.on)
		return;
	now = now_ns();
	last = drawn_ns;
	if (now - last < REDRAW_NS ||
	    !atomic_compare_exchange_strong(&drawn_ns, &last, now))
		return;
	pthread_mutex_lock(&report_lock);
	draw(now);
	pthread_mutex_unlock(&report_lock);
}

/**
 * progress_bytes() - count bytes that are done
 * @bytes: how many since the last call
 *
 * Context: any thread.
 */
void progress_bytes(uint64_t bytes)
{
	atomic_fetch_add_explicit(&done_bytes, bytes, memory_order_relaxed);
	maybe_draw();
}

/**
 * progress_file() - count a file that is done
 *
 * Context: any thread.
 */
void progress_file(void)
{
	atomic_fetch_add_explicit(&done_files, 1, memory_order_relaxed);
	maybe_draw();
}

/**
 * progress_end() - take the progress line away
 *
 * Context: after the workers have ended.
 */
void progress_end(void)
{
	pthread_mutex_lock(&report_lock);
	clear_line();
	goal.on = false;
	pthread_mutex_unlock(&report_lock);
}
