/*
 * The entry points of a fuzz target, as libFuzzer calls them; driver.c calls them too, so that an
 * input can be run in any build.
 */
#ifndef HEAPSIM_FUZZ_TARGET_H
#define HEAPSIM_FUZZ_TARGET_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* How many operations were run so far: of programs verbs, of texts lines. */
extern uint64_t fuzz_operations;

#endif
