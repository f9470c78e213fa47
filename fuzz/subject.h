/* Heaps as a program's header asks for them: options, regions; and the memory around them. */
#ifndef HEAPSIM_FUZZ_SUBJECT_H
#define HEAPSIM_FUZZ_SUBJECT_H

#include "../kernel/heap/heap.h"

enum { SUBJECTS = 24, SUBJECT_PLACES = 6 };

/* Where in the header what stands: bytes, but for a region's size, which has two. */
enum {
    SUBJECT_LAYOUT = 0, /* how many regions, and in which order */
    SUBJECT_OPTIONS = 1,
    SUBJECT_REGIONS = SUBJECT_OPTIONS + HEAP_OPTIONS_MAX,
    SUBJECT_NUMBERS = SUBJECT_REGIONS + 3 * 4
};

/* As the header of a language. */
#define SUBJECT_HEADER                                                                             \
    {"layout", 'b'}, {"option1", 'b'}, {"option2", 'b'}, {"option3", 'b'}, {"option4", 'b'},       \
        {"option5", 'b'}, {"option6", 'b'}, {"option7", 'b'}, {"option8", 'b'}, {"shift1", 'b'},   \
        {"size1", 'h'}, {"algorithm1", 'b'}, {"shift2", 'b'}, {"size2", 'h'}, {"algorithm2", 'b'}, \
        {"shift3", 'b'}, {"size3", 'h'}, {"algorithm3", 'b'}, {"shift4", 'b'}, {"size4", 'h'},     \
    {                                                                                              \
        "algorithm4", 'b'                                                                          \
    }

struct subject {
    struct heap heap; /* static data: allocators may link target memory to it */
    bool place_taken[SUBJECT_PLACES];
    struct heap_region places[SUBJECT_PLACES]; /* the regions, also those that came later */
};

extern struct subject subjects[SUBJECTS];

/* Maps the RAM of the first `count` subjects. Once. */
void subject_map(unsigned count);

/*
 * Sets a heap up as the header says; false if there can be no such heap. The RAM around its regions
 * is watched until subject_end().
 */
bool subject_begin(struct subject *s, const struct heap_ops *ops, const uint32_t *header);

/* The allocator's options, a byte each. */
void subject_options(struct heap_config *config, const uint32_t *bytes);

/* Prints it as the command line would spell it. */
void subject_print(const struct subject *s);

/* A further region (shift, size, algorithm), for heaps that take one at run time. */
void subject_add_region(struct subject *s, const uint32_t *numbers);

/* Takes the heap down and clears its memory. NULL, or what was written outside its regions. */
const char *subject_end(struct subject *s);

#endif
