// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a packet costs between two network namespaces, in instructions.
 *
 * usage: net udp|rr|connect|bulk|exec ROUNDS ADDRESS
 *        net option ADDRESS
 *        net load FILE
 *        net commit FILE SERIAL
 *        net key NID
 *        net lookup|miss IMAGE ROUNDS
 *        net true
 *
 * One thread owns both ends, so nothing is scheduled: a client in the namespace
 * /run/netns/a, a server in /run/netns/b at ADDRESS. A sample is BATCH
 * operations, divided by BATCH; of bulk, one KiB of 64 KiB writes. exec is fork,
 * exec of "net true", exit and wait. "option" prints the first octets of the IP
 * option that a datagram arrives with, or "none". "load" gives a policy to dsm by
 * one write; "commit" has it prepare one by netlink, and counts the request that puts
 * it in force. "key" gives it a key of epoch 1 for this node by netlink, and has it used.
 * "lookup" asks an image in user space, with the code that the module has, for what
 * its rules allow; "miss" asks for what none of its rules is about.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/dsm.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/lib/count.h"
#include "dsm/policy.h"

#define BATCH	50
#define CHUNK	65536

static struct sockaddr_in server_addr = {
	.sin_family = AF_INET,
};

static void must(long result, const char *what)
{
	if (result < 0)
		err(1, "%s", what);
}

/* A socket of a namespace. */
static int socket_in(const char *name, int type)
{
	int ns = open(name, O_RDONLY), fd;

	must(ns, name);
	must(setns(ns, CLONE_NEWNET), "setns");
	close(ns);
	fd = socket(AF_INET, type, 0);
	must(fd, "socket");
	return fd;
}

static int client_socket(int type)
{
	return socket_in("/run/netns/a", type);
}

static int server_socket(int type)
{
	int fd = socket_in("/run/netns/b", type), on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	must(bind(fd, (void *)&server_addr, sizeof(server_addr)), "bind");
	return fd;
}

static void connect_to(int fd)
{
	must(connect(fd, (void *)&server_addr, sizeof(server_addr)), "connect");
}

static int listener(void)
{
	int fd = server_socket(SOCK_STREAM);

	must(listen(fd, 16), "listen");
	return fd;
}

/* ---- round trips ---------------------------------------------------------- */

static void udp_once(int client, int server)
{
	struct sockaddr_in from;
	socklen_t len = sizeof(from);
	char data[64] = "";

	must(send(client, data, sizeof(data), 0), "send");
	must(recvfrom(server, data, sizeof(data), 0, (void *)&from, &len),
	     "recvfrom");
	must(sendto(server, data, sizeof(data), 0, (void *)&from, len),
	     "sendto");
	must(recv(client, data, sizeof(data), 0), "recv");
}

static void rr_once(int client, int server)
{
	char data[64] = "";

	must(send(client, data, sizeof(data), 0), "send");
	must(recv(server, data, sizeof(data), MSG_WAITALL), "recv");
	must(send(server, data, sizeof(data), 0), "send");
	must(recv(client, data, sizeof(data), MSG_WAITALL), "recv");
}

static void trips(const char *what, unsigned int rounds, int client,
		  int server, void (*once)(int client, int server))
{
	unsigned int i, j;
	uint64_t start;

	for (i = 0; i < 200; i++)
		once(client, server);
	for (i = 0; i < rounds; i++) {
		start = count_now();
		for (j = 0; j < BATCH; j++)
			once(client, server);
		count_sample[i] = (count_now() - start) / BATCH;
	}
	count_print(what, rounds);
}

static void print_option(struct msghdr *msg)
{
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		const unsigned char *o = CMSG_DATA(c);

		if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVOPTS &&
		    c->cmsg_len >= CMSG_LEN(8)) {
			printf("%02x %02x %02x%02x%02x%02x %02x\n", o[0], o[1],
			       o[2], o[3], o[4], o[5], o[6]);
			return;
		}
	}
	puts("none");
}

