// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib exec: run a program whose sockets are in a FIB.
 *
 * The program is started in a control group of its own, to which a small BPF
 * program is attached that binds each new IPv4 or IPv6 socket to the device of the
 * FIB, as the socket option does. Children are in the same group, so it holds
 * for all that the program starts, and the program itself knows nothing of it.
 * It is the way of "ip vrf exec", which cannot leave sockets of other network
 * namespaces alone; this one does.
 *
 * The group is mfib/NAMESPACE.FIB below the group this process is in, and
 * stays until somebody removes it: an empty one costs next to nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cmd.h"
#include "commands.h"
#include "kernel.h"
#include "words.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE	71
#endif

/* Longest path of a group that is made here. */
#define PATH_MAX_GROUP	4096

/* ---- the BPF program --------------------------------------------------------- */

#define INSN(c, d, s, o, i) \
	((struct bpf_insn){ .code = (c), .dst_reg = (d), .src_reg = (s), \
			    .off = (o), .imm = (i) })

static int bpf(int cmd, union bpf_attr *attr, unsigned int size)
{
	return syscall(__NR_bpf, cmd, attr, size);
}

/* if (bpf_get_netns_cookie(ctx) == @cookie) ctx->bound_dev_if = @ifindex; */
static int program_load(uint64_t cookie, uint32_t ifindex)
{
	const struct bpf_insn insns[] = {
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_1, 0, 0),
		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, BPF_FUNC_get_netns_cookie),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, 0, 0,
		     (int32_t)cookie),
		INSN(0, 0, 0, 0, (int32_t)(cookie >> 32)),
		INSN(BPF_JMP | BPF_JNE | BPF_X, BPF_REG_0, BPF_REG_1, 2, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_2, 0, 0,
		     (int32_t)ifindex),
		INSN(BPF_STX | BPF_MEM | BPF_W, BPF_REG_6, BPF_REG_2,
		     offsetof(struct bpf_sock, bound_dev_if), 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, 1),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK;
	attr.expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t)"GPL";
	snprintf(attr.prog_name, sizeof(attr.prog_name), "mfib_exec");
	return bpf(BPF_PROG_LOAD, &attr, sizeof(attr));
}

/* Takes the place of one that was attached before. */
static int program_attach(int group, int prog)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = group;
	attr.attach_bpf_fd = prog;
	attr.attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	return bpf(BPF_PROG_ATTACH, &attr, sizeof(attr));
}

static int netns_cookie(uint64_t *cookie)
{
	socklen_t len = sizeof(*cookie);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -1;
	err = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, &len);
	close(fd);
	return err;
}

/* ---- the group ------------------------------------------------------------------ */

/*
 * The tree of groups, as a mount of our own that nobody else sees: "ip netns exec"
 * hides the usual one. Goes when it is closed.
 */
static int groups_mount(void)
{
	int fs = fsopen("cgroup2", FSOPEN_CLOEXEC);
	int fd = -1;

	if (fs < 0)
		return -1;
	if (!fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(fs, FSMOUNT_CLOEXEC, 0);
	close(fs);
	return fd;
}

/* The group of this process, without what an "exec" around it has added. */
static bool groups_own(char *own, size_t size)
{
	char line[PATH_MAX_GROUP];
	FILE *list = fopen("/proc/self/cgroup", "re");
	bool found = false;
	char *mine;

	if (!list)
		return false;
	while (!found && fgets(line, sizeof(line), list)) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		mine = strstr(line, "/mfib/");
		if (mine)
			*mine = '\0';
		found = snprintf(own, size, "%s",
				 strcmp(line, "0::/") ? line + 3 : "") <
			(int)size;
	}
	fclose(list);
	return found;
}

