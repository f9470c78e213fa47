/*
 * Every heap keeps the promises of model.h under random use: a grid of allocators, options and odd
 * regions by seeds. A failure names the row and the seed; both are in the table below.
 */
#include "model.h"
#include "unit.h"

enum { SEEDS = 20, OPERATIONS = 3000, CONTENTS_EVERY = 64 };

/* The rules of RT-Thread's small-mem: alignment A, everything that fits is served. */
#define SMALL_MEM(A)                                                                               \
    {                                                                                              \
        .align = (A), .least = (12 + (A)-1) / (A) * (A), .exact_fit = true,                        \
        .zero_size_fails = true, .zero_size_frees = true                                           \
    }

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t size;
    struct model_rules rules;
} grid[] = {
    {"rt-small-mem", 0x20000000, 0x4000, SMALL_MEM(8)},
    {"rt-small-mem:front=1", 0x20000003, 0x2005, SMALL_MEM(8)},
    {"rt-small-mem:name_max=12", 0x20000ff9, 0x1003, SMALL_MEM(8)},
    {"rt-small-mem:align=4", 0x20000001, 0x3fff, SMALL_MEM(4)},
    {"rt-small-mem:align=4,memtrace=1", 0x20000000, 0x4000, SMALL_MEM(4)},
    {"rt-small-mem:memtrace=1,name_max=15", 0x2000ff00, 0x2000, SMALL_MEM(8)},
    {"rt-small-mem:align=16", 0x20000000, 0x8000, SMALL_MEM(16)},
    {"rt-small-mem:align=32,memtrace=1", 0x20000007, 0x8000, SMALL_MEM(32)},
    {"rt-small-mem", 0x20000000, 0x400, SMALL_MEM(8)},
    {"rt-mempool:block_size=80", 0x20000000, 0x1000, {.align = 4, .exact_fit = true}},
    {"rt-mempool:align=4,block_size=9", 0x20000004, 0x3f5, {.align = 4, .exact_fit = true}},
    {"rt-mempool:block_size=1", 0x20000003, 0x101, {.align = 1, .exact_fit = true}},
};

static struct heap heap;

static void fail_if(const char *broken, unsigned row, unsigned seed, unsigned operation)
{
    if (broken != NULL)
        fail_msg("row %u (%s), seed %u, operation %u: %s", row, grid[row].spec, seed, operation,
                 broken);
}

static void run(unsigned row, unsigned seed, bool faithful)
{
    struct model model;

    assert_null(unit_heap(&heap, grid[row].spec, faithful, grid[row].begin, grid[row].size));
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
        for (unsigned seed = 1; seed <= SEEDS; seed++)
            run(row, seed, seed % 2 == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_keeps_every_promise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
