/*
 * AddressSanitizer builds: after the sanitizer's own report comes heapsim's, of the same access:
 * which block it was, whose, and who freed it. What counts, traces and exit codes know of
 * mistakes knows this one, too.
 */
#ifndef HEAPSIM_ASAN_STORY_H
#define HEAPSIM_ASAN_STORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kernel/target.h"

/* Before tasks run. In other builds it does nothing. */
void asan_story_start(void);

/*
 * Our own look found an access, about to be made, of which `bad` is the first byte that may not be
 * touched (access_report() has the rest). True: it is the sanitizer's to report, at once or when
 * the access is made. False: it can't see it, or is not here.
 */
bool asan_story_begins(taddr_t bad, uintptr_t address, size_t size, bool writes, const void *site,
                       const void *frame);

#endif
