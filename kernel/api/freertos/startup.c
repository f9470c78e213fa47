/*
 * FreeRTOS's start-up: there is none. main runs first, as on a board; the heap is there without a
 * call, but for heap_5.
 */
#include "internal.h"

#include "../dialect.h"

/* --- what the simulator asks --- */

static const char *heap_refusal(const struct heap_ops *ops)
{
    return (ops->capabilities & HEAP_FIXED_BLOCKS) != 0 ? "it has blocks of one size only" : NULL;
}

static uint32_t ticks_per_second(void)
{
    return freertos_is_configured() ? heapsim_freertos_config.tick_rate : configTICK_RATE_HZ;
}

static tsize_t ram_size(void)
{
    return freertos_is_configured() && heapsim_freertos_config.heap_size_is_given
               ? (tsize_t)heapsim_freertos_config.total_heap_size
               : 0;
}

const struct dialect dialect = {
    .key = "freertos",
    .name = "FreeRTOS",
    .standard_heap = "freertos-heap-4",
    .ticks_per_second = ticks_per_second,
    .heap_refusal = heap_refusal,
    .ram_size = ram_size,
    .libc = {freertos_malloc, freertos_calloc, freertos_realloc, freertos_memalign, freertos_free}};

/* --- start --- */

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    kernel_tick();
}

void dialect_start(void *begin, unsigned long size)
{
    if (freertos_is_configured())
        kernel.irq.ceiling = heapsim_freertos_config.max_syscall_priority;
    freertos_make_heap(begin, size, HEAP_CALL("start-up"));
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    port_main_returned(port_application_main(), true);
    sched_start(); /* with --duration the run goes on until then */
}
