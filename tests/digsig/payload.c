// SPDX-License-Identifier: GPL-2.0-only
/*
 * The small programs that the attack vectors try to run, one per -D:
 * PROG exits with 42; LIB is a library whose answer() is 42; PRELOADED exits
 * with what a preloaded answer() says, or 1; CORE_HANDLER leaves a mark.
 */
#include <fcntl.h>
#include <unistd.h>

#if defined(PROG)
int main(void)
{
	return 42;
}
#elif defined(LIB)
int answer(void);
int answer(void)
{
	return 42;
}
#elif defined(PRELOADED)
extern int answer(void) __attribute__((weak));
int main(void)
{
	return answer ? answer() : 1;
}
#elif defined(CORE_HANDLER)
int main(void)
{
	return close(open(CORE_HANDLER, O_CREAT | O_WRONLY, 0644));
}
#endif
