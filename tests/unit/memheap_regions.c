/*
 * RT-Thread memheap over several regions: in which order they are asked, how realloc moves between
 * them, and regions that come and go at run time.
 */
#include "../../kernel/api/rtthread/rtthread.h"
#include "unit.h"

enum { A = 0x20000000, B = 0x20008000, C = 0x20010000, D = 0x20018004, H = 24 };

/* C has the most room. */
static const struct heap_region regions[] = {{A, 0x400, 0}, {B, 0x400, 0}, {C, 0x1000, 0}};
static const struct heap_region fourth = {D, 0x806, 0};

static struct heap heap;

static void map(void)
{
    static const taddr_t bases[] = {A, B, C, D & ~0xfffu};
    static const char *const names[] = {"a", "b", "c", "d"};
    char why[ARENA_WHY_MAX];

    arena_unmap_all();
    for (unsigned i = 0; i < UNIT_COUNT(bases); i++)
        if (!arena_map(names[i], bases[i], 0x2000, why))
            fail_msg("%s", why);
}

static void begin(const char *spec, unsigned count)
{
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    diagnose_set_policy(VIOLATION_RETURN);
    map();
    if (!spec_heap(spec, &config, why))
        fail_msg("%s", why);
    assert_null(heap_init(&heap, &config, "test", regions, count, 0, unit_call));
    unit_expect();
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

static taddr_t base_of(taddr_t block)
{
    return block & ~0x7fffu;
}

static tsize_t figure(const char *name, unsigned region, bool of_region)
{
    const struct heap_figure *figure = heap.ops->figures;

    while (strcmp(figure->name, name) != 0 || figure->of_region != of_region)
        figure++;
    return figure->read(&heap, region);
}

/* The first one while it has room, then the youngest, then the one before it. */
static void order_of_the_regions(void **state)
{
    static const char *const specs[] = {"rt-memheap:front=1", "rt-memheap"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        static const taddr_t expected[] = {A, C, C, C, C, C, C, B, 0};

        begin(specs[i], 3);
        for (unsigned k = 0; k < UNIT_COUNT(expected); k++)
            assert_int_equal(base_of(unit_alloc(&heap, 600)), expected[k]);
        assert_int_equal(base_of(unit_alloc(&heap, 300)), A);
        assert_int_equal(base_of(unit_alloc(&heap, 300)), B);
        end();
    }
}

/* Each region's figures, the first one's by their plain names, and all of them together. */
static void figures_of_the_regions(void **state)
{
    struct heap_stats stats;

    (void)state;
    begin("rt-memheap:front=1", 3);
    const taddr_t a = unit_alloc(&heap, 800);
    const taddr_t c = unit_alloc(&heap, 800);
    unit_free(&heap, a);
    unit_alloc(&heap, 104);
    assert_int_equal(figure("used", 0, true), 2 * H + 104 + H);
    assert_int_equal(figure("max", 0, true), 2 * H + 800 + H);
    assert_int_equal(figure("used", 1, true), 2 * H);
    assert_int_equal(figure("used", 2, true), 2 * H + 800 + H);
    assert_int_equal(figure("used", 0, false), figure("used", 0, true));
    assert_int_equal(figure("max", 0, false), figure("max", 0, true));
    assert_int_equal(figure("total", 0, false), 0x400);
    stats = unit_stats(&heap);
    assert_int_equal(stats.total, 0x400 + 0x400 + 0x1000);
    assert_int_equal(stats.used, 6 * H + 104 + H + 800 + H);
    assert_int_equal(stats.used_max, 6 * H + 800 + H + 800 + H);
    unit_free(&heap, c);
    assert_int_equal(unit_stats(&heap).used_max, stats.used_max);
    end();
}

/* In its own region first, even if that is not the first; then as a new block is found. */
static void realloc_between_regions(void **state)
{
    (void)state;
    begin("rt-memheap:front=1", 3);
    const taddr_t fill = unit_alloc(&heap, 800);
    const taddr_t block = unit_alloc(&heap, 400);
    const taddr_t wall = unit_alloc(&heap, 400);

    assert_int_equal(base_of(block), C);
    memset(target_pointer(block), 0x5a, 400);
    unit_free(&heap, fill);
    taddr_t moved = unit_realloc(&heap, block, 600); /* A has room as well */
    assert_int_equal(base_of(moved), C);
    assert_int_equal(moved, wall + 400 + H);
    assert_int_equal(base_of(unit_alloc(&heap, 2200)), C);
    moved = unit_realloc(&heap, moved, 900); /* in C no more: the first one that has it */
    assert_int_equal(moved, A + H);
    for (unsigned i = 0; i < 400; i++)
        assert_int_equal(((uint8_t *)target_pointer(moved))[i], 0x5a);
    const struct heap_stats before = unit_stats(&heap);
    assert_int_equal(unit_realloc(&heap, moved, 2000), 0);
    unit_unchanged(&heap, &before);
    unit_not_diagnosed();
    end();
}

/* A failing realloc asks its own region twice, as the real one does. */
static void realloc_asks_again(void **state)
{
    (void)state;
    for (unsigned front = 0; front < 2; front++) {
        begin(front ? "rt-memheap:front=1" : "rt-memheap", 1);
        taddr_t blocks[6];

        for (unsigned i = 0; i < UNIT_COUNT(blocks); i++)
            blocks[i] = unit_alloc(&heap, 100);
        unit_free(&heap, blocks[2]);
        unit_expect();
        assert_int_equal(unit_realloc(&heap, blocks[4], 300), 0);
        /* one for the block, one or two walks of two free items */
        assert_int_equal(heap.cost.steps, front ? 5 : 3);
        end();
    }
}

static void a_region_more(void **state)
{
    (void)state;
    begin("rt-memheap:front=1", 1);
    unit_free(&heap, unit_alloc(&heap, 900));
    assert_null(heap_add_region(&heap, &regions[1], unit_call));
    assert_int_equal(unit_stats(&heap).used_max, 2 * H + 900 + 4 + H); /* since no more was */
    assert_null(heap_add_region(&heap, &fourth, unit_call));
    unit_diagnosed(DIAGNOSIS_UNALIGNED_HEAP, 1);
    assert_int_equal(heap.region_count, 3);
    assert_int_equal(unit_stats(&heap).total, 0x400 + 0x400 + 0x800);
    assert_int_equal(base_of(unit_alloc(&heap, 900)), A);
    assert_int_equal(unit_alloc(&heap, 900), D + H); /* it is the youngest */
    assert_int_equal(base_of(unit_alloc(&heap, 900)), D & ~0x7fffu);
    assert_int_equal(base_of(unit_alloc(&heap, 900)), B);
    assert_int_equal(unit_alloc(&heap, 900), 0);
    end();
}

static void regions_that_are_refused(void **state)
{
    static const struct {
        struct heap_region region;
        const char *text;
    } rows[] = {
        {{A + 0x3ff, 0x400, 0}, "overlap"}, {{A, 0x100, 0}, "overlap"}, {{B - 0x10, 0x20, 0}, ""},
        {{0x30000000, 0x400, 0}, ""},       {{C, 47, 0}, "too small"},
    };

    (void)state;
    begin("rt-memheap:front=1", 2);
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++) {
        const char *const refusal = heap_add_region(&heap, &rows[i].region, unit_call);

        assert_non_null(refusal);
        assert_non_null(strstr(refusal, rows[i].text));
        assert_int_equal(heap.region_count, 2);
    }
    for (unsigned i = 0; i < HEAP_REGIONS_MAX - 2; i++)
        assert_null(
            heap_add_region(&heap, &(struct heap_region){C + 0x200 * i, 0x200, 0}, unit_call));
    assert_non_null(heap_add_region(&heap, &fourth, unit_call));
    end();
}

