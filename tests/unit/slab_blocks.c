/*
 * RT-Thread slab: realloc, pointers that are no blocks, memory that was used before, and pages for
 * the program itself; in safe and faithful mode, which differ nowhere.
 */
#include "../../kernel/heap/rt_slab.h"
#include "slab_unit.h"

/* --- realloc --- */

static void realloc_of_a_chunk(void **state)
{
    (void)state;
    begin(false);
    const taddr_t a = take(100);
    memset(target_pointer(a), 0x5a, 104);
    assert_int_equal(resize(a, 97), a);
    assert_int_equal(resize(a, 104), a);
    const taddr_t b = resize(a, 96); /* a smaller class: moved */
    assert_int_equal(b, RAM + 2 * PAGE + ZONE + 40);
    const taddr_t c = resize(b, 300);
    assert_int_equal(heap.cost.moved, 96);
    for (unsigned i = 0; i < 96; i++)
        assert_int_equal(((uint8_t *)target_pointer(c))[i], 0x5a);
    assert_int_equal(used(), 320);
    assert_int_equal(resize(c, 0), 0);
    assert_int_equal(used(), 0);
    assert_int_equal(resize(0, 320), c + 320); /* not given out yet */
    unit_not_diagnosed();
    end();
}

/* Quirk 11: a rounded size that reaches zone_limit gets pages; alloc of the same size a chunk. */
static void realloc_rounds_first(void **state)
{
    static const struct {
        tsize_t size, pages; /* 0: a chunk */
    } rows[] = {{7680, 0},  {7681, 2},  {8191, 2},  {8192, 2},  {8193, 3}, {12288, 3},
                {12289, 4}, {16383, 4}, {16384, 4}, {16385, 5}, {20000, 5}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        begin(false);
        const taddr_t a = resize(take(100), rows[i].size);

        assert_int_equal(used(), rows[i].pages == 0 ? 7680 : rows[i].pages * PAGE);
        assert_int_equal(memusage(a) & 3, rows[i].pages == 0 ? 1 : 2);
        end();
    }
    begin(false);
    const taddr_t chunk = take(8191);
    assert_int_equal(resize(chunk, 7681), chunk);
    assert_int_equal(resize(chunk, 8192), chunk);
    assert_int_not_equal(resize(chunk, 7680), chunk);
    end();
}

/* From 16384 bytes on the size is not rounded: equal to the largest chunk it stays, else moves. */
static void realloc_of_the_largest_chunk(void **state)
{
    (void)state;
    begin_in("rt-slab", false, RAM, 80 << 20);
    const taddr_t a = take(16383);
    assert_int_equal(heap.ops->usable_size(&heap, a), 16384);
    assert_int_equal(resize(a, 16384), a);
    assert_int_equal(resize(a, 15361), a);
    const taddr_t b = resize(a, 16385);
    assert_int_equal(memusage(b) & 3, 2);
    assert_int_equal(used(), 5 * PAGE);
    end();
}

/* Quirk 12: a large block moves even to its own size, so it may fail for want of a second one. */
static void realloc_of_a_large_block(void **state)
{
    (void)state;
    begin_in("rt-slab", false, RAM, 40 * PAGE);
    const taddr_t a = take(12 * PAGE);
    memset(target_pointer(a), 0x5a, 12 * PAGE);
    const taddr_t b = resize(a, 12 * PAGE);
    assert_int_equal(b, a + 12 * PAGE);
    const taddr_t c = resize(b, 5 * PAGE);
    assert_int_equal(c, a);
    for (unsigned i = 0; i < 5 * PAGE; i++)
        assert_int_equal(((uint8_t *)target_pointer(c))[i], 0x5a);
    assert_int_equal(heap.cost.moved, 5 * PAGE);
    const taddr_t d = resize(c, 30 * PAGE);
    assert_int_equal(heap.cost.moved, 5 * PAGE);
    assert_int_equal(d, a + 5 * PAGE);
    const struct heap_stats before = unit_stats(&heap);
    assert_int_equal(resize(d, 30 * PAGE), 0);
    unit_unchanged(&heap, &before);
    assert_int_equal(resize(d, 10), 0); /* no zone to be had */
    give(d);
    unit_not_diagnosed();
    end();
}

/* --- misuse --- */

static void pointers_that_are_no_blocks(void **state)
{
    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin(faithful);
        const taddr_t a = take(64);
        const taddr_t large = take(3 * PAGE);

        unit_refused(&heap, 1, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, RAM + 52, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, RAM + PAGE + 4, DIAGNOSIS_FOREIGN_POINTER); /* memusage */
        unit_refused(&heap, RAM + SIZE, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, a - 64, DIAGNOSIS_FOREIGN_POINTER); /* the zone's header */
        for (tsize_t i = 1; i < 64; i++)
            unit_refused(&heap, a + i, DIAGNOSIS_INTERIOR_POINTER);
        unit_refused(&heap, a + 64, DIAGNOSIS_DOUBLE_FREE); /* never given out */
        unit_refused(&heap, large + 8, DIAGNOSIS_INTERIOR_POINTER);
        unit_refused(&heap, large + PAGE, DIAGNOSIS_INTERIOR_POINTER);
        unit_refused(&heap, large + 3 * PAGE, DIAGNOSIS_DOUBLE_FREE); /* a free run */
        give(a);
        unit_refused(&heap, a, DIAGNOSIS_DOUBLE_FREE);
        give(large);
        unit_refused(&heap, large, DIAGNOSIS_DOUBLE_FREE);
        unit_refused(&heap, large + PAGE, DIAGNOSIS_DOUBLE_FREE);
        end();
    }
}

/* Whatever a program writes into its blocks, a chunk is told from a free one: also by those that
 * link their blocks through the first word, as the zone links its free chunks.
 */
