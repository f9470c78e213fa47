/* The 0x1ea0 small-mem of OneOS 1.x, and the same algorithm in OneOS-Lite. */
#include "oneos_unit.h"

static struct heap heap;

/* OneOS 1.x at RAM with alignment 4: headers of 12 bytes, T = size - 24. */
enum { FIRST = RAM + 12 };

static void layout(void **state)
{
    static const struct {
        const char *spec;
        tsize_t begin, size; /* begin: from RAM */
        tsize_t total, first;
    } rows[] = {
        {"oneos-small", 0, 0x1000, 0x1000 - 24, 12},
        {"oneos-small", 3, 0x1000, 0xffc - 24, 16},
        {"oneos-small:align=8", 4, 0x1000, 0xff8 - 32, 24},
        {"oneos-small:align=16", 0, 0x1000, 0x1000 - 32, 16},
        {"oneos-small:align=32", 0, 0x1000, 0x1000 - 64, 32},
        {"oneos-small:memtrace=1", 0, 0x1000, 0x1000 - 32, 16},
        {"oneos-small:memtrace=1,align=32", 0, 0x1000, 0x1000 - 64, 32},
        {"oneos-small-lite", 0, 0x1000, 0x1000 - 96, 96 + 16 + 12},
        {"oneos-small-lite:name_max=31", 2, 0x1000, 0xffc - 112, 4 + 112 + 16 + 12},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        const struct heap_region region = {RAM + rows[i].begin, rows[i].size, 0};

        assert_null(oneos_heap(&heap, rows[i].spec, false, &region, 1));
        unit_check(&heap);
        assert_int_equal(figure(&heap, "total"), rows[i].total);
        assert_int_equal(take(&heap, 1), RAM + rows[i].first);
        heap_detach(&heap);
    }
}

