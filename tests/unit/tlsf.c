/* Rules of TLSF that stand in no vector, and its quirks in both modes. */
#include "../../kernel/heap/tlsf.h"
#include "../../sim/engine.h"
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x4000, CONTROL = 3188, FIRST = RAM + CONTROL + 4 };

static struct heap heap;

static void begin(const char *spec, bool faithful)
{
    assert_null(unit_heap(&heap, spec, faithful, RAM, SIZE));
    unit_expect();
}

static void end(void)
{
    unit_check(&heap);
    heap_detach(&heap);
}

static taddr_t alloc_aligned(tsize_t size, tsize_t align)
{
    return heap_alloc_aligned(&heap, size, align, unit_call);
}

static tsize_t usable(taddr_t block)
{
    return heap.ops->usable_size(&heap, block);
}

/* --- layout --- */

static const struct {
    const char *spec;
    taddr_t begin;
    tsize_t size;
    const char *refusal;     /* NULL: there is a heap */
    unsigned pools_left_out; /* diagnosed at set-up */
    taddr_t first;           /* block of 12 bytes; 0: none */
} layouts[] = {
    {"tlsf", RAM, 0x1000, NULL, 0, FIRST},
    {"tlsf", RAM + 0xa3c, 0x35c1, NULL, 0, FIRST + 0xa3c},
    {"tlsf", RAM, CONTROL + 20, NULL, 0, FIRST},
    {"tlsf", RAM, CONTROL + 23, NULL, 0, FIRST},
    {"tlsf", RAM, CONTROL + 19, NULL, 1, 0},
    {"tlsf", RAM, CONTROL, NULL, 1, 0},
    {"tlsf", RAM, CONTROL - 1, "too small for TLSF's control structure", 0, 0},
    {"tlsf", RAM + 2, 0x1000, "a multiple of 4", 0, 0},
    {"tlsf:front=1", RAM, 0x1000, NULL, 0, RAM + 0xc88},
    {"tlsf:front=1", RAM, CONTROL + 19, "no room for the list node", 1, 0},
    {"tlsf:front=1", RAM, CONTROL + 20, NULL, 0, 0}, /* the node takes it all */
};

static void layout(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(layouts); i++) {
        unit_expect();
        const char *const refusal =
            unit_heap(&heap, layouts[i].spec, false, layouts[i].begin, layouts[i].size);

        unit_diagnosed(DIAGNOSIS_BAD_REGION, layouts[i].pools_left_out);
        if (layouts[i].refusal != NULL) {
            assert_non_null(refusal);
            assert_non_null(strstr(refusal, layouts[i].refusal));
            continue;
        }
        assert_null(refusal);
        assert_int_equal(heap.object, layouts[i].begin);
        assert_int_equal(unit_alloc(&heap, 12), layouts[i].first);
        end();
    }
}

/* The words of a pool with one used block, byte for byte. */
static void words_of_a_pool(void **state)
{
    enum { M = RAM + CONTROL, N = SIZE - CONTROL - 8, REST = N - 24, SENTINEL = M + 4 + N };

    (void)state;
    begin("tlsf", false);
    assert_int_equal(load32(M), N | 1);
    assert_int_equal(load32(M + 4), RAM); /* next and back: the null block */
    assert_int_equal(load32(M + 8), RAM);
    assert_int_equal(load32(SENTINEL - 4), M - 4);
    assert_int_equal(load32(SENTINEL), 2);
    assert_int_equal(unit_alloc(&heap, 17), FIRST);
    assert_int_equal(load32(M), 20);
    assert_int_equal(load32(M + 24), REST | 1);
    assert_int_equal(load32(SENTINEL - 4), M + 20);
    assert_int_equal(load32(RAM + 12), M + 20); /* the null block's back link is written too */
    /* N - 24 = 0x3364: level 13 - 6, list (0x3364 >> 8) - 32. */
    assert_int_equal(load32(RAM + 16), 1u << 7);
    assert_int_equal(load32(RAM + 20 + 4 * 7), 1u << 19);
    assert_int_equal(load32(RAM + 116 + 4 * (7 * 32 + 19)), M + 20);
    end();
}

