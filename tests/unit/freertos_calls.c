/*
 * FreeRTOS's memory calls as an application makes them before the scheduler starts: which there
 * are, their figures, the hook, heap_5's regions, starting anew.
 */
#include "board.h"

#include "../../kernel/api/freertos/internal.h"

#include "../../kernel/api/freertos/task.h"

enum { RAM = 0x20000000, SIZE = 0x10000 };

static unsigned hooked;

void vApplicationMallocFailedHook(void)
{
    hooked++;
}

static void reset(const char *heap)
{
    board_reset(RAM, SIZE, heap);
    hooked = 0;
}

static void start(const char *heap, tsize_t size)
{
    reset(heap);
    freertos_make_heap(at(RAM), size, unit_call);
    unit_not_diagnosed();
}

/* --- which calls there are --- */

static void call_calloc(void)
{
    (void)pvPortCalloc(1, 8);
}

static void call_free_size(void)
{
    (void)xPortGetFreeHeapSize();
}

static void call_low_water(void)
{
    (void)xPortGetMinimumEverFreeHeapSize();
}

static void call_stats(void)
{
    HeapStats_t stats;

    vPortGetHeapStats(&stats);
}

static void call_regions(void)
{
    const HeapRegion_t regions[] = {{at(RAM), 0x1000}, {NULL, 0}};

    vPortDefineHeapRegions(regions);
}

enum { NEVER = -1 };

/* Since which release each heap_N has the call; 0: ever. */
static const struct {
    const char *name;
    void (*call)(void);
    int since[6]; /* [N]; 0 is TLSF */
} existing[] = {
    {"pvPortCalloc", call_calloc, {0, NEVER, 100500, NEVER, 100500, 100500}},
    {"xPortGetFreeHeapSize", call_free_size, {0, 0, 0, NEVER, 0, 0}},
    {"xPortGetMinimumEverFreeHeapSize", call_low_water, {0, NEVER, NEVER, NEVER, 0, 0}},
    {"xPortResetHeapMinimumEverFreeHeapSize",
     xPortResetHeapMinimumEverFreeHeapSize,
     {NEVER, NEVER, NEVER, NEVER, 110100, 110100}},
    {"vPortGetHeapStats", call_stats, {NEVER, NEVER, NEVER, NEVER, 100300, 100300}},
    {"vPortInitialiseBlocks", vPortInitialiseBlocks, {NEVER, 0, 0, NEVER, 0, NEVER}},
    {"vPortDefineHeapRegions", call_regions, {NEVER, NEVER, NEVER, NEVER, NEVER, 0}},
    {"vPortHeapResetState", vPortHeapResetState, {NEVER, 110100, 110100, 0, 110100, 110100}},
};

static void calls_that_exist(void **state)
{
    static const unsigned releases[] = {90000, 100201, 100301, 100402, 100501, 110001, 110100};

    (void)state;
    for (unsigned n = 0; n < 6; n++) {
        for (unsigned r = 0; r < UNIT_COUNT(releases); r++) {
            for (unsigned i = 0; i < UNIT_COUNT(existing); i++) {
                const bool has_release = n != 0 && n != 3;
                const int since = existing[i].since[n];
                const bool there =
                    since != NEVER && (!has_release || releases[r] >= (unsigned)since);
                char name[] = "freertos-heap-N";

                name[14] = (char)('0' + n);
                reset(n == 0 ? "tlsf" : name);
                if (has_release)
                    kernel.heap_config
                        .option[heap_option_index(kernel.heap_config.ops, "release")] = releases[r];
                freertos_make_heap(at(RAM), SIZE, unit_call);
                if (n == 5 && existing[i].call != call_regions)
                    call_regions();
                unit_not_diagnosed();
                existing[i].call();
                if (diagnose_count(DIAGNOSIS_UNSUPPORTED) - unit_counts[DIAGNOSIS_UNSUPPORTED] !=
                        !there ||
                    diagnose_count(DIAGNOSIS_KINDS) - unit_counts[DIAGNOSIS_KINDS] != !there)
                    fail_msg("%s on heap_%u, release %u: %s", existing[i].name, n, releases[r],
                             there ? "is there, but refused" : "is not there, but served");
            }
        }
    }
}

/* --- figures and the hook --- */