static void do_option(void)
{
	int server = server_socket(SOCK_DGRAM), on = 1;
	int client = client_socket(SOCK_DGRAM);
	char data[64] = "", control[256];
	struct iovec iov = { data, sizeof(data) };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};

	must(setsockopt(server, IPPROTO_IP, IP_RECVOPTS, &on, sizeof(on)),
	     "IP_RECVOPTS");
	connect_to(client);
	must(send(client, data, sizeof(data), 0), "send");
	must(recvmsg(server, &msg, 0), "recvmsg");
	print_option(&msg);
}

static void do_udp(unsigned int rounds)
{
	int server = server_socket(SOCK_DGRAM);
	int client = client_socket(SOCK_DGRAM);

	connect_to(client);
	trips("udp", rounds, client, server, udp_once);
}

static int accepted(int listening)
{
	int fd = accept(listening, NULL, NULL);

	must(fd, "accept");
	return fd;
}

static void do_rr(unsigned int rounds)
{
	int listening = listener(), client = client_socket(SOCK_STREAM), on = 1;
	int server;

	connect_to(client);
	server = accepted(listening);
	setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	trips("rr", rounds, client, server, rr_once);
}

/* ---- connections ------------------------------------------------------------ */

static void connect_once(int listening)
{
	int client = socket(AF_INET, SOCK_STREAM, 0), server;
	char data[64] = "";

	must(client, "socket");
	connect_to(client);
	server = accepted(listening);
	must(send(client, data, sizeof(data), 0), "send");
	must(recv(server, data, sizeof(data), MSG_WAITALL), "recv");
	close(client);
	close(server);
}

static void do_connect(unsigned int rounds)
{
	int listening = listener();
	unsigned int i, j;
	uint64_t start;

	close(client_socket(SOCK_STREAM));	/* stay in its namespace */
	for (i = 0; i < 50; i++)
		connect_once(listening);
	for (i = 0; i < rounds; i++) {
		start = count_now();
		for (j = 0; j < 10; j++)
			connect_once(listening);
		count_sample[i] = (count_now() - start) / 10;
	}
	count_print("connect", rounds);
}

/* ---- bulk ------------------------------------------------------------------------ */

static void bulk_once(int client, int server, char *data)
{
	size_t sent = 0, got = 0;
	ssize_t n;

	while (got < CHUNK) {
		n = sent < CHUNK ? send(client, data, CHUNK - sent,
					MSG_DONTWAIT) : 0;
		if (n > 0)
			sent += n;
		else if (n < 0 && errno != EAGAIN)
			err(1, "send");
		n = recv(server, data, CHUNK, MSG_DONTWAIT);
		if (n > 0)
			got += n;
		else if (n < 0 && errno != EAGAIN)
			err(1, "recv");
	}
}

