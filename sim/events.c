#include "events.h"

#include "../kernel/assert.h"
#include "engine.h"

/* Cores and their ISRs tell one after the other: what sinks do is short, and an ISR waits for no
 * task. */
static struct lock lock;
static const struct event_sink *sinks[EVENT_SINKS_MAX];
static _Atomic unsigned sink_count;

void events_add_sink(const struct event_sink *sink)
{
    const bool held = engine_lock(&lock);

    KERNEL_ASSERT(sink_count < EVENT_SINKS_MAX);
    sinks[sink_count++] = sink;
    engine_unlock(&lock, held);
}

void events_remove_sink(const struct event_sink *sink)
{
    const bool held = engine_lock(&lock);
    unsigned i = 0;

    while (i < sink_count && sinks[i] != sink)
        i++;
    if (i < sink_count)
        sinks[i] = sinks[--sink_count];
    engine_unlock(&lock, held);
}

void port_heap_event(const struct heap_event *event)
{
    if (sink_count == 0)
        return;
    const bool held = engine_lock(&lock);
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->heap != NULL)
            sinks[i]->heap(event);
    engine_unlock(&lock, held);
}

void port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                       const char *name)
{
    if (sink_count == 0)
        return;
    const bool held = engine_lock(&lock);
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->kernel != NULL)
            sinks[i]->kernel(event, id, a, b, name);
    engine_unlock(&lock, held);
}

void events_diagnosis(const struct diagnosis *diagnosis)
{
    if (sink_count == 0)
        return;
    const bool held = engine_lock(&lock);
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->diagnosis != NULL)
            sinks[i]->diagnosis(diagnosis);
    engine_unlock(&lock, held);
}
