/*
 * A soft timer's function uses what was freed when the job was done.
 *
 * Expected: use-after-free by task 'timer'
 */
#include <rtthread.h>

struct job {
    int ticks, limit;
};

static void on_time(void *parameter)
{
    struct job *job = parameter;

    job->ticks++; /* MISTAKE */
}

int main(void)
{
    struct job *job = rt_calloc(1, sizeof *job); /* TAKEN */
    rt_timer_t timer =
        rt_timer_create("job", on_time, job, 10, RT_TIMER_FLAG_PERIODIC | RT_TIMER_FLAG_SOFT_TIMER);

    rt_timer_start(timer);
    rt_thread_mdelay(25);
    rt_free(job); /* FREED */
    rt_thread_mdelay(25);
    return 0;
}
