#include "access.h"

#include "../kernel/assert.h"
#include "../kernel/port.h"
#include "asan_story.h"
#include "ledger.h"
#include "sanitizers.h"
#include "sparse.h"

/* 32-bit processes have the board's memory in the lower half (arena.c). */
#define REACH (sizeof(void *) > 4 ? (uint64_t)1 << 32 : (uint64_t)1 << 31)

enum { PAGE_SHIFT = 12, PAGE = 1 << PAGE_SHIFT, PAGE_BITS = PAGE / 8, EXTENTS = 24 };

/* Pages that had something to look at: what a reset clears. */
struct extent {
    uint32_t first, last;
};

struct access_map *access_map;

static struct access_map *made; /* not in use before access_start() is through */
static struct extents {
    unsigned count;
    struct extent at[EXTENTS];
} * extents;

static void note_extent(uint32_t first, uint32_t last)
{
    for (unsigned i = 0; i < extents->count; i++) {
        struct extent *const e = &extents->at[i];

        if (first <= e->last + 64 && e->first <= last + 64) {
            e->first = first < e->first ? first : e->first;
            e->last = last > e->last ? last : e->last;
            return;
        }
    }
    if (extents->count < EXTENTS) {
        extents->at[extents->count++] = (struct extent){first, last};
        return;
    }
    struct extent *const e = &extents->at[EXTENTS - 1]; /* one for all that remains */
    e->first = first < e->first ? first : e->first;
    e->last = last > e->last ? last : e->last;
}

/* Bits of [from, to), within one page. */
static void mark_bits(uint32_t from, uint32_t to, bool forbidden)
{
    uint8_t *const bits = made->bits;

    for (; from < to && (from & 7) != 0; from++)
        bits[from >> 3] = (uint8_t)(forbidden ? bits[from >> 3] | 1 << (from & 7)
                                              : bits[from >> 3] & ~(1 << (from & 7)));
    if (to - from >= 8)
        memset(&bits[from >> 3], forbidden ? 0xff : 0, (to - from) >> 3);
    for (from += (to - from) & ~7u; from < to; from++)
        bits[from >> 3] = (uint8_t)(forbidden ? bits[from >> 3] | 1 << (from & 7)
                                              : bits[from >> 3] & ~(1 << (from & 7)));
}

static void mark_in_page(uint32_t page, uint32_t from, uint32_t to, bool forbidden)
{
    const uint8_t whole = forbidden ? ACCESS_NEVER : ACCESS_FREELY;
    uint8_t *const state = &made->pages[page];

    if (to - from == PAGE || *state == whole) {
        *state = whole;
        return;
    }
    if (*state != ACCESS_MIXED) {
        memset(&made->bits[(size_t)page * PAGE_BITS], *state == ACCESS_NEVER ? 0xff : 0, PAGE_BITS);
        *state = ACCESS_MIXED;
    }
    mark_bits(from, to, forbidden);
}

static void mark(taddr_t begin, tsize_t size, bool forbidden)
{
    uint64_t from = begin;
    const uint64_t to = (uint64_t)begin + size;

    if (to > REACH)
        return;
    while (from < to) {
        const uint32_t page = (uint32_t)(from >> PAGE_SHIFT);
        const uint64_t next = ((uint64_t)page + 1) << PAGE_SHIFT;
        const uint64_t stop = next < to ? next : to;

        mark_in_page(page, (uint32_t)from, (uint32_t)(stop - 1) + 1, forbidden);
        from = stop;
    }
}

static void taken(const struct ledger_block *block)
{
    mark(block->address, block->size, false);
}

static void freed(const struct ledger_block *block)
{
    mark(block->address, block->size, true);
}

static void opened(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    if (size == 0)
        return;
    note_extent(begin >> PAGE_SHIFT, (begin + (size - 1)) >> PAGE_SHIFT);
    mark(begin, size, true);
}

/* What it lies in may be touched again: a block of another heap, or static data. */
static void closed(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    mark(begin, size, false);
}

static const struct ledger_watcher watcher = {
    .taken = taken, .freed = freed, .opened = opened, .closed = closed};

/* The first pages are never there: a null pointer, or a member of a struct at one. */
static void forbid_null(void)
{
    made->pages[0] = ACCESS_NEVER;
}

bool access_start(void)
{
    KERNEL_ASSERT(ledger_on);
    made = sparse_memory(sizeof *made + (size_t)(REACH / 8) + 8);
    extents = sparse_memory(sizeof *extents);
    if (made == NULL || extents == NULL)
        return false;
    forbid_null();
    ledger_watch(&watcher);
    access_map = made;
    port_touches_watched = true;
    return true;
}

void access_reset(void)
{
    for (unsigned i = 0; i < extents->count; i++) {
        const struct extent *const e = &extents->at[i];

        memset(&made->pages[e->first], ACCESS_FREELY, e->last - e->first + 1);
    }
    extents->count = 0;
    forbid_null();
}

/*
 * --- looking ---
 *
 * Without a lock: the bits of bytes that the caller may touch change only when he frees them; those
 * beside them in a word may, meanwhile.
 */

/* Where the first byte is that may not be touched, in one page with such bytes; else `end`. */
UNCHECKED_BY_TSAN static uint64_t first_forbidden(uint64_t at, uint64_t end)
{
    for (; at < end; at++)
        if ((access_map->bits[at >> 3] >> (at & 7) & 1) != 0)
            break;
    return at;
}

/* True if there is any, in one page: 64 bytes at a time. */
UNCHECKED_BY_TSAN static inline bool any_forbidden(uint64_t at, uint64_t end)
{
    const uint64_t *const words = (const uint64_t *)(const void *)access_map->bits;
    const uint64_t last = (end - 1) >> 6;
    const uint64_t head = ~(uint64_t)0 << (at & 63);
    const uint64_t tail = ~(uint64_t)0 >> (63 - ((end - 1) & 63));
    uint64_t word = at >> 6;

    if (word == last)
        return (words[word] & head & tail) != 0;
    uint64_t found = (words[word] & head) | (words[last] & tail);
    while (++word < last)
        found |= words[word];
    return found != 0;
}

UNCHECKED_BY_TSAN static inline bool is_allowed(uintptr_t address, size_t size, taddr_t *bad)
{
    const uint64_t end = (uint64_t)address + size;
    uint64_t at = address;

    if (access_map == NULL || end > REACH || end < at)
        return true;
    while (at < end) {
        const uint8_t state = access_map->pages[at >> PAGE_SHIFT];
        const uint64_t next = ((at >> PAGE_SHIFT) + 1) << PAGE_SHIFT;
        const uint64_t stop = next < end ? next : end;

        if (state == ACCESS_NEVER || (state == ACCESS_MIXED && any_forbidden(at, stop))) {
            *bad = (taddr_t)(state == ACCESS_NEVER ? at : first_forbidden(at, stop));
            return false;
        }
        at = stop;
    }
    return true;
}

UNCHECKED_BY_TSAN bool access_allowed(uintptr_t address, size_t size, taddr_t *bad)
{
    return is_allowed(address, size, bad);
}

void access_look_closer(uintptr_t address, size_t size, bool writes, const void *site,
                        const void *frame)
{
    taddr_t bad;

    if (!is_allowed(address, size, &bad) &&
        !asan_story_begins(bad, address, size, writes, site, frame))
        access_report(bad, address, size, writes, site, frame);
}
