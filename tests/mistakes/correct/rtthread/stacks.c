/*
 * Tasks use most of the stack that they declare, and hand pointers into it to others.
 *
 * Expected: nothing
 * Run: --leaks
 */
#include <rtthread.h>
#include <string.h>

static rt_sem_t filled;

static void filler(void *parameter)
{
    memset(parameter, 'a', 600);
    rt_sem_release(filled);
}

static void owner(void *parameter)
{
    char text[600];

    rt_thread_startup(rt_thread_create("filler", filler, text, 1024, 14, 5));
    rt_sem_take(filled, RT_WAITING_FOREVER);
    rt_kprintf("%c%c\n", text[0], text[599]);
}

int main(void)
{
    filled = rt_sem_create("filled", 0, RT_IPC_FLAG_FIFO);
    rt_thread_startup(rt_thread_create("owner", owner, RT_NULL, 4096, 12, 5));
    rt_thread_mdelay(10);
    rt_sem_delete(filled);
    return 0;
}
