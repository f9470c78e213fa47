/*
 * Rules of FreeRTOS heap_1, heap_2 and heap_3 that stand in no vector, what differs between
 * releases, quirks in both modes; and the heap that is none.
 */
#include "../../kernel/heap/freertos_common.h"
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x1000 };

static struct heap heap;

static void begin_at(const char *spec, bool faithful, taddr_t base, tsize_t size)
{
    assert_null(unit_heap(&heap, spec, faithful, base, size));
    unit_expect();
}

static void begin(const char *spec, bool faithful)
{
    begin_at(spec, faithful, RAM, SIZE);
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

static tsize_t figure(const char *name)
{
    const struct heap_figure *f = heap.ops->figures;

    while (strcmp(f->name, name) != 0)
        f++;
    return f->read(&heap, 0);
}

/* --- set-up of all of them --- */

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t size;
    const char *refusal; /* NULL: there is a heap */
    tsize_t free;        /* before the first call */
    taddr_t first;       /* block of one byte; 0: none */
} set_ups[] = {
    /* heap_1: the array's first byte, aligned up; always one alignment less at the end */
    {"freertos-heap-1", RAM, 0x100, NULL, 0xf8, RAM},
    {"freertos-heap-1", RAM + 1, 0x100, NULL, 0xf8, RAM + 8},
    {"freertos-heap-1:release=10.4.6", RAM, 0x100, NULL, 0xf8, RAM},
    {"freertos-heap-1:release=10.4.5", RAM, 0x100, NULL, 0xf8, RAM + 8},
    {"freertos-heap-1:release=10.4.5", RAM + 1, 0x100, NULL, 0xf8, RAM + 8},
    {"freertos-heap-1:release=9.0.0,align=32", RAM, 0x100, NULL, 0xe0, RAM + 32},
    {"freertos-heap-1:align=1", RAM + 3, 0x100, NULL, 0xff, RAM + 3},
    {"freertos-heap-1:align=1,release=10.3.1", RAM + 3, 0x100, NULL, 0xff, RAM + 4},
    {"freertos-heap-1:align=2", RAM + 3, 0x100, NULL, 0xfe, RAM + 4},
    {"freertos-heap-1", RAM, 9, NULL, 1, 0},
    {"freertos-heap-1", RAM, 8, "hand out memory behind it", 0, 0},
    {"freertos-heap-1:align=32", RAM, 31, "hand out memory behind it", 0, 0},
    /* heap_2: the same start, and a header in front of the block */
    {"freertos-heap-2", RAM, 0x100, NULL, 0xf8, RAM + 8},
    {"freertos-heap-2", RAM + 1, 0x101, NULL, 0xf9, RAM + 16},
    {"freertos-heap-2:release=10.4.5", RAM, 0x100, NULL, 0xf8, RAM + 16},
    {"freertos-heap-2:align=16", RAM, 0x100, NULL, 0xf0, RAM + 16},
    {"freertos-heap-2:align=32", RAM, 0x100, NULL, 0xe0, RAM + 32},
    {"freertos-heap-2:align=4", RAM + 2, 0x100, NULL, 0xfc, RAM + 12},
    {"freertos-heap-2:align=1", RAM + 3, 0x100, NULL, 0xff, RAM + 11},
    {"freertos-heap-2:align=2", RAM + 3, 0x100, NULL, 0xfe, RAM + 12},
    {"freertos-heap-2", RAM, 8, NULL, 0, 0},
    {"freertos-heap-2", RAM, 15, NULL, 7, 0},
    {"freertos-heap-2", RAM, 24, NULL, 16, RAM + 8},
    {"freertos-heap-2", RAM, 7, "too small for heap_2's first block header", 0, 0},
    {"freertos-heap-2", RAM + 1, 14, "too small for heap_2's first block header", 0, 0},
    {"freertos-heap-2:release=10.4.5", RAM, 15, "too small for heap_2's first", 0, 0},
};

static void set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(set_ups); i++) {
        const char *const refusal =
            unit_heap(&heap, set_ups[i].spec, false, set_ups[i].begin, set_ups[i].size);

        if (set_ups[i].refusal != NULL) {
            assert_non_null(refusal);
            assert_non_null(strstr(refusal, set_ups[i].refusal));
            continue;
        }
        assert_null(refusal);
        assert_int_equal(figure("free"), set_ups[i].free);
        if (unit_alloc(&heap, 1) != set_ups[i].first)
            fail_msg("row %u (%s) has its first block elsewhere", i, set_ups[i].spec);
        end();
    }
}

