/*
 * RT-Thread's memheap, slab, page and TLSF calls as an application makes them, before the scheduler
 * starts; what threads see of their locks stands in tests/dialect.
 */
#include "board.h"

#include <rtthread.h>

#include "../../kernel/heap/rt_slab.h"

enum { RAM = 0x20000000, SIZE = 0x100000, OWN = RAM + 0x80000, OWN_SIZE = 0x4000 };

static struct rt_memheap first, second;

static void reset(const char *heap)
{
    board_reset(RAM, SIZE, heap);
}

static void says(const char *words)
{
    if (strstr(diagnose_last()->text, words) == NULL)
        fail_msg("'%s' does not say '%s'", diagnose_last()->text, words);
}

/* No thread, so no semaphore can be taken: the application locks itself. */
static void make(struct rt_memheap *m, const char *name, taddr_t begin, tsize_t size)
{
    assert_int_equal(rt_memheap_init(m, name, at(begin), size), RT_EOK);
    m->locked = RT_TRUE;
}

/* --- memheaps of the application's own --- */

static void fields_follow_the_heap(void **state)
{
    rt_size_t total;
    rt_size_t used;
    rt_size_t most;

    (void)state;
    reset("rt-small-mem");
    make(&first, "fields", OWN, 1000);
    assert_ptr_equal(first.start_addr, at(OWN));
    assert_int_equal(first.pool_size, 1000);
    assert_int_equal(first.available_size, 1000 - 48);
    assert_int_equal(first.max_used_size, 48);
    assert_string_equal(first.parent.name, "fields");
    void *const block = rt_memheap_alloc(&first, 100);
    assert_ptr_equal(block, at(OWN + 24));
    assert_int_equal(load32(OWN + 4), address(&first)); /* the item's pool is the application's */
    assert_int_equal(first.available_size, 1000 - 48 - 104 - 24);
    rt_memheap_info(&first, &total, &used, &most);
    assert_int_equal(total, 1000);
    assert_int_equal(used, 48 + 104 + 24);
    rt_memheap_free(block);
    assert_int_equal(first.available_size, 1000 - 48);
    assert_int_equal(first.max_used_size, 48 + 104 + 24);
    rt_memheap_info(&first, NULL, NULL, NULL);
    unit_not_diagnosed();
}

static void null_and_nothing(void **state)
{
    (void)state;
    reset("rt-small-mem");
    make(&first, "m", OWN, OWN_SIZE);
    rt_memheap_free(NULL);
    assert_null(rt_memheap_realloc(&first, NULL, 0));
    void *const least = rt_memheap_alloc(&first, 0);
    assert_non_null(least);
    void *const block = rt_memheap_realloc(&first, NULL, 10);
    assert_int_equal(address(block) - address(least), 16 + 24);
    assert_null(rt_memheap_realloc(&first, block, 0));
    rt_memheap_free(least);
    assert_int_equal(first.available_size, OWN_SIZE - 48);
    unit_not_diagnosed();
}

static void memheaps_that_are_refused(void **state)
{
    static const struct {
        taddr_t begin;
        rt_size_t size;
        const char *words;
    } table[] = {
        {OWN, 47, "too small"}, {OWN, 0, "small"},   {RAM + SIZE - 100, 101, "no RAM region"},
        {0, 1000, ""},          {OWN, SIZE_MAX, ""},
    };

    (void)state;
    reset("rt-small-mem");
    for (unsigned i = 0; i < UNIT_COUNT(table); i++) {
        assert_int_equal(rt_memheap_init(&first, "m", at(table[i].begin), table[i].size),
                         -RT_ERROR);
        unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
        says(table[i].words);
        assert_null(kernel.heap_list);
    }
    struct rt_memheap on_the_stack;
    memset(&on_the_stack, 0, sizeof on_the_stack);
    assert_int_equal(rt_memheap_init(&on_the_stack, "m", at(OWN), OWN_SIZE), -RT_ERROR);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    says("static");
    make(&first, "m", OWN, OWN_SIZE);
    assert_int_equal(rt_memheap_init(&first, "m", at(OWN), OWN_SIZE), -RT_ERROR);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(rt_memheap_detach(&first), RT_EOK);
    make(&first, "m", OWN, OWN_SIZE);
    unit_not_diagnosed();
}

