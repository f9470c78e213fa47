/* A thousand tasks on as many host threads: each waits for its turn, works and ends. */
#include <rtthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { TASKS = 1000 };

static struct rt_semaphore turn, ended;
static struct rt_mutex mutex;
static unsigned sum;

static void works(void *parameter)
{
    rt_sem_take(&turn, RT_WAITING_FOREVER);
    rt_mutex_take(&mutex, RT_WAITING_FOREVER);
    sum += (unsigned)(rt_ubase_t)parameter;
    rt_mutex_release(&mutex);
    rt_free(rt_malloc(100));
    rt_sem_release(&ended);
    rt_sem_release(&turn);
}

int main(void)
{
    rt_sem_init(&turn, "turn", 0, RT_IPC_FLAG_FIFO);
    rt_sem_init(&ended, "ended", 0, RT_IPC_FLAG_FIFO);
    rt_mutex_init(&mutex, "mutex", RT_IPC_FLAG_PRIO);
    for (unsigned i = 0; i < TASKS; i++)
        rt_thread_startup(rt_thread_create("works", works, (void *)(rt_ubase_t)i, 512,
                                           (rt_uint8_t)(5 + i % 20), 5));
    for (unsigned i = 0; i < 8; i++)
        rt_sem_release(&turn);
    for (unsigned i = 0; i < TASKS; i++)
        rt_sem_take(&ended, RT_WAITING_FOREVER);
    printf("%u tasks, %u\n", TASKS, sum);
    return sum == TASKS * (TASKS - 1) / 2 ? 0 : 1;
}