static void freed_twice(void **state)
{
    enum { CHUNKS = 40 };

    (void)state;
    for (unsigned contents = 0; contents < 4; contents++) {
        taddr_t chunks[CHUNKS];

        begin(contents % 2);
        for (unsigned i = 0; i < CHUNKS; i++)
            chunks[i] = take(40);
        for (unsigned i = 0; i < CHUNKS; i++)
            store32(chunks[i], contents == 0   ? 0
                               : contents == 1 ? chunks[(i + 1) % CHUNKS]
                               : contents == 2 ? chunks[i]
                                               : 0xa5a5a5a5);
        for (unsigned i = 0; i < CHUNKS; i++) {
            const unsigned pick = i * 7 % CHUNKS;

            give(chunks[pick]);
            unit_not_diagnosed();
            unit_refused(&heap, chunks[pick], DIAGNOSIS_DOUBLE_FREE);
            unit_refused(&heap, chunks[0], DIAGNOSIS_DOUBLE_FREE); /* by now the last of the list */
        }
        for (unsigned i = 0; i < CHUNKS; i++)
            unit_refused(&heap, chunks[i], DIAGNOSIS_DOUBLE_FREE);
        end();
    }
}

/* A chunk whose zone is cached or has gone back to the pages. */
static void freed_with_its_zone(void **state)
{
    taddr_t chunks[4][3];

    (void)state;
    begin(false);
    take_zones(chunks, 4);
    for (unsigned i = 0; i < 4; i++)
        give_zone(chunks[i]);
    for (unsigned i = 0; i < 4; i++)
        unit_refused(&heap, chunks[i][1], DIAGNOSIS_DOUBLE_FREE);
    const taddr_t large = take(ZONE);
    assert_int_equal(large, chunks[3][0] - 8192);
    unit_expect();
    unit_refused(&heap, chunks[3][1], DIAGNOSIS_INTERIOR_POINTER);
    end();
}

/* Quirk 14: what the RAM held, even a heap of the run before, makes no block and moves none. */
static void ram_that_was_used_before(void **state)
{
    (void)state;
    begin(false);
    const taddr_t a = take(100);
    const taddr_t large = take(3 * PAGE);
    heap_detach(&heap);
    assert_null(unit_heap_in(&heap, "rt-slab", true, RAM, SIZE));
    unit_expect();
    unit_refused(&heap, a, DIAGNOSIS_DOUBLE_FREE);
    unit_refused(&heap, large, DIAGNOSIS_DOUBLE_FREE);
    assert_int_equal(take(100), a);
    assert_int_equal(take(3 * PAGE), large);
    end();
    memset(target_pointer(RAM), 0xa5, SIZE);
    assert_null(unit_heap_in(&heap, "rt-slab", false, RAM, SIZE));
    unit_expect();
    assert_int_equal(take(100), a);
    assert_int_equal(take(3 * PAGE), large);
    unit_refused(&heap, large + PAGE, DIAGNOSIS_INTERIOR_POINTER);
    end();
}

/* --- pages for the program --- */

static void pages_for_the_program(void **state)
{
    (void)state;
    begin(false);
    assert_int_equal(rt_slab_page_alloc(&heap, 0, unit_call), 0);
    assert_int_equal(rt_slab_page_alloc(&heap, SIZE / PAGE, unit_call), 0);
    const taddr_t a = rt_slab_page_alloc(&heap, 3, unit_call);
    const taddr_t chunk = take(100);
    const taddr_t b = rt_slab_page_alloc(&heap, 2, unit_call);
    const taddr_t large = take(2 * PAGE);

    assert_int_equal(a, RAM + 2 * PAGE);
    assert_int_equal(chunk, a + 3 * PAGE + 40);
    assert_int_equal(b, a + 3 * PAGE + ZONE);
    assert_int_equal(used(), 104 + 2 * PAGE);
    unit_check(&heap);
    unit_refused(&heap, a, DIAGNOSIS_FOREIGN_POINTER);
    static const struct {
        taddr_t at;
        tsize_t pages;
    } bad[] = {{0, 1},
               {RAM, 1},
               {RAM + PAGE, 1},
               {RAM + 2 * PAGE + 8, 1},
               {RAM + 2 * PAGE, 0},
               {RAM + 2 * PAGE, 4},
               {RAM + 5 * PAGE, 1},
               {RAM + 15 * PAGE, 1},
               {RAM + SIZE, 1},
               {RAM + SIZE - PAGE, 1},
               {RAM + 2 * PAGE, 0xffffffff}};
    for (unsigned i = 0; i < UNIT_COUNT(bad); i++) {
        rt_slab_page_free(&heap, bad[i].at, bad[i].pages, unit_call);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        unit_check(&heap);
    }
    rt_slab_page_free(&heap, a + PAGE, 1, unit_call); /* some of them */
    unit_check(&heap);
    rt_slab_page_free(&heap, a + PAGE, 1, unit_call);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    rt_slab_page_free(&heap, a, 1, unit_call);
    rt_slab_page_free(&heap, b, 2, unit_call);
    rt_slab_page_free(&heap, a + 2 * PAGE, 1, unit_call);
    assert_int_equal(rt_slab_page_alloc(&heap, 3, unit_call), a);
    unit_not_diagnosed();
    give(chunk);
    give(large);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(realloc_of_a_chunk),           cmocka_unit_test(realloc_rounds_first),
        cmocka_unit_test(realloc_of_the_largest_chunk), cmocka_unit_test(realloc_of_a_large_block),
        cmocka_unit_test(pointers_that_are_no_blocks),  cmocka_unit_test(freed_twice),
        cmocka_unit_test(freed_with_its_zone),          cmocka_unit_test(ram_that_was_used_before),
        cmocka_unit_test(pages_for_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
