/*
 * replay: an allocation trace of a real program on every heap, or golden vectors on the heap that
 * they were measured on.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../sim/arena.h"
#include "../sim/options.h"
#include "../sim/spec.h"
#include "fit.h"
#include "table.h"
#include "verify.h"

enum { HEAPS_MAX = 64, OPTION_HEAP = 0x200, OPTION_VERIFY, OPTION_FIT };

/* Where there is neither --region nor --board. */
#define STANDARD_REGION "ram=0x20000000:64M"

struct chosen_heap {
    struct heap_config config;
    bool block_size_given; /* else a pool's blocks are as large as the largest request */
};

struct choice {
    bool verify;
    bool fit;
    struct chosen_heap heaps[HEAPS_MAX];
    unsigned heap_count;
    char **files;
    unsigned file_count;
};

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "replay: %s\n", why);
    exit(EXIT_USAGE);
}

/* --- command line --- */

static void choose_heap(struct choice *choice, const char *text)
{
    char why[SPEC_WHY_MAX];

    if (strcmp(text, "all") == 0) {
        for (unsigned i = 0; heap_allocators[i] != NULL; i++)
            choose_heap(choice, heap_allocators[i]->name);
        return;
    }
    if (choice->heap_count == HEAPS_MAX)
        give_up("more than 64 heaps are chosen");
    struct chosen_heap *const chosen = &choice->heaps[choice->heap_count];
    if (!spec_heap(text, &chosen->config, why))
        give_up(why);
    chosen->block_size_given = strstr(text, "block_size=") != NULL;
    choice->heap_count++;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct choice *const choice = state->input;

    switch (key) {
    case OPTION_HEAP:
        choose_heap(choice, argument);
        return 0;
    case OPTION_VERIFY:
        choice->verify = true;
        return 0;
    case OPTION_FIT:
        choice->fit = true;
        return 0;
    case ARGP_KEY_ARGS:
        choice->files = state->argv + state->next;
        choice->file_count = (unsigned)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        argp_failure(state, EXIT_USAGE, 0, "no file is named; try --help");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"heap", OPTION_HEAP, "NAME[:key=value,...]|all", 0,
     "The heap to run on, with its options; may be repeated (standard: all)", 0},
    {"verify", OPTION_VERIFY, NULL, 0,
     "The files are golden vectors: compare every address and figure", 0},
    {"fit", OPTION_FIT, NULL, 0,
     "Find the smallest region in which the whole trace passes, for each heap", 0},
    {0}};

static const struct argp_child children[] = {{&sim_argp, 0, "Board and rules:", 0}, {0}};

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .args_doc = "TRACE...\n--verify VECTORS...",
    .doc =
        "Replays allocation traces of real programs on the heaps of RTOSes, address for address."
        "\vA trace exits with 0 if it fits on every heap, else 1; --verify exits with 0 if every "
        "line matches, else 1. Files may be gzip-compressed.",
    .children = children};

/* --- vectors --- */

static int verify_files(const struct choice *choice)
{
    char why[TEXT_WHY_MAX];
    struct verify_result result;
    int code = EXIT_PASSED;

    if (choice->heap_count > 0)
        give_up("--verify takes the heap from the file; leave --heap out");
    if (!sim_options.on_violation_given)
        diagnose_set_policy(VIOLATION_RETURN); /* vectors hold misuse on purpose */
    for (unsigned i = 0; i < choice->file_count; i++) {
        if (!verify_file(choice->files[i], &result, why))
            give_up(why);
        printf("%s: %u ops, %u matched\n", choice->files[i], result.operations, result.matched);
        if (result.matched != result.operations)
            code = EXIT_CHECK_FAILED;
    }
    return code;
}

/* --- traces --- */

static unsigned collect_regions(struct heap_region *regions)
{
    unsigned count = 0;

    for (; count < arena_region_count() && count < HEAP_REGIONS_MAX; count++)
        regions[count] =
            (struct heap_region){arena_region(count)->base, arena_region(count)->size, 0};
    return count;
}

/* The heap as chosen, with what the trace decides. */
static struct heap_config config_for(const struct chosen_heap *chosen, const struct trace *trace)
{
    const int block_size = heap_option_index(chosen->config.ops, "block_size");
    struct heap_config config = chosen->config;

    config.faithful = sim_options.faithful;
    if (block_size >= 0 && !chosen->block_size_given)
        config.option[block_size] = trace->largest > 0 ? trace->largest : 1;
    return config;
}

