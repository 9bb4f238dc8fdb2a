/* SPDX-License-Identifier: GPL-2.0-only */
/* The name of the current task, for who may hold the lock of another one. */
#ifndef _CGL_CURRENT_COMM_H
#define _CGL_CURRENT_COMM_H

#include <linux/sched.h>
#include <linux/string.h>

/**
 * cgl_current_comm() - copy the name of the current task
 * @comm: of TASK_COMM_LEN bytes; padded with zeros
 *
 * get_task_comm() takes the lock of the task. Hooks about ptrace are called with
 * that of the other task held, so two tasks that trace each other would wait for
 * ever. Without it a name that somebody changes meanwhile may be half of each;
 * it always ends.
 *
 * Context: Any with a current task.
 */
static inline void cgl_current_comm(char *comm)
{
	strscpy_pad(comm, current->comm, TASK_COMM_LEN);
}

#endif /* _CGL_CURRENT_COMM_H */
