/*
 * A lost update: two threads count in one variable, and now and then one is not counted.
 *
 * What to learn here:
 * - `requests = requests + 1` is a load and a store. A tick between them may give the core to the
 * other thread; what that one counts meanwhile, the store overwrites.
 * - The window is one access wide, and a tick has thousands of others to come at: no test on the
 * desk sees it, and the device in the field counts wrong once a month.
 * - --fix: interrupts off around both. It lasts for two accesses, so a mutex would cost more.
 *
 * The check at the end: as many requests were counted as there were.
 */
#include <rthw.h>
#include <rtthread.h>

#include <stdio.h>

#include "heapsim.h"

#define SERVERS  2
#define REQUESTS 6

static volatile rt_uint32_t requests;
static rt_sem_t ended;

static void count_request(void)
{
    rt_base_t level = 0;

    if (sim_fixed())
        level = rt_hw_interrupt_disable();
    requests = requests + 1;
    if (sim_fixed())
        rt_hw_interrupt_enable(level);
}

static void serve(void *parameter)
{
    rt_uint32_t i;

    for (i = 0; i < REQUESTS; i++)
        count_request();
    rt_sem_release(ended);
}

int main(void)
{
    rt_uint32_t i;

    ended = rt_sem_create("ended", 0, RT_IPC_FLAG_FIFO);
    for (i = 0; i < SERVERS; i++)
        rt_thread_startup(rt_thread_create("server", serve, RT_NULL, 512, 12, 1));
    for (i = 0; i < SERVERS; i++)
        rt_sem_take(ended, RT_WAITING_FOREVER);
    if (requests != SERVERS * REQUESTS) {
        fprintf(stderr, "FAILED: %u requests were counted, but there were %u\n", requests,
                SERVERS * REQUESTS);
        return 1;
    }
    return 0;
}
