/*
 * Host threads are reused: a thread that ends gives its host thread back while that is still on its
 * way to the pool; the next thread gets it, and is deleted before it ever ran. 20,000 times.
 */
#include <rthw.h>
#include <rtthread.h>
#include <stdlib.h>

static int ran;

static void ends_at_once(void *parameter)
{
    (void)parameter;
    ran++;
}

static void never_runs(void *parameter)
{
    (void)parameter;
    ran += 1000000;
}

int main(int argc, char **argv)
{
    const int rounds = argc > 1 ? atoi(argv[1]) : 20000;

    rt_thread_control(rt_thread_self(), RT_THREAD_CTRL_BIND_CPU, (void *)0);
    for (int i = 0; i < rounds; i++) {
        rt_thread_startup(rt_thread_create("urgent", ends_at_once, RT_NULL, 256, 5, 10));
        rt_thread_t later = rt_thread_create("later", never_runs, RT_NULL, 256, 25, 10);
        const rt_base_t level = rt_hw_interrupt_disable(); /* no core takes it meanwhile */
        rt_thread_startup(later);
        rt_thread_delete(later);
        rt_hw_interrupt_enable(level);
        rt_thread_delay(1); /* the idle thread gives the memory back */
    }
    rt_kprintf("%d of %d threads ran\n", ran, rounds);
    return ran == rounds ? 0 : 1;
}
