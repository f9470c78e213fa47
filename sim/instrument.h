/*
 * What every hook of instrumented application code does (instrument.c, string_calls.c): a point,
 * and then a look at the access.
 *
 * These are macros and inlined, so that the return address and frame are those of the hook.
 */
#ifndef HEAPSIM_INSTRUMENT_H
#define HEAPSIM_INSTRUMENT_H

#include "../kernel/port.h"
#include "access.h"
#include "engine.h"
#include "races.h"
#include "steer.h"

/* The one place where all instrumentation ends, but for the race detector's look. */
static inline __attribute__((always_inline)) void sim_point(enum point_kind kind,
                                                            const void *address)
{
    if ((port_here->budget -= port_point_costs[kind]) > 0)
        return;
    if (steer_is_on)
        steer_access = (struct steer_access){kind, address, __builtin_return_address(0)};
    port_point_due();
}

/* The access itself: may it be, and what does the race detector say? */
#define SIM_LOOK(kind, address, size, how)                                                         \
    do {                                                                                           \
        access_look(address, size, (kind) == POINT_WRITE, __builtin_return_address(0),             \
                    __builtin_frame_address(0));                                                   \
        if (__builtin_expect(races_on, false))                                                     \
            races_access(address, size, how, __builtin_return_address(0));                         \
    } while (0)

#define SIM_ACCESS(kind, address, size, how)                                                       \
    do {                                                                                           \
        sim_point(kind, address);                                                                  \
        SIM_LOOK(kind, address, size, how);                                                        \
    } while (0)

#endif