/* --- heap_1 --- */

static void heap_1_counts_up_to_its_limit(void **state)
{
    (void)state;
    begin_at("freertos-heap-1", false, RAM, 0x40);
    assert_int_equal(figure("free"), 0x38);
    assert_int_equal(unit_alloc(&heap, 0x38), 0); /* would make it exactly 0 */
    assert_int_equal(unit_alloc(&heap, 0), 0);
    assert_int_equal(figure("hook"), 2);
    assert_int_equal(heap_largest_free(&heap), 0x30);
    assert_int_equal(unit_alloc(&heap, 0x1f), RAM);
    assert_int_equal(unit_alloc(&heap, 0x10), RAM + 0x20);
    assert_int_equal(figure("free"), 8);
    assert_int_equal(unit_alloc(&heap, 1), 0);
    assert_int_equal(figure("free"), 8);
    assert_int_equal(unit_stats(&heap).used, 0x30);
    unit_not_diagnosed();
    end();
}

static void heap_1_sizes_that_wrap(void **state)
{
    (void)state;
    begin("freertos-heap-1", false);
    for (tsize_t size = 0xfffffff9; size != 0; size++) {
        assert_int_equal(unit_alloc(&heap, size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    }
    assert_int_equal(unit_alloc(&heap, 0xfffffff8), 0);
    unit_not_diagnosed();
    assert_int_equal(figure("hook"), 8);
    end();
}

static void heap_1_takes_nothing_back(void **state)
{
    (void)state;
    begin("freertos-heap-1", false);
    const taddr_t block = unit_alloc(&heap, 100);
    unit_free(&heap, 0);
    unit_not_diagnosed();
    unit_free(&heap, block);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    assert_int_equal(unit_alloc(&heap, 8), block + 104);
    freertos_reset_state(&heap); /* vPortInitialiseBlocks */
    assert_int_equal(figure("free"), SIZE - 8);
    assert_int_equal(unit_alloc(&heap, 8), block);
    assert_int_equal(unit_stats(&heap).used_max, 112);
    const taddr_t cleared = heap_alloc_cleared(&heap, 3, 9, unit_call);
    assert_int_equal(cleared, block + 8);
    assert_int_equal(heap.cost.moved, 27);
    end();
}

/* --- heap_2 --- */

/* A block's header, payload excluded, as the target has it. */
static void header(taddr_t payload, tsize_t front, taddr_t next, uint32_t size)
{
    assert_int_equal(load32(payload - front), next);
    assert_int_equal(load32(payload - front + 4), size);
}

static const struct {
    const char *spec;
    tsize_t request, size; /* whole block */
} block_sizes[] = {
    {"freertos-heap-2", 1, 16},
    {"freertos-heap-2", 8, 16},
    {"freertos-heap-2", 9, 24},
    {"freertos-heap-2:align=4", 1, 12},
    {"freertos-heap-2:align=4", 4, 12},
    {"freertos-heap-2:align=16", 1, 32},
    {"freertos-heap-2:align=32", 1, 64},
    {"freertos-heap-2:align=1", 1, 9},
    {"freertos-heap-2:align=2", 1, 10},
    {"freertos-heap-2:release=10.4.2", 8, 16},
    {"freertos-heap-2:release=10.4.3", 8, 24}, /* an aligned size grows by one alignment more */
    {"freertos-heap-2:release=10.4.3", 7, 16},
    {"freertos-heap-2:release=10.6.2", 8, 24},
    {"freertos-heap-2:release=10.6.2,align=1", 8, 17},
    {"freertos-heap-2:release=11.0.0", 8, 16},
    {"freertos-heap-4:release=10.4.6", 8, 16},
    {"freertos-heap-4:release=10.5.0", 8, 24},
    {"freertos-heap-4:release=10.5.1", 8, 24},
    {"freertos-heap-5:release=10.5.1", 16, 32},
    {"freertos-heap-4:release=10.6.0", 8, 16},
    {"freertos-heap-4:align=1", 3, 11},
    {"freertos-heap-4:align=32", 33, 96},
};

static void sizes_of_blocks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(block_sizes); i++) {
        begin(block_sizes[i].spec, false);
        assert_int_equal(unit_alloc(&heap, 0), 0); /* lays the heap out */
        const tsize_t free = figure("free");
        assert_int_not_equal(unit_alloc(&heap, block_sizes[i].request), 0);
        if (free - figure("free") != block_sizes[i].size)
            fail_msg("row %u (%s): a block of %u bytes", i, block_sizes[i].spec,
                     free - figure("free"));
        end();
    }
}

