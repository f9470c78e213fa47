/* Heaps as a program's header asks for them: options, regions; and the memory around them. */
#ifndef HEAPSIM_FUZZ_SUBJECT_H
#define HEAPSIM_FUZZ_SUBJECT_H

#include "../kernel/heap/heap.h"
#include "layout.h"

enum { SUBJECTS = 24, SUBJECT_PLACES = 6 };

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

/* Prints it as the command line would spell it. */
void subject_print(const struct subject *s);

/* A further region (shift, size, algorithm), for heaps that take one at run time. */
void subject_add_region(struct subject *s, const uint32_t *numbers);

/* Takes the heap down and clears its memory. NULL, or what was written outside its regions. */
const char *subject_end(struct subject *s);

#endif
