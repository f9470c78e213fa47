/*
 * The front of all heaps: what memory a heap may lie in, options, the list of live heaps, events,
 * costs and points.
 */
#include <stdlib.h>

#include "../../kernel/port.h"
#include "../../sim/engine.h"
#include "../../sim/events.h"
#include "unit.h"

enum { RAM = 0x20000000, SIZE = 0x1000 };

static struct heap heap;
static uint8_t static_memory[SIZE];
static const uint8_t constant_memory[SIZE] = {1};

/* --- tables --- */

static void every_allocator_is_whole(void **state)
{
    (void)state;
    for (unsigned i = 0; heap_allocators[i] != NULL; i++) {
        const struct heap_ops *const ops = heap_allocators[i];
        struct heap_config config;

        assert_ptr_equal(heap_allocator(ops->name), ops);
        for (unsigned k = 0; k < i; k++)
            assert_string_not_equal(heap_allocators[k]->name, ops->name);
        assert_non_null(ops->title);
        assert_non_null(ops->init);
        assert_non_null(ops->alloc);
        assert_non_null(ops->alloc_cleared);
        assert_non_null(ops->usable_size);
        assert_non_null(ops->stats);
        assert_non_null(ops->check);
        assert_non_null(ops->walk);
        assert_true(ops->free != NULL || !(ops->capabilities & HEAP_CAN_FREE));
        assert_int_equal(ops->realloc != NULL, (ops->capabilities & HEAP_CAN_REALLOC) != 0);
        assert_true(ops->alloc_aligned != NULL || !(ops->capabilities & HEAP_CAN_ALIGN));
        heap_config_standard(&config, ops);
        assert_false(config.faithful);
        for (unsigned k = 0; ops->options[k].key != NULL; k++) {
            const struct heap_option *const option = &ops->options[k];

            assert_int_equal(heap_option_index(ops, option->key), k);
            assert_int_equal(config.option[k], option->standard);
            assert_in_range(option->standard, option->least, option->most);
            assert_non_null(option->help);
            assert_non_null(option->upstream);
            assert_int_equal(option->words != NULL, option->kind == HEAP_OPTION_WORD);
        }
        assert_int_equal(heap_option_index(ops, "nothing"), -1);
    }
    assert_null(heap_allocator("rt-small"));
    assert_null(heap_allocator("rt-small-memx"));
    assert_null(heap_allocator(""));
}

/* --- memory that a heap may lie in --- */

static const char *init_at(const void *memory, tsize_t size)
{
    return unit_heap_in(&heap, "rt-small-mem", false, (taddr_t)(uintptr_t)memory, size);
}

static void heap_in_a_static_array(void **state)
{
    (void)state;
    assert_null(init_at(static_memory, sizeof static_memory));
    const taddr_t block = unit_alloc(&heap, 100);
    assert_true(heap_contains(&heap, block, 100));
    assert_in_range((uintptr_t)target_pointer(block), (uintptr_t)static_memory,
                    (uintptr_t)static_memory + sizeof static_memory);
    unit_free(&heap, block);
    unit_check(&heap);
    heap_detach(&heap);
}

static void says(const char *sentence, const char *words)
{
    assert_non_null(sentence);
    if (strstr(sentence, words) == NULL)
        fail_msg("'%s' does not say '%s'", sentence, words);
}

