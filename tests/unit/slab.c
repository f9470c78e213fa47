/* RT-Thread slab: layout, size classes, zones and pages at their thresholds. */
#include "slab_unit.h"

/* --- layout --- */

static void layout_of_the_region(void **state)
{
    static const struct {
        const char *spec;
        taddr_t begin;
        tsize_t size;
        taddr_t object, start;
        tsize_t total;
    } rows[] = {
        {"rt-slab", RAM, SIZE, RAM, RAM + PAGE, SIZE - PAGE},
        {"rt-slab", RAM + 1, SIZE, RAM + 8, RAM + PAGE, SIZE - PAGE},
        {"rt-slab:align=4", RAM + 1, SIZE, RAM + 4, RAM + PAGE, SIZE - PAGE},
        {"rt-slab:front=1", RAM + 1, SIZE + PAGE - 1, RAM + 8, RAM + PAGE, SIZE},
        /* the control block ends at a page boundary, or one word above */
        {"rt-slab", RAM + PAGE - 368, SIZE, RAM + PAGE - 368, RAM + PAGE, SIZE - PAGE},
        {"rt-slab", RAM + PAGE - 360, SIZE, RAM + PAGE - 360, RAM + 2 * PAGE, SIZE - 2 * PAGE},
        {"rt-slab:align=4", RAM + PAGE - 364, SIZE, RAM + PAGE - 364, RAM + PAGE, SIZE - PAGE},
        {"rt-slab:align=4,name_max=12", RAM + PAGE - 364, SIZE, RAM + PAGE - 364, RAM + 2 * PAGE,
         SIZE - 2 * PAGE},
        {"rt-slab:name_max=12", RAM + PAGE - 368, SIZE, RAM + PAGE - 368, RAM + PAGE, SIZE - PAGE},
        {"rt-slab:name_max=16", RAM + PAGE - 368, SIZE, RAM + PAGE - 368, RAM + 2 * PAGE,
         SIZE - 2 * PAGE},
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        unit_region(RAM, SIZE + 2 * PAGE);
        assert_null(unit_heap_in(&heap, rows[i].spec, false, rows[i].begin, rows[i].size));
        assert_int_equal(heap.object, rows[i].object);
        assert_int_equal(unit_stats(&heap).total, rows[i].total);
        /* one page of memusage, then the first zone; 48 has its first chunk at 40 */
        assert_int_equal(take(48), rows[i].start + PAGE + 40);
        end();
    }
}

/* A page is enough for a heap, but not for a block. */
static void least_region(void **state)
{
    (void)state;
    assert_non_null(unit_heap(&heap, "rt-slab", true, RAM, PAGE));
    assert_non_null(unit_heap(&heap, "rt-slab", true, RAM, 2 * PAGE - 1));
    assert_non_null(unit_heap(&heap, "rt-slab:front=1", true, RAM, 300));
    begin_in("rt-slab", false, RAM, 2 * PAGE);
    assert_int_equal(take(1), 0);
    assert_int_equal(take(PAGE), 0);
    end();
    begin_in("rt-slab", false, RAM, 2 * PAGE + ZONE);
    assert_int_equal(take(ZONE), RAM + 2 * PAGE);
    assert_int_equal(take(1), 0);
    end();
}

