#include "heap_check.h"

#include <stdio.h>

#include "../kernel/port.h"
#include "engine.h"
#include "events.h"
#include "fill.h"
#include "sparse.h"

/* What is kept of a heap. */
struct checked {
    uint32_t heap; /* its number */
    uint32_t operations;
    bool broken; /* said once */
    struct heap_window window;
};

/* Outside the program's static data, which a snapshot puts back: heap_check_reset() does it here.
 */
static struct checked *table;
static uint32_t every; /* 0: only when the run ends */

static struct checked *checked_of(const struct heap *heap)
{
    struct checked *const checked = &table[heap->number % LEDGER_HEAPS];

    if (checked->heap != heap->number)
        *checked = (struct checked){.heap = heap->number};
    return checked;
}

const struct heap_window *heap_check_window(const struct heap *heap)
{
    if (every == 0 || heap == NULL || heap->number == 0)
        return NULL;
    const struct heap_window *const window = &checked_of(heap)->window;
    return window->whole.number != 0 ? window : NULL;
}

/* --- one heap --- */

static bool is_whole(const struct heap *heap, struct heap_call call)
{
    struct heap *const h = (struct heap *)(uintptr_t)heap;
    struct heap_fault fault;
    char text[200];

    port_inside_begin();
    const bool whole = h->ops->check(h, &fault);
    port_inside_end();
    if (whole)
        return true;
    if (fault.found != fault.expected)
        snprintf(text, sizeof text, "%s (found 0x%x, expected 0x%x)", fault.text, fault.found,
                 fault.expected);
    else
        snprintf(text, sizeof text, "%s", fault.text);
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_HEAP_CORRUPT,
                                        .heap = heap,
                                        .call = call.name,
                                        .site = call.site,
                                        .frame = call.frame,
                                        .address = fault.address,
                                        .text = text,
                                        .late = true};
    port_diagnosis(&diagnosis);
    return false;
}

/* --- before operations --- */

static void note_user(struct heap_window *window, uint32_t who)
{
    for (uint32_t i = 0; i < window->user_count; i++)
        if (window->users[i] == who)
            return;
    if (window->user_count < HEAP_CHECK_USERS)
        window->users[window->user_count++] = who;
    else
        window->more = true;
}

/* Under the lock of all events. */
static void on_event(const struct heap_event *event)
{
    const uint32_t who = ledger_who();

    if (!heap_event_of_block(event->kind))
        return;
    for (unsigned i = 0; i < LEDGER_HEAPS; i++) {
        if (table[i].window.whole.number == 0)
            continue;
        table[i].window.operations++;
        note_user(&table[i].window, who);
    }
}

static void begins(const struct heap *heap, taddr_t block)
{
    struct checked *const checked = checked_of(heap);

    (void)block;
    checked->window.now = ledger_operations() + 1;
    if (checked->broken || heap->in_progress > 1 || checked->operations++ % every != 0)
        return;
    checked->broken = !is_whole(heap, heap->call);
    fill_check_heap(heap, heap->call);
    checked->window = (struct heap_window){.now = checked->window.now};
    ledger_note_deed(&checked->window.whole, heap->call);
    checked->window.whole.number = checked->window.now;
}

static const struct ledger_watcher watcher = {.begins = begins};
static const struct event_sink sink = {.heap = on_event};

bool heap_check_start(uint32_t operations)
{
    table = sparse_memory(LEDGER_HEAPS * sizeof *table);
    if (table == NULL)
        return false;
    every = operations;
    if (every > 0) {
        ledger_watch(&watcher);
        events_add_sink(&sink);
    }
    return true;
}

void heap_check_reset(void)
{
    if (table != NULL)
        memset(table, 0, LEDGER_HEAPS * sizeof *table);
}

/* --- when the run ends --- */

/* True if somebody else's block has, or had, the heap's memory since it was made. */
static bool is_abandoned(const struct heap *heap)
{
    const struct ledger_heap *const known = ledger_heap_of(heap);

    if (known == NULL)
        return true;
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b)) {
        if (b->heap == heap->number ||
            (b->taken.number <= known->opened && b->freed.number <= known->opened))
            continue;
        for (unsigned i = 0; i < heap->region_count; i++)
            if (heap->regions[i].begin - b->address < (b->usable > 0 ? b->usable : 1))
                return true;
    }
    return false;
}

void heap_check_all(void)
{
    const struct heap_call call = {.name = "when the run ended"};

    if (table == NULL)
        return;
    for (struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h)) {
        if (!h->config.events || h->in_progress != 0 || checked_of(h)->broken || is_abandoned(h))
            continue;
        checked_of(h)->broken = !is_whole(h, call);
        fill_check_heap(h, call);
    }
}