static void sizes(void **state)
{
    static const struct {
        tsize_t size, usable;
    } rows[] = {{1, 12}, {12, 12}, {13, 16}, {128, 128}, {129, 132}, {1001, 1004}};

    (void)state;
    begin("tlsf", false);
    assert_int_equal(unit_alloc(&heap, 0), 0);
    for (unsigned i = 0; i < UNIT_COUNT(rows); i++)
        assert_int_equal(usable(unit_alloc(&heap, rows[i].size)), rows[i].usable);
    assert_int_equal(unit_alloc(&heap, SIZE), 0);
    assert_int_equal(unit_alloc(&heap, 0x3f000000), 0);
    assert_int_equal(unit_alloc(&heap, 0x3f000001), 0); /* beyond the last level */
    assert_int_equal(unit_alloc(&heap, 0x3ffffffc), 0);
    assert_int_equal(unit_alloc(&heap, 0x3ffffffd), 0);
    assert_int_equal(unit_alloc(&heap, 0xfffffffc), 0);
    unit_not_diagnosed();
    end();
}

/* A free block that is not on a list boundary is not found by a request of its own size. */
static void size_off_a_list_boundary(void **state)
{
    (void)state;
    begin("tlsf", false);
    const taddr_t block = unit_alloc(&heap, 260); /* lists of 8 bytes there: 256, 264 */
    (void)unit_alloc(&heap, 12);
    unit_free(&heap, block);
    const taddr_t other = unit_alloc(&heap, 260);
    assert_int_not_equal(other, block);
    assert_int_equal(unit_alloc(&heap, 256), block);
    assert_int_equal(usable(block), 260);
    end();
}

static void figures_of_the_first_pool(void **state)
{
    (void)state;
    begin("tlsf", false);
    const taddr_t block = unit_alloc(&heap, 100);
    const struct heap_stats stats = unit_stats(&heap);

    assert_int_equal(stats.total, SIZE - CONTROL - 4);
    assert_int_equal(stats.used, 104);
    assert_string_equal(heap.ops->figures[0].name, "total");
    assert_int_equal(heap.ops->figures[0].read(&heap, 0), SIZE - CONTROL - 8 - 4);
    assert_int_equal(heap.ops->figures[1].read(&heap, 0), 100);
    struct heap_stats info;
    tlsf_memory_info(&heap, &info); /* payloads only, and no peak */
    assert_int_equal(info.total, SIZE - CONTROL - 8 - 4);
    assert_int_equal(info.used, 100);
    assert_int_equal(info.used_max, 100);
    unit_free(&heap, block);
    assert_int_equal(unit_stats(&heap).used, 0);
    assert_int_equal(unit_stats(&heap).used_max, 104);
    end();
}

/* --- regions --- */

static void add(taddr_t begin_at, tsize_t size, const char *refusal)
{
    const struct heap_region region = {begin_at, size, 0};
    const char *const answer = heap_add_region(&heap, &region, unit_call);

    if (refusal == NULL) {
        assert_null(answer);
    } else {
        assert_non_null(answer);
        assert_non_null(strstr(answer, refusal));
    }
}

static void map(const char *name, taddr_t base, uint64_t size)
{
    char why[ARENA_WHY_MAX];

    if (!arena_map(name, base, size, why))
        fail_msg("%s", why);
}

static void pools_come_and_go(void **state)
{
    const taddr_t second = 0x30000000;

    (void)state;
    begin("tlsf", false);
    map("second", second, 0x1000);
    map("third", 0x10000000, 0x1000);
    const tsize_t total = unit_stats(&heap).total;

    add(second + 2, 0x100, "begin at a multiple of 4");
    add(second, 19, "too small for a TLSF pool");
    add(RAM + 8, 0x100, "overlap");
    add(0x40000000, 0x100, "no RAM region");
    add(second, 0x1000, NULL);
    add(0x10000000, 23, NULL);
    assert_int_equal(unit_stats(&heap).total, total + 0xffc + 16);
    assert_int_equal(unit_alloc(&heap, 9), 0x10000004); /* the least block that fits */
    const taddr_t large = unit_alloc(&heap, 0xf80);
    assert_int_equal(large, second + 4);
    unit_check(&heap);

    assert_non_null(strstr(heap_remove_region(&heap, second, unit_call), "in use"));
    assert_non_null(strstr(heap_remove_region(&heap, RAM, unit_call), "control structure"));
    assert_non_null(heap_remove_region(&heap, second + 4, unit_call));
    unit_free(&heap, large);
    assert_null(heap_remove_region(&heap, second, unit_call));
    assert_int_equal(unit_stats(&heap).total, total + 16);
    unit_expect();
    unit_free(&heap, large);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
    assert_int_not_equal(unit_alloc(&heap, 0xf80), second + 4);
    add(second, 0x1000, NULL);
    end();
}

