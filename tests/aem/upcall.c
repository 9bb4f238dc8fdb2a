// SPDX-License-Identifier: GPL-2.0-only
/*
 * The upcall: code that runs is interrupted without a signal and does not notice.
 *
 * The trampoline is the smallest that keeps the rules of struct aem_notify: it
 * saves the general registers only, so the handler uses no others.
 */
// vm: timeout=90
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/ptrace.h>
#include <sys/rseq.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "queue.h"

#define GENERAL	__attribute__((target("general-regs-only"), used))

static struct queue the;
static struct aem_header *the_hdr;
static volatile uint64_t calls, events, depth, deepest, signals;

/* Takes all asynchronous events. */
GENERAL static void up_drain(void)
{
	struct taken t;
	int r;

	if (++depth > deepest)
		deepest = depth;
	calls++;
	for (r = AEM_PRIOS; r < AEM_RINGS; r++) {
		while (queue_take_from(&the, r, &t))
			events += t.count;
	}
	depth--;
}

#ifdef __x86_64__
extern const char up_entry[], up_zone[], up_redo[], up_popf[];

/*
 * 15 registers lie below the frame; %rbx is the frame, and the word at the
 * aligned stack pointer says where it is. The last move before up_popf is the
 * only one that moves the stack pointer in the zone.
 */
asm(
"	.pushsection .text\n"
"up_entry:\n"
"	push %rax; push %rbx; push %rcx; push %rdx; push %rsi; push %rdi\n"
"	push %rbp; push %r8; push %r9; push %r10; push %r11; push %r12\n"
"	push %r13; push %r14; push %r15\n"
"	lea 120(%rsp), %rbx\n"
"	and $-16, %rsp\n"
"	sub $16, %rsp\n"
"	mov %rbx, (%rsp)\n"
"up_redo:\n"
"	cld\n"
"	call up_drain\n"
"	mov the_hdr(%rip), %rbp\n"
"up_zone:\n"
"	mov $2, %eax\n"
"	lock or %eax, 68(%rbp)\n"
"	testl $0xff00, 64(%rbp)\n"
"	jnz up_redo\n"
"	mov (%rsp), %rbx\n"
"	mov -8(%rbx), %rax\n"
"	mov -24(%rbx), %rcx\n"
"	mov -32(%rbx), %rdx\n"
"	mov -40(%rbx), %rsi\n"
"	mov -48(%rbx), %rdi\n"
"	mov -56(%rbx), %rbp\n"
"	mov -64(%rbx), %r8\n"
"	mov -72(%rbx), %r9\n"
"	mov -80(%rbx), %r10\n"
"	mov -88(%rbx), %r11\n"
"	mov -96(%rbx), %r12\n"
"	mov -104(%rbx), %r13\n"
"	mov -112(%rbx), %r14\n"
"	mov -120(%rbx), %r15\n"
"	mov -16(%rbx), %rbx\n"
"	mov (%rsp), %rsp\n"
"up_popf:\n"
"	popfq\n"
"	ret $128\n"
"	.popsection\n");
#endif

static void on_bell(int signo)
{
	(void)signo;
	signals++;
	up_drain();
	__atomic_fetch_or(&the_hdr->armed, AEM_ARM_ASYNC, __ATOMIC_SEQ_CST);
	up_drain();
}

FIXTURE(upcall) {
	int unused;
};

