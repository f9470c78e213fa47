/*
 * A million random operations on each allocator (a tenth with a sanitizer), in its standard form:
 * every answer is compared with a model outside the arena, and every 1,000 operations all contents,
 * the walk, the check and the figures are; at the end everything is freed.
 */
#include "model.h"
#include "unit.h"

#include "../../sim/sanitizers.h"

enum { OPERATIONS = WITH_ASAN || WITH_TSAN ? 100000 : 1000000, WHOLE_EVERY = 1000, SEED = 20 };

static const struct heap_region regions[] = {{0x20000000, 0x40000, 0}, {0x20080004, 0x8000, 0}};

static struct heap heap;

static void set_up(const struct heap_ops *ops)
{
    /* What never coalesces ends as a list of crumbs: a long one would only cost time. */
    const bool crumbles =
        (ops->capabilities & (HEAP_LINEAR_SEARCH | HEAP_COALESCES)) == HEAP_LINEAR_SEARCH;
    const struct heap_region small = {regions[0].begin, 0x4000, 0};
    const int block_size = heap_option_index(ops, "block_size");
    const unsigned count = ops->capabilities & HEAP_HAS_REGIONS ? UNIT_COUNT(regions) : 1;
    struct heap_config config;

    heap_config_standard(&config, ops);
    if (block_size >= 0)
        config.option[block_size] = 200;
    assert_null(
        heap_init(&heap, &config, "test", crumbles ? &small : regions, count, 0, unit_call));
    assert_int_equal(heap_alloc(&heap, 1 << 30, unit_call), 0); /* FreeRTOS lays out by that */
}

static void fail_if(const char *broken, unsigned operation)
{
    if (broken != NULL)
        fail_msg("%s, operation %u: %s", heap.ops->name, operation, broken);
}

static void million(const struct heap_ops *ops)
{
    struct model model;

    set_up(ops);
    const struct model_rules rules = model_rules_of(&heap);
    fail_if(model_begin(&model, &heap, &rules, SEED), 0);
    model.whole_every = WHOLE_EVERY;
    for (unsigned i = 1; i <= OPERATIONS; i++) {
        fail_if(model_step(&model), i);
        if (i % WHOLE_EVERY == 0)
            fail_if(model_verify(&model), i);
    }
    fail_if(model_end(&model), OPERATIONS + 1);
    heap_detach(&heap);
}

static void a_million_operations_on_each(void **state)
{
    char why[ARENA_WHY_MAX];

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    for (unsigned i = 0; i < UNIT_COUNT(regions); i++)
        if (!arena_map(i == 0 ? "ram" : "more", regions[i].begin, regions[i].size, why))
            fail_msg("%s", why);
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        if (heap_allocators[i] != &heap_none)
            million(heap_allocators[i]);
        arena_clear();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_million_operations_on_each)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
