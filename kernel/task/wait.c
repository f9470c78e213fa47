#include "wait.h"

#include "../assert.h"
#include "../ipc/mutex.h"
#include "../kernel.h"

void wait_queue_init(struct wait_queue *queue, enum wait_order order, const char *kind,
                     const char *name)
{
    *queue =
        (struct wait_queue){.order = order, .kind = kind, .name = name, .id = kernel.next_id++};
    list_init(&queue->waiters);
}

struct wait_label wait_label(const struct wait_queue *queue)
{
    struct wait_label label = {.id = queue->id};

    for (unsigned i = 0; queue->name[i] != '\0' && i < sizeof label.name - 1; i++)
        label.name[i] = queue->name[i];
    return label;
}

static struct task *waiter(struct list *node)
{
    return list_entry(node, struct task, wait_link);
}

static void enqueue(struct wait_queue *queue, struct task *task)
{
    struct list *place = &queue->waiters;

    if (queue->order == WAIT_PRIORITY) {
        place = queue->waiters.next;
        while (place != &queue->waiters && waiter(place)->priority <= task->priority)
            place = place->next;
    } else if (queue->order == WAIT_LIFO) {
        place = queue->waiters.next;
    }
    list_insert(place, &task->wait_link);
    task->waiting_on = queue;
}

enum wake_reason wait_on(struct wait_queue *queue, uint32_t ticks)
{
    struct task *const self = task_self();

    KERNEL_ASSERT(self->state == TASK_RUNNING);
    self->state = TASK_BLOCKED;
    self->has_waited = true;
    enqueue(queue, self);
    if (ticks != WAIT_FOREVER)
        timeout_start(self, ticks);
    if (queue->mutex != NULL) {
        self->blocked_by = queue->mutex;
        mutex_update_priority(queue->mutex->owner);
    }
    port_kernel_event(EVENT_BLOCK, queue->id, ticks, 0, queue->name);
    sched_switch();
    return self->wake_reason;
}

struct task *wait_first(const struct wait_queue *queue)
{
    return list_empty(&queue->waiters) ? NULL : waiter(queue->waiters.next);
}

/* Takes a BLOCKED task off whatever it waits for. */
static void stop_waiting(struct task *task)
{
    struct mutex *const mutex = task->blocked_by;

    list_remove(&task->wait_link);
    task->waiting_on = NULL;
    task->blocked_by = NULL;
    timeout_stop(task);
    if (mutex != NULL && mutex->owner != NULL)
        mutex_update_priority(mutex->owner);
}

void wait_wake(struct task *task, enum wake_reason reason)
{
    KERNEL_ASSERT(task->state == TASK_BLOCKED);
    stop_waiting(task);
    task->wake_reason = reason;
    port_kernel_event(EVENT_WAKE, task->id, reason, 0, task->name);
    sched_ready(task);
}

void wait_cancel(struct task *task)
{
    stop_waiting(task);
}

unsigned wait_wake_all(struct wait_queue *queue, enum wake_reason reason)
{
    unsigned woken = 0;

    for (struct task *task; (task = wait_first(queue)) != NULL; woken++)
        wait_wake(task, reason);
    return woken;
}

void wait_requeue(struct task *task)
{
    struct wait_queue *const queue = task->waiting_on;

    if (queue != NULL && queue->order == WAIT_PRIORITY) {
        list_remove(&task->wait_link);
        enqueue(queue, task);
    }
}

/* --- timeouts --- */

static struct task *sleeper(struct list *node)
{
    return list_entry(node, struct task, timeout_link);
}

/* Sorted by deadline, in a way that lets the tick counter wrap; equal ones in order of start. */
void timeout_start(struct task *task, uint32_t ticks)
{
    struct list *place = &kernel.timeouts;

    KERNEL_ASSERT(!task->timed && ticks > 0 && ticks <= WAIT_MAX);
    task->timed = true;
    task->deadline = kernel.tick + ticks;
    while (place->prev != &kernel.timeouts &&
           (int32_t)(sleeper(place->prev)->deadline - task->deadline) > 0)
        place = place->prev;
    list_insert(place, &task->timeout_link);
}

void timeout_stop(struct task *task)
{
    if (task->timed) {
        task->timed = false;
        list_remove(&task->timeout_link);
    }
}

void timeout_expire(uint32_t now)
{
    while (!list_empty(&kernel.timeouts)) {
        struct task *const task = sleeper(kernel.timeouts.next);

        if ((int32_t)(now - task->deadline) < 0)
            return;
        wait_wake(task, WAKE_TIMEOUT);
    }
}

uint32_t timeout_next(uint32_t now)
{
    if (list_empty(&kernel.timeouts))
        return WAIT_FOREVER;
    const int32_t left = (int32_t)(sleeper(kernel.timeouts.next)->deadline - now);
    return left > 0 ? (uint32_t)left : 1; /* overdue, if the tick counter was set */
}
