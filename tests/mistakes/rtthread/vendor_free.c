/*
 * A library writes over the end of the block, into the next one's header: found when that is freed.
 *
 * Build: vendor_library.c
 * Expected: heap-corrupt by task 'codec'
 * Run: --heap rt-small-mem
 * Run: --heap rt-memheap
 * Says: The block before it
 */
#include <rtthread.h>

#include "vendor_library.h"

static void codec(void *parameter)
{
    unsigned char *in = rt_malloc(48); /* TAKEN */
    unsigned char *out = rt_malloc(48);

    vendor_fill(in, 64);
    rt_free(out); /* MISTAKE */
    rt_free(in);
}

int main(void)
{
    rt_thread_startup(rt_thread_create("codec", codec, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