static void heap_2_marks_blocks(void **state)
{
    (void)state;
    begin("freertos-heap-2", false);
    const taddr_t a = unit_alloc(&heap, 8);
    header(a, 8, 0, 0x80000010);
    unit_free(&heap, a);
    header(a, 8, a + 8, 16); /* the smallest, before the rest of the heap */
    end();
    begin("freertos-heap-2:release=10.4.6,align=16", false);
    const taddr_t b = unit_alloc(&heap, 16);
    assert_int_equal(load32(b - 16 + 4), 48); /* 10.4.6 pads more; no mark, the link not cleared */
    assert_int_not_equal(load32(b - 16), 0);
    end();
}

/* Best fit; of equal sizes the block freed last comes first; nothing merges. */
static void heap_2_order_of_the_list(void **state)
{
    (void)state;
    begin_at("freertos-heap-2", false, RAM, 8 + 4 * 24 + 40);
    taddr_t blocks[4];

    for (unsigned i = 0; i < 4; i++)
        blocks[i] = unit_alloc(&heap, 16);
    assert_int_equal(unit_alloc(&heap, 32), blocks[3] + 24);
    assert_int_equal(figure("free"), 0);
    for (unsigned i = 0; i < 4; i++)
        unit_free(&heap, blocks[i]);
    assert_int_equal(figure("free"), 96);
    assert_int_equal(unit_alloc(&heap, 17), 0); /* 32 bytes: neighbours were not merged */
    assert_int_equal(unit_alloc(&heap, 16), blocks[3]);
    assert_int_equal(unit_alloc(&heap, 1), blocks[2]); /* the whole block: 8 are too few to split */
    assert_int_equal(heap.ops->usable_size(&heap, blocks[2]), 16);
    assert_int_equal(figure("free"), 48);
    end();
}

/* More than two headers left over are split off: the last block's odd size counts too. */
static void heap_2_splits(void **state)
{
    static const struct {
        tsize_t rest, given;
    } rows[] = {{16, 32}, {17, 16}, {24, 16}, {15, 31}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        begin_at("freertos-heap-2", false, RAM, 8 + 16 + rows[i].rest);
        const taddr_t block = unit_alloc(&heap, 8);
        assert_int_equal(heap.ops->usable_size(&heap, block) + 8, rows[i].given);
        unit_check(&heap);
        unit_free(&heap, block);
        assert_int_equal(figure("free"), 16 + rows[i].rest);
        end();
    }
}

/* All of the heap in one block: refused up to V10.4.2, given later. */
static void heap_2_whole_heap(void **state)
{
    (void)state;
    begin("freertos-heap-2:release=10.4.2", false);
    assert_int_equal(unit_alloc(&heap, SIZE - 16), 0);
    assert_int_equal(unit_alloc(&heap, SIZE - 24), RAM + 16);
    assert_int_equal(figure("free"), 0);
    end();
    begin("freertos-heap-2:release=10.4.3", false);
    assert_int_equal(unit_alloc(&heap, SIZE - 17), RAM + 16);
    end();
    begin("freertos-heap-2", false);
    assert_int_equal(unit_alloc(&heap, SIZE - 15), 0);
    assert_int_equal(unit_alloc(&heap, SIZE - 16), RAM + 8);
    unit_not_diagnosed();
    end();
}

/* CVE-2021-32020: up to V10.4.2 the sum of request and header wraps. */
static void heap_2_sizes_that_wrap(void **state)
{
    (void)state;
    for (tsize_t size = 0xfffffff0; size != 0; size++) {
        const bool wraps = size > 0xfffffff8;

        begin("freertos-heap-2", true);
        assert_int_equal(unit_alloc(&heap, size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, size > 0xfffffff0);
        assert_int_equal(figure("hook"), 1);
        end();
        begin("freertos-heap-2:release=10.4.2", false);
        assert_int_equal(unit_alloc(&heap, size), 0);
        assert_int_equal(figure("free"), SIZE - 8);
        assert_int_equal(figure("hook"), 1);
        end();
        begin("freertos-heap-2:release=10.4.2", true);
        const taddr_t block = unit_alloc(&heap, size);
        assert_int_equal(block, wraps ? RAM + 16 : 0);
        assert_int_equal(figure("hook"), !wraps);
        assert_int_equal(figure("free"), SIZE - 8 - (wraps ? 8 : 0));
        if (wraps)
            assert_int_equal(heap.ops->usable_size(&heap, block), 0);
        unit_check(&heap);
        unit_free(&heap, block);
        assert_int_equal(figure("free"), SIZE - 8);
        end();
    }
}

/* A block smaller than its own header would break the list: refused, in every mode. */
static void heap_2_sizes_that_wrap_below_a_header(void **state)
{
    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin("freertos-heap-2:release=10.4.2,align=4", faithful);
        assert_int_equal(unit_alloc(&heap, 0xfffffffa), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, faithful ? 2 : 1);
        assert_int_equal(unit_alloc(&heap, 0xfffffffe), faithful ? RAM + 12 : 0);
        assert_int_equal(heap_alloc_cleared(&heap, 1, 0xfffffffe, unit_call), 0);
        assert_int_equal(figure("free"), SIZE - 4 - (faithful ? 8 : 0));
        end();
    }
}

