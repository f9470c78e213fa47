/*
 * OneOS's memory calls as an application makes them before the scheduler starts: regions and their
 * errors, heaps of the application's own, the versions.
 */
#include "board.h"

#include <os_memory.h>

enum { RAM = 0x20000000, SIZE = 0x40000, OWN = RAM + 0x20000 };

static os_memheap_t heap, other;

static void reset(const char *spec)
{
    board_reset(RAM, SIZE, spec);
    memset(&heap, 0xa5, sizeof heap); /* as the stack or a block may be */
}

static void start(const char *spec)
{
    reset(spec);
    assert_int_equal(os_sys_heap_add(at(RAM), 0x10000, OS_MEM_ALG_DEFAULT), OS_EOK);
    unit_not_diagnosed();
}

static void start_own(const char *spec, enum os_mem_alg alg)
{
    start(spec);
    assert_int_equal(os_memheap_init(&heap, "own"), OS_EOK);
    assert_int_equal(os_memheap_add(&heap, at(OWN), 0x8000, alg), OS_EOK);
}

/* --- regions --- */

/* By the start's low three bits: OS_ENOMEM up to, first-fit from, buddy from. */
static void least_regions(void **state)
{
    static const struct {
        tsize_t enomem, first_fit, buddy;
    } table[8] = {{99, 156, 384}, {102, 163, 387}, {101, 162, 386}, {100, 161, 385},
                  {99, 160, 384}, {102, 159, 387}, {101, 158, 386}, {100, 157, 385}};

    (void)state;
    for (unsigned offset = 0; offset < 8; offset++) {
        for (tsize_t size = 0; size <= 400; size++) {
            for (unsigned alg = 0; alg < 2; alg++) {
                const tsize_t least = alg == 0 ? table[offset].first_fit : table[offset].buddy;
                const tsize_t lost = (4 - offset % 4) % 4;
                const bool stops = size <= lost || (size > table[offset].enomem && size < least);

                reset("oneos-mixed");
                assert_int_equal(os_memheap_init(&heap, "h"), OS_EOK);
                const os_err_t error =
                    os_memheap_add(&heap, at(OWN + offset), size, (enum os_mem_alg)alg);
                const unsigned named =
                    diagnose_count(DIAGNOSIS_BAD_REGION) - unit_counts[DIAGNOSIS_BAD_REGION];
                const os_err_t expected = size <= lost   ? OS_EINVAL
                                          : size < least ? OS_ENOMEM
                                                         : OS_EOK;
                if (error != expected || named != stops)
                    fail_msg("start mod 8 = %u, %u bytes, algorithm %u: %d, %u misuses; expected "
                             "%d, %u",
                             offset, size, alg, error, named, expected, stops);
                assert_int_equal(os_memheap_alloc(&heap, 1) != NULL, expected == OS_EOK);
            }
        }
    }
}

