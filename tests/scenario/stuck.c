/* A task computes for three seconds of CPU time in code without safepoints: it is named. */
#include <rtthread.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID,
                  &now); /* on a busy host the watchdog needs longer, too */
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void spins(void *unused)
{
    const double start = seconds();

    while (seconds() - start < 3)
        for (volatile int i = 0; i < 50000000; i++)
            ;
}

int main(void)
{
    rt_thread_startup(rt_thread_create("stuck", spins, RT_NULL, 512, 5, 10));
    rt_thread_delay(1);
    return 0;
}
