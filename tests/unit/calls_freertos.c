#include "calls.h"

#include "../../kernel/api/freertos/internal.h"

static const char *const heaps[] = {"freertos-heap-1",
                                    "freertos-heap-2",
                                    "freertos-heap-3",
                                    "freertos-heap-4",
                                    "freertos-heap-4:align=4,heap_protector=1",
                                    "freertos-heap-5",
                                    "freertos-heap-2:release=10.4.2",
                                    "freertos-heap-4:release=10.5.1",
                                    "tlsf",
                                    NULL};

static void start(void)
{
    const HeapRegion_t regions[] = {
        {target_pointer(CALLS_RAM), 0x40000}, {target_pointer(CALLS_OWN), 0x40000}, {NULL, 0}};

    freertos_make_heap(target_pointer(CALLS_RAM), CALLS_RAM_SIZE / 2, HEAP_CALL("start-up"));
    if (freertos_heap_number() == 5)
        vPortDefineHeapRegions(regions);
}

static void *take(size_t size)
{
    return pvPortMalloc(size);
}

static void give(void *block)
{
    if (freertos_heap_number() != 1)
        vPortFree(block);
}

static void *make_plain(size_t size, size_t unused)
{
    (void)unused;
    return pvPortMalloc(size);
}

/* The release of the heap may be too old for it. */
static bool has_calloc(void)
{
    const int release = heap_option_index(kernel.heap_config.ops, "release");

    return freertos_heap_number() != 1 && freertos_heap_number() != 3 &&
           (release < 0 || kernel.heap_config.option[release] >= HEAP_VERSION(10, 5, 0));
}

static const struct call calls[] = {
    {"pvPortMalloc", CALL_SIZE, make_plain, NULL, NULL, 0, 0},
    {"pvPortCalloc", CALL_PRODUCT, pvPortCalloc, NULL, has_calloc, 0, 0},
    {.name = NULL}};

const struct dialect_calls freertos_calls = {"FreeRTOS", heaps, start, take, give, calls};
