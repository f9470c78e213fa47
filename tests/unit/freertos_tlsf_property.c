/*
 * TLSF and the heaps of FreeRTOS keep the promises of model.h under random use: a grid of options
 * and lists of odd regions by seeds. A failure names the row and the seed.
 */
#include "model.h"
#include "unit.h"

enum { SEEDS = 6, OPERATIONS = 2000, CONTENTS_EVERY = 64, REGIONS = 4 };

#define TLSF                                                                                       \
    {                                                                                              \
        .align = 4, .least = 12, .zero_size_fails = true, .zero_size_frees = true                  \
    }
#define FREERTOS(A)                                                                                \
    {                                                                                              \
        .align = (A), .least = (A), .exact_fit = true, .zero_size_fails = true                     \
    }
/* Releases that add an alignment to sizes that are aligned already. */
#define PADDED(A)                                                                                  \
    {                                                                                              \
        .align = (A), .least = (A), .zero_size_fails = true                                        \
    }

static const struct {
    const char *spec;
    struct model_rules rules;
    struct heap_region regions[REGIONS]; /* ends with size 0 */
} grid[] = {
    {"tlsf", TLSF, {{0x20000000, 0x4000, 0}}},
    {"tlsf", TLSF, {{0x20000a3c, 0x1fff, 0}}},
    {"tlsf", TLSF, {{0x20000000, 0x1400, 0}, {0x20001400, 0x1000, 0}, {0x10000000, 0x805, 0}}},
    {"freertos-heap-2", FREERTOS(8), {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-2", FREERTOS(8), {{0x20000003, 0x1005, 0}}},
    {"freertos-heap-2:align=1", FREERTOS(1), {{0x20000003, 0x1000, 0}}},
    {"freertos-heap-2:align=2,clear_on_free=1", FREERTOS(2), {{0x20000003, 0xfff, 0}}},
    {"freertos-heap-2:align=4", FREERTOS(4), {{0x20000001, 0xfff, 0}}},
    {"freertos-heap-2:align=16", FREERTOS(16), {{0x20000008, 0x2000, 0}}},
    {"freertos-heap-2:align=32,release=10.6.2", PADDED(32), {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-2:release=10.4.6", PADDED(8), {{0x20000000, 0xc00, 0}}},
    {"freertos-heap-2:release=9.0.0,align=4", FREERTOS(4), {{0x20000002, 0xc00, 0}}},
    {"freertos-heap-3", {.align = 8}, {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-4", FREERTOS(8), {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-4", FREERTOS(8), {{0x20000003, 0x1005, 0}}},
    {"freertos-heap-4:align=1", FREERTOS(1), {{0x20000003, 0x1000, 0}}},
    {"freertos-heap-4:align=2,heap_protector=1", FREERTOS(2), {{0x20000003, 0xfff, 0}}},
    {"freertos-heap-4:align=4,clear_on_free=1", FREERTOS(4), {{0x20000001, 0xfff, 0}}},
    {"freertos-heap-4:align=16", FREERTOS(16), {{0x20000008, 0x2000, 0}}},
    {"freertos-heap-4:align=32,heap_protector=1,canary=0xffffffff",
     FREERTOS(32),
     {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-4:release=10.5.1", PADDED(8), {{0x20000000, 0x1000, 0}}},
    {"freertos-heap-4:release=10.3.0", FREERTOS(8), {{0x20000000, 0x1000, 0}}},
    {"freertos-heap-5", FREERTOS(8), {{0x20000000, 0x2000, 0}}},
    {"freertos-heap-5",
     FREERTOS(8),
     {{0x20000003, 0x805, 0}, {0x20000808, 0x18, 0}, {0x20000905, 0x1001, 0}}},
    {"freertos-heap-5:align=4,heap_protector=1",
     FREERTOS(4),
     {{0x20000002, 0x1001, 0}, {0x20002004, 0x8, 0}, {0x30000000, 0x801, 0}}},
    {"freertos-heap-5:release=10.6.2",
     FREERTOS(8),
     {{0x20000000, 0x400, 0}, {0x20000400, 0x400, 0}, {0x20000800, 0x400, 0}}},
    {"freertos-heap-5:align=16,release=10.5.1,clear_on_free=1",
     PADDED(16),
     {{0x20000008, 0x800, 0}, {0x20004004, 0x800, 0}}},
    {"freertos-heap-5:align=1", FREERTOS(1), {{0x20000005, 0x801, 0}, {0x20001003, 0x403, 0}}},
};

static struct heap heap;

static void fail_if(const char *broken, unsigned row, unsigned seed, unsigned operation)
{
    if (broken != NULL)
        fail_msg("row %u (%s), seed %u, operation %u: %s", row, grid[row].spec, seed, operation,
                 broken);
}

/* The regions of a row are parts of two mapped ones, so that pages are shared and gaps are not RAM.
 */
static void begin(unsigned row, bool faithful)
{
    const struct heap_region *const regions = grid[row].regions;
    struct heap_config config;
    char why[ARENA_WHY_MAX];
    unsigned count = 0;

    diagnose_set_policy(VIOLATION_RETURN);
    arena_unmap_all();
    for (; count < REGIONS && regions[count].size != 0; count++) {
        const char name[] = {'r', (char)('0' + count), '\0'};

        if (!arena_map(name, regions[count].begin, regions[count].size, why))
            fail_msg("%s", why);
    }
    if (!spec_heap(grid[row].spec, &config, why))
        fail_msg("%s", why);
    config.faithful = faithful;
    assert_null(heap_init(&heap, &config, "test", regions, count, 0, unit_call));
    unit_free(&heap, unit_alloc(&heap, 1)); /* heap_2 and heap_4 are laid out by that */
}

static void random_use_keeps_every_promise(void **state)
{
    (void)state;
    for (unsigned row = 0; row < UNIT_COUNT(grid); row++) {
        for (unsigned seed = 1; seed <= SEEDS; seed++) {
            struct model model;

            begin(row, seed % 2 == 0);
            fail_if(model_begin(&model, &heap, &grid[row].rules, seed), row, seed, 0);
            for (unsigned i = 1; i <= OPERATIONS; i++) {
                fail_if(model_step(&model), row, seed, i);
                if (i % CONTENTS_EVERY == 0)
                    fail_if(model_verify(&model), row, seed, i);
            }
            fail_if(model_end(&model), row, seed, OPERATIONS + 1);
            heap_detach(&heap);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_use_keeps_every_promise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
