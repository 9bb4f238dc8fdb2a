// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reading dsmd.conf: one setting a line, words separated by blanks, '#' begins a
 * comment. What is not understood is an error with file and line, since a
 * cluster whose nodes read it differently would be no cluster.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"
#include "conf.h"

#define WORDS	8

/** struct line - a setting, in words */
struct line {
	char		*word[WORDS];
	unsigned int	count;
};

static const char *set_text(char *to, size_t size, const struct line *l)
{
	if (l->count != 2)
		return "needs one value";
	if (strlen(l->word[1]) >= size)
		return "is too long";
	strcpy(to, l->word[1]);
	return NULL;
}

static const char *set_ms(uint32_t *to, const struct line *l)
{
	double seconds;
	char *end;

	if (l->count != 2)
		return "needs a number of seconds";
	seconds = strtod(l->word[1], &end);
	if (*end || !(seconds >= 0.05 && seconds <= 86400))
		return "needs a number of seconds from 0.05 to 86400";
	*to = seconds * 1000;
	return NULL;
}

/* HOST, HOST:PORT, or [ADDRESS]:PORT. */
static const char *split_address(const char *text, char host[256], char port[8])
{
	const char *colon = strrchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : strlen(text);

	if (text[0] == '[') {
		text++;
		colon = strchr(text, ']');
		if (!colon || (colon[1] && colon[1] != ':'))
			return "has a bad address";
		len = colon - text;
		colon = colon[1] ? colon + 1 : NULL;
	} else if (colon && strchr(text, ':') != colon) {
		/* An IPv6 address without a port. */
		len = strlen(text);
		colon = NULL;
	}
	if (!len || len >= 256 || (colon && (strlen(colon + 1) >= 8 ||
					     !colon[1])))
		return "has a bad address";
	memcpy(host, text, len);
	host[len] = '\0';
	strcpy(port, colon ? colon + 1 : FRAME_PORT);
	return NULL;
}

/* node NAME HOST[:PORT] [nid N] */
static const char *set_node(struct conf *conf, const struct line *l)
{
	unsigned long nid = 0;
	struct conf_node *n;
	char *end = "";

	if (l->count != 3 && !(l->count == 5 && !strcmp(l->word[3], "nid")))
		return "needs NAME HOST[:PORT] [nid NUMBER]";
	if (strlen(l->word[1]) >= FRAME_NAME_MAX)
		return "has a name that is too long";
	if (conf_node_find(conf, l->word[1]))
		return "names a node twice";
	if (conf->nodes == CONF_NODES_MAX)
		return "is one node too many";
	n = realloc(conf->node, (conf->nodes + 1) * sizeof(*n));
	if (!n)
		return "finds no memory";
	conf->node = n;
	n += conf->nodes++;
	memset(n, 0, sizeof(*n));
	strcpy(n->name, l->word[1]);
	if (l->count == 5)
		nid = strtoul(l->word[4], &end, 0);
	if (*end || nid > UINT32_MAX || (l->count == 5 && !nid))
		return "has a bad NID";
	n->nid = nid;
	return split_address(l->word[2], n->host, n->port);
}

static const char *set_operator(struct conf *conf, const struct line *l)
{
	char (*o)[FRAME_NAME_MAX];

	if (l->count != 2 || strlen(l->word[1]) >= FRAME_NAME_MAX)
		return "needs one name";
	o = realloc(conf->operator, (conf->operators + 1) * sizeof(*o));
	if (!o)
		return "finds no memory";
	conf->operator = o;
	strcpy(o[conf->operators++], l->word[1]);
	return NULL;
}

static const char *set_enforce(struct conf *conf, const struct line *l)
{
	if (l->count != 2 || (strcmp(l->word[1], "kernel") &&
			      strcmp(l->word[1], "none")))
		return "needs \"kernel\" or \"none\"";
	conf->kernel = !strcmp(l->word[1], "kernel");
	return NULL;
}

static const char *set_trust(struct conf *conf, const struct line *l)
{
	const char *error = NULL;

	if (l->count != 2)
		return "needs one file";
	signature_trust_add(&conf->trust, l->word[1], &error);
	return error;
}

static const char *set(struct conf *conf, const struct line *l)
{
	const char *word = l->word[0];

	if (!strcmp(word, "name"))
		return set_text(conf->name, sizeof(conf->name), l);
	if (!strcmp(word, "ca"))
		return set_text(conf->ca, sizeof(conf->ca), l);
	if (!strcmp(word, "crl"))
		return set_text(conf->crl, sizeof(conf->crl), l);
	if (!strcmp(word, "cert"))
		return set_text(conf->cert, sizeof(conf->cert), l);
	if (!strcmp(word, "key"))
		return set_text(conf->key, sizeof(conf->key), l);
	if (!strcmp(word, "state"))
		return set_text(conf->state, sizeof(conf->state), l);
	if (!strcmp(word, "timeout"))
		return set_ms(&conf->timeout_ms, l);
	if (!strcmp(word, "interval"))
		return set_ms(&conf->interval_ms, l);
	if (!strcmp(word, "listen"))
		return l->count == 2 ? split_address(l->word[1], conf->listen,
						     conf->port) :
				       "needs one address";
	if (!strcmp(word, "node"))
		return set_node(conf, l);
	if (!strcmp(word, "operator"))
		return set_operator(conf, l);
	if (!strcmp(word, "enforce"))
		return set_enforce(conf, l);
	if (!strcmp(word, "trust"))
		return set_trust(conf, l);
	return "is no setting";
}

