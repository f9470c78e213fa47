/* How much RAM a trace needs on each heap: the smallest region in which every request succeeds. */
#ifndef HEAPSIM_REPLAY_FIT_H
#define HEAPSIM_REPLAY_FIT_H

#include "run.h"

/* Regions are searched in steps of this many bytes. */
enum { FIT_STEP = 8, FIT_STEPS_BELOW = 64 };

struct fit_result {
    bool fits;        /* in the largest region tried, at all */
    tsize_t smallest; /* bytes */
    bool irregular;   /* a larger region than `smallest` fails: `fails_at` bytes */
    tsize_t fails_at;
    struct run_result run; /* in the smallest region */
};

/*
 * Bisects between the bytes live at the peak and `region`, then tries the 64 steps below what it
 * found: with many allocators a trace may fail in a region and pass in a smaller one. False, with a
 * sentence in `why` (TEXT_WHY_MAX bytes), if a run could not be made.
 */
bool fit_trace(const struct trace *trace, const struct heap_config *config,
               struct heap_region region, struct fit_result *result, char *why);

/* The heap that fits one trace best, said in a sentence, from results in any order. */
void fit_advise(const struct heap_config *configs, const struct fit_result *results, unsigned count,
                const struct trace *trace);

#endif
