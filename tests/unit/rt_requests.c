/*
 * Requests that wrap at 32 bits, rt_calloc and rt_malloc_align: what the real code answers
 * (faithful), and that the call fails with nothing changed otherwise (safe). Every odd request is
 * diagnosed in both modes.
 */
#include "small_mem_unit.h"

enum { SIZE = 0x40000, BLOCK = RAM + 0x48, BLOCK_A4 = RAM + 56 + 12 };

static struct heap heap;

static void begin(const char *spec, bool faithful)
{
    assert_null(unit_heap(&heap, spec, faithful, RAM, SIZE));
    memset(target_pointer(RAM + 0x60), 0xa5,
           SIZE - 0x60 - 32); /* between the first header and the end item */
    unit_expect();
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

/* --- alloc and realloc of a size that rounds up to 0 --- */

static const struct {
    const char *spec;
    tsize_t size;
    bool wraps;
} sizes[] = {
    {"rt-small-mem", 0xfffffff8, false},          {"rt-small-mem", 0xfffffff9, true},
    {"rt-small-mem", 0xffffffff, true},           {"rt-small-mem:align=4", 0xfffffffc, false},
    {"rt-small-mem:align=4", 0xfffffffd, true},   {"rt-small-mem:align=4", 0xffffffff, true},
    {"rt-small-mem:align=16", 0xfffffff0, false}, {"rt-small-mem:align=16", 0xfffffff1, true},
    {"rt-small-mem:align=32", 0xffffffe0, false}, {"rt-small-mem:align=32", 0xffffffe1, true},
};

static void alloc_of_a_wrapping_size(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * UNIT_COUNT(sizes); i++) {
        const bool faithful = i % 2;

        begin(sizes[i / 2].spec, faithful);
        const struct heap_stats before = unit_stats(&heap);
        const taddr_t block = unit_alloc(&heap, sizes[i / 2].size);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, sizes[i / 2].wraps);
        if (faithful && sizes[i / 2].wraps) {
            assert_int_not_equal(block, 0); /* a least block */
            assert_int_equal(heap.ops->usable_size(&heap, block),
                             align_up(12, heap_option(&heap, "align")));
        } else {
            assert_int_equal(block, 0);
            unit_unchanged(&heap, &before);
        }
        end();
    }
}

static void realloc_to_a_wrapping_size(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * UNIT_COUNT(sizes); i++) {
        const bool faithful = i % 2;

        begin(sizes[i / 2].spec, faithful);
        const taddr_t block = unit_alloc(&heap, 100);
        const struct heap_stats before = unit_stats(&heap);
        assert_int_equal(unit_realloc(&heap, block, sizes[i / 2].size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, sizes[i / 2].wraps);
        if (faithful && sizes[i / 2].wraps)
            assert_int_equal(unit_stats(&heap).used, 0); /* the block is lost */
        else
            unit_unchanged(&heap, &before);
        assert_int_equal(unit_realloc(&heap, 0, sizes[i / 2].size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, sizes[i / 2].wraps);
        end();
    }
}

/* --- calloc --- */

static const struct {
    const char *spec;
    tsize_t count, size;
    unsigned diagnosed;
    taddr_t safe, faithful;
    tsize_t cleared; /* bytes, where there is a block */
} products[] = {
    {"rt-small-mem", 3, 7, 0, BLOCK, BLOCK, 21},
    {"rt-small-mem", 1, 1, 0, BLOCK, BLOCK, 1},
    {"rt-small-mem", 0, 5, 0, 0, 0, 0},
    {"rt-small-mem", 5, 0, 0, 0, 0, 0},
    {"rt-small-mem", 0xffffffff, 0, 0, 0, 0, 0},
    {"rt-small-mem", 0x10000, 0x8000, 0, 0, 0, 0},              /* no wrap, no room */
    {"rt-small-mem", 0x10000, 0x10000, 1, 0, 0, 0},             /* 0 */
    {"rt-small-mem", 3, 0x55555558, 1, 0, BLOCK, 8},            /* 8 */
    {"rt-small-mem", 0xffffffff, 0xffffffff, 1, 0, BLOCK, 1},   /* 1 */
    {"rt-small-mem", 0x10001, 0x10000, 1, 0, BLOCK, 0x10000},   /* 0x10000 */
    {"rt-small-mem", 0x80000001, 0x10000000, 1, 0, 0, 0},       /* no room for it */
    {"rt-small-mem", 1, 0xfffffff8, 0, 0, 0, 0},                /* does not wrap when rounded */
    {"rt-small-mem", 1, 0xfffffff9, 1, 0, 0, 0},                /* does; would clear 4 GiB */
    {"rt-small-mem", 5, 0x33333333, 1, 0, 0, 0},                /* 0xffffffff exactly */
    {"rt-small-mem", 0xffffffff, 7, 1, 0, 0, 0},                /* wraps to 0xfffffff9 */
    {"rt-small-mem:align=4", 0xffffffff, 7, 1, 0, 0, 0},        /* the same: no room */
    {"rt-small-mem:align=4", 0xffffffff, 3, 1, 0, 0, 0},        /* wraps to 0xfffffffd */
    {"rt-small-mem:align=4", 1, 0xfffffffc, 0, 0, 0, 0},        /* does not wrap */
    {"rt-small-mem:align=4", 1, 0xfffffffd, 1, 0, 0, 0},        /* does */
    {"rt-small-mem:align=4", 3, 0x55555558, 1, 0, BLOCK_A4, 8}, /* 8 */
};

static void calloc_products(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * UNIT_COUNT(products); i++) {
        const bool faithful = i % 2;
        const taddr_t expected = faithful ? products[i / 2].faithful : products[i / 2].safe;

        begin(products[i / 2].spec, faithful);
        const struct heap_stats before = unit_stats(&heap);
        const taddr_t block =
            heap_alloc_cleared(&heap, products[i / 2].count, products[i / 2].size, unit_call);
        assert_int_equal(block, expected);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, products[i / 2].diagnosed);
        if (block == 0) {
            unit_unchanged(&heap, &before);
        } else {
            const uint8_t *const bytes = target_pointer(block);

            for (tsize_t k = 0x20; k < products[i / 2].cleared; k++)
                assert_int_equal(bytes[k], 0);
            assert_int_equal(heap.cost.moved, products[i / 2].cleared);
        }
        end();
    }
}

