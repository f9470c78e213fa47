/* OneOS buddy: how a region is cut up, what merges, aligned blocks, its quirks in both modes. */
#include <stdio.h>

#include "oneos_unit.h"

static struct heap heap;

/* The first block of a region at RAM: behind the control block and the algorithm's structure. */
enum { BLOCKS = RAM + 96 + 272 };

/* A region with room for `bytes` of blocks. */
static void buddy_heap(const char *options, bool faithful, tsize_t bytes)
{
    char spec[64];

    snprintf(spec, sizeof spec, "oneos-buddy%s%s", options[0] != '\0' ? ":" : "", options);
    oneos_heap_of(&heap, spec, faithful, 96 + 272 + bytes);
}

static bool expect_size(void *context, const struct heap_block *block)
{
    const tsize_t **sizes = context;

    assert_false(block->used);
    assert_int_equal(block->size, **sizes);
    (*sizes)++;
    return true;
}

static void a_region_is_cut_largest_first(void **state)
{
    static const struct {
        const char *options;
        tsize_t bytes, total;
        tsize_t sizes[12];
    } rows[] = {
        {"", 16, 272 + 16, {16}},
        {"", 31, 272 + 16, {16}},
        {"", 100, 272 + 96, {64, 32}},
        {"", 0x5ff0, 272 + 0x5ff0, {8192, 8192, 4096, 2048, 1024, 512, 256, 128, 64, 32, 16}},
        {"buddy_max_block=512", 1200, 272 + 1200, {512, 512, 128, 32, 16}},
        {"buddy_max_block=1000", 1200, 272 + 1200, {512, 512, 128, 32, 16}},
        {"buddy_max_block=2097152", 0x90000, 272 + 0x90000, {0x80000, 0x10000}},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        const tsize_t *sizes = rows[i].sizes;

        buddy_heap(rows[i].options, false, rows[i].bytes);
        unit_check(&heap);
        assert_int_equal(figure(&heap, "total"), rows[i].total);
        assert_int_equal(figure(&heap, "used"), 272);
        heap.ops->walk(&heap, expect_size, &sizes);
        assert_int_equal(*sizes, 0); /* all were there */
        heap_detach(&heap);
    }
}

static void largest_blocks_never_merge(void **state)
{
    (void)state;
    buddy_heap("buddy_max_block=512", false, 1024);
    const taddr_t first = take(&heap, 508);
    const taddr_t second = take(&heap, 508);

    assert_int_equal(first, BLOCKS + 4);
    assert_int_equal(second, BLOCKS + 516);
    give(&heap, first);
    give(&heap, second);
    assert_int_equal(survey(&heap, 0).free_blocks, 2);
    /* the newest free block is the head */
    assert_int_equal(take(&heap, 508), second);
    assert_int_equal(heap_alloc(&heap, 509, unit_call), 0);
    unit_check(&heap);
    heap_detach(&heap);
}

/* A tail too short for a pair of its level has none: it merges no further. */
static void a_tail_without_a_pair(void **state)
{
    (void)state;
    buddy_heap("buddy_max_block=512", false, 512 + 128 + 32);
    take(&heap, 508);
    const taddr_t tail = take(&heap, 28);
    assert_int_equal(tail, BLOCKS + 512 + 128 + 4); /* the 32 bytes */
    const taddr_t half = take(&heap, 60);
    const taddr_t other = take(&heap, 60);
    give(&heap, tail);
    give(&heap, half);
    give(&heap, other);
    assert_int_equal(survey(&heap, half).block.size, 128);
    assert_int_equal(survey(&heap, tail).block.size, 32);
    unit_check(&heap);
    heap_detach(&heap);
}

static void splitting_keeps_the_lower_half(void **state)
{
    (void)state;
    buddy_heap("buddy_max_block=512", false, 512);
    assert_int_equal(take(&heap, 12), BLOCKS + 4);
    assert_int_equal(take(&heap, 12), BLOCKS + 16 + 4);
    assert_int_equal(take(&heap, 28), BLOCKS + 32 + 4);
    assert_int_equal(take(&heap, 100), BLOCKS + 128 + 4);
    assert_int_equal(figure(&heap, "used"), 272 + 16 + 16 + 32 + 128);
    unit_check(&heap);
    heap_detach(&heap);
}