static void dead_memheaps(void **state)
{
    (void)state;
    reset("rt-small-mem");
    memset(&second, 0, sizeof second);
    assert_null(rt_memheap_alloc(&second, 10));
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_null(rt_memheap_realloc(&second, NULL, 10));
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    rt_memheap_info(&second, NULL, NULL, NULL);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(rt_memheap_detach(&second), -RT_ERROR);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    make(&second, "m", OWN, OWN_SIZE);
    void *const block = rt_memheap_alloc(&second, 10);
    assert_int_equal(rt_memheap_detach(&second), RT_EOK);
    rt_memheap_free(block);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_null(rt_memheap_alloc(&second, 10));
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
}

/* Its semaphore needs a thread, even where nobody else could have it. */
static void before_the_start(void **state)
{
    (void)state;
    reset("rt-small-mem");
    rt_memheap_init(&first, "m", at(OWN), OWN_SIZE);
    unit_not_diagnosed();
    assert_null(rt_memheap_alloc(&first, 10));
    unit_diagnosed(DIAGNOSIS_CONTEXT, 1);
    assert_null(rt_memheap_realloc(&first, NULL, 10));
    unit_diagnosed(DIAGNOSIS_CONTEXT, 1);
    rt_memheap_info(&first, NULL, NULL, NULL);
    unit_diagnosed(DIAGNOSIS_CONTEXT, 1);
    first.locked = RT_TRUE;
    void *const block = rt_memheap_alloc(&first, 10);
    assert_non_null(block);
    first.locked = RT_FALSE;
    rt_memheap_free(block);
    unit_diagnosed(DIAGNOSIS_CONTEXT, 1);
    assert_int_not_equal(first.available_size, OWN_SIZE - 48);
}

/* A heap in a block of another: the header says whose a block is, not where it lies. */
static void a_memheap_in_a_block_of_another(void **state)
{
    (void)state;
    reset("rt-memheap");
    rt_system_heap_init(at(RAM), at(OWN));
    make(&first, "outer", OWN, OWN_SIZE);
    char *const host = rt_memheap_alloc(&first, 2000);
    make(&second, "inner", address(host), 2000);
    void *const inner = rt_memheap_alloc(&second, 100);
    assert_int_equal(load32(address(inner) - 20), address(&second));
    rt_memheap_free(host + 1);
    unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1);
    rt_memheap_free(inner);
    assert_int_equal(second.available_size, 2000 - 48);
    assert_int_equal(rt_memheap_detach(&second), RT_EOK);
    rt_free(host); /* bound: rt_free knows it too */
    assert_int_equal(first.available_size, OWN_SIZE - 48);
    char *const block = rt_malloc(2000);
    make(&second, "inner", address(block), 2000);
    rt_free(block); /* of the system heap, though `inner` lies there */
    unit_not_diagnosed();
}

static void the_release_and_the_mode_are_the_builds(void **state)
{
    (void)state;
    reset("rt-memheap:mode=best,align=4");
    kernel.rtthread.release = HEAP_VERSION(4, 1, 1);
    make(&first, "old", OWN, OWN_SIZE);
    assert_int_equal(heap_option(&first.heap, "release"), HEAP_VERSION(4, 1, 1));
    assert_int_equal(heap_option(&first.heap, "align"), 4);
    assert_int_equal(heap_option(&first.heap, "mode"), 1);
    rt_system_heap_init(at(RAM), at(OWN));
    assert_int_equal(heap_option(&kernel.system_heap, "release"), HEAP_VERSION(4, 1, 1));
    reset("rt-memheap:release=5.0.2");
    kernel.rtthread.release = HEAP_VERSION(4, 1, 1);
    rt_system_heap_init(at(RAM), at(OWN));
    assert_int_equal(heap_option(&kernel.system_heap, "release"), HEAP_VERSION(5, 0, 2));
}

/* --- bound to the system heap --- */

enum { SYSTEM_SIZE = 0x1800, BOUND_SIZE = 0x1000, SLOTS = 60, OPERATIONS = 6000 };

