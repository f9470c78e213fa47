/*
 * Overwritten metadata of RT-Thread's memheap and slab, word by word: what the operations say when
 * they meet it, and what check() says of a word that is nearly right. (heap_corrupt.c overwrites
 * every word of every heap.)
 */
#include "unit.h"

enum { RAM = 0x20000000 };

static struct heap heap;

/* One word overwritten at a time: the call must name the corruption, fail, and change nothing. */
struct breakage {
    taddr_t word;
    uint32_t value;
    tsize_t request; /* bytes to allocate; 0: free the block instead */
    taddr_t block;
};

static void each_is_named(const struct breakage *rows, size_t count)
{
    const struct heap_stats before = unit_stats(&heap);

    for (size_t i = 0; i < count; i++) {
        const uint32_t old = load32(rows[i].word);

        unit_expect();
        store32(rows[i].word, rows[i].value);
        if (rows[i].request != 0)
            assert_int_equal(unit_alloc(&heap, rows[i].request), 0);
        else
            unit_free(&heap, rows[i].block);
        unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
        store32(rows[i].word, old);
        unit_unchanged(&heap, &before);
    }
}

static void memheap_names_the_corruption(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-memheap", false, RAM, 0x600));
    const taddr_t a = unit_alloc(&heap, 64);
    const taddr_t b = unit_alloc(&heap, 64);
    const taddr_t c = unit_alloc(&heap, 64);
    const taddr_t rest = c + 64;
    unit_free(&heap, b); /* the list: b, rest */
    const struct breakage rows[] = {
        {rest, 0x1ea01ea1, 200, 0},
        {rest + 8, RAM + 0x601, 200, 0},
        {rest + 8, 4, 200, 0},
        {rest + 16, 0x41414141, 200, 0},
        {rest + 20, 0, 200, 0},
        {b - 24 + 16, 0x41414141, 200, 0},
        {b - 24 + 16, b - 24, 200, 0}, /* a list that runs in a circle */
        {b - 24 + 8, a, 64, 0},
        {heap.object + 20 + 24 + 16, 0x41414140, 64, 0}, /* the head of the list */
        {a - 24, 0, 0, a},
        {a - 24 + 4, RAM, 0, a},
        {a - 24 + 8, rest, 0, a},
        {a - 24 + 12, a, 0, a},
        {b - 24 + 12, 0, 0, a},
        {b - 24 + 20, a, 0, a},
        {c - 24 + 12, a - 24, 0, c},
        {rest, 0x1ea01ea2, 0, c},
        {heap.object + 20 + 24 + 16, 0x41414140, 0, c},
    };

    each_is_named(rows, UNIT_COUNT(rows));
    heap_detach(&heap);
    assert_null(unit_heap(&heap, "rt-memheap:mode=best", false, RAM, 0x600));
    const taddr_t small = unit_alloc(&heap, 64);
    (void)unit_alloc(&heap, 64);
    const taddr_t large = unit_alloc(&heap, 300);
    (void)unit_alloc(&heap, 64);
    unit_free(&heap, small);
    unit_expect();
    store32(small - 24 + 16, small - 24);
    unit_free(&heap, large); /* freed all the same, at the head */
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    unit_free(&heap, large);
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    heap_detach(&heap);
}

static void slab_names_the_corruption(void **state)
{
    taddr_t chunks[4][3]; /* of four zones */

    (void)state;
    assert_null(unit_heap(&heap, "rt-slab", false, RAM, 0x40000));
    for (unsigned i = 0; i < 12; i++)
        chunks[i / 3][i % 3] = unit_alloc(&heap, 8191);
    const taddr_t large = unit_alloc(&heap, 0x2000);
    for (unsigned i = 0; i < 7; i++) /* the second zone is cached; the list: third, first */
        unit_free(&heap, chunks[i / 3][i % 3]);
    const taddr_t zone = chunks[2][0] - 8192;
    const taddr_t run = large + 0x2000;
    const taddr_t large_word = RAM + 0x1000 + (large - RAM - 0x1000) / 0x1000 * 4;
    const struct breakage rows[] = {
        {RAM + 52 + 63 * 4, 0x41414140, 8191, 0}, /* the class's list */
        {RAM + 52 + 63 * 4, large, 8191, 0},
        {RAM + 52, RAM + 0x3fff0, 8, 0},
        {zone, 0, 8191, 0},
        {zone + 28, 62, 8191, 0},
        {zone + 32, 0, 8191, 0}, /* freechunk */
        {zone + 32, chunks[2][0] + 8, 8191, 0},
        {RAM + 340, 0x41414140, 8, 0}, /* zone_free */
        {RAM + 340, zone, 8, 0},
        {RAM + 360, 0x41414140, 0x2000, 0}, /* the page list */
        {RAM + 360, run + 8, 0x2000, 0},
        {run + 4, 0xfffff, 0x2000, 0},
        {run + 4, 0, 0x2000, 0},
        {zone, 0xffffffff, 0, chunks[2][1]},
        {zone + 28, 72, 0, chunks[2][1]},
        {zone + 20, 0, 0, chunks[2][1]}, /* uindex */
        {large_word, 0xffff << 2 | 2, 0, large},
        {large_word, 1, 0, large},
        {large_word, 30 << 2 | 2, 0, large}, /* the free run too */
        {RAM + 360, large, 0, large},
    };

    each_is_named(rows, UNIT_COUNT(rows));
    heap_detach(&heap);
}

