/*
 * The little languages of the command line: sizes (64K), regions (ram=0x20000000:64K) and heaps
 * (rt-small-mem:align=4,memtrace=1). Each reader returns false with a sentence in `why`
 * (SPEC_WHY_MAX bytes) that says what is wrong with which part.
 */
#ifndef HEAPSIM_SPEC_H
#define HEAPSIM_SPEC_H

#include "../kernel/heap/heap.h"
#include "arena.h"

enum { SPEC_WHY_MAX = 1024 };

/* Decimal or 0x hexadecimal, with an optional K or M; false if it is anything else. */
bool spec_number(const char *text, uint64_t *value);

/* 500us, 20ms, 60s, 2m, 1h as nanoseconds, more than 0; false if it is anything else. */
bool spec_time(const char *text, uint64_t *nanoseconds);

/* 10.4.3 (or 10.4.3+) as HEAP_VERSION(10, 4, 3); false if it is anything else. */
bool spec_version(const char *text, uint64_t *value);

/* NAME=BASE:SIZE. Maps the region. */
bool spec_map_region(const char *text, char *why);

/* NAME[:key=value,...]. Starts from the standard values. */
bool spec_heap(const char *text, struct heap_config *config, char *why);

/* Sets one option, given as text, after checking it against the allocator's table. */
bool spec_set_option(struct heap_config *config, const char *key, const char *value, char *why);

/* An option's value as the command line writes it. */
void spec_format_value(const struct heap_option *option, tsize_t value, char *text, size_t size);

/* Prints every allocator with its options, for --help. */
void spec_print_heaps(void);

#endif