static void zero_bytes_are_granted(void **state)
{
    (void)state;
    buddy_heap("", false, 512);
    const taddr_t block = take(&heap, 0);
    assert_int_equal(heap.ops->usable_size(&heap, block), 12);
    const taddr_t cleared = heap_alloc_cleared(&heap, 0, 7, unit_call);
    assert_int_not_equal(cleared, 0);
    assert_int_equal(heap_alloc_aligned(&heap, 0, 4, unit_call), 0);
    assert_int_equal(heap_alloc_aligned(&heap, 0, 64, unit_call), 0);
    assert_int_not_equal(heap_realloc(&heap, 0, 0, unit_call), 0);
    assert_int_equal(heap_realloc(&heap, block, 0, unit_call), 0); /* but this frees */
    assert_int_equal(survey(&heap, 0).used_blocks, 2);
    unit_check(&heap);
    heap_detach(&heap);
}

/* BLOCKS is 16 above a multiple of 64. */
static void an_aligned_block_gives_back_what_it_does_not_need(void **state)
{
    (void)state;
    buddy_heap("buddy_max_block=512", false, 512);
    const tsize_t before = figure(&heap, "used");
    const taddr_t block = heap_alloc_aligned(&heap, 20, 64, unit_call);

    assert_int_equal(block, align_up(BLOCKS + 4, 64));
    const struct heap_block found = survey(&heap, block).block;
    assert_int_equal(found.payload, block);
    assert_int_equal(found.usable, heap.ops->usable_size(&heap, block));
    assert_int_equal(found.usable, found.header + found.size - block);
    /* 20 + 63 + 4 bytes make 128 for a moment */
    assert_int_equal(figure(&heap, "max"), before + 128);
    assert_int_equal(figure(&heap, "used"), before + found.size);
    unit_check(&heap);
    give(&heap, block);
    assert_int_equal(survey(&heap, 0).free_blocks, 1);
    assert_refused(&heap, block, DIAGNOSIS_DOUBLE_FREE);
    heap_detach(&heap);
}

static void an_aligned_block_has_two_headers(void **state)
{
    (void)state;
    for (unsigned traced = 0; traced < 2; traced++) {
        buddy_heap(traced ? "memtrace=1" : "", false, 0x1000);
        const tsize_t header = traced ? 8 : 4;
        const taddr_t block = heap_alloc_aligned(&heap, 200, 256, unit_call);
        const struct heap_block found = survey(&heap, block).block;

        assert_int_not_equal(found.header, block - header);
        assert_int_equal(load32(found.header), load32(block - header));
        assert_int_equal(load32(block - header) >> 24, 0x5a);
        assert_int_equal(load32(block - header) >> 16 & 0xff, 1);
        /* the start of the block is no pointer of the program's */
        assert_refused(&heap, found.header + header, DIAGNOSIS_INTERIOR_POINTER);
        give(&heap, block);
        heap_detach(&heap);
    }
}

