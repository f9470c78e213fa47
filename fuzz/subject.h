/* The heap that an input asks for: allocator, options, regions; and the memory around it. */
#ifndef HEAPSIM_FUZZ_SUBJECT_H
#define HEAPSIM_FUZZ_SUBJECT_H

#include "../kernel/heap/heap.h"
#include "../tests/unit/model.h"
#include "input.h"

extern struct heap subject; /* static data: allocators may link target memory to it */

/* Maps the RAM that all inputs share. Once. */
void subject_map(void);

/* From now on every input gets this allocator, whatever its first byte says; false: no such one. */
bool subject_only(const char *name);

/*
 * Sets `subject` up as the input's first bytes say; false if there can be no such heap. The RAM
 * around its regions is watched until subject_end().
 */
bool subject_begin(struct input *in);

/* Prints it as the command line would spell it. */
void subject_print(void);

/* A further region of the kind the first ones are, for heaps that take one at run time. */
void subject_add_region(struct input *in);

/* What the model has to know of the allocator. Call it while nothing is allocated. */
struct model_rules subject_rules(void);

/* Takes the heap down and clears its memory. NULL, or what was written outside its regions. */
const char *subject_end(void);

#endif
