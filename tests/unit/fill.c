/*
 * What is filled, on every allocator, over random operations of a program that writes all it was
 * given: nothing is diagnosed. And each planted mistake is, once, with the right place.
 */
#include "../../sim/fill.h"
#include "../../sim/ledger.h"
#include "unit.h"

enum { RAM = 0x20000000, RAM_SIZE = 1 << 20, SIZE = 1 << 17, BLOCKS = 60, ROUNDS = 20000 };

static struct heap heap;
static struct block {
    taddr_t address;
    tsize_t size;
    bool aligned;
} blocks[BLOCKS];
static uint32_t random_state;

static uint32_t draw(uint32_t limit)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % limit;
}

static unsigned can(unsigned capability)
{
    return heap.ops->capabilities & capability;
}

static const char *make_heap(const struct heap_ops *ops, bool faithful)
{
    struct heap_region region = {RAM, SIZE, 0};
    struct heap_config config;

    memset(blocks, 0, sizeof blocks);
    ledger_reset();
    fill_reset();
    heap_config_standard(&config, ops);
    config.events = true;
    config.faithful = faithful;
    if (strcmp(ops->name, "freertos-heap-3") == 0) { /* its blocks are the C library's */
        region = (struct heap_region){0, 0, 0};
        port_libc_region(&region.begin, &region.size);
    }
    return heap_init(&heap, &config, "heap", &region, 1, 0, unit_call);
}

static void use(const struct block *b)
{
    if (b->address != 0)
        memset(target_pointer(b->address), (int)draw(256), b->size);
}

static tsize_t some_size(void)
{
    if (can(HEAP_FIXED_BLOCKS))
        return heap_option(&heap, "block_size");
    return 1 + draw(draw(8) == 0 ? 9000 : 300);
}

static void take(struct block *b)
{
    b->size = some_size();
    b->aligned = false;
    switch (draw(5)) {
    case 0:
        b->aligned = can(HEAP_CAN_ALIGN);
        if (b->aligned)
            b->address = heap_alloc_aligned(&heap, b->size, 4u << draw(8), unit_call);
        break;
    case 1:
        if (heap.ops->alloc_cleared != NULL)
            b->address = heap_alloc_cleared(&heap, 1, b->size, unit_call);
        break;
    default:
        b->address = unit_alloc(&heap, b->size);
    }
    use(b);
}

static void change(struct block *b)
{
    if (can(HEAP_CAN_REALLOC) && !b->aligned && draw(3) == 0) {
        const tsize_t size = some_size();
        const taddr_t moved = unit_realloc(&heap, b->address, size);

        if (moved != 0)
            *b = (struct block){moved, size, false};
        use(b);
    } else if (can(HEAP_CAN_FREE)) {
        (b->aligned ? heap_free_aligned : heap_free)(&heap, b->address, unit_call);
        b->address = 0;
    }
}

static void correct_programs(void **state)
{
    (void)state;
    unit_expect();
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        for (unsigned faithful = 0; faithful < 2; faithful++) {
            random_state = i;
            if (make_heap(heap_allocators[i], faithful) != NULL)
                fail_msg("no heap %s", heap_allocators[i]->name);
            for (unsigned round = 0; round < ROUNDS; round++) {
                struct block *const b = &blocks[draw(BLOCKS)];

                if (b->address == 0)
                    take(b);
                else
                    change(b);
                if (round % 1000 == 0)
                    fill_check_heap(&heap, unit_call);
                if (diagnose_count(DIAGNOSIS_OVERFLOW) + diagnose_count(DIAGNOSIS_USE_AFTER_FREE))
                    fail_msg("%s, round %u: %s", heap_allocators[i]->name, round,
                             diagnose_last()->text);
            }
            unit_check(&heap);
            heap_detach(&heap);
        }
    }
    unit_expect();
}

/* --- mistakes --- */

static uint8_t *byte_at(taddr_t address)
{
    return target_pointer(address);
}

/* Behind a block, in bytes that the allocator gave with it; found by its free, and only then. */
static void behind_a_block(void **state)
{
    (void)state;
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        assert_null(make_heap(heap_allocators[i], false));
        const taddr_t block = can(HEAP_FIXED_BLOCKS) ? 0 : unit_alloc(&heap, 45);
        const struct ledger_block *const record = ledger_block_at(block);
        if (record != NULL && record->usable >= 47 && can(HEAP_CAN_FREE)) {
            unit_expect();
            *byte_at(block + 45) = 1;
            *byte_at(block + 46) = 1;
            unit_diagnosed(DIAGNOSIS_OVERFLOW, 0);
            unit_free(&heap, block);
            unit_diagnosed(DIAGNOSIS_OVERFLOW, 1);
            assert_int_equal(diagnose_last()->address, block + 45);
            assert_int_equal(diagnose_last()->size, 2);
        }
        heap_detach(&heap);
    }
}

/* In a freed block; found when its memory is given out, wherever the new block begins. */
static void in_a_freed_block(void **state)
{
    unsigned found = 0;

    (void)state;
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        assert_null(make_heap(heap_allocators[i], false));
        const tsize_t size = can(HEAP_FIXED_BLOCKS) ? 64 : 200;
        const taddr_t block = unit_alloc(&heap, size);
        if ((can(HEAP_CAN_FREE) && can(HEAP_WRITES_NEAR))) {
            unit_expect();
            unit_free(&heap, block);
            *byte_at(block + 40) ^= 1;
            for (unsigned turn = 0;
                 turn < 2000 && diagnose_count(DIAGNOSIS_KINDS) == unit_counts[DIAGNOSIS_KINDS];
                 turn++)
                if (unit_alloc(&heap, size) == 0)
                    break;
            unit_diagnosed(DIAGNOSIS_USE_AFTER_FREE, 1);
            assert_int_equal(diagnose_last()->address, block + 40);
            found++;
        }
        heap_detach(&heap);
    }
    assert_true(found >= 8);
}

/* The bytes of a block that was told of once are not told again. */
static void told_once(void **state)
{
    (void)state;
    assert_null(make_heap(&heap_rt_small_mem, false));
    const taddr_t block = unit_alloc(&heap, 41);
    *byte_at(block + 41) = 1;
    unit_expect();
    fill_check_heap(&heap, unit_call);
    unit_diagnosed(DIAGNOSIS_OVERFLOW, 1);
    fill_check_heap(&heap, unit_call);
    unit_free(&heap, block);
    unit_diagnosed(DIAGNOSIS_OVERFLOW, 0);
    heap_detach(&heap);
}

static int start(void **state)
{
    (void)state;
    unit_region(RAM, RAM_SIZE);
    diagnose_set_policy(VIOLATION_RETURN);
    return ledger_start() && fill_start(FILL_ALL) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(correct_programs), cmocka_unit_test(behind_a_block),
        cmocka_unit_test(in_a_freed_block), cmocka_unit_test(told_once)};

    return cmocka_run_group_tests(tests, start, NULL);
}
