#include "sem.h"

#include "../kernel.h"

void semaphore_init(struct semaphore *s, const char *name, uint32_t count, uint32_t count_max,
                    enum wait_order order)
{
    s->count = count;
    s->count_max = count_max;
    s->hand_over = HAND_TO_WAITER;
    wait_queue_init(&s->queue, order, "semaphore", name);
}

/* Nothing is kept for the one that is woken: it tries again. */
static enum take_result wait_and_try(struct semaphore *s, uint32_t ticks)
{
    enum take_result result;

    do
        result = wait_for_change(&s->queue, &ticks);
    while (result == TAKEN && s->count == 0);
    if (result == TAKEN)
        s->count--;
    return result;
}

static enum take_result wait_for_unit(struct semaphore *s, uint32_t ticks)
{
    const struct wait_label label = wait_label(&s->queue);
    const enum take_result result = s->hand_over == HAND_TO_WAITER
                                        ? take_result(wait_on(&s->queue, ticks))
                                        : wait_and_try(s, ticks);

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
    const bool handed = first != NULL && s->hand_over == HAND_TO_WAITER;
    const bool possible = handed || s->count < s->count_max;

    port_kernel_event(EVENT_SEM_GIVE, s->queue.id, possible, s->count, s->queue.name);
    if (handed) {
        wait_wake(first, WAKE_GIVEN);
    } else if (possible) {
        s->count++;
        wait_wake_first(&s->queue);
    }
    kernel_leave(masked);
    return possible;
}

bool semaphore_set_max(struct semaphore *s, uint32_t count_max)
{
    const bool masked = kernel_enter();
    const bool possible = s->count <= count_max;

    if (possible)
        s->count_max = count_max;
    kernel_leave(masked);
    return possible;
}

void semaphore_delete(struct semaphore *s)
{
    const bool masked = kernel_enter();

    wait_close(&s->queue);
    kernel_leave(masked);
}

void semaphore_reset(struct semaphore *s, uint32_t count)
{
    const bool masked = kernel_enter();

    wait_wake_all(&s->queue, WAKE_DELETED);
    s->count = count;
    kernel_leave(masked);
}
