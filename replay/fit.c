#include "fit.h"

#include <stdio.h>
#include <unistd.h>

#include "../sim/diagnose.h"
#include "../sim/options.h"
#include "children.h"
#include "table.h"

/* How the trace fared in a region of one size. */
struct attempt {
    tsize_t size;
    bool broken; /* the run could not be made */
    bool passed;
    size_t end; /* the operation that failed, or their number */
    struct run_result run;
};

struct search {
    const struct trace *trace;
    const struct heap_config *config;
    taddr_t begin;
    struct fit_result *result;
    char *why;
    bool broken; /* a run could not be made */
};

static struct attempt try_size(const struct search *s, tsize_t size)
{
    const struct heap_region region = {s->begin, size, 0};
    struct attempt a = {.size = size};

    switch (run_trace(s->trace, s->config, &region, 1, RUN_UNTIL_FAILURE, &a.run, s->why)) {
    case RUN_NO_HEAP:
        return a; /* too small for the heap itself */
    case RUN_IMPOSSIBLE:
        a.broken = true;
        return a;
    case RUN_DONE:
        break;
    }
    a.passed = a.run.failures == 0;
    a.end = a.passed ? s->trace->count : a.run.first_failure;
    return a;
}

/* Keeps the result of the smallest that passed. */
static void note(struct search *s, const struct attempt *a)
{
    s->broken |= a->broken;
    if (a->passed && (!s->result->fits || a->size < s->result->smallest)) {
        s->result->fits = true;
        s->result->smallest = a->size;
        s->result->run = a->run;
    }
}

static bool passes(struct search *s, tsize_t size)
{
    const struct attempt a = try_size(s, size);

    note(s, &a);
    return a.passed;
}

/*
 * A size that passes. A run in all the RAM there is shows how far up the blocks reach; a region
 * that ends there should do, and its upper end seldom needs more than a header.
 */
static tsize_t upper_bound(struct search *s, tsize_t most)
{
    if (!passes(s, most))
        return 0;
    const struct run_result *const run = &s->result->run;
    const bool reaches_top = run->reach == 0 || run->reach > most / 2; /* gives out from above */
    const uint64_t guess = reaches_top ? (uint64_t)run->used_max + 64 : run->reach;

    for (uint64_t more = 0; guess + more < most; more = more == 0 ? FIT_STEP : more * 2) {
        const tsize_t size = align_up((tsize_t)(guess + more), FIT_STEP);

        if (size < most && passes(s, size))
            return size;
    }
    return most;
}

/*
 * The first size that passes is often the answer already: after a smaller one that failed (soon, so
 * it costs little), the one just below it is tried.
 */
static void bisect(struct search *s, tsize_t fails, tsize_t fits)
{
    const tsize_t first = fits;
    unsigned tries = 0;

    while (fits - fails > FIT_STEP && !s->broken) {
        const bool guess = ++tries == 2 && fits == first;
        const tsize_t middle =
            guess ? fits - FIT_STEP : fails + align_down((fits - fails) / 2, FIT_STEP);

        if (passes(s, middle))
            fits = middle;
        else
            fails = middle;
    }
}

/* --- the steps below --- */

/* The sizes below the one found, the largest last; in memory that child processes share. */
struct steps_below {
    struct attempt made[FIT_STEPS_BELOW];
    bool is_made[FIT_STEPS_BELOW];
    bool is_wanted[FIT_STEPS_BELOW];
    unsigned count;
    tsize_t first; /* size of the first */
};

/* Runs those wanted, each in a process of its own, on all CPUs. */
static void run_wanted(struct search *s, struct steps_below *below)
{
    const unsigned cpus = children_at_once();
    unsigned running = 0;

    for (unsigned i = 0; i < below->count; i++) {
        if (!below->is_wanted[i])
            continue;
        if (running == cpus) {
            join_child();
            running--;
        }
        if (start_child() == 0) {
            below->made[i] = try_size(s, below->first + i * FIT_STEP);
            if (below->made[i].broken)
                sim_bad_usage("%s", s->why);
            _exit(EXIT_PASSED);
        }
        running++;
    }
    for (; running > 0; running--)
        join_child();
    for (unsigned i = 0; i < below->count; i++) {
        if (below->is_wanted[i])
            note(s, &below->made[i]);
        below->is_made[i] |= below->is_wanted[i];
        below->is_wanted[i] = false;
    }
}

/*
 * A linear search asks of the region's size only whether its last block is large enough, and before
 * which others it comes; each answer shows in a step or an address. So where two regions did the
 * same at every operation, up to the same failure, all between them do, and need no run. Other
 * searches (TLSF's classes of sizes) give no such proof.
 */
static bool are_alike(const struct search *s, const struct attempt *a, const struct attempt *b)
{
    return (s->config->ops->capabilities & HEAP_LINEAR_SEARCH) && !a->passed && !b->passed &&
           a->end > 0 && a->end == b->end && a->run.history == b->run.history;
}

/* Wants the middle of every two that differ; false if there is none. */
static bool want_between(const struct search *s, struct steps_below *below)
{
    bool any = false;
    unsigned low = 0;

    for (unsigned i = 1; i < below->count; i++) {
        if (!below->is_made[i])
            continue;
        if (i - low > 1 && !are_alike(s, &below->made[low], &below->made[i])) {
            below->is_wanted[low + (i - low) / 2] = true;
            any = true;
        }
        low = i;
    }
    return any;
}

static void look_below(struct search *s)
{
    const tsize_t found = s->result->smallest;
    const tsize_t steps = found / FIT_STEP < FIT_STEPS_BELOW ? found / FIT_STEP : FIT_STEPS_BELOW;

    if (steps == 0)
        return;
    struct steps_below *const below = share(sizeof *below);
    below->count = steps;
    below->first = found - steps * FIT_STEP;
    below->is_wanted[0] = below->is_wanted[steps - 1] = true;
    do
        run_wanted(s, below);
    while (want_between(s, below) && !s->broken);
    if (s->result->smallest < found && !below->made[steps - 1].passed) {
        s->result->irregular = true;
        s->result->fails_at = found - FIT_STEP; /* as bisection saw */
    }
    unshare(below, sizeof *below);
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
