/*
 * The steps of heap_2, heap_4 and heap_5 are the headers that a list search looks at, one by one:
 * the last of them is the one where it ends. Their quick forms, which look at several a turn, count
 * what the careful ones count. clear_on_free leaves everything to the careful forms.
 */
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x4000, LISTED_MAX = 9, SMALL = 8, LARGE = 400 };

static const char *const by_address[] = {"freertos-heap-4",
                                         "freertos-heap-4:clear_on_free=1",
                                         "freertos-heap-4:align=16",
                                         "freertos-heap-4:heap_protector=1",
                                         "freertos-heap-4:release=9.0.0",
                                         "freertos-heap-5",
                                         "freertos-heap-5:clear_on_free=1"};

static const char *const by_size[] = {"freertos-heap-2", "freertos-heap-2:clear_on_free=1",
                                      "freertos-heap-2:align=16", "freertos-heap-2:release=9.0.0"};

static struct heap heap;

static void looked_at(const char *spec, unsigned listed, const char *what, unsigned expected)
{
    if (heap.cost.steps != expected)
        fail_msg("%s, %u free blocks, %s: %u steps, not %u", spec, listed, what, heap.cost.steps,
                 expected);
}

/* Blocks to be freed, and kept ones between them, lest they merge. */
static void make(const char *spec, unsigned count, taddr_t *freed, taddr_t *kept,
                 tsize_t size_of(unsigned, unsigned))
{
    assert_null(unit_heap(&heap, spec, false, RAM, SIZE));
    unit_expect();
    for (unsigned i = 0; i < count; i++) {
        freed[i] = unit_alloc(&heap, size_of(i, count));
        kept[i] = unit_alloc(&heap, SMALL);
        assert_true(freed[i] != 0 && kept[i] != 0);
    }
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

/* --- heap_4 and heap_5: ordered by address --- */

static tsize_t last_is_large(unsigned i, unsigned count)
{
    return i + 1 == count ? LARGE : SMALL;
}

static void count_by_address(const char *spec, unsigned listed)
{
    taddr_t freed[LISTED_MAX], kept[LISTED_MAX];

    make(spec, listed, freed, kept, last_is_large);
    for (unsigned i = 0; i < listed; i++) {
        unit_free(&heap, freed[i]);
        looked_at(spec, listed, "free", i + 1);
    }
    assert_int_equal(unit_alloc(&heap, LARGE),
                     freed[listed - 1]); /* the last but one of the list */
    looked_at(spec, listed, "alloc", listed);
    assert_true(unit_alloc(&heap, LARGE) > kept[listed - 1]); /* behind all of them */
    looked_at(spec, listed, "alloc behind", listed);
    end();
}

/* Frees what lies between the last free block and whatever follows: it merges with one or both. */
static void count_merging(const char *spec, unsigned listed, unsigned above)
{
    taddr_t freed[LISTED_MAX], kept[LISTED_MAX];

    make(spec, listed + 1, freed, kept, last_is_large);
    for (unsigned i = 0; i < listed + above; i++)
        unit_free(&heap, freed[i]);
    unit_free(&heap, kept[listed - 1]);
    looked_at(spec, listed, above != 0 ? "free between two" : "free behind one", listed + 1);
    end();
}

static void ordered_by_address(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(by_address); i++)
        for (unsigned listed = 1; listed < LISTED_MAX; listed++) {
            count_by_address(by_address[i], listed);
            count_merging(by_address[i], listed, 0);
            count_merging(by_address[i], listed, 1);
        }
}

/* --- heap_2: ordered by size --- */

static tsize_t rising(unsigned i, unsigned count)
{
    return 24 + 16 * i;
}

static void count_by_size(const char *spec, unsigned listed)
{
    taddr_t freed[LISTED_MAX], kept[LISTED_MAX];
    const bool walks = strstr(spec, "release=9") != NULL; /* free then looks at all blocks */

    make(spec, listed, freed, kept, rising);
    for (unsigned i = 0; i < listed; i++) {
        unit_free(&heap, freed[i]);
        looked_at(spec, listed, "free", 1 + i + 1 + (walks ? 2 * i : 0)); /* its own header first */
    }
    assert_int_equal(unit_alloc(&heap, rising(listed - 1, listed)), freed[listed - 1]);
    looked_at(spec, listed, "alloc of a whole one", listed);
    unit_alloc(&heap, LARGE); /* of what is left of the heap; looks for the rest's place too */
    looked_at(spec, listed, "alloc of a part", 2 * listed);
    end();
}

static void ordered_by_size(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(by_size); i++)
        for (unsigned listed = 1; listed < LISTED_MAX; listed++)
            count_by_size(by_size[i], listed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(ordered_by_address),
                                       cmocka_unit_test(ordered_by_size)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
