#include "task.h"

#include "../assert.h"
#include "../ipc/mutex.h"
#include "../kernel.h"

/* --- which memory is a task: a set of addresses --- */

static struct task **bucket_of(const struct task *task)
{
    const taddr_t address = (taddr_t)(uintptr_t)task;

    return &kernel.tasks_in_use[(address >> 4) * 0x9e3779b1u >> (32 - KERNEL_TASK_HASH_BITS)];
}

bool task_is_in_use(const struct task *task)
{
    const bool masked = kernel_enter();
    const struct task *found = *bucket_of(task);

    while (found != NULL && found != task)
        found = found->next_in_use;
    kernel_leave(masked);
    return found != NULL;
}

static void put_in_use(struct task *task)
{
    struct task **const bucket = bucket_of(task);

    KERNEL_ASSERT(!task_is_in_use(task));
    task->next_in_use = *bucket;
    *bucket = task;
}

static void take_out_of_use(const struct task *task)
{
    struct task **place = bucket_of(task);

    while (*place != task)
        place = &(*place)->next_in_use;
    *place = task->next_in_use;
}

/* --- coming and going --- */

void task_init(struct task *task, const char *name, void (*entry)(void *), void *argument,
               uint8_t priority, uint32_t slice)
{
    const bool masked = kernel_enter();

    memset(task, 0, sizeof *task);
    for (unsigned i = 0; name[i] != '\0' && i < TASK_NAME_MAX - 1; i++)
        task->name[i] = name[i];
    task->id = kernel_new_id();
    task->priority = task->base_priority = priority;
    task->core = TASK_NO_CORE;
    task->affinity = &kernel.any_core;
    task->slice = task->slice_left = slice > 0 ? slice : 1;
    task->entry = entry;
    task->argument = argument;
    list_init(&task->ready_link);
    list_init(&task->wait_link);
    list_init(&task->closed_link);
    list_init(&task->held);
    put_in_use(task);
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
        wait_end(task, WAKE_DELETED);
}

/* A task that runs elsewhere, or was interrupted here, must look whether it may go on. */
static void disturb(const struct task *task)
{
    kernel.cores[task->core].reschedule = true;
    if (task->core != port_core())
        port_kick(task->core);
}

/* Ends a live task; does not return if that is the caller. */
static void close_task(struct task *task)
{
    const bool running = task->state == TASK_RUNNING;

    KERNEL_ASSERT(!task->system);
    withdraw(task);
    wait_forget(task);
    task->argument = NULL;     /* it is used no more: whoever looks for pointers need not find it */
    task->state = TASK_CLOSED; /* before its priority falls: a READY one would be queued anew */
    __atomic_store_n(&task->schedule_locks, 0, __ATOMIC_RELAXED); /* it may be running */
    mutex_release_all(task);
    list_remove(&task->all_link);
    list_add_head(&kernel.closed, &task->closed_link);
    port_kernel_event(EVENT_TASK_CLOSE, task->id, 0, 0, task->name);
    if (!running && kernel.closed_hook != NULL)
        kernel.closed_hook(); /* a running one is clean-up's business when it has left its core */
    if (running)
        disturb(task);
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
        take_out_of_use(task);
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

/* --- suspend and resume --- */

/* Who waits stops waiting, or is only marked: true if that was all. */
static bool suspend_waiting(struct task *task, enum suspend_blocked blocked)
{
    if (blocked == SUSPEND_KEEPS_WAIT)
        task->held_back = true;
    else
        wait_end(task, WAKE_AGAIN);
    return task->held_back;
}

void task_hold(struct task *task)
{
    task->held_back = false;
    task->state = TASK_SUSPENDED;
    port_kernel_event(EVENT_SUSPEND, task->id, 0, 0, task->name);
}

static void suspend_now(struct task *task)
{
    const bool running = task->state == TASK_RUNNING;

    if (task->state == TASK_READY)
        sched_unready(task);
    task_hold(task);
    if (running && (task != task_self() || irq_in_isr()))
        disturb(task);
}

bool task_suspend(struct task *task, enum suspend_blocked blocked)
{
    const bool masked = kernel_enter();
    const bool waits = task->state == TASK_BLOCKED && !task->held_back;
    const bool possible = task->state == TASK_RUNNING || task->state == TASK_READY ||
                          (waits && blocked != SUSPEND_NOT);

    if (possible && !(waits && suspend_waiting(task, blocked)))
        suspend_now(task);
    kernel_leave(masked);
    return possible;
}

bool task_resume(struct task *task)
{
    const bool masked = kernel_enter();
    bool resumed = true;

    if (task->state == TASK_BLOCKED && task->held_back) {
        task->held_back = false;
    } else if (task->state == TASK_BLOCKED) {
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

/* --- what a task may be told at any time --- */

void task_set_priority(struct task *task, uint8_t priority)
{
    const bool masked = kernel_enter();

    task->base_priority = priority;
    mutex_update_priority(task);
    kernel_leave(masked);
}

bool task_set_affinity(struct task *task, uint64_t cores)
{
    const bool masked = kernel_enter();
    struct affinity *const affinity = affinity_of(cores);

    if (affinity != NULL) {
        sched_move(task, affinity);
        port_kernel_event(EVENT_AFFINITY, task->id, affinity->cores[0], affinity->cores[1],
                          task->name);
        if (task->state == TASK_RUNNING && !affinity_has(affinity, task->core))
            disturb(task);
    }
    kernel_leave(masked);
    return affinity != NULL;
}

uint64_t task_affinity(const struct task *task)
{
    return (uint64_t)task->affinity->cores[1] << 32 | task->affinity->cores[0];
}

void task_bind(struct task *task, uint8_t core)
{
    task_set_affinity(task, core < CORES_MAX ? (uint64_t)1 << core : 0);
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
