/*
 * A receive interrupt counts on after its buffer is full.
 *
 * Expected: heap-overflow in the interrupt of line 3, over task 'tidle00'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 * Says: Allocated by task 'main'
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

#define SIZE 6

static rt_uint8_t *buffer;
static int count;

static void on_byte(int line, void *parameter)
{
    buffer[count++] = 'x'; /* MISTAKE */
}

int main(void)
{
    buffer = rt_malloc(SIZE); /* TAKEN */
    rt_hw_interrupt_install(3, on_byte, RT_NULL, "uart");
    sim_device(3, 10, 10, 0, SIZE + 1);
    rt_thread_mdelay(5);
    rt_free(buffer);
    return 0;
}
