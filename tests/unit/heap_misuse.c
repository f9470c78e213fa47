/*
 * Pointers that are no live block, handed to free and realloc of every heap: each is named by its
 * kind, once, and changes nothing.
 */
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x2000, OTHER = 0x30000000 };

static const char *const heaps[] = {
    "rt-small-mem",
    "rt-small-mem:align=4",
    "rt-small-mem:memtrace=1",
    "rt-small-mem:align=4,memtrace=1",
    "rt-small-mem:align=32",
    "rt-mempool:block_size=64",
    "rt-mempool:align=4,block_size=60",
    "rt-memheap",
    "rt-memheap:front=1,align=4,memtrace=1",
    "rt-memheap:mode=best,align=32",
    "tlsf",
    "freertos-heap-2",
    "freertos-heap-2:align=4,clear_on_free=1",
    "freertos-heap-2:release=10.4.6",
    "freertos-heap-4",
    "freertos-heap-4:align=16",
    "freertos-heap-4:heap_protector=1",
    "freertos-heap-5:align=4",
};

static struct heap heap;
static uint8_t static_bytes[64];

/* Five live blocks of 60 bytes. */
struct blocks {
    taddr_t at[5];
};

static struct blocks begin(const char *spec, bool faithful)
{
    struct blocks blocks;
    char why[ARENA_WHY_MAX];

    assert_null(unit_heap(&heap, spec, faithful, RAM, SIZE));
    if (!arena_map("other", OTHER, 0x1000, why))
        fail_msg("%s", why);
    for (unsigned i = 0; i < 5; i++) {
        blocks.at[i] = unit_alloc(&heap, 60);
        memset(target_pointer(blocks.at[i]), 0x40 + (int)i, 60);
    }
    unit_expect();
    return blocks;
}

static void still_there(taddr_t block, unsigned i)
{
    for (unsigned k = 0; k < 60; k++)
        assert_int_equal(((uint8_t *)target_pointer(block))[k], 0x40 + i);
}

/* free and, where there is one, realloc to a smaller, the same and a larger size. */
static void refused(taddr_t pointer, enum diagnosis_kind kind)
{
    static const tsize_t sizes[] = {1, 60, 600};
    const struct heap_stats before = unit_stats(&heap);

    unit_free(&heap, pointer);
    unit_diagnosed(kind, 1);
    assert_int_equal(diagnose_last()->address, pointer);
    assert_ptr_equal(diagnose_last()->heap, &heap);
    assert_string_equal(diagnose_last()->call, unit_call.name);
    unit_unchanged(&heap, &before);
    if (!(heap.ops->capabilities & HEAP_CAN_REALLOC))
        return;
    for (unsigned i = 0; i < UNIT_COUNT(sizes); i++) {
        assert_int_equal(unit_realloc(&heap, pointer, sizes[i]), 0);
        unit_diagnosed(kind, 1);
        unit_unchanged(&heap, &before);
    }
}

#define FOR_ALL_HEAPS(spec, faithful)                                                              \
    for (unsigned row_ = 0; row_ < 2 * UNIT_COUNT(heaps); row_++)                                  \
        for (const char *spec = heaps[row_ / 2]; spec != NULL; spec = NULL)                        \
            for (bool faithful = row_ % 2, once_ = true; once_; once_ = false)

static void foreign_pointers(void **state)
{
    static const taddr_t pointers[] = {
        1,
        4,
        8,
        0x1000,
        0x08000000,
        0x1ffffff8,
        RAM - 16,
        RAM + SIZE,
        RAM + SIZE + 64,
        OTHER,
        OTHER + 0x48,
        0x60000000,
        0x7ffffff8,
        0xfffffff8,
        0xffffffff,
    };

    (void)state;
    FOR_ALL_HEAPS(spec, faithful)
    {
        const struct blocks blocks = begin(spec, faithful);

        for (unsigned i = 0; i < UNIT_COUNT(pointers); i++)
            refused(pointers[i], DIAGNOSIS_FOREIGN_POINTER);
        refused((taddr_t)(uintptr_t)&static_bytes[16], DIAGNOSIS_FOREIGN_POINTER);
        refused((taddr_t)(uintptr_t)&heap, DIAGNOSIS_FOREIGN_POINTER);
        for (unsigned i = 0; i < 5; i++)
            still_there(blocks.at[i], i);
        heap_detach(&heap);
    }
}

