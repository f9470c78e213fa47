/*
 * The interrupt that counts is off before its counters are freed.
 *
 * Expected: nothing
 * Run: --leaks --heap freertos-heap-4
 */
#include <FreeRTOS.h>

#include "heapsim.h"

static uint32_t *counters;

static void on_edge(int line, void *argument)
{
    counters[1]++;
}

int main(void)
{
    uint32_t edges;

    counters = pvPortCalloc(2, sizeof *counters);
    sim_irq_install(9, on_edge, NULL, "edge");
    sim_raise(9);
    sim_spend(5);
    sim_irq_enable(9, false);
    sim_raise(9);
    sim_spend(5);
    edges = counters[1];
    vPortFree(counters);
    return edges == 1 ? 0 : 1;
}
