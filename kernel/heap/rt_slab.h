/*
 * RT-Thread slab (RT-Thread 4.1.1 to 5.2.0): zones of equal chunks, 72 size classes, large blocks
 * in pages.
 *
 *   region | control block | .. | memusage | zone | large block | zone | free run | zone | ...
 *                               ^ start: a page boundary; pages of 4 KiB from here on
 *
 *   zone     | magic | nfree | nmax | next | baseptr | uindex | chunksize | zoneindex | freechunk |
 *            | (tail) | .. | chunk | chunk | ... |
 *   memusage | one word a page: type in the low 2 bits, value above |
 *
 * - A zone is zone_size bytes (32 to 128 KiB, by the region's size) and serves one class. Its first
 *   uindex + 1 chunks have been given out at least once; of those, the free ones are a list through
 *   their first words, last in, first out. Chunks above are given out before listed ones.
 * - Zones with free chunks are listed by class, in the control block. A zone that becomes all free
 *   goes to zone_free, from where any class may take it, unless it is the only one listed; of those
 *   two are kept, and the pages of a third go back.
 * - Requests of zone_limit bytes and more get pages of their own.
 * - memusage says what a page belongs to: a zone (type 1, value: its number in the zone), or the
 *   first page of a large block (type 2, value: pages; 0 once freed).
 * - alloc and free look at one zone header and at one chunk; to make or drop a zone, at page runs
 *   too; free of the last live chunk of a zone, at the zones of its class.
 *
 * Upstream trusts all this. Here each word is tested before it is followed, and what follows from
 * the class is not read back from the zone. Upstream keeps nothing that tells a live chunk from a
 * free one either, so free does it thus: the first word of a free chunk is a link, which leads into
 * the zone, or is 0 in the last chunk of the list. Any other chunk is live. One that looks free is
 * searched for in its zone's list, at most the zone's chunks (4,091 of 8 bytes in 32 KiB). To make
 * that rare, and the answer certain,
 *
 * - a chunk's link is cleared when the chunk is given out (upstream leaves the stale link there);
 * - the four bytes between a zone's header and its first chunk, which upstream leaves alone, hold
 *   the list's last chunk;
 * - memusage is cleared at the start (upstream leaves there what the RAM held).
 *
 * A program that does not read what it has not written can't tell the difference.
 */
#ifndef HEAPSIM_RT_SLAB_H
#define HEAPSIM_RT_SLAB_H

#include "heap.h"
#include "rt_common.h"
#include "rt_pages.h"

/* Fields of the control block behind those of struct rt_memory. */
enum {
    CONTROL_START = 20,
    CONTROL_END = 24,
    CONTROL_MEMUSAGE = 28,
    CONTROL_ZONES = 32, /* a word a class: its first zone with free chunks */
    CONTROL_ZONE_FREE = 320,
    CONTROL_ZONE_FREE_COUNT = 324,
    CONTROL_ZONE_SIZE = 328,
    CONTROL_ZONE_LIMIT = 332,
    CONTROL_ZONE_PAGES = 336,
    CONTROL_PAGE_LIST = 340,
    CONTROL_SIZE = 344
};

enum {
    ZONE_MAGIC = 0,
    ZONE_NFREE = 4,
    ZONE_NMAX = 8,
    ZONE_NEXT = 12,
    ZONE_BASE = 16,
    ZONE_UINDEX = 20,
    ZONE_CHUNK = 24,
    ZONE_CLASS = 28,
    ZONE_FREECHUNK = 32,
    ZONE_HEADER = 36,
    ZONE_TAIL = 36, /* in the gap below the first chunk */
    ZONE_FIRST_LEAST = 40
};

#define RT_ZONE_MAGIC  0x51ab51abu
#define RT_ZONE_CACHED 0xffffffffu /* magic of a zone of zone_free */

enum { USAGE_FREE = 0, USAGE_ZONE = 1, USAGE_LARGE = 2, USAGE_TYPES = 3, USAGE_BITS = 2 };

enum {
    RT_SLAB_CLASSES = 72,
    RT_SLAB_CACHED_MAX = 2,
    RT_SLAB_CHUNK_LEAST = 8,
    RT_SLAB_CHUNK_MOST = 16384,
    RT_SLAB_ZONE_MOST = 128 << 10
};

