/* Who hears of heap events (port_heap_event) and heap points. */
#ifndef HEAPSIM_EVENTS_H
#define HEAPSIM_EVENTS_H

#include "../kernel/heap/heap.h"

typedef void heap_event_sink(const struct heap_event *event);
typedef void heap_point_sink(struct heap *heap);

/* NULL takes a sink away. Called from any context; a sink must be async-signal-safe. */
void events_set_heap_sink(heap_event_sink *sink);
void events_set_point_sink(heap_point_sink *sink);

#endif