static void words_in_memory(void **state)
{
    (void)state;
    begin_in("rt-slab", false, RAM, 0x20000);
    const taddr_t zone = RAM + 2 * PAGE;
    const taddr_t a = take(20);
    const taddr_t b = take(20);
    const taddr_t large = take(10000);
    const struct {
        taddr_t at;
        uint32_t expected;
    } words[] = {
        {RAM, 0x74736574}, /* "test" */
        {RAM + 8, 0x8c},
        {RAM + 24, RAM + PAGE},
        {RAM + 28, 0x1f000},
        {RAM + 32, 24 + 12288},
        {RAM + 36, 48 + 12288},
        {RAM + 40, RAM + PAGE},
        {RAM + 44, RAM + 0x20000},
        {RAM + 48, RAM + PAGE},
        {RAM + 52, 0},
        {RAM + 52 + 8, zone}, /* class 2 */
        {RAM + 340, 0},
        {RAM + 344, 0},
        {RAM + 348, ZONE},
        {RAM + 352, 8192},
        {RAM + 356, 8},
        {RAM + 360, RAM + 13 * PAGE},
        {RAM + PAGE, 0},
        {RAM + PAGE + 4, 1},
        {RAM + PAGE + 32, 7 << 2 | 1},
        {RAM + PAGE + 36, 3 << 2 | 2},
        {RAM + PAGE + 40, 0},
        {zone, 0x51ab51ab},
        {zone + 4, 1363 - 1},
        {zone + 8, 1363},
        {zone + 12, 0},
        {zone + 16, zone + 40},
        {zone + 20, 1},
        {zone + 24, 24},
        {zone + 28, 2},
        {zone + 32, a},
        {RAM + 13 * PAGE, 0},
        {RAM + 13 * PAGE + 4, 19},
    };

    assert_int_equal(b, a + 24);
    assert_int_equal(large, zone + ZONE);
    give(a);
    for (unsigned i = 0; i < UNIT_COUNT(words); i++)
        if (load32(words[i].at) != words[i].expected)
            fail_msg("row %u: 0x%x instead of 0x%x", i, load32(words[i].at), words[i].expected);
    end();
}

/* The zone doubles while twice its size is strictly below the size in KiB; its limit is capped. */
static void size_of_zones(void **state)
{
    static const struct {
        tsize_t limit, zone, zone_limit;
    } rows[] = {
        {1 << 20, 32 << 10, 8192},
        {64 << 20, 32 << 10, 8192},
        {(64 << 20) + PAGE, 64 << 10, 16384},
        {128 << 20, 64 << 10, 16384},
        {(128 << 20) + PAGE, 128 << 10, 16384},
        {300 << 20, 128 << 10, 16384},
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        const tsize_t table = align_up(rows[i].limit / 1024, PAGE);

        begin_in("rt-slab", false, RAM, rows[i].limit + PAGE);
        const taddr_t first = take(56);
        assert_int_equal(first, RAM + PAGE + table + 40);
        assert_int_equal(take(100), first + rows[i].zone);
        const tsize_t before = used();
        assert_int_equal(take(rows[i].zone_limit), first - 40 + 2 * rows[i].zone);
        assert_int_equal(used(), before + rows[i].zone_limit);
        const taddr_t chunk = take(rows[i].zone_limit - 1);
        assert_int_equal(used(), before + 2 * rows[i].zone_limit);
        /* in a zone of its own: chunks of a power of two are aligned within it */
        assert_int_equal(chunk, first - 40 + 2 * rows[i].zone + 2 * rows[i].zone_limit);
        end();
    }
}

/* --- size classes --- */

/* The rows of the rule: up to `below`, rounded to `grain`. */
static tsize_t rounded(tsize_t size)
{
    static const struct {
        tsize_t below, grain;
    } rows[] = {{128, 8},    {256, 16},   {512, 32},   {1024, 64},
                {2048, 128}, {4096, 256}, {8192, 512}, {16384, 1024}};
    unsigned row = 0;

    while (size >= rows[row].below)
        row++;
    return align_up(size, rows[row].grain);
}

/* Each request gets its class's chunk, and each class has the zone that the rule gives it. */
static void every_size(void **state)
{
    (void)state;
    begin_in("rt-slab", false, RAM, 80 << 20);
    for (tsize_t size = 1; size < 16384; size++) {
        const tsize_t chunk = rounded(size);
        const taddr_t block = take(size);

        assert_int_equal(heap.ops->usable_size(&heap, block), chunk);
        assert_int_equal(used(), chunk);
        give(block);
    }
    end();
}

