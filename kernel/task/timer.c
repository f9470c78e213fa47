#include "timer.h"

#include "../assert.h"
#include "../kernel.h"

/* A function that runs now; on the stack of who executes it. */
struct run {
    struct timer *timer; /* NULL: it was deleted meanwhile */
    struct list link;    /* kernel.timer_runs */
};

static struct deadlines *deadlines_of(const struct timer *timer)
{
    return timer->service != NULL ? &timer->service->timers : &kernel.timeouts;
}

/* A timer task that sleeps until its next deadline has another one now. */
static void tell_service(const struct timer *timer)
{
    struct timer_service *const service = timer->service;

    if (service != NULL && service->timers.first == &timer->deadline && service->task != NULL &&
        service->task->waiting_on == &service->calls.receivers)
        wait_wake(service->task, WAKE_RESUMED);
}

static void schedule(struct timer *timer, uint32_t tick)
{
    timer->active = true;
    deadline_start(deadlines_of(timer), &timer->deadline, tick);
    port_kernel_event(EVENT_TIMER_START, timer->id, tick, timer->period, timer->name);
    tell_service(timer);
}

/* --- expiry --- */

static void after_run(struct timer *timer)
{
    if (!timer->active || timer->deadline.active)
        return; /* stopped, or started anew, meanwhile */
    if (timer->periodic)
        schedule(timer, kernel.tick + timer->period);
    else
        timer->active = false;
}

static void expire(struct deadline *deadline, bool masked)
{
    struct timer *const timer = list_entry(deadline, struct timer, deadline);
    struct run run = {.timer = timer};
    void (*const call)(struct timer *, void (*)(void *), void *) = timer->run;
    void (*const function)(void *) = timer->function;
    void *const argument = timer->argument;

    port_kernel_event(EVENT_TIMER_EXPIRE, timer->id, deadline->tick, 0, timer->name);
    timer->active = timer->periodic;
    if (timer->periodic && timer->pace == TIMER_FROM_DEADLINE)
        schedule(timer, deadline->tick + timer->period);
    list_add_tail(&kernel.timer_runs, &run.link);
    kernel_leave(masked);
    if (call != NULL) /* the timer may be gone from here on */
        call(timer, function, argument);
    else
        function(argument);
    kernel_enter();
    list_remove(&run.link);
    if (run.timer != NULL)
        after_run(run.timer);
}

bool timer_is_running(const struct timer *timer)
{
    const bool masked = kernel_enter();
    bool running = false;

    for (struct list *node = kernel.timer_runs.next; node != &kernel.timer_runs; node = node->next)
        running = running || list_entry(node, struct run, link)->timer == timer;
    kernel_leave(masked);
    return running;
}

/* --- the timer task --- */

void timer_service_init(struct timer_service *service, struct task *task, struct timer_call *calls,
                        uint32_t count, const char *name)
{
    const struct queue_layout layout = {
        .storage = calls, .slots = count, .item_bytes = sizeof *calls, .slot_bytes = sizeof *calls};

    service->task = task;
    service->timers = (struct deadlines){.first = NULL};
    queue_init(&service->calls, &layout, WAIT_PRIORITY, "timer calls", name);
}

enum take_result timer_post(struct timer_service *service, const struct timer_call *call,
                            uint32_t ticks)
{
    struct timer_call copy = *call;
    const struct queue_item item = {.data = &copy, .bytes = sizeof copy};

    return queue_send(&service->calls, &item, QUEUE_BACK, ticks);
}

/* Runs the timer that is due, or waits for a call or the next deadline; then makes all calls. */
static void serve_once(struct timer_service *service)
{
    const bool masked = kernel_enter();
    struct deadline *const due = deadline_take(&service->timers, kernel.tick);
    struct timer_call call;
    struct queue_item item = {.data = &call, .bytes = sizeof call};

    if (due != NULL)
        due->expire(due, masked);
    const uint32_t left = due != NULL ? 0 : deadline_distance(&service->timers, kernel.tick);
    enum take_result result = queue_receive(&service->calls, &item, left);
    kernel_leave(masked);
    while (result == TAKEN) {
        call.run(call.object, call.value);
        result = queue_receive(&service->calls, &item, 0);
    }
}

void timer_serve(void *service)
{
    for (;;)
        serve_once(service);
}

/* --- calls --- */

void timer_init(struct timer *timer, const char *name, void (*function)(void *argument),
                void *argument, uint32_t period, bool periodic)
{
    KERNEL_ASSERT(period >= 1 && period <= WAIT_MAX);
    *timer = (struct timer){.deadline.expire = expire,
                            .name = name,
                            .id = kernel_new_id(),
                            .function = function,
                            .argument = argument,
                            .period = period,
                            .periodic = periodic};
}

void timer_start_at(struct timer *timer, uint32_t tick)
{
    const bool masked = kernel_enter();

    deadline_stop(deadlines_of(timer), &timer->deadline);
    schedule(timer, tick + timer->period);
    kernel_leave(masked);
}

void timer_start(struct timer *timer)
{
    const bool masked = kernel_enter(); /* the tick must not go on in between */

    timer_start_at(timer, kernel.tick);
    kernel_leave(masked);
}

bool timer_stop(struct timer *timer)
{
    const bool masked = kernel_enter();
    const bool active = timer->active;

    deadline_stop(deadlines_of(timer), &timer->deadline);
    timer->active = false;
    if (active)
        port_kernel_event(EVENT_TIMER_STOP, timer->id, 0, 0, timer->name);
    kernel_leave(masked);
    return active;
}

void timer_set_period(struct timer *timer, uint32_t period)
{
    KERNEL_ASSERT(period >= 1 && period <= WAIT_MAX);
    const bool masked = kernel_enter();

    timer->period = period;
    kernel_leave(masked);
}

void timer_end(struct timer *timer)
{
    const bool masked = kernel_enter();

    timer_stop(timer);
    for (struct list *node = kernel.timer_runs.next; node != &kernel.timer_runs; node = node->next)
        if (list_entry(node, struct run, link)->timer == timer)
            list_entry(node, struct run, link)->timer = NULL;
    port_kernel_event(EVENT_DELETE, timer->id, 0, 0, timer->name);
    kernel_leave(masked);
}
