#include "task.h"

#include "../assert.h"
#include "../ipc/mutex.h"
#include "../kernel.h"

void task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
               uint8_t priority, uint32_t slice)
{
    const bool masked = kernel_enter();

    memset(task, 0, sizeof *task);
    for (unsigned i = 0; name[i] != '\0' && i < TASK_NAME_MAX - 1; i++)
        task->name[i] = name[i];
    task->id = kernel.next_id++;
    task->priority = task->base_priority = priority;
    task->core = task->bound_core = TASK_NO_CORE;
    task->slice = task->slice_left = slice > 0 ? slice : 1;
    task->entry = entry;
    task->argument = argument;
    list_init(&task->ready_link);
    list_init(&task->wait_link);
    list_init(&task->timeout_link);
    list_init(&task->closed_link);
    list_init(&task->held);
    list_add_tail(&kernel.tasks, &task->all_link);
    port_kernel_event(EVENT_TASK_CREATE, task->id, priority, 0, task->name);
    kernel_leave(masked);
}

bool task_start(struct task *task)
{
    port_task_prepare();
    const bool masked = kernel_enter();
    const bool startable = task->state == TASK_INITIAL;

    if (startable) {
        port_task_create(task);
        sched_ready(task);
    }
    kernel_leave(masked);
    return startable;
}

/* Takes a task out of whatever queue it is in. */
static void withdraw(struct task *task)
{
    if (task->state == TASK_READY)
        sched_unready(task);
    else if (task->state == TASK_BLOCKED)
        wait_cancel(task);
}

/* Ends a live task; does not return if that is the caller. */
static void close_task(struct task *task)
{
    const bool running = task->state == TASK_RUNNING;

    KERNEL_ASSERT(!task->system);
    withdraw(task);
    task->state = TASK_CLOSED; /* before its priority falls: a READY one would be queued anew */
    __atomic_store_n(&task->schedule_locks, 0, __ATOMIC_RELAXED); /* it may be running */
    mutex_release_all(task);
    list_remove(&task->all_link);
    list_add_head(&kernel.closed, &task->closed_link);
    port_kernel_event(EVENT_TASK_CLOSE, task->id, 0, 0, task->name);
    if (!running && kernel.closed_hook != NULL)
        kernel.closed_hook(); /* a running one is clean-up's business when it has left its core */
    if (running) {
        kernel.cores[task->core].reschedule = true;
        if (task->core != port_core())
            port_kick(task->core);
    }
    if (running && task == task_self() && !irq_in_isr())
        sched_switch();
}

bool task_close(struct task *task)
{
    const bool masked = kernel_enter();
    const bool alive = task->state != TASK_CLOSED;

    if (alive)
        close_task(task);
    kernel_leave(masked);
    return alive;
}

void task_reap(void)
{
    const bool masked = kernel_enter();
    struct list *node = kernel.closed.next;

    while (node != &kernel.closed) {
        struct task *const task = list_entry(node, struct task, closed_link);

        node = node->next;
        if (task->core != TASK_NO_CORE)
            continue; /* still leaving its core */
        list_remove(&task->closed_link);
        if (task->carrier != NULL)
            port_task_destroy(task);
        task->id = 0;
        if (task->closed != NULL) {
            kernel_leave(masked); /* it gives memory back, which may wait for the heap's lock */
            task->closed(task);
            kernel_enter();
            node = kernel.closed.next;
        }
    }
    kernel_leave(masked);
}

bool task_suspend(struct task *task)
{
    const bool masked = kernel_enter();
    const bool running = task->state == TASK_RUNNING;
    const bool possible = running || task->state == TASK_READY;

    if (possible) {
        withdraw(task);
        task->state = TASK_SUSPENDED;
        port_kernel_event(EVENT_SUSPEND, task->id, 0, 0, task->name);
        if (running && (task != task_self() || irq_in_isr())) {
            kernel.cores[task->core].reschedule = true;
            if (task->core != port_core())
                port_kick(task->core);
        }
    }
    kernel_leave(masked);
    return possible;
}

bool task_resume(struct task *task)
{
    const bool masked = kernel_enter();
    bool resumed = true;

    if (task->state == TASK_BLOCKED) {
        wait_wake(task, WAKE_RESUMED);
    } else if (task->state == TASK_SUSPENDED && task->core != TASK_NO_CORE) {
        task->state = TASK_RUNNING; /* it had not left its core yet */
    } else if (task->state == TASK_SUSPENDED) {
        sched_ready(task);
    } else {
        resumed = false;
    }
    kernel_leave(masked);
    return resumed;
}

void task_set_priority(struct task *task, uint8_t priority)
{
    const bool masked = kernel_enter();

    task->base_priority = priority;
    mutex_update_priority(task);
    kernel_leave(masked);
}

void task_bind(struct task *task, uint8_t core)
{
    const bool masked = kernel_enter();

    task->bound_core = core;
    if (task->state == TASK_RUNNING && task->core != core && core != TASK_NO_CORE) {
        kernel.cores[task->core].reschedule = true;
        if (task->core != port_core())
            port_kick(task->core);
    } else if (task->state == TASK_READY) {
        sched_requeue(task, task->priority);
    }
    kernel_leave(masked);
}

enum wake_reason task_sleep(uint32_t ticks)
{
    const bool masked = kernel_enter();
    const enum wake_reason reason = wait_on(&kernel.sleepers, ticks);

    kernel_leave(masked);
    return reason;
}

void task_yield(void)
{
    const bool masked = kernel_enter();
    struct task *const self = task_self();

    self->slice_left = self->slice;
    self->yielding = true;
    kernel_core()->reschedule = true;
    kernel_leave(masked);
}

struct task *task_find(const char *name)
{
    const bool masked = kernel_enter();
    struct task *found = NULL;

    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next) {
        struct task *const task = list_entry(node, struct task, all_link);

        if (strcmp(task->name, name) == 0) {
            found = task;
            break;
        }
    }
    kernel_leave(masked);
    return found;
}

struct task *task_self(void)
{
    return kernel_core()->current;
}