/* Asked of the port, since half of these addresses don't fit a region. */
static void memory_that_is_refused(void **state)
{
    char on_the_stack[256];
    char *const from_libc = malloc(256);

    (void)state;
    unit_region(RAM, SIZE);
    says(port_memory_refusal(on_the_stack, sizeof on_the_stack), "stack of the first thread");
    says(port_memory_refusal(from_libc, 256), "libc");
    says(port_memory_refusal(constant_memory, sizeof constant_memory), "text or constants");

    says(port_memory_refusal((const void *)(uintptr_t)memory_that_is_refused, 1),
         "text or constants");
    says(port_memory_refusal(target_pointer(RAM), SIZE + 1), "no RAM region");
    says(port_memory_refusal(target_pointer(RAM - 1), 8), "no RAM region");
    says(port_memory_refusal(target_pointer(RAM + SIZE), 1), "no RAM region");
    says(port_memory_refusal(target_pointer(0x40000000), 1), "no RAM region");
    says(port_memory_refusal(NULL, 1), "no RAM region");
    says(port_memory_refusal((const void *)UINTPTR_MAX, 1), "");
    says(port_memory_refusal((const void *)(UINTPTR_MAX - 0xfff), 0x2000), "");
    says(port_memory_refusal(target_pointer(RAM), SIZE_MAX), "no RAM region");
    assert_null(port_memory_refusal(target_pointer(RAM), SIZE));
    assert_null(port_memory_refusal(target_pointer(RAM + SIZE - 1), 1));
    assert_null(port_memory_refusal(static_memory, sizeof static_memory));
    free(from_libc);
}

static void regions_that_are_refused(void **state)
{
    struct heap_region regions[HEAP_REGIONS_MAX + 1];
    struct heap_config config;
    struct heap *const list = kernel.heap_list;

    (void)state;
    unit_region(RAM, SIZE);
    heap_config_standard(&config, &heap_rt_small_mem);
    for (unsigned i = 0; i < UNIT_COUNT(regions); i++)
        regions[i] = (struct heap_region){RAM + i * 0x100, 0x100, 0};
    says(heap_init(&heap, &config, "h", regions, 2, 0, unit_call), "one region");
    assert_null(heap.ops);
    heap_config_standard(&config, &heap_rt_memheap);
    says(heap_init(&heap, &config, "h", regions, HEAP_REGIONS_MAX + 1, 0, unit_call),
         "more regions");
    assert_null(heap.ops);
    heap_config_standard(&config, &heap_rt_small_mem);
    regions[0].begin = RAM - 0x80;
    says(heap_init(&heap, &config, "h", regions, 1, 0, unit_call), "no RAM region");
    regions[0] = (struct heap_region){RAM, 40, 0};
    says(heap_init(&heap, &config, "h", regions, 1, 0, unit_call), "too small");
    says(init_at(constant_memory, sizeof constant_memory), "constants");
    says(init_at(target_pointer(0xfffffff0), 0x20), ""); /* would wrap */
    assert_ptr_equal(kernel.heap_list, list);
}

static void contains(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, SIZE));
    assert_true(heap_contains(&heap, RAM, 1));
    assert_true(heap_contains(&heap, RAM, SIZE));
    assert_true(heap_contains(&heap, RAM + SIZE - 4, 4));
    assert_false(heap_contains(&heap, RAM + SIZE - 3, 4));
    assert_false(heap_contains(&heap, RAM - 1, 1));
    assert_false(heap_contains(&heap, RAM + SIZE, 1));
    assert_false(heap_contains(&heap, RAM, SIZE + 1));
    assert_false(heap_contains(&heap, RAM + 4, UINT32_MAX));
    heap_detach(&heap);
}

/* --- the list of live heaps --- */

static void live_heaps(void **state)
{
    static struct heap other;

    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, SIZE));
    assert_null(unit_heap_in(&other, "rt-small-mem", false, (taddr_t)(uintptr_t)static_memory,
                             sizeof static_memory));
    assert_ptr_equal(heap_by_object(RAM), &heap);
    assert_ptr_equal(heap_by_object(other.object), &other);
    assert_ptr_equal(kernel.heap_list, &other); /* newest first */
    heap_detach(&heap);
    assert_null(heap_by_object(RAM));
    assert_ptr_equal(kernel.heap_list, &other);
    heap_detach(&other);
    assert_null(heap_by_object(other.object));
}

/* --- events --- */

static struct heap_event events[8];
static unsigned event_count;

static void record(const struct heap_event *event)
{
    assert_true(event_count < UNIT_COUNT(events));
    events[event_count++] = *event;
}