/* Classes by index as the control block lists them, and how many chunks a zone has. */
static void classes_and_zones(void **state)
{
    static const struct {
        tsize_t size;
        unsigned index;
        tsize_t first, count; /* in a zone of 32 KiB */
    } rows[] = {
        {1, 0, 40, 4091},     {8, 0, 40, 4091},    {9, 1, 48, 2045},     {16, 1, 48, 2045},
        {32, 3, 64, 1022},    {64, 7, 64, 511},    {120, 14, 40, 272},   {121, 15, 128, 255},
        {128, 15, 128, 255},  {129, 16, 40, 227},  {256, 23, 256, 127},  {257, 24, 40, 113},
        {512, 31, 512, 63},   {513, 32, 40, 56},   {1024, 39, 1024, 31}, {1025, 40, 40, 28},
        {2048, 47, 2048, 15}, {2049, 48, 40, 14},  {4096, 55, 4096, 7},  {4097, 56, 40, 7},
        {7680, 62, 40, 4},    {7681, 63, 8192, 3}, {8191, 63, 8192, 3},
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        begin(false);
        const taddr_t zone = RAM + 2 * PAGE;
        const taddr_t first = take(rows[i].size);

        assert_int_equal(first, zone + rows[i].first);
        assert_int_equal(load32(RAM + 52 + 4 * rows[i].index), zone);
        assert_int_equal(load32(zone + 8), rows[i].count);
        for (tsize_t k = 1; k < rows[i].count; k++)
            assert_int_equal(take(rows[i].size), first + k * rounded(rows[i].size));
        assert_int_equal(load32(RAM + 52 + 4 * rows[i].index), 0);
        assert_int_equal(take(rows[i].size), first + ZONE); /* the zone is full */
        end();
    }
}

/* Requests that have no block, and the largest that have. */
static void sizes_without_a_block(void **state)
{
    static const tsize_t sizes[] = {0,          SIZE,       0x7fffffff, 0x80000000, 0xffffeffe,
                                    0xfffff000, 0xfffff001, 0xfffffff8, 0xfffffffd, 0xffffffff};

    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin(faithful);
        const taddr_t chunk = take(100);
        const taddr_t large = take(20000);
        for (unsigned i = 0; i < UNIT_COUNT(sizes); i++) {
            const struct heap_stats before = unit_stats(&heap);

            unit_expect();
            assert_int_equal(take(sizes[i]), 0);
            assert_int_equal(resize(0, sizes[i]), 0);
            if (sizes[i] != 0) {
                assert_int_equal(resize(chunk, sizes[i]), 0);
                assert_int_equal(resize(large, sizes[i]), 0);
            }
            unit_unchanged(&heap, &before);
            unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, sizes[i] > 0xfffff000 ? 4 : 0);
        }
        give(chunk);
        give(large);
        assert_int_equal(take(SIZE - 2 * PAGE - ZONE), RAM + 2 * PAGE + ZONE);
        assert_int_equal(take(PAGE), 0);
        end();
    }
}

/* --- zones --- */

/* Chunks that were never given out come first; then the one freed last. */
static void order_of_chunks(void **state)
{
    (void)state;
    begin(false);
    taddr_t chunks[15]; /* all of a zone of 2048 */

    for (unsigned i = 0; i < 10; i++)
        chunks[i] = take(2048);
    give(chunks[3]);
    give(chunks[7]);
    for (unsigned i = 10; i < 15; i++) {
        chunks[i] = take(2048);
        assert_int_equal(chunks[i], chunks[0] + 2048 * i);
    }
    assert_int_equal(take(2048), chunks[7]);
    assert_int_equal(load32(chunks[7]), 0); /* its link is cleared */
    assert_int_equal(take(2048), chunks[3]);
    const taddr_t other = take(2048);
    assert_int_equal(other, chunks[0] + ZONE);
    give(chunks[5]); /* the zone was full: it goes to the front of its class */
    assert_int_equal(take(2048), chunks[5]);
    assert_int_equal(take(2048), other + 2048);
    end();
}

