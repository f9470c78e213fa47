/*
 * Priority inversion: how long an urgent thread waits for a lock that a less urgent one holds.
 *
 * What to learn here:
 * - "low" holds the bus for 2 ms; "high" wants it. It has to wait for the rest of these 2 ms: that
 *   is what sharing costs, and can be planned for.
 * - "middle" never touches the bus. But it is more urgent than "low", so while it computes, "low"
 *   can't go on, can't let go of the bus, and "high" waits for "middle", however long that takes.
 * - RT-Thread's mutex lends "low" the priority of "high" for as long as it is in the way, so
 *   "middle" waits. A semaphore used as a lock has no owner, and lends nothing.
 *
 * The check at the end: "high" never waited longer than "low" holds the bus. It fails with
 *   priority_inversion lock=semaphore
 */
#include <rtthread.h>

#include <string.h>

#include "heapsim.h"

#define HOLD_US 2000

const struct sim_argument sim_arguments[] = {
    {"lock", "mutex|semaphore", "mutex", "what guards the bus"}, {0}};

static rt_mutex_t mutex;
static rt_sem_t semaphore;
static rt_sem_t ended;
static rt_uint32_t middle_us, waited_us;

static void lock_bus(void)
{
    if (mutex != RT_NULL)
        rt_mutex_take(mutex, RT_WAITING_FOREVER);
    else
        rt_sem_take(semaphore, RT_WAITING_FOREVER);
}

static void unlock_bus(void)
{
    if (mutex != RT_NULL)
        rt_mutex_release(mutex);
    else
        rt_sem_release(semaphore);
}

static void low(void *parameter)
{
    lock_bus();
    sim_spend(HOLD_US); /* a transfer */
    unlock_bus();
    rt_sem_release(ended);
}

static void middle(void *parameter)
{
    rt_thread_delay(2);
    sim_spend(middle_us);
    rt_sem_release(ended);
}

static void high(void *parameter)
{
    rt_uint64_t since;

    rt_thread_delay(1);
    since = sim_time_us();
    lock_bus();
    waited_us = (rt_uint32_t)(sim_time_us() - since);
    unlock_bus();
    rt_sem_release(ended);
}

/* All on one core: on several, "middle" would simply run elsewhere, and be in nobody's way. */
static void start(const char *name, void (*entry)(void *), rt_uint8_t priority)
{
    rt_thread_t thread = rt_thread_create(name, entry, RT_NULL, 1024, priority, 5);

    rt_thread_control(thread, RT_THREAD_CTRL_BIND_CPU, (void *)0);
    rt_thread_startup(thread);
}

int main(void)
{
    static const rt_uint32_t works_ms[] = {0, 10, 100, 1000};
    rt_uint32_t worst_us = 0, i, k;

    if (strcmp(sim_argument("lock"), "mutex") == 0)
        mutex = rt_mutex_create("bus", RT_IPC_FLAG_PRIO);
    else
        semaphore = rt_sem_create("bus", 1, RT_IPC_FLAG_PRIO);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_PRIO);

    for (i = 0; i < sizeof works_ms / sizeof works_ms[0]; i++) {
        middle_us = works_ms[i] * 1000;
        start("low", low, 20);
        start("middle", middle, 15);
        start("high", high, 12);
        for (k = 0; k < 3; k++)
            rt_sem_take(ended, RT_WAITING_FOREVER);
        rt_kprintf("middle computes for %4u ms: high waits %7u us for the bus\n", works_ms[i],
                   waited_us);
        if (waited_us > worst_us)
            worst_us = waited_us;
    }
    if (worst_us > HOLD_US) {
        rt_kprintf("FAILED: low holds the bus for %u us only, but high waited %u us\n", HOLD_US,
                   worst_us);
        return 1;
    }
    return 0;
}
