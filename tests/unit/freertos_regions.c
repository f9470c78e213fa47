/*
 * Rules of FreeRTOS heap_4 and heap_5 that stand in no vector: set-up, layout, the heap protector,
 * statistics, resetting, and the end markers of heap_5's regions.
 */
#include "../../kernel/heap/freertos_common.h"
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x1000 };

static struct heap heap;

/* Makes a heap of several regions, which may share pages, all mapped anew. */
static const char *init(const char *spec, const struct heap_region *regions, unsigned count)
{
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    diagnose_set_policy(VIOLATION_RETURN);
    unit_region(RAM, 0x10000);
    if (!spec_heap(spec, &config, why))
        fail_msg("%s", why);
    unit_expect();
    return heap_init(&heap, &config, "test", regions, count, 0, unit_call);
}

static void begin(const char *spec)
{
    const struct heap_region region = {RAM, SIZE, 0};

    assert_null(init(spec, &region, 1));
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

/* vPortGetHeapStats and the two free counts at once. */
static void figures(tsize_t free, tsize_t low, tsize_t blocks, tsize_t largest, tsize_t smallest)
{
    assert_int_equal(figure("free"), free);
    assert_int_equal(figure("minfree"), low);
    assert_int_equal(figure("nblk"), blocks);
    assert_int_equal(figure("maxblk"), largest);
    assert_int_equal(figure("minblk"), smallest);
}

/* --- set-up --- */

static const struct {
    const char *spec;
    tsize_t begin, size; /* from RAM */
    const char *refusal;
    tsize_t free; /* once laid out */
    tsize_t first;
} set_ups[] = {
    {"freertos-heap-4", 0, 0x100, NULL, 0xf8, 8},
    {"freertos-heap-4", 1, 0x100, NULL, 0xf0, 16},
    {"freertos-heap-4", 4, 0x101, NULL, 0xf0, 16},
    {"freertos-heap-4:align=1", 3, 0x100, NULL, 0xf8, 11},
    {"freertos-heap-4:align=2", 3, 0x100, NULL, 0xf6, 12},
    {"freertos-heap-4:align=4", 2, 0x103, NULL, 0xf8, 12},
    {"freertos-heap-4:align=16", 8, 0x100, NULL, 0xe0, 32},
    {"freertos-heap-4:align=32", 0, 0x100, NULL, 0xe0, 32},
    {"freertos-heap-4", 0, 16, NULL, 8, 0},
    {"freertos-heap-4", 0, 15, "too small for heap_4's two block headers", 0, 0},
    {"freertos-heap-4", 0, 7, "too small for heap_4's two block headers", 0, 0},
    {"freertos-heap-4", 1, 22, "too small for heap_4's two block headers", 0, 0},
    {"freertos-heap-4:align=4", 0, 12, "too small for heap_4's two block headers", 0, 0},
    {"freertos-heap-5:align=16", 8, 0x100, NULL, 0xe0, 32},
    {"freertos-heap-5", 0, 8, "no room for a block", 0, 0},
    {"freertos-heap-5", 1, 14, "smaller than a block header", 0, 0},
    {"freertos-heap-4:heap_protector=1,release=10.6.2", 0, 0x100, "came with V11.0.0", 0, 0},
    {"freertos-heap-5:heap_protector=1,release=10.4.6", 0, 0x100, "came with V11.0.0", 0, 0},
    {"freertos-heap-5:heap_protector=1,release=11.0.0", 0, 0x100, NULL, 0xf8, 8},
};

static void set_up(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(set_ups); i++) {
        const struct heap_region region = {RAM + set_ups[i].begin, set_ups[i].size, 0};
        const char *const refusal = init(set_ups[i].spec, &region, 1);

        if (set_ups[i].refusal != NULL) {
            assert_non_null(refusal);
            assert_non_null(strstr(refusal, set_ups[i].refusal));
            continue;
        }
        assert_null(refusal);
        assert_int_equal(unit_alloc(&heap, 0), 0);
        assert_int_equal(figure("free"), set_ups[i].free);
        const taddr_t first = unit_alloc(&heap, 1);
        if (first != (set_ups[i].first != 0 ? RAM + set_ups[i].first : 0))
            fail_msg("row %u (%s) has its first block at 0x%x", i, set_ups[i].spec, first);
        end();
    }
}