static void event_is(enum heap_event_kind kind, taddr_t address, taddr_t old, tsize_t size)
{
    assert_int_equal(event_count, 1);
    assert_int_equal(events[0].kind, kind);
    assert_int_equal(events[0].address, address);
    assert_int_equal(events[0].old, old);
    assert_int_equal(events[0].size, size);
    assert_ptr_equal(events[0].heap, &heap);
    assert_string_equal(events[0].call.name, unit_call.name);
    assert_int_equal(events[0].cost.steps, heap.cost.steps);
    event_count = 0;
}

static void no_event(void)
{
    assert_int_equal(event_count, 0);
}

static void begin_events(const char *spec, bool faithful)
{
    assert_null(unit_heap(&heap, spec, faithful, RAM, SIZE));
    heap.config.events = true;
    event_count = 0;
    events_set_heap_sink(record);
}

static void end_events(void)
{
    events_set_heap_sink(NULL);
    heap_detach(&heap);
}

static void one_event_an_operation(void **state)
{
    (void)state;
    begin_events("rt-small-mem", false);
    const taddr_t a = unit_alloc(&heap, 30);
    event_is(HEAP_EVENT_ALLOC, a, 0, 30);
    const taddr_t b = heap_alloc_cleared(&heap, 3, 7, unit_call);
    event_is(HEAP_EVENT_ALLOC, b, 0, 21);
    const taddr_t c = heap_alloc_aligned(&heap, 30, 16, unit_call);
    event_is(HEAP_EVENT_ALLOC, c, 0, 30);
    const taddr_t moved = unit_realloc(&heap, a, 90);
    event_is(HEAP_EVENT_REALLOC, moved, a, 90);
    assert_int_equal(events[0].cost.moved, 32);
    assert_int_equal(unit_realloc(&heap, moved, SIZE), 0);
    event_is(HEAP_EVENT_FAIL, 0, moved, SIZE);
    assert_int_equal(unit_alloc(&heap, SIZE), 0);
    event_is(HEAP_EVENT_FAIL, 0, 0, SIZE);
    assert_int_equal(heap_alloc_cleared(&heap, SIZE, 1, unit_call), 0);
    event_is(HEAP_EVENT_FAIL, 0, 0, SIZE);
    unit_free(&heap, moved);
    event_is(HEAP_EVENT_FREE, moved, 0, 0);
    heap_free_aligned(&heap, c, unit_call);
    event_is(HEAP_EVENT_FREE, c, 0, 0);
    const taddr_t d = unit_realloc(&heap, 0, 10);
    event_is(HEAP_EVENT_REALLOC, d, 0, 10);
    end_events();
}

/* A realloc that frees its block is a free: whoever keeps book of live blocks must hear of it. */
static void realloc_to_nothing_is_a_free(void **state)
{
    (void)state;
    begin_events("rt-small-mem", true);
    const taddr_t a = unit_alloc(&heap, 30);
    const taddr_t b = unit_alloc(&heap, 30);
    event_count = 0;
    assert_int_equal(unit_realloc(&heap, a, 0), 0);
    event_is(HEAP_EVENT_FREE, a, 0, 0);
    assert_int_equal(unit_realloc(&heap, b, 0xffffffff), 0); /* faithful: wraps to 0 */
    event_is(HEAP_EVENT_FREE, b, 0, 0);
    end_events();
}

/* What did not come or go makes no such event. */
static void refused_calls_free_nothing(void **state)
{
    (void)state;
    begin_events("rt-small-mem", false);
    const taddr_t a = unit_alloc(&heap, 30);
    event_count = 0;
    unit_free(&heap, 0);
    no_event();
    unit_free(&heap, a + 8);
    no_event();
    heap_free_aligned(&heap, a + 8, unit_call);
    no_event();
    assert_int_equal(unit_realloc(&heap, a + 8, 10), 0);
    event_is(HEAP_EVENT_FAIL, 0, a + 8, 10);
    unit_free(&heap, a);
    event_is(HEAP_EVENT_FREE, a, 0, 0);
    unit_free(&heap, a);
    no_event();
    end_events();
}

