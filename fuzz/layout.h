/*
 * What a program's header says of the heap that it works on: options and regions. A header of zeros
 * is the allocator with its standard options and one region of no size.
 */
#ifndef HEAPSIM_FUZZ_LAYOUT_H
#define HEAPSIM_FUZZ_LAYOUT_H

#include "../kernel/heap/heap.h"

/* Where in the header what stands: bytes, but for a region's size, which has two. */
enum {
    LAYOUT_REGION_NUMBERS = 3, /* shift, size, algorithm */
    LAYOUT_ORDER = 0,          /* how many regions, and in which order */
    LAYOUT_OPTIONS = 1,
    LAYOUT_REGIONS = LAYOUT_OPTIONS + HEAP_OPTIONS_MAX,
    LAYOUT_NUMBERS = LAYOUT_REGIONS + LAYOUT_REGION_NUMBERS * 4
};

/* As the header of a language. */
#define LAYOUT_HEADER                                                                              \
    {"layout", 'b'}, {"option1", 'b'}, {"option2", 'b'}, {"option3", 'b'}, {"option4", 'b'},       \
        {"option5", 'b'}, {"option6", 'b'}, {"option7", 'b'}, {"option8", 'b'}, {"shift1", 'b'},   \
        {"size1", 'h'}, {"algorithm1", 'b'}, {"shift2", 'b'}, {"size2", 'h'}, {"algorithm2", 'b'}, \
        {"shift3", 'b'}, {"size3", 'h'}, {"algorithm3", 'b'}, {"shift4", 'b'}, {"size4", 'h'},     \
    {                                                                                              \
        "algorithm4", 'b'                                                                          \
    }

/* Half of all values are the standard ones. */
void layout_options(struct heap_config *config, const struct heap_ops *ops, const uint32_t *header);

/* How many regions, and the number of the place that each is put to. */
unsigned layout_regions(const struct heap_ops *ops, const uint32_t *header);
unsigned layout_place(const uint32_t *header, unsigned index, unsigned count);

/* A region (shift, size, algorithm) in the place that begins at `base`: 256 KiB at most, 63 bytes
 * on at most. */
struct heap_region layout_region(const struct heap_ops *ops, taddr_t base, const uint32_t *numbers);

#endif
