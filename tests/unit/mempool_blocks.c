/* The blocks of an RT-Thread memory pool: stride, count, order and words, to the byte. */
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x1000 };

static struct heap heap;

/* --- how many blocks a region holds --- */

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t size, stride, blocks;
} counts[] = {
    {"rt-mempool:block_size=80", RAM, 840, 84, 10},
    {"rt-mempool:block_size=80", RAM, 847, 84, 10},
    {"rt-mempool:block_size=80", RAM, 839, 84, 9}, /* rounded down to 832 first */
    {"rt-mempool:block_size=80", RAM, 84, 84, 0},  /* one stride, rounded down to 80 */
    {"rt-mempool:block_size=80", RAM, 87, 84, 0},
    {"rt-mempool:block_size=80", RAM, 88, 84, 1},
    {"rt-mempool:block_size=80,align=4", RAM, 84, 84, 1},
    {"rt-mempool:block_size=80,align=4", RAM, 83, 84, 0},
    {"rt-mempool:block_size=77", RAM, 840, 84, 10}, /* rounded up to 80 */
    {"rt-mempool:block_size=77,align=4", RAM, 840, 84, 10},
    {"rt-mempool:block_size=76,align=4", RAM, 840, 80, 10},
    {"rt-mempool:block_size=73,align=4", RAM, 840, 80, 10},
    {"rt-mempool:block_size=72,align=4", RAM, 840, 76, 11},
    {"rt-mempool:block_size=1", RAM + 1, 48, 12, 4}, /* the start is not aligned */
    {"rt-mempool:block_size=1", RAM + 3, 47, 12, 3},
    {"rt-mempool:block_size=1,align=32", RAM, 96, 36, 2},
    {"rt-mempool:block_size=9,align=16", RAM, 95, 20, 4}, /* 80 */
};

static void count_and_places(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(counts); i++) {
        unit_region(RAM, SIZE);
        memset(target_pointer(RAM), 0xa5, SIZE);
        unit_expect();
        assert_null(unit_heap_in(&heap, counts[i].spec, false, counts[i].begin, counts[i].size));
        unit_diagnosed(DIAGNOSIS_BAD_REGION, counts[i].blocks == 0);
        assert_int_equal(heap.ops->figures[0].read(&heap, 0), counts[i].blocks);
        assert_int_equal(unit_stats(&heap).total, counts[i].blocks * counts[i].stride);
        for (tsize_t k = 0; k < counts[i].blocks; k++) {
            const taddr_t word = counts[i].begin + k * counts[i].stride;

            assert_int_equal(load32(word), k + 1 < counts[i].blocks ? word + counts[i].stride : 0);
            assert_int_equal(unit_alloc(&heap, 0), word + 4);
            assert_int_equal(load32(word), heap.object);
            unit_check(&heap);
        }
        assert_int_equal(unit_alloc(&heap, 0), 0);
        for (taddr_t at = counts[i].begin + counts[i].blocks * counts[i].stride; at < RAM + SIZE;
             at++)
            assert_int_equal(*(uint8_t *)target_pointer(at), 0xa5);
        unit_not_diagnosed();
        heap_detach(&heap);
    }
}

static void block_sizes_that_wrap(void **state)
{
    (void)state;
    assert_non_null(unit_heap(&heap, "rt-mempool:block_size=0xffffffff", false, RAM, SIZE));
    assert_non_null(unit_heap(&heap, "rt-mempool:block_size=0xfffffff9", false, RAM, SIZE));
    assert_non_null(unit_heap(&heap, "rt-mempool:block_size=0xfffffffc,align=4", false, RAM, SIZE));
    /* does not wrap, and holds none */
    assert_null(unit_heap(&heap, "rt-mempool:block_size=0xfffffff8", false, RAM, SIZE));
    assert_int_equal(unit_alloc(&heap, 0), 0);
    heap_detach(&heap);
}

/* --- order --- */

