/*
 * The payload's pointer goes back to the pool instead of the frame's.
 *
 * Expected: interior-pointer by task 'main'
 * Says: 'frames'
 */
#include <rtthread.h>

struct frame {
    rt_uint16_t id, length;
    rt_uint8_t payload[24];
};

int main(void)
{
    rt_mp_t frames = rt_mp_create("frames", 4, sizeof(struct frame));
    struct frame *frame = rt_mp_alloc(frames, RT_WAITING_FOREVER); /* TAKEN */

    frame->payload[3] = 7;
    rt_mp_free(frame->payload); /* MISTAKE */
    return 0;
}
