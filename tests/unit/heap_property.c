/*
 * Every heap keeps the promises of model.h under random use: a grid of allocators, options and odd
 * regions by seeds. A failure names the row and the seed; both are in the table below.
 */
#include "model.h"
#include "unit.h"

enum { SEEDS = 20, OPERATIONS = 3000, CONTENTS_EVERY = 64, NEXT_REGION = 0x10000 };

/* The rules of RT-Thread's small-mem: alignment A, everything that fits is served. */
#define SMALL_MEM(A)                                                                               \
    {                                                                                              \
        .align = (A), .least = (12 + (A)-1) / (A) * (A), .exact_fit = true,                        \
        .zero_size_fails = true, .zero_size_frees = true                                           \
    }

/* memheap's header H is lost in each free block; its last fit fails, so none is demanded. */
#define MEMHEAP(A, LEAST, H)                                                                       \
    {                                                                                              \
        .align = (A), .least = (LEAST), .free_overhead = (H), .zero_size_frees = true              \
    }

/* Chunks of slab are aligned to 8 at every alignment that is asked for. */
#define SLAB                                                                                       \
    {                                                                                              \
        .align = 8, .least = 8, .zero_size_fails = true, .zero_size_frees = true                   \
    }

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t size;
    struct model_rules rules;
    unsigned regions; /* more of that size, NEXT_REGION apart */
    unsigned seeds;   /* fewer than SEEDS, for heaps of many blocks; or 0 */
} grid[] = {
    {"rt-small-mem", 0x20000000, 0x4000, SMALL_MEM(8), 0, 0},
    {"rt-small-mem:front=1", 0x20000003, 0x2005, SMALL_MEM(8), 0, 0},
    {"rt-small-mem:name_max=12", 0x20000ff9, 0x1003, SMALL_MEM(8), 0, 0},
    {"rt-small-mem:align=4", 0x20000001, 0x3fff, SMALL_MEM(4), 0, 0},
    {"rt-small-mem:align=4,memtrace=1", 0x20000000, 0x4000, SMALL_MEM(4), 0, 0},
    {"rt-small-mem:memtrace=1,name_max=15", 0x2000ff00, 0x2000, SMALL_MEM(8), 0, 0},
    {"rt-small-mem:align=16", 0x20000000, 0x8000, SMALL_MEM(16), 0, 0},
    {"rt-small-mem:align=32,memtrace=1", 0x20000007, 0x8000, SMALL_MEM(32), 0, 0},
    {"rt-small-mem", 0x20000000, 0x400, SMALL_MEM(8), 0, 0},
    {"rt-memheap", 0x20000000, 0x4000, MEMHEAP(8, 16, 24), 0, 8},
    {"rt-memheap:front=1", 0x20000003, 0x2005, MEMHEAP(8, 16, 24), 0, 8},
    {"rt-memheap:align=4", 0x20000004, 0x3ff9, MEMHEAP(4, 12, 24), 0, 8},
    {"rt-memheap:align=4,memtrace=1", 0x20000000, 0x4000, MEMHEAP(4, 12, 28), 0, 8},
    {"rt-memheap:memtrace=1", 0x20000000, 0x400, MEMHEAP(8, 16, 32), 0, 8},
    {"rt-memheap:mode=best", 0x20000000, 0x4000, MEMHEAP(8, 16, 24), 0, 8},
    {"rt-memheap:mode=best,align=32", 0x20000000, 0x8000, MEMHEAP(32, 32, 32), 0, 8},
    {"rt-memheap:release=4.1.1", 0x20000000, 0x4000, MEMHEAP(4, 12, 24), 0, 8},
    {"rt-memheap", 0x20000004, 0x2003, MEMHEAP(4, 16, 24), 0, 8},
    {"rt-memheap:front=1", 0x20000000, 0x1000, MEMHEAP(8, 16, 24), 3, 8},
    {"rt-memheap:mode=best,name_max=64", 0x20000004, 0x802, MEMHEAP(4, 16, 24), 7, 8},
    {"rt-slab", 0x20000123, 0x2a000, SLAB, 0, 3},
    {"rt-slab:front=1,align=4,name_max=12", 0x20000ff9, 0x1a003, SLAB, 0, 3},
    {"rt-mempool:block_size=80", 0x20000000, 0x1000, {.align = 4, .exact_fit = true}, 0, 0},
    {"rt-mempool:align=4,block_size=9", 0x20000004, 0x3f5, {.align = 4, .exact_fit = true}, 0, 0},
    {"rt-mempool:block_size=1", 0x20000003, 0x101, {.align = 1, .exact_fit = true}, 0, 0},
};

static struct heap heap;

static void fail_if(const char *broken, unsigned row, unsigned seed, unsigned operation)
{
    if (broken != NULL)
        fail_msg("row %u (%s), seed %u, operation %u: %s", row, grid[row].spec, seed, operation,
                 broken);
}

static void add_region(unsigned row, unsigned index)
{
    const struct heap_region region = {grid[row].begin + index * NEXT_REGION, grid[row].size, 0};
    char name[] = "ram0";
    char why[ARENA_WHY_MAX];

    name[3] = (char)('0' + index);
    if (!arena_map(name, region.begin, region.size, why))
        fail_msg("%s", why);
    assert_null(heap_add_region(&heap, &region, unit_call));
}

/* Every other pair of seeds stops at each step, which some allocators have code of its own for. */
static void set_up(unsigned row, unsigned seed)
{
    assert_null(unit_heap(&heap, grid[row].spec, seed % 2, grid[row].begin, grid[row].size));
    for (unsigned i = 1; i <= grid[row].regions; i++)
        add_region(row, i);
    heap.config.points = seed % 4 >= 2;
}

static void run(unsigned row, unsigned seed)
{
    struct model model;

    set_up(row, seed);
    fail_if(model_begin(&model, &heap, &grid[row].rules, seed), row, seed, 0);
    for (unsigned i = 1; i <= OPERATIONS; i++) {
        fail_if(model_step(&model), row, seed, i);
        if (i % CONTENTS_EVERY == 0)
            fail_if(model_verify(&model), row, seed, i);
    }
    fail_if(model_end(&model), row, seed, OPERATIONS + 1);
    heap_detach(&heap);
}

static void random_use_keeps_every_promise(void **state)
{
    (void)state;
    for (unsigned row = 0; row < UNIT_COUNT(grid); row++)
        for (unsigned seed = 1; seed <= (grid[row].seeds != 0 ? grid[row].seeds : SEEDS); seed++)
            run(row, seed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_keeps_every_promise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
