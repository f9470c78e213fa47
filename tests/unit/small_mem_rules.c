/*
 * RT-Thread small-mem: the rules of alloc, free and realloc, each at the step where it begins to
 * hold and one step before, at every alignment, with and without owner names.
 */
#include "small_mem_unit.h"

enum { SIZE = 0x2000 };

static struct heap heap;

static void begin(const struct measures *m)
{
    assert_null(unit_heap(&heap, m->spec, false, RAM, SIZE));
    unit_expect();
}

static void end(void)
{
    unit_not_diagnosed();
    unit_check(&heap);
    heap_detach(&heap);
}

#define FOR_ALL_MEASURES(m)                                                                        \
    for (const struct measures *m = all_measures; m < all_measures + UNIT_COUNT(all_measures); m++)

/* A heap that is smaller than a least block refuses all requests, and is sound. */
static void a_heap_smaller_than_a_block(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        for (tsize_t capacity = 0; capacity <= m->least; capacity += m->align) {
            const tsize_t size = m->base - RAM + 2 * m->header + capacity;
            assert_null(unit_heap(&heap, m->spec, false, RAM, size));
            unit_expect();
            for (tsize_t n = 1; n <= 2 * m->least; n++) {
                const taddr_t block = heap_alloc(&heap, n, unit_call);
                assert_int_equal(block != 0, capacity >= m->least && n <= capacity);
                heap_free(&heap, block, unit_call);
            }
            end();
        }
    }
}

/* A free item with `payload` bytes at the heap's start, behind it a used block. */
static taddr_t make_hole(tsize_t payload, taddr_t *guard)
{
    const taddr_t hole = unit_alloc(&heap, payload);

    *guard = unit_alloc(&heap, 64);
    unit_free(&heap, hole);
    return hole;
}

/* --- alloc --- */

static void split_threshold(void **state)
{
    taddr_t guard;

    (void)state;
    FOR_ALL_MEASURES(m)
    {
        const tsize_t n = 4 * m->align + m->least;
        const tsize_t splits = n + m->header + m->least;

        begin(m);
        const taddr_t hole = make_hole(splits, &guard);
        const tsize_t used = control_used();
        assert_int_equal(unit_alloc(&heap, n), hole);
        assert_int_equal(control_used(), used + n + m->header);
        assert_int_equal(item_next(m, hole), hole + n - m->base);
        assert_int_equal(item_prev(m, guard), hole + n - m->base);
        assert_int_equal(control_lfree(), hole + n);
        unit_check(&heap);
        assert_int_equal(unit_alloc(&heap, m->least), hole + n + m->header);
        end();

        begin(m);
        assert_int_equal(make_hole(splits - m->align, &guard), hole);
        assert_int_equal(unit_alloc(&heap, n), hole);
        assert_int_equal(control_used(), used + splits - m->align + m->header);
        assert_int_equal(item_next(m, hole), guard - m->header - m->base);
        assert_int_equal(heap.ops->usable_size(&heap, hole), splits - m->align);
        end();
    }
}

static void requests_below_the_least(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t first = m->base + m->header;
        const tsize_t stride = m->header + m->least;

        assert_int_equal(unit_alloc(&heap, 1), first);
        assert_int_equal(control_used(), stride);
        assert_int_equal(unit_alloc(&heap, m->least), first + stride);
        assert_int_equal(control_used(), 2 * stride);
        assert_int_equal(unit_alloc(&heap, m->least + 1), first + 2 * stride);
        assert_int_equal(control_used(), 3 * stride + m->align);
        assert_int_equal(unit_alloc(&heap, 0), 0);
        assert_int_equal(control_used(), 3 * stride + m->align);
        end();
    }
}

static void first_fit_by_address(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t small = unit_alloc(&heap, 64);
        (void)unit_alloc(&heap, 64);
        const taddr_t large = unit_alloc(&heap, 256);
        (void)unit_alloc(&heap, 64);
        const taddr_t exact = unit_alloc(&heap, 96);
        (void)unit_alloc(&heap, 64);
        unit_free(&heap, exact);
        unit_free(&heap, large);
        unit_free(&heap, small);
        /* the first that holds it, though a later one fits better */
        assert_int_equal(unit_alloc(&heap, 64 + 1), large);
        assert_int_equal(control_lfree(), small - m->header); /* it was passed over */
        assert_int_equal(unit_alloc(&heap, 64), small);       /* whole */
        end();
    }
}

