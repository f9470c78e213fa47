/*
 * Backspace at the begin of a line goes on before it.
 *
 * Expected: heap-underflow by task 'shell'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 * Says: a write of 1 byte
 */
#include <rtthread.h>

static void edit(char *line, const char *keys)
{
    int at = 0;

    for (; *keys != '\0'; keys++) {
        if (*keys == '\b')
            line[--at] = ' '; /* MISTAKE */
        else
            line[at++] = *keys;
    }
}

static void shell(void *parameter)
{
    char *line = rt_malloc(32); /* TAKEN */

    edit(line, "help\b\b");
    edit(line, "a\b\bls");
    rt_free(line);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("shell", shell, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
