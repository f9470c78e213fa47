/*
 * bench_heap: what an operation of each heap costs, beside the machine's own allocators.
 */
#define _GNU_SOURCE
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../sim/options.h"
#include "../sim/spec.h"
#include "child.h"
#include "report.h"

enum { WORKLOADS_MAX = 256, HEAPS_MAX = SUBJECTS_MAX - HOST_ALLOCATORS - 2 };
enum { OPTION_HEAP = 0x200, OPTION_WORKLOAD, OPTION_JSON, OPTION_RUNS, OPTION_SECONDS };
enum { OPTION_FRONT = 0x300, OPTION_ONCE };

struct choice {
    const char *heaps[HEAPS_MAX];
    unsigned heap_count;
    const char *workloads[WORKLOADS_MAX]; /* w1 to w4, then traces */
    unsigned workload_count;
    bool workloads_given;
    bool traces_given;
    const char *json;
    const char *once; /* the one subject of --once */
    bool front;
    struct limits limits;
};

static struct subject subjects[SUBJECTS_MAX];
static struct result results[SUBJECTS_MAX];

/* --- command line --- */

static void add_workload(struct choice *choice, const char *name)
{
    if (choice->workload_count == WORKLOADS_MAX)
        sim_bad_usage("more than 256 workloads are named");
    choice->workloads[choice->workload_count++] = name;
}

static void parse_workload(struct choice *choice, const char *name)
{
    choice->workloads_given = true;
    if (strcmp(name, "none") == 0)
        return;
    if (name[0] != 'w' || name[1] < '1' || name[1] > '4' || name[2] != '\0')
        sim_bad_usage("--workload is w1, w2, w3, w4 or none, not '%s'", name);
    add_workload(choice, name);
}

