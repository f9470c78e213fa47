/*
 * Which bytes of free memory were filled and must stay as they are: a bit a byte, of 64-bit words;
 * and a byte a page that tells whether there is any bit to look at.
 *
 * Memory may be poisoned meanwhile: this file's code is not instrumented.
 */
#ifndef HEAPSIM_FILL_MAP_H
#define HEAPSIM_FILL_MAP_H

#include "../kernel/target.h"

/* False: no memory. */
bool fill_map_start(void);

/* Forgets all. O(pages between the lowest and the highest one ever filled). */
void fill_map_reset(void);

/* Fills [begin, end) and remembers it. */
void fill_map_fill(uint64_t begin, uint64_t end, uint8_t pattern);

/* Nothing is known of [begin, end) any more. */
void fill_map_forget(uint64_t begin, uint64_t end);

/* How many bytes of [begin, end) were filled and have changed; *first: the first of them. */
tsize_t fill_map_changed(uint64_t begin, uint64_t end, uint8_t pattern, taddr_t *first);

/* The same without any memory of it. */
void fill_bytes(taddr_t begin, tsize_t size, uint8_t pattern);
tsize_t fill_bytes_changed(taddr_t begin, tsize_t size, uint8_t pattern, taddr_t *first);

#endif