/* Two pools that touch stay apart: the sentinel lies between them. */
static void touching_pools(void **state)
{
    const struct heap_region upper = {RAM + SIZE, 0x1000, 0};

    (void)state;
    begin("tlsf", false);
    map("upper", RAM + SIZE, 0x1000);
    assert_null(heap_add_region(&heap, &upper, unit_call));
    const tsize_t largest = heap_largest_free(&heap);
    const taddr_t a = unit_alloc(&heap, SIZE - CONTROL - 0x400);
    const taddr_t b = unit_alloc(&heap, 0x1000 - 0x40);
    assert_int_equal(a, FIRST);
    assert_int_equal(b, RAM + SIZE + 4);
    unit_free(&heap, a);
    unit_free(&heap, b);
    assert_int_equal(heap_largest_free(&heap), largest);
    end();
}

/* RT-Thread's package allocates a node of 8 bytes for each region, wherever TLSF finds it. */
static void rt_thread_nodes(void **state)
{
    (void)state;
    begin("tlsf:front=1", false);
    map("second", 0x30000000, 0x1000);
    assert_int_equal(unit_stats(&heap).used, 16);
    add(0x30000000, 0x1000, NULL);
    assert_int_equal(unit_stats(&heap).used, 32);
    const taddr_t block = unit_alloc(&heap, 40);
    assert_int_equal(block, 0x30000004 + 16); /* the node is the first block of the new pool */
    assert_non_null(heap_remove_region(&heap, 0x30000000, unit_call));
    assert_int_equal(unit_stats(&heap).used, 32 + 44);
    unit_free(&heap, block);
    assert_null(heap_remove_region(&heap, 0x30000000, unit_call));
    assert_int_equal(unit_stats(&heap).used, 16);
    assert_int_equal(unit_alloc(&heap, 12), RAM + 0xc88);
    end();
}

/* Upstream's list table ends before the size 2^30: it would write behind it. */
static void pool_of_a_gibibyte(void **state)
{
#if UINTPTR_MAX > UINT32_MAX
    (void)state;
    begin("tlsf", false);
    map("huge", 0x30000000, 0x4000000c);
    add(0x30000000, 0x4000000c, "larger than TLSF's lists reach");
    add(0x30000000, 0x40000008, "larger than TLSF's lists reach");
    add(0x30000000, 0x40000007, NULL);
    unit_check(&heap);
    assert_int_equal(unit_alloc(&heap, 0x3f000000), 0x30000004);
    end();
#else
    (void)state;
    skip(); /* a 32-bit process has no room for it */
#endif
}

/* A region too small for a pool is left out at set-up, and can be taken away again. */
static void region_without_a_pool(void **state)
{
    const struct heap_region regions[] = {{RAM, SIZE, 0}, {0x30000000, 19, 0}};
    struct heap_config config;

    (void)state;
    unit_region(RAM, SIZE);
    map("second", 0x30000000, 19);
    heap_config_standard(&config, &heap_tlsf);
    unit_expect();
    assert_null(heap_init(&heap, &config, "test", regions, 2, 0, unit_call));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(heap_remove_region(&heap, 0x30000000, unit_call));
    assert_int_equal(heap.region_count, 1);
    assert_int_equal(unit_alloc(&heap, 12), FIRST);
    end();
}

/* Regions of a heap that was overwritten: refused, and the heap left as it was. */
static void regions_of_a_broken_heap(void **state)
{
    enum { HEADS = RAM + 116 };

    (void)state;
    begin("tlsf:front=1", false);
    map("second", 0x30000000, 0x1000);
    map("third", 0x30010000, 0x1000);
    add(0x30000000, 0x1000, NULL);
    const struct heap_stats before = unit_stats(&heap);
    const taddr_t head_of_the_pool = HEADS + 4 * (5 * 32 + 31); /* 0xff8 - 16 bytes */
    const uint32_t head = load32(head_of_the_pool);
    assert_int_equal(head, 0x30000010 - 4);

    store32(head_of_the_pool, 0x12345678);
    add(0x30010000, 0x1000, "lists were overwritten");
    assert_non_null(strstr(heap_remove_region(&heap, 0x30000000, unit_call), "overwritten"));
    store32(head_of_the_pool, head);
    /* A list of blocks just large enough for the node leads nowhere. */
    store32(RAM + 20, 1u << 3);
    store32(RAM + 16, load32(RAM + 16) | 1);
    add(0x30010000, 0x1000, "no room for the list node");
    unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
    store32(RAM + 20, 0);
    store32(RAM + 16, load32(RAM + 16) & ~1u);
    unit_unchanged(&heap, &before);
    add(0x30010000, 0x1000, NULL);
    end();
}

