#include "sem.h"

#include "../kernel.h"

void semaphore_init(struct semaphore *s, const char *name, uint32_t count, uint32_t count_max,
                    enum wait_order order)
{
    s->count = count;
    s->count_max = count_max;
    wait_queue_init(&s->queue, order, "semaphore", name);
}

enum take_result take_result(enum wake_reason reason)
{
    switch (reason) {
    case WAKE_GIVEN:
        return TAKEN;
    case WAKE_TIMEOUT:
        return TAKE_TIMEOUT;
    case WAKE_DELETED:
        return TAKE_DELETED;
    case WAKE_RESUMED:
        return TAKE_RESUMED;
    }
    return TAKE_RESUMED;
}

static enum take_result wait_for_unit(struct semaphore *s, uint32_t ticks)
{
    const struct wait_label label = wait_label(&s->queue);
    const enum take_result result = take_result(wait_on(&s->queue, ticks));

    port_kernel_event(EVENT_SEM_TAKE, label.id, result, 0, label.name);
    return result;
}

enum take_result semaphore_take(struct semaphore *s, uint32_t ticks)
{
    const bool masked = kernel_enter();
    enum take_result result = TAKE_EMPTY;

    if (s->count == 0 && ticks > 0) {
        result = wait_for_unit(s, ticks);
    } else {
        if (s->count > 0) {
            s->count--;
            result = TAKEN;
        }
        port_kernel_event(EVENT_SEM_TAKE, s->queue.id, result, s->count, s->queue.name);
    }
    kernel_leave(masked);
    return result;
}

bool semaphore_give(struct semaphore *s)
{
    const bool masked = kernel_enter();
    struct task *const first = wait_first(&s->queue);
    const bool possible = first != NULL || s->count < s->count_max;

    port_kernel_event(EVENT_SEM_GIVE, s->queue.id, possible, s->count, s->queue.name);
    if (first != NULL)
        wait_wake(first, WAKE_GIVEN);
    else if (possible)
        s->count++;
    kernel_leave(masked);
    return possible;
}

void semaphore_delete(struct semaphore *s)
{
    const bool masked = kernel_enter();

    wait_wake_all(&s->queue, WAKE_DELETED);
    kernel_leave(masked);
}

void semaphore_reset(struct semaphore *s, uint32_t count)
{
    const bool masked = kernel_enter();

    wait_wake_all(&s->queue, WAKE_DELETED);
    s->count = count;
    kernel_leave(masked);
}
