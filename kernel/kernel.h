/*
 * The kernel's whole mutable state, in one struct, so that it can be reset, saved and looked at.
 */
#ifndef HEAPSIM_KERNEL_H
#define HEAPSIM_KERNEL_H

#include "heap/heap.h"

enum { KERNEL_HEAPS_MAX = 32 };

/* What RT-Thread keeps in static variables beside the kernel's own objects. */
struct rtthread_state {
    void (*malloc_hook)(void **block, unsigned long size);
    void (*free_hook)(void **block);
    void (*realloc_entry_hook)(void **block, unsigned long size);
    void (*realloc_exit_hook)(void **block, unsigned long size);
    void (*assert_hook)(const char *condition, const char *function, unsigned long line);
};

struct kernel {
    struct heap_config heap_config; /* what the system heap is made of: --heap, --quirks */
    struct heap system_heap;        /* live from the dialect's start-up call on */
    bool system_heap_live;
    struct heap
        heaps[KERNEL_HEAPS_MAX]; /* further heaps, whose control blocks lie in their region */
    struct heap *heap_list;      /* live heaps, newest first */
    struct rtthread_state rtthread;
};

extern struct kernel kernel;

/* An unused one of kernel.heaps, or NULL. */
struct heap *kernel_free_heap(void);

#endif
