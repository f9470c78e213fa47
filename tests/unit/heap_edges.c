/*
 * At the edge of a region: faults that fuzzing found. The region begins at a page whose neighbour
 * below can't be touched, so that a read before it ends the test.
 */
#include "unit.h"

enum { FIRST = 0x20000000, FIRST_SIZE = 0x2000, SECOND = 0x20100000, SECOND_SIZE = 0x1000 };

static struct heap heap;

/* The size word of a pool's first block says that the block before is free; there is none. */
static void tlsf_looks_for_no_block_before_the_first(void **state)
{
    const struct heap_region regions[] = {{FIRST, FIRST_SIZE, 0}, {SECOND, SECOND_SIZE, 0}};
    const uint32_t prev_free = 2;
    struct heap_config config;
    char why[ARENA_WHY_MAX];

    (void)state;
    diagnose_set_policy(VIOLATION_RETURN);
    unit_region(FIRST, FIRST_SIZE);
    assert_true(arena_map("second", SECOND, SECOND_SIZE, why));
    heap_config_standard(&config, &heap_tlsf);
    assert_null(heap_init(&heap, &config, "test", regions, 2, 0, unit_call));
    const taddr_t block = heap_alloc(&heap, SECOND_SIZE - 64, unit_call);
    assert_int_equal(block, SECOND + 4);
    store32(SECOND, load32(SECOND) | prev_free);

    const unsigned before = diagnose_count(DIAGNOSIS_HEAP_CORRUPT);
    heap_free(&heap, block, unit_call);
    assert_int_equal(heap_realloc(&heap, block, 8, unit_call), 0);
    assert_int_equal(diagnose_count(DIAGNOSIS_HEAP_CORRUPT), before + 2);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tlsf_looks_for_no_block_before_the_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
