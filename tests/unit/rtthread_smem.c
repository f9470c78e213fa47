/* RT-Thread's small-mem heaps of the application's own: rt_smem_*. */
#include <stdlib.h>

#include "board.h"

#include <rtthread.h>

enum { RAM = 0x20000000, SIZE = 0x4000 };

static uint8_t static_memory[1024] __attribute__((aligned(8)));

static void reset(void)
{
    board_reset(RAM, SIZE, NULL);
}

static struct heap *heap_of(rt_smem_t handle)
{
    return heap_by_object((taddr_t)(uintptr_t)handle);
}

static tsize_t used(rt_smem_t handle)
{
    return unit_stats(heap_of(handle)).used;
}

static void a_heap_of_ones_own(void **state)
{
    (void)state;
    reset();
    const rt_smem_t heap = rt_smem_init("mine", at(RAM + 3), 0x400);
    assert_ptr_equal(heap, at(RAM + 8)); /* the control block, in target layout */
    assert_string_equal((char *)at(RAM + 8), "mine");
    char *const a = rt_smem_alloc(heap, 100);
    assert_ptr_equal(a, at(RAM + 8 + 0x48));
    memset(a, 0x5a, 100);
    char *const b = rt_smem_realloc(heap, a, 200);
    assert_ptr_equal(b, a + 104 + 16);
    assert_int_equal(b[99], 0x5a);
    assert_ptr_equal(rt_smem_realloc(heap, NULL, 8), a);
    assert_null(rt_smem_realloc(heap, a, 0));
    assert_null(rt_smem_alloc(heap, 0));
    assert_null(rt_smem_alloc(heap, 0x400));
    rt_smem_free(b);
    rt_smem_free(NULL);
    assert_int_equal(used(heap), 0);
    unit_not_diagnosed();
    assert_int_equal(rt_smem_detach(heap), RT_EOK);
    assert_null(heap_of(heap));
}

static void no_hooks(void **block, rt_size_t size)
{
    (void)block;
    (void)size;
    fail_msg("rt_smem_* called a hook");
}

static void no_free_hook(void **block)
{
    (void)block;
    fail_msg("rt_smem_* called a hook");
}

static void direct_calls_have_no_hooks(void **state)
{
    (void)state;
    reset();
    rt_malloc_sethook(no_hooks);
    rt_free_sethook(no_free_hook);
    rt_realloc_set_entry_hook(no_hooks);
    rt_realloc_set_exit_hook(no_hooks);
    const rt_smem_t heap = rt_smem_init("mine", at(RAM), 0x400);
    rt_smem_free(rt_smem_realloc(heap, rt_smem_alloc(heap, 8), 80));
    assert_int_equal(used(heap), 0);
}

static void two_heaps_keep_apart(void **state)
{
    (void)state;
    reset();
    const rt_smem_t a = rt_smem_init("a", at(RAM), 0x400);
    const rt_smem_t b = rt_smem_init("b", static_memory, sizeof static_memory);
    void *const in_a = rt_smem_alloc(a, 100);
    void *const in_b = rt_smem_alloc(b, 100);
    assert_true(heap_contains(heap_of(b), (taddr_t)(uintptr_t)in_b, 100));
    rt_smem_free(in_a); /* each goes where its header says */
    rt_smem_free(in_b);
    assert_int_equal(used(a) + used(b), 0);
    unit_not_diagnosed();
    void *const again = rt_smem_alloc(a, 100);
    assert_null(rt_smem_realloc(b, again, 200));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(used(a), 104 + 16);
}

/* A heap in a block of another: either's blocks go back to their own heap. */
static void nested_heaps(void **state)
{
    (void)state;
    reset();
    const rt_smem_t outer = rt_smem_init("outer", at(RAM), SIZE);
    void *const block = rt_smem_alloc(outer, 0x400);
    const rt_smem_t inner = rt_smem_init("inner", block, 0x400);
    void *const other = rt_smem_alloc(outer, 100);
    void *const small = rt_smem_alloc(inner, 100);
    assert_in_range((uintptr_t)small, (uintptr_t)block, (uintptr_t)block + 0x400);
    rt_smem_free(small);
    assert_int_equal(used(inner), 0);
    rt_smem_free(other);
    assert_int_equal(used(outer), 0x400 + 16);
    unit_not_diagnosed();
    rt_smem_free((char *)small + 8); /* free already, in the inner heap */
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    assert_ptr_equal(diagnose_last()->heap, heap_of(inner));
    rt_smem_free(block); /* the outer heap's, though the inner one lies in it */
    unit_not_diagnosed();
    assert_int_equal(used(outer), 0);
    unit_check(heap_of(outer));
}

/* What a detached heap left in memory is not a heap any more. */
static void detached_heaps(void **state)
{
    (void)state;
    reset();
    const rt_smem_t outer = rt_smem_init("outer", at(RAM), SIZE);
    void *const block = rt_smem_alloc(outer, 0x400);
    const rt_smem_t inner = rt_smem_init("inner", block, 0x400);
    void *const small = rt_smem_alloc(inner, 100);
    assert_int_equal(rt_smem_detach(inner), RT_EOK);
    unit_not_diagnosed();
    assert_int_equal(rt_smem_detach(inner), -RT_EINVAL);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_null(rt_smem_alloc(inner, 8));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_null(rt_smem_realloc(inner, small, 8));
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    rt_smem_free(small); /* lies in a block of the outer heap */
    unit_diagnosed(DIAGNOSIS_INTERIOR_POINTER, 1);
    rt_smem_free(block);
    assert_int_equal(used(outer), 0);
    unit_not_diagnosed();
}

