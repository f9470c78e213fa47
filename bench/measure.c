#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../sim/arena.h"
#include "callgrind.h"
#include "child.h"

enum { PAGE = 4096 };

/* What a child tells its parent, in shared memory. */
struct report {
    char refusal[MEASURE_WHY_MAX];
    uint64_t ns; /* of all operations in one go */
};

/* A heap after filling, so that it need not be filled again for every run. */
struct snapshot {
    struct heap heap;
    unsigned char *memory; /* NULL: there is none */
    uintptr_t *slots;
};

/* One subject on the workload. */
struct track {
    const struct subject *subject;
    struct snapshot snapshot;
    double spent;                    /* seconds */
    uint64_t sums[MEASURE_RUNS_MAX]; /* ns of each run */
    uint32_t *ns;                    /* of each operation, run after run */
    struct result *result;
};

struct bench {
    const struct workload *workload;
    struct track *tracks; /* the null driver's first */
    unsigned count;
    struct report *report;
    struct costs costs; /* of the run in progress: shared memory */
    double null_clock;  /* ns between two looks at the clock */
};

static size_t measured_count(const struct workload *w)
{
    return w->count - w->fill;
}

static const char *does_not_fit(const struct workload *w, size_t operation)
{
    static char why[MEASURE_WHY_MAX];

    snprintf(why, sizeof why, "does not fit: operation %zu of %zu got no memory", operation + 1,
             w->count);
    return why;
}

/* --- what comes before the clock --- */

/* Pages that the run would touch first in its measured part. */
static void touch(void *memory, size_t size)
{
    volatile unsigned char *const bytes = memory;

    for (size_t at = 0; at < size; at += PAGE)
        bytes[at] = bytes[at];
}

static const char *fill(const struct subject *s, const struct workload *w, uintptr_t *slots)
{
    const size_t filled = drive(s->driver, w, 0, w->fill, slots);

    return filled < w->fill ? does_not_fit(w, filled) : NULL;
}

/* A workload without fill is run once for its pages; what it leaves is given back. */
static const char *warm_up(const struct subject *s, const struct workload *w, uintptr_t *slots)
{
    const size_t done = drive(s->driver, w, 0, w->count, slots);
    bool *const live = calloc(w->slots, sizeof *live);

    if (done < w->count || live == NULL)
        return does_not_fit(w, done);
    for (size_t i = 0; i < w->count; i++)
        live[w->operations[i].slot] = w->operations[i].kind != OPERATION_FREE &&
                                      w->operations[i].kind != OPERATION_FREE_ALIGNED;
    for (uint32_t i = 0; i < w->slots; i++)
        if (live[i] && s->driver == DRIVE_HOST)
            bench_host.free((void *)slots[i]);
    free(live);
    return NULL;
}

static const char *prepare(const struct subject *s, const struct workload *w, uintptr_t *slots)
{
    const char *const refusal = subject_begin(s, w);

    if (refusal != NULL)
        return refusal;
    if (s->driver == DRIVE_DIRECT || s->driver == DRIVE_FRONT)
        touch(target_pointer(bench_heap.regions[0].begin), bench_heap.regions[0].size);
    if (s->driver == DRIVE_HOST && w->fill == 0)
        return warm_up(s, w, slots);
    return fill(s, w, slots);
}

static bool is_heap(const struct subject *s)
{
    return s->driver == DRIVE_DIRECT || s->driver == DRIVE_FRONT;
}

/* Done once, in this process; runs start from the copy. */
static const char *take_snapshot(const struct subject *s, const struct workload *w,
                                 struct snapshot *snapshot)
{
    const char *refusal = subject_begin(s, w);

    if (refusal != NULL)
        return refusal;
    snapshot->slots = calloc(w->slots, sizeof *snapshot->slots);
    snapshot->memory = malloc(bench_heap.regions[0].size);
    if (snapshot->slots == NULL || snapshot->memory == NULL)
        return "out of memory";
    refusal = fill(s, w, snapshot->slots);
    snapshot->heap = bench_heap;
    memcpy(snapshot->memory, target_pointer(bench_heap.regions[0].begin),
           bench_heap.regions[0].size);
    arena_clear();
    return refusal;
}

