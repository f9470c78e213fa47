/*
 * A logger forgets every second line.
 *
 * Expected: leak
 * Run: --leaks
 * Run: --leaks --heap tlsf
 * Says: task 'logger'
 */
#include <rtthread.h>

static void logger(void *parameter)
{
    int i;

    for (i = 0; i < 6; i++) {
        char *line = rt_malloc(40); /* TAKEN */

        rt_snprintf(line, 40, "line %d", i);
        if (i % 2 == 0)
            rt_free(line);
        rt_thread_delay(1);
    }
}

int main(void)
{
    rt_thread_startup(rt_thread_create("logger", logger, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(50);
    return 0;
}