/* Where tasks are stored, headers 4 bytes apart share words, and the mark says so. */
static void two_headers_that_overlap(void **state)
{
    const struct heap_region region = {RAM + 4, 0x1000, 0};

    (void)state;
    for (tsize_t shift = 0; shift < 16; shift += 4) {
        const struct heap_region shifted = {region.begin + shift, region.size, 0};

        assert_null(oneos_heap(&heap, "oneos-buddy:memtrace=1", false, &shifted, 1));
        const taddr_t block = heap_alloc_aligned(&heap, 40, 16, unit_call);
        const struct heap_block found = survey(&heap, block).block;
        const tsize_t apart = block - 8 - found.header;

        assert_int_equal(load32(block - 8) >> 16 & 0xff, apart == 0 ? 0 : apart < 8 ? 2 : 1);
        unit_check(&heap);
        give(&heap, block);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void realloc_by_case(void **state)
{
    static const struct {
        tsize_t from, to;
        bool moves, fails;
    } rows[] = {
        {100, 124, false, false}, {100, 60, false, false},  {100, 1, false, false},
        {100, 125, true, false},  {100, 4000, true, false}, {100, 8189, false, true},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        buddy_heap("", false, 0x4000);
        const taddr_t block = take(&heap, rows[i].from);
        const tsize_t kept = rows[i].from < rows[i].to ? rows[i].from : rows[i].to;

        memset(target_pointer(block), 0x39, rows[i].from);
        const taddr_t result = heap_realloc(&heap, block, rows[i].to, unit_call);
        unit_check(&heap);
        assert_int_equal(result == 0, rows[i].fails);
        const taddr_t now = result != 0 ? result : block;
        assert_int_equal(now != block, rows[i].moves);
        for (tsize_t k = 0; k < kept && result != 0; k++)
            assert_int_equal(*(unsigned char *)target_pointer(result + k), 0x39);
        give(&heap, now);
        assert_int_equal(figure(&heap, "used"), 272);
        heap_detach(&heap);
    }
}

static void realloc_of_an_aligned_block(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ROWS(both_modes); i++) {
        const bool faithful = both_modes[i];

        buddy_heap("", faithful, 0x1000);
        const taddr_t block = heap_alloc_aligned(&heap, 200, 256, unit_call);
        const struct heap_block found = survey(&heap, block).block;
        const tsize_t room = heap.ops->usable_size(&heap, block);
        const unsigned before = diagnoses();

        assert_true(room < found.size - 4);
        assert_int_equal(heap_realloc(&heap, block, room, unit_call), block);
        assert_int_equal(diagnoses(), before);
        assert_int_equal(heap_realloc(&heap, block, room + 1, unit_call), faithful ? block : 0);
        assert_diagnosed(before, DIAGNOSIS_BAD_ALIGNMENT);
        assert_int_equal(heap_realloc(&heap, block, 10, unit_call),
                         faithful ? found.header + 4 : 0);
        assert_diagnosed(before + 1, DIAGNOSIS_BAD_ALIGNMENT);
        unit_check(&heap);
        if (faithful) /* the old pointer is dead, though its header is still there */
            assert_refused(&heap, block, DIAGNOSIS_DOUBLE_FREE);
        give(&heap, faithful ? found.header + 4 : block);
        assert_int_equal(figure(&heap, "used"), 272);
        heap_detach(&heap);
    }
}

static void an_aligned_block_moves_whole(void **state)
{
    (void)state;
    buddy_heap("", false, 0x4000);
    const taddr_t block = heap_alloc_aligned(&heap, 200, 256, unit_call);
    const tsize_t room = heap.ops->usable_size(&heap, block);

    memset(target_pointer(block), 0x11, room);
    const taddr_t moved = heap_realloc(&heap, block, 3000, unit_call);
    assert_int_not_equal(moved, 0);
    assert_int_equal(heap.cost.moved, room);
    for (tsize_t k = 0; k < room; k++)
        assert_int_equal(*(unsigned char *)target_pointer(moved + k), 0x11);
    unit_check(&heap);
    heap_detach(&heap);
}

static void wrapping_sizes(void **state)
{
    static const struct {
        const char *options;
        tsize_t size;
        bool wraps;
    } rows[] = {
        {"", 0xfffffffb, false},          {"", 0xfffffffc, true},
        {"", 0xffffffff, true},           {"memtrace=1", 0xfffffff7, false},
        {"memtrace=1", 0xfffffff8, true}, {"memtrace=1", 0xffffffff, true},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows) * 2; i++) {
        const bool granted = both_modes[i % 2] && rows[i / 2].wraps;

        buddy_heap(rows[i / 2].options, both_modes[i % 2], 0x1000);
        const taddr_t kept = take(&heap, 100);
        const unsigned before = diagnoses();
        const taddr_t block = heap_alloc(&heap, rows[i / 2].size, unit_call);
        assert_int_equal(diagnoses(), before + rows[i / 2].wraps);
        assert_int_equal(block != 0, granted);
        assert_true(!granted || survey(&heap, block).block.size == 16);
        const taddr_t resized = heap_realloc(&heap, kept, rows[i / 2].size, unit_call);
        assert_int_equal(diagnoses(), before + 2u * rows[i / 2].wraps);
        assert_int_equal(resized, granted ? kept : 0);
        assert_int_equal(survey(&heap, kept).block.size, granted ? 16 : 128);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void pointers_that_are_no_live_blocks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        buddy_heap(i / 2 ? "memtrace=1" : "", both_modes[i % 2], 0x1004);
        const taddr_t first = take(&heap, 100);
        const taddr_t second = take(&heap, 50);
        const taddr_t third = take(&heap, 50);

        memset(target_pointer(first), 0xff, 100);
        memset(target_pointer(second), 0, 50);
        assert_refused(&heap, first + 16, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, first + 3, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, second + 32, DIAGNOSIS_INTERIOR_POINTER);
        assert_refused(&heap, RAM + 96 + 20, DIAGNOSIS_FOREIGN_POINTER);
        assert_refused(&heap, RAM + 8, DIAGNOSIS_FOREIGN_POINTER);
        give(&heap, second);
        assert_refused(&heap, second, DIAGNOSIS_DOUBLE_FREE);
        give(&heap, first);
        assert_refused(&heap, second, DIAGNOSIS_DOUBLE_FREE);
        give(&heap, third);
        assert_int_equal(take(&heap, 240), first); /* over all three */
        assert_refused(&heap, second, DIAGNOSIS_INTERIOR_POINTER);
        heap_detach(&heap);
    }
}

