/*
 * A frame goes back to its pool when it was sent, and again when the answer comes.
 *
 * Expected: double-free by task 'net'
 * Says: 'frames'
 */
#include <rtthread.h>

static rt_mp_t frames;

static void on_sent(char *frame)
{
    rt_mp_free(frame); /* FREED */
}

static void on_answer(char *frame)
{
    rt_mp_free(frame); /* MISTAKE */
}

static void net(void *parameter)
{
    char *frame = rt_mp_alloc(frames, RT_WAITING_FOREVER); /* TAKEN */

    frame[0] = 'x';
    on_sent(frame);
    on_answer(frame);
}

int main(void)
{
    frames = rt_mp_create("frames", 4, 64);
    rt_thread_startup(rt_thread_create("net", net, RT_NULL, 1024, 12, 5));
    rt_thread_mdelay(10);
    return 0;
}
