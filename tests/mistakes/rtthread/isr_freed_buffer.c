/*
 * The driver frees its buffer when it is closed, but the interrupt still comes.
 *
 * Expected: use-after-free in the interrupt of line 5, over task 'main'
 * Run: --heap rt-small-mem
 * Run: --heap tlsf
 * Says: Freed by task 'main'
 */
#include <rthw.h>
#include <rtthread.h>

#include "heapsim.h"

static rt_uint8_t *buffer;

static void on_byte(int line, void *parameter)
{
    buffer[0]++; /* MISTAKE */
}

int main(void)
{
    buffer = rt_calloc(1, 16); /* TAKEN */
    rt_hw_interrupt_install(5, on_byte, RT_NULL, "uart");
    sim_raise(5);
    sim_spend(10);
    rt_free(buffer); /* FREED */
    sim_raise(5);
    sim_spend(10);
    return 0;
}
