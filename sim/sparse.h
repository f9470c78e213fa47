/*
 * Large tables of the simulator's own, of which a run uses little: memory that costs nothing until
 * it is touched, and that is no part of what snapshot.h puts back.
 */
#ifndef HEAPSIM_SPARSE_H
#define HEAPSIM_SPARSE_H

#include <stddef.h>

/* Zeroed. NULL: none. */
void *sparse_memory(size_t size);

#endif
