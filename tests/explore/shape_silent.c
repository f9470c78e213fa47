/* A loop without safepoints, which only one schedule comes to. Built with PREEMPT none. */
#include <rtthread.h>

#include "heapsim.h"

static rt_sem_t done;
static volatile unsigned count;

static void adds(void *unused)
{
    const unsigned before = count;

    rt_thread_yield();
    count = before + 1;
    rt_sem_release(done);
}

int main(void)
{
    unsigned i;

    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    for (i = 0; i < 2; i++)
        rt_thread_startup(rt_thread_create("adds", adds, RT_NULL, 512, (rt_uint8_t)(12 + i), 1));
    for (i = 0; i < 2; i++)
        rt_sem_take(done, RT_WAITING_FOREVER);
    while (!sim_fixed() && count != 2)
        ;
    return 0;
}
