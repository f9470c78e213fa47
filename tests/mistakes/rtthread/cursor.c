/*
 * A parser frees its cursor instead of where the text began.
 *
 * Expected: interior-pointer by task 'parser'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

static void parse(void *parameter)
{
    char *text = rt_malloc(64); /* TAKEN */

    memset(text, 0, 64);
    memcpy(text, "set x", 5);
    while (*text != ' ' && *text != '\0')
        text++;
    text++;
    rt_free(text); /* MISTAKE */
}

int main(void)
{
    rt_thread_startup(rt_thread_create("parser", parse, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
