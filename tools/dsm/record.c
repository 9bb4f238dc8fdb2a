// SPDX-License-Identifier: GPL-2.0-only
/*
 * Denials, as the kernel reports them.
 *
 * A record in the kernel's log, in the audit log, and a line of "dsm -j monitor"
 * have the same fields, as key=value or as "key":value. They are taken from
 * wherever on the line they are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "kernel.h"
#include "names.h"
#include "record.h"
#include "words.h"

/* Where the value of a field begins, or NULL. */
static const char *find(const char *line, const char *key)
{
	char json[40];
	const char *at = line;
	size_t len = strlen(key);

	snprintf(json, sizeof(json), "\"%s\":", key);
	at = strstr(line, json);
	if (at)
		return at + strlen(json);
	for (at = line; (at = strstr(at, key)); at += len)
		if (at[len] == '=' && (at == line || at[-1] == ' '))
			return at + len + 1;
	return NULL;
}

static bool get_word(const char *line, const char *key, char *word,
		     size_t size)
{
	const char *at = find(line, key);
	size_t len;

	word[0] = '\0';
	if (!at)
		return false;
	if (*at == '"')
		at++;
	len = strcspn(at, "\" ,}\n");
	snprintf(word, size, "%.*s", (int)len, at);
	return len;
}

/* 0 if it is not there, or nothing that the kernel would have written. */
static uint32_t get_number(const char *line, const char *key)
{
	unsigned long long n;
	char word[24], *end;

	if (!get_word(line, key, word, sizeof(word)))
		return 0;
	n = strtoull(word, &end, 0);
	return *end || n > UINT32_MAX ? 0 : n;
}

static uint32_t class_by_name(const char *name)
{
	uint32_t i;

	for (i = 1; i < __DSM_CLASS_MAX; i++)
		if (!strcmp(name, dsm_class_name(i)))
			return i;
	return DSM_CLASS_NONE;
}

/* A number in a log; in JSON a list of names. */
static uint32_t get_perms(const char *line)
{
	const char *at = find(line, "perms"), *end;
	uint32_t bit, perms = 0;

	if (!at)
		return 0;
	if (*at != '[')
		return strtoul(at, NULL, 0);
	end = strchrnul(at, ']');
	for (bit = 1; dsm_perm_name(bit); bit <<= 1) {
		const char *name = strstr(at, dsm_perm_name(bit));

		if (name && name < end)
			perms |= bit;
	}
	return perms;
}

static const char *text_of(const char *reason)
{
	uint32_t i;

	for (i = 0; i < __DSM_REASON_MAX; i++)
		if (!strcmp(reason, reason_name(i)))
			return reason_text(i);
	return reason_text(__DSM_REASON_MAX);
}

/**
 * record_parse() - read a line
 * @r: filled in
 * @line: the line
 *
 * Return: true if it holds a denial.
 */
bool record_parse(struct record *r, const char *line)
{
	char word[40];

	memset(r, 0, sizeof(*r));
	if (!get_word(line, "op", r->op, sizeof(r->op)))
		return false;
	if (!get_word(line, "cause", r->reason, sizeof(r->reason)) &&
	    !get_word(line, "reason", r->reason, sizeof(r->reason)))
		return false;
	r->text = text_of(r->reason);
	get_word(line, "denied", word, sizeof(word));
	r->denied = !strcmp(word, "1") || !strcmp(word, "true");
	if (get_word(line, "class", word, sizeof(word)))
		r->access.class = class_by_name(word);
	r->access.perms = get_perms(line);
	if (!r->access.perms)
		r->access.perms = op_perms(r->op);
	r->access.sid = get_number(line, "ssid");
	r->access.nid = get_number(line, "snid");
	r->access.tsid = get_number(line, "tsid");
	r->serial = get_number(line, "serial");
	r->pid = get_number(line, "pid");
	get_word(line, "comm", r->comm, sizeof(r->comm));
	if (!get_word(line, "saddr", r->source, sizeof(r->source)))
		get_word(line, "source", r->source, sizeof(r->source));
	if (!get_word(line, "daddr", r->dest, sizeof(r->dest)))
		get_word(line, "destination", r->dest, sizeof(r->dest));
	return true;
}

