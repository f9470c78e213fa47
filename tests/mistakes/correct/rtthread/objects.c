/*
 * Objects of all kinds come and go; each task ends by itself.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>

static int calls;

static void on_time(void *parameter)
{
    calls++;
}

static void worker(void *parameter)
{
    rt_sem_release(parameter);
}

int main(void)
{
    int i;

    for (i = 0; i < 5; i++) {
        rt_sem_t done = rt_sem_create("done", 0, RT_IPC_FLAG_FIFO);
        rt_mutex_t mutex = rt_mutex_create("mutex", RT_IPC_FLAG_PRIO);
        rt_event_t event = rt_event_create("event", RT_IPC_FLAG_FIFO);
        rt_mailbox_t mail = rt_mb_create("mail", 3, RT_IPC_FLAG_FIFO);
        rt_mq_t queue = rt_mq_create("queue", 7, 5, RT_IPC_FLAG_FIFO);
        rt_timer_t timer = rt_timer_create("timer", on_time, RT_NULL, 1, RT_TIMER_FLAG_ONE_SHOT);

        rt_timer_start(timer);
        rt_thread_startup(rt_thread_create("worker", worker, done, 1024, 12, 5));
        rt_sem_take(done, RT_WAITING_FOREVER);
        rt_thread_mdelay(5);
        rt_timer_delete(timer);
        rt_mq_delete(queue);
        rt_mb_delete(mail);
        rt_event_delete(event);
        rt_mutex_delete(mutex);
        rt_sem_delete(done);
    }
    rt_thread_mdelay(5);
    return calls == 5 ? 0 : 1;
}
