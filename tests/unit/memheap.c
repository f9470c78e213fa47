/*
 * RT-Thread memheap: the rules of one region at their thresholds, its quirks in safe and faithful
 * mode, and its release variants. Several regions: memheap_regions.c.
 */
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x4000, H = 24, LEAST = 16 }; /* at alignment 8 */

#define MAGIC_FREE 0x1ea01ea0u
#define MAGIC_USED 0x1ea01ea1u
#define NAME_NONE  0x454e4f4eu
#define NAME_BLANK 0x20202020u

static struct heap heap;

static void begin_in(const char *spec, bool faithful, taddr_t base, tsize_t size)
{
    assert_null(unit_heap(&heap, spec, faithful, base, size));
    unit_expect();
}

static void begin(const char *spec, bool faithful)
{
    begin_in(spec, faithful, RAM, SIZE);
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

/* Header and least block at each alignment, with and without names, and before 5.0. */
static void layout_of_items(void **state)
{
    static const struct {
        const char *spec;
        tsize_t header, one, nine, thirteen; /* payloads of requests of 1, 9 and 13 bytes */
    } rows[] = {
        {"rt-memheap:align=4", 24, 12, 12, 16},
        {"rt-memheap:align=4,memtrace=1", 28, 12, 12, 16},
        {"rt-memheap", 24, 16, 16, 16},
        {"rt-memheap:memtrace=1", 32, 16, 16, 16},
        {"rt-memheap:align=16", 32, 16, 16, 16},
        {"rt-memheap:align=16,memtrace=1", 32, 16, 16, 16},
        {"rt-memheap:align=32", 32, 32, 32, 32},
        {"rt-memheap:align=32,memtrace=1", 32, 32, 32, 32},
        {"rt-memheap:release=5.0.2", 24, 16, 16, 16},
        {"rt-memheap:release=4.1.1", 24, 12, 16, 16},
        {"rt-memheap:release=4.1.1,align=4", 24, 12, 12, 16},
        {"rt-memheap:release=4.1.1,align=16", 32, 16, 16, 16},
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        const tsize_t header = rows[i].header;

        begin(rows[i].spec, false);
        assert_int_equal(unit_stats(&heap).total, SIZE);
        assert_int_equal(used(), 2 * header);
        assert_int_equal(unit_stats(&heap).used_max, 2 * header);
        taddr_t at = RAM + header;
        assert_int_equal(take(1), at);
        at += rows[i].one + header;
        assert_int_equal(take(9), at);
        at += rows[i].nine + header;
        assert_int_equal(take(13), at);
        at += rows[i].thirteen + header;
        assert_int_equal(take(40), at);
        assert_int_equal(heap.ops->usable_size(&heap, RAM + header), rows[i].one);
        end();
    }
}

/* Every word that the target would show, in an aligned region with one live block. */
static void words_in_memory(void **state)
{
    (void)state;
    begin("rt-memheap:memtrace=1,name_max=12", false);
    const taddr_t control = heap.object;
    const taddr_t fields = control + 24; /* behind an object with a name of 12 */
    const taddr_t list = fields + 24;
    const taddr_t block = take(100);
    const taddr_t rest = block + 104;
    const taddr_t tail = RAM + SIZE - 32;
    const struct {
        taddr_t at;
        uint32_t expected;
    } words[] = {
        {control, 0x74736574}, /* "test" */
        {control + 12, 0x87},    {fields, RAM},
        {fields + 4, SIZE},      {fields + 8, SIZE - 64 - 136},
        {fields + 12, 64 + 136}, {fields + 16, RAM},
        {fields + 20, list},     {list, MAGIC_FREE},
        {list + 4, control},     {list + 16, rest},
        {list + 20, rest},       {RAM, MAGIC_USED},
        {RAM + 4, control},      {RAM + 8, rest},
        {RAM + 12, tail},        {RAM + 16, 0},
        {RAM + 20, 0},           {RAM + 24, NAME_NONE},
        {rest, MAGIC_FREE},      {rest + 4, control},
        {rest + 8, tail},        {rest + 12, RAM},
        {rest + 16, list},       {rest + 20, list},
        {rest + 24, NAME_BLANK}, {tail, MAGIC_USED},
        {tail + 4, control},     {tail + 8, RAM},
        {tail + 12, rest},       {tail + 16, 0},
        {tail + 20, 0},
    };

    assert_int_equal(block, RAM + 32);
    for (unsigned i = 0; i < UNIT_COUNT(words); i++)
        if (load32(words[i].at) != words[i].expected)
            fail_msg("row %u: 0x%x instead of 0x%x", i, load32(words[i].at), words[i].expected);
    give(block);
    assert_int_equal(load32(RAM + 24), NAME_BLANK);
    end();
}

/* The application's own control block is what headers name. */
static void control_block_of_the_caller(void **state)
{
    const struct heap_region region = {RAM, 0x400, 0};
    struct heap_config config;

    (void)state;
    unit_region(RAM, SIZE);
    heap_config_standard(&config, &heap_rt_memheap);
    assert_null(heap_init(&heap, &config, "own", &region, 1, RAM + 0x1000, unit_call));
    assert_int_equal(heap.object, RAM + 0x1000);
    assert_ptr_equal(heap_by_object(RAM + 0x1000), &heap);
    assert_int_equal(load32(RAM + 4), RAM + 0x1000);
    give(take(10));
    end();
}

/* front=1 aligns both ends inwards; front=0 takes the start as it is. */
static void ends_of_the_region(void **state)
{
    static const struct {
        const char *spec;
        taddr_t begin;
        tsize_t size;
        taddr_t first;
        tsize_t total;
        unsigned unaligned;
    } rows[] = {
        {"rt-memheap:front=1", RAM + 3, 0x405, RAM + 8 + H, 0x400, 0},
        {"rt-memheap:front=1", RAM + 3, 0x404, RAM + 8 + H, 0x3f8, 0},
        {"rt-memheap", RAM + 3, 0x407, RAM + 3 + H, 0x400, 1},
        {"rt-memheap", RAM + 4, 0x400, RAM + 4 + H, 0x400, 1},
        {"rt-memheap:align=4", RAM + 4, 0x403, RAM + 4 + H, 0x400, 0},
        {"rt-memheap:align=4", RAM + 6, 0x403, RAM + 6 + H, 0x400, 1},
    };

    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++)
        for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
            unit_region(RAM, SIZE);
            unit_expect();
            assert_null(unit_heap_in(&heap, rows[i].spec, faithful, rows[i].begin, rows[i].size));
            unit_diagnosed(DIAGNOSIS_UNALIGNED_HEAP, rows[i].unaligned);
            assert_int_equal(unit_stats(&heap).total, rows[i].total);
            assert_int_equal(take(24), rows[i].first);
            give(take(200));
            end();
        }
}

