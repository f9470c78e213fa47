/*
 * The trace for viewers (--trace FILE): Chrome's trace events, which Perfetto and chrome://tracing
 * open. docs/trace-json.md says what is in it.
 */
#ifndef HEAPSIM_TRACE_JSON_H
#define HEAPSIM_TRACE_JSON_H

#include <stdbool.h>

/* Starts it; the kernel is set up, the scheduler has not started. False with errno. */
bool trace_json_open(const char *path);

/* Ends all slices that are open, and the file. Nothing if there is none. */
void trace_json_close(void);

#endif
