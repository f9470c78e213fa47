#include "notify.h"

#include "../kernel.h"

void notification_init(struct notification *n, const char *name)
{
    *n = (struct notification){.value = 0};
    wait_queue_init(&n->queue, WAIT_FIFO, "notification", name);
}

static void change(struct notification *n, enum notify_action action, uint32_t value)
{
    switch (action) {
    case NOTIFY_ONLY:
        break;
    case NOTIFY_SET_BITS:
        n->value |= value;
        break;
    case NOTIFY_INCREMENT:
        n->value++;
        break;
    case NOTIFY_OVERWRITE:
    case NOTIFY_WRITE:
        n->value = value;
        break;
    }
}

bool notify(struct notification *n, enum notify_action action, uint32_t value, uint32_t *before)
{
    const bool masked = kernel_enter();
    const bool possible = action != NOTIFY_WRITE || !n->pending;

    if (before != NULL)
        *before = n->value;
    if (possible)
        change(n, action, value);
    n->pending = true;
    port_kernel_event(EVENT_NOTIFY, n->queue.id, possible, n->value, n->queue.name);
    if (wait_first(&n->queue) != NULL)
        wait_wake(wait_first(&n->queue), WAKE_GIVEN);
    kernel_leave(masked);
    return possible;
}

enum take_result notify_wait(struct notification *n, uint32_t clear_first, uint32_t clear_then,
                             uint32_t ticks, uint32_t *found)
{
    const bool masked = kernel_enter();
    enum take_result result = TAKEN;

    if (!n->pending) {
        n->value &= ~clear_first;
        result = wait_for_change(&n->queue, &ticks);
    }
    *found = n->value;
    if (n->pending) {
        result = TAKEN;
        n->value &= ~clear_then;
    } else if (result == TAKEN) {
        result = TAKE_RESUMED; /* suspended while it waited: that ended the wait */
    }
    n->pending = false;
    port_kernel_event(EVENT_NOTIFY_TAKE, n->queue.id, result, *found, n->queue.name);
    kernel_leave(masked);
    return result;
}

uint32_t notify_take(struct notification *n, bool all, uint32_t ticks)
{
    const bool masked = kernel_enter();

    if (n->value == 0)
        wait_for_change(&n->queue, &ticks);
    const uint32_t found = n->value;
    if (found > 0)
        n->value = all ? 0 : found - 1;
    n->pending = false;
    port_kernel_event(EVENT_NOTIFY_TAKE, n->queue.id, found > 0 ? TAKEN : TAKE_EMPTY, found,
                      n->queue.name);
    kernel_leave(masked);
    return found;
}

bool notify_cancel(struct notification *n)
{
    const bool masked = kernel_enter();
    const bool pending = n->pending;

    n->pending = false;
    kernel_leave(masked);
    return pending;
}

uint32_t notify_clear(struct notification *n, uint32_t bits)
{
    const bool masked = kernel_enter();
    const uint32_t before = n->value;

    n->value &= ~bits;
    kernel_leave(masked);
    return before;
}
