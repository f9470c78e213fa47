#include "invariants.h"

#include <stdio.h>

#include "../../kernel/ipc/event.h"
#include "../../kernel/ipc/queue.h"
#include "../../kernel/kernel.h"

enum { TOLD_MAX = 8 };

/* Told when the kernel lock is free again: with it held stdio's lock may not be taken. */
struct faults {
    bool masked;
    unsigned count;
    struct {
        const char *what;
        char name[TASK_NAME_MAX];
        unsigned state;
    } told[TOLD_MAX];
};

static void begin(struct faults *faults)
{
    faults->masked = kernel_enter();
    faults->count = 0;
}

static unsigned end(const struct faults *faults)
{
    kernel_leave(faults->masked);
    for (unsigned i = 0; i < faults->count && i < TOLD_MAX; i++)
        fprintf(stderr, "FAILED: %s: '%s' (%u)\n", faults->told[i].what, faults->told[i].name,
                faults->told[i].state);
    return faults->count;
}

static void expect(struct faults *faults, bool holds, const char *what, const char *name,
                   unsigned state)
{
    if (holds)
        return;
    if (faults->count < TOLD_MAX) {
        faults->told[faults->count].what = what;
        faults->told[faults->count].state = state;
        snprintf(faults->told[faults->count].name, TASK_NAME_MAX, "%s", name);
    }
    faults->count++;
}

static void expect_of(struct faults *faults, bool holds, const char *what, const struct task *task)
{
    expect(faults, holds, what, task->name, (unsigned)task->state);
}

/* --- queues of waiters --- */

static struct task *waiter(const struct list *node)
{
    return list_entry(node, struct task, wait_link);
}

static bool is_equal(const struct wait_queue *queue, const struct list *a, const struct list *b)
{
    return a != &queue->waiters && b != &queue->waiters &&
           waiter(a)->wait_priority == waiter(b)->wait_priority;
}

/* In order of priority; the ends of each run of equal ones know each other. */
static void check_order(struct faults *faults, const struct wait_queue *queue)
{
    const struct list *run = queue->waiters.next;

    for (const struct list *node = run; node != &queue->waiters; node = node->next) {
        const struct task *const task = waiter(node);

        expect_of(faults, task->wait_priority == task->priority, "it stands by its priority", task);
        if (is_equal(queue, node, node->next))
            continue;
        expect_of(faults, waiter(run)->run_end == task && task->run_end == waiter(run),
                  "the ends of a run know each other", task);
        run = node->next;
        expect_of(faults, run == &queue->waiters || task->priority < waiter(run)->priority,
                  "the more urgent waits in front", task);
    }
}

/* How many wait; each knows that it waits here. */
static unsigned check_waiters(struct faults *faults, const struct wait_queue *queue)
{
    unsigned count = 0;

    for (const struct list *node = queue->waiters.next; node != &queue->waiters;
         node = node->next, count++) {
        expect_of(faults, node->next->prev == node, "a list's links agree", waiter(node));
        expect_of(faults, waiter(node)->state == TASK_BLOCKED && waiter(node)->waiting_on == queue,
                  "who stands in a queue waits for it", waiter(node));
    }
    if (queue->order == WAIT_PRIORITY)
        check_order(faults, queue);
    return count;
}

/* Those who were told to look, and have not. */
static unsigned count_woken(struct faults *faults, const struct wait_queue *queue)
{
    unsigned count = 0;

    for (const struct list *node = queue->woken.next; node != &queue->woken; node = node->next) {
        expect_of(faults, waiter(node)->waiting_on == NULL, "who was woken waits no more",
                  waiter(node));
        count++;
    }
    return count;
}

/* --- tasks --- */

static bool stands_in(const struct wait_queue *queue, const struct task *task)
{
    for (const struct list *node = queue->waiters.next; node != &queue->waiters; node = node->next)
        if (waiter(node) == task)
            return true;
    return false;
}

static unsigned cores_that_run(const struct task *task)
{
    unsigned count = 0;

    for (unsigned i = 0; i < kernel.core_count; i++)
        count += kernel.cores[i].current == task ? 1 : 0;
    return count;
}

static bool is_idle_task(const struct task *task)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (task == &kernel.cores[i].idle)
            return true;
    return false;
}

static bool is_planned(const struct deadlines *all, const struct deadline *deadline)
{
    while (deadline->back != NULL)
        deadline = deadline->back;
    return deadline == all->first;
}