static bool replay_on(const struct chosen_heap *chosen, const struct trace *trace,
                      const struct heap_region *regions, unsigned region_count,
                      struct heap_config *config, struct run_result *result)
{
    char why[TEXT_WHY_MAX];

    *config = config_for(chosen, trace);
    if (run_trace(trace, config, regions, region_count, RUN_WHOLE, result, why) != RUN_DONE)
        give_up(why);
    table_row(config, result);
    fflush(stdout);
    return result->failures == 0;
}

static bool replay_trace(const struct choice *choice, const char *path)
{
    struct heap_region regions[HEAP_REGIONS_MAX];
    const unsigned region_count = collect_regions(regions);
    struct heap_config configs[HEAPS_MAX];
    struct run_result results[HEAPS_MAX];
    struct trace trace;
    char why[TEXT_WHY_MAX];
    bool fits = true;

    if (!trace_read(&trace, path, why))
        give_up(why);
    table_begin(path, &trace);
    for (unsigned i = 0; i < choice->heap_count; i++) {
        const bool several = choice->heaps[i].config.ops->capabilities & HEAP_HAS_REGIONS;

        fits &= replay_on(&choice->heaps[i], &trace, regions, several ? region_count : 1,
                          &configs[i], &results[i]);
    }
    printf("\n");
    for (unsigned i = 0; i < choice->heap_count; i++) {
        const bool several = choice->heaps[i].config.ops->capabilities & HEAP_HAS_REGIONS;

        table_notes(&configs[i], &trace, regions, several ? region_count : 1, &results[i]);
    }
    trace_free(&trace);
    return fits;
}

/* --- the smallest region --- */

static void show_progress(unsigned done, unsigned count)
{
    if (!isatty(STDERR_FILENO))
        return;
    fprintf(stderr, "\r%u of %u heaps", done, count);
    if (done == count)
        fprintf(stderr, "\r%20s\r", "");
}

/* One process a heap, as many at once as there are CPUs. */
static void fit_heaps(const struct trace *trace, const struct heap_config *configs,
                      struct fit_result *results, unsigned count)
{
    const long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    const struct heap_region region = {arena_region(0)->base, arena_region(0)->size, 0};
    char why[TEXT_WHY_MAX];
    unsigned running = 0;
    int status;

    for (unsigned done = 0, next = 0; done < count; show_progress(++done, count)) {
        for (; next < count && running < (cpus > 0 ? (unsigned)cpus : 1); next++, running++) {
            const pid_t child = fork();

            if (child < 0)
                give_up("no process can be started");
            if (child == 0) {
                if (!fit_trace(trace, &configs[next], region, &results[next], why))
                    give_up(why);
                _exit(EXIT_PASSED);
            }
        }
        if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != EXIT_PASSED)
            exit(EXIT_INTERNAL);
        running--;
    }
}

static bool fit_file(const struct choice *choice, const char *path)
{
    static struct heap_config configs[HEAPS_MAX];
    const size_t size = choice->heap_count * sizeof(struct fit_result);
    struct fit_result *const results = /* the children write into it */
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    struct trace trace;
    char why[TEXT_WHY_MAX];
    bool fits = true;

    if (!trace_read(&trace, path, why))
        give_up(why);
    if (results == MAP_FAILED)
        give_up("out of memory for the results");
    for (unsigned i = 0; i < choice->heap_count; i++)
        configs[i] = config_for(&choice->heaps[i], &trace);
    table_trace(path, &trace);
    fflush(stdout);
    fit_heaps(&trace, configs, results, choice->heap_count);
    table_fits(configs, results, choice->heap_count, &trace);
    fit_advise(configs, results, choice->heap_count, &trace);
    for (unsigned i = 0; i < choice->heap_count; i++)
        fits &= results[i].fits;
    munmap(results, size);
    trace_free(&trace);
    return fits;
}

static int replay_files(struct choice *choice)
{
    char why[SPEC_WHY_MAX];
    bool fits = true;

    if (choice->heap_count == 0)
        choose_heap(choice, "all");
    if (arena_region_count() == 0 && !spec_map_region(STANDARD_REGION, why))
        give_up(why);
    for (unsigned i = 0; i < choice->file_count; i++) {
        if (i > 0)
            printf("\n");
        fits &= (choice->fit ? fit_file : replay_trace)(choice, choice->files[i]);
    }
    return fits ? EXIT_PASSED : EXIT_CHECK_FAILED;
}

int main(int argc, char **argv)
{
    static struct choice choice;

    sim_parse(&argp, argc, argv, &choice);
    return choice.verify ? verify_files(&choice) : replay_files(&choice);
}
