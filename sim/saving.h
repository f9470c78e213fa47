/* The last line of a run: how much smaller the system heap could have been. */
#ifndef HEAPSIM_SAVING_H
#define HEAPSIM_SAVING_H

#include <stdbool.h>

#include "../kernel/heap/heap.h"

/* Prints it; nothing if there is no system heap, or none that has a size. */
void saving_report(void);

/*
 * How many bytes fewer at the end of its region would have left every block where it was, given
 * where the highest one ever ended (0: there was none). False: unknown, of an allocator or a heap
 * of which it depends on the region's size where blocks go.
 */
bool saving_is_exact(const struct heap *heap, taddr_t highest, tsize_t *bytes);

#endif
