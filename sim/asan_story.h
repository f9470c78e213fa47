/*
 * AddressSanitizer builds: after the sanitizer's own report comes heapsim's, of the same access:
 * which block it was, whose, and who freed it. What counts, traces and exit codes know of
 * mistakes knows this one, too.
 */
#ifndef HEAPSIM_ASAN_STORY_H
#define HEAPSIM_ASAN_STORY_H

/* Before tasks run. In other builds it does nothing. */
void asan_story_start(void);

#endif