static void figures_of_heap_4(void **state)
{
    HeapStats_t stats;

    (void)state;
    start("freertos-heap-4", 0x1000);
    vPortGetHeapStats(&stats);
    assert_int_equal(stats.xAvailableHeapSpaceInBytes, 0); /* the first allocation lays it out */
    assert_int_equal(stats.xSizeOfSmallestFreeBlockInBytes, 0xffffffff);
    assert_int_equal(xPortGetFreeHeapSize(), 0);
    void *const a = pvPortMalloc(100);
    void *const b = pvPortCalloc(10, 10);
    assert_int_equal(address(b) - address(a), 112);
    assert_int_equal(xPortGetFreeHeapSize(), 0x1000 - 8 - 2 * 112);
    vPortFree(a);
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), 0x1000 - 8 - 2 * 112);
    vPortGetHeapStats(&stats);
    assert_int_equal(stats.xAvailableHeapSpaceInBytes, 0x1000 - 8 - 112);
    assert_int_equal(stats.xNumberOfFreeBlocks, 2);
    assert_int_equal(stats.xSizeOfSmallestFreeBlockInBytes, 112);
    assert_int_equal(stats.xSizeOfLargestFreeBlockInBytes, 0x1000 - 8 - 2 * 112);
    assert_int_equal(stats.xNumberOfSuccessfulAllocations, 2);
    assert_int_equal(stats.xNumberOfSuccessfulFrees, 1);
    xPortResetHeapMinimumEverFreeHeapSize();
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), xPortGetFreeHeapSize());
    vPortFree(NULL);
    unit_not_diagnosed();
    vPortFree(a);
    unit_diagnosed(DIAGNOSIS_DOUBLE_FREE, 1);
}

/* Small-mem's total leaves its first header out, and its use counts what blocks take with theirs.
 */
static void figures_do_not_wrap(void **state)
{
    void *block;

    (void)state;
    start("rt-small-mem", 0x400);
    while ((block = pvPortMalloc(8)) != NULL)
        assert_in_range(xPortGetFreeHeapSize(), 0, 0x400);
    assert_int_equal(xPortGetFreeHeapSize(), 0);
    assert_int_equal(xPortGetMinimumEverFreeHeapSize(), 0);
    unit_not_diagnosed();
}

/* Once for each pvPortMalloc that returns NULL; not for a product that wraps. */
static void hook_of_each_heap(void **state)
{
    static const char *const heaps[] = {"freertos-heap-1", "freertos-heap-2", "freertos-heap-3",
                                        "freertos-heap-4", "freertos-heap-5", "tlsf"};

    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(heaps); i++) {
        start(heaps[i], 0x2000);
        call_regions(); /* heap_5's; refused by the others */
        unit_expect();
        assert_non_null(pvPortMalloc(10));
        assert_int_equal(hooked, 0);
        assert_null(pvPortMalloc(0x2000));
        assert_int_equal(hooked, 1);
        (void)pvPortMalloc(0);
        assert_int_equal(hooked, strcmp(heaps[i], "freertos-heap-3") == 0 ? 1 : 2);
        if (i == 0 || i == 2)
            continue; /* they have no calloc */
        hooked = 0;
        assert_null(pvPortCalloc(0x10000, 0x10000));
        assert_int_equal(hooked, 0);
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_null(pvPortCalloc(0x1000, 2));
        assert_int_equal(hooked, 1);
        assert_null(pvPortCalloc(0, 7));
        assert_int_equal(hooked, 2);
        unit_not_diagnosed();
    }
}

static void sizes_and_pointers_of_the_host(void **state)
{
    char on_the_stack[16];

    (void)state;
    start("freertos-heap-4", SIZE);
    (void)pvPortMalloc(8);
    if (sizeof(size_t) > 4) {
        assert_null(pvPortMalloc((size_t)UINT32_MAX + 9));
        unit_diagnosed(DIAGNOSIS_SIZE_OVERFLOW, 1);
        assert_int_equal(hooked, 1);
    }
    vPortFree(on_the_stack);
    unit_diagnosed(DIAGNOSIS_FOREIGN_POINTER, 1);
}

static void heap_1_takes_nothing_back(void **state)
{
    (void)state;
    start("freertos-heap-1", 0x1000);
    void *const block = pvPortMalloc(100);
    vPortFree(NULL);
    unit_not_diagnosed();
    vPortFree(block);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    const size_t free = xPortGetFreeHeapSize();
    assert_ptr_equal(pvPortMalloc(8), (char *)block + 104);
    vPortInitialiseBlocks();
    assert_int_equal(xPortGetFreeHeapSize(), free + 104);
    assert_ptr_equal(pvPortMalloc(8), block);
    vPortHeapResetState();
    assert_ptr_equal(pvPortMalloc(8), block);
    unit_not_diagnosed();
}

static void memory_that_is_refused(void **state)
{
    (void)state;
    reset("freertos-heap-4");
    freertos_make_heap(at(RAM + SIZE), 0x1000, unit_call);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    assert_null(pvPortMalloc(8));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    freertos_make_heap(at(RAM), 12, unit_call);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    vPortFree(at(RAM));
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
}

/* --- heap_5 --- */

