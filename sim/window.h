/*
 * Memory in the host window (arena.h): stacks of tasks, and host-side objects that RTOS code can
 * point to. All below 4 GiB, at addresses that are the same in every run.
 */
#ifndef HEAPSIM_WINDOW_H
#define HEAPSIM_WINDOW_H

#include <stddef.h>

#include "../kernel/target.h"

/* All of them are called under engine_guard(), or before the start. */

/* Zeroed, accessible pages with an inaccessible page below them; never given back. NULL: window
 * full. */
void *window_pages(size_t size);

/*
 * Maps so many bytes in advance: what is given out later costs no system call, but has no guard
 * below it until they are used up. For runs whose memory is put back by a snapshot.
 */
void window_premap(size_t size);

/* The pages given out so far, each time as one piece. */
unsigned window_pieces(void);
void window_piece(unsigned index, taddr_t *begin, tsize_t *size);

/* Zeroed memory for an object, aligned to 64 bytes. NULL: window full. */
void *window_alloc(size_t size);
void window_free(void *object, size_t size);

/* Each that was given back, and is not in use again: what it held is still there. */
void window_free_objects(void (*visit)(void *context, const void *object, size_t size),
                         void *context);

#endif
