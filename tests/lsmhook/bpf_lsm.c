// SPDX-License-Identifier: GPL-2.0-only
/*
 * A BPF LSM program on a hook of choice, for the tests of lsmhook.
 *
 * usage: bpf_lsm HOOK
 *
 * Prints "attached", then takes commands on its input and answers each with one
 * line: "count" (calls so far, by tasks whose name begins with "lsmhook_"),
 * "deny 0", "deny 1". On "quit", or at the end of the input, the program goes.
 *
 * Written against bpf(2) alone: the instructions are put together here, and the
 * number of bpf_lsm_HOOK is looked up in /sys/kernel/btf/vmlinux, so that
 * neither libbpf nor a compiler for BPF is needed.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/btf.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Elements of the map. */
enum { COUNT, DENY, ELEMENTS };

static void die(const char *what)
{
	fprintf(stderr, "bpf_lsm: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int bpf(int cmd, union bpf_attr *attr)
{
	return syscall(SYS_bpf, cmd, attr, sizeof(*attr));
}

/* ---- the number of a function -------------------------------------------- */

static char *read_all(const char *path, size_t *len)
{
	size_t room = 1 << 20;
	char *buf = malloc(room);
	ssize_t n;
	int fd = open(path, O_RDONLY);

	if (fd < 0 || !buf)
		die(path);
	for (*len = 0; (n = read(fd, buf + *len, room - *len)) > 0; *len += n) {
		if (room - *len - n < 4096) {
			room *= 2;
			buf = realloc(buf, room);
			if (!buf)
				die(path);
		}
	}
	if (n < 0)
		die(path);
	close(fd);
	return buf;
}

/* Bytes that follow a struct btf_type. */
static size_t btf_extra(const struct btf_type *type)
{
	size_t vlen = BTF_INFO_VLEN(type->info);

	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_INT:
	case BTF_KIND_VAR:
	case BTF_KIND_DECL_TAG:
		return sizeof(__u32);
	case BTF_KIND_ARRAY:
		return sizeof(struct btf_array);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return vlen * sizeof(struct btf_member);
	case BTF_KIND_ENUM:
		return vlen * sizeof(struct btf_enum);
	case BTF_KIND_FUNC_PROTO:
		return vlen * sizeof(struct btf_param);
	case BTF_KIND_DATASEC:
		return vlen * sizeof(struct btf_var_secinfo);
	case BTF_KIND_ENUM64:
		return vlen * sizeof(struct btf_enum64);
	default:
		return 0;
	}
}

static int btf_function_id(const char *name)
{
	size_t len;
	char *btf = read_all("/sys/kernel/btf/vmlinux", &len);
	struct btf_header *hdr = (struct btf_header *)btf;
	char *at = btf + hdr->hdr_len + hdr->type_off;
	char *end = at + hdr->type_len;
	char *strings = btf + hdr->hdr_len + hdr->str_off;
	int id;

	for (id = 1; at < end; id++) {
		struct btf_type *type = (struct btf_type *)at;

		if (BTF_INFO_KIND(type->info) == BTF_KIND_FUNC &&
		    !strcmp(strings + type->name_off, name)) {
			free(btf);
			return id;
		}
		at += sizeof(*type) + btf_extra(type);
	}
	errno = ENOENT;
	die(name);
	return -1;
}

/* ---- the program --------------------------------------------------------- */

#define INSN(CODE, DST, SRC, OFF, IMM)					\
	((struct bpf_insn) { .code = (CODE), .dst_reg = (DST),		\
			     .src_reg = (SRC), .off = (OFF), .imm = (IMM) })
#define MOV_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, DST, 0, 0, IMM)
#define MOV_REG(DST, SRC)	INSN(BPF_ALU64 | BPF_MOV | BPF_X, DST, SRC, 0, 0)
#define ADD_IMM(DST, IMM)	INSN(BPF_ALU64 | BPF_ADD | BPF_K, DST, 0, 0, IMM)
#define CALL(FUNC)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, FUNC)
#define EXIT()			INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)
#define LOAD(SIZE, DST, SRC, OFF) \
	INSN(BPF_LDX | BPF_MEM | (SIZE), DST, SRC, OFF, 0)
#define STORE_IMM(SIZE, DST, OFF, IMM) \
	INSN(BPF_ST | BPF_MEM | (SIZE), DST, 0, OFF, IMM)
#define JUMP_NE(DST, SRC, N)	INSN(BPF_JMP | BPF_JNE | BPF_X, DST, SRC, N, 0)
#define JUMP_ZERO(DST, N)	INSN(BPF_JMP | BPF_JEQ | BPF_K, DST, 0, N, 0)
#define JUMP(N)			INSN(BPF_JMP | BPF_JA, 0, 0, N, 0)
#define ATOMIC_ADD(DST, SRC) \
	INSN(BPF_STX | BPF_ATOMIC | BPF_DW, DST, SRC, 0, BPF_ADD)
/* Two instructions each. */
#define LOAD_MAP(DST, FD)						\
	INSN(BPF_LD | BPF_DW | BPF_IMM, DST, BPF_PSEUDO_MAP_FD, 0, FD),	\
	INSN(0, 0, 0, 0, 0)
#define LOAD_IMM64(DST, V)						\
	INSN(BPF_LD | BPF_DW | BPF_IMM, DST, 0, 0, (__u32)(V)),		\
	INSN(0, 0, 0, 0, (__u32)((V) >> 32))

static int program_load(const char *hook, int map)
{
	char name[128], log[8192] = "";
	union bpf_attr attr;
	__u64 prefix;
	int fd;

	memcpy(&prefix, "lsmhook_", sizeof(prefix));
	struct bpf_insn prog[] = {
		/* Is the task meant? */
		MOV_REG(BPF_REG_1, BPF_REG_10),
		ADD_IMM(BPF_REG_1, -16),
		MOV_IMM(BPF_REG_2, 16),
		CALL(BPF_FUNC_get_current_comm),
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_10, -16),
		LOAD_IMM64(BPF_REG_2, prefix),
		JUMP_NE(BPF_REG_1, BPF_REG_2, 19),
		/* Count. */
		STORE_IMM(BPF_W, BPF_REG_10, -4, COUNT),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		LOAD_MAP(BPF_REG_1, map),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_ZERO(BPF_REG_0, 12),
		MOV_IMM(BPF_REG_1, 1),
		ATOMIC_ADD(BPF_REG_0, BPF_REG_1),
		/* Refuse? */
		STORE_IMM(BPF_W, BPF_REG_10, -4, DENY),
		MOV_REG(BPF_REG_2, BPF_REG_10),
		ADD_IMM(BPF_REG_2, -4),
		LOAD_MAP(BPF_REG_1, map),
		CALL(BPF_FUNC_map_lookup_elem),
		JUMP_ZERO(BPF_REG_0, 3),
		LOAD(BPF_DW, BPF_REG_1, BPF_REG_0, 0),
		MOV_IMM(BPF_REG_0, -EPERM),
		INSN(BPF_JMP | BPF_JNE | BPF_K, BPF_REG_1, 0, 1, 0),
		MOV_IMM(BPF_REG_0, 0),
		EXIT(),
	};

	snprintf(name, sizeof(name), "bpf_lsm_%s", hook);
	memset(&attr, 0, sizeof(attr));
	attr.prog_type = BPF_PROG_TYPE_LSM;
	attr.expected_attach_type = BPF_LSM_MAC;
	attr.attach_btf_id = btf_function_id(name);
	attr.insns = (__u64)(unsigned long)prog;
	attr.insn_cnt = sizeof(prog) / sizeof(prog[0]);
	attr.license = (__u64)(unsigned long)"GPL";
	attr.log_buf = (__u64)(unsigned long)log;
	attr.log_size = sizeof(log);
	attr.log_level = 1;
	fd = bpf(BPF_PROG_LOAD, &attr);
	if (fd < 0) {
		fputs(log, stderr);
		die("load");
	}
	return fd;
}

