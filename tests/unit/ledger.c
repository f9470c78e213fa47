/*
 * The ledger and the map of bytes that may be touched, against a model that keeps every byte: on
 * every allocator, over random operations, with a heap inside another one's block.
 */
#include "../../sim/ledger.h"
#include "../../sim/access.h"
#include "unit.h"

enum { RAM = 0x20000000, RAM_SIZE = 64 << 20, SIZE = 1 << 16, BLOCKS = 40, ROUNDS = 3000 };

static struct heap heap, inner;

/* --- the model --- */

static struct block {
    taddr_t address;
    tsize_t size;
} blocks[BLOCKS];
static bool allowed[SIZE];
static uint32_t random_state;

static uint32_t draw(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static void allow(taddr_t begin, tsize_t size, bool may)
{
    for (tsize_t i = 0; i < size; i++)
        allowed[begin - RAM + i] = may;
}

static void map_is_the_models(void)
{
    taddr_t bad = 0;

    for (tsize_t i = 0; i < SIZE; i++)
        if (access_allowed(RAM + i, 1, &bad) != allowed[i])
            fail_msg("0x%x: allowed %d, not %d", RAM + i, !allowed[i], allowed[i]);
}

/* Ranges of any size and place: the first byte that may not be touched is the model's. */
static void ranges_are_the_models(void)
{
    for (unsigned i = 0; i < 200; i++) {
        const tsize_t at = draw(SIZE);
        const tsize_t size = 1 + draw(i % 4 == 0 ? SIZE - at : at + 20 > SIZE ? SIZE - at : 20);
        tsize_t first = at;
        taddr_t bad = 0;

        while (first < at + size && allowed[first])
            first++;
        assert_int_equal(access_allowed(RAM + at, size, &bad), first == at + size);
        if (first < at + size)
            assert_int_equal(bad, RAM + first);
        if (size <= 16 && access_bits_allow(access_map, RAM + at, size))
            assert_int_equal(first, at + size);
    }
}

static void records_are_the_models(void)
{
    uint32_t live = 0;

    for (unsigned i = 0; i < BLOCKS; i++) {
        const struct ledger_block *const block = ledger_block_at(blocks[i].address);

        if (blocks[i].address == 0)
            continue;
        live++;
        assert_non_null(block);
        assert_true(ledger_is_live(block));
        assert_int_equal(block->size, blocks[i].size);
        assert_in_range(block->usable, block->size, SIZE);
        assert_ptr_equal(ledger_find(blocks[i].address + (block->usable - 1)), block);
        assert_string_equal((const char *)(uintptr_t)block->taken.call, "test");
    }
    assert_int_equal(ledger_heap_of(&heap)->live, live);
}

/* --- operations --- */

static void take(struct block *b)
{
    const tsize_t size = 1 + draw(draw(10) == 0 ? 6000 : 200);

    b->address = heap_alloc(&heap, size, unit_call);
    b->size = size;
    if (b->address != 0)
        allow(b->address, size, true);
}

static void give(struct block *b)
{
    heap_free(&heap, b->address, unit_call);
    allow(b->address, b->size, false);
    const struct ledger_block *const record = ledger_block_at(b->address);
    assert_false(ledger_is_live(record));
    assert_ptr_equal(ledger_find(b->address), record);
    b->address = 0;
}

static void resize(struct block *b)
{
    const tsize_t size = 1 + draw(300);
    const taddr_t moved = heap_realloc(&heap, b->address, size, unit_call);

    if (moved == 0) /* nothing has changed */
        return;
    allow(b->address, b->size, false);
    *b = (struct block){moved, size};
    allow(moved, size, true);
}

static void operate(void)
{
    struct block *const b = &blocks[draw(BLOCKS)];

    if (b->address == 0)
        take(b);
    else if (draw(4) == 0 && (heap.ops->capabilities & HEAP_CAN_REALLOC) != 0)
        resize(b);
    else if ((heap.ops->capabilities & HEAP_CAN_FREE) != 0)
        give(b);
}

static void make_heap(const struct heap_ops *ops)
{
    const struct heap_region region = {RAM, SIZE, 0};
    struct heap_config config;

    memset(blocks, 0, sizeof blocks);
    heap_config_standard(&config, ops);
    config.events = true;
    assert_null(heap_init(&heap, &config, "heap", &region, 1, RAM, unit_call));
    allow(RAM, SIZE, false);
    if (ops->capabilities & HEAP_FIXED_BLOCKS)
        return;
    map_is_the_models();
}

static void end_heap(void)
{
    heap_detach(&heap);
    allow(RAM, SIZE, true);
    map_is_the_models();
    assert_null(ledger_heap(heap.number)->heap);
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        assert_false(ledger_is_live(b));
}

static bool lies_in_ram(const struct heap_ops *ops)
{
    return (ops->capabilities & HEAP_FIXED_BLOCKS) == 0 &&
           strcmp(ops->name, "freertos-heap-3") != 0;
}

static void follows_every_allocator(void **state)
{
    (void)state;
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        if (!lies_in_ram(heap_allocators[i]))
            continue;
        random_state = i;
        make_heap(heap_allocators[i]);
        for (unsigned round = 0; round < ROUNDS; round++) {
            operate();
            if (round % 500 == 0) {
                map_is_the_models();
                ranges_are_the_models();
                records_are_the_models();
            }
        }
        map_is_the_models();
        end_heap();
    }
}

