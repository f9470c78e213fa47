#include "fit.h"

#include <stdio.h>

#include "table.h"

struct search {
    const struct trace *trace;
    const struct heap_config *config;
    taddr_t begin;
    struct fit_result *result;
    char *why;
    bool broken; /* a run could not be made */
};

/* True if the trace passes in a region of that size; keeps the result of the smallest that did. */
static bool passes(struct search *s, tsize_t size)
{
    const struct heap_region region = {s->begin, size, 0};
    struct run_result run;

    switch (run_trace(s->trace, s->config, &region, 1, RUN_UNTIL_FAILURE, &run, s->why)) {
    case RUN_NO_HEAP:
        return false; /* too small for the heap itself */
    case RUN_IMPOSSIBLE:
        s->broken = true;
        return false;
    case RUN_DONE:
        break;
    }
    if (run.failures > 0)
        return false;
    if (!s->result->fits || size < s->result->smallest) {
        s->result->fits = true;
        s->result->smallest = size;
        s->result->run = run;
    }
    return true;
}

/* A size that passes, starting from a good guess: a free run in all the RAM there is. */
static tsize_t upper_bound(struct search *s, tsize_t most)
{
    if (!passes(s, most))
        return 0;
    for (uint64_t size = (uint64_t)s->result->run.used_max + 64; size < most; size += size / 4) {
        const tsize_t guess = align_up((tsize_t)size, FIT_STEP);

        if (guess < most && passes(s, guess))
            return guess;
    }
    return most;
}

static void bisect(struct search *s, tsize_t fails, tsize_t fits)
{
    while (fits - fails > FIT_STEP && !s->broken) {
        const tsize_t middle = fails + align_down((fits - fails) / 2, FIT_STEP);

        if (passes(s, middle))
            fits = middle;
        else
            fails = middle;
    }
}

static void look_below(struct search *s)
{
    const tsize_t found = s->result->smallest;

    for (tsize_t step = 1; step <= FIT_STEPS_BELOW && !s->broken; step++) {
        if (found < step * FIT_STEP)
            return;
        if (passes(s, found - step * FIT_STEP)) {
            s->result->irregular = true;
            s->result->fails_at = found - FIT_STEP; /* as bisection saw */
        }
    }
}

bool fit_trace(const struct trace *trace, const struct heap_config *config,
               struct heap_region region, struct fit_result *result, char *why)
{
    struct search s = {
        .trace = trace, .config = config, .begin = region.begin, .result = result, .why = why};
    const uint64_t live = trace->live_max > FIT_STEP ? trace->live_max - FIT_STEP : 0;

    *result = (struct fit_result){.fits = false};
    const tsize_t fits = upper_bound(&s, align_down(region.size, FIT_STEP));
    if (fits == 0)
        return !s.broken;
    bisect(&s, live < fits ? align_down((tsize_t)live, FIT_STEP) : 0, fits);
    look_below(&s);
    return !s.broken;
}

/* --- advice --- */

static bool is_candidate(const struct heap_config *config, const struct fit_result *result)
{
    return result->fits && result->run.frees_dropped == 0 &&
           !(config->ops->capabilities & HEAP_FIXED_BLOCKS);
}

/*
 * The smallest; and if it looks at many headers, the smallest of those with at most a tenth of its
 * worst case for at most an eighth more RAM.
 */
void fit_advise(const struct heap_config *configs, const struct fit_result *results, unsigned count,
                const struct trace *trace)
{
    unsigned best = count;
    unsigned steady = count;

    for (unsigned i = 0; i < count; i++)
        if (is_candidate(&configs[i], &results[i]) &&
            (best == count || results[i].smallest < results[best].smallest))
            best = i;
    if (best == count) {
        printf("No heap holds this trace in the RAM given; %s bytes are live at its peak.\n",
               table_thousands(trace->live_max));
        return;
    }
    for (unsigned i = 0; i < count; i++)
        if (is_candidate(&configs[i], &results[i]) &&
            results[i].run.steps_worst <= results[best].run.steps_worst / 10 &&
            results[i].smallest - results[best].smallest <= results[best].smallest / 8 &&
            (steady == count || results[i].smallest < results[steady].smallest))
            steady = i;
    printf("Advice: %s needs the least RAM, %s bytes for %s live at the peak",
           configs[best].ops->name, table_thousands(results[best].smallest),
           table_thousands(trace->live_max));
    if (steady != count)
        printf("; where time matters take %s: %s bytes, at most %s steps instead of %s",
               configs[steady].ops->name, table_thousands(results[steady].smallest),
               table_thousands(results[steady].run.steps_worst),
               table_thousands(results[best].run.steps_worst));
    printf(".\n");
}
