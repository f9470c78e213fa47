/*
 * AddressSanitizer builds: the sanitizer is told which bytes of heaps and pools an application may
 * touch: those that it asked for. All others in their regions are poisoned: headers, slack, free
 * blocks, what was never given out. Addresses stay as they are. Allocators are compiled without the
 * sanitizer (heapsim_leave_to_allocators).
 *
 * Its shadow has a byte for each 8 bytes, which says how many of them, from the first on, may be
 * touched. So poisoned bytes in front of others in the same 8 can't be told: see
 * docs/sanitizers.md.
 */
#ifndef HEAPSIM_POISON_H
#define HEAPSIM_POISON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kernel/target.h"

/* After ledger_start(), which it listens to. In other builds it does nothing. */
void poison_start(void);

/*
 * True if AddressSanitizer itself reports an access, of which `bad` is the first byte that may not
 * be touched, when it comes to it.
 */
bool poison_tells(uintptr_t address, size_t size, taddr_t bad);

#endif
