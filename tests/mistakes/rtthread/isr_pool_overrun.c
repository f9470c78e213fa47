/*
 * An ISR receives into a pool's block, and does not stop at its end.
 *
 * Expected: heap-overflow in the interrupt of line 7, over task 'main'
 * Says: 'frames'
 * Says: Allocated by the interrupt of line 7
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

static rt_mp_t frames;
static rt_uint8_t *frame;
static int at;

static void on_byte(int line, void *parameter)
{
    if (frame == RT_NULL)
        frame = rt_mp_alloc(frames, 0); /* TAKEN */
    frame[at++] = 0x55;                 /* MISTAKE */
}

int main(void)
{
    int i;

    frames = rt_mp_create("frames", 4, 12);
    rt_hw_interrupt_install(7, on_byte, RT_NULL, "uart");
    for (i = 0; i < 14; i++) {
        sim_raise(7);
        sim_spend(5);
    }
    return 0;
}
