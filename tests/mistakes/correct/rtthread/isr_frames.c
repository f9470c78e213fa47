/*
 * An ISR fills a pool's blocks to their end and hands them to a task, which gives them back.
 *
 * Expected: nothing
 * Run: --leaks
 * Run: --leaks --heap rt-slab
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

#define BYTES 12

static rt_mp_t frames;
static rt_mailbox_t mail;
static rt_uint8_t *frame;
static int at, received;

static void on_byte(int line, void *parameter)
{
    if (frame == RT_NULL) {
        frame = rt_mp_alloc(frames, 0);
        at = 0;
    }
    if (frame == RT_NULL)
        return;
    frame[at++] = 0x55;
    if (at == BYTES) {
        rt_mb_send(mail, (rt_ubase_t)frame);
        frame = RT_NULL;
    }
}

static void consumer(void *parameter)
{
    rt_ubase_t value;

    for (;;) {
        rt_mb_recv(mail, &value, RT_WAITING_FOREVER);
        received += ((rt_uint8_t *)value)[BYTES - 1] == 0x55;
        rt_mp_free((void *)value);
    }
}

int main(void)
{
    rt_thread_t thread = rt_thread_create("consumer", consumer, RT_NULL, 1024, 12, 5);

    frames = rt_mp_create("frames", 4, BYTES);
    mail = rt_mb_create("mail", 4, RT_IPC_FLAG_FIFO);
    rt_hw_interrupt_install(7, on_byte, RT_NULL, "uart");
    rt_thread_startup(thread);
    sim_device(7, 20, 20, 5, 10 * BYTES);
    rt_thread_mdelay(20);
    rt_thread_delete(thread);
    rt_mb_delete(mail);
    rt_mp_delete(frames);
    return received == 10 ? 0 : 1;
}
