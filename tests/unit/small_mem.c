/* RT-Thread small-mem: where everything lies, from the control block to the end item. */
#include "small_mem_unit.h"

static struct heap heap;

#define INIT  0x54494e49u
#define NONE  0x454e4f4eu
#define BLANK 0x20202020u

/* --- layout --- */

static void layout_of_an_aligned_region(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, 0x400));
    assert_int_equal(heap.object, RAM);
    assert_int_equal(unit_alloc(&heap, 6), 0x20000048);
    unit_check(&heap);
    heap_detach(&heap);
}

/* Size of the object header, and what follows it, for each RT_NAME_MAX. */
static const struct {
    const char *spec;
    tsize_t object, name_max;
    taddr_t first_block;
} names[] = {
    {"rt-small-mem:name_max=8", 20, 8, RAM + 0x48},
    {"rt-small-mem:name_max=12", 24, 12, RAM + 0x50}, /* 60 bytes, rounded up to 64 */
    {"rt-small-mem:name_max=15", 28, 15, RAM + 0x50},
    {"rt-small-mem:name_max=16", 28, 16, RAM + 0x50},
    {"rt-small-mem:name_max=12,align=4", 24, 12, RAM + 72},
    {"rt-small-mem:name_max=16,align=4", 28, 16, RAM + 76},
};