FIXTURE_SETUP(upcall)
{
	struct sigaction sa = { .sa_handler = on_bell, .sa_flags = SA_RESTART };
	struct aem_notify how = {
		.mode = AEM_NOTIFY_UPCALL, .signo = SIGRTMIN,
	};

	ASSERT_EQ(0, system("modprobe aem"));
	ASSERT_EQ(0, queue_open(&the));
	the_hdr = the.hdr;
	sigaction(SIGRTMIN, &sa, NULL);
#ifdef __x86_64__
	how.entry = (uintptr_t)up_entry;
	how.zone = (uintptr_t)up_zone;
	how.redo = (uintptr_t)up_redo;
	how.popf = (uintptr_t)up_popf;
#endif
	if (ioctl(the.fd, AEM_IOC_NOTIFY, &how)) {
		ASSERT_EQ(EOPNOTSUPP, errno);
		SKIP(return, "no upcalls here");
	}
	__atomic_fetch_or(&the_hdr->armed, AEM_ARM_ASYNC, __ATOMIC_SEQ_CST);
}

FIXTURE_TEARDOWN(upcall)
{
}

static uint64_t user(uint32_t flags)
{
	return queue_add_user(&the, 1, AEM_F_ASYNC | flags, 3);
}

TEST_F(upcall, a_handler_runs_when_the_event_happens)
{
	uint64_t id = user(0);

	ASSERT_NE(0, id);
	ASSERT_EQ(0, queue_fire(&the, id, 1));
	EXPECT_EQ(1, calls);
	EXPECT_EQ(1, events);
	ASSERT_EQ(0, queue_fire(&the, id, 2));
	EXPECT_EQ(2, events);
	EXPECT_EQ(0, signals);
}

TEST_F(upcall, not_while_masked)
{
	uint64_t id = user(0);

	the_hdr->masked = 1;
	ASSERT_EQ(0, queue_fire(&the, id, 1));
	EXPECT_EQ(0, calls);
	EXPECT_EQ(1, the_hdr->deferred);
}

/* Sums that would be wrong if a register were not what it was. */
static uint64_t compute(uint64_t rounds)
{
	uint64_t a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, i;

	for (i = 0; i < rounds; i++) {
		a = a * 6364136223846793005ULL + b;
		b ^= a >> 7;
		c += b * 3;
		d = (d << 5 | d >> 59) ^ c;
		e += d + i;
		f = f * 31 + e;
	}
	return a ^ b ^ c ^ d ^ e ^ f;
}

TEST_F(upcall, code_that_runs_does_not_notice)
{
	struct aem_source src = {
		.cookie = 1, .kind = AEM_KIND_TIMER,
		.flags = AEM_F_ASYNC | AEM_F_START | AEM_F_RELATIVE,
		.timer = { 200000, 200000, 0 },
	};
	uint64_t want = compute(200000), end = now_ns() + 60 * SECOND;

	ASSERT_EQ(0, queue_add(&the, &src));
	while (events < 500 && now_ns() < end)
		ASSERT_EQ(want, compute(200000));
	EXPECT_GE(events, 500);
	EXPECT_NE(0, calls);
	EXPECT_EQ(0, signals);
	/* A call can come between the drain and the zone. */
	EXPECT_GE(2, deepest);
}

static void *fire_soon(void *arg)
{
	usleep(50000);
	queue_fire(&the, *(uint64_t *)arg, 0);
	return NULL;
}

TEST_F(upcall, system_calls_restart_or_end_as_for_a_signal)
{
	struct timespec ten = { .tv_sec = 10 };
	uint64_t id = user(0), value;
	pthread_t thread;
	int ev = eventfd(0, 0);
	uint64_t one = 1;

	pthread_create(&thread, NULL, fire_soon, &id);
	errno = 0;
	EXPECT_EQ(-1, nanosleep(&ten, NULL));
	EXPECT_EQ(EINTR, errno);
	pthread_join(thread, NULL);
	EXPECT_EQ(1, events);

	/* A read that nothing comes for goes on after the handler. */
	if (!fork()) {
		usleep(400000);
		_exit(write(ev, &one, 8) != 8);
	}
	pthread_create(&thread, NULL, fire_soon, &id);
	EXPECT_EQ(8, read(ev, &value, 8));
	EXPECT_EQ(1, value);
	EXPECT_EQ(2, events);
	pthread_join(thread, NULL);
	wait(NULL);
}

