/* What a scenario may ask of the board and its heaps, that no RTOS tells (heapsim.h). */
#include "../kernel/kernel.h"
#include "events.h"
#include "heapsim.h"

static struct sim_heap_figures counted;

static void count(const struct heap_event *event)
{
    if (!heap_event_of_block(event->kind))
        return;
    counted.operations++;
    counted.failures += event->kind == HEAP_EVENT_FAIL;
    counted.steps += event->cost.steps;
    if (event->cost.steps > counted.steps_worst)
        counted.steps_worst = event->cost.steps;
}

static const struct event_sink counter = {.heap = count};

unsigned sim_core_count(void)
{
    return kernel.core_count;
}

/* From now on every heap reports what it does, and those still to be made. */
static void start_counting(void)
{
    static bool counting;

    if (counting)
        return;
    counting = true;
    events_add_sink(&counter);
    kernel.heap_config.events = true;
    for (struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h))
        heap_report_events(h, true);
}

void sim_heap_figures(struct sim_heap_figures *figures)
{
    const bool masked = kernel_enter();
    struct heap *const system = &kernel.system_heap;

    start_counting();
    *figures = counted;
    counted = (struct sim_heap_figures){0};
    if (kernel.system_heap_live) {
        struct heap_stats stats;

        system->ops->stats(system, &stats);
        figures->used = stats.used;
        figures->used_max = stats.used_max;
        figures->free = stats.total - stats.used;
        figures->largest_free = heap_largest_free(system);
    }
    kernel_leave(masked);
}
