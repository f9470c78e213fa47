/*
 * A console line is copied with its end; the block has room for the characters only.
 *
 * Expected: heap-overflow by task 'console'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 * Says: the address is the first byte behind it
 */
#include <rtthread.h>

static char *copy_line(const char *line, rt_size_t length)
{
    char *copy = rt_malloc(length); /* TAKEN */
    rt_size_t i;

    for (i = 0; i < length; i++)
        copy[i] = line[i];
    copy[length] = '\0'; /* MISTAKE */
    return copy;
}

static void console(void *parameter)
{
    char *copy = copy_line("list threads", 12);

    rt_kprintf("%s\n", copy);
    rt_free(copy);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("console", console, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
