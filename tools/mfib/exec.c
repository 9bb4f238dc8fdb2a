// SPDX-License-Identifier: GPL-2.0-only
/*
 * mfib exec: a program whose sockets are in a FIB from the start.
 *
 * A control group per FIB, below the one the program would be in anyway, has a
 * small BPF program that the kernel runs for each new socket of IPv4 or IPv6:
 * it binds the socket to the device of the FIB. What the program starts is in the
 * group too.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "commands.h"
#include "kernel.h"
#include "words.h"

#define PATH_LEN	4096

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

static int load_program(uint32_t ifindex)
{
	const struct bpf_insn insns[] = {
		/* sk->bound_dev_if = ifindex */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_2,
		  .imm = ifindex },
		{ .code = BPF_STX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_REG_2,
		  .off = offsetof(struct bpf_sock, bound_dev_if) },
		/* return 1: the socket may be made */
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0,
		  .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_CGROUP_SOCK;
	attr.insns = (uintptr_t)insns;
	attr.insn_cnt = sizeof(insns) / sizeof(insns[0]);
	attr.license = (uintptr_t)"GPL";
	strcpy(attr.prog_name, "mfib_exec");
	attr.expected_attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	return bpf(BPF_PROG_LOAD, &attr);
}

static int attach(int cgroup, int program)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.target_fd = cgroup;
	attr.attach_bpf_fd = program;
	attr.attach_type = BPF_CGROUP_INET_SOCK_CREATE;
	attr.attach_flags = BPF_F_ALLOW_OVERRIDE;
	return bpf(BPF_PROG_ATTACH, &attr);
}

/* Where control groups of version 2 are mounted. */
static int find_mount(char *path)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *m;
	int err = CMD_FAILED;

	while (mounts && (m = getmntent(mounts))) {
		if (strcmp(m->mnt_type, "cgroup2"))
			continue;
		snprintf(path, PATH_LEN, "%s", m->mnt_dir);
		err = CMD_OK;
		break;
	}
	if (mounts)
		endmntent(mounts);
	if (err) {
		cmd_error("control groups of version 2 are not mounted");
		cmd_hint("mount -t cgroup2 none /sys/fs/cgroup");
	}
	return err;
}

/* The group of this process, without the part that an mfib exec has added. */
static void own_group(char *path)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[PATH_LEN], *at;

	*path = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		if (strncmp(line, "0::", 3))
			continue;
		line[strcspn(line, "\n")] = '\0';
		at = strstr(line, "/mfib/");
		if (at && strspn(at + 6, "0123456789") == strlen(at + 6))
			*at = '\0';
		snprintf(path, PATH_LEN, "%s",
			 !strcmp(line + 3, "/") ? "" : line + 3);
	}
	if (file)
		fclose(file);
}

static int make_dir(const char *path)
{
	if (!mkdir(path, 0755) || errno == EEXIST)
		return CMD_OK;
	return cmd_error("%s: %s", path, strerror(errno));
}

/* Makes the group and opens it. */
static int open_group(uint32_t fib, char *path)
{
	char group[PATH_LEN];
	size_t len;
	int fd;

	if (find_mount(path))
		return -1;
	own_group(group);
	len = strlen(path);
	if (len + strlen(group) + 32 > PATH_LEN) {
		cmd_error("the name of the control group is too long");
		return -1;
	}
	len += sprintf(path + len, "%s/mfib", group);
	if (make_dir(path))
		return -1;
	sprintf(path + len, "/%u", fib);
	if (make_dir(path))
		return -1;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		cmd_error("%s: %s", path, strerror(errno));
	return fd;
}

static int join(char *path)
{
	char pid[16];
	int fd, len, err = 0;

	strcat(path, "/cgroup.procs");
	fd = open(path, O_WRONLY | O_CLOEXEC);
	len = snprintf(pid, sizeof(pid), "%d", (int)getpid());
	if (fd < 0 || write(fd, pid, len) != len)
		err = cmd_error("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return err;
}

static int enter(uint32_t fib, uint32_t ifindex)
{
	char path[PATH_LEN + 16];
	int group, program, err = CMD_OK;

	group = open_group(fib, path);
	if (group < 0)
		return CMD_FAILED;
	program = load_program(ifindex);
	if (program < 0)
		err = cmd_error("loading the BPF program: %s",
				strerror(errno));
	else if (attach(group, program))
		err = cmd_error("attaching the BPF program to %s: %s", path,
				strerror(errno));
	if (program >= 0)
		close(program);
	close(group);
	return err ? err : join(path);
}

static int exec_run(const struct cmd_call *call)
{
	uint32_t fib, ifindex;
	char **argv = call->argv + 1;

	if (word_fib(call->argv[0], &fib))
		return CMD_USAGE;
	if (*argv && !strcmp(*argv, "--"))
		argv++;
	if (!*argv)
		return cmd_usage(call, "exec: which program?");
	if (fib_device(fib, &ifindex))
		return CMD_FAILED;
	if (enter(fib, ifindex))
		return CMD_FAILED;
	kernel_close();
	fflush(NULL);
	execvp(*argv, argv);
	return cmd_error("%s: %s", *argv, strerror(errno));
}

const struct cmd exec_commands[] = {
	{ .path = "exec", .args = "FIB [--] PROGRAM [ARGUMENT...]",
	  .brief = "run a program whose sockets are in a FIB",
	  .details = "Needs root. What the program starts is in the FIB, too. "
		     "Sockets that it\ninherits stay where they are.\n",
	  .flags = CMD_EXEC, .min_args = 2, .max_args = CMD_MANY,
	  .run = exec_run, .complete = fib_complete },
	{}
};
