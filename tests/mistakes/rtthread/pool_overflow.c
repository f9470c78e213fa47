/*
 * A frame of nine bytes in a block for eight: the next block's header is hit.
 *
 * Expected: heap-overflow by task 'can'
 * Says: 'frames'
 */
#include <rtthread.h>

#define BYTES 8

static void fill(rt_uint8_t *frame, int count)
{
    int i;

    for (i = 0; i < count; i++)
        frame[i] = (rt_uint8_t)i; /* MISTAKE */
}

static void can(void *parameter)
{
    rt_mp_t frames = parameter;
    rt_uint8_t *frame = rt_mp_alloc(frames, RT_WAITING_FOREVER); /* TAKEN */

    fill(frame, BYTES + 1);
    rt_mp_free(frame);
}

int main(void)
{
    rt_mp_t frames = rt_mp_create("frames", 8, BYTES);

    rt_thread_startup(rt_thread_create("can", can, frames, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
