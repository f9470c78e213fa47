/*
 * A deadlock: two threads take two mutexes, in opposite orders.
 *
 * What to learn here:
 * - The logger takes the flash and then the bus, the updater the bus and then the flash. If a tick
 * comes after the first of the two, each holds what the other waits for.
 * - Priority inheritance does not help: nobody is too slow. A time limit would only hide it.
 * - --fix: all take them in one order, whichever they need first.
 *
 * The check at the end: each wrote what it had to. If they wait for one another for ever, the
 * simulator prints the circle (exit 4).
 */
#include <rtthread.h>

#include <stdio.h>

#include "heapsim.h"

#define ROUNDS 3

static rt_mutex_t flash, bus;
static rt_sem_t ended;
static rt_uint32_t written; /* under both mutexes */

static void write_both(rt_mutex_t first, rt_mutex_t second)
{
    rt_mutex_take(first, RT_WAITING_FOREVER);
    rt_mutex_take(second, RT_WAITING_FOREVER);
    written++;
    rt_mutex_release(second);
    rt_mutex_release(first);
}

static void logs(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < ROUNDS; i++)
        write_both(flash, bus);
    rt_sem_release(ended);
}

static void updates(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < ROUNDS; i++) {
        if (sim_fixed())
            write_both(flash, bus);
        else
            write_both(bus, flash);
    }
    rt_sem_release(ended);
}

int main(void)
{
    flash = rt_mutex_create("flash", RT_IPC_FLAG_PRIO);
    bus = rt_mutex_create("bus", RT_IPC_FLAG_PRIO);
    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("logger", logs, RT_NULL, 512, 12, 1));
    rt_thread_startup(rt_thread_create("updater", updates, RT_NULL, 512, 12, 1));
    rt_sem_take(ended, RT_WAITING_FOREVER);
    rt_sem_take(ended, RT_WAITING_FOREVER);
    if (written != 2 * ROUNDS) {
        fprintf(stderr, "FAILED: %u of %u were written\n", written, 2 * ROUNDS);
        return 1;
    }
    return 0;
}