/* Live blocks don't keep a region; afterwards they are no blocks of the heap any more. */
static void a_region_fewer(void **state)
{
    (void)state;
    begin("rt-memheap:front=1", 3);
    unit_alloc(&heap, 900);
    const taddr_t c = unit_alloc(&heap, 900);

    assert_int_equal(base_of(c), C);
    assert_non_null(heap_remove_region(&heap, A, unit_call));
    assert_non_null(heap_remove_region(&heap, D, unit_call));
    assert_null(heap_remove_region(&heap, C, unit_call));
    assert_int_equal(heap.region_count, 2);
    unit_free(&heap, c);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_equal(unit_realloc(&heap, c, 10), 0);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    const taddr_t b = unit_alloc(&heap, 900);
    assert_int_equal(base_of(b), B);
    assert_int_equal(unit_alloc(&heap, 900), 0);
    unit_not_diagnosed();
    end();
}

/* What is attached again is the youngest; its blocks' headers name the right control block. */
static void regions_come_and_go(void **state)
{
    (void)state;
    begin("rt-memheap:front=1", 3);
    const taddr_t a = unit_alloc(&heap, 900);
    const taddr_t c = unit_alloc(&heap, 900);
    assert_null(heap_remove_region(&heap, B, unit_call));
    assert_null(heap_add_region(&heap, &fourth, unit_call));
    assert_null(heap_add_region(&heap, &regions[1], unit_call));
    const taddr_t b = unit_alloc(&heap, 900);
    const taddr_t d = unit_alloc(&heap, 900);
    assert_int_equal(base_of(b), B);
    assert_int_equal(base_of(d), D & ~0x7fffu);
    assert_int_not_equal(load32(b - H + 4), load32(d - H + 4));
    assert_int_equal(load32(a - H + 4), heap.object);
    unit_free(&heap, c);
    unit_free(&heap, d);
    unit_free(&heap, b);
    unit_free(&heap, a);
    unit_diagnosed(DIAGNOSIS_UNALIGNED_HEAP, 1); /* the fourth, and nothing else */
    assert_int_equal(unit_stats(&heap).used, 4 * 2 * H);
    end();
}

