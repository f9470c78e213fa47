/* OneOS first-fit: the rules of the lists, the layout at its limits, its quirks in both modes. */
#include "oneos_unit.h"

static struct heap heap;

/*
 * A region of 4 KiB at RAM: 499 units from 0x20000060 on, of which 8 are the heap's own. place(k)
 * is the payload of the chunk k units behind the first.
 */
enum { REGION = 0x1000, FIRST = RAM + 0x60 + 8 * 8 + 4, UNITS = 499 - 8 };

static taddr_t place(uint32_t units)
{
    return FIRST + 8 * units;
}

/* The bytes that make a chunk of `units`. */
static tsize_t bytes_of(uint32_t units)
{
    return 8 * units - 4;
}

static void layout_at_the_limits(void **state)
{
    static const struct {
        const char *spec;
        tsize_t begin, size;  /* begin: from RAM */
        tsize_t total, first; /* first: payload of the first block, from RAM */
    } rows[] = {
        {"oneos-first-fit", 0, 0x1000, 3992, 0xa4},
        {"oneos-first-fit", 1, 0x1000, 3984, 0xac},
        {"oneos-first-fit", 4, 0x1000, 3992, 0xac},
        {"oneos-first-fit:name_max=7", 0, 0x1000, 4000, 0x9c},
        {"oneos-first-fit:name_max=31", 0, 0x1000, 3976, 0xb4},
        {"oneos-first-fit:memtrace=1", 0, 0x1000, 3984, 0xb0},
        /* the header fields: 16 bits up to 0x7fff units, then 32 */
        {"oneos-first-fit", 0, 0x40058, 0x3fff0, 0xbc},
        {"oneos-first-fit", 0, 0x40060, 0x3fff8, 0xbc}, /* 8 bytes kept for a marker of 4 */
        {"oneos-first-fit", 0, 0x40068, 0x40000, 0xc0},
        {"oneos-first-fit:memtrace=1", 0, 0x40070, 0x3fff8, 0xc8},
        {"oneos-first-fit:memtrace=1", 0, 0x40074, 0x40000, 0xcc},
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

/* Allocates holes and guards in turn, then frees the holes in their order. */
static void dig(const uint32_t *units, unsigned count, taddr_t *holes)
{
    for (unsigned i = 0; i < count; i++) {
        holes[i] = take(&heap, bytes_of(units[i]));
        take(&heap, bytes_of(1));
    }
    for (unsigned i = 0; i < count; i++)
        give(&heap, holes[i]);
    unit_check(&heap);
}

static void eight_probes_hide_a_chunk(void **state)
{
    static const uint32_t units[] = {16, 16, 16, 16, 16, 16, 16, 16, 16, 20};
    const taddr_t tail = place(9 * 17 + 21);
    taddr_t holes[ROWS(units)];

    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    dig(units, ROWS(units), holes);
    /* eight too small: on to the tail of the heap, a list above */
    assert_int_equal(take(&heap, bytes_of(18)), tail);
    /* the head stayed at the ninth, so the second look finds the tenth */
    assert_int_equal(take(&heap, bytes_of(18)), holes[9]);
    /* and its successor, the first, is the head now */
    assert_int_equal(take(&heap, bytes_of(16)), holes[0]);
    unit_check(&heap);
    heap_detach(&heap);
}

static void a_short_list_is_probed_once_around(void **state)
{
    static const uint32_t units[] = {16, 17, 18};
    taddr_t holes[ROWS(units)];

    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    dig(units, ROWS(units), holes);
    assert_int_equal(take(&heap, bytes_of(19)), place(16 + 17 + 18 + 3));
    assert_int_equal(take(&heap, bytes_of(16)), holes[0]);
    heap_detach(&heap);
}

static void a_failed_search_moves_the_head_too(void **state)
{
    static const uint32_t units[] = {16, 16, 16, 16, 16, 16, 16, 16, 16};
    taddr_t holes[ROWS(units)];

    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    dig(units, ROWS(units), holes);
    take(&heap, bytes_of(UNITS - 9 * 17)); /* the tail: nothing above the list is left */
    assert_int_equal(heap_alloc(&heap, bytes_of(31), unit_call), 0);
    assert_int_equal(take(&heap, bytes_of(16)), holes[8]);
    assert_int_equal(take(&heap, bytes_of(16)), holes[0]);
    heap_detach(&heap);
}

static void removal_makes_the_successor_the_head(void **state)
{
    taddr_t holes[4];
    taddr_t guards[4];

    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    for (unsigned i = 0; i < ROWS(holes); i++) {
        holes[i] = take(&heap, bytes_of(16));
        guards[i] = take(&heap, 1);
        take(&heap, 1);
    }
    for (unsigned i = 0; i < ROWS(holes); i++)
        give(&heap, holes[i]);
    /* the second hole leaves the middle of the list, and comes back as the tail, 17 units long */
    give(&heap, guards[1]);
    assert_int_equal(take(&heap, bytes_of(16)), holes[2]);
    assert_int_equal(take(&heap, bytes_of(16)), holes[3]);
    assert_int_equal(take(&heap, bytes_of(16)), holes[0]);
    assert_int_equal(take(&heap, bytes_of(16)), holes[1]);
    unit_check(&heap);
    heap_detach(&heap);
}

/*
 * Holes L and R around M, and X behind L, Y behind R in the list. Taking R out first makes Y the
 * head, then taking L out makes X the head; the other way round it would be Y.
 */
static void the_right_neighbour_merges_first(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    const taddr_t left = take(&heap, bytes_of(16));
    const taddr_t middle = take(&heap, bytes_of(16));
    const taddr_t right = take(&heap, bytes_of(16));
    take(&heap, 1);
    const taddr_t x = take(&heap, bytes_of(16));
    take(&heap, 1);
    const taddr_t y = take(&heap, bytes_of(16));
    take(&heap, 1);
    give(&heap, left);
    give(&heap, x);
    give(&heap, right);
    give(&heap, y);
    give(&heap, middle);
    assert_int_equal(survey(&heap, left).block.size, 8 * 48);
    assert_int_equal(take(&heap, bytes_of(16)), x);
    assert_int_equal(take(&heap, bytes_of(16)), y);
    unit_check(&heap);
    heap_detach(&heap);
}

/* In a big region a free chunk of one unit is on no list, and comes back by merging only. */
static void a_solo_chunk_waits_for_its_neighbour(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, 0x60000);
    const taddr_t hole = take(&heap, 16); /* 3 units */
    take(&heap, 8);
    give(&heap, hole);
    const taddr_t part = take(&heap, 8); /* 2 of them */
    assert_int_equal(part, hole);
    assert_int_equal(survey(&heap, hole + 8).block.size, 8);
    assert_false(survey(&heap, hole + 8).block.used);
    assert_int_equal(survey(&heap, hole + 8).block.usable, 0);
    unit_check(&heap);
    take(&heap, 8);
    assert_false(survey(&heap, hole + 8).block.used);
    give(&heap, part);
    assert_int_equal(take(&heap, 16), hole);
    unit_check(&heap);
    heap_detach(&heap);
}

static void realloc_by_case(void **state)
{
    static const struct {
        uint32_t from, to;
        uint32_t behind; /* free units right behind the block */
        bool moves, moves_in_v201;
    } rows[] = {
        {10, 10, 5, false, false}, {10, 9, 5, false, false}, {10, 1, 0, false, false},
        {10, 9, 0, false, false},  {10, 12, 5, false, true}, {10, 15, 5, false, true},
        {10, 16, 5, true, true},   {10, 11, 0, true, true},
    };
    static const char *const specs[] = {"oneos-first-fit", "oneos-first-fit-v201"};

    (void)state;
    for (unsigned i = 0; i < ROWS(rows) * 2; i++) {
        const bool v201 = i % 2 != 0;

        oneos_heap_of(&heap, specs[v201], false, REGION);
        const taddr_t block = take(&heap, bytes_of(rows[i / 2].from));
        const taddr_t behind =
            rows[i / 2].behind > 0 ? take(&heap, bytes_of(rows[i / 2].behind)) : 0;
        take(&heap, 1);
        if (behind != 0)
            give(&heap, behind);
        memset(target_pointer(block), 0x5c, bytes_of(rows[i / 2].from));
        const taddr_t result = heap_realloc(&heap, block, bytes_of(rows[i / 2].to), unit_call);
        const uint32_t kept = rows[i / 2].from < rows[i / 2].to ? rows[i / 2].from : rows[i / 2].to;
        unit_check(&heap);
        assert_int_not_equal(result, 0);
        assert_int_equal(result != block, v201 ? rows[i / 2].moves_in_v201 : rows[i / 2].moves);
        for (tsize_t k = 0; k < bytes_of(kept); k++)
            assert_int_equal(*(unsigned char *)target_pointer(result + k), 0x5c);
        assert_int_equal(survey(&heap, result).block.size, 8 * rows[i / 2].to);
        heap_detach(&heap);
    }
}

static void a_failed_realloc_keeps_the_block(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    const taddr_t block = take(&heap, 100);
    const tsize_t used = figure(&heap, "used");

    take(&heap, 8);
    assert_int_equal(heap_realloc(&heap, block, REGION, unit_call), 0);
    assert_int_equal(figure(&heap, "used"), used + 16);
    assert_int_equal(heap_realloc(&heap, block, 0, unit_call), 0);
    assert_refused(&heap, block, DIAGNOSIS_DOUBLE_FREE);
    heap_detach(&heap);
}

/* Of a small region the aligned payload lies 4 bytes further in; realloc reckons as if not. */
static void realloc_of_an_aligned_block(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(both_modes); i++) {
        const bool faithful = both_modes[i];

        oneos_heap_of(&heap, "oneos-first-fit", faithful, REGION);
        const taddr_t block = heap_alloc_aligned(&heap, 24, 8, unit_call);
        assert_int_equal(block, place(0) + 4);
        assert_int_equal(heap.ops->usable_size(&heap, block), 32);
        unsigned before = diagnoses();
        /* within what there is: nothing to say */
        assert_int_equal(heap_realloc(&heap, block, 32, unit_call), block);
        assert_int_equal(diagnoses(), before);
        /* 36 bytes make as many units, but 4 of them are the next header's */
        assert_int_equal(heap_realloc(&heap, block, 36, unit_call), faithful ? block : 0);
        assert_diagnosed(before, DIAGNOSIS_BAD_ALIGNMENT);
        /* growing in place moves the start back */
        assert_int_equal(heap_realloc(&heap, block, 40, unit_call), faithful ? place(0) : 0);
        assert_diagnosed(before + 1, DIAGNOSIS_BAD_ALIGNMENT);
        unit_check(&heap);
        if (!faithful)
            give(&heap, block);
        heap_detach(&heap);

        oneos_heap_of(&heap, "oneos-first-fit", faithful, REGION);
        const taddr_t other = heap_alloc_aligned(&heap, 100, 64, unit_call);
        before = diagnoses();
        assert_int_equal(heap_realloc(&heap, other, 50, unit_call), faithful ? other - 4 : 0);
        assert_diagnosed(before, DIAGNOSIS_BAD_ALIGNMENT);
        unit_check(&heap);
        give(&heap, faithful ? other - 4 : other);
        assert_int_equal(survey(&heap, 0).free_blocks, 1);
        heap_detach(&heap);
    }
}

