/*
 * How much smaller a heap could have been: in a region that is smaller by just that, the same
 * operations get the same blocks; where that is known to the byte, in one that is smaller by an
 * alignment more not all of them.
 */
#include "../../sim/saving.h"
#include "unit.h"

enum { BASE = 0x20000000, SIZE = 1 << 15, OPERATIONS = 400, LIVE = 24, SEEDS = 40 };

static struct heap heap;
static uint32_t random_state;

static uint32_t draw(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

struct outcome {
    taddr_t blocks[OPERATIONS]; /* what each operation returned */
    taddr_t highest;
};

static void reach_up_to(struct outcome *outcome, taddr_t block)
{
    const taddr_t end = block + heap.ops->usable_size(&heap, block);

    if (end > outcome->highest)
        outcome->highest = end;
}

/* Where there is no room the block stays. */
static void resize(taddr_t *at, tsize_t size)
{
    const taddr_t moved = unit_realloc(&heap, *at, size);

    if (moved != 0)
        *at = moved;
}

static void give_back(taddr_t *at)
{
    unit_free(&heap, *at);
    *at = 0;
}

/* What it does depends on the seed alone, and not on what the heap answers. */
static void operate(struct outcome *outcome, uint32_t seed)
{
    static taddr_t live[LIVE];
    const bool resizes = (heap.ops->capabilities & HEAP_CAN_REALLOC) != 0;
    const bool frees = (heap.ops->capabilities & HEAP_CAN_FREE) != 0;

    random_state = seed;
    memset(live, 0, sizeof live);
    memset(outcome, 0, sizeof *outcome);
    for (unsigned i = 0; i < OPERATIONS; i++) {
        taddr_t *const at = &live[draw(LIVE)];
        const tsize_t size = 1 + draw(draw(4) == 0 ? 600 : 80);
        const uint32_t what = draw(4);

        if (*at == 0 || !frees)
            *at = unit_alloc(&heap, size);
        else if (what == 0 && resizes)
            resize(at, size);
        else
            give_back(at);
        outcome->blocks[i] = *at;
        if (*at != 0)
            reach_up_to(outcome, *at);
    }
}

static bool run(const char *spec, tsize_t size, uint32_t seed, struct outcome *outcome)
{
    if (unit_heap(&heap, spec, true, BASE, size) != NULL)
        return false;
    operate(outcome, seed);
    return true;
}

static const struct {
    const char *spec;
    tsize_t tight; /* the alignment, if not one less would do; or 0 */
} exact[] = {
    {"rt-small-mem", 0},
    {"rt-small-mem:align=4,name_max=16", 0},
    {"rt-small-mem:memtrace=1", 0},
    {"freertos-heap-1", 8},
    {"freertos-heap-4", 8},
    {"freertos-heap-4:align=16", 16},
    {"freertos-heap-5", 8},
    {"oneos-small", 0},
    {"oneos-small:align=8,memtrace=1", 0},
    {"oneos-small-lite", 0},
};

static void same_blocks_in_what_is_left(void **state)
{
    static struct outcome whole, fitted, too_small;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(exact); i++) {
        unsigned needed = 0;

        for (uint32_t seed = 1; seed <= SEEDS; seed++) {
            tsize_t bytes = 0;

            assert_true(run(exact[i].spec, SIZE, seed, &whole));
            assert_true(saving_is_exact(&heap, whole.highest, &bytes));
            heap_detach(&heap);
            assert_true(bytes > 0);
            assert_true(run(exact[i].spec, SIZE - bytes, seed, &fitted));
            heap_detach(&heap);
            if (memcmp(whole.blocks, fitted.blocks, sizeof whole.blocks) != 0)
                fail_msg("%s, seed %u: other blocks in %u bytes", exact[i].spec, seed,
                         SIZE - bytes);
            if (exact[i].tight != 0 &&
                run(exact[i].spec, SIZE - bytes - exact[i].tight, seed, &too_small)) {
                heap_detach(&heap);
                needed += memcmp(whole.blocks, too_small.blocks, sizeof whole.blocks) != 0;
            }
        }
        if (exact[i].tight != 0 && needed != SEEDS)
            fail_msg("%s: in %u of %u runs an alignment less would do, too", exact[i].spec,
                     SEEDS - needed, SEEDS);
    }
}

static void elsewhere_it_is_not_known(void **state)
{
    static const char *const others[] = {"rt-slab",         "rt-memheap",      "tlsf",
                                         "freertos-heap-2", "oneos-first-fit", "oneos-buddy"};
    tsize_t bytes;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(others); i++) {
        assert_null(unit_heap(&heap, others[i], true, BASE, SIZE * 4));
        const taddr_t block = unit_alloc(&heap, 40);
        assert_int_not_equal(block, 0);
        assert_false(saving_is_exact(&heap, block + 40, &bytes));
        heap_detach(&heap);
    }
}

static void nothing_was_taken(void **state)
{
    tsize_t bytes;

    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", true, BASE, SIZE));
    assert_false(saving_is_exact(&heap, 0, &bytes));
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_blocks_in_what_is_left),
        cmocka_unit_test(elsewhere_it_is_not_known),
        cmocka_unit_test(nothing_was_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
