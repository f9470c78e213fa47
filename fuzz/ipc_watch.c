/*
 * Who waits where since when, put together from the kernel's events: who is woken must be the one
 * whose turn it is, and who runs out of time at exactly the tick that it asked for.
 */
#include "fail.h"
#include "ipc.h"

static struct waiting {
    const struct wait_queue *queue; /* NULL: it does not wait */
    uint32_t arrival;
    uint32_t deadline;
    bool limited;
} waits[WORKERS];

static uint32_t arrivals;
static unsigned ambush_left;
static unsigned ambush_line;

struct wish wishes[WORKERS];

void __real_port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                              const char *name);
void __wrap_port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                              const char *name);

void watch_begin(void)
{
    for (unsigned i = 0; i < WORKERS; i++)
        waits[i].queue = NULL;
    ambush_left = 0;
}

void watch_ambush(unsigned events, unsigned line)
{
    ambush_left = events;
    ambush_line = line;
}

bool watch_waits_on(const struct worker *worker, const struct wait_queue *queue)
{
    return waits[worker - workers].queue == queue;
}

static void on_block(uint32_t ticks)
{
    const struct worker *const worker = worker_of(task_self());

    if (worker == NULL)
        return;
    waits[worker - workers] = (struct waiting){.queue = worker->task.waiting_on,
                                               .arrival = arrivals++,
                                               .deadline = kernel.tick + ticks,
                                               .limited = ticks != WAIT_FOREVER};
}

/* True if `a` comes before `b` in a queue of that order. */
static bool is_before(unsigned a, unsigned b, enum wait_order order)
{
    const uint8_t mine = workers[a].task.priority;
    const uint8_t other = workers[b].task.priority;

    if (order == WAIT_PRIORITY && mine != other)
        return mine < other;
    if (order == WAIT_LIFO)
        return waits[a].arrival > waits[b].arrival;
    return waits[a].arrival < waits[b].arrival;
}

/* Flags wake whose wishes they fulfil: whoever that is. */
static bool has_turns(unsigned woken)
{
    return wishes[woken].event == NULL;
}

static void check_turn(unsigned woken)
{
    const struct wait_queue *const queue = waits[woken].queue;

    for (unsigned i = 0; i < WORKERS; i++)
        if (i != woken && waits[i].queue == queue && workers[i].task.state == TASK_BLOCKED &&
            is_before(i, woken, queue->order)) /* one that is being closed waits no more */
            fail("a task was woken before one whose turn it was");
}

static void on_wake(const struct worker *worker, enum wake_reason reason)
{
    const unsigned woken = (unsigned)(worker - workers);

    if (waits[woken].queue == NULL)
        fail("a task was woken that did not wait");
    if ((reason == WAKE_GIVEN || reason == WAKE_AGAIN) && has_turns(woken))
        check_turn(woken);
    if (reason == WAKE_TIMEOUT && (!waits[woken].limited || waits[woken].deadline != kernel.tick))
        fail("a wait was over at another tick than it should have been");
    waits[woken].queue = NULL;
}

/* Whoever's priority changes while it waits goes behind its new equals. */
static void on_priority(const struct worker *worker)
{
    struct waiting *const waiting = &waits[worker - workers];

    if (waiting->queue != NULL && worker->task.waiting_on == waiting->queue &&
        waiting->queue->order == WAIT_PRIORITY)
        waiting->arrival = arrivals++;
}

static const struct worker *worker_by_id(uint32_t id)
{
    for (unsigned i = 0; i < WORKERS; i++)
        if (workers[i].exists && workers[i].task.id == id)
            return &workers[i];
    return NULL;
}

static void on_task_event(enum kernel_event event, const struct worker *worker, uint32_t a)
{
    if (event == EVENT_WAKE)
        on_wake(worker, (enum wake_reason)a);
    else if (event == EVENT_PRIORITY)
        on_priority(worker);
    else
        waits[worker - workers].queue = NULL;
}

void __wrap_port_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                              const char *name)
{
    const struct worker *worker;

    __real_port_kernel_event(event, id, a, b, name);
    if (ambush_left > 0 && --ambush_left == 0)
        irq_pend(port_core(), ambush_line);
    if (event == EVENT_BLOCK)
        on_block(a);
    else if (event == EVENT_WAKE || event == EVENT_PRIORITY || event == EVENT_SUSPEND ||
             event == EVENT_TASK_CLOSE)
        if ((worker = worker_by_id(id)) != NULL)
            on_task_event(event, worker, a);
}

void watch_check(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        const struct task *const task = &workers[i].task;

        if (!workers[i].exists)
            continue;
        if ((waits[i].queue != NULL) != (task->state == TASK_BLOCKED) ||
            waits[i].queue != task->waiting_on)
            fail("a task waits elsewhere than where it went to wait, or not at all");
        if (waits[i].queue != NULL && waits[i].limited &&
            (int32_t)(kernel.tick - waits[i].deadline) >= 0)
            fail("a task still waits though its time is over");
    }
}