static void show_perms(struct out *o, uint32_t perms)
{
	uint32_t bit;

	out_list_begin(o, "perms");
	for (bit = 1; dsm_perm_name(bit); bit <<= 1)
		if (perms & bit)
			out_text(o, NULL, OUT_BARE, dsm_perm_name(bit));
	out_list_end(o);
}

static void show_access(struct out *o, const struct dsm_policy *p,
			const struct dsm_access *a)
{
	char sid[WORDS_MAX], nid[WORDS_MAX], tsid[WORDS_MAX];

	words_sid(p, a->sid, sid);
	words_nid(p, a->nid, nid);
	words_sid(p, a->tsid, tsid);
	out_text(o, "class", OUT_BARE,
		 a->class ? dsm_class_name(a->class) : NULL);
	if (o->json) {
		show_perms(o, a->perms);
		out_text(o, "sender", OUT_BARE, a->sid ? sid : NULL);
		out_text(o, "node", OUT_BARE, a->nid ? nid : NULL);
		out_text(o, "receiver", OUT_BARE, a->tsid ? tsid : NULL);
		out_number(o, "ssid", OUT_BARE, a->sid);
		out_number(o, "snid", OUT_BARE, a->nid);
		out_number(o, "tsid", OUT_BARE, a->tsid);
	} else {
		out_phrase(o, "%s@%s -> %s", a->sid ? sid : "?",
			   a->nid ? nid : "?", a->tsid ? tsid : "?");
	}
}

/**
 * record_show() - print a denial
 * @o: where
 * @p: the policy that has names, or NULL
 * @r: the denial
 */
void record_show(struct out *o, const struct dsm_policy *p,
		 const struct record *r)
{
	out_object_begin(o, NULL, OUT_LINE);
	if (r->time_ns)
		out_time(o, "time", OUT_BARE, r->time_ns);
	out_bool(o, "denied", OUT_JSON_ONLY, r->denied);
	out_color(o, r->denied ? OUT_BAD : OUT_NOTE);
	out_phrase(o, "%s", r->denied ? "refused" : "reported");
	out_text(o, "op", OUT_BARE, r->op);
	show_access(o, p, &r->access);
	out_text(o, "source", "from", r->source[0] ? r->source : NULL);
	out_text(o, "destination", "to", r->dest[0] ? r->dest : NULL);
	out_text(o, "reason", OUT_JSON_ONLY, r->reason);
	out_text(o, "reason_text", "because", r->text);
	if (r->pid || o->json) {
		out_number(o, "pid", "pid", r->pid);
		out_text(o, "comm", "comm", r->comm[0] ? r->comm : NULL);
	}
	out_number(o, "protocol", OUT_JSON_ONLY, r->protocol);
	out_number(o, "serial", OUT_JSON_ONLY, r->serial);
	out_number(o, "lost", r->lost ? "lost" : OUT_JSON_ONLY, r->lost);
	out_object_end(o);
}

/* One read() is one record; ours begin with the module's name, or audit's. */
static bool is_ours(const char *line)
{
	const char *text = strchr(line, ';');

	return text && (!strncmp(text + 1, "dsm: ", 5) ||
			strstr(text, "lsm=dsm "));
}

/**
 * record_read_log() - find denials in the kernel's log
 * @each: called for each; anything but 0 ends it
 * @data: for @each
 *
 * Return: 0, a negative error after saying why, or what @each returned.
 */
int record_read_log(int (*each)(const struct record *r, void *data),
		    void *data)
{
	int fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct record r;
	char line[8192];
	ssize_t len;
	int ret = 0;

	if (fd < 0) {
		ret = -errno;
		cmd_error("/dev/kmsg: %s", strerror(errno));
		return ret;
	}
	while (!ret) {
		len = read(fd, line, sizeof(line) - 1);
		/* EPIPE: the oldest were overwritten meanwhile. */
		if (len < 0 && errno == EPIPE)
			continue;
		if (len <= 0)
			break;
		line[len] = '\0';
		if (is_ours(line) && record_parse(&r, line))
			ret = each(&r, data);
	}
	close(fd);
	return ret;
}