static int map_create(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = sizeof(__u32),
		.value_size = sizeof(__u64),
		.max_entries = ELEMENTS,
	};
	int fd = bpf(BPF_MAP_CREATE, &attr);

	if (fd < 0)
		die("map");
	return fd;
}

static void map_do(int cmd, int map, __u32 key, __u64 *value)
{
	union bpf_attr attr;

	memset(&attr, 0, sizeof(attr));
	attr.map_fd = map;
	attr.key = (__u64)(unsigned long)&key;
	attr.value = (__u64)(unsigned long)value;
	if (bpf(cmd, &attr))
		die("map");
}

static void obey(int map)
{
	char line[64];
	__u64 value;

	while (fgets(line, sizeof(line), stdin)) {
		if (!strcmp(line, "quit\n"))
			return;
		if (!strcmp(line, "count\n")) {
			map_do(BPF_MAP_LOOKUP_ELEM, map, COUNT, &value);
			printf("%llu\n", value);
		} else if (!strncmp(line, "deny ", 5)) {
			value = line[5] == '1';
			map_do(BPF_MAP_UPDATE_ELEM, map, DENY, &value);
			puts("ok");
		} else {
			puts("what?");
		}
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	union bpf_attr attr;
	int map, prog, link;

	if (argc != 2) {
		fprintf(stderr, "usage: bpf_lsm HOOK\n");
		return 2;
	}
	map = map_create();
	prog = program_load(argv[1], map);
	memset(&attr, 0, sizeof(attr));
	attr.raw_tracepoint.prog_fd = prog;
	link = bpf(BPF_RAW_TRACEPOINT_OPEN, &attr);
	if (link < 0)
		die("attach");
	puts("attached");
	fflush(stdout);
	obey(map);
	close(link);
	return 0;
}