/* Every byte of a live block but its first. */
static void interior_pointers(void **state)
{
    (void)state;
    FOR_ALL_HEAPS(spec, faithful)
    {
        const struct blocks blocks = begin(spec, faithful);

        for (tsize_t i = 1; i < 60; i++)
            refused(blocks.at[2] + i, DIAGNOSIS_INTERIOR_POINTER);
        refused(blocks.at[2] - 1, DIAGNOSIS_INTERIOR_POINTER); /* into its header */
        refused(blocks.at[2] - 4, DIAGNOSIS_INTERIOR_POINTER);
        for (unsigned i = 0; i < 5; i++)
            still_there(blocks.at[i], i);
        heap_detach(&heap);
    }
}

/* A payload that looks like a header does not make its middle a block. */
static void forged_header_in_a_payload(void **state)
{
    (void)state;
    FOR_ALL_HEAPS(spec, faithful)
    {
        const struct blocks blocks = begin(spec, faithful);
        const taddr_t inside = blocks.at[2] + 32;

        memcpy(target_pointer(blocks.at[2]), target_pointer(blocks.at[2] - 32), 32);
        refused(inside, DIAGNOSIS_INTERIOR_POINTER);
        store32(inside - 4, load32(blocks.at[2] - 4));
        refused(inside, DIAGNOSIS_INTERIOR_POINTER);
        heap_detach(&heap);
    }
}

/* In each order of freeing three neighbours, so that headers are absorbed forwards and backwards.
 */
static void freed_twice(void **state)
{
    static const unsigned orders[][3] = {{1, 2, 3}, {1, 3, 2}, {2, 1, 3},
                                         {2, 3, 1}, {3, 1, 2}, {3, 2, 1}};

    (void)state;
    FOR_ALL_HEAPS(spec, faithful)
    for (unsigned order = 0; order < UNIT_COUNT(orders); order++) {
        const struct blocks blocks = begin(spec, faithful);

        for (unsigned i = 0; i < 3; i++) {
            unit_free(&heap, blocks.at[orders[order][i]]);
            for (unsigned k = 0; k <= i; k++)
                refused(blocks.at[orders[order][k]], DIAGNOSIS_DOUBLE_FREE);
        }
        still_there(blocks.at[0], 0);
        still_there(blocks.at[4], 4);
        heap_detach(&heap);
    }
}

/* The whole heap free again, and a block whose memory belongs to a larger one by now. */
static void freed_and_given_out_again(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) { /* the rows of small-mem */
        const struct blocks blocks = begin(heaps[i], false);

        for (unsigned k = 0; k < 5; k++)
            unit_free(&heap, blocks.at[k]);
        refused(blocks.at[3], DIAGNOSIS_DOUBLE_FREE);
        assert_int_equal(unit_alloc(&heap, 0x1000), blocks.at[0]);
        unit_expect();
        refused(blocks.at[3], DIAGNOSIS_INTERIOR_POINTER);
        heap_detach(&heap);
    }
}

/* The heap's own words are no blocks: control block, first header, end item. */
static void pointers_to_the_heaps_own_memory(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5; i++) {
        const struct blocks blocks = begin(heaps[i], false);

        refused(RAM, DIAGNOSIS_FOREIGN_POINTER);
        refused(RAM + 40, DIAGNOSIS_FOREIGN_POINTER);
        refused(blocks.at[0] - 1, DIAGNOSIS_INTERIOR_POINTER);
        refused(RAM + SIZE - 4, DIAGNOSIS_FOREIGN_POINTER);
        refused(RAM + SIZE, DIAGNOSIS_FOREIGN_POINTER);
        heap_detach(&heap);
    }
}

static void null_is_no_misuse(void **state)
{
    (void)state;
    FOR_ALL_HEAPS(spec, faithful)
    {
        begin(spec, faithful);
        const struct heap_stats before = unit_stats(&heap);

        unit_free(&heap, 0);
        heap_free_aligned(&heap, 0, unit_call);
        unit_not_diagnosed();
        unit_unchanged(&heap, &before);
        heap_detach(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(foreign_pointers),
        cmocka_unit_test(interior_pointers),
        cmocka_unit_test(forged_header_in_a_payload),
        cmocka_unit_test(freed_twice),
        cmocka_unit_test(freed_and_given_out_again),
        cmocka_unit_test(pointers_to_the_heaps_own_memory),
        cmocka_unit_test(null_is_no_misuse),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
