/*
 * The way to a call, by frame pointers: nanoseconds, in any context. Application code and the
 * dialects' calls are compiled with them (heapsim_add_scenario); code between that is not, as a
 * library's that calls back, is left out, and may hide the frame that called it.
 */
#ifndef HEAPSIM_FRAMES_H
#define HEAPSIM_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* The linker's: where the program's own text lies, no library's. */
extern const char __executable_start[], etext[];

static inline bool frames_in_program(uintptr_t address)
{
    return address >= (uintptr_t)__executable_start && address < (uintptr_t)etext;
}

/*
 * Return addresses in the program, the innermost first, from the frame of a function on: at most
 * `room`, the rest becomes 0. An ISR's way ends where it came in. `site`, if not NULL, is taken for
 * the first one.
 */
void frames_walk(const void *frame, const void *site, uint32_t *frames, unsigned room);

#endif