/* Quirk 25: what is too small for two headers is no heap; two headers alone are one, always full.
 */
static void least_region(void **state)
{
    static const struct {
        const char *spec;
        tsize_t least;
    } rows[] = {{"rt-memheap", 48},
                {"rt-memheap:memtrace=1", 64},
                {"rt-memheap:align=4,memtrace=1", 56},
                {"rt-memheap:align=32", 64}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        assert_non_null(unit_heap(&heap, rows[i].spec, true, RAM, rows[i].least - 1));
        assert_non_null(unit_heap(&heap, rows[i].spec, false, RAM, 4));
        begin_in(rows[i].spec, false, RAM, rows[i].least);
        assert_int_equal(used(), rows[i].least);
        assert_int_equal(take(0), 0);
        end();
    }
}

/* --- alloc --- */

/* Quirk 9: a request must be strictly below `available`, which counts all free items. */
static void the_last_exact_fit_fails(void **state)
{
    (void)state;
    begin_in("rt-memheap", false, RAM, 1024);
    assert_int_equal(take(1024 - 2 * H), 0);
    assert_int_equal(take(1024 - 2 * H - 8), RAM + H);
    assert_int_equal(used(), 1024); /* the rest is too small for a block */
    assert_int_equal(take(0), 0);
    end();
    begin_in("rt-memheap", false, RAM, 1024);
    const taddr_t a = take(200);
    const taddr_t b = take(200);
    take(1024 - 2 * H - 2 * (200 + H) - H - LEAST - H); /* leaves a free item of LEAST */
    give(a);
    assert_int_equal(take(200), a); /* there is LEAST more */
    give(b);
    assert_int_equal(resize(take(192), 208), 0);
    end();
}

/* An item is split if what remains holds a header and a least block. */
static void threshold_of_a_split(void **state)
{
    (void)state;
    for (tsize_t n = 120; n <= 200; n += 8) {
        const bool split = 200 >= n + H + LEAST;

        begin("rt-memheap", false);
        const taddr_t a = take(200);
        const taddr_t b = take(24);
        give(a);
        const tsize_t before = used(); /* with a header for each free item but one */
        assert_int_equal(take(n), a);
        assert_int_equal(used(), before + (split ? n + H : 200));
        assert_int_equal(load32(b - H + 12), split ? a + n : RAM);
        end();
    }
}

