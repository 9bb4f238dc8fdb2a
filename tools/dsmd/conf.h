/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The configuration of dsmd, which "dsm policy push" reads, too.
 */
#ifndef DSMD_CONF_H
#define DSMD_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "tools/dsm/signature.h"

#define CONF_DEFAULT	"/etc/dsm/dsmd.conf"
#define CONF_NODES_MAX	1024

/**
 * struct conf_node - a node of the cluster
 * @name: the common name of its certificate
 * @host: address or host name
 * @port: TCP port, as text
 * @nid: of the labels it sends; 0 if not said
 */
struct conf_node {
	char		name[FRAME_NAME_MAX];
	char		host[256];
	char		port[8];
	uint32_t	nid;
};

/**
 * struct conf - what the file says
 * @name: this node
 * @listen: address to listen on; empty for all
 * @port: port to listen on
 * @ca: certificate of the authority that all others were made by
 * @crl: certificates that the authority has revoked; empty: none is looked up
 * @cert: this node's certificate
 * @key: its private key
 * @state: folder for what has to outlive a power cut
 * @kernel: bring policies into force; otherwise only keep them
 * @timeout_ms: how long another node may take to answer
 * @interval_ms: how often others are asked whether they know something newer
 * @node: all nodes, this one among them
 * @nodes: number of them
 * @self: this node, or NULL
 * @operator: common names that may push
 * @operators: number of them
 * @trust: who signs policies; empty: they need not be signed
 */
struct conf {
	char			name[FRAME_NAME_MAX];
	char			listen[256];
	char			port[8];
	char			ca[512];
	char			crl[512];
	char			cert[512];
	char			key[512];
	char			state[256];
	bool			kernel;
	uint32_t		timeout_ms;
	uint32_t		interval_ms;
	struct conf_node	*node;
	unsigned int		nodes;
	struct conf_node	*self;
	char			(*operator)[FRAME_NAME_MAX];
	unsigned int		operators;
	struct signature_trust	trust;
};

int conf_read(struct conf *conf, const char *file);
void conf_free(struct conf *conf);
struct conf_node *conf_node_find(const struct conf *conf, const char *name);
bool conf_is_operator(const struct conf *conf, const char *name);
unsigned int conf_quorum(const struct conf *conf);

#endif /* DSMD_CONF_H */