static void do_bulk(unsigned int rounds)
{
	int listening = listener(), client = client_socket(SOCK_STREAM), server;
	int size = 1 << 20;
	static char data[CHUNK];
	unsigned int i, j;
	uint64_t start;

	setsockopt(client, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	connect_to(client);
	server = accepted(listening);
	for (i = 0; i < 100; i++)
		bulk_once(client, server, data);
	for (i = 0; i < rounds; i++) {
		start = count_now();
		for (j = 0; j < 16; j++)
			bulk_once(client, server, data);
		count_sample[i] = (count_now() - start) / (16 * CHUNK / 1024);
	}
	count_print("bulk", rounds);
}

/* ---- fork and exec ----------------------------------------------------------------- */

static void exec_once(char *self)
{
	char *const argv[] = { self, "true", NULL };
	int status;
	pid_t pid = fork();

	must(pid, "fork");
	if (!pid) {
		execv(self, argv);
		_exit(127);
	}
	must(waitpid(pid, &status, 0), "waitpid");
	if (status)
		errx(1, "%s true: %x", self, status);
}

static void do_exec(unsigned int rounds, char *self)
{
	unsigned int i;
	uint64_t start;

	for (i = 0; i < 20; i++)
		exec_once(self);
	for (i = 0; i < rounds; i++) {
		start = count_now();
		exec_once(self);
		count_sample[i] = count_now() - start;
	}
	count_print("exec", rounds);
}

/* ---- policies ------------------------------------------------------------------------ */

static void *read_image(const char *name, size_t *len)
{
	int fd = open(name, O_RDONLY);
	struct stat st;
	void *image;

	must(fd, name);
	must(fstat(fd, &st), name);
	*len = st.st_size;
	image = mmap(NULL, *len, PROT_READ, MAP_PRIVATE, fd, 0);
	if (image == MAP_FAILED)
		err(1, "%s", name);
	close(fd);
	return image;
}

static void do_load(const char *name)
{
	int fd = open("/sys/kernel/security/dsm/load", O_WRONLY);
	size_t len;
	void *image = read_image(name, &len);
	uint64_t start;

	must(fd, "load");
	start = count_now();
	if (write(fd, image, len) != (ssize_t)len)
		err(1, "load");
	count_sample[0] = count_now() - start;
	count_print("load", 1);
}

/* ---- keys ------------------------------------------------------------------------------ */

/** struct request - a generic netlink request and its answer */
struct request {
	struct nlmsghdr nlh;
	struct genlmsghdr genl;
	char attrs[256];
};

static void put(struct request *r, int type, const void *data, size_t len)
{
	struct nlattr *a = (void *)((char *)r + NLMSG_ALIGN(r->nlh.nlmsg_len));

	a->nla_type = type;
	a->nla_len = NLA_HDRLEN + len;
	memcpy(a + 1, data, len);
	r->nlh.nlmsg_len = NLMSG_ALIGN(r->nlh.nlmsg_len) +
			   NLMSG_ALIGN(a->nla_len);
}

static void begin(struct request *r, int type, int command)
{
	memset(r, 0, sizeof(*r));
	r->nlh.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN;
	r->nlh.nlmsg_type = type;
	r->nlh.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
	r->genl.cmd = command;
	r->genl.version = 1;
}

/* The family's number, or 0, which an acknowledgement without error is. */
static int ask(int fd, const struct request *r)
{
	char buf[8192];
	struct nlmsghdr *nlh = (void *)buf;
	int found = 0, left;
	struct nlattr *a;

	must(send(fd, r, r->nlh.nlmsg_len, 0), "netlink");
	for (;;) {
		must(recv(fd, buf, sizeof(buf), 0), "netlink");
		if (nlh->nlmsg_type == NLMSG_ERROR) {
			errno = -((struct nlmsgerr *)NLMSG_DATA(nlh))->error;
			must(errno ? -1 : 0, "netlink");
			return found;
		}
		a = (void *)(buf + NLMSG_HDRLEN + GENL_HDRLEN);
		left = nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
		for (; left > 0; left -= NLMSG_ALIGN(a->nla_len),
		     a = (void *)((char *)a + NLMSG_ALIGN(a->nla_len)))
			if (a->nla_type == CTRL_ATTR_FAMILY_ID)
				found = *(uint16_t *)(a + 1);
	}
}

/* A socket for requests to dsm, whose family gets a number. */
static int family_open(int *family)
{
	int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	struct request r;

	must(fd, "netlink");
	begin(&r, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	put(&r, CTRL_ATTR_FAMILY_NAME, DSM_GENL_NAME, sizeof(DSM_GENL_NAME));
	*family = ask(fd, &r);
	return fd;
}

static void do_commit(const char *name, const char *number)
{
	uint32_t image = open(name, O_RDONLY), serial = atoi(number);
	int family, fd = family_open(&family);
	struct request r;
	uint64_t start;

	must((int)image, name);
	begin(&r, family, DSM_CMD_POLICY_PREPARE);
	put(&r, DSM_A_FD, &image, sizeof(image));
	ask(fd, &r);
	begin(&r, family, DSM_CMD_POLICY_COMMIT);
	put(&r, DSM_A_SERIAL, &serial, sizeof(serial));
	start = count_now();
	ask(fd, &r);
	count_sample[0] = count_now() - start;
	count_print("load", 1);
}

static void do_key(const char *node)
{
	uint32_t nid = atoi(node), epoch = 1;
	const char key[DSM_KEY_LEN] = "instructions";
	int family, fd = family_open(&family);
	struct request r;

	begin(&r, family, DSM_CMD_KEY_ADD);
	put(&r, DSM_A_NID, &nid, sizeof(nid));
	put(&r, DSM_A_EPOCH, &epoch, sizeof(epoch));
	put(&r, DSM_A_KEY, key, sizeof(key));
	ask(fd, &r);
	begin(&r, family, DSM_CMD_KEY_USE);
	put(&r, DSM_A_EPOCH, &epoch, sizeof(epoch));
	ask(fd, &r);
}

/* ---- lookups --------------------------------------------------------------------------- */

/** struct question - what a policy is asked */
struct question {
	uint32_t class;
	uint32_t sid;
	uint32_t nid;
	uint32_t tsid;
};

/* Every allowed pair of the image in turn, with senders of a known node. */
static void ask_for_rules(const struct dsm_policy *p, struct question *q,
			  unsigned int n)
{
	static unsigned int slot;
	const struct dsm_image_rule *r;

	while (n) {
		slot = (slot + 7919) % p->slots;
		r = &p->slot[slot];
		if (!r->class || !r->sid || !r->tsid)
			continue;
		*q++ = (struct question) { r->class, r->sid,
					   r->nid ? r->nid : 1, r->tsid };
		n--;
	}
}

/* Numbers behind all that the policies of counts have. */
static void ask_for_nothing(const struct dsm_policy *p, struct question *q,
			    unsigned int n)
{
	static uint32_t next = 1000000;

	for (; n--; q++, next++)
		*q = (struct question) { DSM_CLASS_TCP, next, next, next };
}

static void do_lookup(const char *name, unsigned int rounds, bool hit)
{
	struct dsm_policy p;
	size_t len;
	const void *image = read_image(name, &len);
	const char *wrong = dsm_policy_parse(&p, image, len);
	unsigned int i, j, allowed = 0;
	struct question q[256];
	uint64_t start, empty;

	if (wrong)
		errx(1, "%s: %s", name, wrong);
	dsm_policy_filter(&p, malloc(dsm_policy_filter_size(&p)));
	for (i = 0; i < rounds; i++) {
		(hit ? ask_for_rules : ask_for_nothing)(&p, q, 256);
		start = count_now();
		for (j = 0; j < 256; j++)
			__asm__ volatile("" : : "r"(q[j].class), "r"(q[j].sid),
					 "r"(q[j].nid), "r"(q[j].tsid));
		empty = count_now() - start;
		start = count_now();
		for (j = 0; j < 256; j++)
			allowed += dsm_policy_check(&p, q[j].class,
						    DSM_PERM_RECEIVE, q[j].sid,
						    q[j].nid, q[j].tsid) & 1;
		count_sample[i] = (count_now() - start - empty) / 256;
	}
	if (allowed != (hit ? rounds * 256 : 0))
		errx(1, "%u of %u were allowed", allowed, rounds * 256);
	count_print("lookup", rounds);
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	server_addr.sin_port = htons(7);
	if (!strcmp(what, "true"))
		return 0;
	if (!strcmp(what, "load") && argc == 3)
		do_load(argv[2]);
	else if (!strcmp(what, "commit") && argc == 4)
		do_commit(argv[2], argv[3]);
	else if (!strcmp(what, "key") && argc == 3)
		do_key(argv[2]);
	else if (!strcmp(what, "lookup") && argc == 4)
		do_lookup(argv[2], count_rounds(argv[3]), true);
	else if (!strcmp(what, "miss") && argc == 4)
		do_lookup(argv[2], count_rounds(argv[3]), false);
	else if (!strcmp(what, "option") && argc == 3 &&
		 inet_pton(AF_INET, argv[2], &server_addr.sin_addr) == 1)
		do_option();
	else if (argc == 4 && inet_pton(AF_INET, argv[3],
					&server_addr.sin_addr) == 1) {
		if (!strcmp(what, "udp"))
			do_udp(count_rounds(argv[2]));
		else if (!strcmp(what, "rr"))
			do_rr(count_rounds(argv[2]));
		else if (!strcmp(what, "connect"))
			do_connect(count_rounds(argv[2]));
		else if (!strcmp(what, "bulk"))
			do_bulk(count_rounds(argv[2]));
		else if (!strcmp(what, "exec"))
			do_exec(count_rounds(argv[2]), argv[0]);
		else
			return 2;
	} else {
		return 2;
	}
	return 0;
}