/* --- heaps in blocks, neighbours, failures --- */

static void a_heap_in_a_block(void **state)
{
    const struct heap_region region = {0, 0, 0};
    struct heap_region inside = region;
    struct heap_config config;

    (void)state;
    make_heap(heap_allocator("rt-small-mem"));
    const taddr_t outer = heap_alloc(&heap, 4000, unit_call);
    allow(outer, 4000, true);
    heap_config_standard(&config, heap_allocator("rt-small-mem"));
    config.events = true;
    inside = (struct heap_region){outer + 8, 3000, 0};
    assert_null(heap_init(&inner, &config, "inner", &inside, 1, outer + 8, unit_call));
    allow(inside.begin, inside.size, false);
    const taddr_t block = heap_alloc(&inner, 100, unit_call);
    allow(block, 100, true);
    map_is_the_models();
    assert_int_equal(ledger_find(block + 50)->address, block);
    assert_int_equal(ledger_find(outer)->address, outer);
    heap_detach(&inner);
    allow(inside.begin, inside.size, true);
    map_is_the_models();
    assert_int_equal(ledger_find(block + 50)->address, outer); /* the inner heap is no more */
    heap_free(&heap, outer, unit_call);
    allow(outer, 4000, false);
    map_is_the_models();
    end_heap();
}

static void neighbours(void **state)
{
    (void)state;
    make_heap(heap_allocator("rt-small-mem"));
    const taddr_t a = heap_alloc(&heap, 20, unit_call);
    const taddr_t b = heap_alloc(&heap, 20, unit_call);
    assert_null(ledger_before(a, heap.number));
    assert_int_equal(ledger_before(b, heap.number)->address, a);
    assert_int_equal(ledger_after(a + 1, heap.number)->address, b);
    assert_null(ledger_after(b + 1, heap.number));
    heap_free(&heap, a, unit_call);
    assert_null(ledger_before(b, heap.number));
    heap_free(&heap, b, unit_call);
    end_heap();
}

static void failures(void **state)
{
    (void)state;
    make_heap(heap_allocator("rt-small-mem"));
    assert_int_equal(heap_alloc(&heap, SIZE * 2, unit_call), 0);
    const struct ledger_failure *const failure = ledger_last_failure(0);
    assert_non_null(failure);
    assert_int_equal(failure->size, SIZE * 2);
    assert_int_equal(failure->heap, heap.number);
    assert_in_range(failure->free, SIZE / 2, SIZE);
    assert_ptr_equal(ledger_last_failure(ledger_who()), failure);
    assert_null(ledger_last_failure(12345));
    end_heap();
}

/* Beyond them blocks may be used as any others; records of freed blocks serve again. */
static void more_blocks_than_records(void **state)
{
    const struct heap_region region = {RAM, RAM_SIZE, 0};
    struct heap_config config;
    static taddr_t early[200];
    taddr_t last = 0;
    taddr_t bad;

    (void)state;
    ledger_reset();
    access_reset();
    heap_config_standard(&config, heap_allocator("rt-small-mem"));
    config.events = true;
    assert_null(heap_init(&heap, &config, "heap", &region, 1, RAM, unit_call));
    for (unsigned i = 0; i < LEDGER_RECORDS + 2; i++) {
        last = heap_alloc(&heap, 12, unit_call);
        assert_int_not_equal(last, 0);
        if (i < 200)
            early[i] = last;
    }
    assert_int_equal(ledger_lost(), 2);
    assert_null(ledger_block_at(last));
    assert_true(access_allowed(last, 12, &bad));
    heap_free(&heap, last, unit_call);
    for (unsigned i = 0; i < 200; i++)
        heap_free(&heap, early[i], unit_call);
    last = heap_alloc(&heap, 100, unit_call);
    assert_int_equal(ledger_lost(), 2);
    assert_int_equal(ledger_block_at(last)->size, 100);
    heap_detach(&heap);
}

/* Another run in the same process: nothing is left of the one before. */
static void forgets(void **state)
{
    taddr_t bad;

    (void)state;
    make_heap(heap_allocator("tlsf"));
    assert_int_not_equal(heap_alloc(&heap, 100, unit_call), 0);
    ledger_reset();
    access_reset();
    assert_null(ledger_next(NULL));
    assert_int_equal(ledger_operations(), 0);
    assert_null(ledger_last_failure(0));
    assert_null(ledger_heap(heap.number));
    assert_true(access_allowed(RAM, SIZE, &bad));
    assert_false(access_allowed(0, 1, &bad));
    heap_detach(&heap);
}

static int start(void **state)
{
    (void)state;
    unit_region(RAM, RAM_SIZE);
    memset(allowed, 1, sizeof allowed);
    return ledger_start() && access_start() ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(follows_every_allocator),
                                       cmocka_unit_test(a_heap_in_a_block),
                                       cmocka_unit_test(neighbours),
                                       cmocka_unit_test(failures),
                                       cmocka_unit_test(more_blocks_than_records),
                                       cmocka_unit_test(forgets)};

    return cmocka_run_group_tests(tests, start, NULL);
}
