#include "events.h"

#include "../kernel/port.h"

static heap_event_sink *event_sink;
static heap_point_sink *point_sink;

void events_set_heap_sink(heap_event_sink *sink)
{
    event_sink = sink;
}

void events_set_point_sink(heap_point_sink *sink)
{
    point_sink = sink;
}

void port_heap_event(const struct heap_event *event)
{
    if (event_sink != NULL)
        event_sink(event);
}

void port_heap_point(struct heap *heap)
{
    if (point_sink != NULL)
        point_sink(heap);
}