/* A block of 2 GiB has bit 31 in its size, which marks it as given out. */
static void heaps_of_two_gibibytes(void **state)
{
    static const char *const specs[] = {"freertos-heap-2", "freertos-heap-4", "freertos-heap-5"};
    char why[ARENA_WHY_MAX];

    (void)state;
    arena_unmap_all();
    if (!arena_map("ram", 0x70000000, 0x90000000, why))
        skip(); /* a sanitizer's shadow, or a 32-bit process, has no room there */
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        const char *const refusal = unit_heap_in(&heap, specs[i], false, 0x70000000, 0x80000008);

        assert_non_null(refusal);
        assert_non_null(strstr(refusal, "2 GiB"));
        assert_null(unit_heap_in(&heap, specs[i], false, 0x80000000, 0x80000000));
        assert_int_equal(unit_alloc(&heap, 0x7ffffff8), 0);
        assert_int_not_equal(unit_alloc(&heap, 0x7fffffd0), 0);
        end();
    }
    arena_unmap_all();
}

/* --- heap_4: lazy layout and statistics --- */

static void before_the_first_call(void **state)
{
    (void)state;
    begin("freertos-heap-4");
    figures(0, 0, 0, 0, UINT32_MAX);
    assert_int_equal(unit_stats(&heap).used, 0);
    assert_int_equal(unit_stats(&heap).total, SIZE - 8);
    unit_check(&heap);
    heap.ops->reset_low_water(&heap);
    unit_free(&heap, 0);
    unit_not_diagnosed();
    unit_free(&heap, RAM + 8);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(heap_alloc_cleared(&heap, 0x10000, 0x10000, unit_call), 0);
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    figures(0, 0, 0, 0, UINT32_MAX); /* an overflowing calloc comes before the layout */
    assert_int_equal(figure("hook"), 0);
    assert_int_equal(unit_alloc(&heap, 0xffffffff), 0);
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    figures(SIZE - 8, SIZE - 8, 1, SIZE - 8, SIZE - 8); /* a failing malloc does it */
    assert_int_equal(figure("hook"), 1);
    end();
}

static void words_of_heap_4(void **state)
{
    enum { E = RAM + SIZE - 8 };

    (void)state;
    begin("freertos-heap-4");
    const taddr_t a = unit_alloc(&heap, 20);
    const taddr_t b = unit_alloc(&heap, 20);
    const taddr_t c = unit_alloc(&heap, 20);
    assert_int_equal(load32(E), 0);
    assert_int_equal(load32(E + 4), 0);
    assert_int_equal(load32(a - 8), 0);
    assert_int_equal(load32(a - 4), 0x80000020);
    assert_int_equal(load32(c + 24), E);
    assert_int_equal(load32(c + 28), SIZE - 8 - 96);
    unit_free(&heap, a);
    assert_int_equal(load32(a - 8), c + 24);
    assert_int_equal(load32(a - 4), 32);
    unit_free(&heap, b); /* merges with a; its own words stay, but for the mark */
    assert_int_equal(load32(a - 4), 64);
    assert_int_equal(load32(b - 8), 0);
    assert_int_equal(load32(b - 4), 32);
    unit_free(&heap, c); /* merges on both sides, up to the end marker */
    assert_int_equal(load32(a - 8), E);
    assert_int_equal(load32(a - 4), SIZE - 8);
    figures(SIZE - 8, SIZE - 8 - 96, 1, SIZE - 8, SIZE - 8);
    heap.ops->reset_low_water(&heap);
    assert_int_equal(figure("minfree"), SIZE - 8);
    end();
}