static void fits_to_the_last_byte(void **state)
{
    taddr_t guard;

    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t hole = make_hole(128, &guard);
        assert_int_equal(unit_alloc(&heap, 128 + 1), guard + 64 + m->header);
        assert_int_equal(unit_alloc(&heap, 128), hole);
        end();
    }
}

/* The search ends at the last offset where the request could lie. */
static void fits_at_the_very_end(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const tsize_t capacity = unit_stats(&heap).total;
        const tsize_t rest = capacity - 256 - m->header;

        (void)unit_alloc(&heap, 256);
        assert_int_equal(unit_alloc(&heap, rest + 1), 0);
        assert_int_equal(unit_alloc(&heap, rest), m->base + 256 + 2 * m->header);
        assert_int_equal(control_used(), capacity + m->header);
        assert_int_equal(control_lfree(), m->base + capacity + m->header);
        assert_int_equal(unit_alloc(&heap, 1), 0);
        end();
    }
}

static void used_and_max(void **state)
{
    taddr_t guard;

    (void)state;
    FOR_ALL_MEASURES(m)
    {
        const tsize_t H = m->header;
        const tsize_t hole_payload = 128 + m->least + H - m->align; /* not to be split for 128 */

        begin(m);
        const taddr_t hole = make_hole(hole_payload, &guard);
        assert_int_equal(control_used(), 64 + H);
        assert_int_equal(control_max(), hole_payload + 64 + 2 * H);
        assert_int_equal(unit_alloc(&heap, 128), hole); /* whole: counts as much as it takes */
        assert_int_equal(control_used(), hole_payload + 64 + 2 * H);
        assert_int_equal(control_max(), hole_payload + 64 + 2 * H);
        const taddr_t more = unit_alloc(&heap, 32);
        assert_int_equal(control_max(), hole_payload + 64 + 32 + 3 * H);
        unit_free(&heap, more);
        unit_free(&heap, hole);
        unit_free(&heap, guard);
        assert_int_equal(control_used(), 0);
        assert_int_equal(control_max(), hole_payload + 64 + 32 + 3 * H);
        (void)unit_alloc(&heap, 32);
        assert_int_equal(control_max(), hole_payload + 64 + 32 + 3 * H);
        end();
    }
}

/* --- lfree --- */

static void lfree_is_the_lowest_free_item(void **state)
{
    taddr_t block[6];

    (void)state;
    FOR_ALL_MEASURES(m)
    {
        const tsize_t H = m->header;

        begin(m);
        for (unsigned i = 0; i < 6; i++) {
            block[i] = unit_alloc(&heap, 64);
            assert_int_equal(control_lfree(), block[i] + 64);
        }
        unit_free(&heap, block[3]);
        assert_int_equal(control_lfree(), block[3] - H);
        unit_free(&heap, block[1]);
        assert_int_equal(control_lfree(), block[1] - H);
        unit_free(&heap, block[4]); /* above: merges into 3 */
        assert_int_equal(control_lfree(), block[1] - H);
        unit_free(&heap, block[0]); /* absorbs lfree */
        assert_int_equal(control_lfree(), block[0] - H);
        assert_int_equal(unit_alloc(&heap, 2 * 64 + H), block[0]); /* on, past 2, to 3 */
        assert_int_equal(control_lfree(), block[3] - H);
        assert_int_equal(unit_alloc(&heap, 2 * 64 + H), block[3]); /* on, past 5 */
        assert_int_equal(control_lfree(), block[5] + 64);
        unit_free(&heap, block[5]); /* absorbs lfree, the rest of the heap */
        assert_int_equal(control_lfree(), block[5] - H);
        end();
    }
}

/* --- free: what merges with what --- */

/* The walk as text: u a used item, f a free one, in address order. */
struct shape {
    char text[16];
    unsigned count;
};

static bool add_letter(void *context, const struct heap_block *block)
{
    struct shape *const shape = context;

    shape->text[shape->count++] = block->used ? 'u' : 'f';
    return shape->count < sizeof shape->text - 1;
}

static void shape_is(const char *expected)
{
    struct shape shape = {"", 0};

    heap.ops->walk(&heap, add_letter, &shape);
    assert_string_equal(shape.text, expected);
    unit_check(&heap);
}

