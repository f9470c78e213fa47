/* Nothing can ever happen again: who waits for what, held by whom. */
#ifndef HEAPSIM_DEADLOCK_H
#define HEAPSIM_DEADLOCK_H

#include <stddef.h>

#include "../kernel/task/task.h"

/* The first task that waits for ever, or the next one; NULL at the end. */
const struct task *deadlock_next(const struct task *task);

/* "waits for mutex 'a', held by task 'b'"; returns text. */
const char *deadlock_describe(const struct task *task, char *text, size_t size);

/* One of those who wait for each other in a circle; deadlock_owner() leads around it. Or NULL. */
const struct task *deadlock_circle(void);

/* The task that has what this one waits for, or NULL. */
const struct task *deadlock_owner(const struct task *task);

/* Prints it, and its line of JSON. Returns how many tasks wait; none is no deadlock. */
unsigned deadlock_report(void);

#endif
