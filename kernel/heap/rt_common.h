/*
 * What RT-Thread's small-mem, slab and memheap share: options, the object header in front of their
 * control blocks, and the calls that RT-Thread builds on top of any of them (rt_calloc,
 * rt_malloc_align, rt_free_align). RT-Thread 5.2.0.
 */
#ifndef HEAPSIM_RT_COMMON_H
#define HEAPSIM_RT_COMMON_H

#include "heap.h"

#define RT_OPTION_ALIGN                                                                            \
    {                                                                                              \
        "align", "RT_ALIGN_SIZE", "alignment of blocks and sizes, bytes", HEAP_OPTION_POWER, 4,    \
            32, 8, NULL                                                                            \
    }
#define RT_OPTION_NAME_MAX                                                                         \
    {                                                                                              \
        "name_max", "RT_NAME_MAX", "longest object name; moves blocks behind a control block",     \
            HEAP_OPTION_NUMBER, 2, 64, 8, NULL                                                     \
    }
#define RT_OPTION_MEMTRACE                                                                         \
    {                                                                                              \
        "memtrace", "RT_USING_MEMTRACE", "store the owner's name in each header",                  \
            HEAP_OPTION_FLAG, 0, 1, 0, NULL                                                        \
    }
#define RT_OPTION_FRONT                                                                            \
    {                                                                                              \
        "front", "rt_system_heap_init", "1: set up as the system heap (ends aligned first)",       \
            HEAP_OPTION_FLAG, 0, 1, 0, NULL                                                        \
    }

enum { RT_OPTION_ALIGN_INDEX = 0 }; /* `align` is the first option of each of them */

enum { RT_OBJECT_CLASS_MEMORY = 0x0c, RT_OBJECT_STATIC = 0x80 };
enum { RT_OBJECT_SIZE_MAX = 76 }; /* with the longest name that the option allows, 64 */

/* Fields of struct rt_memory, from the end of its object header; slab and small-mem add theirs. */
enum {
    CONTROL_ALGORITHM = 0,
    CONTROL_ADDRESS = 4,
    CONTROL_TOTAL = 8,
    CONTROL_USED = 12,
    CONTROL_MAX = 16
};

/* Size of struct rt_object on the target: name, type, flag, padding, list node. */
tsize_t rt_object_size(tsize_t name_max);

/* Writes an object header; its list node is left linked to itself. */
void rt_object_write(taddr_t at, tsize_t name_max, const char *name, uint32_t type);

/* True if it still is as written; for check(). */
bool rt_object_check(taddr_t at, tsize_t name_max, const char *name, uint32_t type,
                     struct heap_fault *fault);

/*
 * The region an RT-Thread heap is set up over: as given, or with both ends aligned inwards where
 * the heap is the system heap.
 */
struct heap_region rt_heap_extent(const struct heap *h, tsize_t align, bool front);

/* rt_calloc: the product is taken modulo 2^32. heap_ops.alloc_cleared. */
taddr_t rt_alloc_cleared(struct heap *h, tsize_t count, tsize_t size);

/*
 * Where rt_malloc_align puts its result in a raw block: at the next multiple of align, one word
 * behind raw at least. Upstream's arithmetic, also for an `align` that is no power of two.
 */
taddr_t rt_aligned_above(taddr_t raw, tsize_t align);

/* rt_malloc_align and rt_free_align: the raw block's address stands in the word before the result.
 */
taddr_t rt_alloc_aligned(struct heap *h, tsize_t size, tsize_t align);
void rt_free_aligned(struct heap *h, taddr_t block);

/* rt_small_mem.c: true if the header in front of `block` is that of a live block of this heap. */
bool rt_small_mem_owns(struct heap *h, taddr_t block);

#endif