static void control_block_fields(void **state)
{
    const tsize_t size = 0x400;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(names); i++) {
        assert_null(unit_heap(&heap, names[i].spec, false, RAM, size));
        const taddr_t block = unit_alloc(&heap, 64);
        const taddr_t memory = RAM + names[i].object;
        const tsize_t header = heap_option(&heap, "align") == 4 ? 12 : 16;
        const taddr_t base = names[i].first_block - header;
        const tsize_t capacity = RAM + size - base - 2 * header;

        assert_int_equal(block, names[i].first_block);
        assert_string_equal((char *)target_pointer(RAM), "test");
        assert_int_equal(*(uint8_t *)target_pointer(RAM + names[i].name_max), 0x8c);
        assert_int_equal(*(uint8_t *)target_pointer(RAM + names[i].name_max + 1), 0);
        assert_int_equal(load32(memory - 8), memory - 8); /* list node */
        assert_int_equal(load32(memory - 4), memory - 8);
        assert_string_equal((char *)target_pointer(load32(memory)), "small");
        assert_int_equal(load32(memory + 4), base);                 /* address */
        assert_int_equal(load32(memory + 8), capacity);             /* total */
        assert_int_equal(load32(memory + 12), 64 + header);         /* used */
        assert_int_equal(load32(memory + 16), 64 + header);         /* max */
        assert_int_equal(load32(memory + 20), base);                /* heap_ptr */
        assert_int_equal(load32(memory + 24), RAM + size - header); /* heap_end */
        assert_int_equal(load32(memory + 28), base + 64 + header);  /* lfree */
        assert_int_equal(load32(memory + 32), capacity);            /* mem_size_aligned */
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* Upstream copies at most RT_NAME_MAX characters, and no zero behind that many. */
static void names_fill_the_object(void **state)
{
    static const char name[] = "a-name-of-twenty-two-c";
    static const tsize_t maxima[] = {8, 12, 15, 16, 20};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(maxima); i++) {
        const struct heap_region region = {RAM, 0x400, 0};
        struct heap_config config;

        unit_region(RAM, 0x400);
        heap_config_standard(&config, &heap_rt_small_mem);
        config.option[heap_option_index(config.ops, "name_max")] = maxima[i];
        assert_null(heap_init(&heap, &config, name, &region, 1, 0, unit_call));
        assert_memory_equal(target_pointer(RAM), name, maxima[i]);
        assert_int_equal(*(uint8_t *)target_pointer(RAM + maxima[i]), 0x8c);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

static void first_and_end_item(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(all_measures); i++) {
        const struct measures *const m = &all_measures[i];

        assert_null(unit_heap(&heap, m->spec, false, RAM, 0x400));
        const tsize_t capacity = RAM + 0x400 - m->base - 2 * m->header;
        const taddr_t first = m->base + m->header;
        const taddr_t end = first + capacity + m->header;

        assert_int_equal(item_pool(m, first), RAM);
        assert_int_equal(item_next(m, first), capacity + m->header);
        assert_int_equal(item_prev(m, first), 0);
        assert_int_equal(item_pool(m, end), RAM + 1);
        assert_int_equal(item_next(m, end), capacity + m->header);
        assert_int_equal(item_prev(m, end), capacity + m->header);
        assert_int_equal(control_lfree(), m->base);
        assert_int_equal(unit_stats(&heap).total, capacity);
        assert_int_equal(unit_stats(&heap).used, 0);
        assert_int_equal(unit_stats(&heap).used_max, 0);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* --- how small and how odd a region may be --- */

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t least;   /* one byte fewer is refused */
    taddr_t object;  /* the control block */
    tsize_t largest; /* total then */
} limits[] = {
    {"rt-small-mem", RAM, 88, RAM, 0},
    {"rt-small-mem", RAM + 1, 95, RAM + 8, 0},
    {"rt-small-mem", RAM + 4, 92, RAM + 8, 0},
    {"rt-small-mem", RAM + 7, 89, RAM + 8, 0},
    {"rt-small-mem", RAM + 8, 88, RAM + 8, 0},
    {"rt-small-mem:front=1", RAM + 1, 95, RAM + 8, 0},
    {"rt-small-mem:front=1", RAM + 7, 89, RAM + 8, 0},
    {"rt-small-mem:memtrace=1", RAM, 88, RAM, 0},
    {"rt-small-mem:align=4", RAM, 80, RAM, 0},
    {"rt-small-mem:align=4", RAM + 1, 83, RAM + 4, 0},
    {"rt-small-mem:align=4", RAM + 3, 81, RAM + 4, 0},
    {"rt-small-mem:align=4,memtrace=1", RAM, 88, RAM, 0},
    {"rt-small-mem:align=16", RAM, 96, RAM, 0},
    {"rt-small-mem:align=16", RAM + 15, 97, RAM + 16, 0},
    {"rt-small-mem:align=32", RAM, 128, RAM, 0},
    {"rt-small-mem:align=32", RAM + 31, 129, RAM + 32, 0},
    {"rt-small-mem:name_max=12", RAM, 96, RAM, 0}, /* 60 + 32, and 92 is no multiple of 8 */
    {"rt-small-mem:name_max=15", RAM, 96, RAM, 0},
    {"rt-small-mem:name_max=16", RAM, 96, RAM, 0},
    {"rt-small-mem:name_max=12,align=4", RAM, 84, RAM, 0},
    {"rt-small-mem:name_max=16,align=4", RAM, 88, RAM, 0},
};

static void least_region_to_the_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(limits); i++) {
        assert_non_null(
            unit_heap(&heap, limits[i].spec, false, limits[i].begin, limits[i].least - 1));
        assert_null(unit_heap(&heap, limits[i].spec, false, limits[i].begin, limits[i].least));
        assert_int_equal(heap.object, limits[i].object);
        assert_int_equal(unit_stats(&heap).total, limits[i].largest);
        assert_int_equal(unit_alloc(&heap, 1), 0);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* A refused region is left as it was. */
static void refused_region_is_untouched(void **state)
{
    (void)state;
    for (tsize_t size = 0; size < 88; size++) {
        unit_region(RAM, 0x1000);
        memset(target_pointer(RAM), 0xa5, 0x1000);
        assert_non_null(unit_heap_in(&heap, "rt-small-mem", false, RAM, size));
        for (taddr_t at = RAM; at < RAM + 0x1000; at++)
            assert_int_equal(*(uint8_t *)target_pointer(at), 0xa5);
    }
}

/* The smallest heap that gives a block: payload MIN, whole. */
static void one_block_heap(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(all_measures); i++) {
        const struct measures *const m = &all_measures[i];
        const tsize_t size = m->base - RAM + 2 * m->header + m->least;

        assert_null(unit_heap(&heap, m->spec, false, RAM, size));
        assert_int_equal(unit_stats(&heap).total, m->least);
        assert_int_equal(unit_alloc(&heap, m->least + 1), 0);
        assert_int_equal(unit_alloc(&heap, 1), m->base + m->header);
        assert_int_equal(unit_stats(&heap).used, m->header + m->least);
        assert_int_equal(control_lfree(), RAM + size - m->header); /* the end item */
        assert_int_equal(unit_alloc(&heap, 1), 0);
        unit_free(&heap, m->base + m->header);
        assert_int_equal(unit_stats(&heap).used, 0);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* The end wraps to 0 there, and the real code finds no room. */
static void region_that_ends_at_4_gib(void **state)
{
    char why[ARENA_WHY_MAX];

    (void)state;
    arena_unmap_all();
    if (!arena_map("top", 0xfffff000, 0x1000, why))
        skip(); /* taken, in this build, by a sanitizer or the host */
    assert_non_null(unit_heap_in(&heap, "rt-small-mem", false, 0xfffff000, 0x1000));
    assert_null(unit_heap_in(&heap, "rt-small-mem", false, 0xfffff000, 0xfff));
    assert_int_equal(unit_stats(&heap).total, 0xff8 - 56 - 32);
    assert_int_equal(unit_alloc(&heap, 0xff8 - 56 - 32), 0xfffff048);
    assert_int_equal(unit_alloc(&heap, 0xf00), 0);
    unit_check(&heap);
    heap_detach(&heap);
}

/* --- capacity --- */

static void largest_block(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(all_measures); i++) {
        const struct measures *const m = &all_measures[i];

        assert_null(unit_heap(&heap, m->spec, false, RAM, 0x400));
        const tsize_t capacity = unit_stats(&heap).total;
        const struct heap_stats before = unit_stats(&heap);
        const tsize_t refused[] = {capacity + 1, capacity + m->align, 0x7fffffff, 0x80000000,
                                   0xfffffff0 & ~(m->align - 1)};

        assert_true(is_aligned(capacity, m->align));
        unit_expect();
        for (unsigned k = 0; k < UNIT_COUNT(refused); k++) {
            assert_int_equal(unit_alloc(&heap, refused[k]), 0);
            unit_unchanged(&heap, &before);
        }
        assert_int_equal(unit_alloc(&heap, capacity - m->align + 1), m->base + m->header);
        assert_int_equal(unit_stats(&heap).used, capacity + m->header);
        assert_int_equal(heap_largest_free(&heap), 0);
        unit_not_diagnosed();
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* --- owners' names (RT_USING_MEMTRACE) --- */

static uint32_t name_at(taddr_t item)
{
    return load32(item + 12);
}

static void owner_names(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(all_measures); i++) {
        const struct measures *const m = &all_measures[i];
        const tsize_t H = m->header;

        if (strstr(m->spec, "memtrace=1") == NULL)
            continue;
        assert_null(unit_heap(&heap, m->spec, false, RAM, 0x1000));
        assert_int_equal(name_at(m->base), INIT);
        assert_int_equal(name_at(RAM + 0x1000 - H), INIT);
        const taddr_t a = unit_alloc(&heap, 256) - H;
        assert_int_equal(name_at(a), NONE);
        assert_int_equal(name_at(a + H + 256), BLANK); /* split off */
        const taddr_t b = unit_alloc(&heap, 256) - H;
        assert_int_equal(name_at(b), NONE);
        unit_free(&heap, a + H);
        assert_int_equal(name_at(a), BLANK); /* freed */
        assert_int_equal(unit_realloc(&heap, b + H, 32), b + H);
        assert_int_equal(name_at(b), NONE);
        assert_int_equal(name_at(b + H + 32), BLANK); /* split off by realloc */
        assert_int_equal(name_at(RAM + 0x1000 - H), INIT);
        unit_check(&heap);
        heap_detach(&heap);
    }
}

/* Without the option the fourth word belongs to the payload (align 4), or nobody writes it. */
static void no_names_without_the_option(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem:align=4", false, RAM, 0x400));
    const taddr_t a = unit_alloc(&heap, 64);
    store32(a, 0x11223344);
    unit_free(&heap, a);
    assert_int_equal(load32(a), 0x11223344);
    heap_detach(&heap);
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, 0x400));
    assert_int_equal(name_at(unit_alloc(&heap, 64) - 16), 0);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout_of_an_aligned_region),
        cmocka_unit_test(control_block_fields),
        cmocka_unit_test(names_fill_the_object),
        cmocka_unit_test(first_and_end_item),
        cmocka_unit_test(least_region_to_the_byte),
        cmocka_unit_test(refused_region_is_untouched),
        cmocka_unit_test(one_block_heap),
        cmocka_unit_test(region_that_ends_at_4_gib),
        cmocka_unit_test(largest_block),
        cmocka_unit_test(owner_names),
        cmocka_unit_test(no_names_without_the_option),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
