/*
 * The pages under RT-Thread's slab heap: first fit on a list of free runs in address order.
 *
 *   free run | next run's address, 0 for the last | pages in this run | ... |
 *
 * - The list's head is a word of the heap's control block. Runs never touch: neighbours are merged.
 * - A run gives its low pages; what remains of it keeps its place in the list.
 * - take and give look at each run up to the place concerned. Since the list must rise, a broken
 *   one is noticed and no walk is endless.
 */
#ifndef HEAPSIM_RT_PAGES_H
#define HEAPSIM_RT_PAGES_H

#include "heap.h"

enum { RT_PAGE_BITS = 12, RT_PAGE_SIZE = 1 << RT_PAGE_BITS };

struct rt_pages {
    taddr_t head;  /* address of the word that holds the first run's address */
    taddr_t start; /* first page */
    tsize_t count; /* pages, free or not */
};

/* One run of all pages. */
void rt_pages_init(const struct rt_pages *p);

/* `count` adjoining pages, or 0: none so many together, or count is 0. */
taddr_t rt_pages_take(struct heap *h, const struct rt_pages *p, tsize_t count);

/*
 * Makes pages free that were taken. False after a diagnosis, nothing changed, where a sound heap
 * can't come to: they are not all the heap's, one is free already, or the list was overwritten.
 */
bool rt_pages_give(struct heap *h, const struct rt_pages *p, taddr_t at, tsize_t count);

/* The list, run by run: the first run or 0, whether it may stand there (no lower than `floor`:
 * whole pages of the heap), and then its pages and the next one. */
static inline taddr_t rt_pages_first(const struct rt_pages *p)
{
    return load32(p->head);
}

bool rt_pages_is_run(const struct rt_pages *p, taddr_t run, taddr_t floor);

static inline taddr_t rt_pages_next(taddr_t run)
{
    return load32(run);
}

static inline tsize_t rt_pages_length(taddr_t run)
{
    return load32(run + 4);
}

/* Checks the whole list. */
bool rt_pages_check(const struct rt_pages *p, struct heap_fault *fault);

#endif
