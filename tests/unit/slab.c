/*
 * RT-Thread slab: layout, size classes, zones and pages at their thresholds, and its quirks in safe
 * and faithful mode.
 */
#include "unit.h"

#include "../../kernel/heap/rt_slab.h"

enum { RAM = 0x20000000, SIZE = 0x100000, PAGE = 4096, ZONE = 32 << 10 };

static struct heap heap;

static void begin_in(const char *spec, bool faithful, taddr_t base, tsize_t size)
{
    assert_null(unit_heap(&heap, spec, faithful, base, size));
    unit_expect();
}

static void begin(bool faithful)
{
    begin_in("rt-slab", faithful, RAM, SIZE);
}

static taddr_t take(tsize_t size)
{
    return unit_alloc(&heap, size);
}

static taddr_t resize(taddr_t block, tsize_t size)
{
    return unit_realloc(&heap, block, size);
}

static void give(taddr_t block)
{
    unit_free(&heap, block);
}

static tsize_t used(void)
{
    return unit_stats(&heap).used;
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

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
        assert_true(is_aligned(take(rows[i].zone_limit), PAGE));
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

            assert_int_equal(take(sizes[i]), 0);
            assert_int_equal(resize(0, sizes[i]), 0);
            if (sizes[i] != 0) {
                assert_int_equal(resize(chunk, sizes[i]), 0);
                assert_int_equal(resize(large, sizes[i]), 0);
            }
            unit_unchanged(&heap, &before);
        }
        unit_not_diagnosed(); /* upstream answers NULL as well */
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
    assert_int_equal(take(2048), chunks[3]);
    const taddr_t other = take(2048);
    assert_int_equal(other, chunks[0] + ZONE);
    give(chunks[5]); /* the zone was full: it goes to the front of its class */
    assert_int_equal(take(2048), chunks[5]);
    assert_int_equal(take(2048), other + 2048);
    end();
}

/* Takes `count` full zones of chunks of 8192, three each. */
static void take_zones(taddr_t chunks[][3], unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        for (unsigned k = 0; k < 3; k++)
            chunks[i][k] = take(8191);
}

static void give_zone(const taddr_t chunks[3])
{
    for (unsigned k = 0; k < 3; k++)
        give(chunks[k]);
}

static unsigned cached(void)
{
    return load32(RAM + 344);
}

static uint32_t memusage(taddr_t at)
{
    return load32(RAM + PAGE + (at - RAM - PAGE) / PAGE * 4);
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
    const taddr_t d = resize(c, 30 * PAGE);
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

static void refused(taddr_t pointer, enum diagnosis_kind kind)
{
    const struct heap_stats before = unit_stats(&heap);

    give(pointer);
    unit_diagnosed(kind, 1);
    assert_int_equal(resize(pointer, 50), 0);
    unit_diagnosed(kind, 1);
    unit_unchanged(&heap, &before);
}

static void pointers_that_are_no_blocks(void **state)
{
    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin(faithful);
        const taddr_t a = take(64);
        const taddr_t large = take(3 * PAGE);

        refused(1, DIAGNOSIS_FOREIGN_POINTER);
        refused(RAM + 52, DIAGNOSIS_FOREIGN_POINTER);
        refused(RAM + PAGE + 4, DIAGNOSIS_FOREIGN_POINTER); /* memusage */
        refused(RAM + SIZE, DIAGNOSIS_FOREIGN_POINTER);
        refused(a - 64, DIAGNOSIS_FOREIGN_POINTER); /* the zone's header */
        for (tsize_t i = 1; i < 64; i++)
            refused(a + i, DIAGNOSIS_INTERIOR_POINTER);
        refused(a + 64, DIAGNOSIS_DOUBLE_FREE); /* never given out */
        refused(large + 8, DIAGNOSIS_INTERIOR_POINTER);
        refused(large + PAGE, DIAGNOSIS_INTERIOR_POINTER);
        refused(large + 3 * PAGE, DIAGNOSIS_DOUBLE_FREE); /* a free run */
        give(a);
        refused(a, DIAGNOSIS_DOUBLE_FREE);
        give(large);
        refused(large, DIAGNOSIS_DOUBLE_FREE);
        refused(large + PAGE, DIAGNOSIS_DOUBLE_FREE);
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
            refused(chunks[pick], DIAGNOSIS_DOUBLE_FREE);
            refused(chunks[0], DIAGNOSIS_DOUBLE_FREE); /* by now the last of the list */
        }
        for (unsigned i = 0; i < CHUNKS; i++)
            refused(chunks[i], DIAGNOSIS_DOUBLE_FREE);
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
        refused(chunks[i][1], DIAGNOSIS_DOUBLE_FREE);
    const taddr_t large = take(ZONE);
    assert_int_equal(large, chunks[3][0] - 8192);
    unit_expect();
    refused(chunks[3][1], DIAGNOSIS_INTERIOR_POINTER);
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
    refused(a, DIAGNOSIS_DOUBLE_FREE);
    refused(large, DIAGNOSIS_DOUBLE_FREE);
    assert_int_equal(take(100), a);
    assert_int_equal(take(3 * PAGE), large);
    end();
    memset(target_pointer(RAM), 0xa5, SIZE);
    assert_null(unit_heap_in(&heap, "rt-slab", false, RAM, SIZE));
    unit_expect();
    assert_int_equal(take(100), a);
    assert_int_equal(take(3 * PAGE), large);
    refused(large + PAGE, DIAGNOSIS_INTERIOR_POINTER);
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
    refused(a, DIAGNOSIS_FOREIGN_POINTER);
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
        cmocka_unit_test(realloc_of_a_chunk),
        cmocka_unit_test(realloc_rounds_first),
        cmocka_unit_test(realloc_of_the_largest_chunk),
        cmocka_unit_test(realloc_of_a_large_block),
        cmocka_unit_test(pointers_that_are_no_blocks),
        cmocka_unit_test(freed_twice),
        cmocka_unit_test(freed_with_its_zone),
        cmocka_unit_test(ram_that_was_used_before),
        cmocka_unit_test(pages_for_the_program),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
