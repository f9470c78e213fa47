/*
 * Software timers: functions that run at a tick, once or again and again.
 *
 * - A timer belongs to the tick interrupt of core 0 (service NULL), or to a timer task, which runs
 * its timers' functions one after the other, in order of deadline, equal ones in order of start.
 * - Starting, stopping, changing and deleting take effect at once, from any context, also from the
 * timer's own function.
 * - A function runs with what its timer held when it was due. Who calls it for the RTOS (`run`,
 * with hooks around it; NULL: it is called as it is) gets the timer as a name only: it may be gone.
 * - A timer task also makes calls that were posted to it: for an RTOS whose timer calls are
 * commands to that task.
 */
#ifndef HEAPSIM_TIMER_H
#define HEAPSIM_TIMER_H

#include "../ipc/queue.h"
#include "deadline.h"
#include "task.h"

/* From when the next period of a periodic timer counts. */
enum timer_pace {
    TIMER_FROM_RETURN,  /* from the tick at which its function returned (RT-Thread) */
    TIMER_FROM_DEADLINE /* from the deadline: no drift, what was missed comes late (FreeRTOS) */
};

struct timer_call {
    void (*run)(void *object, uint32_t value);
    void *object;
    uint32_t value;
};

struct timer_service {
    struct task *task; /* that executes timer_serve() */
    struct deadlines timers;
    struct queue calls;
};

struct timer {
    struct deadline deadline;
    struct timer_service *service; /* NULL: the tick's */
    const char *name;
    uint32_t id;
    void (*function)(void *argument);
    void *argument;
    void (*run)(struct timer *timer, void (*function)(void *argument), void *argument);
    uint32_t period; /* ticks, 1 to WAIT_MAX */
    enum timer_pace pace;
    bool periodic;
    bool active;
};

/* `calls`: room for that many calls that were posted and not made yet. */
void timer_service_init(struct timer_service *service, struct task *task, struct timer_call *calls,
                        uint32_t count, const char *name);

/* The body of the timer task: `service` is its argument. */
void timer_serve(void *service);

/* Queues a call for the timer task; waits up to `ticks` for room. ticks 0: any context. */
enum take_result timer_post(struct timer_service *service, const struct timer_call *call,
                            uint32_t ticks);

/* Makes a timer that is not active, with the tick's service and TIMER_FROM_RETURN. */
void timer_init(struct timer *timer, const char *name, void (*function)(void *argument),
                void *argument, uint32_t period, bool periodic);

/* Starts it, or starts it anew: due `period` ticks after `tick`, which may be past. */
void timer_start_at(struct timer *timer, uint32_t tick);
void timer_start(struct timer *timer); /* after now */

/* False if it was not active. */
bool timer_stop(struct timer *timer);

/* Sets the period; an active timer goes on to its present deadline. */
void timer_set_period(struct timer *timer, uint32_t period);

/* Stops it; nothing touches it afterwards, though its function may still run. */
void timer_end(struct timer *timer);

/* True while its function runs. */
bool timer_is_running(const struct timer *timer);

#endif
