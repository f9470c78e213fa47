/*
 * Two threads add to one counter without a lock. Ends with 1 if an update was lost, with 0 if not:
 * its CTest entry wants a seed that loses.
 */
#include <rtthread.h>

enum { ROUNDS = 100000 };

static int counter;
static rt_sem_t done;

static __attribute__((noinline)) void add_one(void)
{
    counter++;
}

static void adds(void *unused)
{
    for (int i = 0; i < ROUNDS; i++)
        add_one();
    rt_sem_release(done);
}

int main(void)
{
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    for (int i = 0; i < 2; i++)
        rt_thread_startup(rt_thread_create("add", adds, RT_NULL, 512, 20, 1));
    for (int i = 0; i < 2; i++)
        rt_sem_take(done, RT_WAITING_FOREVER);
    rt_kprintf("%d of %d updates\n", counter, 2 * ROUNDS);
    return counter == 2 * ROUNDS ? 0 : 1;
}
