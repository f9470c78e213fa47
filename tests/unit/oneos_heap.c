/* OneOS memheaps: which regions they take, and calls that concern several regions. */
#include "oneos_unit.h"

static struct heap heap;
static struct heap other;

/* --- adding regions --- */

/* A region as os_memheap_add gets it: the refusal, or NULL. */
static const char *add(struct heap *h, taddr_t begin, tsize_t size, unsigned algorithm)
{
    const struct heap_region region = {begin, size, algorithm};
    const char *const refusal = h->ops->add_region(h, &region);

    if (refusal == NULL)
        h->regions[h->region_count++] = region;
    return refusal;
}

static const char *expected_refusal(tsize_t size, tsize_t lost, tsize_t no_memory, tsize_t least)
{
    if (size <= lost)
        return oneos_refusals[ONEOS_STOP_EMPTY];
    if (size <= no_memory)
        return oneos_refusals[ONEOS_ENOMEM];
    return size < least ? oneos_refusals[ONEOS_STOP_SMALL] : NULL;
}

static void the_smallest_region(void **state)
{
    static const tsize_t no_memory[8] = {99, 102, 101, 100, 99, 102, 101, 100};
    static const tsize_t first_fit[8] = {156, 163, 162, 161, 160, 159, 158, 157};
    static const tsize_t buddy[8] = {384, 387, 386, 385, 384, 387, 386, 385};

    (void)state;
    for (unsigned mod = 0; mod < 8; mod++) {
        const tsize_t lost = -(tsize_t)mod % 4;

        for (tsize_t size = 1; size < 400; size++) {
            const struct heap_region region = {RAM + mod, size, 0};
            const char *refusal;

            unit_region(RAM, RAM_SIZE);
            refusal = oneos_heap_in(&heap, "oneos-first-fit", false, &region, 1);
            assert_ptr_equal(refusal, expected_refusal(size, lost, no_memory[mod], first_fit[mod]));
            if (refusal == NULL) {
                unit_check(&heap);
                heap_detach(&heap);
            }
            refusal = oneos_heap_in(&heap, "oneos-buddy", false, &region, 1);
            assert_ptr_equal(refusal, expected_refusal(size, lost, no_memory[mod], buddy[mod]));
            if (refusal == NULL) {
                unit_check(&heap);
                heap_detach(&heap);
            }
        }
    }
}

static void a_refused_region_is_not_written(void **state)
{
    const struct heap_region region = {RAM, 150, 0};

    (void)state;
    unit_region(RAM, RAM_SIZE);
    memset(target_pointer(RAM), 0x3c, 200);
    assert_non_null(oneos_heap_in(&heap, "oneos-first-fit", false, &region, 1));
    assert_non_null(
        oneos_heap_in(&heap, "oneos-small-lite", false, &(struct heap_region){RAM, 120, 0}, 1));
    for (unsigned i = 0; i < 200; i++)
        assert_int_equal(*(unsigned char *)target_pointer(RAM + i), 0x3c);
}

static void unknown_algorithms(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-mixed", false, 0x1000);
    assert_ptr_equal(add(&heap, RAM + 0x2000, 0x1000, 3), oneos_refusals[ONEOS_EINVAL_ALGORITHM]);
    assert_null(add(&heap, RAM + 0x2000, 0x1000, SMALL));
    unit_check(&heap);
    heap_detach(&heap);
    oneos_heap_of(&heap, "oneos-buddy", false, 0x1000);
    assert_ptr_equal(add(&heap, RAM + 0x2000, 0x1000, 1), oneos_refusals[ONEOS_EINVAL_ALGORITHM]);
    heap_detach(&heap);
}