static const char *restore(const struct subject *s, const struct workload *w,
                           const struct snapshot *snapshot, uintptr_t *slots)
{
    const char *const refusal = subject_begin(s, w);

    if (refusal != NULL)
        return refusal;
    struct heap *const next = bench_heap.next;
    memcpy(target_pointer(bench_heap.regions[0].begin), snapshot->memory,
           bench_heap.regions[0].size);
    memcpy(slots, snapshot->slots, w->slots * sizeof *slots);
    bench_heap = snapshot->heap;
    bench_heap.next = next;
    return NULL;
}

/* --- one run --- */

static const char *run(const struct bench *b, const struct track *track, bool each)
{
    const struct workload *const w = b->workload;
    const struct subject *const s = track->subject;
    uintptr_t *const slots = calloc(w->slots, sizeof *slots);
    size_t done;

    if (slots == NULL)
        return "out of memory";
    touch(slots, w->slots * sizeof *slots);
    const char *const refusal = track->snapshot.memory != NULL
                                    ? restore(s, w, &track->snapshot, slots)
                                    : prepare(s, w, slots);
    if (refusal != NULL)
        return refusal;
    touch(w->operations, w->count * sizeof w->operations[0]);
    if (each) {
        done = drive_each(s->driver, w, w->fill, w->count, slots, &b->costs);
    } else {
        const uint64_t begin = drive_cpu_clock();
        done = drive(s->driver, w, w->fill, w->count, slots);
        b->report->ns = drive_cpu_clock() - begin;
    }
    return done < w->count ? does_not_fit(w, done) : NULL;
}

struct order {
    const struct bench *bench;
    const struct track *track;
    bool each;
};

static void obey(void *argument)
{
    const struct order *const o = argument;
    const char *const refusal = run(o->bench, o->track, o->each);

    if (refusal != NULL)
        snprintf(o->bench->report->refusal, MEASURE_WHY_MAX, "%s", refusal);
}

/* False if the child came to grief. */
static bool run_in_child(const struct bench *b, const struct track *track, bool each, char *why)
{
    struct order order = {b, track, each};
    int status;

    b->report->refusal[0] = '\0';
    if (child_run(obey, &order, &status))
        return true;
    snprintf(why, TEXT_WHY_MAX, "the run of %s on %s ended with status 0x%x", track->subject->name,
             b->workload->name, (unsigned)status);
    return false;
}

/* --- figures --- */