/* Quirk 8. */
static void size_zero(void **state)
{
    (void)state;
    for (unsigned front = 0; front < 2; front++) {
        begin(front ? "rt-memheap:front=1" : "rt-memheap", false);
        const taddr_t a = take(0);
        assert_int_equal(a, RAM + H);
        assert_int_equal(heap.ops->usable_size(&heap, a), LEAST);
        assert_int_equal(resize(0, 0), front ? a + LEAST + H : 0);
        assert_int_equal(resize(a, 0), 0);
        assert_int_equal(used(), 2 * H + front * (LEAST + 2 * H));
        assert_int_equal(heap_alloc_cleared(&heap, 0, 5, unit_call), a);
        unit_not_diagnosed();
        end();
    }
}

/* --- order of the free list --- */

/* Three free blocks of 104, 200 and 40 bytes, freed in this order, before the large rest. */
struct holes {
    taddr_t a, b, c, last;
};

static struct holes make_holes(const char *spec)
{
    struct holes holes;

    begin(spec, false);
    holes.a = take(104);
    take(16);
    holes.b = take(200);
    take(16);
    holes.c = take(40);
    holes.last = take(16);
    give(holes.a);
    give(holes.b);
    give(holes.c);
    return holes;
}

/* Fast: the one freed last first. Best: the smallest first. 4.1.1 has no best mode. */
static void freed_blocks_are_listed(void **state)
{
    static const struct {
        const char *spec;
        bool sorted;
    } rows[] = {{"rt-memheap", false},
                {"rt-memheap:mode=best", true},
                {"rt-memheap:mode=best,release=5.0.2", true},
                {"rt-memheap:mode=best,release=4.1.1", false}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        struct holes holes = make_holes(rows[i].spec);
        assert_int_equal(take(96), rows[i].sorted ? holes.a : holes.b);
        assert_int_equal(heap.cost.steps, 2);
        end();
        holes = make_holes(rows[i].spec);
        assert_int_equal(take(8), holes.c);
        assert_int_equal(heap.cost.steps, 1);
        assert_int_equal(take(300), holes.last + 16 + H);
        assert_int_equal(heap.cost.steps, 3);
        end();
    }
}

/* Best mode: before one of the same size; behind all if it is the largest. */
static void best_mode_at_its_edges(void **state)
{
    (void)state;
    begin("rt-memheap:mode=best", false);
    const taddr_t a = take(104);
    take(16);
    const taddr_t b = take(104);
    take(16);
    give(a);
    give(b);
    assert_int_equal(take(104), b);
    assert_int_equal(take(104), a);
    end();
    for (unsigned best = 0; best < 2; best++) {
        begin_in(best ? "rt-memheap:mode=best" : "rt-memheap", false, RAM, 1024);
        const taddr_t large = take(600);
        const taddr_t last = take(16);
        give(large);
        assert_int_equal(take(16), best ? last + 16 + H : large);
        end();
    }
}

/* A block that the free one below absorbs takes that one's place in the list. */
static void merging_downwards_keeps_the_place(void **state)
{
    static const char *const specs[] = {"rt-memheap", "rt-memheap:mode=best"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], false);
        const taddr_t a = take(40);
        const taddr_t b = take(40);
        const taddr_t c = take(16);
        const taddr_t d = take(48);
        take(16);
        give(a);
        give(d); /* fast: d, a, rest; best: a, d, rest */
        give(b); /* a grows to 104 where it is */
        assert_int_equal(take(48), i == 0 ? d : a);
        give(c); /* absorbed by what is left of a; in best mode that absorbs d, too */
        assert_int_equal(take(136), i == 0 ? a : a + 48 + H);
        end();
    }
}

/* Merging upwards unlists the upper one, and the lower one is listed anew. */
static void merging_upwards(void **state)
{
    (void)state;
    begin("rt-memheap", false);
    const taddr_t a = take(40);
    const taddr_t b = take(40);
    take(16);
    const taddr_t d = take(48);
    take(16);
    give(b);
    give(d);
    give(a); /* and b: in front of d */
    assert_int_equal(take(48), a);
    assert_int_equal(take(32), a + 48 + H); /* the rest of it */
    end();
}