/* A heap has [0x1000, 0x2000) of RAM; end marker and rounding lie above its recorded end. */
static void overlaps_by_version(void **state)
{
    enum { FINE, SEEN, UNSEEN };
    static const struct {
        tsize_t begin, size;
        unsigned v210, v201;
    } rows[] = {
        {0x0000, 0x1000, FINE, FINE},     {0x2000, 0x1000, FINE, FINE},
        {0x0000, 0x1004, SEEN, SEEN},     {0x0800, 0x0c00, SEEN, SEEN},
        {0x1800, 0x1000, SEEN, SEEN},     {0x0800, 0x2000, SEEN, SEEN},
        {0x1000, 0x1000, SEEN, SEEN},     {0x1000, 0x0800, SEEN, UNSEEN},
        {0x1400, 0x0400, SEEN, UNSEEN},   {0x1ff4, 0x1000, SEEN, SEEN},
        {0x1ff8, 0x1000, UNSEEN, UNSEEN}, {0x1ffc, 0x1000, FINE, FINE},
    };
    static const char *const specs[] = {"oneos-first-fit", "oneos-first-fit-v201"};

    (void)state;
    for (unsigned i = 0; i < ROWS(rows) * 4; i++) {
        const bool v201 = i % 2 != 0;
        const bool faithful = i / 2 % 2 != 0;
        const unsigned answer = v201 ? rows[i / 4].v201 : rows[i / 4].v210;
        const struct heap_region first = {RAM + 0x1000, 0x1000, 0};
        const struct heap_region second = {RAM + rows[i / 4].begin, rows[i / 4].size, 0};

        /* in a second heap */
        assert_null(oneos_heap(&heap, specs[v201], faithful, &first, 1));
        const unsigned before = diagnoses();
        const char *const refusal = oneos_heap_in(&other, specs[v201], faithful, &second, 1);
        assert_ptr_equal(refusal, answer == FINE   ? NULL
                                  : answer == SEEN ? oneos_refusals[ONEOS_EINVAL_OVERLAP]
                                  : faithful       ? NULL
                                                   : oneos_refusals[ONEOS_OVERLAP_UNSEEN]);
        assert_int_equal(diagnoses(), before + (answer == UNSEEN));
        if (refusal == NULL)
            heap_detach(&other);
        if (answer == FINE || refusal != NULL)
            unit_check(&heap);
        /* and in the same one */
        heap_detach(&heap);
        assert_null(oneos_heap(&heap, specs[v201], faithful, &first, 1));
        assert_ptr_equal(add(&heap, second.begin, second.size, 0), refusal);
        heap_detach(&heap);
    }
}

static void a_heap_in_a_block(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit-v201", false, 0x2000);
    const taddr_t block = take(&heap, 2048);
    const struct heap_region region = {block, 2048, 0};
    const unsigned before = diagnoses();

    assert_null(oneos_heap_in(&other, "oneos-first-fit-v201", false, &region, 1));
    assert_int_equal(diagnoses(), before);
    take(&other, 100);
    unit_check(&heap);
    unit_check(&other);
    heap_detach(&other);
    heap_detach(&heap);
    /* where 2.1.0 sees an overlap */
    oneos_heap_of(&heap, "oneos-first-fit", false, 0x2000);
    assert_ptr_equal(oneos_heap_in(&other, "oneos-first-fit", false, &region, 1),
                     oneos_refusals[ONEOS_EINVAL_OVERLAP]);
    heap_detach(&heap);
}

/* --- control blocks --- */

static void the_control_block(void **state)
{
    static const struct {
        const char *spec;
        tsize_t header, name, size; /* offsets */
        const char *lock;
    } rows[] = {
        {"oneos-first-fit", 28, 75, 96, "mem_f_sem"},
        {"oneos-first-fit:name_max=7", 28, 75, 88, "mem_f_s"},
        {"oneos-buddy:name_max=31", 28, 75, 112, "mem_b_sem"},
        {"oneos-buddy:memtrace=1", 32, 79, 100, "mem_b_sem"},
    };

    (void)state;
    for (unsigned i = 0; i < ROWS(rows); i++) {
        unit_region(RAM, RAM_SIZE);
        memset(target_pointer(RAM), 0xee, 0x4000);
        const struct heap_region regions[] = {{RAM, 0x1000, 0}, {RAM + 0x2000, 0x1000, 0}};
        assert_null(oneos_heap_in(&heap, rows[i].spec, false, regions, 2));
        const taddr_t fields = RAM + rows[i].header;
        assert_int_equal(load32(fields), align_up(RAM + rows[i].size, i < 2 ? 8 : 4));
        assert_int_equal(load32(fields + 4), RAM + 0x2000);
        assert_int_equal(load32(fields + 8) + load32(fields + 8 + 0x2000), figure(&heap, "total"));
        assert_int_equal(load32(fields + 12) * 2, figure(&heap, "used"));
        assert_string_equal((char *)target_pointer(RAM + rows[i].name), rows[i].lock);
        assert_int_equal(load32(fields + 4 + 0x2000), 0);
        assert_int_equal(load32(RAM + rows[i].size - 4), 0); /* the algorithm's number */
        heap_detach(&heap);
    }
}

/* --- calls over several regions --- */

