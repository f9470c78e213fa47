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

/* After ledger_start(), which it listens to. In other builds it does nothing. */
void poison_start(void);

#endif
