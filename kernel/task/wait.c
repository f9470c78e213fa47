#include "wait.h"

#include "../assert.h"
#include "../ipc/mutex.h"
#include "../kernel.h"

void wait_queue_init(struct wait_queue *queue, enum wait_order order, const char *kind,
                     const char *name)
{
    *queue = (struct wait_queue){.order = order, .kind = kind, .name = name, .id = kernel_new_id()};
    list_init(&queue->waiters);
    list_init(&queue->woken);
}

struct wait_label wait_label(const struct wait_queue *queue)
{
    struct wait_label label = {.id = queue->id};

    for (unsigned i = 0; queue->name[i] != '\0' && i < sizeof label.name - 1; i++)
        label.name[i] = queue->name[i];
    return label;
}

/* --- places in the queue --- */

static struct task *waiter(struct list *node)
{
    return list_entry(node, struct task, wait_link);
}

/*
 * In order of priority; equal ones, a run, in order of arrival. The first and the last of a run
 * know each other (run_end), so that a place is found in as many steps as there are runs.
 */
static void enqueue_by_priority(struct wait_queue *queue, struct task *task)
{
    struct list *place = queue->waiters.next;
    struct task *first = task;

    while (place != &queue->waiters && waiter(place)->wait_priority <= task->priority) {
        if (waiter(place)->wait_priority == task->priority)
            first = waiter(place);
        place = waiter(place)->run_end->wait_link.next;
    }
    list_insert(place, &task->wait_link);
    task->wait_priority = task->priority;
    task->run_end = first;
    first->run_end = task;
}

static void enqueue(struct wait_queue *queue, struct task *task)
{
    if (queue->order == WAIT_PRIORITY)
        enqueue_by_priority(queue, task);
    else if (queue->order == WAIT_LIFO)
        list_add_head(&queue->waiters, &task->wait_link);
    else
        list_add_tail(&queue->waiters, &task->wait_link);
    task->waiting_on = queue;
}

static bool is_equal(const struct wait_queue *queue, struct list *node, const struct task *task)
{
    return node != &queue->waiters && waiter(node)->wait_priority == task->wait_priority;
}

static void leave_run(const struct wait_queue *queue, struct task *task)
{
    struct list *const before = task->wait_link.prev;
    struct list *const behind = task->wait_link.next;
    const bool is_first = !is_equal(queue, before, task);
    const bool is_last = !is_equal(queue, behind, task);

    if (is_first == is_last)
        return; /* a run of its own, or in the middle of one */
    struct task *const heir = waiter(is_first ? behind : before);
    heir->run_end = task->run_end;
    heir->run_end->run_end = heir;
}

static void dequeue(struct task *task)
{
    if (task->waiting_on->order == WAIT_PRIORITY)
        leave_run(task->waiting_on, task);
    list_remove(&task->wait_link);
    task->waiting_on = NULL;
}

/* --- waiting and waking --- */

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
    wait_forget(self);
    return self->wake_reason;
}

enum take_result take_result(enum wake_reason reason)
{
    switch (reason) {
    case WAKE_GIVEN:
    case WAKE_AGAIN:
        return TAKEN;
    case WAKE_TIMEOUT:
        return TAKE_TIMEOUT;
    case WAKE_DELETED:
        return TAKE_DELETED;
    case WAKE_RESUMED:
    case WAKE_REASONS:
        break;
    }
    return TAKE_RESUMED;
}

enum take_result wait_for_change(struct wait_queue *queue, uint32_t *ticks)
{
    const uint32_t start = kernel.tick;

    if (*ticks == 0)
        return TAKE_EMPTY;
    const enum take_result result = take_result(wait_on(queue, *ticks));
    if (*ticks != WAIT_FOREVER) {
        const uint32_t passed = kernel.tick - start;

        *ticks = passed < *ticks ? *ticks - passed : 0;
    }
    return result;
}

struct task *wait_first(const struct wait_queue *queue)
{
    return list_empty(&queue->waiters) ? NULL : waiter(queue->waiters.next);
}

/* Takes a BLOCKED task off whatever it waits for. */
static void stop_waiting(struct task *task)
{
    struct mutex *const mutex = task->blocked_by;

    dequeue(task);
    task->blocked_by = NULL;
    timeout_stop(task);
    if (mutex != NULL && mutex->owner != NULL)
        mutex_update_priority(mutex->owner);
}

void wait_end(struct task *task, enum wake_reason reason)
{
    struct wait_queue *const queue = task->waiting_on;

    KERNEL_ASSERT(task->state == TASK_BLOCKED);
    stop_waiting(task);
    task->wake_reason = reason;
    if (reason == WAKE_AGAIN || reason == WAKE_RESUMED) /* who may touch the object once more */
        list_add_tail(&queue->woken, &task->wait_link);
}

void wait_wake(struct task *task, enum wake_reason reason)
{
    wait_end(task, reason);
    port_kernel_event(EVENT_WAKE, task->id, reason, 0, task->name);
    if (task->held_back)
        task_hold(task);
    else
        sched_ready(task);
}

bool wait_wake_first(struct wait_queue *queue)
{
    struct task *const first = wait_first(queue);

    if (first != NULL)
        wait_wake(first, WAKE_AGAIN);
    return first != NULL;
}

unsigned wait_wake_all(struct wait_queue *queue, enum wake_reason reason)
{
    unsigned woken = 0;

    for (struct task *task; (task = wait_first(queue)) != NULL; woken++)
        wait_wake(task, reason);
    return woken;
}

void wait_forget(struct task *task)
{
    list_remove(&task->wait_link);
}

void wait_close(struct wait_queue *queue)
{
    while (!list_empty(&queue->woken)) {
        struct task *const task = waiter(queue->woken.next);

        wait_forget(task);
        task->wake_reason = WAKE_DELETED;
    }
    wait_wake_all(queue, WAKE_DELETED);
}

void wait_requeue(struct task *task)
{
    struct wait_queue *const queue = task->waiting_on;

    if (queue != NULL && queue->order == WAIT_PRIORITY) {
        dequeue(task);
        enqueue(queue, task);
    }
}

/* --- timeouts --- */

static void time_is_up(struct deadline *deadline, bool masked)
{
    (void)masked;
    wait_wake(list_entry(deadline, struct task, timeout), WAKE_TIMEOUT);
}

void timeout_start(struct task *task, uint32_t ticks)
{
    KERNEL_ASSERT(ticks > 0 && ticks <= WAIT_MAX);
    task->timeout.expire = time_is_up;
    deadline_start(&kernel.timeouts, &task->timeout, kernel.tick + ticks);
}

void timeout_stop(struct task *task)
{
    deadline_stop(&kernel.timeouts, &task->timeout);
}

void timeout_expire(uint32_t now, bool masked)
{
    for (struct deadline *due; (due = deadline_take(&kernel.timeouts, now)) != NULL;)
        due->expire(due, masked);
}

uint32_t timeout_next(uint32_t now)
{
    const uint32_t left = deadline_distance(&kernel.timeouts, now);

    return left > 0 ? left : 1; /* overdue, if the tick counter was set */
}