static void mixed_heap(bool faithful, const unsigned *algorithms, unsigned count, tsize_t size)
{
    struct heap_region regions[4];

    for (unsigned i = 0; i < count; i++)
        regions[i] = (struct heap_region){RAM + i * 0x10000, size, algorithms[i]};
    assert_null(oneos_heap(&heap, "oneos-mixed", faithful, regions, count));
}

static void the_first_region_with_room_wins(void **state)
{
    static const unsigned algorithms[] = {FIRST_FIT, BUDDY, SMALL};

    (void)state;
    mixed_heap(false, algorithms, 3, 0x800);
    assert_true(take(&heap, 1000) < RAM + 0x10000);
    const taddr_t second = take(&heap, 1000);
    assert_int_equal(second & ~0xffffu, RAM + 0x10000);
    const taddr_t third = take(&heap, 1000);
    assert_int_equal(third & ~0xffffu, RAM + 0x20000);
    assert_int_equal(heap_alloc(&heap, 1000, unit_call), 0);
    give(&heap, third);
    give(&heap, second);
    assert_int_equal(take(&heap, 1000), second);
    unit_check(&heap);
    heap_detach(&heap);
}

static void figures_are_sums(void **state)
{
    static const unsigned algorithms[] = {FIRST_FIT, BUDDY};

    (void)state;
    mixed_heap(false, algorithms, 2, 0x800);
    const tsize_t used = figure(&heap, "used");
    const taddr_t first = take(&heap, 1000);
    give(&heap, first);
    take(&heap, 0); /* the buddy region's: 16 bytes */
    /* the first region's maximum, and the second's at another time */
    assert_int_equal(figure(&heap, "used"), used + 16);
    assert_int_equal(figure(&heap, "max"), used + 1008 + 16);
    heap_detach(&heap);
}

