/* Sources of interrupts in virtual time (sim_device). */
#ifndef HEAPSIM_DEVICES_H
#define HEAPSIM_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include "random.h"

#define DEVICES_NEVER UINT64_MAX

void devices_init(uint64_t seed);

/* All of these under engine_guard(), or before the start. */

/* When the next device raises an interrupt (all devices raise on core 0), or DEVICES_NEVER. */
uint64_t devices_next(void);

/* The lines, as bits, that a device will raise. */
uint64_t devices_lines(void);

/* The line's next raise comes at `now` already; the device keeps its period from then on. */
void devices_hasten(unsigned line, uint64_t now);

/* No device raises any more. */
void devices_stop_all(void);

/* Makes all lines pending that are due by `now`. */
void devices_deliver(uint64_t now);

#endif
