/* A small RT-Thread application as somebody else would write it. */
#include <rthw.h>
#include <rtthread.h>

static struct rt_semaphore blinked;
static volatile int led;

static void blink(void *parameter)
{
    int i;

    for (i = 0; i < 10; i++) {
        led = !led;
        rt_thread_mdelay(100);
    }
    rt_sem_release(&blinked);
}

int main(void)
{
    rt_thread_t thread;

    rt_sem_init(&blinked, "blinked", 0, RT_IPC_FLAG_FIFO);
    thread = rt_thread_create("blink", blink, RT_NULL, 512, 20, 10);
    if (thread == RT_NULL)
        return 1;
    rt_thread_startup(thread);
    if (rt_sem_take(&blinked, rt_tick_from_millisecond(2000)) != RT_EOK)
        return 1;
    rt_kprintf("blinked for %u ticks\n", rt_tick_get());
    return rt_tick_get() == 1000 ? 0 : 1;
}