/* Up to V10.4.6 nothing in a block tells that it is free; upstream's list would lead into itself.
 */
static void heap_2_bad_pointers_without_marks(void **state)
{
    static const char *const specs[] = {"freertos-heap-2:release=10.4.6",
                                        "freertos-heap-2:release=10.3.1,align=4",
                                        "freertos-heap-2:release=9.0.0,align=1"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], true);
        const taddr_t a = unit_alloc(&heap, 24);
        const taddr_t b = unit_alloc(&heap, 24);
        const taddr_t c = unit_alloc(&heap, 24);
        memset(target_pointer(b), 0, 24);
        unit_free(&heap, a);
        unit_not_diagnosed();
        const struct heap_stats before = unit_stats(&heap);

        unit_free(&heap, a);
        unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
        for (unsigned k = 1; k < 24; k++)
            unit_free(&heap, b + k);
        unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 23);
        unit_free(&heap, RAM + SIZE + 8);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        unit_unchanged(&heap, &before);
        unit_free(&heap, c);
        unit_free(&heap, b);
        unit_not_diagnosed();
        assert_int_equal(unit_stats(&heap).used, 0);
        end();
    }
}

static void heap_2_low_water_and_reset(void **state)
{
    (void)state;
    begin("freertos-heap-2", false);
    const taddr_t a = unit_alloc(&heap, 1000);
    unit_free(&heap, a);
    assert_int_equal(unit_stats(&heap).used_max, 1008);
    freertos_reset_state(&heap);
    assert_int_equal(figure("free"), SIZE - 8);
    unit_free(&heap, a);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1); /* not laid out: there are no blocks */
    assert_int_equal(unit_alloc(&heap, 2000), a);
    assert_int_equal(figure("free"), SIZE - 8 - 2008);
    end();
}

/* --- calloc, clearing --- */

static const char *const with_calloc[] = {"freertos-heap-2", "freertos-heap-3", "freertos-heap-4",
                                          "freertos-heap-5"};

static void calloc_clears_the_product_only(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(with_calloc); i++) {
        begin(with_calloc[i], false);
        const taddr_t dirty = unit_alloc(&heap, 32);
        memset(target_pointer(dirty), 0x77, 32);
        unit_free(&heap, dirty);
        const taddr_t block = heap_alloc_cleared(&heap, 3, 7, unit_call);
        assert_int_equal(heap.cost.moved, 21);
        for (unsigned k = 0; k < 21; k++)
            assert_int_equal(*(uint8_t *)target_pointer(block + k), 0);
        unit_free(&heap, block);
        const tsize_t hook = figure("hook");
        assert_int_equal(heap_alloc_cleared(&heap, 0x10000, 0x10000, unit_call), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(figure("hook"), hook); /* upstream returns without the hook */
        assert_int_equal(heap_alloc_cleared(&heap, SIZE, 2, unit_call), 0);
        assert_int_equal(figure("hook"), hook + 1);
        end();
    }
}

static void blocks_cleared_on_free(void **state)
{
    static const char *const specs[] = {"freertos-heap-2:clear_on_free=1",
                                        "freertos-heap-4:clear_on_free=1,align=16",
                                        "freertos-heap-5:clear_on_free=1,heap_protector=1"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], false);
        const taddr_t below = unit_alloc(&heap, 40);
        const taddr_t block = unit_alloc(&heap, 40);
        const taddr_t above = unit_alloc(&heap, 40);
        const tsize_t usable = heap.ops->usable_size(&heap, block);
        memset(target_pointer(below), 0x11, 40);
        memset(target_pointer(block), 0x22, usable);
        memset(target_pointer(above), 0x33, 40);
        unit_free(&heap, block);
        assert_int_equal(heap.cost.moved, usable);
        for (tsize_t k = 0; k < usable; k++)
            assert_int_equal(*(uint8_t *)target_pointer(block + k), 0);
        assert_int_equal(load32(below + 36), 0x11111111);
        assert_int_equal(load32(above), 0x33333333);
        unit_not_diagnosed();
        end();
    }
}

