/*
 * A frame that came from the heap, since the pool was empty, is given to the pool.
 *
 * Expected: wrong-heap by task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 */
#include <rtthread.h>

static struct rt_mempool frames;
static rt_uint8_t memory[2 * (32 + 8)];

static void *take(void)
{
    void *frame = rt_mp_alloc(&frames, 0);

    return frame != RT_NULL ? frame : rt_malloc(32); /* TAKEN */
}

int main(void)
{
    void *taken[3];
    int i;

    rt_mp_init(&frames, "frames", memory, sizeof memory, 32);
    for (i = 0; i < 3; i++)
        taken[i] = take();
    for (i = 0; i < 3; i++)
        rt_mp_free(taken[i]); /* MISTAKE */
    return 0;
}
