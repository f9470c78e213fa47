#include "events.h"

#include "../kernel/port.h"

static heap_event_sink *event_sink;

void events_set_heap_sink(heap_event_sink *sink)
{
    event_sink = sink;
}

void port_heap_event(const struct heap_event *event)
{
    if (event_sink != NULL)
        event_sink(event);
}