/* --- heap_3 and none --- */

static void heap_3_wraps_the_c_library(void **state)
{
    (void)state;
    begin("freertos-heap-3", false);
    const taddr_t a = unit_alloc(&heap, 100);
    const taddr_t empty = unit_alloc(&heap, 0); /* as most C libraries do */
    assert_true(a != 0 && empty != 0 && a != empty);
    assert_true(is_aligned(a, 8) && is_aligned(empty, 8));
    assert_true(heap_contains(&heap, a, 100));
    assert_in_range(heap.ops->usable_size(&heap, a), 100, 128);
    memset(target_pointer(a), 0x5a, 100);
    unit_check(&heap);
    unit_free(&heap, 0);
    unit_not_diagnosed();
    unit_free(&heap, a + 8);
    unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1);
    unit_free(&heap, RAM + 64);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    unit_free(&heap, a);
    unit_free(&heap, empty);
    unit_not_diagnosed();
    unit_free(&heap, a);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    assert_int_equal(unit_stats(&heap).used, 0);
    assert_int_equal(figure("hook"), 0);
    end();
}

/* The size of the region, which upstream ignores, stands for the C library's. */
static void heap_3_has_an_end(void **state)
{
    taddr_t blocks[64];
    unsigned count = 0;

    (void)state;
    begin("freertos-heap-3", false);
    assert_int_equal(unit_alloc(&heap, SIZE), 0);
    assert_int_equal(unit_alloc(&heap, 0xffffffff), 0);
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    assert_int_equal(figure("hook"), 2);
    while ((blocks[count] = unit_alloc(&heap, 100)) != 0)
        count++;
    assert_in_range(count, SIZE / 128, SIZE / 100);
    assert_int_equal(figure("hook"), 3);
    while (count > 0)
        unit_free(&heap, blocks[--count]);
    assert_in_range(unit_stats(&heap).used_max, SIZE - 128, SIZE);
    assert_int_equal(heap_largest_free(&heap), SIZE - 8);
    assert_int_not_equal(unit_alloc(&heap, SIZE / 2), 0);
    end();
}

static void none_gives_nothing(void **state)
{
    (void)state;
    begin("none", false);
    assert_int_equal(unit_alloc(&heap, 1), 0);
    assert_int_equal(heap_alloc_cleared(&heap, 1, 1, unit_call), 0);
    assert_int_equal(heap_alloc_aligned(&heap, 1, 8, unit_call), 0);
    assert_int_equal(unit_realloc(&heap, 0, 1), 0);
    unit_free(&heap, 0);
    unit_not_diagnosed();
    unit_free(&heap, RAM);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(unit_realloc(&heap, RAM, 1), 0);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(heap_largest_free(&heap), 0);
    assert_int_equal(heap.ops->usable_size(&heap, RAM), 0);
    assert_int_equal(unit_stats(&heap).used, 0);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up),
        cmocka_unit_test(heap_1_counts_up_to_its_limit),
        cmocka_unit_test(heap_1_sizes_that_wrap),
        cmocka_unit_test(heap_1_takes_nothing_back),
        cmocka_unit_test(sizes_of_blocks),
        cmocka_unit_test(heap_2_marks_blocks),
        cmocka_unit_test(heap_2_order_of_the_list),
        cmocka_unit_test(heap_2_splits),
        cmocka_unit_test(heap_2_whole_heap),
        cmocka_unit_test(heap_2_sizes_that_wrap),
        cmocka_unit_test(heap_2_sizes_that_wrap_below_a_header),
        cmocka_unit_test(heap_2_bad_pointers_without_marks),
        cmocka_unit_test(heap_2_low_water_and_reset),
        cmocka_unit_test(calloc_clears_the_product_only),
        cmocka_unit_test(blocks_cleared_on_free),
        cmocka_unit_test(heap_3_wraps_the_c_library),
        cmocka_unit_test(heap_3_has_an_end),
        cmocka_unit_test(none_gives_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
