/*
 * What the kernel asks of the machine it runs on. kernel/ knows the host through these functions
 * only, so that it can be read, fuzzed and benchmarked with no simulator around it.
 *
 * All of them may be called from a task, from an interrupt and with interrupts masked; none waits.
 */
#ifndef HEAPSIM_PORT_H
#define HEAPSIM_PORT_H

#include <stdarg.h>

#include "diagnosis.h"
#include "target.h"

struct heap;
struct heap_event;

/* --- memory --- */

/*
 * Whether [begin, begin + size) may hold a heap, a pool or a kernel object: wholly inside one RAM
 * region, the program's static data or the host window. NULL if so; else a clause that says what
 * lies there instead ("it lies on the stack of the first thread"). O(regions).
 */
const char *port_memory_refusal(const void *begin, size_t size);

/* --- console --- */

/* Writes bytes to the board's console, unbuffered, in one piece. */
void port_console_write(const char *text, size_t length);

/* vsnprintf into a caller's buffer: returns the length the whole text needs. */
int port_format(char *buffer, size_t size, const char *format, va_list args);

/* --- events --- */

/* Every allocation, free, realloc and failure of every heap; see struct heap_event. */
void port_heap_event(const struct heap_event *event);

/* A heap used up its step budget: the place where time passes and an interrupt may arrive. */
void port_heap_point(struct heap *heap);

/* A misuse was found. Returns when the policy is to go on; the caller then answers the call. */
void port_diagnosis(const struct diagnosis *diagnosis);

/* An invariant of heapsim itself does not hold: reports it and ends the process with exit 70. */
_Noreturn void port_panic(const char *file, int line, const char *condition);

#endif
