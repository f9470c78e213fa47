#include "mutex.h"

#include "../assert.h"
#include "../kernel.h"

void mutex_init(struct mutex *m, const char *name, enum wait_order order, uint32_t holds_max)
{
    *m = (struct mutex){.holds_max = holds_max};
    wait_queue_init(&m->queue, order, "mutex", name);
    m->queue.mutex = m;
    list_init(&m->held_link);
}

/* --- priority inheritance --- */

static uint8_t most_urgent_waiter(const struct mutex *m, uint8_t otherwise)
{
    uint8_t priority = otherwise;

    if (m->inheritance == INHERIT_NOT)
        return otherwise;
    for (struct list *node = m->queue.waiters.next; node != &m->queue.waiters; node = node->next) {
        const struct task *const task = list_entry(node, struct task, wait_link);

        if (task->priority < priority)
            priority = task->priority;
        if (m->queue.order == WAIT_PRIORITY)
            break; /* the first one */
    }
    return priority;
}

static uint8_t demanded_priority(const struct task *task)
{
    uint8_t priority = task->base_priority;

    for (struct list *node = task->held.next; node != &task->held; node = node->next)
        priority = most_urgent_waiter(list_entry(node, struct mutex, held_link), priority);
    return priority;
}

/* INHERIT_ONCE: a raised priority stays while there is another mutex it could be for. */
static bool keeps_priority(const struct task *task, bool released)
{
    unsigned held = 0;

    for (struct list *node = task->held.next; node != &task->held; node = node->next)
        if (list_entry(node, struct mutex, held_link)->inheritance == INHERIT_ONCE)
            held++;
    return held > (released ? 0u : 1u);
}

static void set_present_priority(struct task *task, uint8_t priority)
{
    port_kernel_event(EVENT_PRIORITY, task->id, priority, task->priority, task->name);
    if (task->state == TASK_READY) {
        sched_requeue(task, priority);
        return;
    }
    task->priority = priority;
    wait_requeue(task);
    if (task->state == TASK_RUNNING && task->core != TASK_NO_CORE) {
        kernel.cores[task->core].reschedule = true; /* it may have to give way now */
        if (task->core != port_core())
            port_kick(task->core);
    }
}

static struct task *next_in_chain(const struct task *task)
{
    const struct mutex *const mutex = task->blocked_by;

    return mutex != NULL && mutex->inheritance == INHERIT_CHAIN ? mutex->owner : NULL;
}

/* Ends also where tasks wait for each other in a circle: a priority only moves one way round it. */
static void update_priority(struct task *task, bool released)
{
    for (; task != NULL; task = next_in_chain(task)) {
        const uint8_t priority = demanded_priority(task);

        if (priority == task->priority ||
            (priority > task->priority && keeps_priority(task, released)))
            return;
        set_present_priority(task, priority);
    }
}

void mutex_update_priority(struct task *task)
{
    update_priority(task, false);
}

/* --- taking and releasing --- */

static void give_to(struct mutex *m, struct task *task)
{
    m->owner = task;
    m->holds = 1;
    list_add_tail(&task->held, &m->held_link);
}

/* Others may wait on behind who was woken first, and a chain begins with each of them. */
static void take_free(struct mutex *m, struct task *self)
{
    give_to(m, self);
    if (m->inheritance == INHERIT_CHAIN && !list_empty(&m->queue.waiters))
        mutex_update_priority(self);
}

static enum take_result take_now(struct mutex *m, struct task *self)
{
    if (m->owner == NULL) {
        take_free(m, self);
        return TAKEN;
    }
    if (m->owner != self)
        return TAKE_EMPTY;
    if (m->holds == m->holds_max)
        return m->waits_for_itself ? TAKE_EMPTY : TAKE_OVERFLOW;
    m->holds++;
    return TAKEN;
}

/* Nothing is kept for the one that is woken: it tries again. */
static enum take_result wait_and_try(struct mutex *m, uint32_t ticks)
{
    enum take_result result;

    do
        result = wait_for_change(&m->queue, &ticks);
    while (result == TAKEN && m->owner != NULL);
    if (result == TAKEN)
        take_free(m, task_self());
    return result;
}

static enum take_result wait_for_owner(struct mutex *m, uint32_t ticks)
{
    const struct wait_label label = wait_label(&m->queue);
    const enum take_result result = m->hand_over == HAND_TO_WAITER
                                        ? take_result(wait_on(&m->queue, ticks))
                                        : wait_and_try(m, ticks);

    port_kernel_event(EVENT_MUTEX_TAKE, label.id, result, result == TAKEN ? 1 : 0, label.name);
    return result;
}

enum take_result mutex_take(struct mutex *m, uint32_t ticks)
{
    const bool masked = kernel_enter();
    enum take_result result = take_now(m, task_self());

    if (result == TAKE_EMPTY && ticks > 0)
        result = wait_for_owner(m, ticks);
    else
        port_kernel_event(EVENT_MUTEX_TAKE, m->queue.id, result, m->holds, m->queue.name);
    kernel_leave(masked);
    return result;
}

/* The owner lets go: the first waiter owns it before it runs, or is told to look. */
static void pass_on(struct mutex *m)
{
    struct task *const owner = m->owner;
    struct task *const first = wait_first(&m->queue);

    list_remove(&m->held_link);
    m->owner = NULL;
    m->holds = 0;
    if (first != NULL && m->hand_over == HAND_TO_WAITER) {
        give_to(m, first);
        wait_wake(first, WAKE_GIVEN);
        mutex_update_priority(first);
    } else {
        wait_wake_first(&m->queue);
    }
    update_priority(owner, true);
}

bool mutex_release(struct mutex *m)
{
    const bool masked = kernel_enter();
    const bool owned = m->owner != NULL && m->owner == task_self();

    port_kernel_event(EVENT_MUTEX_RELEASE, m->queue.id, owned, owned ? m->holds - 1 : m->holds,
                      m->queue.name);
    if (owned && --m->holds == 0)
        pass_on(m);
    kernel_leave(masked);
    return owned;
}

void mutex_delete(struct mutex *m)
{
    const bool masked = kernel_enter();
    struct task *const owner = m->owner;

    list_remove(&m->held_link);
    m->owner = NULL;
    m->holds = 0;
    wait_close(&m->queue);
    if (owner != NULL)
        update_priority(owner, true);
    kernel_leave(masked);
}

void mutex_release_all(struct task *task)
{
    while (!list_empty(&task->held))
        pass_on(list_entry(task->held.next, struct mutex, held_link));
}
