#include "deadlock.h"

#include <stdio.h>

#include "../kernel/ipc/mutex.h"
#include "../kernel/kernel.h"
#include "engine.h"
#include "report_json.h"

const struct task *deadlock_next(const struct task *task)
{
    const struct list *node = task != NULL ? task->all_link.next : kernel.tasks.next;

    for (; node != &kernel.tasks; node = node->next) {
        const struct task *const next = list_entry(node, struct task, all_link);

        if (!next->system && next->state != TASK_INITIAL)
            return next; /* one that was never started waits for nothing */
    }
    return NULL;
}

const char *deadlock_describe(const struct task *task, char *text, size_t size)
{
    const struct wait_queue *const queue = task->waiting_on;
    const struct task *const owner = deadlock_owner(task);

    if (task->state == TASK_SUSPENDED)
        snprintf(text, size, "is suspended, and nobody resumes it");
    else if (queue == NULL)
        snprintf(text, size, "does not run");
    else if (owner != NULL)
        snprintf(text, size, "waits for %s '%s', held by task '%s'", queue->kind, queue->name,
                 owner->name);
    else
        snprintf(text, size, "waits for %s '%s', which nobody gives", queue->kind, queue->name);
    return text;
}

const struct task *deadlock_owner(const struct task *task)
{
    return task->blocked_by != NULL ? task->blocked_by->owner : NULL;
}

static bool is_in_circle(const struct task *start)
{
    const struct task *task = start;

    for (unsigned steps = 0; steps < 1000 && task != NULL; steps++) {
        task = deadlock_owner(task);
        if (task == start)
            return true;
    }
    return false;
}

const struct task *deadlock_circle(void)
{
    const struct task *task = deadlock_next(NULL);

    while (task != NULL && !is_in_circle(task))
        task = deadlock_next(task);
    return task;
}

static void print_circle(const struct task *start)
{
    const struct task *task = start;

    fprintf(stderr, "  In a circle:");
    do {
        fprintf(stderr, " '%s' ->", task->name);
        task = deadlock_owner(task);
    } while (task != start);
    fprintf(stderr, " '%s'.\n", start->name);
}

unsigned deadlock_report(void)
{
    char text[160];
    unsigned count = 0;

    for (const struct task *task = deadlock_next(NULL); task != NULL; task = deadlock_next(task)) {
        if (count++ == 0)
            fprintf(stderr,
                    "heapsim: deadlock at %llu us: no task can ever run again, and no interrupt is "
                    "due.\n",
                    (unsigned long long)(engine_now() / 1000));
        fprintf(stderr, "  Task '%s' (priority %u) %s.\n", task->name, task->priority,
                deadlock_describe(task, text, sizeof text));
    }
    if (deadlock_circle() != NULL)
        print_circle(deadlock_circle());
    if (count > 0)
        json_deadlock();
    return count;
}