static void regions_that_are_refused(void **state)
{
    static const struct {
        taddr_t begin;
        tsize_t size;
        enum os_mem_alg alg;
        os_err_t error;
        bool named;
    } table[] = {
        {OWN, 0x1000, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, false}, /* the same */
        {OWN + 0x7000, 0x2000, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, false},
        {OWN - 0x800, 0x1000, OS_MEM_ALG_BUDDY, OS_EINVAL, false},
        {RAM + 0x100, 0x100, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, false}, /* of the system heap */
        {OWN + 0x10000, 96, OS_MEM_ALG_FIRSTFIT, OS_ENOMEM, false},
        {OWN + 0x10000, 0x1000, (enum os_mem_alg)17, OS_EINVAL, false},
        {OWN + 0x10000, 0, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, true},
        {RAM + SIZE - 0x10, 0x1000, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, true},
        {0, 0x1000, OS_MEM_ALG_FIRSTFIT, OS_EINVAL, true},
    };

    (void)state;
    start_own("oneos-mixed", OS_MEM_ALG_FIRSTFIT);
    for (unsigned i = 0; i < UNIT_COUNT(table); i++) {
        const struct heap_stats before = unit_stats(&heap.heap);

        assert_int_equal(os_memheap_add(&heap, at(table[i].begin), table[i].size, table[i].alg),
                         table[i].error);
        unit_diagnosed(DIAGNOSIS_BAD_REGION, table[i].named);
        unit_unchanged(&heap.heap, &before);
    }
    if (sizeof(size_t) > 4) {
        assert_int_equal(os_memheap_add(&heap, at(OWN), (size_t)1 << 32, OS_MEM_ALG_FIRSTFIT),
                         OS_EINVAL);
        unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    }
    assert_int_equal(os_memheap_add(&heap, at(OWN + 0x8000), 0x1000, OS_MEM_ALG_BUDDY), OS_EOK);
    unit_not_diagnosed();
    start("oneos-buddy");
    assert_int_equal(os_sys_heap_add(at(OWN), 0x1000, OS_MEM_ALG_FIRSTFIT), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_int_equal(os_sys_heap_add(at(OWN), 0x1000, OS_MEM_ALG_BUDDY), OS_EOK);
}

/* What the system heap has no room for comes from its second region. */
static void regions_serve_in_order(void **state)
{
    os_meminfo_t info;

    (void)state;
    start("oneos-mixed");
    os_memory_info(&info);
    const os_size_t one = info.mem_total;
    assert_int_equal(os_sys_heap_add(at(OWN), 0x10000, OS_MEM_ALG_BUDDY), OS_EOK);
    os_memory_info(&info);
    assert_true(info.mem_total > one);
    char *const a = os_malloc(0xe000);
    assert_true(address(a) < OWN);
    memset(a, 7, 0xe000);
    char *const b = os_malloc(0x1800);
    assert_true(address(b) < OWN);
    char *const c = os_malloc(0x1f00); /* buddy's largest block is 8 KiB */
    assert_true(address(c) > OWN);
    assert_null(os_malloc(0x4000));
    char *const d = os_realloc(b, 0x1ff0); /* moves to the other region */
    assert_true(address(d) > OWN);
    os_free(a);
    os_free(c);
    os_free(d);
    assert_int_equal(os_memory_check(), OS_EOK);
    unit_not_diagnosed();
}

/* --- the calls --- */

static void calls_on_the_system_heap(void **state)
{
    (void)state;
    start("oneos-first-fit");
    char *block = os_calloc(10, 10);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(block[i], 0);
    block = os_realloc(block, 500);
    char *const aligned = os_aligned_malloc(64, 100);
    assert_int_equal(address(aligned) % 64, 0);
    os_free(aligned);
    assert_null(os_realloc(block, 0));
    assert_null(os_malloc(0));
    unit_not_diagnosed();
    os_free(NULL);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    os_free(block);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    assert_null(os_aligned_malloc(24, 8));
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
    os_sys_heap_init();
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(os_memory_check(), OS_EOK);
    block = os_malloc(24);
    memset(block, 0xff, 40); /* over the next header */
    assert_int_equal(os_memory_check(), OS_ERROR);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
}

static void heaps_of_the_application(void **state)
{
    os_meminfo_t info;

    (void)state;
    start("oneos-mixed:name_max=7");
    assert_null(os_memheap_alloc(&heap, 10));
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(os_memheap_add(&heap, at(OWN), 0x1000, OS_MEM_ALG_FIRSTFIT), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    os_memheap_info(&heap, &info);
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(os_memheap_init(&heap, "longer than seven"), OS_EOK);
    assert_string_equal(heap.name, "longer ");
    assert_int_equal(os_memheap_init(&heap, "again"), OS_EINVAL);
    assert_int_equal(os_memheap_init(&other, NULL), OS_EOK);
    assert_string_equal(other.name, "");
    os_memheap_info(&heap, &info);
    assert_int_equal(info.mem_total, 0);
    assert_null(os_memheap_alloc(&heap, 10)); /* no region yet */
    assert_int_equal(os_memheap_check(&heap), OS_EOK);
    unit_not_diagnosed();
    os_memheap_free(&heap, at(OWN));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(os_memheap_add(&heap, at(OWN), 0x2000, OS_MEM_ALG_BUDDY), OS_EOK);
    assert_int_equal(os_memheap_add(&other, at(OWN + 0x2000), 0x2000, OS_MEM_ALG_FIRSTFIT), OS_EOK);
    void *const block = os_memheap_alloc(&heap, 0); /* buddy grants it */
    assert_non_null(block);
    os_memheap_free(&other, block);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    os_memheap_free(&heap, block);
    void *const wide = os_memheap_aligned_alloc(&other, 256, 20);
    assert_int_equal(address(wide) % 256, 0);
    unit_not_diagnosed();
    assert_null(os_memheap_realloc(&other, wide, 20)); /* OneOS forgets that it is aligned */
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
    os_memheap_free(&other, wide);
    assert_int_equal(os_memheap_trace(&other), OS_EOK);
    assert_int_equal(os_memheap_deinit(&heap), OS_ENOSYS);
    unit_not_diagnosed();
    assert_int_equal(os_memheap_init(OS_NULL, "none"), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_int_equal(os_memheap_init(at(0x10000000), "nowhere"), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    os_memheap_t on_the_stack;
    assert_int_equal(os_memheap_init(&on_the_stack, "s"), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
}

/* OneOS 2.0.1 lets a heap lie in a block of another, 2.1.0 does not. */
static void a_heap_in_a_block(void **state)
{
    static const struct {
        const char *spec;
        os_err_t add, deinit;
    } table[] = {{"oneos-first-fit-v201", OS_EOK, OS_EBUSY},
                 {"oneos-first-fit", OS_EINVAL, OS_ENOSYS}};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(table); i++) {
        start(table[i].spec);
        void *const block = os_malloc(2048);
        assert_int_equal(os_memheap_init(&heap, "user"), OS_EOK);
        assert_int_equal(os_memheap_add(&heap, block, 2048, OS_MEM_ALG_DEFAULT), table[i].add);
        assert_int_equal(os_memheap_alloc(&heap, 100) != NULL, table[i].add == OS_EOK);
        assert_int_equal(os_memheap_deinit(&heap), table[i].deinit);
        unit_not_diagnosed();
    }
}

/* --- OneOS 1.x --- */

static unsigned mallocs, frees;
static void *told;
static os_size_t told_size;

static void on_malloc(void *block, os_size_t size)
{
    mallocs++;
    told = block;
    told_size = size;
}

static void on_free(void *block)
{
    frees++;
    told = block;
}

static void told_of(unsigned malloc_calls, unsigned free_calls, const void *block)
{
    assert_int_equal(mallocs, malloc_calls);
    assert_int_equal(frees, free_calls);
    if (malloc_calls + free_calls > 0)
        assert_ptr_equal(told, block);
    mallocs = frees = 0;
}

static void hooks_of_version_1(void **state)
{
    (void)state;
    reset("oneos-small");
    mallocs = frees = 0;
    os_system_heap_init(at(RAM), at(OWN));
    os_malloc_set_hook(on_malloc);
    os_free_set_hook(on_free);
    void *const a = os_malloc(5);
    told_of(1, 0, a);
    assert_int_equal(told_size, 12); /* as rounded */
    void *const b = os_calloc(3, 7);
    told_of(1, 0, b);
    assert_int_equal(told_size, 24);
    void *const c = os_realloc(a, 100); /* moves: a new block, and the old one is freed */
    told_of(1, 1, a);
    assert_ptr_equal(os_realloc(c, 100), c);
    assert_null(os_malloc(0x100000));
    os_free(NULL);
    told_of(0, 0, NULL);
    os_free(c);
    told_of(0, 1, c);
    unit_not_diagnosed();
    os_free(c); /* upstream asserts before its hook */
    told_of(0, 0, NULL);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    void *const aligned = os_malloc_align(20, 64);
    assert_int_equal(address(aligned) % 64, 0);
    assert_int_equal(told_size, 84);
    mallocs = 0;
    os_free_align(aligned);
    told_of(0, 1, told);
    os_free_align(NULL);
    os_malloc_set_hook(NULL);
    os_free_set_hook(NULL);
    os_free(b);
    told_of(0, 0, NULL);
    unit_not_diagnosed();
    unit_check(&kernel.system_heap);
}

static void calls_of_the_other_version(void **state)
{
    os_meminfo_t info;

    (void)state;
    reset("oneos-small");
    os_system_heap_init(at(RAM), at(OWN));
    os_memory_info(&info);
    assert_int_equal(info.mem_used, 0);
    os_system_heap_init(at(OWN), at(RAM + SIZE));
    unit_diagnosed(DIAGNOSIS_OBJECT, 1);
    assert_int_equal(os_sys_heap_add(at(OWN), 0x1000, OS_MEM_ALG_DEFAULT), OS_ERROR);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_int_equal(os_memheap_init(&heap, "h"), OS_EINVAL);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_null(os_aligned_malloc(8, 8));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    os_sys_heap_init();
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    start("oneos-mixed");
    assert_null(os_malloc_align(8, 8));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    os_free_align(at(RAM));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    os_malloc_set_hook(on_malloc);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    os_free_set_hook(on_free);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    os_system_heap_init(at(OWN), at(RAM + SIZE));
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(least_regions),
        cmocka_unit_test(regions_that_are_refused),
        cmocka_unit_test(regions_serve_in_order),
        cmocka_unit_test(calls_on_the_system_heap),
        cmocka_unit_test(heaps_of_the_application),
        cmocka_unit_test(a_heap_in_a_block),
        cmocka_unit_test(hooks_of_version_1),
        cmocka_unit_test(calls_of_the_other_version),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