static void handles_that_are_none(void **state)
{
    char on_the_stack[64];
    void *const handles[] = {NULL,          at(8),        at(RAM + 8),
                             static_memory, on_the_stack, (void *)UINTPTR_MAX};

    (void)state;
    reset();
    (void)rt_smem_init("mine", at(RAM), SIZE);
    for (unsigned i = 0; i < UNIT_COUNT(handles); i++) {
        const rt_smem_t handle = (rt_smem_t)handles[i];

        assert_null(rt_smem_alloc(handle, 8));
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        assert_null(rt_smem_realloc(handle, NULL, 8));
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        assert_int_equal(rt_smem_detach(handle), -RT_EINVAL);
        unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
        if (handles[i] != NULL) {
            rt_smem_free(handles[i]);
            unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
            assert_non_null(diagnose_last()->text);
        }
    }
}

/* The system heap is a small-mem object, too; taking it away would leave rt_malloc without one. */
static void the_system_heap_stays(void **state)
{
    (void)state;
    reset();
    rt_system_heap_init(at(RAM), at(RAM + SIZE));
    const rt_smem_t system = (rt_smem_t)at(kernel.system_heap.object);
    void *const block = rt_smem_alloc(system, 100);
    assert_non_null(block);
    unit_not_diagnosed();
    assert_int_equal(rt_smem_detach(system), -RT_EINVAL);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    rt_free(block);
    assert_non_null(rt_malloc(100));
    unit_not_diagnosed();
}

static void memory_that_is_refused(void **state)
{
    char on_the_stack[1024];
    char *const from_libc = malloc(1024);

    (void)state;
    reset();
    assert_null(rt_smem_init("s", on_the_stack, sizeof on_the_stack));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_non_null(strstr(diagnose_last()->text, "stack of the first thread"));
    assert_null(rt_smem_init("s", from_libc, 1024));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_non_null(strstr(diagnose_last()->text, "libc"));
    assert_null(rt_smem_init("s", at(RAM), SIZE + 1));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(rt_smem_init("s", at(RAM), (rt_size_t)-1));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(rt_smem_init("s", NULL, 1024));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(rt_smem_init("s", (void *)(UINTPTR_MAX - 0xfff), 0x2000));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(kernel.heap_list);
    free(from_libc);
}

static void names(void **state)
{
    (void)state;
    reset();
    assert_non_null(rt_smem_init("", at(RAM), 0x100));
    assert_non_null(rt_smem_init("a name that is longer than any", at(RAM + 0x100), 0x100));
    assert_memory_equal(at(RAM + 0x100), "a name t", 8);
    unit_not_diagnosed();
    assert_null(rt_smem_init(NULL, at(RAM + 0x200), 0x100));
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
}

/*
 * Allocators of the other RTOSs have options of the same names, whose values mean something else:
 * the first of OneOS's lengths of names is 0.
 */
static void options_of_another_rtos(void **state)
{
    static const char *const systems[] = {"oneos-mixed:name_max=7", "oneos-small:align=32",
                                          "freertos-heap-4:align=16"};

    (void)state;
    for (unsigned i = 0; i < sizeof systems / sizeof systems[0]; i++) {
        board_reset(RAM, SIZE, systems[i]);
        const rt_smem_t heap = rt_smem_init("mine", at(RAM), 0x400);
        assert_string_equal((char *)at(RAM), "mine");
        char *const block = rt_smem_alloc(heap, 20);
        assert_ptr_equal(rt_smem_alloc(heap, 20), block + 24 + 16); /* as RT_ALIGN_SIZE is 8 */
        unit_not_diagnosed();
    }
}

static void as_many_heaps_as_there_is_room_for(void **state)
{
    (void)state;
    reset();
    for (unsigned i = 0; i < KERNEL_HEAPS_MAX; i++)
        assert_non_null(rt_smem_init("many", at(RAM + i * 0x100), 0x100));
    unit_not_diagnosed();
    assert_null(rt_smem_init("many", at(RAM + KERNEL_HEAPS_MAX * 0x100), 0x100));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    for (unsigned i = 0; i < KERNEL_HEAPS_MAX; i += 2)
        assert_int_equal(rt_smem_detach((rt_smem_t)at(RAM + i * 0x100)), RT_EOK);
    for (unsigned i = 0; i < 3; i++) /* one that fails takes no place */
        assert_null(rt_smem_init("s", static_memory, 0));
    for (unsigned i = 0; i < KERNEL_HEAPS_MAX; i += 2)
        assert_non_null(rt_smem_init("many", at(RAM + i * 0x100), 0x100));
    unit_not_diagnosed();
}

/* Options of the build apply to all its heaps. */
static void options_of_the_build(void **state)
{
    char why[SPEC_WHY_MAX];

    (void)state;
    reset();
    assert_true(spec_heap("rt-small-mem:align=4,name_max=16,memtrace=1", &kernel.heap_config, why));
    kernel.heap_config.faithful = true;
    const rt_smem_t heap = rt_smem_init("mine", at(RAM), 0x400);
    assert_ptr_equal(rt_smem_alloc(heap, 1), at(RAM + 64 + 16));
    assert_non_null(rt_smem_alloc(heap, 0xffffffff)); /* faithful */
    unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_heap_of_ones_own),
        cmocka_unit_test(direct_calls_have_no_hooks),
        cmocka_unit_test(two_heaps_keep_apart),
        cmocka_unit_test(nested_heaps),
        cmocka_unit_test(detached_heaps),
        cmocka_unit_test(handles_that_are_none),
        cmocka_unit_test(the_system_heap_stays),
        cmocka_unit_test(memory_that_is_refused),
        cmocka_unit_test(names),
        cmocka_unit_test(options_of_another_rtos),
        cmocka_unit_test(as_many_heaps_as_there_is_room_for),
        cmocka_unit_test(options_of_the_build),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
