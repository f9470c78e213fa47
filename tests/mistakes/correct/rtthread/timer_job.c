/*
 * A timer's function uses a block as long as the timer runs; then both go.
 *
 * Expected: nothing
 * Run: --leaks
 */
#include <rtthread.h>

struct job {
    int ticks;
};

static void on_time(void *parameter)
{
    struct job *job = parameter;

    job->ticks++;
}

int main(void)
{
    struct job *job = rt_calloc(1, sizeof *job);
    rt_timer_t timer =
        rt_timer_create("job", on_time, job, 10, RT_TIMER_FLAG_PERIODIC | RT_TIMER_FLAG_SOFT_TIMER);
    int ticks;

    rt_timer_start(timer);
    rt_thread_mdelay(45);
    rt_timer_stop(timer);
    rt_timer_delete(timer);
    ticks = job->ticks;
    rt_free(job);
    return ticks == 4 ? 0 : 1;
}