/* Blocks 0, 1, 2 freed in every order; block 3 and the rest of the heap behind them. */
static const struct {
    unsigned order[3];
    const char *shapes[3];
} merges[] = {
    {{0, 1, 2}, {"fuuuf", "fuuf", "fuf"}},  {{0, 2, 1}, {"fuuuf", "fufuf", "fuf"}},
    {{1, 0, 2}, {"ufuuf", "fuuf", "fuf"}},  {{1, 2, 0}, {"ufuuf", "ufuf", "fuf"}},
    {{2, 0, 1}, {"uufuf", "fufuf", "fuf"}}, {{2, 1, 0}, {"uufuf", "ufuf", "fuf"}},
};

static void merging(const struct measures *m, unsigned row)
{
    taddr_t block[4];
    tsize_t used;

    begin(m);
    for (unsigned i = 0; i < 4; i++)
        block[i] = unit_alloc(&heap, 64);
    used = control_used();
    for (unsigned i = 0; i < 3; i++) {
        unit_free(&heap, block[merges[row].order[i]]);
        used -= 64 + m->header;
        assert_int_equal(control_used(), used);
        shape_is(merges[row].shapes[i]);
    }
    assert_int_equal(item_pool(m, block[1]), 0); /* absorbed */
    assert_int_equal(item_pool(m, block[2]), 0);
    assert_int_equal(item_next(m, block[0]), block[3] - m->header - m->base);
    assert_int_equal(item_prev(m, block[3]), 0);
    if (merges[row].order[2] == 1) { /* first forwards, as its old header still tells */
        assert_int_equal(item_next(m, block[1]), block[3] - m->header - m->base);
        assert_int_equal(item_prev(m, block[2]), block[1] - m->header - m->base);
    }
    unit_free(&heap, block[3]); /* between two free ones, the last reaching to the end item */
    shape_is("f");
    assert_int_equal(item_pool(m, block[3]), 0);
    assert_int_equal(item_pool(m, block[3] + 64 + m->header), 0);
    assert_int_equal(item_next(m, block[0]), unit_stats(&heap).total + m->header);
    assert_int_equal(item_prev(m, RAM + SIZE), 0); /* of the end item: nobody reads it */
    assert_int_equal(control_lfree(), m->base);
    end();
}

static void merges_with_both_neighbours(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    for (unsigned row = 0; row < UNIT_COUNT(merges); row++)
        merging(m, row);
}

/* A block below lfree and one above it, neither next to a free one. */
static void free_without_a_merge(void **state)
{
    taddr_t block[6];

    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        for (unsigned i = 0; i < 6; i++)
            block[i] = unit_alloc(&heap, 64);
        unit_free(&heap, block[2]);
        unit_free(&heap, block[4]);
        shape_is("uufufuf");
        assert_int_equal(control_lfree(), block[2] - m->header);
        unit_free(&heap, block[0]);
        shape_is("fufufuf");
        assert_int_equal(control_lfree(), block[0] - m->header);
        assert_int_equal(item_pool(m, block[4]), RAM);
        end();
    }
}

/* Not even where an overwritten pool word makes it look free; and no split writes to it. */
static void the_end_item_is_left_alone(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        const taddr_t last = RAM + SIZE; /* as if the end item had a payload */

        begin(m);
        const tsize_t at = unit_stats(&heap).total + m->header;
        const taddr_t block = unit_alloc(&heap, 64);
        assert_int_equal(item_prev(m, last), at); /* as at first, though an item came before it */
        unit_free(&heap, unit_alloc(&heap, at - 2 * m->header - 64));
        store32(last - m->header, RAM);
        const taddr_t whole = unit_alloc(&heap, at - 2 * m->header - 64);
        unit_free(&heap, whole);
        unit_free(&heap, block);
        assert_int_equal(item_pool(m, last), RAM);
        assert_int_equal(item_next(m, block), at);
        store32(last - m->header, RAM + 1);
        end();
    }
}

/* --- realloc --- */

/* Of 256 bytes: the largest size that shrinks in place, and the next one, which moves. */
static const struct {
    tsize_t in_place, moves;
} shrinks[UNIT_COUNT(all_measures)] = {
    {228, 232},             /* align 4: H 12 */
    {224, 228},             /* with names: H 16 */
    {224, 232},             /* align 8 */
    {224, 232}, {224, 240}, /* align 16 */
    {224, 240}, {192, 224}, /* align 32: H 32 */
    {192, 224},
};

