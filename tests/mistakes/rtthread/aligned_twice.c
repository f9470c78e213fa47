/*
 * An aligned block is freed twice.
 *
 * Expected: double-free by task 'dma'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 */
#include <rtthread.h>

static void dma(void *parameter)
{
    char *buffer = rt_malloc_align(128, 32); /* TAKEN */

    buffer[127] = 1;
    rt_free_align(buffer); /* FREED */
    rt_free_align(buffer); /* MISTAKE */
}

int main(void)
{
    rt_thread_startup(rt_thread_create("dma", dma, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
