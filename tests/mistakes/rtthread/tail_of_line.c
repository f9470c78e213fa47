/*
 * Spaces are looked for from the end of an empty line backwards.
 *
 * Expected: heap-underflow by task 'shell'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 * Says: a read of 1 byte
 */
#include <rtthread.h>

static int trimmed(const char *line, int length)
{
    while (line[length - 1] == ' ') /* MISTAKE */
        length--;
    return length;
}

static void shell(void *parameter)
{
    char *line = rt_malloc(16); /* TAKEN */
    char *other = rt_malloc(16);

    line[0] = ' ';
    line[1] = 'x';
    rt_kprintf("%d\n", trimmed(line, 2));
    rt_kprintf("%d\n", trimmed(line, 1));
    rt_free(other);
    rt_free(line);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("shell", shell, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
