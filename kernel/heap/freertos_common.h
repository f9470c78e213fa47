/*
 * What the heaps of FreeRTOS share: options, the block header of heap_2, heap_4 and heap_5, the
 * size of a block, pvPortCalloc, and the count of calls of the malloc-failed hook.
 *
 * Release 11.1.0, the standard, stands for the main branch of 2026, which places every block as
 * V11.0.1 to V11.3.0 do; earlier releases differ as the option `release` says.
 */
#ifndef HEAPSIM_FREERTOS_COMMON_H
#define HEAPSIM_FREERTOS_COMMON_H

#include "heap.h"

#define FREERTOS_OPTION_ALIGN                                                                      \
    {                                                                                              \
        "align", "portBYTE_ALIGNMENT", "alignment of blocks and sizes, bytes", HEAP_OPTION_POWER,  \
            1, 32, 8, NULL                                                                         \
    }
#define FREERTOS_OPTION_RELEASE                                                                    \
    {                                                                                              \
        "release", "kernel version", "FreeRTOS release whose placement is followed",               \
            HEAP_OPTION_VERSION, HEAP_VERSION(9, 0, 0), HEAP_VERSION(11, 99, 99),                  \
            HEAP_VERSION(11, 1, 0), NULL                                                           \
    }
#define FREERTOS_OPTION_CLEAR                                                                      \
    {                                                                                              \
        "clear_on_free", "configHEAP_CLEAR_MEMORY_ON_FREE", "fill freed blocks with 0",            \
            HEAP_OPTION_FLAG, 0, 1, 0, NULL                                                        \
    }

enum { FREERTOS_OPTION_ALIGN_INDEX, FREERTOS_OPTION_RELEASE_INDEX, FREERTOS_OPTION_CLEAR_INDEX };

/* A block header; the head of a free list too. Packed, since an odd heap with align 1 is legal. */
struct freertos_header {
    taddr_t next;
    uint32_t size; /* with the header; bit 31: allocated */
} __attribute__((packed));

enum {
    FREERTOS_HEADER = 8
}; /* its bytes; those of a block with padding are freertos_heap.header */

#define FREERTOS_ALLOCATED 0x80000000u

/* The first part of each heap's state. */
struct freertos_heap {
    struct freertos_header head; /* of the free list; a static variable upstream */
    tsize_t free;                /* the "free bytes remaining" counter */
    tsize_t low;                 /* the least it has been; reported by heap_4 and heap_5 only */
    tsize_t hook;                /* calls of the malloc-failed hook */
    tsize_t align;
    tsize_t mask;         /* -align */
    tsize_t low_bits;     /* align - 1 */
    tsize_t header;       /* bytes from a block to its payload */
    tsize_t split_above;  /* more than this left over is split off */
    tsize_t request_most; /* larger ones wrap with header and rounding */
    tsize_t padding;      /* a request's block: request + padding, rounded down to align */
    taddr_t start;        /* of the first block; the lowest */
    taddr_t minus_start;  /* what turns an address into an offset, in one addition */
    tsize_t total;        /* of all blocks */
};

static inline struct freertos_heap *freertos_heap(struct heap *h)
{
    return (struct freertos_heap *)(void *)h->state.bytes;
}

static inline bool freertos_before(const struct heap *h, tsize_t version)
{
    return h->config.option[FREERTOS_OPTION_RELEASE_INDEX] < version;
}

static ALWAYS_INLINE struct freertos_header *freertos_at(taddr_t address)
{
    return target_pointer(address);
}

static ALWAYS_INLINE taddr_t freertos_address(const struct freertos_header *header)
{
    return (taddr_t)(uintptr_t)header;
}

/*
 * Sets what depends on the options. pads_more: a size that is aligned already grows by `align`, as
 * some releases have it. The object of a heap without a control block on the target is its record.
 */
void freertos_init(struct heap *h, bool pads_more);

static inline void freertos_set_start(struct freertos_heap *s, taddr_t start)
{
    s->start = start;
    s->minus_start = 0 - start;
}

/* Where heap_1 and heap_2 begin in their array; up to V10.4.5 never at its first byte. */
static inline taddr_t freertos_array_start(const struct heap *h)
{
    const tsize_t align = h->config.option[FREERTOS_OPTION_ALIGN_INDEX];
    const taddr_t begin = h->regions[0].begin;

    return freertos_before(h, HEAP_VERSION(10, 4, 6)) ? align_down(begin + align, align)
                                                      : align_up(begin, align);
}

static ALWAYS_INLINE bool freertos_is_aligned(const struct freertos_heap *s, uint32_t value)
{
    return (value & s->low_bits) == 0;
}

/* The block size of a request, 0 if it is 0 or wraps. */
static ALWAYS_INLINE tsize_t freertos_block_size(const struct freertos_heap *s, tsize_t request)
{
    if (request - 1 >= s->request_most)
        return 0;
    return (request + s->padding) & s->mask;
}

/* pvPortMalloc fails: counts the hook, names a request that wraps, and returns 0. */
taddr_t freertos_fail(struct heap *h, tsize_t request);

/* pvPortCalloc. */
taddr_t freertos_alloc_cleared(struct heap *h, tsize_t count, tsize_t size);

/*
 * vPortHeapResetState, and vPortInitialiseBlocks of heap_1: forgets all blocks. heap_5 is without
 * regions then, so that it has to be initialised again.
 */
void freertos_reset_state(struct heap *h);
void freertos_heap_1_reset(struct heap *h);
void freertos_heap_2_reset(struct heap *h);
void freertos_heap_4_5_reset(struct heap *h);

/*
 * Figures. The dialect calls vApplicationMallocFailedHook whenever "hook" has risen, after the
 * scheduler runs again.
 */
tsize_t freertos_read_free(struct heap *h, unsigned region);
tsize_t freertos_read_hook(struct heap *h, unsigned region);

#endif
