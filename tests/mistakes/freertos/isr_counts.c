/*
 * The counters are freed while the interrupt that counts is still on.
 *
 * Expected: use-after-free in the interrupt of line 9, before the scheduler started
 * Run: --heap freertos-heap-2
 * Run: --heap freertos-heap-4
 * Says: Freed by
 */
#include <FreeRTOS.h>

#include "heapsim.h"

struct counters {
    uint32_t edges, errors;
};

static struct counters *counters;

static void on_edge(int line, void *argument)
{
    counters->edges++; /* MISTAKE */
}

int main(void)
{
    counters = pvPortCalloc(1, sizeof *counters); /* TAKEN */
    sim_irq_install(9, on_edge, NULL, "edge");
    sim_raise(9);
    sim_spend(5);
    vPortFree(counters); /* FREED */
    sim_raise(9);
    sim_spend(5);
    return 0;
}