static struct heap whole; /* the allocator's own form of the same: several regions */
static taddr_t answers[OPERATIONS];

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 16;
}

struct slot {
    taddr_t block;
    tsize_t size;
};

static void fill(const struct slot *slot, unsigned mark)
{
    if (slot->size > 0)
        memset(at(slot->block), (int)mark, slot->size);
}

static void holds(const struct slot *slot, tsize_t size, unsigned mark)
{
    const uint8_t *const bytes = at(slot->block);

    for (tsize_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], mark);
}

static void resize(struct slot *slot, bool by_dialect, tsize_t size, unsigned mark)
{
    const tsize_t kept = slot->size < size ? slot->size : size;
    const taddr_t moved = by_dialect ? address(rt_realloc(at(slot->block), size))
                                     : unit_realloc(&whole, slot->block, size);

    if (moved != 0 || (size == 0 && slot->block != 0))
        *slot = (struct slot){moved, size};
    if (moved != 0) {
        holds(slot, kept, mark);
        fill(slot, mark);
    }
}

static void release(struct slot *slot, bool by_dialect, unsigned mark)
{
    holds(slot, slot->size, mark);
    if (by_dialect)
        rt_free(at(slot->block));
    else
        unit_free(&whole, slot->block);
    *slot = (struct slot){0, 0};
}

/*
 * Random requests; by_dialect: rt_malloc and its kin on three memheaps, else one heap of three
 * regions.
 */
static void run_operations(bool by_dialect, uint32_t seed)
{
    struct slot slots[SLOTS] = {{0, 0}};

    for (unsigned i = 0; i < OPERATIONS; i++) {
        const unsigned mark = next_random(&seed) % SLOTS;
        struct slot *const slot = &slots[mark];
        const tsize_t size = next_random(&seed) % (next_random(&seed) % 8 == 0 ? 3000 : 200);
        const unsigned kind = next_random(&seed) % 4;

        if (kind == 0) {
            release(slot, by_dialect, mark);
        } else if (kind == 1) {
            resize(slot, by_dialect, size, mark);
        } else if (slot->block == 0) {
            slot->block = by_dialect ? address(rt_malloc(size)) : unit_alloc(&whole, size);
            slot->size = slot->block != 0 ? size : 0;
            fill(slot, mark);
        }
        answers[i] = slot->block;
    }
}

static void dialect_and_regions_agree(void **state)
{
    const struct heap_region regions[] = {
        {RAM, SYSTEM_SIZE, 0}, {OWN, BOUND_SIZE, 0}, {OWN + BOUND_SIZE, BOUND_SIZE, 0}};
    taddr_t expected[OPERATIONS];
    unsigned of_system = 0;

    (void)state;
    for (uint32_t seed = 1; seed <= 20; seed++) {
        struct heap_config config;

        reset("rt-memheap");
        config = kernel.heap_config;
        config.option[heap_option_index(config.ops, "front")] = 1;
        assert_null(heap_init(&whole, &config, "whole", regions, 3, 0, unit_call));
        memset(answers, 0, sizeof answers);
        run_operations(false, seed);
        memcpy(expected, answers, sizeof answers);

        reset("rt-memheap");
        rt_system_heap_init(at(RAM), at(RAM + SYSTEM_SIZE));
        make(&first, "first", OWN, BOUND_SIZE);
        make(&second, "second", OWN + BOUND_SIZE, BOUND_SIZE);
        memset(answers, 0, sizeof answers);
        run_operations(true, seed);
        unit_not_diagnosed();
        for (unsigned i = 0; i < OPERATIONS; i++) {
            if (answers[i] != expected[i])
                fail_msg("seed %u, operation %u: 0x%x, not 0x%x", seed, i, answers[i], expected[i]);
            of_system += answers[i] != 0 && answers[i] < OWN;
        }
        unit_check(&kernel.system_heap);
        unit_check(&first.heap);
        unit_check(&second.heap);
    }
    assert_in_range(of_system, OPERATIONS, 19 * OPERATIONS); /* all of them serve */
}