static void *flood(void *arg)
{
	uint64_t i;

	for (i = 0; i < 20000; i++)
		queue_fire(&the, *(uint64_t *)arg, i);
	return NULL;
}

TEST_F(upcall, a_flood_does_not_pile_up)
{
	uint64_t id = user(0), want = compute(20000);
	pthread_t thread;

	pthread_create(&thread, NULL, flood, &id);
	while (events < 20000)
		ASSERT_EQ(want, compute(20000));
	pthread_join(thread, NULL);
	EXPECT_EQ(20000, events);
	EXPECT_GE(2, deepest);
}

TEST_F(upcall, addresses_are_those_of_user_space)
{
	struct aem_notify how = {
		.mode = AEM_NOTIFY_UPCALL, .signo = SIGRTMIN,
		.entry = 0xffffffff81000000, .popf = 0x1000,
	};

	EXPECT_EQ(-1, ioctl(the.fd, AEM_IOC_NOTIFY, &how));
	EXPECT_EQ(EINVAL, errno);
}

/* Going to where there is no code is the process's end, not the kernel's. */
TEST_F(upcall, a_wrong_address_kills_the_process)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		struct aem_notify how = {
			.mode = AEM_NOTIFY_UPCALL, .signo = SIGRTMIN,
			.entry = 0x10, .popf = 0x1000, .zone = 0x1000,
			.redo = 0x10,
		};

		if (queue_open(&the) || ioctl(the.fd, AEM_IOC_NOTIFY, &how))
			_exit(1);
		the.hdr->armed = AEM_ARM_ASYNC;
		queue_fire(&the, user(0), 1);
		_exit(2);
	}
	waitpid(pid, &status, 0);
	EXPECT_TRUE(WIFSIGNALED(status));
	EXPECT_EQ(SIGSEGV, WTERMSIG(status));
}

#ifdef __x86_64__
/*
 * int up_section(u64 *rseq_cs, volatile u64 *word, u64 old): a restartable
 * sequence that spins until *word is not @old. 0 if it ended, 1 if the kernel
 * aborted it. The word before the place of the abort is glibc's signature.
 */
int up_section(uint64_t *rseq_cs, volatile uint64_t *word, uint64_t old);
extern const char up_rseq_elsewhere[];

asm(
"	.pushsection .data\n"
"	.balign 32\n"
"up_rseq_cs:\n"
"	.long 0, 0\n"
"	.quad 1f, 2f - 1f, 3f\n"
"	.balign 32\n"
"up_rseq_elsewhere:\n"
"	.long 0, 0\n"
"	.quad 5f, 1, 3f\n"
"	.popsection\n"
"	.pushsection .text\n"
"up_section:\n"
"	lea up_rseq_cs(%rip), %rax\n"
"	mov %rax, (%rdi)\n"
"1:	cmp %rdx, (%rsi)\n"
"	je 1b\n"
"2:	xor %eax, %eax\n"
"	jmp 4f\n"
"	.byte 0x0f, 0xb9, 0x3d\n"
"	.long 0x53053053\n"
"3:	mov $1, %eax\n"
"4:	movq $0, (%rdi)\n"
"	ret\n"
"5:	nop\n"
"	.popsection\n");

static uint64_t *rseq_section(void)
{
	char *thread = __builtin_thread_pointer();

	if (!__rseq_size)
		return NULL;
	return (uint64_t *)&((struct rseq *)(thread + __rseq_offset))->rseq_cs;
}

