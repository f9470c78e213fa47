/*
 * The smallest region of a trace: what --fit leaves out because it must come out alike is run here,
 * one size after the other.
 */
#include "unit.h"

#include "../../replay/fit.h"

enum { OPERATIONS = 400, SLOTS = 48, SEEDS = 12 };

static uint32_t random_below(uint32_t *state, uint32_t n)
{
    *state = *state * 1664525 + 1013904223;
    return (*state >> 8) % n;
}

static void note_live(struct trace *trace, const tsize_t *live)
{
    uint64_t sum = 0;

    for (unsigned i = 0; i < SLOTS; i++)
        sum += live[i];
    if (sum > trace->live_max)
        trace->live_max = sum;
}

/* Slots are filled, resized and emptied at random; sizes differ from seed to seed. */
static void make_trace(struct trace *trace, struct trace_operation *operations, uint32_t seed)
{
    tsize_t live[SLOTS] = {0};
    uint32_t state = seed * 2654435761u;
    const uint32_t most = 24u << random_below(&state, 8);

    *trace = (struct trace){.operations = operations, .count = OPERATIONS, .slots = SLOTS};
    for (unsigned i = 0; i < OPERATIONS; i++) {
        const uint32_t slot = random_below(&state, SLOTS);
        const tsize_t size = 1 + random_below(&state, most);
        struct trace_operation *const op = &operations[i];

        *op = (struct trace_operation){.slot = slot, .size = size, .kind = TRACE_ALLOC};
        if (live[slot] != 0)
            op->kind = random_below(&state, 4) == 0 ? TRACE_REALLOC : TRACE_FREE;
        live[slot] = op->kind == TRACE_FREE ? 0 : size;
        if (size > trace->largest)
            trace->largest = size;
        note_live(trace, live);
    }
}

static bool fits_in(const struct trace *trace, const struct heap_config *config, taddr_t begin,
                    tsize_t size)
{
    const struct heap_region region = {begin, size, 0};
    struct run_result result;
    char why[TEXT_WHY_MAX];

    return run_trace(trace, config, &region, 1, RUN_UNTIL_FAILURE, &result, why) == RUN_DONE &&
           result.failures == 0;
}

static void compare(const struct trace *trace, const struct heap_config *config,
                    struct heap_region region)
{
    struct fit_result fit;
    char why[TEXT_WHY_MAX];

    assert_true(fit_trace(trace, config, region, &fit, why));
    if (!fit.fits) {
        assert_false(fits_in(trace, config, region.begin, region.size));
        return;
    }
    const tsize_t found = fit.irregular ? fit.fails_at + FIT_STEP : fit.smallest;
    assert_true(fits_in(trace, config, region.begin, found));
    assert_true(fits_in(trace, config, region.begin, fit.smallest));
    for (tsize_t i = 1; i <= FIT_STEPS_BELOW && i * FIT_STEP <= found; i++)
        if (found - i * FIT_STEP < fit.smallest)
            assert_false(fits_in(trace, config, region.begin, found - i * FIT_STEP));
}

static void test_every_step_below(void **state)
{
    static struct trace_operation operations[OPERATIONS];
    const struct heap_region region = {0x20000000, 1u << 20, 0};
    struct heap_config config;
    struct trace trace;

    (void)state;
    unit_region(region.begin, region.size);
    diagnose_set_policy(VIOLATION_RETURN);
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        heap_config_standard(&config, heap_allocators[i]);
        const int block_size = heap_option_index(config.ops, "block_size");
        for (uint32_t seed = 1; seed <= SEEDS; seed++) {
            make_trace(&trace, operations, seed);
            if (block_size >= 0)
                config.option[block_size] = trace.largest;
            compare(&trace, &config, region);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_step_below)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
