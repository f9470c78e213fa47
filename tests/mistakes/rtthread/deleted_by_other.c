/*
 * One task deletes what another still prints.
 *
 * Expected: use-after-free by task 'display'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 * Says: Freed by task 'network'
 */
#include <rtthread.h>

static int *temperature;

static void display(void *parameter)
{
    int i;

    for (i = 0; i < 5; i++) {
        rt_kprintf("%d\n", *temperature); /* MISTAKE */
        rt_thread_mdelay(2);
    }
}

static void network(void *parameter)
{
    rt_thread_mdelay(5);
    rt_free(temperature); /* FREED */
}

int main(void)
{
    temperature = rt_calloc(1, sizeof *temperature); /* TAKEN */
    rt_thread_startup(rt_thread_create("display", display, RT_NULL, 1024, 12, 5));
    rt_thread_startup(rt_thread_create("network", network, RT_NULL, 1024, 13, 5));
    rt_thread_mdelay(30);
    return 0;
}
