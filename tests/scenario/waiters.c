/*
 * Queues of waiters by priority, at random: tasks come, give up, change priority, are deleted and
 * resumed, and the queue is always in order; equal ones stand in order of arrival.
 */
#include "check.h"

enum { WAITERS = 40, CHANGES = 300 };

static struct rt_semaphore sem;

static struct waiter {
    rt_thread_t thread;
    unsigned arrival; /* when it came to stand where it stands */
    bool waits;
} waiters[WAITERS];

static unsigned arrivals, woken, last_woken;

static void waits(void *argument)
{
    struct waiter *const self = argument;

    if (rt_sem_take(&sem, RT_WAITING_FOREVER) == RT_EOK) {
        woken++;
        last_woken = (unsigned)(self - waiters);
    }
    self->waits = false;
}

static struct task *at(const struct list *node)
{
    return list_entry(node, struct task, wait_link);
}

static struct waiter *waiter_of(const struct task *task)
{
    for (unsigned i = 0; i < WAITERS; i++)
        if (waiters[i].waits && &waiters[i].thread->task == task)
            return &waiters[i];
    return NULL;
}

/* Sorted; equal ones by arrival; the ends of each run know each other. Returns how many wait. */
static unsigned check_queue(void)
{
    const struct list *const head = &sem.semaphore.queue.waiters;
    unsigned count = 0;

    for (const struct list *node = head->next; node != head; node = node->next, count++) {
        struct task *const task = at(node);

        CHECK_EQUAL(task->wait_priority, task->priority);
        if (node->prev != head) {
            const struct task *const before = at(node->prev);

            CHECK(before->priority <= task->priority);
            CHECK(before->priority < task->priority ||
                  waiter_of(before)->arrival < waiter_of(task)->arrival);
        }
        if (node->prev == head || at(node->prev)->priority != task->priority) {
            const struct list *last = node;

            while (last->next != head && at(last->next)->priority == task->priority)
                last = last->next;
            CHECK(task->run_end == at(last));
            CHECK(at(last)->run_end == task);
        }
    }
    return count;
}

static void come(struct waiter *waiter)
{
    waiter->waits = true;
    waiter->arrival = ++arrivals;
    waiter->thread = spawn(waits, waiter, 5); /* it runs, and waits, at once */
    rt_uint8_t priority = (rt_uint8_t)(12 + sim_random(4));
    waiter->arrival = ++arrivals;
    rt_thread_control(waiter->thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
}

static void change(struct waiter *waiter)
{
    rt_uint8_t priority = (rt_uint8_t)(12 + sim_random(4));

    switch (sim_random(5)) {
    case 0:
        waiter->waits = false;
        CHECK_EQUAL(rt_thread_delete(waiter->thread), RT_EOK);
        break;
    case 1:
        CHECK_EQUAL(rt_thread_resume(waiter->thread), RT_EOK);
        rt_thread_delay(1);
        CHECK(!waiter->waits);
        break;
    default:
        if (priority != priority_of(waiter->thread))
            waiter->arrival = ++arrivals;
        rt_thread_control(waiter->thread, RT_THREAD_CTRL_CHANGE_PRIORITY, &priority);
    }
}

static void always_in_order(void)
{
    unsigned expected = 0;

    rt_sem_init(&sem, "queue", 0, RT_IPC_FLAG_PRIO);
    woken = 0;
    for (unsigned i = 0; i < CHANGES; i++) {
        struct waiter *const waiter = &waiters[sim_random(WAITERS)];

        if (waiter->waits)
            change(waiter);
        else
            come(waiter);
        check_queue();
    }
    const unsigned left = check_queue();
    while (expected < left) {
        struct task *const first = at(sem.semaphore.queue.waiters.next);
        const unsigned index = (unsigned)(waiter_of(first) - waiters);

        rt_sem_release(&sem);
        rt_thread_delay(1);
        CHECK_EQUAL(woken, ++expected);
        CHECK_EQUAL(last_woken, index);
        check_queue();
    }
    CHECK_EQUAL(check_queue(), 0);
    rt_sem_detach(&sem);
}

static const struct test_case cases[] = {{"always in order", always_in_order}};

int main(void)
{
    return run_cases(cases, COUNT(cases));
}