/* Relative to the root of the tree. */
static bool group_path(char *path, size_t size, uint32_t fib)
{
	char own[PATH_MAX_GROUP];
	struct stat ns;
	int n;

	if (!groups_own(own, sizeof(own)) || stat("/proc/self/ns/net", &ns))
		return false;
	if (fib)
		n = snprintf(path, size, ".%s/mfib/%llu.%u", own,
			     (unsigned long long)ns.st_ino, fib);
	else
		n = snprintf(path, size, ".%s", own);
	return n > 0 && n < (int)size;
}

/* The group and the folder it is in. */
static int folders_make(int root, char *path)
{
	char *slash = strrchr(path, '/');
	int err;

	*slash = '\0';
	err = mkdirat(root, path, 0755);
	*slash = '/';
	if (err && errno != EEXIST)
		return -1;
	return mkdirat(root, path, 0755) && errno != EEXIST ? -1 : 0;
}

static int group_enter(int group)
{
	int fd = openat(group, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	int err;

	if (fd < 0)
		return -1;
	err = write(fd, "0\n", 2) == 2 ? 0 : -1;
	close(fd);
	return err;
}

/* ---- the command ------------------------------------------------------------------ */

static int failed(const char *what)
{
	int err = errno;

	cmd_error("%s: %s", what, strerror(err));
	if (err == EPERM || err == EACCES)
		cmd_hint("this needs CAP_NET_ADMIN, CAP_BPF and the right to make control groups; a program with a grant may use the socket option instead");
	return CMD_FAILED;
}

static int group_bind(int group, uint32_t ifindex)
{
	uint64_t cookie;
	int prog, err;

	if (netns_cookie(&cookie))
		return failed("the network namespace has no name for BPF");
	prog = program_load(cookie, ifindex);
	if (prog < 0)
		return failed("the BPF program is not accepted");
	err = program_attach(group, prog);
	if (err)
		err = failed("the BPF program cannot be attached");
	close(prog);
	return err;
}

static int group_use(int root, char *path, uint32_t fib, uint32_t ifindex)
{
	int group, err;

	if (fib && folders_make(root, path))
		return failed(path);
	group = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (group < 0)
		return failed(path);
	err = fib ? group_bind(group, ifindex) : 0;
	if (!err && group_enter(group))
		err = failed(path);
	close(group);
	return err;
}

static int fib_enter(uint32_t fib)
{
	char path[2 * PATH_MAX_GROUP];
	uint32_t ifindex = 0;
	int root, err;

	if (fib && fib_device(fib, &ifindex))
		return CMD_FAILED;
	if (!group_path(path, sizeof(path), fib)) {
		cmd_error("this process is in no control group (version 2)");
		return CMD_FAILED;
	}
	root = groups_mount();
	if (root < 0)
		return failed("the tree of control groups");
	err = group_use(root, path, fib, ifindex);
	close(root);
	return err;
}

static int exec_run(const struct cmd_call *call)
{
	char **argv = call->argv + 1;
	uint32_t fib;

	if (!strcmp(*argv, "--"))
		argv++;
	if (!*argv)
		return cmd_usage(call, "exec: which program?");
	if (strcmp(call->argv[0], "0")) {
		if (word_fib(call->argv[0], &fib))
			return CMD_USAGE;
	} else {
		fib = 0;
	}
	if (fib_enter(fib))
		return CMD_FAILED;
	kernel_close();
	fflush(NULL);
	execvp(*argv, argv);
	return cmd_error("%s: %s", *argv, strerror(errno));
}

const struct cmd exec_commands[] = {
	{
		.path = "exec", .args = "FIB [--] PROGRAM [ARGUMENT...]",
		.brief = "run a program whose sockets are in a FIB",
		.details =
"Each IPv4 and IPv6 socket that PROGRAM or its children make is in the FIB from\n"
"the beginning. FIB 0 runs it outside of all FIBs. Sockets it inherits stay\n"
"where they are.",
		.min_args = 2, .max_args = CMD_MANY, .flags = CMD_EXEC,
		.run = exec_run,
		.complete = fib_complete,
	},
	{}
};
