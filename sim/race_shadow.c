/*
 * Principle. Each granule of 8 bytes has four cells, each an access: by whom, at which of its
 * clocks, to which bytes, and how. A new access is compared with all four.
 *
 *   directory, by page of 4 KiB --> page: granules --> 4 cells of 16 bytes
 *
 * A cell goes when a later access that it is ordered before stands for it: to the same bytes or
 * more, and conflicting with whatever it would conflict with. So bytes that are properly guarded
 * need one cell or two. When four are too few (many readers at once), one is given up, and a race
 * with it may be missed.
 *
 * Pages come on demand and are kept for the next run when everything is forgotten.
 */
#include "race_shadow.h"

#include <string.h>

#include "races.h"

enum {
    CELLS = 4,
    GRANULE = 8,
    PAGE_SHIFT = 12,
    PAGE_GRANULES = (1 << PAGE_SHIFT) / GRANULE,
    PAGES_AT_ONCE = 32
};

struct page {
    struct race_cell cells[PAGE_GRANULES][CELLS];
};

struct shadow {
    struct page *directory[1u << (32 - PAGE_SHIFT)];
    uint32_t touched[1u << (32 - PAGE_SHIFT)]; /* which of it are not NULL */
    uint32_t touched_count;
    struct page *spare[1u << (32 - PAGE_SHIFT)]; /* not in use, and not cleared */
    uint32_t spare_count;
    struct page *fresh;
    uint32_t fresh_count;
};

static struct shadow *shadow;

bool race_shadow_start(void)
{
    shadow = sparse_memory(sizeof *shadow);
    return shadow != NULL;
}

void race_shadow_reset(void)
{
    for (uint32_t i = 0; i < shadow->touched_count; i++) {
        struct page **const entry = &shadow->directory[shadow->touched[i]];

        shadow->spare[shadow->spare_count++] = *entry;
        *entry = NULL;
    }
    shadow->touched_count = 0;
}

bool race_shadow_is_used(void)
{
    return shadow->touched_count > 0;
}

static struct page *new_page(void)
{
    if (shadow->spare_count > 0)
        return memset(shadow->spare[--shadow->spare_count], 0, sizeof(struct page));
    if (shadow->fresh_count == 0) {
        shadow->fresh = sparse_memory(PAGES_AT_ONCE * sizeof *shadow->fresh);
        shadow->fresh_count = shadow->fresh != NULL ? PAGES_AT_ONCE : 0;
    }
    return shadow->fresh_count > 0 ? &shadow->fresh[--shadow->fresh_count] : NULL;
}

/* NULL: no memory. */
static __attribute__((noinline)) struct page *make_page(uint32_t index)
{
    struct page *const page = new_page();

    if (page != NULL) {
        shadow->directory[index] = page;
        shadow->touched[shadow->touched_count++] = index;
    }
    return page;
}

/* --- comparing --- */

static bool conflict(uint64_t a, uint64_t b)
{
    const unsigned whole = ACCESS_VOLATILE | ACCESS_ATOMIC;

    if ((race_cell_bytes(a) & race_cell_bytes(b)) == 0 || (a & b & ACCESS_READ) != 0)
        return false;
    if ((a & b & ACCESS_ATOMIC) != 0)
        return false;
    /* One side only looks at a word that is read and written in one go. */
    return !((a & whole) != 0 && (b & whole) != 0 && ((a | b) & ACCESS_READ) != 0);
}

/* True if whatever would conflict with `old` would conflict with `fresh`, too. */
static inline bool stands_for(uint64_t fresh, uint64_t old)
{
    return (old & ~fresh & 0xff00) == 0 && (fresh & ~old & 0xff) == 0;
}

static __attribute__((noinline)) void examine(struct race_context *self, uint32_t granule,
                                              struct race_cell *cells, const struct race_cell *now)
{
    struct race_cell *room = NULL;
    struct race_cell *past = NULL;