static void parse_limit(struct choice *choice, int key, const char *text)
{
    char *end;
    const double value = strtod(text, &end);

    if (end == text || *end != '\0' || !(value > 0))
        sim_bad_usage("'%s' is no positive number", text);
    if (key == OPTION_SECONDS) {
        choice->limits.seconds = value;
    } else {
        choice->limits.runs = value < MEASURE_RUNS_MAX ? (unsigned)value : MEASURE_RUNS_MAX;
        if (value < 1 || value > MEASURE_RUNS_MAX)
            sim_bad_usage("--runs is 1 to %d, not '%s'", MEASURE_RUNS_MAX, text);
    }
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct choice *const choice = state->input;

    switch (key) {
    case OPTION_HEAP:
        if (choice->heap_count == HEAPS_MAX)
            sim_bad_usage("more heaps are chosen than fit a table");
        choice->heaps[choice->heap_count++] = argument;
        return 0;
    case OPTION_WORKLOAD:
        parse_workload(choice, argument);
        return 0;
    case OPTION_JSON:
        choice->json = argument;
        if (!report_has_json())
            sim_bad_usage("this build can't write JSON: install jansson and build it again");
        return 0;
    case OPTION_RUNS:
    case OPTION_SECONDS:
        parse_limit(choice, key, argument);
        return 0;
    case OPTION_FRONT:
        choice->front = true;
        return 0;
    case OPTION_ONCE:
        choice->once = argument;
        return 0;
    case ARGP_KEY_ARG:
        choice->traces_given = true;
        add_workload(choice, argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"heap", OPTION_HEAP, "NAME[:key=value,...]", 0,
     "The heap to measure, with its options; may be repeated (standard: every heap)", 0},
    {"workload", OPTION_WORKLOAD, "w1|w2|w3|w4|none", 0,
     "The made-up workload to measure on; may be repeated (standard: all four)", 0},
    {"json", OPTION_JSON, "FILE", 0, "Write the figures to FILE too", 0},
    {"runs", OPTION_RUNS, "N", 0, "Runs of which the median counts (standard: 5)", 0},
    {"seconds", OPTION_SECONDS, "S", 0,
     "Begin no further run of an allocator that took S seconds on a workload (standard: 1)", 0},
    {"front", OPTION_FRONT, NULL, 0,
     "Call heaps through kernel/heap/heap.c, as RTOS calls do, instead of heap_ops directly", 0},
    {"once", OPTION_ONCE, "NAME", 0,
     "For profilers: make the operations of one workload once, on the heap or allocator NAME "
     "('null' for none), and print how many were measured",
     0},
    {0}};

static const struct argp_child children[] = {{&sim_argp, OPTION_HIDDEN, "", 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "[TRACE...]",
    .doc =
        "Measures what an operation costs on each heap, in ns, steps (headers, list and bitmap "
        "entries looked at) and bytes moved, beside the machine's own allocators."
        "\vStandard traces, unless a trace or a workload is named: the bundled ones. Figures are "
        "mean, p99.9 and worst of single operations; docs/benchmarks.md says how they are taken.",
    .children = children};

/* --- subjects and workloads --- */

static unsigned collect_subjects(struct choice *choice)
{
    char why[SPEC_WHY_MAX];
    unsigned count = 0;

    subject_null(&subjects[count++]);
    subject_list(&subjects[count++]);
    for (unsigned i = 0; choice->heap_count == 0 && heap_allocators[i] != NULL; i++)
        if (!subject_heap(&subjects[count++], heap_allocators[i]->name, choice->front, why))
            sim_bad_usage("%s", why);
    for (unsigned i = 0; i < choice->heap_count; i++)
        if (!subject_heap(&subjects[count++], choice->heaps[i], choice->front, why))
            sim_bad_usage("%s", why);
    for (unsigned i = 0; i < HOST_ALLOCATORS; i++)
        subject_host(&subjects[count++], i);
    return count;
}

/* What is meant where nothing is named; the paths stay allocated. */
static void collect_workloads(struct choice *choice)
{
    static const char *const made_up[] = {"w1", "w2", "w3", "w4"};
    const char *traces[WORKLOADS_MAX];
    const unsigned trace_count = choice->workload_count;
    glob_t found;

    if (!choice->workloads_given) {
        memcpy(traces, choice->workloads, trace_count * sizeof traces[0]);
        choice->workload_count = 0;
        for (unsigned i = 0; i < 4; i++)
            add_workload(choice, made_up[i]);
        for (unsigned i = 0; i < trace_count; i++)
            add_workload(choice, traces[i]);
        if (!choice->traces_given && glob(BENCH_TRACES "/*.trace.gz", 0, NULL, &found) == 0)
            for (size_t i = 0; i < found.gl_pathc; i++)
                add_workload(choice, found.gl_pathv[i]);
    }
    if (choice->workload_count == 0)
        sim_bad_usage("there is no workload to measure on; try --help");
}

/* --- work --- */

static const char *progress_workload;

static void show_progress(const char *subject, unsigned round)
{
    fprintf(stderr, "\r%.40s: round %u, %-40s\r", progress_workload, round + 1, subject);
}

static void clear_progress(void)
{
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%100s\r", "");
}

/* Before minutes are spent on the first, the last one must be readable. */
static void check_workloads(const struct choice *choice)
{
    struct workload workload;
    char why[TEXT_WHY_MAX];

    for (unsigned i = 0; i < choice->workload_count; i++) {
        if (!workload_load(&workload, choice->workloads[i], why))
            sim_bad_usage("%s", why);
        workload_free(&workload);
    }
}

static void bench(struct choice *choice)
{
    const unsigned count = collect_subjects(choice);
    struct workload workload;
    char why[TEXT_WHY_MAX];

    check_workloads(choice);
    child_stay_on_this_cpu();
    for (unsigned i = 0; i < choice->workload_count; i++) {
        progress_workload = choice->workloads[i];
        if (!workload_load(&workload, choice->workloads[i], why) ||
            !measure(subjects, count, &workload, &choice->limits,
                     isatty(STDERR_FILENO) ? show_progress : NULL, results, why))
            sim_bad_usage("%s", why);
        clear_progress();
        report_table(&workload, choice->front, subjects, results, count);
        if (choice->json != NULL)
            report_json_add(&workload, choice->front, subjects, results, count);
        workload_free(&workload);
    }
    if (choice->json != NULL && !report_json_write(choice->json, why))
        sim_bad_usage("%s", why);
}

static void name_subject(const struct choice *choice, struct subject *subject)
{
    char why[SPEC_WHY_MAX];

    for (unsigned i = 0; i < HOST_ALLOCATORS; i++) {
        if (strcmp(choice->once, subject_host_name(i)) == 0) {
            subject_host(subject, i);
            return;
        }
    }
    if (strcmp(choice->once, "null") == 0)
        subject_null(subject);
    else if (strcmp(choice->once, "list") == 0)
        subject_list(subject);
    else if (!subject_heap(subject, choice->once, choice->front, why))
        sim_bad_usage("%s", why);
}

static void once(const struct choice *choice)
{
    struct workload workload;
    char why[TEXT_WHY_MAX];

    if (choice->workload_count != 1)
        sim_bad_usage("--once takes one workload: --workload w1, or one trace");
    name_subject(choice, &subjects[0]);
    if (!workload_load(&workload, choice->workloads[0], why))
        sim_bad_usage("%s", why);
    const char *const refusal = measure_once(&subjects[0], &workload);
    if (refusal != NULL) {
        fprintf(stderr, "bench_heap: %s on %s: %s\n", choice->once, workload.name, refusal);
        exit(EXIT_CHECK_FAILED);
    }
    printf("%zu operations\n", workload.count - workload.fill);
    workload_free(&workload);
}

int main(int argc, char **argv)
{
    static struct choice choice = {.limits = {.runs = 5, .seconds = 1}};

    sim_parse(&argp, argc, argv, &choice);
    if (choice.once != NULL) {
        once(&choice);
        return EXIT_PASSED;
    }
    subject_make_room(argv);
    collect_workloads(&choice);
    bench(&choice);
    return EXIT_PASSED;
}
