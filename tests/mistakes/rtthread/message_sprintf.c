/*
 * A message with a number that is longer than anybody thought.
 *
 * Expected: heap-overflow by task 'log'
 */
#include <rtthread.h>

static void report(unsigned number, const char *name)
{
    char *text = rt_malloc(20); /* TAKEN */

    rt_sprintf(text, "%s has sent %u", name, number); /* MISTAKE */
    rt_kprintf("%s\n", text);
    rt_free(text);
}

static void log_task(void *parameter)
{
    report(7, "node 1");
    report(4000000000u, "node 1");
}

int main(void)
{
    rt_thread_startup(rt_thread_create("log", log_task, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