static void shrink_threshold(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(all_measures); i++) {
        const struct measures *const m = &all_measures[i];
        const tsize_t n = shrinks[i].in_place;

        begin(m);
        const taddr_t block = unit_alloc(&heap, 256);
        (void)unit_alloc(&heap, 64);
        const tsize_t used = control_used();
        assert_int_equal(unit_realloc(&heap, block, n), block);
        assert_int_equal(control_used(), used - (256 - n));
        assert_int_equal(item_next(m, block), block + n - m->base);
        assert_int_equal(control_lfree(), block + n);
        shape_is("ufuf");
        end();

        begin(m);
        assert_int_equal(unit_alloc(&heap, 256), block);
        const taddr_t guard = unit_alloc(&heap, 64);
        assert_int_equal(unit_realloc(&heap, block, shrinks[i].moves), guard + 64 + m->header);
        assert_int_equal(control_used(), used - (256 - shrinks[i].moves));
        assert_int_equal(control_max(), used + shrinks[i].moves + m->header); /* both at once */
        shape_is("fuuf");
        end();
    }
}

/* The rest of a shrunk block merges with a free item behind it, and lfree follows only downwards.
 */
static void shrink_merges_forward(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t low = unit_alloc(&heap, 64);
        const taddr_t block = unit_alloc(&heap, 512);
        const taddr_t after = unit_alloc(&heap, 64);
        (void)unit_alloc(&heap, 64);
        unit_free(&heap, after);
        assert_int_equal(control_lfree(), after - m->header);
        assert_int_equal(unit_realloc(&heap, block, 256), block);
        shape_is("uufuf");
        assert_int_equal(control_lfree(), block + 256);
        assert_int_equal(item_pool(m, after), 0);
        unit_free(&heap, low);
        assert_int_equal(unit_realloc(&heap, block, 128), block);
        shape_is("fufuf");
        assert_int_equal(control_lfree(), low - m->header);
        assert_int_equal(control_used(), 128 + 64 + 2 * m->header);
        end();
    }
}

/* The last block before the rest of the heap, and the last one before the end item. */
static void shrink_at_the_end(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const tsize_t capacity = unit_stats(&heap).total;
        const taddr_t block = unit_alloc(&heap, capacity);

        assert_int_equal(unit_realloc(&heap, block, 128), block);
        shape_is("uf");
        assert_int_equal(control_lfree(), block + 128);
        assert_int_equal(item_next(m, block + 128 + m->header), capacity + m->header);
        assert_int_equal(item_prev(m, block + 128 + m->header), 0);
        assert_int_equal(unit_realloc(&heap, block, 64), block);
        shape_is("uf");
        unit_free(&heap, block);
        shape_is("f");
        end();
    }
}

/* In place the size is only rounded, not raised to the least: a payload that alloc never gives. */
static void shrink_below_the_least(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t block = unit_alloc(&heap, 256);

        assert_int_equal(unit_realloc(&heap, block, 1), block);
        assert_int_equal(heap.ops->usable_size(&heap, block), m->align);
        assert_int_equal(control_used(), m->align + m->header);
        assert_int_equal(unit_alloc(&heap, 1), block + m->align + m->header);
        unit_free(&heap, block);
        assert_int_equal(control_used(), m->least + m->header);
        /* too small to be given out again, where it is below the least */
        const taddr_t next = block + m->align + m->least + 2 * m->header;
        assert_int_equal(unit_alloc(&heap, 1), m->align < m->least ? next : block);
        end();
    }
}

static void same_size_stays(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t block = unit_alloc(&heap, 256);
        const struct heap_stats before = unit_stats(&heap);

        assert_int_equal(unit_realloc(&heap, block, 256), block);
        assert_int_equal(unit_realloc(&heap, block, 256 - m->align + 1), block);
        unit_unchanged(&heap, &before);
        assert_int_not_equal(unit_realloc(&heap, block, 256 - m->align), block);
        end();
    }
}

