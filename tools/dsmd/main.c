// SPDX-License-Identifier: GPL-2.0-only
/*
 * dsmd: keeps the policies of a cluster's nodes the same. dsmd(8) tells how.
 *
 * There is nothing to do at the end: what counts is on the disk at every moment,
 * so the program is ended by a signal wherever it is.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cmd.h"
#include "node.h"
#include "tls.h"

static const char usage[] =
"Usage: dsmd [-c FILE] [-t]\n"
"\n"
"Keeps the policies of a cluster's nodes the same. See dsmd(8).\n"
"\n"
"  -c, --config FILE  read FILE instead of " CONF_DEFAULT "\n"
"  -t, --test         read the configuration and the keys, say what is wrong\n"
"  -V, --version      print the version\n"
"  -h, --help         print this\n";

static const struct option options[] = {
	{ "config", required_argument, NULL, 'c' },
	{ "test", no_argument, NULL, 't' },
	{ "version", no_argument, NULL, 'V' },
	{ "help", no_argument, NULL, 'h' },
	{}
};

static int contexts(struct node *n)
{
	const char *error;

	n->server = tls_context(&n->conf, true, &error);
	if (n->server)
		n->client = tls_context(&n->conf, false, &error);
	if (!n->client)
		return cmd_error("%s", error);
	if (!n->conf.self)
		return cmd_error("no setting \"node\" is about this node, \"%s\"",
				 n->conf.name);
	return CMD_OK;
}

static int run(struct node *n)
{
	pthread_t thread;
	int fd;

	if (!n->conf.trust.certs)
		log_warn("no setting \"trust\": policies need no signature");
	if (node_open(n))
		return CMD_FAILED;
	fd = serve_listen(n);
	if (fd < 0)
		return CMD_FAILED;
	if (pthread_create(&thread, NULL, sync_thread, n))
		return cmd_error("no thread could be started");
	log_note("node %s of %u, port %s", n->conf.name, n->conf.nodes,
		 n->conf.port);
	return cmd_error("cannot go on: %s", strerror(-serve_loop(n, fd)));
}

int main(int argc, char **argv)
{
	static struct node node;
	const char *file = CONF_DEFAULT;
	bool test = false;
	int c;

	while ((c = getopt_long(argc, argv, "c:tVh", options, NULL)) != -1) {
		switch (c) {
		case 'c':
			file = optarg;
			break;
		case 't':
			test = true;
			break;
		case 'V':
			puts("dsmd " CGL_VERSION);
			return CMD_OK;
		case 'h':
			fputs(usage, stdout);
			return CMD_OK;
		default:
			return CMD_USAGE;
		}
	}
	if (optind < argc) {
		fputs(usage, stderr);
		return CMD_USAGE;
	}
	/* Who closes a connection early must not end us. */
	signal(SIGPIPE, SIG_IGN);
	/* Nobody else has to read what is kept. */
	umask(077);
	setlinebuf(stderr);
	if (conf_read(&node.conf, file) || contexts(&node))
		return CMD_FAILED;
	return test ? CMD_OK : run(&node);
}