/* The pointer of a freed aligned block stays dead when the block is given out again, plain. */
static void a_second_header_is_dead(void **state)
{
    (void)state;
    buddy_heap("", false, 0x1000);
    const taddr_t block = heap_alloc_aligned(&heap, 200, 256, unit_call);
    const struct heap_block found = survey(&heap, block).block;

    give(&heap, block);
    const taddr_t again = take(&heap, found.size - 4);
    assert_int_equal(again, found.header + 4);
    assert_refused(&heap, block, DIAGNOSIS_INTERIOR_POINTER);
    give(&heap, again);
    heap_detach(&heap);
}

/* Nor does it come back with another aligned block there, whose header words are the same. */
static void a_second_header_stays_dead(void **state)
{
    (void)state;
    buddy_heap("", false, 0x1000);
    const taddr_t block = heap_alloc_aligned(&heap, 200, 256, unit_call);
    const struct heap_block found = survey(&heap, block).block;
    const uint32_t word = load32(block - 4);

    give(&heap, block);
    const taddr_t again = heap_alloc_aligned(&heap, 300, 64, unit_call);
    assert_int_equal(survey(&heap, again).block.header, found.header);
    assert_int_equal(load32(again - 4), word);
    assert_int_not_equal(again, block);
    assert_refused(&heap, block, DIAGNOSIS_INTERIOR_POINTER);
    give(&heap, again);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_region_is_cut_largest_first),
        cmocka_unit_test(largest_blocks_never_merge),
        cmocka_unit_test(a_tail_without_a_pair),
        cmocka_unit_test(splitting_keeps_the_lower_half),
        cmocka_unit_test(zero_bytes_are_granted),
        cmocka_unit_test(an_aligned_block_gives_back_what_it_does_not_need),
        cmocka_unit_test(an_aligned_block_has_two_headers),
        cmocka_unit_test(two_headers_that_overlap),
        cmocka_unit_test(realloc_by_case),
        cmocka_unit_test(realloc_of_an_aligned_block),
        cmocka_unit_test(an_aligned_block_moves_whole),
        cmocka_unit_test(wrapping_sizes),
        cmocka_unit_test(pointers_that_are_no_live_blocks),
        cmocka_unit_test(a_second_header_is_dead),
        cmocka_unit_test(a_second_header_stays_dead),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