/* Freed in every order, four neighbours become one free item with the rest. */
static void merging_in_every_order(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 24; order++) {
        taddr_t blocks[4];

        begin("rt-memheap", false);
        for (unsigned i = 0; i < 4; i++)
            blocks[i] = take(24 + 8 * i);
        for (unsigned i = 4, code = order; i > 0; code /= i, i--) {
            const unsigned pick = code % i;

            give(blocks[pick]);
            unit_check(&heap);
            blocks[pick] = blocks[i - 1];
        }
        assert_int_equal(used(), 2 * H);
        assert_int_equal(heap_largest_free(&heap), SIZE - 2 * H);
        end();
    }
}

/* --- realloc --- */

/* Grows in place only if what then remains above is larger than a least block: never whole. */
static void threshold_of_growing(void **state)
{
    (void)state;
    for (tsize_t next = LEAST; next <= 96; next += 8)
        for (tsize_t n = 72; n <= 200; n += 8) {
            begin("rt-memheap", false);
            const taddr_t a = take(64);
            const taddr_t x = take(next);
            const taddr_t wall = take(16);
            memset(target_pointer(a), 0x5a, 64);
            give(x);
            const tsize_t before = used();
            const bool in_place = next + 64 > n + LEAST;
            const taddr_t moved = next >= n ? x : wall + 16 + H;

            assert_int_equal(resize(a, n), in_place ? a : moved);
            if (in_place) {
                assert_int_equal(used(), before + n - 64);
                assert_int_equal(load32(a - H + 8), a + n);
                assert_int_equal(load32(a + n + 8), wall - H);
                assert_int_equal(take(8), a + n + H); /* at the head of the list */
            }
            for (unsigned i = 0; i < 64; i++)
                assert_int_equal(((uint8_t *)target_pointer(in_place ? a : moved))[i], 0x5a);
            end();
        }
}

/* Shrinks only by more than a header and a least block, with a free block above or without. */
static void threshold_of_shrinking(void **state)
{
    (void)state;
    for (unsigned above = 0; above < 2; above++)
        for (tsize_t n = 8; n <= 200; n += 8) {
            begin("rt-memheap", false);
            const taddr_t a = take(200);
            const taddr_t x = take(40);
            const taddr_t wall = take(16);
            if (above)
                give(x);
            const tsize_t before = used();
            const tsize_t served = n < LEAST ? LEAST : n;
            const bool split = served + H + LEAST < 200;
            const tsize_t gained = 200 - served - (above ? 0 : H);

            assert_int_equal(resize(a, n), a);
            assert_int_equal(used(), split ? before - gained : before);
            assert_int_equal(load32(a - H + 8), split ? a + served : x - H);
            if (split)
                assert_int_equal(load32(a + served + 8), above ? wall - H : x - H);
            end();
        }
}

/* Quirk 23: moving needs old and new at once; a failure leaves the old block as it was. */
static void realloc_without_room(void **state)
{
    (void)state;
    begin_in("rt-memheap", false, RAM, 1024);
    const taddr_t a = take(400);
    const taddr_t b = take(400);
    memset(target_pointer(a), 0x5a, 400);
    const struct heap_stats before = unit_stats(&heap);

    assert_int_equal(resize(a, 600), 0);
    unit_unchanged(&heap, &before);
    for (unsigned i = 0; i < 400; i++)
        assert_int_equal(((uint8_t *)target_pointer(a))[i], 0x5a);
    give(b);
    assert_int_equal(resize(a, 600), a);
    end();
}

/* --- sizes that wrap --- */

/* Quirks 1 and 2. */
static void sizes_that_round_to_zero(void **state)
{
    (void)state;
    for (tsize_t align = 4; align <= 8; align += 4)
        for (unsigned faithful = 0; faithful < 2; faithful++)
            for (tsize_t size = 0 - (align - 1); size != 0; size++) {
                begin(align == 4 ? "rt-memheap:align=4" : "rt-memheap", faithful);
                const taddr_t a = take(100);
                const tsize_t before = used();
                const taddr_t tiny = take(size);

                unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
                assert_int_equal(tiny, faithful ? a + align_up(100, align) + H : 0);
                assert_int_equal(resize(0, size) != 0, faithful);
                unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
                assert_int_equal(resize(a, size), faithful ? a : 0);
                unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
                assert_int_equal(heap.ops->usable_size(&heap, a),
                                 faithful ? align_up(12, align) : align_up(100, align));
                assert_int_equal(used() == before, !faithful);
                end();
            }
}