static void too_small(void **state)
{
    static const struct {
        const char *spec;
        tsize_t least;
    } rows[] = {{"oneos-small", 24},
                {"oneos-small:align=32", 64},
                {"oneos-small:memtrace=1", 32},
                {"oneos-small-lite", 96 + 16 + 24}};

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        struct heap_region region = {RAM, rows[i].least - 1, 0};

        assert_non_null(oneos_heap(&heap, rows[i].spec, false, &region, 1));
        region.size = rows[i].least;
        assert_null(oneos_heap(&heap, rows[i].spec, false, &region, 1));
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* Below 12 bytes of payload the real search never ends. */
static void a_heap_smaller_than_a_block(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-small", true, 24 + 8);
    const unsigned before = diagnoses();
    assert_int_equal(heap_alloc(&heap, 4, unit_call), 0);
    assert_diagnosed(before, DIAGNOSIS_BAD_REGION);
    assert_int_equal(heap_alloc(&heap, 12, unit_call), 0); /* more than T: an answer */
    assert_int_equal(diagnoses(), before + 1);
    heap_detach(&heap);
}

/* The search stops at offset T - n: a fit that begins there is not taken. */
static void the_end_is_never_filled_exactly(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-small", false, 24 + 100 + 12 + 40);
    const tsize_t total = figure(&heap, "total");
    assert_int_equal(total, 152);
    assert_int_equal(heap_alloc(&heap, total, unit_call), 0);
    take(&heap, 100); /* the rest, behind offset 112, has 40 */
    assert_int_equal(heap_alloc(&heap, 40, unit_call), 0);
    assert_int_equal(take(&heap, 36), FIRST + 112);
    unit_check(&heap);
    heap_detach(&heap);
}

static void realloc_in_place_by_size(void **state)
{
    static const struct {
        tsize_t to;
        bool moves;
    } rows[] = {{100, false}, {97, false}, {96, true}, {80, true},
                {76, true},   {72, false}, {4, false}, {104, true}};

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        oneos_heap_of(&heap, "oneos-small", false, 0x1000);
        const taddr_t block = take(&heap, 100);
        take(&heap, 12);
        memset(target_pointer(block), 0x21, 100);
        const taddr_t result = heap_realloc(&heap, block, rows[i].to, unit_call);
        assert_int_not_equal(result, 0);
        assert_int_equal(result != block, rows[i].moves);
        for (tsize_t k = 0; k < rows[i].to && k < 100; k++)
            assert_int_equal(*(unsigned char *)target_pointer(result + k), 0x21);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* realloc does not lower lfree: the hole it makes below is not seen. */
static void a_hole_that_is_not_seen(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-small", false, 0x1000);
    const taddr_t first = take(&heap, 200);
    const taddr_t second = take(&heap, 20);

    assert_int_equal(heap_realloc(&heap, first, 20, unit_call), first);
    assert_int_equal(take(&heap, 20), second + 32);
    unit_check(&heap);
    give(&heap, first); /* lfree is here now, and takes the hole in */
    assert_int_equal(take(&heap, 200), first);
    unit_check(&heap);
    heap_detach(&heap);
}

/* Without room a smaller size can fail too, where it is no shrink in place. */
static void a_small_shrink_can_fail(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-small", false, 24 + 100 + 16);
    const taddr_t block = take(&heap, 100);
    const tsize_t used = figure(&heap, "used");

    assert_int_equal(heap_realloc(&heap, block, 90, unit_call), 0);
    assert_int_equal(figure(&heap, "used"), used);
    unit_check(&heap);
    give(&heap, block);
    heap_detach(&heap);
}

static void names_in_the_headers(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-small:memtrace=1", false, 0x1000);
    assert_memory_equal(target_pointer(RAM + 12), "INIT", 4);
    assert_memory_equal(target_pointer(RAM + 0x1000 - 16 + 12), "INIT", 4);
    const taddr_t block = take(&heap, 20);
    assert_memory_equal(target_pointer(block - 4), "NONE", 4);
    assert_memory_equal(target_pointer(block + 20 + 12), "    ", 4);
    give(&heap, block);
    assert_memory_equal(target_pointer(block - 4), "    ", 4);
    heap_detach(&heap);
}

/* What OneOS 1.x answers to NULL, and to pointers outside. */
static void null_and_foreign(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(both_modes); i++) {
        oneos_heap_of(&heap, "oneos-small", both_modes[i], 0x1000);
        unsigned before = diagnoses();

        heap_free(&heap, 0, unit_call);
        assert_int_equal(heap_realloc(&heap, 0, 0, unit_call), 0);
        assert_int_equal(heap_realloc(&heap, 0, 0x1000, unit_call), 0);
        assert_int_equal(diagnoses(), before);
        assert_int_equal(heap_realloc(&heap, RAM + 0x2000, 8, unit_call),
                         both_modes[i] ? RAM + 0x2000 : 0);
        assert_diagnosed(before, DIAGNOSIS_FOREIGN_POINTER);
        before = diagnoses();
        heap_free(&heap, RAM + 0x2000, unit_call);
        assert_diagnosed(before, DIAGNOSIS_FOREIGN_POINTER);
        heap_detach(&heap);
    }
}

static void calloc_wraps(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(both_modes); i++) {
        oneos_heap_of(&heap, "oneos-small", both_modes[i], 0x1000);
        const unsigned before = diagnoses();
        const taddr_t block = heap_alloc_cleared(&heap, 0x10000, 0x10000 + 1, unit_call);

        assert_int_equal(block, 0); /* 65536 bytes: no room */
        assert_diagnosed(before, DIAGNOSIS_SIZE_OVERFLOW);
        assert_int_equal(heap_alloc_cleared(&heap, 0x10000001, 0x10, unit_call),
                         both_modes[i] ? FIRST : 0); /* 16 bytes */
        assert_diagnosed(before + 1, DIAGNOSIS_SIZE_OVERFLOW);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* os_malloc_align: the next multiple, strictly above where the block is aligned already. */
static void aligned_blocks_of_1x(void **state)
{
    static const tsize_t aligns[] = {4, 8, 16, 64, 256};

    (void)state;
    for (unsigned i = 0; i < ROWS(aligns); i++) {
        oneos_heap_of(&heap, "oneos-small", false, 0x1000);
        const taddr_t block = heap_alloc_aligned(&heap, 30, aligns[i], unit_call);

        assert_int_equal(block, align_up(FIRST + 4, aligns[i]));
        assert_int_equal(load32(block - 4), FIRST);
        assert_int_equal(survey(&heap, block).block.size, 12 + 32 + aligns[i]);
        heap_free_aligned(&heap, block, unit_call);
        assert_int_equal(figure(&heap, "used"), 0);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void lite_has_no_aligned_blocks(void **state)
{
    static const tsize_t aligns[] = {0, 1, 4, 8, 64};
    const struct heap_region region = {RAM, 0x1000, SMALL};

    (void)state;
    assert_null(heap_oneos_small_lite.alloc_aligned);
    assert_null(oneos_heap(&heap, "oneos-mixed", false, &region, 1));
    const unsigned before = diagnoses();
    for (unsigned i = 0; i < ROWS(aligns); i++)
        assert_int_equal(heap_alloc_aligned(&heap, 30, aligns[i], unit_call), 0);
    assert_int_equal(diagnoses(), before);
    heap_detach(&heap);
}

static void lite_keeps_its_structure_in_the_region(void **state)
{
    const taddr_t own = RAM + 96;

    (void)state;
    oneos_heap_of(&heap, "oneos-small-lite", false, 0x1000);
    assert_int_equal(load32(own), own + 16);
    assert_int_equal(load32(own + 4), RAM + 0x1000 - 12);
    assert_int_equal(load32(own + 8), own + 16);
    assert_int_equal(load32(own + 12), 0x1000 - 96 - 16 - 24);
    assert_int_equal(figure(&heap, "used"), 16 + 24);
    take(&heap, 20);
    assert_int_equal(load32(own + 8), own + 16 + 32);
    assert_int_equal(figure(&heap, "used"), 16 + 24 + 32);
    heap_detach(&heap);
}

static void pointers_that_are_no_live_blocks(void **state)
{
    static const char *const specs[] = {"oneos-small", "oneos-small:memtrace=1,align=8",
                                        "oneos-small-lite"};

    (void)state;
    for (unsigned i = 0; i < ROWS(specs) * 2; i++) {
        oneos_heap_of(&heap, specs[i / 2], both_modes[i % 2], 0x1000);
        const taddr_t first = take(&heap, 100);
        const taddr_t second = take(&heap, 100);

        take(&heap, 100);
        memset(target_pointer(first), 0xff, 100);
        memset(target_pointer(second), 0, 100);
        assert_refused(&heap, first + 8, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, first + 1, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, second + 40, DIAGNOSIS_INTERIOR_POINTER);
        give(&heap, first);
        assert_refused(&heap, first, DIAGNOSIS_DOUBLE_FREE);
        give(&heap, second);
        assert_refused(&heap, second, DIAGNOSIS_DOUBLE_FREE);
        assert_int_equal(take(&heap, 190), first);
        assert_refused(&heap, second, DIAGNOSIS_INTERIOR_POINTER);
        heap_detach(&heap);
    }
}

/* It belongs to no block whose size could be told. */
static void a_foreign_pointer_is_no_block_to_events(void **state)
{
    const taddr_t foreign = 0xe0000000;

    (void)state;
    for (unsigned mode = 0; mode < 2; mode++) {
        oneos_heap_of(&heap, "oneos-small", both_modes[mode], 0x1000);
        heap_report_events(&heap, true);
        const unsigned before = diagnoses();
        assert_int_equal(heap_realloc(&heap, foreign, 8, unit_call), mode ? foreign : 0);
        assert_int_equal(diagnoses(), before + 1);
        assert_int_equal(heap.in_progress, 0);
        heap_detach(&heap);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout),
        cmocka_unit_test(too_small),
        cmocka_unit_test(a_heap_smaller_than_a_block),
        cmocka_unit_test(the_end_is_never_filled_exactly),
        cmocka_unit_test(realloc_in_place_by_size),
        cmocka_unit_test(a_hole_that_is_not_seen),
        cmocka_unit_test(a_small_shrink_can_fail),
        cmocka_unit_test(names_in_the_headers),
        cmocka_unit_test(null_and_foreign),
        cmocka_unit_test(calloc_wraps),
        cmocka_unit_test(aligned_blocks_of_1x),
        cmocka_unit_test(lite_has_no_aligned_blocks),
        cmocka_unit_test(lite_keeps_its_structure_in_the_region),
        cmocka_unit_test(a_foreign_pointer_is_no_block_to_events),
        cmocka_unit_test(pointers_that_are_no_live_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
