#include "event.h"

#include "../kernel.h"

/* On the stack of the task that waits. */
struct waiting {
    struct event_wish wish;
    uint32_t found;
};

void event_init(struct event *e, const char *name, enum wait_order order)
{
    e->flags = 0;
    wait_queue_init(&e->queue, order, "event", name);
}

static bool is_fulfilled(const struct event_wish *wish, uint32_t flags)
{
    const uint32_t there = flags & wish->flags;

    return wish->all ? there == wish->flags : there != 0;
}

/* Wakes whose wishes have come true; returns what they want cleared. */
static uint32_t wake_fulfilled(struct event *e)
{
    uint32_t clear = 0;

    for (struct list *node = e->queue.waiters.next, *next; node != &e->queue.waiters; node = next) {
        struct task *const task = list_entry(node, struct task, wait_link);
        struct waiting *const waiting = task->wait_data;

        next = node->next;
        if (!is_fulfilled(&waiting->wish, e->flags))
            continue;
        waiting->found = e->flags;
        if (waiting->wish.clear)
            clear |= waiting->wish.flags;
        wait_wake(task, WAKE_GIVEN);
    }
    return clear;
}

uint32_t event_set(struct event *e, uint32_t flags)
{
    const bool masked = kernel_enter();

    e->flags |= flags;
    e->flags &= ~wake_fulfilled(e);
    const uint32_t then = e->flags;
    port_kernel_event(EVENT_FLAGS_SET, e->queue.id, flags, then, e->queue.name);
    kernel_leave(masked);
    return then;
}

uint32_t event_clear(struct event *e, uint32_t flags)
{
    const bool masked = kernel_enter();

    e->flags &= ~flags;
    const uint32_t then = e->flags;
    port_kernel_event(EVENT_FLAGS_CLEAR, e->queue.id, flags, then, e->queue.name);
    kernel_leave(masked);
    return then;
}

static enum take_result wait_for_flags(struct event *e, const struct event_wish *wish,
                                       uint32_t ticks, uint32_t *found)
{
    struct waiting waiting = {.wish = *wish};

    task_self()->wait_data = &waiting;
    const enum take_result result = wait_for_change(&e->queue, &ticks);
    *found = result == TAKEN || result == TAKE_DELETED ? waiting.found : e->flags;
    if (result != TAKEN || is_fulfilled(wish, *found))
        return result;
    *found = e->flags; /* suspended while it waited: that ended the wait */
    return TAKE_RESUMED;
}

enum take_result event_wait(struct event *e, const struct event_wish *wish, uint32_t ticks,
                            uint32_t *found)
{
    const bool masked = kernel_enter();
    const struct wait_label label = wait_label(&e->queue);
    enum take_result result = TAKEN;

    *found = e->flags;
    if (!is_fulfilled(wish, e->flags))
        result = ticks > 0 ? wait_for_flags(e, wish, ticks, found) : TAKE_EMPTY;
    else if (wish->clear)
        e->flags &= ~wish->flags;
    port_kernel_event(EVENT_FLAGS_TAKE, label.id, result, *found, label.name);
    kernel_leave(masked);
    return result;
}

enum take_result event_sync(struct event *e, uint32_t set, uint32_t wanted, uint32_t ticks,
                            uint32_t *found)
{
    const struct event_wish wish = {.flags = wanted, .all = true, .clear = true};
    const bool masked = kernel_enter();
    const uint32_t with_mine = e->flags | set;
    enum take_result result = TAKEN;

    event_set(e, set); /* the others' wishes may come true by it, and clear it */
    if (is_fulfilled(&wish, with_mine)) {
        *found = with_mine;
        port_order(ORDER_LOOK, true, e->queue.id);
        event_clear(e, wanted);
    } else {
        result = event_wait(e, &wish, ticks, found);
    }
    kernel_leave(masked);
    return result;
}

void event_reset(struct event *e)
{
    const bool masked = kernel_enter();

    e->flags = 0;
    wait_wake_all(&e->queue, WAKE_DELETED);
    kernel_leave(masked);
}

void event_delete(struct event *e)
{
    const bool masked = kernel_enter();

    port_kernel_event(EVENT_DELETE, e->queue.id, 0, 0, e->queue.name);
    wait_close(&e->queue);
    kernel_leave(masked);
}