/* --- realloc --- */

static void realloc_in_place_and_moving(void **state)
{
    (void)state;
    begin("tlsf", false);
    const taddr_t a = unit_alloc(&heap, 100);
    const taddr_t b = unit_alloc(&heap, 100);
    const taddr_t c = unit_alloc(&heap, 100);
    memset(target_pointer(a), 0x11, 100);
    memset(target_pointer(b), 0x22, 100);

    assert_int_equal(unit_realloc(&heap, 0, 12), c + 104); /* as malloc */
    assert_int_equal(unit_realloc(&heap, b, 85), b);       /* 12 bytes would be left: too few */
    assert_int_equal(usable(b), 100);
    assert_int_equal(unit_realloc(&heap, b, 84), b);
    assert_int_equal(usable(b), 84);
    assert_int_equal(unit_realloc(&heap, b, 100), b); /* takes the rest in again */
    assert_int_equal(usable(b), 100);
    const taddr_t moved = unit_realloc(&heap, a, 300);
    assert_int_equal(moved, c + 120);
    assert_int_equal(heap.cost.moved, 100);
    for (unsigned i = 0; i < 100; i++)
        assert_int_equal(((uint8_t *)target_pointer(moved))[i], 0x11);
    for (unsigned i = 0; i < 84; i++)
        assert_int_equal(((uint8_t *)target_pointer(b))[i], 0x22);
    assert_int_equal(unit_realloc(&heap, b, SIZE), 0);
    assert_int_equal(usable(b), 100);
    assert_int_equal(unit_realloc(&heap, b, 0), 0);
    unit_expect();
    unit_free(&heap, b);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
    end();
}

/* --- quirks --- */

