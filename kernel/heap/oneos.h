/*
 * OneOS heaps: one memheap of several regions, each run by an algorithm of its own.
 *
 *   oneos_heap.c   the heap: regions, control blocks, free and realloc over all of them, figures
 *   oneos_first_fit.c, oneos_buddy.c, oneos_small.c   the algorithms
 *
 * - A region's words that change (figures, lists, headers) lie in target memory, as OneOS keeps
 *   them. What follows from options and place alone is kept here, in struct oneos_region, so that
 *   no operation has to trust a word that a program may have overwritten to stay in the region.
 * - An algorithm only ever sees one region. It returns 0 where it has no room (the heap then tries
 *   the next region) and ONEOS_REFUSED where the call is over.
 */
#ifndef HEAPSIM_ONEOS_H
#define HEAPSIM_ONEOS_H

#include "bits.h"
#include "heap.h"

/*
 * Why a region can't be added: heap_init and add_region return exactly these pointers, beside
 * those for memory that is no RAM of the board.
 */
enum oneos_refusal {
    ONEOS_ENOMEM,           /* OS_ENOMEM: no larger than its control block */
    ONEOS_EINVAL_OVERLAP,   /* OS_EINVAL: it overlaps a region of this or another heap */
    ONEOS_OVERLAP_UNSEEN,   /* OS_EOK, though it overlaps one; refused in safe mode only */
    ONEOS_EINVAL_ALGORITHM, /* OS_EINVAL: the heap has no such algorithm */
    ONEOS_STOP_EMPTY,       /* an assertion: no byte is left once its start is aligned */
    ONEOS_STOP_SMALL        /* an assertion: too small for its algorithm */
};
extern const char *const oneos_refusals[];

/* What an algorithm returns for a call that it diagnosed and refused; never an address. */
enum { ONEOS_REFUSED = 1 };

struct oneos_region;

struct oneos_algorithm {
    const char *lock_name; /* of the semaphore in the region's control block */
    /* Lays out [area, area + size); false, and nothing written, if it is too small. */
    bool (*init)(struct heap *h, struct oneos_region *r, taddr_t area, tsize_t size);
    taddr_t (*alloc)(struct heap *h, const struct oneos_region *r, tsize_t bytes);
    taddr_t (*alloc_aligned)(struct heap *h, const struct oneos_region *r, tsize_t bytes,
                             tsize_t align); /* bytes not 0, align a power of two */
    /* block is not 0. Size 0 frees it and returns 0. */
    taddr_t (*realloc)(struct heap *h, const struct oneos_region *r, taddr_t block, tsize_t bytes);
    void (*free)(struct heap *h, const struct oneos_region *r, taddr_t block);
    /* Whether alloc of 0 bytes would return a block now; NULL: never. */
    bool (*grants_empty)(struct heap *h, const struct oneos_region *r);
    tsize_t (*usable_size)(const struct oneos_region *r, taddr_t block);
    bool (*check)(const struct oneos_region *r, struct heap_fault *fault);
    bool (*walk)(const struct oneos_region *r, heap_visit *visit, void *context); /* false: stop */
};

extern const struct oneos_algorithm oneos_first_fit, oneos_buddy, oneos_small;

struct oneos_region {
    const struct oneos_algorithm *algorithm;
    taddr_t begin;    /* the control block */
    taddr_t end;      /* of what the algorithm writes */
    taddr_t figures;  /* words total, used, maximum of used */
    taddr_t base;     /* the algorithm's own structure: `header` in the control block */
    tsize_t total;    /* mem_total: bytes from base on */
    tsize_t own;      /* of these in use before the first allocation */
    tsize_t header;   /* bytes between a block and its payload */
    tsize_t size_max; /* the largest request whose rounding does not wrap */
    bool v201;        /* OneOS 2.0.1, not 2.1.0 */
    bool traced;      /* used blocks hold their task's address */
    union {
        struct {
            uint32_t units;   /* N: chunk numbers are below; the end marker is chunk N */
            uint32_t first;   /* the first chunk behind the region's own structure */
            uint32_t span;    /* units from there on */
            uint32_t buckets; /* how many lists */
            bool big;         /* header fields of 32 bits, not 16 */
        } chunks;
        struct {
            taddr_t first;     /* block; the last one ends at base + total */
            tsize_t usable;    /* bytes from `first`, lost tail included */
            tsize_t blocks;    /* bytes from `first` that are in blocks */
            tsize_t links;     /* the highest offset of links from the first list on */
            uint32_t largest;  /* log2 of the size of level 0 */
            tsize_t size_most; /* that size */
            uint32_t levels;
        } buddy;
        struct {
            taddr_t base;     /* offset 0 */
            taddr_t lfree;    /* where the address of the lowest free item is kept */
            tsize_t capacity; /* T: largest payload */
            tsize_t end;      /* offset of the end item */
            tsize_t align;
            bool named; /* 1.x memtrace: names instead of addresses */
        } small;
    };
};

enum { ONEOS_TOTAL = 0, ONEOS_USED = 4, ONEOS_USED_MAX = 8 }; /* words at `figures` */

static inline void oneos_add_used(const struct oneos_region *r, tsize_t bytes)
{
    const tsize_t used = load32(r->figures + ONEOS_USED) + bytes;

    store32(r->figures + ONEOS_USED, used);
    if (used > load32(r->figures + ONEOS_USED_MAX))
        store32(r->figures + ONEOS_USED_MAX, used);
}

static inline void oneos_drop_used(const struct oneos_region *r, tsize_t bytes)
{
    store32(r->figures + ONEOS_USED, load32(r->figures + ONEOS_USED) - bytes);
}

/* For check(): the figures against what a walk has found. */
bool oneos_check_figures(const struct oneos_region *r, tsize_t used, struct heap_fault *fault);

/*
 * For the dialect: whether alloc of that size looks into any region at all, so that OneOS takes its
 * lock (not for 0 bytes in first-fit, nor for more than a buddy region's largest block); whether it
 * is OneOS 2.0.1.
 */
bool oneos_searches(const struct heap *h, tsize_t size);
bool oneos_is_v201(const struct heap *h);

/* For realloc of an aligned block, of which OneOS forgets that it is one. */
extern const char oneos_promises_more[], oneos_moves_start[];

#endif