static void bound_calls_of_each_kind(void **state)
{
    static const tsize_t large = SYSTEM_SIZE - 200;
    rt_size_t total;

    (void)state;
    reset("rt-memheap");
    rt_system_heap_init(at(RAM), at(RAM + SYSTEM_SIZE));
    make(&first, "first", OWN, OWN_SIZE);
    rt_malloc(large);
    char *const cleared = rt_calloc(10, 100);
    assert_true(heap_contains(&first.heap, address(cleared), 1000));
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(cleared[i], 0);
    void *const aligned = rt_malloc_align(1000, 256);
    assert_int_equal(address(aligned) % 256, 0);
    assert_true(heap_contains(&first.heap, address(aligned), 1000));
    rt_free_align(aligned);
    rt_free(cleared);
    assert_int_equal(first.available_size, OWN_SIZE - 48);
    rt_memory_info(&total, NULL, NULL);
    assert_int_equal(total, SYSTEM_SIZE); /* of the system heap alone */
    assert_null(rt_malloc(OWN_SIZE));
    unit_not_diagnosed();
    assert_null(rt_malloc(0xffffffff)); /* named once, not by each heap */
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
    rt_free(at(OWN + 1000));
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    rt_free(at(OWN + 3 * OWN_SIZE));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_null(rt_realloc(at(OWN + 1000), 10));
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
}

/* --- slab and pages --- */

static void slab_heaps(void **state)
{
    (void)state;
    reset("rt-slab");
    rt_system_heap_init(at(RAM), at(OWN));
    rt_slab_t const slab = rt_slab_init("own", at(OWN), 0x40000);
    assert_ptr_equal(slab, at(OWN));
    char *block = rt_slab_alloc(slab, 100);
    memset(block, 7, 100);
    block = rt_slab_realloc(slab, block, 5000);
    assert_int_equal(block[99], 7);
    rt_slab_free(slab, block);
    rt_slab_free(slab, NULL);
    unit_not_diagnosed();
    rt_slab_free(slab, block);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    assert_null(rt_slab_alloc((rt_slab_t)at(OWN + 4), 10));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_null(rt_slab_init("small", at(OWN + 0x40000), 0x1000)); /* no page left: said by NULL */
    unit_not_diagnosed();
    assert_null(rt_slab_init(NULL, at(OWN + 0x40000), 0x10000));
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    assert_int_equal(rt_slab_detach((rt_slab_t)at(RAM)), -RT_EINVAL);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    says("system heap");
    assert_int_equal(rt_slab_detach(slab), RT_EOK);
    assert_int_equal(rt_slab_detach(slab), -RT_EINVAL);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
}

static void pages(void **state)
{
    rt_size_t before;
    rt_size_t after;

    (void)state;
    reset("rt-slab");
    rt_system_heap_init(at(RAM), at(OWN));
    rt_memory_info(NULL, &before, NULL);
    void *const three = rt_page_alloc(3);
    assert_int_equal(address(three) % RT_PAGE_SIZE, 0);
    rt_memory_info(NULL, &after, NULL);
    assert_int_equal(after, before);
    void *const one = rt_page_alloc(1);
    assert_int_equal(address(one), address(three) + 3 * RT_PAGE_SIZE);
    assert_null(rt_page_alloc(0));
    assert_null(rt_page_alloc(1000));
    rt_page_free(three, 3);
    assert_ptr_equal(rt_page_alloc(2), three);
    unit_not_diagnosed();
    rt_page_free(one, 2);
    assert_int_equal(diagnose_count(DIAGNOSIS_KINDS) - unit_counts[DIAGNOSIS_KINDS], 1);
    unit_check(&kernel.system_heap);
    reset("rt-small-mem");
    rt_system_heap_init(at(RAM), at(OWN));
    assert_null(rt_page_alloc(1));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    rt_page_free(at(RAM), 1);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
}

/* --- TLSF --- */