/* A move copies no byte of the next block's header. */
static void an_aligned_block_moves_whole(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    const taddr_t block = heap_alloc_aligned(&heap, 24, 16, unit_call);

    memset(target_pointer(block), 0x77, 24);
    take(&heap, 1); /* what was cut off in front */
    take(&heap, 1); /* behind */
    const taddr_t moved = heap_realloc(&heap, block, 400, unit_call);
    assert_int_not_equal(moved, 0);
    assert_int_equal(heap.cost.moved, 32);
    assert_int_equal(memcmp(target_pointer(moved), "wwwwwwwwwwwwwwwwwwwwwwww", 24), 0);
    unit_check(&heap);
    heap_detach(&heap);
}

enum answer { FAILS, GRANTED, STOPS }; /* STOPS: the board would, or it is not defined */

static void wrapping_sizes(void **state)
{
    static const struct {
        const char *spec;
        tsize_t region, size;
        bool wraps;
        enum answer faithful;
    } rows[] = {
        {"oneos-first-fit", 0x1000, 0xfffffff4, false, FAILS},
        {"oneos-first-fit", 0x1000, 0xfffffff5, true, STOPS},
        {"oneos-first-fit", 0x1000, 0xfffffffc, true, STOPS},
        {"oneos-first-fit", 0x1000, 0xfffffffd, true, GRANTED},
        {"oneos-first-fit", 0x1000, 0xffffffff, true, GRANTED},
        {"oneos-first-fit-v201", 0x1000, 0xffffffff, true, GRANTED},
        {"oneos-first-fit", 0x60000, 0xfffffff0, false, FAILS},
        {"oneos-first-fit", 0x60000, 0xfffffff1, true, FAILS},
        {"oneos-first-fit", 0x60000, 0xfffffff8, true, FAILS},
        {"oneos-first-fit", 0x60000, 0xfffffff9, true, GRANTED},
        {"oneos-first-fit", 0x60000, 0xffffffff, true, GRANTED},
        {"oneos-first-fit-v201", 0x60000, 0xffffffff, true, STOPS},
        {"oneos-first-fit:memtrace=1", 0x1000, 0xfffffff0, false, FAILS},
        {"oneos-first-fit:memtrace=1", 0x1000, 0xfffffff1, true, STOPS},
        {"oneos-first-fit:memtrace=1", 0x1000, 0xfffffff9, true, GRANTED},
        {"oneos-first-fit:memtrace=1", 0x60000, 0xfffffff5, true, STOPS},
        {"oneos-first-fit:memtrace=1", 0x60000, 0xfffffffd, true, GRANTED},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows) * 2; i++) {
        const bool faithful = both_modes[i % 2];

        oneos_heap_of(&heap, rows[i / 2].spec, faithful, rows[i / 2].region);
        const tsize_t used = figure(&heap, "used");
        const unsigned before = diagnoses();
        const taddr_t block = heap_alloc(&heap, rows[i / 2].size, unit_call);
        const bool granted = faithful && rows[i / 2].faithful == GRANTED;
        assert_int_equal(diagnoses(), before + rows[i / 2].wraps);
        if (rows[i / 2].wraps)
            assert_int_equal(diagnose_last()->kind, DIAGNOSIS_SIZE_OVERFLOW);
        assert_int_equal(block != 0, granted);
        assert_true(granted || figure(&heap, "used") == used);
        unit_check(&heap);
        if (block != 0)
            give(&heap, block);
        assert_int_equal(survey(&heap, 0).free_blocks, 1);
        heap_detach(&heap);
    }
}

