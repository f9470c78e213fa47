/* Who hears of heap events (port_heap_event). */
#ifndef HEAPSIM_EVENTS_H
#define HEAPSIM_EVENTS_H

#include "../kernel/heap/heap.h"

typedef void heap_event_sink(const struct heap_event *event);

/* NULL takes the sink away. It is called from any context and must be async-signal-safe. */
void events_set_heap_sink(heap_event_sink *sink);

#endif