static void tlsf_regions(void **state)
{
    rt_size_t total;
    rt_size_t used;
    rt_size_t most;

    (void)state;
    reset("tlsf");
    rt_system_heap_init(at(RAM), at(RAM + 0x2000));
    assert_int_equal(kernel.heap_lock, HEAP_LOCK_SEMAPHORE);
    void *const block = rt_malloc(16);
    assert_ptr_equal(block, at(RAM + 0xc88)); /* behind the first region's node */
    rt_memory_info(&total, &used, &most);
    assert_int_equal(used, 12 + 16);
    assert_int_equal(most, used);
    void *const node = rt_system_heap_add(at(OWN), at(OWN + 0x4000));
    assert_non_null(node);
    void *const large = rt_malloc(0x3000);
    assert_true(address(large) > OWN);
    rt_memory_info(&total, NULL, NULL);
    assert_true(total < 0x2000); /* the first region's alone */
    rt_system_heap_remove(node);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1); /* in use */
    rt_free(large);
    rt_system_heap_remove(node);
    assert_null(rt_malloc(0x3000));
    rt_free(block);
    unit_not_diagnosed();
    rt_system_heap_remove(node);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    rt_system_heap_remove(at(RAM + 0xc7c)); /* the first region's node stays */
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    unit_check(&kernel.system_heap);
}

static void tlsf_regions_that_are_refused(void **state)
{
    static const struct {
        taddr_t begin, end;
    } table[] = {
        {OWN + 2, OWN + 0x1000},
        {OWN, OWN + 19},
        {OWN, OWN},
        {OWN + 8, OWN},
        {RAM + 0x100, RAM + 0x200},
        {RAM + SIZE, RAM + SIZE + 0x1000},
    };

    (void)state;
    reset("tlsf");
    rt_system_heap_init(at(RAM), at(RAM + 0x2000));
    const struct heap_stats before = unit_stats(&kernel.system_heap);
    for (unsigned i = 0; i < UNIT_COUNT(table); i++) {
        assert_null(rt_system_heap_add(at(table[i].begin), at(table[i].end)));
        unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
        unit_unchanged(&kernel.system_heap, &before);
    }
    reset("rt-small-mem");
    rt_system_heap_init(at(RAM), at(RAM + 0x2000));
    assert_null(rt_system_heap_add(at(OWN), at(OWN + 0x1000)));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    rt_system_heap_remove(at(OWN));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
}

static unsigned realloc_hooks, hooks;

static void on_malloc(void **block, rt_size_t size)
{
    (void)block;
    (void)size;
    hooks++;
}

static void on_realloc(void **block, rt_size_t size)
{
    (void)block;
    (void)size;
    realloc_hooks++;
}

static void tlsf_hooks_and_aligned_blocks(void **state)
{
    (void)state;
    hooks = realloc_hooks = 0;
    reset("tlsf");
    rt_system_heap_init(at(RAM), at(RAM + 0x4000));
    rt_malloc_sethook(on_malloc);
    rt_realloc_set_entry_hook(on_realloc);
    rt_realloc_set_exit_hook(on_realloc);
    void *block = rt_malloc(10);
    block = rt_realloc(block, 2000);
    assert_int_equal(hooks, 1);
    assert_int_equal(realloc_hooks, 0); /* the package calls none */
    void *const aligned = rt_malloc_align(100, 512);
    assert_int_equal(address(aligned) % 512, 0);
    rt_free_align(aligned); /* memalign's block is a block like any other */
    void *const plain = rt_malloc_align(100, 64);
    rt_free(plain);
    rt_free(block);
    unit_not_diagnosed();
    unit_check(&kernel.system_heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_follow_the_heap),
        cmocka_unit_test(null_and_nothing),
        cmocka_unit_test(memheaps_that_are_refused),
        cmocka_unit_test(dead_memheaps),
        cmocka_unit_test(before_the_start),
        cmocka_unit_test(a_memheap_in_a_block_of_another),
        cmocka_unit_test(the_release_and_the_mode_are_the_builds),
        cmocka_unit_test(dialect_and_regions_agree),
        cmocka_unit_test(bound_calls_of_each_kind),
        cmocka_unit_test(slab_heaps),
        cmocka_unit_test(pages),
        cmocka_unit_test(tlsf_regions),
        cmocka_unit_test(tlsf_regions_that_are_refused),
        cmocka_unit_test(tlsf_hooks_and_aligned_blocks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