struct walk {
    taddr_t end;
    unsigned blocks;
};

static bool rises(void *context, const struct heap_block *block)
{
    struct walk *const walk = context;

    assert_true(block->header >= walk->end);
    walk->end = block->header + block->size;
    walk->blocks++;
    return true;
}

/* The walk is in address order, whatever order the regions were made in. */
static void walk_in_address_order(void **state)
{
    static const struct heap_region mixed[] = {{C, 0x400, 0}, {A, 0x400, 0}, {B, 0x400, 0}};
    struct heap_config config;
    struct walk walk = {0, 0};

    (void)state;
    map();
    heap_config_standard(&config, &heap_rt_memheap);
    assert_null(heap_init(&heap, &config, "test", mixed, 3, 0, unit_call));
    assert_int_equal(base_of(unit_alloc(&heap, 100)), C);
    heap.ops->walk(&heap, rises, &walk);
    assert_int_equal(walk.blocks, 4);
    end();
}

/* rt_memory_info tells of the system heap's own region only. */
static void memory_info_of_the_first_region(void **state)
{
    rt_size_t total;
    rt_size_t now;
    rt_size_t most;

    (void)state;
    map();
    heap_config_standard(&kernel.heap_config, &heap_rt_memheap);
    rt_system_heap_init(target_pointer(A), target_pointer(A + 0x400));
    assert_null(heap_add_region(&kernel.system_heap, &regions[2], unit_call));
    rt_free(rt_malloc(800));
    assert_int_equal((uintptr_t)rt_malloc(1000) & ~0x7fffu, C);
    rt_memory_info(&total, &now, &most);
    assert_int_equal(total, 0x400);
    assert_int_equal(now, 2 * H);
    assert_int_equal(most, 2 * H + 800 + H);
    heap_detach(&kernel.system_heap);
    memset(&kernel, 0, sizeof kernel);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_of_the_regions),
        cmocka_unit_test(figures_of_the_regions),
        cmocka_unit_test(realloc_between_regions),
        cmocka_unit_test(realloc_asks_again),
        cmocka_unit_test(a_region_more),
        cmocka_unit_test(regions_that_are_refused),
        cmocka_unit_test(a_region_fewer),
        cmocka_unit_test(regions_come_and_go),
        cmocka_unit_test(walk_in_address_order),
        cmocka_unit_test(memory_info_of_the_first_region),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