static void check_waiting(struct faults *faults, const struct task *task)
{
    expect_of(faults, cores_that_run(task) == 0, "what waits does not run", task);
    expect_of(faults, task->waiting_on != NULL, "it waits for something", task);
    if (task->waiting_on == NULL)
        return;
    expect_of(faults, stands_in(task->waiting_on, task), "it is on the queue that it waits for",
              task);
    expect_of(faults, !task->timeout.active || is_planned(&kernel.timeouts, &task->timeout),
              "its timeout is among the deadlines", task);
    check_waiters(faults, task->waiting_on);
}

static void check_task(struct faults *faults, struct task *task)
{
    const unsigned running = cores_that_run(task);

    expect_of(faults, running <= 1, "it runs on one core at most", task);
    expect_of(faults, (task->core != TASK_NO_CORE) == (running == 1) || is_idle_task(task),
              "its core is the one that runs it", task);
    if (task->state == TASK_RUNNING)
        expect_of(faults, running == 1 && kernel.cores[task->core].current == task, "it is running",
                  task);
    if (task->state == TASK_BLOCKED) {
        check_waiting(faults, task);
    } else {
        expect_of(faults, task->waiting_on == NULL && task->blocked_by == NULL,
                  "it waits for nothing", task);
        expect_of(faults, !task->timeout.active, "it has no timeout", task);
    }
    for (struct list *node = task->held.next; node != &task->held; node = node->next)
        expect_of(faults, list_entry(node, struct mutex, held_link)->owner == task,
                  "it owns what it holds", task);
    expect_of(faults, task->priority <= task->base_priority, "priorities only rise", task);
}

/* --- deadlines --- */

/* A node's children, theirs, and so on: none is before its parent. */
static void check_deadlines(struct faults *faults, const struct deadline *parent, const char *name)
{
    const struct deadline *before = parent;

    for (const struct deadline *node = parent->child; node != NULL; node = node->next) {
        expect(faults, node->active, "what is planned is active", name, node->tick);
        expect(faults, node->back == before, "a deadline's links agree", name, node->tick);
        expect(faults, (int32_t)(node->tick - parent->tick) >= 0, "the first one is due first",
               name, node->tick);
        check_deadlines(faults, node, name);
        before = node;
    }
}

static void check_plan(struct faults *faults, const struct deadlines *all, const char *name)
{
    if (all->first == NULL)
        return;
    expect(faults, all->first->active && all->first->back == NULL && all->first->next == NULL,
           "the first deadline stands alone", name, all->first->tick);
    check_deadlines(faults, all->first, name);
}

unsigned kernel_faults(void)
{
    struct faults faults;

    begin(&faults);
    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next)
        check_task(&faults, list_entry(node, struct task, all_link));
    check_plan(&faults, &kernel.timeouts, "timeouts");
    check_plan(&faults, &kernel.timers.timers, "timers");
    return end(&faults);
}

/* --- objects --- */

unsigned queue_faults(const struct queue *q)
{
    struct faults faults;

    begin(&faults);
    const uint32_t room = q->layout.slots - q->count;
    expect(&faults, q->count <= q->layout.slots && q->first < q->layout.slots,
           "a queue has as many items as slots at most", q->receivers.name, q->count);
    if (check_waiters(&faults, &q->receivers) > 0)
        expect(&faults, q->count <= count_woken(&faults, &q->receivers),
               "who waits to receive was told of items", q->receivers.name, q->count);
    if (check_waiters(&faults, &q->senders) > 0)
        expect(&faults, room <= count_woken(&faults, &q->senders),
               "who waits to send was told of room", q->senders.name, room);
    return end(&faults);
}

unsigned event_faults(const struct event *e)
{
    struct faults faults;

    begin(&faults);
    check_waiters(&faults, &e->queue);
    for (const struct list *node = e->queue.waiters.next; node != &e->queue.waiters;
         node = node->next) {
        const struct event_wish *const wish = waiter(node)->wait_data; /* what that begins with */
        const uint32_t there = wish->flags & e->flags;

        expect_of(&faults, wish->all ? there != wish->flags : there == 0,
                  "who waits for flags lacks some", waiter(node));
    }
    return end(&faults);
}

unsigned semaphore_faults(const struct semaphore *s)
{
    struct faults faults;

    begin(&faults);
    expect(&faults, check_waiters(&faults, &s->queue) == 0 || s->count == 0,
           "nobody waits for units that are there", s->queue.name, s->count);
    return end(&faults);
}
