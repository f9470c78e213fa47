/* Rules of RT-Thread small-mem that stand in no vector, and its quirks in both modes. */
#include "unit.h"

static struct heap heap;

static void layout_of_an_aligned_region(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, 0x20000000, 0x400));
    assert_int_equal(heap.object, 0x20000000);
    assert_int_equal(heap_alloc(&heap, 6, unit_call), 0x20000048);
    unit_check(&heap);
    heap_detach(&heap);
}

static void wrapped_size_safe_and_faithful(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, 0x20000000, 0x1000));
    const unsigned before = diagnose_count(DIAGNOSIS_SIZE_OVERFLOW);
    assert_int_equal(heap_alloc(&heap, 0xfffffff9, unit_call), 0);
    assert_int_equal(diagnose_count(DIAGNOSIS_SIZE_OVERFLOW), before + 1);
    heap_detach(&heap);
    assert_null(unit_heap(&heap, "rt-small-mem", true, 0x20000000, 0x1000));
    assert_int_equal(heap_alloc(&heap, 0xfffffff9, unit_call), 0x20000048);
    assert_int_equal(diagnose_count(DIAGNOSIS_SIZE_OVERFLOW), before + 2);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_of_an_aligned_region),
        cmocka_unit_test(wrapped_size_safe_and_faithful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
