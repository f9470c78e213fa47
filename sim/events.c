#include "events.h"

#include "../kernel/assert.h"
#include "engine.h"
#include "suspect.h"

/* Cores and their ISRs tell one after the other: what sinks do is short, and an ISR waits for no
 * task. */
static struct lock lock;

/* Who hears of one sort of events: nobody, mostly, and that must cost nothing. */
struct audience {
    _Atomic unsigned count;
    const struct event_sink *sinks[EVENT_SINKS_MAX];
};
static struct audience heaps, kernels, diagnoses;
static const struct event_sink *first; /* who hears of heap events before the others: one */

static void join(struct audience *audience, const struct event_sink *sink, bool hears)
{
    if (!hears)
        return;
    KERNEL_ASSERT(audience->count < EVENT_SINKS_MAX);
    audience->sinks[audience->count++] = sink;
}

static void leave(struct audience *audience, const struct event_sink *sink)
{
    unsigned i = 0;

    while (i < audience->count && audience->sinks[i] != sink)
        i++;
    if (i < audience->count)
        audience->sinks[i] = audience->sinks[--audience->count];
}

void events_add_sink(const struct event_sink *sink)
{
    const bool held = engine_lock(&lock);

    if (sink->heap_before != NULL)
        first = sink;
    join(&heaps, sink, sink->heap != NULL);
    join(&kernels, sink, sink->kernel != NULL);
    join(&diagnoses, sink, sink->diagnosis != NULL);
    engine_unlock(&lock, held);
}

void events_remove_sink(const struct event_sink *sink)
{
    const bool held = engine_lock(&lock);

    leave(&heaps, sink);
    leave(&kernels, sink);
    leave(&diagnoses, sink);
    engine_unlock(&lock, held);
}

/* Tells all that hear of it; nobody comes in between. */
#define TELL(audience, function, ...)                                                              \
    do {                                                                                           \
        if ((audience).count == 0)                                                                 \
            break;                                                                                 \
        const bool held = engine_lock(&lock);                                                      \
        for (unsigned i = 0; i < (audience).count; i++)                                            \
            (audience).sinks[i]->function(__VA_ARGS__);                                            \
        engine_unlock(&lock, held);                                                                \
    } while (0)

void port_heap_event(const struct heap_event *event)
{
    if (first != NULL)
        first->heap_before(event);
    TELL(heaps, heap, event);
    if (event->kind == HEAP_EVENT_FAIL)
        suspect_request(event); /* a diagnosis is told, too: not while the lock is held */
}

void port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                       const char *name)
{
    TELL(kernels, kernel, event, id, a, b, name);
}

void events_diagnosis(const struct diagnosis *diagnosis)
{
    TELL(diagnoses, diagnosis, diagnosis);
}