static int compare_numbers(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static int compare_sums(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* Sorts the values. */
static struct figures summarise(uint32_t *values, size_t count)
{
    double sum = 0;

    qsort(values, count, sizeof *values, compare_numbers);
    for (size_t i = 0; i < count; i++)
        sum += values[i];
    return (struct figures){sum / (double)count, values[(count - 1) - (count - 1) / 1000],
                            values[count - 1]};
}

/* Each operation's median over the runs takes the place of its first run. */
static void take_medians(uint32_t *ns, size_t count, unsigned runs)
{
    uint32_t column[MEASURE_RUNS_MAX];

    for (size_t i = 0; i < count; i++) {
        for (unsigned r = 0; r < runs; r++)
            column[r] = ns[r * count + i];
        qsort(column, runs, sizeof *column, compare_numbers);
        ns[i] = column[runs / 2];
    }
}

static double above(double value, double base)
{
    return value > base ? value - base : 0;
}

static void conclude(struct bench *b, struct track *track)
{
    struct result *const r = track->result;
    const size_t count = measured_count(b->workload);

    if (r->absent[0] != '\0')
        return;
    qsort(track->sums, r->runs, sizeof track->sums[0], compare_sums);
    take_medians(track->ns, count, r->runs);
    r->ns = summarise(track->ns, count);
    r->ns.mean = (double)track->sums[r->runs / 2] / (double)count;
    r->best = (double)track->sums[0] / (double)count;
    if (track == b->tracks) {
        b->null_clock = track->ns[count / 2];
        return;
    }
    r->ns.mean = above(r->ns.mean, b->tracks[0].result->ns.mean);
    r->best = above(r->best, b->tracks[0].result->best);
    r->ns.p999 = above(r->ns.p999, b->null_clock);
    r->ns.worst = above(r->ns.worst, b->null_clock);
}

/* --- rounds --- */

static bool keep_run(struct bench *b, struct track *track)
{
    struct result *const r = track->result;
    const size_t count = measured_count(b->workload);
    uint32_t *const grown = realloc(track->ns, (r->runs + 1) * count * sizeof *grown);

    if (grown == NULL)
        return false;
    track->ns = grown;
    memcpy(&track->ns[r->runs * count], b->costs.ns, count * sizeof *grown);
    track->sums[r->runs] = b->report->ns;
    if (r->runs++ == 0 && is_heap(track->subject)) {
        r->steps = summarise(b->costs.steps, count);
        r->moved = summarise(b->costs.moved, count);
    }
    return true;
}

static bool run_both(struct bench *b, struct track *track, char *why)
{
    const uint64_t begin = drive_clock();

    for (unsigned each = 0; each <= 1; each++) {
        if (!run_in_child(b, track, each, why))
            return false;
        if (b->report->refusal[0] != '\0') {
            memcpy(track->result->absent, b->report->refusal, MEASURE_WHY_MAX);
            return true;
        }
    }
    track->spent += (double)(drive_clock() - begin) * 1e-9;
    if (keep_run(b, track))
        return true;
    snprintf(why, TEXT_WHY_MAX, "out of memory for the times of %s", track->subject->name);
    return false;
}

static void start(struct bench *b, struct track *track)
{
    struct result *const r = track->result;
    const struct subject *const s = track->subject;
    const uint64_t begin = drive_clock();
    const char *refusal = subject_refusal(s, b->workload);

    *r = (struct result){.runs = 0};
    if (is_heap(s))
        r->region_bytes = subject_region(s, b->workload);
    if (refusal == NULL && is_heap(s) && subject_fills_region(s) && b->workload->fill > 0)
        refusal = take_snapshot(s, b->workload, &track->snapshot);
    if (refusal != NULL)
        snprintf(r->absent, sizeof r->absent, "%s", refusal);
    track->spent = (double)(drive_clock() - begin) * 1e-9;
}

static bool run_rounds(struct bench *b, const struct limits *limits,
                       void (*progress)(const char *subject, unsigned round), char *why)
{
    for (unsigned round = 0; round < limits->runs; round++) {
        for (unsigned i = 0; i < b->count; i++) {
            struct track *const track = &b->tracks[i];

            if (progress != NULL)
                progress(track->subject->name, round);
            if (round == 0)
                start(b, track);
            if (track->result->absent[0] != '\0' || (round > 0 && track->spent > limits->seconds))
                continue;
            if (!run_both(b, track, why))
                return false;
        }
    }
    return true;
}

static void release(struct bench *b, size_t shared_size)
{
    for (unsigned i = 0; b->tracks != NULL && i < b->count; i++) {
        free(b->tracks[i].snapshot.memory);
        free(b->tracks[i].snapshot.slots);
        free(b->tracks[i].ns);
    }
    free(b->tracks);
    if (b->report != NULL)
        munmap(b->report, shared_size);
}

bool measure(const struct subject *subjects, unsigned count, const struct workload *w,
             const struct limits *limits, void (*progress)(const char *subject, unsigned round),
             struct result *results, char *why)
{
    const size_t column = measured_count(w) * sizeof(uint32_t);
    const size_t shared_size = PAGE + 3 * column;
    struct bench b = {.workload = w, .count = count};
    bool done = false;

    b.report = child_shared_memory(shared_size);
    b.tracks = calloc(count, sizeof *b.tracks);
    if (b.report == NULL || b.tracks == NULL) {
        snprintf(why, TEXT_WHY_MAX, "out of memory for the figures of %s", w->name);
    } else {
        b.costs.ns = (uint32_t *)(void *)((unsigned char *)b.report + PAGE);
        b.costs.steps = b.costs.ns + measured_count(w);
        b.costs.moved = b.costs.steps + measured_count(w);
        for (unsigned i = 0; i < count; i++) {
            b.tracks[i].subject = &subjects[i];
            b.tracks[i].result = &results[i];
        }
        done = run_rounds(&b, limits, progress, why);
        for (unsigned i = 0; done && i < count; i++)
            conclude(&b, &b.tracks[i]);
    }
    release(&b, shared_size);
    return done;
}

const char *measure_once(const struct subject *s, const struct workload *w)
{
    uintptr_t *const slots = calloc(w->slots, sizeof *slots);
    const char *refusal = subject_refusal(s, w);

    if (slots == NULL)
        return "out of memory";
    if (refusal == NULL)
        refusal = prepare(s, w, slots);
    if (refusal == NULL) {
        CALLGRIND_START_INSTRUMENTATION;
        const size_t done = drive_measured(s->driver, w, w->fill, w->count, slots);
        CALLGRIND_STOP_INSTRUMENTATION;
        if (done < w->count)
            refusal = does_not_fit(w, done);
    }
    free(slots);
    return refusal;
}
