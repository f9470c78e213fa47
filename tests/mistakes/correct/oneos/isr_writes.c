/*
 * The buffer of an interrupt is replaced with interrupts off.
 *
 * Expected: nothing
 * Run: --leaks --heap oneos-mixed
 */
#include <os_memory.h>
#include <os_task.h>

#include "heapsim.h"

static os_uint8_t *volatile buffer;

static void on_byte(int line, void *argument)
{
    buffer[0]++;
}

int main(void)
{
    os_uint8_t *old = os_calloc(1, 32);
    os_uint8_t *now = os_calloc(1, 500);
    os_ubase_t state;

    buffer = old;
    sim_irq_install(4, on_byte, OS_NULL, "uart");
    sim_device(4, 3, 3, 1, 20);
    sim_spend(20);
    state = os_irq_lock();
    now[0] = old[0];
    buffer = now;
    os_irq_unlock(state);
    os_free(old);
    sim_spend(60);
    sim_irq_enable(4, false);
    os_free(now);
    return 0;
}