/* The kernel may have forgotten a section that the thread is not in. */
TEST_F(upcall, with_an_rseq_section_set_it_is_the_signal)
{
	uint64_t id = user(0), *cs = rseq_section();
	int i;

	if (!cs)
		SKIP(return, "the C library does not register rseq");
	for (i = 0; i < 100 && !signals; i++) {
		*(volatile uint64_t *)cs = (uintptr_t)up_rseq_elsewhere;
		ASSERT_EQ(0, queue_fire(&the, id, 1));
		*(volatile uint64_t *)cs = 0;
		EXPECT_EQ(i + 1, events);
	}
	EXPECT_EQ(1, signals);
	/* And without it the upcall. */
	calls = 0;
	ASSERT_EQ(0, queue_fire(&the, id, 1));
	EXPECT_EQ(1, signals);
	EXPECT_EQ(1, calls);
}

TEST_F(upcall, a_restartable_sequence_is_aborted_and_not_torn)
{
	struct aem_source src = {
		.cookie = 1, .kind = AEM_KIND_TIMER,
		.flags = AEM_F_ASYNC | AEM_F_START | AEM_F_RELATIVE,
		.timer = { 1000000, 1000000, 0 },
	};
	uint64_t end = now_ns() + 60 * SECOND, *cs = rseq_section();
	uint64_t aborted = 0;

	if (!cs)
		SKIP(return, "the C library does not register rseq");
	ASSERT_EQ(0, queue_add(&the, &src));
	while (signals < 20 && now_ns() < end)
		aborted += up_section(cs, &events, events);
	EXPECT_LE(20, signals);
	EXPECT_NE(0, aborted);
}

/* A debugger that steps sees a signal, not a jump. */
TEST_F(upcall, while_single_stepping_it_is_the_signal)
{
	int status, send, steps = 0;
	pid_t pid = fork();

	if (!pid) {
		struct aem_notify how = {
			.mode = AEM_NOTIFY_UPCALL, .signo = SIGRTMIN,
			.entry = (uintptr_t)up_entry,
			.zone = (uintptr_t)up_zone,
			.redo = (uintptr_t)up_redo,
			.popf = (uintptr_t)up_popf,
		};
		uint64_t id;

		if (queue_open(&the))
			_exit(100);
		the_hdr = the.hdr;
		id = user(0);
		if (ioctl(the.fd, AEM_IOC_NOTIFY, &how))
			_exit(101);
		the_hdr->armed = AEM_ARM_ASYNC;
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		queue_fire(&the, id, 1);
		_exit(signals == 1 && events == 1 ? 0 : 102);
	}
	waitpid(pid, &status, 0);
	while (WIFSTOPPED(status) && steps++ < 100000) {
		send = WSTOPSIG(status);
		if (send == SIGTRAP || send == SIGSTOP)
			send = 0;
		ptrace(PTRACE_SINGLESTEP, pid, 0, send);
		waitpid(pid, &status, 0);
	}
	EXPECT_EQ(0, status);
	EXPECT_LT(10, steps);
}

/* Our return would not match the shadow stack. Never returns itself. */
static void with_shadow_stack(void)
{
	struct aem_notify how = {
		.mode = AEM_NOTIFY_UPCALL, .signo = SIGRTMIN,
		.entry = (uintptr_t)up_entry, .zone = (uintptr_t)up_zone,
		.redo = (uintptr_t)up_redo, .popf = (uintptr_t)up_popf,
	};
	long got;

	if (queue_open(&the))
		_exit(100);
	/* ARCH_SHSTK_ENABLE, ARCH_SHSTK_SHSTK */
	asm volatile("syscall" : "=a"(got)
		     : "a"(SYS_arch_prctl), "D"(0x5001), "S"(1)
		     : "rcx", "r11", "memory");
	if (got)
		_exit(200);
	if (!ioctl(the.fd, AEM_IOC_NOTIFY, &how))
		_exit(101);
	_exit(errno == EOPNOTSUPP ? 0 : 102);
}

TEST_F(upcall, a_shadow_stack_is_refused)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		with_shadow_stack();
	waitpid(pid, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 200)
		SKIP(return, "this machine or kernel has no shadow stacks");
	EXPECT_EQ(0, status);
}
#endif

TEST_HARNESS_MAIN
