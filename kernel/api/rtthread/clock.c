/* RT-Thread's ticks. */
#include "internal.h"

rt_tick_t rt_tick_get(void)
{
    return kernel.tick;
}

rt_tick_t rt_tick_get_delta(rt_tick_t base)
{
    return kernel.tick - base;
}

void rt_tick_set(rt_tick_t tick)
{
    const bool masked = kernel_enter();

    kernel.tick = tick;
    kernel_leave(masked);
}

void rt_tick_increase(void)
{
    kernel_tick();
}

rt_tick_t rt_tick_get_millisecond(void)
{
    return (rt_tick_t)((uint64_t)kernel.tick * 1000 / kernel.ticks_per_second);
}

rt_tick_t rt_tick_from_millisecond(rt_int32_t ms)
{
    const uint32_t hz = kernel.ticks_per_second;

    if (ms < 0)
        return (rt_tick_t)RT_WAITING_FOREVER;
    return hz * ((uint32_t)ms / 1000) + (hz * ((uint32_t)ms % 1000) + 999) / 1000;
}