/* The last block's figures and a mempool's are enough to tell, too. */
static void events_of_a_pool(void **state)
{
    (void)state;
    begin_events("rt-mempool", false);
    const taddr_t a = unit_alloc(&heap, 30);
    event_is(HEAP_EVENT_ALLOC, a, 0, 30);
    unit_free(&heap, a + 4);
    no_event();
    unit_free(&heap, a);
    event_is(HEAP_EVENT_FREE, a, 0, 0);
    unit_free(&heap, a);
    no_event();
    end_events();
}

/* --- what an allocator lacks --- */

static void operations_that_a_heap_lacks(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-mempool", false, RAM, SIZE));
    const taddr_t block = unit_alloc(&heap, 30);
    const struct heap_stats before = unit_stats(&heap);

    unit_expect();
    assert_int_equal(unit_realloc(&heap, block, 10), 0);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_int_equal(unit_realloc(&heap, 0, 10), 0);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    assert_int_equal(heap_alloc_aligned(&heap, 30, 16, unit_call), 0);
    unit_diagnosed(DIAGNOSIS_UNSUPPORTED, 1);
    unit_unchanged(&heap, &before);
    heap_detach(&heap);
}

/* --- costs and points --- */

/* Points that passed, by the virtual time they cost. */
static uint64_t points_since(uint64_t start)
{
    return (engine_now() - start) / (uint64_t)port_point_costs[POINT_HEAP];
}

static void every_step_is_a_point(void **state)
{
    (void)state;
    for (unsigned with_points = 0; with_points < 2; with_points++) {
        const struct heap_region region = {RAM, SIZE, 0};
        struct heap_config config;

        unit_region(RAM, SIZE);
        heap_config_standard(&config, &heap_rt_small_mem);
        config.points = with_points;
        assert_null(heap_init(&heap, &config, "h", &region, 1, 0, unit_call));
        const uint64_t start = engine_now();
        for (unsigned i = 0; i < 10; i++)
            (void)unit_alloc(&heap, 30);
        assert_int_equal(heap.cost.steps, 2);
        assert_int_equal(heap.cost.moved, 0);
        unit_free(&heap, RAM + 0x48);
        assert_int_equal(heap.cost.steps, 3);
        assert_int_equal(points_since(start), with_points ? 10 * 2 + 3 : 0);
        unit_free(&heap, 0);
        assert_int_equal(heap.cost.steps, 0);
        heap_detach(&heap);
    }
}

static void largest_free(void **state)
{
    (void)state;
    assert_null(unit_heap(&heap, "rt-small-mem", false, RAM, SIZE));
    const tsize_t all = unit_stats(&heap).total;

    assert_int_equal(heap_largest_free(&heap), all);
    const taddr_t a = unit_alloc(&heap, 200);
    assert_int_equal(heap_largest_free(&heap), all - 216);
    (void)unit_alloc(&heap, all - 216);
    assert_int_equal(heap_largest_free(&heap), 0);
    unit_free(&heap, a);
    assert_int_equal(heap_largest_free(&heap), 200);
    heap_detach(&heap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_allocator_is_whole),
        cmocka_unit_test(heap_in_a_static_array),
        cmocka_unit_test(memory_that_is_refused),
        cmocka_unit_test(regions_that_are_refused),
        cmocka_unit_test(contains),
        cmocka_unit_test(live_heaps),
        cmocka_unit_test(one_event_an_operation),
        cmocka_unit_test(realloc_to_nothing_is_a_free),
        cmocka_unit_test(refused_calls_free_nothing),
        cmocka_unit_test(events_of_a_pool),
        cmocka_unit_test(operations_that_a_heap_lacks),
        cmocka_unit_test(every_step_is_a_point),
        cmocka_unit_test(largest_free),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