static void last_in_first_out(void **state)
{
    taddr_t block[4];

    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool:block_size=60,align=4", false, RAM, 4 * 64));
    unit_expect();
    for (unsigned i = 0; i < 4; i++)
        block[i] = unit_alloc(&heap, 60);
    unit_free(&heap, block[1]);
    assert_int_equal(load32(block[1] - 4), 0); /* the only one */
    unit_free(&heap, block[3]);
    assert_int_equal(load32(block[3] - 4), block[1] - 4); /* the word, not the user part */
    unit_free(&heap, block[0]);
    assert_int_equal(unit_alloc(&heap, 60), block[0]);
    assert_int_equal(unit_alloc(&heap, 60), block[3]);
    unit_free(&heap, block[2]);
    assert_int_equal(unit_alloc(&heap, 60), block[2]);
    assert_int_equal(unit_alloc(&heap, 60), block[1]);
    assert_int_equal(unit_alloc(&heap, 60), 0);
    unit_not_diagnosed();
    unit_check(&heap);
    heap_detach(&heap);
}

static void figures(void **state)
{
    taddr_t block;

    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool:block_size=60,align=4", false, RAM, 4 * 64));
    assert_string_equal(heap.ops->figures[0].name, "free");
    block = unit_alloc(&heap, 60);
    (void)unit_alloc(&heap, 60);
    unit_free(&heap, block);
    assert_int_equal(heap.ops->figures[0].read(&heap, 0), 3);
    assert_int_equal(unit_stats(&heap).used, 64);
    assert_int_equal(unit_stats(&heap).used_max, 128);
    assert_int_equal(unit_stats(&heap).total, 256);
    assert_int_equal(heap_largest_free(&heap), 60);
    assert_int_equal(heap.ops->usable_size(&heap, block), 60);
    heap_detach(&heap);
}

/* The block size as rounded up is what a request may have. */
static void requests_larger_than_a_block(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool:block_size=57", false, RAM, SIZE));
    const struct heap_stats before = unit_stats(&heap);
    const tsize_t refused[] = {65, 1000, 0x80000000, 0xffffffff};

    for (unsigned i = 0; i < UNIT_COUNT(refused); i++) {
        assert_int_equal(unit_alloc(&heap, refused[i]), 0);
        assert_int_equal(heap_alloc_cleared(&heap, refused[i], 1, unit_call), 0);
        unit_unchanged(&heap, &before);
    }
    assert_int_equal(heap_alloc_cleared(&heap, 0x10000, 0x10000, unit_call), 0); /* no wrap to 0 */
    assert_int_equal(heap_alloc_cleared(&heap, 3, 0x55555558, unit_call), 0);
    unit_unchanged(&heap, &before);
    assert_int_equal(unit_alloc(&heap, 64), RAM + 4);
    heap_detach(&heap);
}

static void cleared_blocks(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool:block_size=60,align=4", false, RAM, 4 * 64));
    const taddr_t block = unit_alloc(&heap, 60);
    const uint8_t *const bytes = target_pointer(block);

    memset(target_pointer(block), 0xee, 60);
    unit_free(&heap, block);
    assert_int_equal(heap_alloc_cleared(&heap, 4, 5, unit_call), block);
    for (unsigned i = 0; i < 60; i++)
        assert_int_equal(bytes[i], i < 20 ? 0 : 0xee);
    assert_int_equal(heap.cost.moved, 20);
    heap_detach(&heap);
}

/* The pool's object is the caller's; its address stands in each block that is given out. */
static void object_of_the_caller(void **state)
{
    const struct heap_region region = {RAM, SIZE, 0};
    struct heap_config config;

    (void)state;
    unit_region(RAM, SIZE);
    heap_config_standard(&config, &heap_rt_mempool);
    assert_null(heap_init(&heap, &config, "pool", &region, 1, 0x20000ff0, unit_call));
    assert_int_equal(heap.object, 0x20000ff0);
    assert_int_equal(load32(unit_alloc(&heap, 1) - 4), 0x20000ff0);
    assert_ptr_equal(heap_by_object(0x20000ff0), &heap);
    heap_detach(&heap);
    assert_null(heap_by_object(0x20000ff0));
}

static void one_step_an_operation(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool", false, RAM, SIZE));
    for (unsigned i = 0; i < 20; i++) {
        const taddr_t block = unit_alloc(&heap, 1);

        assert_int_equal(heap.cost.steps, 1);
        if (i % 3 == 0)
            unit_free(&heap, block);
        assert_int_equal(heap.cost.steps, 1);
    }
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_and_places),
        cmocka_unit_test(block_sizes_that_wrap),
        cmocka_unit_test(last_in_first_out),
        cmocka_unit_test(figures),
        cmocka_unit_test(requests_larger_than_a_block),
        cmocka_unit_test(cleared_blocks),
        cmocka_unit_test(object_of_the_caller),
        cmocka_unit_test(one_step_an_operation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