/* Quirk 3: rounded it does not wrap, but with a least block added it does. Always refused. */
static void sizes_that_wrap_with_a_least_block(void **state)
{
    static const struct {
        const char *spec;
        tsize_t size;
        unsigned next_free, next_used; /* times diagnosed */
    } rows[] = {
        {"rt-memheap", 0xffffffe8, 0, 0},
        {"rt-memheap", 0xffffffe9, 1, 0},
        {"rt-memheap", 0xfffffff0, 1, 0},
        {"rt-memheap", 0xfffffff8, 1, 0},
        {"rt-memheap:front=1", 0xfffffff8, 1, 0},
        {"rt-memheap:align=4", 0xfffffff0, 0, 0},
        {"rt-memheap:align=4", 0xfffffff4, 1, 0},
        {"rt-memheap:align=4", 0xfffffffc, 1, 0},
        {"rt-memheap:align=32", 0xffffffe0, 1, 0},
        {"rt-memheap:release=4.1.1", 0xfffffff0, 0, 0}, /* its least block is 12 */
        {"rt-memheap:release=4.1.1", 0xfffffff8, 1, 0},
    };

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++)
        for (unsigned faithful = 0; faithful < 2; faithful++) {
            begin(rows[i].spec, faithful);
            const taddr_t a = take(100);
            const taddr_t b = take(100);
            const struct heap_stats before = unit_stats(&heap);

            assert_int_equal(resize(b, rows[i].size), 0);
            unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, rows[i].next_free);
            assert_int_equal(resize(a, rows[i].size), 0);
            unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, rows[i].next_used);
            assert_int_equal(take(rows[i].size), 0);
            unit_not_diagnosed();
            unit_unchanged(&heap, &before);
            end();
        }
}

/* --- misuse --- */

static void pointers_that_are_no_blocks(void **state)
{
    static const char *const specs[] = {"rt-memheap", "rt-memheap:align=4,memtrace=1",
                                        "rt-memheap:mode=best,front=1"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], i % 2);
        const taddr_t a = take(64);
        const taddr_t b = take(64);
        const taddr_t c = take(64);

        unit_refused(&heap, 1, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, RAM - 8, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, RAM + SIZE, DIAGNOSIS_FOREIGN_POINTER);
        unit_refused(&heap, heap.object, DIAGNOSIS_FOREIGN_POINTER);
        for (tsize_t k = 1; k < 64; k++)
            unit_refused(&heap, b + k, DIAGNOSIS_INTERIOR_POINTER);
        unit_refused(&heap, b - 4, DIAGNOSIS_INTERIOR_POINTER);
        memcpy(target_pointer(b), target_pointer(b - 32), 32); /* a header that is none */
        unit_refused(&heap, b + 32, DIAGNOSIS_INTERIOR_POINTER);
        give(b);
        unit_refused(&heap, b, DIAGNOSIS_DOUBLE_FREE);
        give(a);
        unit_refused(&heap, b, DIAGNOSIS_DOUBLE_FREE); /* absorbed by now */
        give(c);
        unit_refused(&heap, a, DIAGNOSIS_DOUBLE_FREE);
        unit_refused(&heap, c, DIAGNOSIS_DOUBLE_FREE);
        assert_int_equal(take(64 * 3), a);
        unit_refused(&heap, b, DIAGNOSIS_INTERIOR_POINTER);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_of_items),
        cmocka_unit_test(words_in_memory),
        cmocka_unit_test(control_block_of_the_caller),
        cmocka_unit_test(ends_of_the_region),
        cmocka_unit_test(least_region),
        cmocka_unit_test(the_last_exact_fit_fails),
        cmocka_unit_test(threshold_of_a_split),
        cmocka_unit_test(size_zero),
        cmocka_unit_test(freed_blocks_are_listed),
        cmocka_unit_test(best_mode_at_its_edges),
        cmocka_unit_test(merging_downwards_keeps_the_place),
        cmocka_unit_test(merging_upwards),
        cmocka_unit_test(merging_in_every_order),
        cmocka_unit_test(threshold_of_growing),
        cmocka_unit_test(threshold_of_shrinking),
        cmocka_unit_test(realloc_without_room),
        cmocka_unit_test(sizes_that_round_to_zero),
        cmocka_unit_test(sizes_that_wrap_with_a_least_block),
        cmocka_unit_test(pointers_that_are_no_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
