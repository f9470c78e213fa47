/*
 * bench_sim: what the kernel's calls cost on the simulator, beside the nearest thing that the host
 * does without one.
 *
 * Each run is a process of its own, on one CPU, and counts the time that it has that CPU. A round
 * runs every operation and its raw counterpart once, one after the other, so that what disturbs
 * the one disturbs the other: the ratio is that of a round, and the median of the rounds counts.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../kernel/api/dialect.h"
#include "../kernel/kernel.h"
#include "../sim/arena.h"
#include "../sim/carrier.h"
#include "../sim/engine.h"
#include "../sim/options.h"
#include "../sim/spec.h"
#include "callgrind.h"
#include "child.h"
#include "sim_report.h"

enum { CASES_MAX = 32, RUNS_MAX = 99, RAM = 0x20000000, RAM_SIZE = 1 << 20 };
enum { OPTION_ONLY = 0x200, OPTION_RUNS, OPTION_JSON, OPTION_ONCE };

static struct {
    const char *only; /* NULL: all */
    const char *once;
    const char *json;
    unsigned runs;
} choice = {.runs = 9};

/* --- one run, in a child process --- */

static const struct sim_case *current;
static double *answer; /* ns an operation, in shared memory */

static double cpu_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void timed(void (*run)(unsigned), unsigned count)
{
    run(count / 16); /* pages, caches and the branch predictor are warm */
    const double begin = cpu_ns();
    CALLGRIND_START_INSTRUMENTATION;
    run(count);
    CALLGRIND_STOP_INSTRUMENTATION;
    *answer = (cpu_ns() - begin) / count;
}

int port_application_main(void)
{
    if (current->before != NULL)
        current->before();
    timed(current->run, current->count);
    return 0;
}

void port_main_returned(int value, bool waited)
{
    (void)value;
    (void)waited;
    _exit(EXIT_SUCCESS);
}

static void run_simulated(void *unused)
{
    const struct engine_options options = {
        .cores = 1, .seed = 1, .ticks_per_second = dialect.ticks_per_second()};
    char why[SPEC_WHY_MAX];

    (void)unused;
    if (!carrier_choose(current->carrier) || !arena_map("ram", RAM, RAM_SIZE, why) ||
        !spec_heap(dialect.standard_heap, &kernel.heap_config, why))
        _exit(EXIT_FAILURE);
    kernel_init(options.cores, options.ticks_per_second);
    engine_init(&options);
    dialect_start(target_pointer(RAM), RAM_SIZE);
}

static void run_raw(void *unused)
{
    (void)unused;
    timed(current->raw, current->raw_count);
}

static double run_in_child(void (*work)(void *))
{
    int status;

    if (!child_run(work, NULL, &status)) {
        fprintf(stderr, "bench_sim: the run of %s on %s ended with status 0x%x\n", current->name,
                current->carrier, (unsigned)status);
        exit(EXIT_INTERNAL);
    }
    return *answer;
}

/* --- rounds --- */

static double runs_ns[CASES_MAX][RUNS_MAX], raw_ns[CASES_MAX][RUNS_MAX];
static double ratios[CASES_MAX][RUNS_MAX];

static bool is_chosen(const struct sim_case *c)
{
    return choice.only == NULL || strcmp(choice.only, c->name) == 0;
}

static void run_round(unsigned round)
{
    for (unsigned i = 0; sim_cases[i].name != NULL; i++) {
        current = &sim_cases[i];
        if (!is_chosen(current))
            continue;
        if (isatty(STDERR_FILENO))
            fprintf(stderr, "\rround %u, %-40s\r", round + 1, current->title);
        runs_ns[i][round] = run_in_child(run_simulated);
        if (current->raw != NULL) {
            raw_ns[i][round] = run_in_child(run_raw);
            ratios[i][round] = runs_ns[i][round] / raw_ns[i][round];
        }
    }
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;

    return (x > y) - (x < y);
}

static double sorted_median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

static void conclude(struct sim_result *results)
{
    for (unsigned i = 0; sim_cases[i].name != NULL; i++) {
        struct sim_result *const r = &results[i];

        r->ns = sorted_median(runs_ns[i], choice.runs);
        r->best = runs_ns[i][0];
        r->raw_ns = sorted_median(raw_ns[i], choice.runs);
        r->raw_best = raw_ns[i][0];
        r->ratio = sorted_median(ratios[i], choice.runs);
    }
}

/* --- command line --- */

static bool is_name(const char *word)
{
    for (unsigned i = 0; sim_cases[i].name != NULL; i++)
        if (strcmp(sim_cases[i].name, word) == 0)
            return true;
    return false;
}

static void parse_once(char *argument)
{
    char *const slash = strchr(argument, '/');

    for (unsigned i = 0; slash != NULL && sim_cases[i].name != NULL; i++)
        if (strncmp(argument, sim_cases[i].name, (size_t)(slash - argument)) == 0 &&
            strcmp(slash + 1, sim_cases[i].carrier) == 0)
            current = &sim_cases[i];
    if (current == NULL)
        sim_bad_usage("--once takes an operation and its carrier, like switch/fibre, not '%s'",
                      argument);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    uint64_t runs = 0;

    (void)state;
    switch (key) {
    case OPTION_ONLY:
        if (!is_name(argument))
            sim_bad_usage("there is no operation '%s'; --help names them", argument);
        choice.only = argument;
        return 0;
    case OPTION_RUNS:
        if (!spec_number(argument, &runs) || runs < 1 || runs > RUNS_MAX)
            sim_bad_usage("--runs is 1 to %d, not '%s'", RUNS_MAX, argument);
        choice.runs = (unsigned)runs;
        return 0;
    case OPTION_JSON:
        choice.json = argument;
        if (!sim_report_has_json())
            sim_bad_usage("this build can't write JSON: install jansson and build it again");
        return 0;
    case OPTION_ONCE:
        parse_once(argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"only", OPTION_ONLY, "switch|mask|semaphore|queue|interrupt|task", 0,
     "Measure this operation only", 0},
    {"runs", OPTION_RUNS, "N", 0, "Runs of which the median counts (standard: 9)", 0},
    {"json", OPTION_JSON, "FILE", 0, "Write the figures to FILE too", 0},
    {"once", OPTION_ONCE, "OPERATION/CARRIER", 0,
     "For profilers: one run in this process, and print how many operations it measured", 0},
    {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "Measures what the kernel's calls cost on the simulator, in ns on the CPU, beside the "
           "nearest thing that the host does without one, in the same run."};

int main(int argc, char **argv)
{
    static struct sim_result results[CASES_MAX];

    sim_parse(&argp, argc, argv, NULL);
    child_stay_on_this_cpu();
    answer = child_shared_memory(sizeof *answer);
    if (answer == NULL)
        sim_bad_usage("out of memory");
    if (current != NULL) {
        printf("%u operations\n", current->count);
        fflush(stdout);
        run_simulated(NULL);
    }
    for (unsigned round = 0; round < choice.runs; round++)
        run_round(round);
    conclude(results);
    sim_report_table(results, choice.runs);
    if (choice.json != NULL && !sim_report_json(choice.json, results, choice.runs))
        sim_bad_usage("%s can't be written: %s", choice.json, strerror(errno));
    return EXIT_PASSED;
}
