#include "events.h"

#include "../kernel/assert.h"

static const struct event_sink *sinks[EVENT_SINKS_MAX];
static unsigned sink_count;

void events_add_sink(const struct event_sink *sink)
{
    KERNEL_ASSERT(sink_count < EVENT_SINKS_MAX);
    sinks[sink_count++] = sink;
}

void events_remove_sink(const struct event_sink *sink)
{
    for (unsigned i = 0; i < sink_count; i++) {
        if (sinks[i] == sink) {
            sinks[i] = sinks[--sink_count];
            return;
        }
    }
}

void port_heap_event(const struct heap_event *event)
{
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->heap != NULL)
            sinks[i]->heap(event);
}

void port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                       const char *name)
{
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->kernel != NULL)
            sinks[i]->kernel(event, id, a, b, name);
}

void events_diagnosis(const struct diagnosis *diagnosis)
{
    for (unsigned i = 0; i < sink_count; i++)
        if (sinks[i]->diagnosis != NULL)
            sinks[i]->diagnosis(diagnosis);
}
