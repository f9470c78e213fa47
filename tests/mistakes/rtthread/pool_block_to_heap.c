/*
 * A block of a memory pool is freed as if it were the heap's.
 *
 * Expected: wrong-heap by task 'can'
 * Run: --heap rt-small-mem
 * Run: --heap rt-slab
 * Run: --heap rt-memheap
 * Run: --heap tlsf
 * Says: memory pool
 * Says: 'frames'
 */
#include <rtthread.h>

static void receive(void *parameter)
{
    rt_mp_t frames = parameter;
    char *frame = rt_mp_alloc(frames, RT_WAITING_FOREVER); /* TAKEN */

    frame[0] = 1;
    rt_free(frame); /* MISTAKE */
}

int main(void)
{
    rt_mp_t frames = rt_mp_create("frames", 8, 16);

    rt_thread_startup(rt_thread_create("can", receive, frames, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