static void realloc_moves_over(void **state)
{
    static const unsigned orders[][2] = {
        {FIRST_FIT, BUDDY}, {BUDDY, FIRST_FIT}, {SMALL, FIRST_FIT}, {BUDDY, SMALL}};

    (void)state;
    for (unsigned i = 0; i < ROWS(orders); i++) {
        mixed_heap(false, orders[i], 2, 0x1000);
        const taddr_t block = take(&heap, 100);
        memset(target_pointer(block), 0x44, 100);
        while (heap_alloc(&heap, 300, unit_call) < RAM + 0x10000)
            continue;
        const unsigned before = survey(&heap, 0).used_blocks;
        const taddr_t moved = heap_realloc(&heap, block, 1500, unit_call);
        assert_int_equal(moved & ~0xffffu, RAM + 0x10000);
        for (tsize_t k = 0; k < 100; k++)
            assert_int_equal(*(unsigned char *)target_pointer(moved + k), 0x44);
        assert_int_equal(survey(&heap, 0).used_blocks, before);
        assert_refused(&heap, block, DIAGNOSIS_DOUBLE_FREE);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* realloc to 0 with a buddy region beside: OneOS frees the block twice. */
/* A size that wraps gets a small block of the other region: no more than that has room is copied. */
static void realloc_moves_over_to_less(void **state)
{
    static const unsigned algorithms[] = {SMALL, FIRST_FIT};

    (void)state;
    mixed_heap(true, algorithms, 2, 0x800);
    const taddr_t block = take(&heap, 64);
    const taddr_t moved = heap_realloc(&heap, block, UINT32_MAX, unit_call);
    assert_int_not_equal(moved, 0);
    assert_int_not_equal(moved, block);
    assert_true(heap.ops->usable_size(&heap, moved) < 64);
    unit_check(&heap);
    give(&heap, moved);
    heap_detach(&heap);
}

static void realloc_to_nothing_beside_a_buddy_region(void **state)
{
    static const struct {
        unsigned algorithms[2];
        unsigned full; /* whether the buddy region has no room at all */
        unsigned diagnosed;
    } rows[] = {{{FIRST_FIT, BUDDY}, 0, 1},
                {{FIRST_FIT, BUDDY}, 1, 0},
                {{FIRST_FIT, FIRST_FIT}, 0, 0},
                {{FIRST_FIT, SMALL}, 0, 0}};

    (void)state;
    for (unsigned i = 0; i < ROWS(rows) * 2; i++) {
        mixed_heap(both_modes[i % 2], rows[i / 2].algorithms, 2, 0x800);
        const taddr_t block = take(&heap, 100);
        while (rows[i / 2].full && heap_alloc(&heap, 0, unit_call) != 0)
            continue;
        const tsize_t used = figure(&heap, "used");
        const tsize_t most = figure(&heap, "max");
        const unsigned before = diagnoses();
        assert_int_equal(heap_realloc(&heap, block, 0, unit_call), 0);
        assert_int_equal(diagnoses(), before + rows[i / 2].diagnosed);
        assert_true(rows[i / 2].diagnosed == 0 || diagnose_last()->kind == DIAGNOSIS_DOUBLE_FREE);
        assert_int_equal(figure(&heap, "used"), used - 104);
        assert_int_equal(figure(&heap, "max"), most);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void null_pointers(void **state)
{
    (void)state;
    oneos_heap_of(&heap, "oneos-first-fit", true, 0x1000);
    unsigned before = diagnoses();
    heap_free(&heap, 0, unit_call);
    assert_diagnosed(before, DIAGNOSIS_ASSERTION);
    assert_int_not_equal(heap_realloc(&heap, 0, 10, unit_call), 0);
    assert_int_equal(heap_realloc(&heap, 0, 0, unit_call), 0);
    assert_int_equal(heap_realloc(&heap, 0, 0x1000, unit_call), 0);
    assert_int_equal(diagnoses(), before + 1);
    heap_detach(&heap);
    oneos_heap_of(&heap, "oneos-first-fit-v201", true, 0x1000);
    before = diagnoses();
    assert_int_not_equal(heap_realloc(&heap, 0, 10, unit_call), 0);
    assert_int_equal(diagnoses(), before);
    assert_int_equal(heap_realloc(&heap, 0, 0x1000, unit_call), 0);
    assert_diagnosed(before, DIAGNOSIS_FOREIGN_POINTER);
    heap_detach(&heap);
}

static void alignments(void **state)
{
    static const char *const specs[] = {"oneos-first-fit", "oneos-buddy", "oneos-mixed"};

    (void)state;
    for (unsigned i = 0; i < ROWS(specs); i++) {
        oneos_heap_of(&heap, specs[i], true, 0x10000);
        const unsigned before = diagnoses();

        for (tsize_t align = 1; align <= 4096; align *= 2) {
            const taddr_t block = heap_alloc_aligned(&heap, 10, align, unit_call);
            assert_int_not_equal(block, 0);
            assert_true(is_aligned(block, align));
        }
        assert_int_not_equal(heap_alloc_aligned(&heap, 10, 0, unit_call), 0);
        assert_int_equal(heap_alloc_aligned(&heap, 10, 0x80000000, unit_call), 0);
        assert_int_equal(heap_alloc_aligned(&heap, 0xffffff00, 4, unit_call), 0);
        assert_int_equal(diagnoses(), before);
        assert_int_equal(heap_alloc_aligned(&heap, 10, 24, unit_call), 0);
        assert_diagnosed(before, DIAGNOSIS_BAD_ALIGNMENT);
        /* the sum wraps: what the real code does with it is not known */
        assert_int_equal(heap_alloc_aligned(&heap, 0xffffff00, 512, unit_call), 0);
        assert_diagnosed(before + 1, DIAGNOSIS_SIZE_OVERFLOW);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void calloc_wraps(void **state)
{
    static const char *const specs[] = {"oneos-first-fit", "oneos-buddy", "oneos-mixed",
                                        "oneos-small-lite"};

    (void)state;
    for (unsigned i = 0; i < ROWS(specs) * 2; i++) {
        oneos_heap_of(&heap, specs[i / 2], both_modes[i % 2], 0x2000);
        const taddr_t dirty = take(&heap, 64);
        memset(target_pointer(dirty), 0xff, 64);
        give(&heap, dirty);
        unsigned before = diagnoses();
        const taddr_t block = heap_alloc_cleared(&heap, 5, 12, unit_call);
        for (tsize_t k = 0; k < 60; k++)
            assert_int_equal(*(unsigned char *)target_pointer(block + k), 0);
        assert_int_equal(diagnoses(), before);
        const taddr_t wrapped = heap_alloc_cleared(&heap, 0x10000001, 0x10, unit_call);
        assert_int_equal(wrapped != 0, both_modes[i % 2]);
        assert_diagnosed(before, DIAGNOSIS_SIZE_OVERFLOW);
        /* 4 GiB would be cleared, of a block of a few bytes */
        before = diagnoses();
        assert_int_equal(heap_alloc_cleared(&heap, 1, 0xffffffff, unit_call), 0);
        assert_int_equal(diagnoses(), before + (i / 2 != 3));
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* --- the runs printed in OneOS's manual, which are of 2.0.1 --- */

/*
 * The board's heap as sys_heap_sample finds it: a hole of 274 units, which an ended main task has
 * left, a block, and the rest. Returns the hole's first pointer.
 */
static taddr_t sample_board(const char *spec, tsize_t shift)
{
    const struct heap_region region = {0x20003468 + shift, 0x14b98 - shift, 0};

    unit_region(0x20000000, 0x18000);
    kernel.heap_list = NULL;
    assert_null(oneos_heap_in(&heap, spec, true, &region, 1));
    const taddr_t hole = take(&heap, 2188);
    assert_int_equal(take(&heap, 3476), 0x20003dac + shift);
    give(&heap, hole);
    return hole;
}

static void the_manuals_allocations(void **state)
{
    static const char *const specs[] = {"oneos-first-fit-v201", "oneos-first-fit"};

    (void)state;
    for (unsigned i = 0; i < ROWS(specs); i++) {
        assert_int_equal(sample_board(specs[i], 0), 0x2000351c);
        for (tsize_t size = 1; size <= 65536; size *= 2) {
            const taddr_t block = take(&heap, size);

            assert_int_equal(block, size <= 2048 ? 0x2000351c : 0x20004b44);
            give(&heap, block);
        }
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* One block, doubled from 4 bytes on. */
static void the_manuals_reallocs(void **state)
{
    (void)state;
    sample_board("oneos-first-fit", 0);
    taddr_t block = 0;
    for (tsize_t size = 4; size <= 65536; size *= 2) {
        block = heap_realloc(&heap, block, size, unit_call);
        assert_int_equal(block, size <= 2048 ? 0x2000351c : 0x20004b44);
    }
    heap_detach(&heap);

    sample_board("oneos-first-fit-v201", 0);
    assert_int_equal(block = heap_realloc(&heap, 0, 4, unit_call), 0x2000351c);
    assert_int_equal(block = heap_realloc(&heap, block, 8, unit_call), 0x20003524);
    for (tsize_t size = 16; size <= 32768; size *= 2) {
        const taddr_t old = block;

        block = heap_realloc(&heap, block, size, unit_call);
        assert_int_not_equal(block, 0);
        assert_int_not_equal(block, old); /* never in place */
    }
    assert_int_equal(heap_realloc(&heap, block, 65536, unit_call), 0);
    unit_check(&heap);
    heap_detach(&heap);
}

static void the_manuals_user_heap(void **state)
{
    (void)state;
    sample_board("oneos-first-fit-v201", 0x20);
    const taddr_t block = take(&heap, 2048);
    const struct heap_region region = {block, 2048, 0};

    assert_int_equal(block, 0x2000353c);
    assert_null(oneos_heap_in(&other, "oneos-first-fit-v201", true, &region, 1));
    for (tsize_t size = 1; size <= 1024; size *= 2) {
        const taddr_t inner = take(&other, size);

        assert_int_equal(inner, 0x200035dc);
        give(&other, inner);
    }
    assert_int_equal(heap_alloc(&other, 2048, unit_call), 0);
    heap_detach(&other);
    heap_detach(&heap);

    sample_board("oneos-first-fit", 0x20);
    assert_int_equal(take(&heap, 2048), block);
    assert_ptr_equal(oneos_heap_in(&other, "oneos-first-fit", true, &region, 1),
                     oneos_refusals[ONEOS_EINVAL_OVERLAP]);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_smallest_region),
        cmocka_unit_test(a_refused_region_is_not_written),
        cmocka_unit_test(unknown_algorithms),
        cmocka_unit_test(overlaps_by_version),
        cmocka_unit_test(a_heap_in_a_block),
        cmocka_unit_test(the_control_block),
        cmocka_unit_test(the_first_region_with_room_wins),
        cmocka_unit_test(figures_are_sums),
        cmocka_unit_test(realloc_moves_over),
        cmocka_unit_test(realloc_moves_over_to_less),
        cmocka_unit_test(realloc_to_nothing_beside_a_buddy_region),
        cmocka_unit_test(null_pointers),
        cmocka_unit_test(alignments),
        cmocka_unit_test(calloc_wraps),
        cmocka_unit_test(the_manuals_allocations),
        cmocka_unit_test(the_manuals_reallocs),
        cmocka_unit_test(the_manuals_user_heap),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