static void wrapping_sizes_of_realloc(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(both_modes); i++) {
        oneos_heap_of(&heap, "oneos-first-fit", both_modes[i], REGION);
        const taddr_t block = take(&heap, 200);
        const tsize_t used = figure(&heap, "used");
        const unsigned before = diagnoses();

        assert_int_equal(heap_realloc(&heap, block, 0xfffffff5, unit_call), 0); /* 0 units */
        assert_diagnosed(before, DIAGNOSIS_SIZE_OVERFLOW);
        assert_int_equal(figure(&heap, "used"), used);
        assert_int_equal(heap_realloc(&heap, block, 0xfffffffd, unit_call),
                         both_modes[i] ? block : 0);
        assert_diagnosed(before + 1, DIAGNOSIS_SIZE_OVERFLOW);
        assert_int_equal(survey(&heap, block).block.size, both_modes[i] ? 8 : 208);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* A block of 1 unit in a big region has no usable byte, and its pointer is the next header. */
static void a_block_without_a_byte(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", true, 0x60000);
    const taddr_t block = heap_alloc(&heap, 0xffffffff, unit_call);

    assert_int_equal(survey(&heap, block - 8).block.size, 8);
    assert_int_equal(heap.ops->usable_size(&heap, block), 0);
    unit_check(&heap);
    const taddr_t grown = heap_realloc(&heap, block, 100, unit_call);
    assert_int_equal(grown, block); /* in place, into the rest of the region */
    unit_check(&heap);
    give(&heap, grown);
    heap_detach(&heap);
}

static void pointers_that_are_no_live_blocks(void **state)
{
    static const char *const specs[] = {"oneos-first-fit", "oneos-first-fit-v201",
                                        "oneos-first-fit:memtrace=1"};
    static const tsize_t sizes[] = {REGION, 0x60000};

    (void)state;
    for (unsigned i = 0; i < ROWS(specs) * ROWS(sizes); i++) {
        oneos_heap_of(&heap, specs[i / 2], i % 3 == 0, sizes[i % 2]);
        const taddr_t first = take(&heap, 100);
        const taddr_t second = take(&heap, 100);

        take(&heap, 100);
        memset(target_pointer(first), 0xff, 100);
        memset(target_pointer(second), 0, 100);
        assert_refused(&heap, first + 8, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, first + 1, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, second + 40, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, RAM + 4, DIAGNOSIS_FOREIGN_POINTER);
        assert_refused(&heap, RAM + 0x60, DIAGNOSIS_FOREIGN_POINTER);
        assert_refused(&heap, RAM + sizes[i % 2] + 16, DIAGNOSIS_FOREIGN_POINTER);
        give(&heap, second);
        assert_refused(&heap, second, DIAGNOSIS_DOUBLE_FREE);
        give(&heap, first); /* second's header lies inside a free chunk now */
        assert_refused(&heap, second, DIAGNOSIS_DOUBLE_FREE);
        const taddr_t large = take(&heap, 180); /* and now inside a live one */
        assert_int_equal(large, first);
        assert_refused(&heap, second, DIAGNOSIS_INTERIOR_POINTER);
        heap_detach(&heap);
    }
}

/* What a header left behind in a merged chunk must not do: pass for a live block's. */
static void a_swallowed_header_is_dead(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", false, REGION);
    const taddr_t first = take(&heap, 100);
    const taddr_t second = take(&heap, 100);

    take(&heap, 100);
    give(&heap, first);
    give(&heap, second); /* merges to the left: second's header is swallowed, used once */
    const taddr_t large = take(&heap, 204);
    assert_int_equal(large, first);
    assert_refused(&heap, second, DIAGNOSIS_INTERIOR_POINTER);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_at_the_limits),
        cmocka_unit_test(eight_probes_hide_a_chunk),
        cmocka_unit_test(a_short_list_is_probed_once_around),
        cmocka_unit_test(a_failed_search_moves_the_head_too),
        cmocka_unit_test(removal_makes_the_successor_the_head),
        cmocka_unit_test(the_right_neighbour_merges_first),
        cmocka_unit_test(a_solo_chunk_waits_for_its_neighbour),
        cmocka_unit_test(realloc_by_case),
        cmocka_unit_test(a_failed_realloc_keeps_the_block),
        cmocka_unit_test(realloc_of_an_aligned_block),
        cmocka_unit_test(an_aligned_block_moves_whole),
        cmocka_unit_test(wrapping_sizes),
        cmocka_unit_test(wrapping_sizes_of_realloc),
        cmocka_unit_test(a_block_without_a_byte),
        cmocka_unit_test(pointers_that_are_no_live_blocks),
        cmocka_unit_test(a_swallowed_header_is_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
