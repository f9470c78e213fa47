/* What the tests of the OneOS heaps share: heaps of several regions, and questions to blocks. */
#ifndef HEAPSIM_TESTS_ONEOS_UNIT_H
#define HEAPSIM_TESTS_ONEOS_UNIT_H

#include "../../kernel/heap/oneos.h"
#include "unit.h"

#define ROWS(table) (sizeof(table) / sizeof(table)[0])

enum { RAM = 0x20000000, RAM_SIZE = 0x100000 };
enum { FIRST_FIT, BUDDY, SMALL }; /* regions of oneos-mixed */

static const bool both_modes[] = {false, true};

static inline struct heap_config oneos_config(const char *spec, bool faithful)
{
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    diagnose_set_policy(VIOLATION_RETURN);
    if (!spec_heap(spec, &config, why))
        fail_msg("%s", why);
    config.faithful = faithful;
    return config;
}

/* A heap in memory that is mapped already. */
static inline const char *oneos_heap_in(struct heap *h, const char *spec, bool faithful,
                                        const struct heap_region *regions, unsigned count)
{
    const struct heap_config config = oneos_config(spec, faithful);

    return heap_init(h, &config, "test", regions, count, 0, unit_call);
}

/* A heap in RAM that is mapped, and cleared, anew. */
static inline const char *oneos_heap(struct heap *h, const char *spec, bool faithful,
                                     const struct heap_region *regions, unsigned count)
{
    unit_region(RAM, RAM_SIZE);
    kernel.heap_list = NULL; /* also what a failed test has left */
    return oneos_heap_in(h, spec, faithful, regions, count);
}

/* Of one region at the start of RAM. */
static inline void oneos_heap_of(struct heap *h, const char *spec, bool faithful, tsize_t size)
{
    const struct heap_region region = {RAM, size, 0};
    const char *const refusal = oneos_heap(h, spec, faithful, &region, 1);

    if (refusal != NULL)
        fail_msg("%s: %s", spec, refusal);
}

static inline tsize_t figure(struct heap *h, const char *name)
{
    const struct heap_figure *f = h->ops->figures;

    while (strcmp(f->name, name) != 0)
        f++;
    return f->read(h, 0);
}

/* How many diagnoses of any kind there were. */
static inline unsigned diagnoses(void)
{
    return diagnose_count(DIAGNOSIS_KINDS);
}

struct block_search {
    taddr_t address;
    struct heap_block block;
    bool found;
    unsigned free_blocks, used_blocks;
    tsize_t used_bytes;
};

static inline bool block_search_visit(void *context, const struct heap_block *block)
{
    struct block_search *const search = context;

    search->free_blocks += !block->used;
    search->used_blocks += block->used;
    search->used_bytes += block->used ? block->size : 0;
    if (search->address - block->header < block->size) {
        search->block = *block;
        search->found = true;
    }
    return true;
}

/* Walks the heap: counts, and finds the block around an address. */
static inline struct block_search survey(struct heap *h, taddr_t address)
{
    struct block_search search = {.address = address};

    h->ops->walk(h, block_search_visit, &search);
    return search;
}

static inline taddr_t take(struct heap *h, tsize_t size)
{
    const taddr_t block = heap_alloc(h, size, unit_call);

    assert_int_not_equal(block, 0);
    return block;
}

static inline void give(struct heap *h, taddr_t block)
{
    const unsigned before = diagnoses();

    heap_free(h, block, unit_call);
    assert_int_equal(diagnoses(), before);
}

/* The call just made was refused, with one diagnosis of the kind. */
#define assert_diagnosed(before, expected_kind)                                                    \
    do {                                                                                           \
        assert_int_equal(diagnoses(), (before) + 1);                                               \
        assert_int_equal(diagnose_last()->kind, expected_kind);                                    \
    } while (0)

/* A free and a realloc of a pointer that is no live block: named so, and nothing happens. */
static inline void assert_refused(struct heap *h, taddr_t pointer, enum diagnosis_kind kind)
{
    const tsize_t used = figure(h, "used");
    const tsize_t most = figure(h, "max");
    const unsigned before = diagnoses();

    heap_free(h, pointer, unit_call);
    assert_diagnosed(before, kind);
    assert_int_equal(heap_realloc(h, pointer, 24, unit_call), 0);
    assert_diagnosed(before + 1, kind);
    assert_int_equal(heap_realloc(h, pointer, 0, unit_call), 0);
    assert_diagnosed(before + 2, kind);
    assert_int_equal(figure(h, "used"), used);
    assert_int_equal(figure(h, "max"), most);
    unit_check(h);
}

#endif
