/* What the slab tests share: a heap at RAM with a page of memusage, and its memory read by hand. */
#ifndef HEAPSIM_TESTS_SLAB_UNIT_H
#define HEAPSIM_TESTS_SLAB_UNIT_H

#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x100000, PAGE = 4096, ZONE = 32 << 10 };

static struct heap heap;

static inline void begin_in(const char *spec, bool faithful, taddr_t base, tsize_t size)
{
    assert_null(unit_heap(&heap, spec, faithful, base, size));
    unit_expect();
}

static inline void begin(bool faithful)
{
    begin_in("rt-slab", faithful, RAM, SIZE);
}

static inline taddr_t take(tsize_t size)
{
    return unit_alloc(&heap, size);
}

static inline taddr_t resize(taddr_t block, tsize_t size)
{
    return unit_realloc(&heap, block, size);
}

static inline void give(taddr_t block)
{
    unit_free(&heap, block);
}

static inline tsize_t used(void)
{
    return unit_stats(&heap).used;
}

static inline void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

/* Takes `count` full zones of chunks of 8192, three each. */
static inline void take_zones(taddr_t chunks[][3], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < 3; k++)
            chunks[i][k] = take(8191);
}

static inline void give_zone(const taddr_t chunks[3])
{
    for (unsigned k = 0; k < 3; k++)
        give(chunks[k]);
}

static inline unsigned cached(void)
{
    return load32(RAM + 344);
}

static inline uint32_t memusage(taddr_t at)
{
    return load32(RAM + PAGE + (at - RAM - PAGE) / PAGE * 4);
}

#endif
