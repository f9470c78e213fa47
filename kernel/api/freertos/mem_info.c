/* FreeRTOS's memory calls: which there are, figures, heap_5's regions, starting anew. */
#include "internal.h"

#include "../../heap/allocators.h"
#include "../../heap/freertos_common.h"

/* --- which calls there are --- */

unsigned freertos_heap_number(void)
{
    static const struct heap_ops *const numbered[] = {&heap_freertos_heap_1, &heap_freertos_heap_2,
                                                      &heap_freertos_heap_3, &heap_freertos_heap_4,
                                                      &heap_freertos_heap_5};

    for (unsigned i = 0; i < sizeof numbered / sizeof numbered[0]; i++)
        if (kernel.heap_config.ops == numbered[i])
            return i + 1;
    return 0;
}

#define HEAPS(a, b, c, d, e) ((a) << 1 | (b) << 2 | (c) << 3 | (d) << 4 | (e) << 5)

static const struct {
    uint8_t heaps;  /* bit N: heap_N has the call */
    bool elsewhere; /* so has an allocator of another RTOS */
    uint32_t since;
} rules[] = {
    [FREERTOS_CALLOC] = {HEAPS(0, 1, 0, 1, 1), true, HEAP_VERSION(10, 5, 0)},
    [FREERTOS_FREE_SIZE] = {HEAPS(1, 1, 0, 1, 1), true, 0},
    [FREERTOS_LOW_WATER] = {HEAPS(0, 0, 0, 1, 1), true, 0},
    /* V11.2.0; but the standard release, 11.1.0, stands for the main branch */
    [FREERTOS_RESET_LOW_WATER] = {HEAPS(0, 0, 0, 1, 1), false, HEAP_VERSION(11, 1, 0)},
    [FREERTOS_STATS] = {HEAPS(0, 0, 0, 1, 1), false, HEAP_VERSION(10, 3, 0)},
    [FREERTOS_INITIALISE] = {HEAPS(1, 1, 0, 1, 0), false, 0},
    [FREERTOS_REGIONS] = {HEAPS(0, 0, 0, 0, 1), false, 0},
    [FREERTOS_RESET_STATE] = {HEAPS(1, 1, 1, 1, 1), false, HEAP_VERSION(11, 1, 0)},
};

/* NULL, or why the call is not there. */
static const char *lack_of(enum freertos_call what)
{
    const struct heap_config *const config = &kernel.heap_config;
    const unsigned number = freertos_heap_number();
    const int release = number != 0 ? heap_option_index(config->ops, "release") : -1;

    if (number == 0)
        return rules[what].elsewhere ? NULL : "the chosen heap is none of FreeRTOS's";
    if ((rules[what].heaps >> number & 1) == 0)
        return "the chosen heap_N has no such call: on the board the program would not link";
    if (release >= 0 && config->option[release] < rules[what].since)
        return "a later release than the chosen one brought that call: on the board the program "
               "would not link";
    return NULL;
}

bool freertos_has(enum freertos_call what, struct heap_call call)
{
    const char *const lack = lack_of(what);

    if (lack != NULL)
        api_misuse(call, DIAGNOSIS_UNSUPPORTED, NULL, 0, lack);
    return lack == NULL;
}

/* --- figures --- */

/* The allocator's own figure, or `otherwise`. */
static tsize_t figure(struct heap *h, const char *name, tsize_t otherwise)
{
    for (const struct heap_figure *f = h->ops->figures; f->name != NULL; f++)
        if (strcmp(f->name, name) == 0 && !f->of_region) {
            port_inside_begin();
            const tsize_t value = f->read(h, 0);
            port_inside_end();
            return value;
        }
    return otherwise;
}

/* Of an allocator whose total leaves out what `used` counts, as small-mem's does: none is left. */
static tsize_t left(const struct heap_stats *stats, tsize_t used)
{
    return used < stats->total ? stats->total - used : 0;
}

static struct heap_stats stats_of(struct heap *h)
{
    struct heap_stats stats;

    h->ops->stats(h, &stats);
    return stats;
}

size_t xPortGetFreeHeapSize(void)
{
    struct heap *const h = &kernel.system_heap;

    if (!freertos_has(FREERTOS_FREE_SIZE, FREERTOS_CALL(xPortGetFreeHeapSize)) ||
        !kernel.system_heap_live)
        return 0;
    const struct heap_stats stats = stats_of(h);
    return figure(h, "free", left(&stats, stats.used));
}

size_t xPortGetMinimumEverFreeHeapSize(void)
{
    struct heap *const h = &kernel.system_heap;

    if (!freertos_has(FREERTOS_LOW_WATER, FREERTOS_CALL(xPortGetMinimumEverFreeHeapSize)) ||
        !kernel.system_heap_live)
        return 0;
    const struct heap_stats stats = stats_of(h);
    return figure(h, "minfree", left(&stats, stats.used_max));
}