struct slab_class {
    tsize_t chunk; /* bytes */
    tsize_t first; /* offset of the first chunk in a zone */
    tsize_t count; /* chunks in a zone */
    taddr_t list;  /* the word that holds its first zone with free chunks */
};

struct slab {
    taddr_t control;   /* control block, behind its object header */
    taddr_t algorithm; /* its name: a pointer in the control block */
    taddr_t start;     /* first page */
    tsize_t limit;     /* bytes in pages */
    taddr_t memusage;
    tsize_t zone_size, zone_pages, zone_limit;
    tsize_t chunk_requests; /* a request of 1 to so many bytes gets a chunk */
    tsize_t zone_span;      /* a zone starts less than this above `start`; 0: none fits */
    tsize_t raw_pages;      /* given out by rt_slab_page_alloc */
    struct rt_pages pages;
    struct slab_class classes[RT_SLAB_CLASSES];
};

/*
 * rt_page_alloc and rt_page_free: pages for the program itself, not counted in `used`. 0 if there
 * are not so many together, or for none. Free: a misuse unless all of them are such pages.
 */
taddr_t rt_slab_page_alloc(struct heap *h, tsize_t pages, struct heap_call call);
void rt_slab_page_free(struct heap *h, taddr_t at, tsize_t pages, struct heap_call call);

/* --- for the slab's own files --- */

static inline struct slab *slab_of(struct heap *h)
{
    _Static_assert(sizeof(struct slab) <= HEAP_STATE_BYTES, "state fits");
    return (struct slab *)(void *)h->state.bytes;
}

static inline uint32_t slab_field(const struct slab *s, unsigned offset)
{
    return load32(s->control + offset);
}

static inline taddr_t slab_page(const struct slab *s, tsize_t page)
{
    return s->start + (page << RT_PAGE_BITS);
}

static inline uint32_t slab_usage(const struct slab *s, tsize_t page)
{
    return load32(s->memusage + 4 * page);
}

/* Pages of memusage itself: the heap's first. */
static inline tsize_t slab_table_pages(const struct slab *s)
{
    return align_up(4 * s->pages.count, RT_PAGE_SIZE) >> RT_PAGE_BITS;
}

static inline uint32_t usage_word(unsigned type, tsize_t value)
{
    return type | value << USAGE_BITS;
}

/* True if a zone of either kind may stand there: it ends in the heap. */
static inline bool slab_fits_zone(const struct slab *s, taddr_t zone)
{
    return zone - s->start < s->zone_span;
}

/* True if it is a zone in use of that class. */
static inline bool slab_is_zone(const struct slab *s, taddr_t zone, tsize_t class)
{
    return slab_fits_zone(s, zone) && load32(zone + ZONE_MAGIC) == RT_ZONE_MAGIC &&
           load32(zone + ZONE_CLASS) == class;
}

/* True if it is a zone of zone_free. */
static inline bool slab_is_cached(const struct slab *s, taddr_t zone)
{
    return slab_fits_zone(s, zone) && is_aligned(zone, RT_PAGE_SIZE) &&
           slab_usage(s, (zone - s->start) >> RT_PAGE_BITS) == usage_word(USAGE_ZONE, 0) &&
           load32(zone + ZONE_MAGIC) == RT_ZONE_CACHED;
}

/* The index of the zone's chunk that starts there, or c->count. */
static inline tsize_t slab_index(const struct slab_class *c, taddr_t zone, taddr_t chunk)
{
    const tsize_t offset = chunk - zone - c->first;
    const tsize_t index = offset / c->chunk;

    return index < c->count && offset % c->chunk == 0 ? index : c->count;
}

/* heap_ops.check and heap_ops.walk (rt_slab_check.c). */
bool rt_slab_check(struct heap *h, struct heap_fault *fault);
void rt_slab_walk(struct heap *h, heap_visit *visit, void *context);

/* True if all pages of [at, at + pages) are given out by rt_slab_page_alloc. O(pages of the heap).
 */
bool rt_slab_are_raw(const struct slab *s, taddr_t at, tsize_t pages);

#endif
