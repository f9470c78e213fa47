/*
 * A console line is copied with its end: up to the last byte.
 *
 * Expected: nothing
 * Run: --leaks --heap rt-small-mem
 * Run: --leaks --heap rt-slab
 * Run: --leaks --heap rt-memheap
 * Run: --leaks --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

static char *copy_line(const char *line, rt_size_t length)
{
    char *copy = rt_malloc(length + 1);
    rt_size_t i;

    for (i = 0; i < length; i++)
        copy[i] = line[i];
    copy[length] = '\0';
    return copy;
}

static void console(void *parameter)
{
    static const char line[] = "list threads and timers";
    rt_size_t length;

    for (length = 0; length < sizeof line; length++) {
        char *copy = copy_line(line, length);

        rt_kprintf("%s\n", copy);
        rt_free(copy);
    }
    rt_free(RT_NULL);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("console", console, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
