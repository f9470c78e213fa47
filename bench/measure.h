/*
 * Timing subjects on a workload.
 *
 * - Each run is a child process of its own: every allocator starts fresh and leaves nothing behind
 *   for the next. What comes before the measured operations (filling, first touches of pages) is
 *   done before the clock starts.
 * - A round runs every subject once, so that a noisy moment on the machine hits all of them; of
 *   several rounds the median counts. A run comes in two parts: all operations in one go, for the
 *   mean (of the time on the CPU), and again with the clock read around each one, for p99.9 and
 *   worst.
 * - Times are net: what the null driver took in the same loop is taken off.
 */
#ifndef HEAPSIM_BENCH_MEASURE_H
#define HEAPSIM_BENCH_MEASURE_H

#include "subject.h"

enum { MEASURE_RUNS_MAX = 99, MEASURE_WHY_MAX = 200 };

struct figures {
    double mean, p999, worst;
};

struct result {
    char absent[MEASURE_WHY_MAX]; /* why there are no figures, or empty */
    unsigned runs;
    struct figures ns;
    double best;                 /* the mean of the fastest run, ns */
    struct figures steps, moved; /* of heaps */
    tsize_t region_bytes;        /* of heaps */
};

struct limits {
    unsigned runs;  /* rounds at most */
    double seconds; /* no subject begins another run after so much time on one workload */
};

/*
 * results[i] is that of subjects[i]; subjects[0] is the null driver, whose figures are gross.
 * progress: called before each run, or NULL. False, with a sentence in `why` (TEXT_WHY_MAX bytes),
 * if a run went wrong.
 */
bool measure(const struct subject *subjects, unsigned count, const struct workload *workload,
             const struct limits *limits, void (*progress)(const char *subject, unsigned round),
             struct result *results, char *why);

/* The measured operations once, in this process: for profilers. Returns NULL, or why it failed. */
const char *measure_once(const struct subject *subject, const struct workload *workload);

#endif