/* Bytes that were used before are cleared, and not one more. */
static void calloc_clears_what_was_asked(void **state)
{
    (void)state;
    for (tsize_t size = 1; size <= 40; size++) {
        begin("rt-small-mem", false);
        const taddr_t block = unit_alloc(&heap, 64);
        const uint8_t *const bytes = target_pointer(block);
        memset(target_pointer(block), 0xee, 64);
        unit_free(&heap, block);
        assert_int_equal(heap_alloc_cleared(&heap, 1, size, unit_call), block);
        for (tsize_t i = 0; i < size; i++)
            assert_int_equal(bytes[i], 0);
        if (!is_aligned(size, 8))
            assert_int_equal(bytes[size], 0xee);
        end();
    }
}

/* --- malloc_align --- */

/* `lead`: bytes allocated first, so that the raw block lies elsewhere: 0x48 + lead + 16. */
static const struct {
    const char *spec;
    tsize_t lead, size, align;
    taddr_t raw, result;
    tsize_t usable; /* of the raw block: both parts rounded up to 4 apart */
} alignments[] = {
    {"rt-small-mem", 0, 32, 8, BLOCK, BLOCK + 8, 40},
    {"rt-small-mem", 0, 32, 16, BLOCK, BLOCK + 8, 48},
    {"rt-small-mem", 0, 32, 64, BLOCK, BLOCK + 0x38, 96},
    {"rt-small-mem", 8, 32, 4, BLOCK + 32, BLOCK + 36, 40},
    {"rt-small-mem", 24, 32, 16, BLOCK + 40, BLOCK + 56, 48}, /* aligned already: a whole step on */
    {"rt-small-mem", 0, 0, 8, BLOCK, BLOCK + 8, 16},
    {"rt-small-mem", 0, 5, 8, BLOCK, BLOCK + 8, 16},
    {"rt-small-mem", 0, 32, 1, BLOCK, BLOCK + 4, 40},              /* 1 to 4 are 4 */
    {"rt-small-mem", 0, 32, 5, BLOCK, BLOCK + 8, 40},              /* 5 to 8 are 8 */
    {"rt-small-mem:align=4", 0, 9, 5, BLOCK_A4, BLOCK_A4 + 4, 20}, /* 12 + 8, not 9 + 5 */
    {"rt-small-mem:align=4", 0, 13, 4, BLOCK_A4, BLOCK_A4 + 4, 20},
    {"rt-small-mem:align=4", 0, 16, 4, BLOCK_A4, BLOCK_A4 + 4, 20},
    {"rt-small-mem:align=4", 0, 17, 4, BLOCK_A4, BLOCK_A4 + 4, 24},
    /* No power of two: the same arithmetic. 12: 0x48 & 11 = 8, (0x48 + 11) & ~11 = 0x50. */
    {"rt-small-mem", 0, 32, 12, BLOCK, BLOCK + 8, 48},
    {"rt-small-mem", 0, 32, 24, BLOCK, BLOCK + 24, 56},
};

