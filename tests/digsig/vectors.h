/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of the attack vectors share: what came out, and payloads.
 * What is not said to be elsewhere is in vectors.c, whose head says what a vector
 * is.
 */
#ifndef _VECTORS_H
#define _VECTORS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define ANSWER	42
#define CHANGED	43
#define PAGE	4096

/* How a vector's process tells its parent what came out. */
#define RAN	0
#define BROKEN	1
#define BLOCKED	2

/* mov $n, %eax; ret - with ANSWER and with CHANGED for n. */
extern const unsigned char code_answer[6], code_changed[6];

/* Each prints the outcome, and returns what the vector returns. */
int blocked(int err);
int broken(const char *what);
int ran(bool did);

/* A path below the folder of payloads; four of them are kept. */
const char *path(const char *name);
int call(const void *code);
int copy_file(const char *from, const char *to, mode_t mode);
void *map_exec(int fd, off_t offset);

/* vectors_change.c */
/* A signed file of machine code, copied, and mapped executable. */
void *map_signed_copy(char *file, int *fd);
int write_mapped(void);
int truncate_mapped(void);
int write_unmapped(void);
int ok_rename_over(void);
int shared_writer_first(void);
int writer_first(void);
int writer_race(void);
int proc_self_mem(void);
int proc_task_mem(void);
int ptrace_poke(void);
int ptrace_seize(void);
int ptrace_traceme(void);
int proc_pid_mem(void);
int process_vm_write(void);

/* vectors_held.c */
int tail_bytes(void);
int tail_bytes_tmpfs(void);
int pinned_page(void);
int open_truncate(void);
int userfault_copy(void);
int brk_implied_exec(void);
int ok_tail_zero(void);
int ok_pin_gone(void);

/* vectors_below.c. attacks.sh has the device "mapped" made of MAPPED_DISK. */
#define MAPPED_DISK "/dev/loop7"
int raw_disk(void);
int partition_over_disk(void);
int loop_backing_file(void);
int mapped_twice(void);

#endif /* _VECTORS_H */