/* Words that would lead the operations on to something, but not to what the rest of the heap says.
 */
struct near_miss {
    taddr_t word;
    uint32_t value;
    const char *text; /* what check() says of it */
};

static void each_is_found(const struct near_miss *rows, size_t count)
{
    struct heap_fault fault;

    for (size_t i = 0; i < count; i++) {
        const uint32_t old = load32(rows[i].word);

        store32(rows[i].word, rows[i].value);
        if (heap.ops->check(&heap, &fault) || strstr(fault.text, rows[i].text) == NULL)
            fail_msg("row %u: check says '%s', not '%s'", (unsigned)i, fault.text, rows[i].text);
        store32(rows[i].word, old);
        unit_check(&heap);
    }
}

static void near_misses_in_memheap(void **state)
{
    struct heap_fault fault;

    (void)state;
    assert_null(unit_heap(&heap, "rt-memheap", false, RAM, 0x600));
    const taddr_t a = unit_alloc(&heap, 64) - 24;
    const taddr_t b = unit_alloc(&heap, 64) - 24;
    const taddr_t c = unit_alloc(&heap, 64) - 24;
    const taddr_t d = unit_alloc(&heap, 64) - 24;
    unit_free(&heap, b + 24);
    unit_free(&heap, d + 24); /* merged with the rest; the list: d, b */
    const taddr_t control = heap.object + 20;
    const struct near_miss rows[] = {
        {b, 0x1ea01ea1, "link of the free list"},
        {c, 0x1ea01ea0, "not merged"},
        {d, 0x1ea01ea1, "link of the free list"},
        {a + 8, c, "prev does not lead"},
        {c + 12, a, "prev does not lead"},
        {d + 12, b, "prev does not lead"},
        {b + 16, d, "links back"},
        {control + 8, load32(control + 8) - 8, "sum of the free payloads"},
        {control + 12, load32(control + 4) - load32(control + 8) - 8, "maximum"},
        {RAM + 0x600 - 24, 0x1ea01ea0, "the tail"},
        {RAM + 0x600 - 24 + 8, b, "ring"},
    };

    each_is_found(rows, UNIT_COUNT(rows));
    const taddr_t list = control + 24;
    store32(list + 16, d); /* b is left out: d alone is a whole list */
    store32(list + 20, d);
    store32(d + 16, list);
    store32(d + 20, list);
    assert_false(heap.ops->check(&heap, &fault));
    assert_non_null(strstr(fault.text, "each once"));
    heap_detach(&heap);
}

static void near_misses_in_slab(void **state)
{
    taddr_t chunks[6];

    (void)state;
    assert_null(unit_heap(&heap, "rt-slab", false, RAM, 0x40000));
    for (unsigned i = 0; i < 6; i++)
        chunks[i] = unit_alloc(&heap, 8191);
    const taddr_t small = unit_alloc(&heap, 8);
    const taddr_t large = unit_alloc(&heap, 0x3000);
    for (unsigned i = 0; i < 6; i++) /* the second zone is cached then */
        unit_free(&heap, chunks[i]);
    const taddr_t first = chunks[0] - 8192;
    const taddr_t second = chunks[3] - 8192;
    const taddr_t table = RAM + 0x1000;
    const taddr_t large_word = table + (large - table) / 0x1000 * 4;
    const struct near_miss rows[] = {
        {RAM + 32, 8, "sum of the live chunks"},
        {RAM + 36, 0x3000, "maximum"},
        {RAM + 52, 0, "lacks one"},
        {RAM + 52 + 4, small - 40, "none that belongs"},
        {RAM + 52 + 63 * 4, second, "none that belongs"},
        {RAM + 340, 0, "lacks one"},
        {RAM + 344, 0, "zone_free_cnt"},
        {RAM + 344, 2, "zone_free_cnt"},
        {RAM + 360, 0, "nor in the page list"},
        {RAM + 360, table, "nor in the page list"},
        {large + 0x3000 + 4, 1, "nor in the page list"},
        {first + 4, 2, "nfree"},
        {first + 20, 1, "no other free chunk"},
        {first + 28, 62, "header was overwritten"},
        {first + 32, chunks[1], "nfree"},
        {first + 36, chunks[1], "last free chunk"},
        {chunks[1], chunks[2], "no other free chunk"},
        {chunks[1], chunks[1] + 8, "no other free chunk"},
        {first, 0xffffffff, "none that belongs"},
        {second, 0x51ab51ab, "list"},
        {large_word, 2 << 2 | 2, "nor in the page list"},
        {large_word, 4 << 2 | 2, "memusage"},
        {large_word + 4, 1, "memusage"},
        {table + 4 + 4, 1, "memusage"},
    };

    each_is_found(rows, UNIT_COUNT(rows));
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memheap_names_the_corruption),
        cmocka_unit_test(slab_names_the_corruption),
        cmocka_unit_test(near_misses_in_memheap),
        cmocka_unit_test(near_misses_in_slab),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