static void regions_once(void **state)
{
    const HeapRegion_t regions[] = {
        {at(RAM + 0x100), 0x800}, {at(RAM + 0x1000), 0x1000}, {NULL, 0}};

    (void)state;
    start("freertos-heap-5", SIZE);
    assert_int_equal(xPortGetFreeHeapSize(), 0);
    assert_null(pvPortMalloc(10));
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    vPortDefineHeapRegions(regions);
    assert_int_equal(xPortGetFreeHeapSize(), 0x800 - 8 + 0x1000 - 8);
    assert_ptr_equal(pvPortMalloc(10), at(RAM + 0x108));
    assert_ptr_equal(pvPortMalloc(0xe00), at(RAM + 0x1008));
    unit_not_diagnosed();
    vPortDefineHeapRegions(regions);
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    vPortHeapResetState();
    assert_int_equal(xPortGetFreeHeapSize(), 0);
    unit_not_diagnosed();
    assert_null(pvPortMalloc(10));
    unit_diagnosed(DIAGNOSIS_ASSERTION, 1);
    vPortDefineHeapRegions(regions + 1);
    assert_ptr_equal(pvPortMalloc(10), at(RAM + 0x1008));
    unit_not_diagnosed();
}

static void regions_that_are_refused(void **state)
{
    static uint8_t fine[512];
    HeapRegion_t many[HEAP_REGIONS_MAX + 2];
    const HeapRegion_t table[][3] = {
        {{NULL, 0}},
        {{at(RAM + 0x1000), 0x1000}, {at(RAM), 0x800}, {NULL, 0}}, /* not ascending */
        {{at(RAM), 0x1000}, {at(RAM + 0x800), 0x1000}, {NULL, 0}}, /* overlapping */
        {{at(RAM), 4}, {NULL, 0}},
        {{at(RAM), 0x1000}, {at(RAM + 0x2000), 8}, {NULL, 0}}, /* a header, and the last */
        {{at(RAM + SIZE - 8), 0x1000}, {NULL, 0}},
        {{(uint8_t *)UINTPTR_MAX - 100, 50}, {NULL, 0}},
        {{at(RAM), SIZE_MAX}, {NULL, 0}},
    };

    (void)state;
    start("freertos-heap-5", SIZE);
    for (unsigned i = 0; i < UNIT_COUNT(table); i++) {
        vPortDefineHeapRegions(table[i]);
        unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
        assert_false(kernel.system_heap_live);
    }
    for (unsigned i = 0; i <= HEAP_REGIONS_MAX; i++)
        many[i] = (HeapRegion_t){at(RAM + i * 0x400), 0x200};
    many[HEAP_REGIONS_MAX + 1] = (HeapRegion_t){NULL, 0};
    vPortDefineHeapRegions(many);
    unit_diagnosed(DIAGNOSIS_BAD_REGION, 1);
    many[HEAP_REGIONS_MAX] = (HeapRegion_t){NULL, 0};
    vPortDefineHeapRegions(many);
    unit_not_diagnosed();
    start("freertos-heap-5", SIZE);
    vPortDefineHeapRegions((HeapRegion_t[]){{fine, sizeof fine}, {NULL, 0}});
    assert_non_null(pvPortMalloc(100)); /* static memory will do */
    unit_not_diagnosed();
}

/* --- starting anew --- */

static void reset_state_forgets_all(void **state)
{
    HeapStats_t stats;

    (void)state;
    start("freertos-heap-4", 0x1000);
    void *const block = pvPortMalloc(100);
    vPortHeapResetState();
    assert_int_equal(xPortGetFreeHeapSize(), 0);
    assert_ptr_equal(pvPortMalloc(200), block);
    vPortGetHeapStats(&stats);
    assert_int_equal(stats.xNumberOfSuccessfulAllocations, 1);
    unit_check(&kernel.system_heap);
    start("freertos-heap-2", 0x1000);
    void *const other = pvPortMalloc(100);
    vPortHeapResetState();
    assert_int_equal(xPortGetFreeHeapSize(), 0x1000 - 8);
    assert_ptr_equal(pvPortMalloc(100), other);
    unit_not_diagnosed();
}

static void nothing_to_suspend_before_the_start(void **state)
{
    (void)state;
    start("freertos-heap-4", 0x1000);
    vTaskSuspendAll();
    assert_non_null(pvPortMalloc(10));
    assert_int_equal(xTaskResumeAll(), pdFALSE);
    assert_int_equal(xTaskResumeAll(), pdFALSE);
    unit_not_diagnosed();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_that_exist),
        cmocka_unit_test(figures_of_heap_4),
        cmocka_unit_test(figures_do_not_wrap),
        cmocka_unit_test(hook_of_each_heap),
        cmocka_unit_test(sizes_and_pointers_of_the_host),
        cmocka_unit_test(heap_1_takes_nothing_back),
        cmocka_unit_test(memory_that_is_refused),
        cmocka_unit_test(regions_once),
        cmocka_unit_test(regions_that_are_refused),
        cmocka_unit_test(reset_state_forgets_all),
        cmocka_unit_test(nothing_to_suspend_before_the_start),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