static void split(char *text, struct line *l)
{
	char *save, *word;

	text[strcspn(text, "#\n")] = '\0';
	l->count = 0;
	for (word = strtok_r(text, " \t\r", &save); word;
	     word = strtok_r(NULL, " \t\r", &save)) {
		if (l->count < WORDS)
			l->word[l->count] = word;
		l->count++;
	}
}

static int read_lines(struct conf *conf, const char *file, FILE *f)
{
	unsigned int number = 0;
	const char *error;
	char text[2048];
	struct line l;
	bool cut;

	while (fgets(text, sizeof(text), f)) {
		number++;
		cut = strlen(text) == sizeof(text) - 1;
		split(text, &l);
		if (!l.count)
			continue;
		if (cut)
			error = "is on a line that is too long";
		else if (l.count > WORDS)
			error = "has too many words";
		else
			error = set(conf, &l);
		if (!error)
			continue;
		cmd_error("%s:%u: \"%s\" %s", file, number, l.word[0], error);
		return -EINVAL;
	}
	return 0;
}

/*
 * Who may push is somebody else than who is pushed to: with one name for both,
 * a node that was broken into could push.
 */
static const char *both_roles(const struct conf *conf)
{
	unsigned int i;

	for (i = 0; i < conf->operators; i++)
		if (conf_node_find(conf, conf->operator[i]))
			return conf->operator[i];
	return NULL;
}

static int complete(struct conf *conf, const char *file)
{
	const char *missing = NULL, *both = both_roles(conf);

	if (!conf->name[0])
		missing = "name";
	else if (!conf->ca[0])
		missing = "ca";
	else if (!conf->cert[0])
		missing = "cert";
	else if (!conf->key[0])
		missing = "key";
	else if (!conf->nodes)
		missing = "node";
	if (missing) {
		cmd_error("%s: the setting \"%s\" is missing", file, missing);
		return -EINVAL;
	}
	if (both) {
		cmd_error("%s: \"%s\" is a node and an operator; give the operator a certificate of another name",
			  file, both);
		return -EINVAL;
	}
	conf->self = conf_node_find(conf, conf->name);
	if (conf->self && !conf->port[0]) {
		strcpy(conf->listen, conf->self->host);
		strcpy(conf->port, conf->self->port);
	}
	return 0;
}

/**
 * conf_read() - read a configuration
 * @conf: filled in; conf_free() gives it back, on errors too
 * @file: its name
 *
 * Return: 0, or a negative error after saying why.
 */
int conf_read(struct conf *conf, const char *file)
{
	FILE *f = fopen(file, "re");
	int err;

	memset(conf, 0, sizeof(*conf));
	conf->kernel = true;
	conf->timeout_ms = 10000;
	conf->interval_ms = 5000;
	strcpy(conf->state, "/var/lib/dsm");
	if (!f) {
		err = -errno;
		cmd_error("%s: %s", file, strerror(-err));
		return err;
	}
	err = read_lines(conf, file, f);
	fclose(f);
	return err ? err : complete(conf, file);
}

/**
 * conf_free() - give a configuration's memory back
 * @conf: as conf_read() left it
 */
void conf_free(struct conf *conf)
{
	free(conf->node);
	free(conf->operator);
	signature_trust_free(&conf->trust);
	memset(conf, 0, sizeof(*conf));
}

/**
 * conf_node_find() - look a node up
 * @conf: where
 * @name: its name
 *
 * Return: the node, or NULL.
 */
struct conf_node *conf_node_find(const struct conf *conf, const char *name)
{
	unsigned int i;

	for (i = 0; i < conf->nodes; i++)
		if (!strcmp(conf->node[i].name, name))
			return &conf->node[i];
	return NULL;
}

/**
 * conf_is_operator() - may this one push
 * @conf: where
 * @name: common name of a certificate
 *
 * Return: true if so.
 */
bool conf_is_operator(const struct conf *conf, const char *name)
{
	unsigned int i;

	for (i = 0; i < conf->operators; i++)
		if (!strcmp(conf->operator[i], name))
			return true;
	return false;
}

/**
 * conf_quorum() - how many nodes have to take part in a push
 * @conf: where
 *
 * Return: more than half of them, so that no two pushes can both succeed.
 */
unsigned int conf_quorum(const struct conf *conf)
{
	return conf->nodes / 2 + 1;
}
