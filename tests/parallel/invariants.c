#include "invariants.h"

#include <stdio.h>

#include "../../kernel/kernel.h"

static unsigned faults;

static void expect(bool holds, const char *what, const struct task *task)
{
    if (holds)
        return;
    faults++;
    fprintf(stderr, "FAILED: %s: task '%s', state %d\n", what, task->name, (int)task->state);
}

static unsigned count_in(const struct list *head, const struct list *link)
{
    unsigned count = 0;

    for (const struct list *node = head->next; node != head; node = node->next) {
        expect(node->next->prev == node, "a list's links agree", kernel.cores[0].current);
        count += node == link ? 1 : 0;
    }
    return count;
}

static unsigned cores_that_run(const struct task *task)
{
    unsigned count = 0;

    for (unsigned i = 0; i < kernel.core_count; i++)
        count += kernel.cores[i].current == task ? 1 : 0;
    return count;
}

static void check_task(struct task *task)
{
    const unsigned running = cores_that_run(task);

    expect(running <= 1, "it runs on one core at most", task);
    expect((task->core != TASK_NO_CORE) == (running == 1) || task == &kernel.cores[task->core].idle,
           "its core is the one that runs it", task);
    if (task->state == TASK_RUNNING)
        expect(running == 1 && kernel.cores[task->core].current == task, "it is running", task);
    if (task->state == TASK_BLOCKED) {
        expect(running == 0, "what waits does not run", task);
        expect(task->waiting_on != NULL &&
                   count_in(&task->waiting_on->waiters, &task->wait_link) == 1,
               "it is on the queue that it waits for", task);
    } else {
        expect(task->waiting_on == NULL && task->blocked_by == NULL, "it waits for nothing", task);
        expect(!task->timeout.active, "it has no timeout", task);
    }
    for (struct list *node = task->held.next; node != &task->held; node = node->next)
        expect(list_entry(node, struct mutex, held_link)->owner == task, "it owns what it holds",
               task);
    expect(task->priority <= task->base_priority, "priorities only rise", task);
}

unsigned kernel_faults(void)
{
    const bool masked = kernel_enter();

    faults = 0;
    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next)
        check_task(list_entry(node, struct task, all_link));
    for (unsigned i = 0; i < kernel.core_count; i++)
        expect(kernel.cores[i].interrupts == 0, "no core is in an ISR for ever",
               kernel.cores[i].current);
    kernel_leave(masked);
    return faults;
}