/* Two headers left over stay with the block, more are split off. */
static void splits(void **state)
{
    static const struct {
        const char *spec;
        tsize_t kept, split; /* largest rest given away, smallest split off */
    } rows[] = {{"freertos-heap-4:align=4", 16, 20},
                {"freertos-heap-4", 16, 24},
                {"freertos-heap-4:align=16", 32, 48},
                {"freertos-heap-4:align=32", 64, 96},
                {"freertos-heap-4:align=1", 16, 17},
                {"freertos-heap-4:align=2", 16, 18},
                {"freertos-heap-5:align=4,release=10.4.6", 16, 20}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        for (unsigned split = 0; split < 2; split++) {
            begin(rows[i].spec);
            const taddr_t hole = unit_alloc(&heap, 320 + (split ? rows[i].split : rows[i].kept));
            (void)unit_alloc(&heap, 1);
            unit_free(&heap, hole);
            assert_int_equal(unit_alloc(&heap, 320), hole);
            assert_int_equal(figure("nblk"), 1 + split);
            end();
        }
    }
}

static void sizes_that_wrap(void **state)
{
    (void)state;
    begin("freertos-heap-4");
    for (tsize_t size = 0xfffffff1; size != 0; size++) {
        assert_int_equal(unit_alloc(&heap, size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    }
    for (tsize_t size = 0x7ffffff0; size != 0x80000010; size++)
        assert_int_equal(unit_alloc(&heap, size), 0);
    assert_int_equal(unit_alloc(&heap, 0xfffffff0), 0);
    unit_not_diagnosed();
    assert_int_equal(figure("hook"), 15 + 32 + 1);
    assert_int_equal(figure("nalloc"), 0);
    end();
}

/* The list head stays: until the next layout the figures walk the old list, its end included. */
static void statistics_after_a_reset(void **state)
{
    (void)state;
    begin("freertos-heap-4");
    (void)unit_alloc(&heap, 100);
    const taddr_t hole = unit_alloc(&heap, 16);
    (void)unit_alloc(&heap, 100);
    unit_free(&heap, hole);
    assert_int_equal(figure("nblk"), 2);
    freertos_reset_state(&heap);
    figures(0, 0, 3, SIZE - 8 - 112 - 112 - 24, 0);
    assert_int_equal(figure("nalloc"), 0);
    assert_int_equal(figure("nfree"), 0);
    assert_int_equal(unit_stats(&heap).used, 0);
    unit_check(&heap);
    assert_int_equal(unit_alloc(&heap, 50), RAM + 8);
    figures(SIZE - 8 - 64, SIZE - 8 - 64, 1, SIZE - 8 - 64, SIZE - 8 - 64);
    end();
    begin("freertos-heap-5");
    freertos_reset_state(&heap);
    figures(0, 0, 2, SIZE - 8, SIZE - 8); /* heap_5 leaves size 0 out */
    const tsize_t hook = figure("hook");
    assert_int_equal(unit_alloc(&heap, 50), 0);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    assert_int_equal(figure("hook"), hook + 1);
    end();
}

/* --- heap protector --- */

static void links_with_a_canary(void **state)
{
    enum { CANARY = 0x13572468, E = RAM + SIZE - 8 };

    (void)state;
    begin("freertos-heap-4:heap_protector=1,canary=0x13572468");
    assert_int_equal(figure("nblk"), 0);
    const taddr_t a = unit_alloc(&heap, 20);
    const taddr_t b = unit_alloc(&heap, 20);
    assert_int_equal(load32(a - 8), CANARY);
    assert_int_equal(load32(a - 4), 0x80000020);
    assert_int_equal(load32(b + 24), E ^ CANARY);
    assert_int_equal(load32(E), CANARY);
    unit_free(&heap, a);
    assert_int_equal(load32(a - 8), (b + 24) ^ CANARY);
    assert_int_equal(figure("nblk"), 2);
    unit_expect();
    store32(b - 8, 0); /* what a NULL link is without the protector */
    unit_free(&heap, b);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(b - 8, CANARY);
    unit_free(&heap, b);
    unit_not_diagnosed();
    end();
    begin("freertos-heap-4:canary=0x13572468"); /* without the protector it is not used */
    assert_int_equal(load32(unit_alloc(&heap, 20) - 8), 0);
    end();
}

/* --- heap_5 --- */

static const struct {
    struct heap_region regions[3]; /* begin from RAM */
    unsigned count;
    const char *refusal;
    tsize_t free;
} region_lists[] = {
    {{{0, 0x100, 0}, {0x200, 0x100, 0}}, 2, NULL, 0xf8 + 0xf8},
    {{{0, 0x100, 0}, {0x100, 0x100, 0}}, 2, NULL, 0xf8 + 0xf8},
    {{{0, 8, 0}, {0x100, 0x100, 0}}, 2, NULL, 0xf8},
    {{{0, 8, 0}, {8, 8, 0}, {16, 16, 0}}, 3, NULL, 8},
    {{{0, 0x100, 0}, {0x200, 8, 0}}, 2, "would never end a search", 0},
    {{{0, 0x100, 0}, {0x200, 7, 0}}, 2, "smaller than a block header", 0},
    {{{0, 7, 0}, {0x200, 0x100, 0}}, 2, "smaller than a block header", 0},
    {{{1, 14, 0}, {0x200, 0x100, 0}}, 2, "smaller than a block header", 0},
    {{{0x200, 0x100, 0}, {0, 0x100, 0}}, 2, "not in ascending order", 0},
    {{{0, 0x100, 0}, {0x80, 0x100, 0}}, 2, "overlap", 0},
};

static void lists_of_regions(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(region_lists); i++) {
        struct heap_region regions[3];

        for (unsigned k = 0; k < 3; k++) {
            regions[k] = region_lists[i].regions[k];
            regions[k].begin += RAM;
        }
        const char *const refusal = init("freertos-heap-5", regions, region_lists[i].count);
        if (region_lists[i].refusal != NULL) {
            assert_non_null(refusal);
            if (strstr(refusal, region_lists[i].refusal) == NULL)
                fail_msg("row %u: %s", i, refusal);
            continue;
        }
        assert_null(refusal);
        assert_int_equal(figure("free"), region_lists[i].free);
        end();
    }
}

/* With align 4 a header and half of another overlap: heap_5 would find a block of a huge size. */
static void region_of_one_header_and_a_half(void **state)
{
    const struct heap_region regions[] = {{RAM, 12, 0}, {RAM + 0x100, 0x100, 0}};

    (void)state;
    const char *const refusal = init("freertos-heap-5:align=4", regions, 2);
    assert_non_null(refusal);
    assert_non_null(strstr(refusal, "a part of another"));
}

/* A marker of a region is an element of size 0 until a block that ends at it is freed. */
static void markers_vanish(void **state)
{
    const struct heap_region regions[] = {{RAM, 0x40, 0}, {RAM + 0x100, 0x40, 0}};

    (void)state;
    assert_null(init("freertos-heap-5", regions, 2));
    figures(0x70, 0x70, 3, 0x38, 0x38); /* block, marker, block */
    const taddr_t low = unit_alloc(&heap, 8);
    assert_int_equal(figure("nblk"), 3); /* from V11.0.0 a split leaves the marker alone */
    const taddr_t high = unit_alloc(&heap, 0x20);
    assert_int_equal(high, low + 16);
    assert_int_equal(figure("nblk"), 2);
    const taddr_t other = unit_alloc(&heap, 8);
    assert_int_equal(other, RAM + 0x108);
    unit_check(&heap);
    unit_free(&heap, high); /* ends at the marker */
    assert_int_equal(figure("nblk"), 2);
    assert_int_equal(load32(high - 8), other + 8); /* behind the marker: the next region's block */
    unit_check(&heap);
    unit_free(&heap, low);
    figures(0x60, 0x70 - 0x10 - 0x28 - 0x10, 2, 0x38, 0x28);
    assert_int_equal(unit_alloc(&heap, 0x30), low);
    assert_int_equal(figure("nblk"), 1);
    assert_int_equal(unit_alloc(&heap, 8), other + 16);
    unit_check(&heap);
    assert_int_equal(unit_alloc(&heap, 0x11), 0);
    unit_not_diagnosed();
    end();
}

/* Up to V10.6.2 the rest of a split is listed by the rule of a free, and takes the marker in. */
static void markers_vanish_in_a_split(void **state)
{
    static const struct {
        const char *spec;
        tsize_t elements;
    } rows[] = {{"freertos-heap-5:release=10.4.6", 2},
                {"freertos-heap-5:release=10.6.2", 2},
                {"freertos-heap-5:release=11.0.0", 3},
                {"freertos-heap-5", 3}};
    const struct heap_region regions[] = {{RAM, 0x40, 0}, {RAM + 0x100, 0x40, 0}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        assert_null(init(rows[i].spec, regions, 2));
        assert_int_equal(unit_alloc(&heap, 8), RAM + 8);
        assert_int_equal(figure("nblk"), rows[i].elements);
        assert_int_equal(figure("free"), 0x60);
        end();
    }
}

static void regions_that_touch(void **state)
{
    const struct heap_region regions[] = {{RAM, 0x100, 0}, {RAM + 0x100, 0x100, 0}};

    (void)state;
    assert_null(init("freertos-heap-5", regions, 2));
    const taddr_t a = unit_alloc(&heap, 0xf0);
    const taddr_t b = unit_alloc(&heap, 0xf0);
    unit_free(&heap, b);
    unit_free(&heap, a);
    assert_int_equal(figure("maxblk"), 0xf8);
    assert_int_equal(unit_alloc(&heap, 0xf8), 0);
    end();
}

/* Bad pointers about and between regions: foreign or interior, never a block. */
static void bad_pointers_between_regions(void **state)
{
    const struct heap_region regions[] = {{RAM, 0x40, 0}, {RAM + 0x100, 0x40, 0}};
    static const taddr_t foreign[] = {RAM + 0x38, RAM + 0x40,  RAM + 0x48, RAM + 0x80,
                                      RAM + 0xf8, RAM + 0x140, RAM + 0x148};

    (void)state;
    assert_null(init("freertos-heap-5", regions, 2));
    const taddr_t a = unit_alloc(&heap, 0x30);
    const taddr_t b = unit_alloc(&heap, 0x30);
    const struct heap_stats before = unit_stats(&heap);
    memset(target_pointer(a), 0xff, 0x30);
    for (unsigned i = 0; i < UNIT_COUNT(foreign); i++)
        unit_free(&heap, foreign[i]);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, UNIT_COUNT(foreign));
    for (unsigned i = 1; i < 0x30; i++)
        unit_free(&heap, a + i);
    unit_free(&heap, RAM + 0x100);
    unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 0x30);
    unit_unchanged(&heap, &before);
    unit_free(&heap, b);
    unit_free(&heap, a);
    end();
}