void xPortResetHeapMinimumEverFreeHeapSize(void)
{
    struct heap *const h = &kernel.system_heap;

    if (freertos_has(FREERTOS_RESET_LOW_WATER,
                     FREERTOS_CALL(xPortResetHeapMinimumEverFreeHeapSize)) &&
        kernel.system_heap_live)
        h->ops->reset_low_water(h);
}

/* Upstream walks the list with the scheduler suspended and copies the counters afterwards. */
void vPortGetHeapStats(HeapStats_t *pxHeapStats)
{
    const struct heap_call call = FREERTOS_CALL(vPortGetHeapStats);
    struct heap *const h = &kernel.system_heap;

    port_touch(pxHeapStats, sizeof *pxHeapStats, true, &call);
    *pxHeapStats = (HeapStats_t){0};
    if (!freertos_has(FREERTOS_STATS, call) || !freertos_allowed(call))
        return;
    if (!kernel.system_heap_live) { /* heap_5 without regions: an empty list */
        pxHeapStats->xSizeOfSmallestFreeBlockInBytes = UINT32_MAX;
        return;
    }
    freertos_suspend();
    pxHeapStats->xSizeOfLargestFreeBlockInBytes = figure(h, "maxblk", 0);
    pxHeapStats->xSizeOfSmallestFreeBlockInBytes = figure(h, "minblk", 0);
    pxHeapStats->xNumberOfFreeBlocks = figure(h, "nblk", 0);
    freertos_resume();
    const bool masked = kernel_enter();
    pxHeapStats->xAvailableHeapSpaceInBytes = figure(h, "free", 0);
    pxHeapStats->xMinimumEverFreeBytesRemaining = figure(h, "minfree", 0);
    pxHeapStats->xNumberOfSuccessfulAllocations = figure(h, "nalloc", 0);
    pxHeapStats->xNumberOfSuccessfulFrees = figure(h, "nfree", 0);
    kernel_leave(masked);
}

/* --- heap_5's regions --- */

/* The array as the heap takes it; NULL, or why it can't be. */
static const char *read_regions(const HeapRegion_t *from, struct heap_region *to, unsigned *count)
{
    for (*count = 0; from[*count].xSizeInBytes > 0; (*count)++) {
        const HeapRegion_t *const region = &from[*count];

        if (*count == HEAP_REGIONS_MAX)
            return "there are more regions than heapsim handles";
        if (!target_reaches(region->pucStartAddress, region->xSizeInBytes))
            return port_memory_refusal(region->pucStartAddress, region->xSizeInBytes);
        to[*count] = (struct heap_region){api_address(region->pucStartAddress),
                                          (tsize_t)region->xSizeInBytes, 0};
    }
    return *count == 0 ? "its regions have no byte in all" : NULL;
}

void vPortDefineHeapRegions(const HeapRegion_t *const pxHeapRegions)
{
    const struct heap_call call = FREERTOS_CALL(vPortDefineHeapRegions);
    struct heap_region regions[HEAP_REGIONS_MAX];
    unsigned count;

    if (!freertos_has(FREERTOS_REGIONS, call) || !freertos_allowed(call))
        return;
    if (kernel.system_heap_live && !kernel.freertos.was_reset) {
        api_misuse(call, DIAGNOSIS_ASSERTION, NULL, 0,
                   "the heap has its regions already; upstream asserts here");
        return;
    }
    const char *refusal = read_regions(pxHeapRegions, regions, &count);
    if (refusal == NULL) {
        if (kernel.system_heap_live)
            heap_detach(&kernel.system_heap);
        kernel.freertos.was_reset = false;
        const struct heap_config config = freertos_build_config();
        refusal = heap_init(&kernel.system_heap, &config, "heap_5", regions, count, 0, call);
        kernel.system_heap_live = refusal == NULL;
    }
    if (refusal != NULL)
        api_misuse(call, DIAGNOSIS_BAD_REGION, pxHeapRegions[0].pucStartAddress,
                   pxHeapRegions[0].xSizeInBytes, refusal);
}

/* --- starting anew --- */

void vPortInitialiseBlocks(void)
{
    const struct heap_call call = FREERTOS_CALL(vPortInitialiseBlocks);

    if (freertos_has(FREERTOS_INITIALISE, call) && freertos_allowed(call) &&
        freertos_heap_number() == 1 && kernel.system_heap_live)
        freertos_reset_state(&kernel.system_heap);
}

void vPortHeapResetState(void)
{
    const struct heap_call call = FREERTOS_CALL(vPortHeapResetState);

    if (!freertos_has(FREERTOS_RESET_STATE, call) || !freertos_allowed(call) ||
        !kernel.system_heap_live)
        return;
    freertos_reset_state(&kernel.system_heap);
    kernel.freertos.was_reset = true;
}