static void size_that_wraps(void **state)
{
    (void)state;
    for (tsize_t size = 0xfffffffd; size != 0; size++) {
        begin("tlsf", false);
        assert_int_equal(unit_alloc(&heap, size), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(alloc_aligned(size, 16), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(unit_stats(&heap).used, 0);
        end();
        begin("tlsf", true);
        assert_int_equal(unit_alloc(&heap, size), FIRST);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(usable(FIRST), 12);
        const taddr_t aligned = alloc_aligned(size, 16);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_true(aligned != 0 && is_aligned(aligned, 16));
        assert_int_equal(usable(aligned), 12);
        end();
    }
}

static void realloc_to_a_size_that_wraps(void **state)
{
    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin("tlsf", faithful);
        const taddr_t block = unit_alloc(&heap, 200);
        assert_int_equal(unit_realloc(&heap, block, 0xfffffffd), faithful ? block : 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(usable(block), faithful ? 12 : 200);
        end();
    }
}

/* Upstream answers as if it had worked; a block of 16 bytes or more loses its payload. */
static void realloc_to_an_impossible_size(void **state)
{
    static const tsize_t impossible[] = {0x3ffffffd, 0x40000000, 0x80000000, 0xfffffffc};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(impossible); i++) {
        begin("tlsf", false);
        const taddr_t block = unit_alloc(&heap, 300);
        assert_int_equal(unit_realloc(&heap, block, impossible[i]), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(usable(block), 300);
        end();

        begin("tlsf", true);
        const taddr_t least = unit_alloc(&heap, 12);
        assert_int_equal(unit_realloc(&heap, least, impossible[i]), least);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(usable(least), 12);
        const taddr_t emptied = unit_alloc(&heap, 300);
        const taddr_t after = unit_alloc(&heap, 12);
        assert_int_equal(unit_realloc(&heap, emptied, impossible[i]), emptied);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(usable(emptied), 0);
        unit_check(&heap);
        assert_int_equal(unit_alloc(&heap, 60), emptied + 4);
        unit_check(&heap);
        /* Freed, it would overwrite its own header; so would the old block of a move. */
        unit_free(&heap, emptied);
        unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
        assert_int_equal(unit_realloc(&heap, emptied, 100), 0);
        unit_diagnosed(DIAGNOSIS_HEAP_CORRUPT, 1);
        /* With a free block behind it comes to life again. */
        unit_free(&heap, emptied + 4);
        assert_int_equal(unit_realloc(&heap, emptied, 100), emptied);
        assert_int_equal(usable(emptied), 100);
        unit_free(&heap, emptied);
        unit_free(&heap, after);
        unit_free(&heap, least);
        unit_not_diagnosed();
        assert_int_equal(unit_stats(&heap).used, 0);
        end();
    }
}

static void alignments(void **state)
{
    (void)state;
    begin("tlsf", false);
    for (tsize_t align = 0; align <= 4; align += align == 0 ? 1 : align) {
        const taddr_t plain = unit_alloc(&heap, 40);
        unit_free(&heap, plain);
        assert_int_equal(alloc_aligned(40, align), plain); /* placed as by malloc */
        unit_free(&heap, plain);
    }
    assert_int_equal(alloc_aligned(0, 64), 0);
    assert_int_equal(alloc_aligned(8, 0x20000000), 0);
    assert_int_equal(alloc_aligned(8, 0x40000000), 0);
    assert_int_equal(alloc_aligned(0x3ffffffc, 8), 0); /* the search size is refused */
    unit_not_diagnosed();
    for (tsize_t align = 3; align < 1000; align = align * 2 - 1) {
        assert_int_equal(alloc_aligned(8, align), 0);
        unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
    }
    end();
}

/* The search size wraps to 12: whatever block is found is handed out, not aligned. */
static void alignment_of_two_gibibytes(void **state)
{
    (void)state;
    begin("tlsf", false);
    assert_int_equal(alloc_aligned(12, 0x80000000), 0);
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
    end();
    begin("tlsf", true);
    const taddr_t hole = unit_alloc(&heap, 12);
    (void)unit_alloc(&heap, 12);
    unit_free(&heap, hole);
    assert_int_equal(alloc_aligned(100, 0x80000000), hole); /* and too short */
    unit_diagnosed(DIAGNOSIS_BAD_ALIGNMENT, 1);
    assert_int_equal(usable(hole), 12);
    end();
}

/* rt_calloc multiplies modulo 2^32; what would clear 4 GiB is refused in every mode. */
static void product_that_wraps(void **state)
{
    (void)state;
    for (unsigned faithful = 0; faithful < 2; faithful++) {
        begin("tlsf", faithful);
        assert_int_equal(heap_alloc_cleared(&heap, 2, 0x80000008, unit_call), faithful ? FIRST : 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(heap_alloc_cleared(&heap, 1, 0xffffffff, unit_call), 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(heap_alloc_cleared(&heap, 0, 8, unit_call), 0);
        const taddr_t block = heap_alloc_cleared(&heap, 3, 5, unit_call);
        assert_int_equal(heap.cost.moved, 15);
        assert_int_not_equal(block, 0);
        unit_not_diagnosed();
        end();
    }
}

/* --- check, where no single word is wrong --- */

static void found(const char *text)
{
    struct heap_fault fault;

    assert_false(heap.ops->check(&heap, &fault));
    if (strstr(fault.text, text) == NULL)
        fail_msg("check says '%s'", fault.text);
}

/* Nodes forged in the payload of a live block, consistent with the free block they pretend to list.
 */
static void forged_list_nodes(void **state)
{
    (void)state;
    begin("tlsf", false);
    const taddr_t live = unit_alloc(&heap, 100);
    const taddr_t hole = unit_alloc(&heap, 40);
    (void)unit_alloc(&heap, 100);
    unit_free(&heap, hole);
    const taddr_t node = live + 16; /* its address, not that of its payload */
    store32(node + 4, 40 | 1);

    store32(node + 8, RAM); /* behind the free block: one more is listed than there is */
    store32(node + 12, hole - 8);
    store32(hole, node);
    found("one runs in a circle");
    store32(hole, RAM);

    store32(node + 8, hole - 8); /* before it, but in no list */
    store32(node + 12, RAM);
    store32(hole + 4, node);
    store32(RAM + 116 + 4 * 10, RAM);
    store32(RAM + 20, 0);
    store32(RAM + 16, load32(RAM + 16) & ~1u);
    found("in no list");
    heap_detach(&heap);
}

/* Memory from after a free, counts from before: as if another heap had been written over it. */
static void memory_and_counts_differ(void **state)
{
    static const char *const specs[] = {"tlsf", "freertos-heap-2", "freertos-heap-4"};
    static struct heap before;

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        begin(specs[i], false);
        const taddr_t block = unit_alloc(&heap, 100);
        (void)unit_alloc(&heap, 100);
        before = heap;
        unit_free(&heap, block);
        unit_check(&heap);
        memcpy(heap.state.bytes, before.state.bytes, sizeof heap.state);
        struct heap_fault fault;
        assert_false(heap.ops->check(&heap, &fault));
        heap_detach(&heap);
    }
}

/* --- cost: no operation looks at more than a few words, whatever the heap is like --- */

static void bounded_steps(void **state)
{
    taddr_t blocks[200];
    uint32_t random = 7;

    (void)state;
    begin("tlsf", false);
    for (unsigned i = 0; i < UNIT_COUNT(blocks); i++)
        blocks[i] = 0;
    for (unsigned i = 0; i < 20000; i++) {
        random = random * 1664525 + 1013904223;
        taddr_t *const slot = &blocks[(random >> 8) % UNIT_COUNT(blocks)];

        if (*slot == 0) {
            *slot = unit_alloc(&heap, random >> 25);
            assert_in_range(heap.cost.steps, 0, 4);
        } else {
            unit_free(&heap, *slot);
            assert_in_range(heap.cost.steps, 1, 5);
            *slot = 0;
        }
    }
    end();
}

/* Points that passed, by the virtual time they cost. */
static uint64_t points_since(uint64_t start)
{
    return (engine_now() - start) / (uint64_t)port_point_costs[POINT_HEAP];
}

/* Steps that are charged at the end of an operation are points like any others. */
static void every_step_is_a_point(void **state)
{
    static const char *const specs[] = {"tlsf",
                                        "freertos-heap-1",
                                        "freertos-heap-2",
                                        "freertos-heap-3",
                                        "freertos-heap-4",
                                        "freertos-heap-5"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(specs); i++) {
        const struct heap_region region = {RAM, SIZE, 0};
        struct heap_config config;
        char why[SPEC_WHY_MAX];

        unit_region(RAM, SIZE);
        assert_true(spec_heap(specs[i], &config, why));
        config.points = true;
        assert_null(heap_init(&heap, &config, "test", &region, 1, 0, unit_call));
        for (unsigned k = 0; k < 10; k++) {
            uint64_t start = engine_now();
            const taddr_t block = unit_alloc(&heap, 40 + k);
            assert_int_not_equal(block, 0);
            assert_int_not_equal(heap.cost.steps, 0);
            assert_int_equal(points_since(start), heap.cost.steps);
            if (k % 3 == 0 && heap.ops->capabilities & HEAP_CAN_FREE) {
                start = engine_now();
                unit_free(&heap, block);
                assert_int_not_equal(heap.cost.steps, 0);
                assert_int_equal(points_since(start), heap.cost.steps);
            }
        }
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(layout),
        cmocka_unit_test(words_of_a_pool),
        cmocka_unit_test(sizes),
        cmocka_unit_test(size_off_a_list_boundary),
        cmocka_unit_test(figures_of_the_first_pool),
        cmocka_unit_test(pools_come_and_go),
        cmocka_unit_test(touching_pools),
        cmocka_unit_test(rt_thread_nodes),
        cmocka_unit_test(pool_of_a_gibibyte),
        cmocka_unit_test(region_without_a_pool),
        cmocka_unit_test(regions_of_a_broken_heap),
        cmocka_unit_test(realloc_in_place_and_moving),
        cmocka_unit_test(size_that_wraps),
        cmocka_unit_test(realloc_to_a_size_that_wraps),
        cmocka_unit_test(realloc_to_an_impossible_size),
        cmocka_unit_test(alignments),
        cmocka_unit_test(alignment_of_two_gibibytes),
        cmocka_unit_test(product_that_wraps),
        cmocka_unit_test(forged_list_nodes),
        cmocka_unit_test(memory_and_counts_differ),
        cmocka_unit_test(bounded_steps),
        cmocka_unit_test(every_step_is_a_point),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
