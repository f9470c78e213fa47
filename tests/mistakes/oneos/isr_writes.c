/*
 * The buffer of an interrupt is replaced by a larger one, and the interrupt still has the old.
 *
 * Expected: use-after-free in the interrupt of line 4, over task 'main'
 * Run: --heap oneos-mixed
 * Run: --heap oneos-small
 */
#include <os_memory.h>

#include "heapsim.h"

static void on_byte(int line, void *argument)
{
    os_uint8_t *const *buffer = argument;

    (*buffer)[0]++; /* MISTAKE */
}

int main(void)
{
    os_uint8_t *old = os_calloc(1, 32); /* TAKEN */
    os_uint8_t *pad = os_malloc(32);
    os_uint8_t *now;

    sim_irq_install(4, on_byte, &old, "uart");
    sim_raise(4);
    sim_spend(5);
    now = os_realloc(old, 500); /* FREED */
    sim_raise(4);
    sim_spend(5);
    os_free(now);
    os_free(pad);
    return 0;
}