/* The last zone of a class stays; two others are kept for any class; the rest is given back. */
static void all_free_zones(void **state)
{
    taddr_t chunks[5][3];

    (void)state;
    begin(false);
    take_zones(chunks, 5);
    const taddr_t zone = RAM + 2 * PAGE;
    give_zone(chunks[0]);
    assert_int_equal(cached(), 0); /* the only one with free chunks */
    give_zone(chunks[1]);
    assert_int_equal(cached(), 1);
    assert_int_equal(load32(zone + ZONE), 0xffffffff);
    give_zone(chunks[2]);
    assert_int_equal(cached(), 2);
    assert_int_equal(memusage(zone + 2 * ZONE), 1);
    assert_int_equal(memusage(zone + 3 * ZONE + PAGE), 1 << 2 | 1);
    unit_check(&heap);
    give_zone(chunks[3]);
    assert_int_equal(cached(), 2);
    for (unsigned page = 0; page < 8; page++)
        assert_int_equal(memusage(zone + 3 * ZONE + page * PAGE), 0);
    assert_int_equal(take(ZONE), zone + 3 * ZONE);     /* its pages */
    assert_int_equal(take(100), zone + 2 * ZONE + 40); /* the zone cached last, for any class */
    assert_int_equal(cached(), 1);
    assert_int_equal(take(200), zone + ZONE + 40);
    assert_int_equal(cached(), 0);
    assert_int_equal(take(300), zone + 5 * ZONE + 40);
    give(chunks[4][1]);
    give_zone((taddr_t[]){chunks[4][0], chunks[4][2], take(8191)});
    assert_int_equal(cached(), 1); /* zone 4: zone 0 is the other one of the class */
    end();
}

/* Quirk 16: cached zones are no room for a large block. */
static void cached_zones_are_kept(void **state)
{
    taddr_t chunks[3][3];

    (void)state;
    begin_in("rt-slab", false, RAM, 2 * PAGE + 3 * ZONE);
    take_zones(chunks, 3);
    for (unsigned i = 0; i < 3; i++)
        give_zone(chunks[i]);
    assert_int_equal(used(), 0);
    assert_int_equal(take(8192), 0);
    assert_int_equal(heap_largest_free(&heap), 8192);
    assert_int_equal(take(8191), chunks[0][2]);
    end();
}

/* A class's zone that is all free while others are full does not start anew: its list stays. */
static void a_zone_keeps_its_list(void **state)
{
    taddr_t chunks[1][3];

    (void)state;
    begin(false);
    take_zones(chunks, 1);
    give(chunks[0][1]);
    give(chunks[0][0]);
    give(chunks[0][2]);
    assert_int_equal(take(8191), chunks[0][2]);
    assert_int_equal(take(8191), chunks[0][0]);
    assert_int_equal(take(8191), chunks[0][1]);
    end();
}

/* --- large blocks --- */

/* First fit from the lowest pages; what comes back is merged. */
static void runs_of_pages(void **state)
{
    taddr_t at[6];

    (void)state;
    begin(false);
    for (unsigned i = 0; i < UNIT_COUNT(at); i++)
        at[i] = take(PAGE * (2 + i)); /* 2 to 7 pages; those of 2 are large too */
    assert_int_equal(at[0], RAM + 2 * PAGE);
    assert_int_equal(at[5], at[0] + 20 * PAGE);
    give(at[3]);
    give(at[1]);
    assert_int_equal(take(4 * PAGE), at[3]); /* 3 pages are too few, 5 are enough */
    assert_int_equal(take(PAGE * 2), at[1]);
    give(at[2]); /* touches the page left of at[1] */
    assert_int_equal(take(PAGE * 5), at[2] - PAGE);
    assert_int_equal(take(8193), at[5] + 7 * PAGE);
    unit_not_diagnosed();
    end();
}

/* Quirk 15: the first page's word keeps the type. */
static void word_of_a_freed_large_block(void **state)
{
    (void)state;
    begin(false);
    const taddr_t a = take(9000);
    assert_int_equal(memusage(a), 3 << 2 | 2);
    assert_int_equal(memusage(a + PAGE), 0);
    assert_int_equal(used(), 3 * PAGE);
    give(a);
    assert_int_equal(memusage(a), 2);
    assert_int_equal(used(), 0);
    assert_int_equal(take(100), a + 40); /* pages of a zone now */
    assert_int_equal(memusage(a), 1);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_of_the_region),
        cmocka_unit_test(least_region),
        cmocka_unit_test(words_in_memory),
        cmocka_unit_test(size_of_zones),
        cmocka_unit_test(every_size),
        cmocka_unit_test(classes_and_zones),
        cmocka_unit_test(sizes_without_a_block),
        cmocka_unit_test(order_of_chunks),
        cmocka_unit_test(all_free_zones),
        cmocka_unit_test(cached_zones_are_kept),
        cmocka_unit_test(a_zone_keeps_its_list),
        cmocka_unit_test(runs_of_pages),
        cmocka_unit_test(word_of_a_freed_large_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
