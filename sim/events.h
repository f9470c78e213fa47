/*
 * Who hears of what happens: sinks of heap events, kernel events and diagnoses (port_heap_event,
 * port_kernel_event, port_diagnosis). Each trace is one.
 */
#ifndef HEAPSIM_EVENTS_H
#define HEAPSIM_EVENTS_H

#include "../kernel/heap/heap.h"
#include "../kernel/port.h"

enum { EVENT_SINKS_MAX = 12 };

/*
 * Functions may be NULL. They are called from any context, with or without the kernel lock, and
 * must be async-signal-safe.
 */
struct event_sink {
    void (*heap)(const struct heap_event *event);
    /* Before all hear of it; several at once. A diagnosis may be made. */
    void (*heap_before)(const struct heap_event *event);
    void (*kernel)(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b, const char *name);
    void (*diagnosis)(const struct diagnosis *diagnosis);
};

/* The sink must stay valid until it is removed. Before the scheduler starts, or after it. */
void events_add_sink(const struct event_sink *sink);
void events_remove_sink(const struct event_sink *sink);

/* For port_diagnosis(): tells the sinks. */
void events_diagnosis(const struct diagnosis *diagnosis);

#endif
