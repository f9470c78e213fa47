/* The options that tell how memory mistakes are looked for, and what they switch on. */
#ifndef HEAPSIM_MEMORY_OPTIONS_H
#define HEAPSIM_MEMORY_OPTIONS_H

#include <argp.h>

extern const struct argp memory_argp;

/*
 * Starts the ledger and what listens to it, as the options say: RAM is mapped, no heap is live.
 * NULL, or a sentence that says why not.
 */
const char *memory_start(void);

#endif