    for (unsigned i = CELLS; i-- > 0;) { /* the first free one is filled */
        struct race_cell *const cell = &cells[i];
        const uint64_t old = cell->word;

        if (old == 0) {
            room = cell;
            continue;
        }
        const bool ordered = race_cell_clock(old) <= self->seen.at[race_cell_context(old)];
        if (!ordered && conflict(old, now->word))
            race_found(granule, cell, now);
        if (stands_for(now->word, old)) {
            if (ordered || conflict(old, now->word)) { /* told once */
                cell->word = 0;
                room = cell;
            }
        } else if (ordered) {
            past = cell;
        }
    }
    if (room == NULL)
        room = past != NULL ? past : &cells[race_cell_clock(now->word) % CELLS];
    *room = *now;
}

static inline void access_granule(struct race_context *self, struct page *page, uint32_t granule,
                                  const struct race_cell *now)
{
    struct race_cell *const cells = page->cells[granule / GRANULE % PAGE_GRANULES];

    for (unsigned i = 0; i < CELLS; i++)
        if (((cells[i].word ^ now->word) >> 16) == 0 && stands_for(cells[i].word, now->word))
            return; /* the same since it last released something */
    examine(self, granule, cells, now);
}

/* Whole granules of one page, most of which were accessed in the same way before. */
static void access_run(struct race_context *self, struct page *page, uint32_t address,
                       uint32_t granules, const struct race_cell *now)
{
    struct race_cell(*const cells)[CELLS] = &page->cells[address / GRANULE % PAGE_GRANULES];

    for (uint32_t i = 0; i < granules; i++)
        if (cells[i][0].word != now->word)
            access_granule(self, page, address + i * GRANULE, now);
}

void race_shadow_access(struct race_context *self, uint32_t address, uint32_t size, unsigned kind,
                        const void *site)
{
    struct race_cell now = {.site = (uint32_t)(uintptr_t)site, .call = self->call};

    while (size > 0) {
        const uint32_t at = address % GRANULE;
        const uint32_t in_page = (1u << PAGE_SHIFT) - address % (1u << PAGE_SHIFT);
        uint32_t count = size < GRANULE - at ? size : GRANULE - at;
        struct page *page = shadow->directory[address >> PAGE_SHIFT];

        if (page == NULL && (page = make_page(address >> PAGE_SHIFT)) == NULL)
            return;
        now.word = self->epoch | (uint64_t)(((1u << count) - 1) << at) << 8 | kind;
        if (count < GRANULE || size < 2 * GRANULE) {
            access_granule(self, page, address - at, &now);
        } else {
            count = (size < in_page ? size : in_page) / GRANULE * GRANULE;
            access_run(self, page, address, count / GRANULE, &now);
        }
        address += count;
        size -= count;
    }
}

/* --- forgetting --- */

static void forget_bytes(struct race_cell *cells, unsigned bytes)
{
    for (unsigned i = 0; i < CELLS; i++) {
        cells[i].word &= ~((uint64_t)bytes << 8);
        if (race_cell_bytes(cells[i].word) == 0)
            cells[i].word = 0;
    }
}

void race_shadow_forget(uint32_t address, uint32_t size)
{
    while (size > 0) {
        const uint32_t in_page = (1u << PAGE_SHIFT) - address % (1u << PAGE_SHIFT);
        const uint32_t at = address % GRANULE;
        struct page *const page = shadow->directory[address >> PAGE_SHIFT];
        struct race_cell(*const cells)[CELLS] =
            page != NULL ? &page->cells[address / GRANULE % PAGE_GRANULES] : NULL;
        uint32_t count = size < in_page ? size : in_page;

        if (at != 0 || count < GRANULE) {
            count = count < GRANULE - at ? count : GRANULE - at;
            if (cells != NULL)
                forget_bytes(*cells, ((1u << count) - 1) << at);
        } else {
            count -= count % GRANULE;
            if (cells != NULL)
                memset(cells, 0, count / GRANULE * sizeof *cells);
        }
        address += count;
        size -= count;
    }
}