/* Not into the free item behind it, however large. */
static void growing_always_moves(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t block = unit_alloc(&heap, 64);

        memset(target_pointer(block), 0x5a, 64);
        const taddr_t moved = unit_realloc(&heap, block, 65);
        assert_int_equal(moved, block + 64 + m->header);
        assert_int_equal(control_used(), 64 + m->align + m->header);
        assert_int_equal(control_max(), 2 * 64 + m->align + 2 * m->header);
        assert_int_equal(heap.cost.moved, 64);
        for (tsize_t i = 0; i < 64; i++)
            assert_int_equal(*(uint8_t *)target_pointer(moved + i), 0x5a);
        shape_is("fuf");
        assert_int_equal(control_lfree(), m->base);
        end();
    }
}

/* The copy is as long as the smaller of the two rounded sizes. */
static void moving_down_copies_the_new_size(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t block = unit_alloc(&heap, 64);

        assert_int_equal(unit_realloc(&heap, block, 64 - m->align), block + 64 + m->header);
        assert_int_equal(heap.cost.moved, 64 - m->align);
        end();
    }
}

/* A realloc with no room for a second block keeps the first, also when it asks for less. */
static void failed_realloc_keeps_the_block(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const tsize_t capacity = unit_stats(&heap).total;
        const taddr_t block = unit_alloc(&heap, capacity);
        const tsize_t refused[] = {capacity - m->align, capacity + 1, 0x80000000};
        const struct heap_stats before = unit_stats(&heap);

        memset(target_pointer(block), 0x5a, capacity);
        for (unsigned i = 0; i < UNIT_COUNT(refused); i++)
            assert_int_equal(unit_realloc(&heap, block, refused[i]), 0);
        unit_unchanged(&heap, &before);
        for (tsize_t i = 0; i < capacity; i++)
            assert_int_equal(*(uint8_t *)target_pointer(block + i), 0x5a);
        unit_free(&heap, block);
        end();
    }
}

static void realloc_of_null_and_to_nothing(void **state)
{
    (void)state;
    FOR_ALL_MEASURES(m)
    {
        begin(m);
        const taddr_t block = unit_realloc(&heap, 0, 1);
        assert_int_equal(block, m->base + m->header);
        assert_int_equal(heap.ops->usable_size(&heap, block), m->least);
        assert_int_equal(unit_realloc(&heap, 0, 0), 0);
        assert_int_equal(unit_realloc(&heap, block, 0), 0);
        assert_int_equal(control_used(), 0);
        shape_is("f");
        unit_free(&heap, 0);
        end();
    }
}

/* --- cost --- */

/* A walk from lfree past every used item: the price of first fit by address. */
static void steps_are_linear_in_used_items(void **state)
{
    enum { BLOCKS = 50 };
    taddr_t block[BLOCKS];

    (void)state;
    begin(&all_measures[2]);
    for (unsigned i = 0; i < BLOCKS; i++)
        block[i] = unit_alloc(&heap, 64);
    unit_free(&heap, block[0]);
    (void)unit_alloc(&heap, 65); /* past the hole and 49 used items */
    assert_int_equal(heap.cost.steps, BLOCKS + 1);
    (void)unit_alloc(&heap, 64); /* the hole, then lfree walks over them, this one included */
    assert_int_equal(heap.cost.steps, 1 + BLOCKS + 1);
    unit_free(&heap, block[BLOCKS / 2]);
    assert_int_equal(heap.cost.steps, 3);
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_smaller_than_a_block),
        cmocka_unit_test(split_threshold),
        cmocka_unit_test(requests_below_the_least),
        cmocka_unit_test(first_fit_by_address),
        cmocka_unit_test(fits_to_the_last_byte),
        cmocka_unit_test(fits_at_the_very_end),
        cmocka_unit_test(used_and_max),
        cmocka_unit_test(lfree_is_the_lowest_free_item),
        cmocka_unit_test(merges_with_both_neighbours),
        cmocka_unit_test(free_without_a_merge),
        cmocka_unit_test(the_end_item_is_left_alone),
        cmocka_unit_test(shrink_threshold),
        cmocka_unit_test(shrink_merges_forward),
        cmocka_unit_test(shrink_at_the_end),
        cmocka_unit_test(shrink_below_the_least),
        cmocka_unit_test(same_size_stays),
        cmocka_unit_test(growing_always_moves),
        cmocka_unit_test(moving_down_copies_the_new_size),
        cmocka_unit_test(failed_realloc_keeps_the_block),
        cmocka_unit_test(realloc_of_null_and_to_nothing),
        cmocka_unit_test(steps_are_linear_in_used_items),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
