/*
 * What is measured, as pairs of calls that the loops of drive.c make.
 *
 * - They stand in a file of their own, so that a loop calls them without knowing what they do, and
 *   the null pair costs what calling and returning cost: that is taken off all others.
 * - direct: struct heap_ops of bench_heap, nothing in between. front: through kernel/heap/heap.c,
 *   as every RTOS call goes. Events and points are off in both.
 * - host: an allocator of the machine this runs on (bench_host).
 * - list: pop and push on a free list of equal blocks, the least that any allocator can do.
 */
#ifndef HEAPSIM_BENCH_ADAPTERS_H
#define HEAPSIM_BENCH_ADAPTERS_H

#include "../kernel/heap/heap.h"

extern struct heap bench_heap; /* static data: allocators may link target memory to it */

struct host_allocator {
    void *(*alloc)(size_t size);
    void (*free)(void *block);
    void *(*cleared)(size_t count, size_t size);
    void *(*aligned)(size_t align, size_t size);
    void *(*resize)(void *block, size_t size);
};
extern struct host_allocator bench_host;

taddr_t null_alloc(tsize_t size);
void null_free(taddr_t block);
taddr_t direct_alloc(tsize_t size);
void direct_free(taddr_t block);
taddr_t front_alloc(tsize_t size);
void front_free(taddr_t block);
void *host_alloc(size_t size);
void host_free(void *block);
void *list_alloc(size_t size);
void list_free(void *block);

/* Lays the free list out over [memory, memory + size). */
void list_init(void *memory, size_t size, size_t block_size);

/*
 * What only traces need. An allocator without realloc allocates, copies and frees; one without
 * aligned blocks takes a larger one, whose contents nobody looks at.
 */
struct rare_calls {
    uintptr_t (*cleared)(tsize_t count, tsize_t size);
    uintptr_t (*aligned)(tsize_t size, tsize_t align);
    uintptr_t (*resize)(uintptr_t block, tsize_t size, tsize_t old);
    void (*free_aligned)(uintptr_t block);
    uintptr_t (*resize_aligned)(uintptr_t block, tsize_t size, tsize_t old);
};
extern const struct rare_calls null_rare, direct_rare, front_rare, host_rare;

#endif