static void malloc_align_places_and_frees(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(alignments); i++) {
        begin(alignments[i].spec, false);
        if (alignments[i].lead != 0)
            (void)unit_alloc(&heap, alignments[i].lead);
        const struct heap_stats before = unit_stats(&heap);
        const taddr_t block =
            heap_alloc_aligned(&heap, alignments[i].size, alignments[i].align, unit_call);
        assert_int_equal(block, alignments[i].result);
        assert_int_equal(load32(block - 4), alignments[i].raw);
        assert_int_equal(heap.ops->usable_size(&heap, alignments[i].raw), alignments[i].usable);
        heap_free_aligned(&heap, block, unit_call);
        assert_int_equal(unit_stats(&heap).used, before.used);
        unit_not_diagnosed();
        end();
    }
}

/*
 * Alignments and sizes with no sound answer. A sum that wraps is answered faithfully where the
 * hidden word lies in the block; where it does not, nothing stays allocated in either mode.
 */
static const struct {
    tsize_t size, align;
    enum diagnosis_kind safe_kind;
    unsigned faithful_diagnosed;
    taddr_t faithful;
} refusals[] = {
    {32, 0, DIAGNOSIS_BAD_ALIGNMENT, 1, 0},
    {32, 0xfffffffd, DIAGNOSIS_BAD_ALIGNMENT, 1, 0},
    {32, 0xffffffff, DIAGNOSIS_BAD_ALIGNMENT, 1, 0},
    {0xfffffffd, 16, DIAGNOSIS_SIZE_OVERFLOW, 1, BLOCK + 8}, /* the size alone: rounds to 0 */
    {0xffffffff, 16, DIAGNOSIS_SIZE_OVERFLOW, 1, BLOCK + 8},
    {0xfffffff0, 16, DIAGNOSIS_SIZE_OVERFLOW, 1, 0}, /* the sum: 0 */
    {0xfffffff0, 64, DIAGNOSIS_SIZE_OVERFLOW, 2, 0}, /* 48 bytes, the word at 52: outside */
    {0xfffffff8, 32, DIAGNOSIS_SIZE_OVERFLOW, 1, BLOCK + 24}, /* 24 bytes, the word at 20: in it */
    {32, 0xfffffff8, DIAGNOSIS_SIZE_OVERFLOW, 2, 0},          /* the word below the block */
};

static void malloc_align_refusals(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(refusals); i++) {
        begin("rt-small-mem", false);
        const struct heap_stats before = unit_stats(&heap);
        assert_int_equal(heap_alloc_aligned(&heap, refusals[i].size, refusals[i].align, unit_call),
                         0);
        unit_diagnosed(refusals[i].safe_kind, 1);
        unit_unchanged(&heap, &before);
        end();
    }
}

static void malloc_align_refusals_faithful(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(refusals); i++) {
        begin("rt-small-mem", true);
        const taddr_t block =
            heap_alloc_aligned(&heap, refusals[i].size, refusals[i].align, unit_call);
        assert_int_equal(block, refusals[i].faithful);
        assert_int_equal(diagnose_count(DIAGNOSIS_KINDS) - unit_counts[DIAGNOSIS_KINDS],
                         refusals[i].faithful_diagnosed);
        if (block == 0)
            assert_int_equal(unit_stats(&heap).used, 0);
        else
            heap_free_aligned(&heap, block, unit_call);
        assert_int_equal(unit_stats(&heap).used, 0);
        end();
    }
}

/* The pointers of the two kinds of call don't mix. */
static void aligned_and_plain_pointers_mixed_up(void **state)
{
    static const char *const specs[] = {"rt-small-mem", "rt-small-mem:align=4",
                                        "rt-small-mem:memtrace=1"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], false);
        const taddr_t plain = unit_alloc(&heap, 64);
        const taddr_t second = unit_alloc(&heap, 64);
        const taddr_t aligned = heap_alloc_aligned(&heap, 64, 32, unit_call);
        const struct heap_stats before = unit_stats(&heap);

        unit_expect();
        heap_free_aligned(&heap, plain, unit_call); /* the word before it: never written, or prev */
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        heap_free_aligned(&heap, second, unit_call);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        unit_free(&heap, aligned);
        unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1);
        assert_int_equal(unit_realloc(&heap, aligned, 128), 0);
        unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1);
        heap_free_aligned(&heap, RAM + SIZE + 64, unit_call);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        heap_free_aligned(&heap, 3, unit_call);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        heap_free_aligned(&heap, 0, unit_call);
        unit_not_diagnosed();
        unit_unchanged(&heap, &before);
        heap_free_aligned(&heap, aligned, unit_call);
        unit_not_diagnosed();
        heap_free_aligned(&heap, aligned, unit_call);
        unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(alloc_of_a_wrapping_size),
        cmocka_unit_test(realloc_to_a_wrapping_size),
        cmocka_unit_test(calloc_products),
        cmocka_unit_test(calloc_clears_what_was_asked),
        cmocka_unit_test(malloc_align_places_and_frees),
        cmocka_unit_test(malloc_align_refusals),
        cmocka_unit_test(malloc_align_refusals_faithful),
        cmocka_unit_test(aligned_and_plain_pointers_mixed_up),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
