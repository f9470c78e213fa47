/*
 * A buffer grows, and a pointer into the old one is still used.
 *
 * Expected: use-after-free by task 'writer'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap tlsf
 */
#include <rtthread.h>
#include <string.h>

static void write_all(void *parameter)
{
    char *buffer = rt_malloc(32); /* TAKEN */
    char *other = rt_malloc(32);
    char *at = buffer;

    memset(buffer, 'a', 32);
    buffer = rt_realloc(buffer, 400); /* FREED */
    at[31] = 'b';                     /* MISTAKE */
    rt_free(buffer);
    rt_free(other);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("writer", write_all, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
