/*
 * Tasks on two cores share a table under a mutex, and each frees what the other took.
 *
 * Expected: nothing
 * Run: --leaks --cores 2
 * Run: --leaks --cores 2 --heap tlsf
 */
#include <rtthread.h>

#define SLOTS 8

static rt_mutex_t lock;
static int *slots[SLOTS];
static rt_sem_t done;

static void worker(void *parameter)
{
    int i;

    for (i = 0; i < 40; i++) {
        int *block = rt_malloc(16 + i);
        int *old;

        block[0] = i;
        rt_mutex_take(lock, RT_WAITING_FOREVER);
        old = slots[i % SLOTS];
        slots[i % SLOTS] = block;
        rt_mutex_release(lock);
        rt_free(old);
    }
    rt_sem_release(done);
}

int main(void)
{
    int i;

    lock = rt_mutex_create("lock", RT_IPC_FLAG_PRIO);
    done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("one", worker, RT_NULL, 1024, 12, 5));
    rt_thread_startup(rt_thread_create("two", worker, RT_NULL, 1024, 12, 5));
    rt_sem_take(done, RT_WAITING_FOREVER);
    rt_sem_take(done, RT_WAITING_FOREVER);
    for (i = 0; i < SLOTS; i++)
        rt_free(slots[i]);
    rt_thread_mdelay(5);
    rt_sem_delete(done);
    rt_mutex_delete(lock);
    return 0;
}