/* --- the quick and the careful forms of the operations are one allocator --- */

static void same_places_in_every_build(void **state)
{
    static const char *const specs[] = {"freertos-heap-4",
                                        "freertos-heap-4:heap_protector=1",
                                        "freertos-heap-4:clear_on_free=1",
                                        "freertos-heap-4:release=10.4.6",
                                        "freertos-heap-5",
                                        "freertos-heap-5:release=10.6.2",
                                        "freertos-heap-5:heap_protector=1"};
    enum { OPERATIONS = 600, SLOTS = 40 };
    static taddr_t expected[OPERATIONS];

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        taddr_t slots[SLOTS] = {0};
        uint32_t random = 5;

        begin(specs[i]);
        for (unsigned k = 0; k < OPERATIONS; k++) {
            random = random * 1664525 + 1013904223;
            taddr_t *const slot = &slots[(random >> 8) % SLOTS];

            if (*slot != 0) {
                unit_free(&heap, *slot);
                *slot = 0;
                continue;
            }
            *slot = unit_alloc(&heap, (random >> 16) % 200);
            if (i == 0)
                expected[k] = *slot;
            assert_int_equal(*slot, expected[k]);
        }
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(set_up),
        cmocka_unit_test(heaps_of_two_gibibytes),
        cmocka_unit_test(before_the_first_call),
        cmocka_unit_test(words_of_heap_4),
        cmocka_unit_test(splits),
        cmocka_unit_test(sizes_that_wrap),
        cmocka_unit_test(statistics_after_a_reset),
        cmocka_unit_test(links_with_a_canary),
        cmocka_unit_test(lists_of_regions),
        cmocka_unit_test(region_of_one_header_and_a_half),
        cmocka_unit_test(markers_vanish),
        cmocka_unit_test(markers_vanish_in_a_split),
        cmocka_unit_test(regions_that_touch),
        cmocka_unit_test(bad_pointers_between_regions),
        cmocka_unit_test(same_places_in_every_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
