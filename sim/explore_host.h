/*
 * What a run leaves in the host, where no snapshot has it: blocks of the C library's heap, open
 * files, states that the library keeps. A program that does so is explored in processes.
 */
#ifndef HEAPSIM_EXPLORE_HOST_H
#define HEAPSIM_EXPLORE_HOST_H

#include <stddef.h>
#include <stdint.h>

struct host_state {
    size_t allocated;
    unsigned files;
    uint64_t heap; /* a hash of what lies in it */
};

struct host_state host_state(void);

/* NULL, or a clause: "it leaves files open". */
const char *host_leftover(const struct host_state *before, const struct host_state *after);

#endif
