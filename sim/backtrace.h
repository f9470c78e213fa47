/* The chain of calls that led to a place, as addresses; symbolised by whoever prints it. */
#ifndef HEAPSIM_BACKTRACE_H
#define HEAPSIM_BACKTRACE_H

#include <stddef.h>

/*
 * Return addresses of the frames that called the caller, the innermost first, that lie beyond
 * `frame` on the stack (a frame address; NULL: all). Returns how many, at most `room`. Takes no
 * memory: may be called in an interrupt.
 */
size_t backtrace_capture(const void *frame, const void **addresses, size_t room);

/*
 * Writes "f (x.c:12) < main (x.c:30)": the application's frames among them, heapsim's own and the
 * C library's left out. "" if there are none.
 */
void backtrace_describe(const void *const *addresses, size_t count, char *text, size_t size);

#endif
