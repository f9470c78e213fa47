/*
 * The text trace: every event of the kernel and of the heaps, one a line (docs/trace-text.md), and
 * its SHA-256. Holds object ids and static addresses, never host time or host pointers: the same
 * run gives the same bytes.
 */
#ifndef HEAPSIM_TRACE_H
#define HEAPSIM_TRACE_H

#include <stdbool.h>
#include <stddef.h>

#include "../kernel/port.h"
#include "../kernel/task/wait.h"

/* Starts tracing into a file; path NULL: none. False with errno if it can't be created. */
bool trace_open(const char *path, bool hash);

/* True if this build can compute the hash (it has libmd). */
bool trace_can_hash(void);

/* An event's name in the traces: "task-create". */
const char *trace_event_name(enum kernel_event event);

/* Why a task was woken: "given". */
const char *trace_wake_name(enum wake_reason reason);

/* Writes what is left; prints the hash, if asked for, as the last line of standard output. */
void trace_close(void);

/* The hash of the run, which is over; at most 65 bytes. Nothing is traced afterwards. */
void trace_hash_text(char *text, size_t size);

#endif
