/*
 * replay: an allocation trace of a real program on every heap, or golden vectors on the heap that
 * they were measured on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kernel/heap/allocators.h"
#include "../sim/arena.h"
#include "../sim/options.h"
#include "../sim/spec.h"
#include "children.h"
#include "fit.h"
#include "table.h"
#include "threads.h"
#include "verify.h"

enum {
    HEAPS_MAX = 64,
    OPTION_HEAP = 0x200,
    OPTION_VERIFY,
    OPTION_FIT,
    OPTION_THREADS,
    OPTION_WATCHED
};

/* Where there is neither --region nor --board. */
#define STANDARD_REGION "ram=0x20000000:64M"

struct chosen_heap {
    struct heap_config config;
    bool one_of_all;       /* not named itself: a heap that can't be here is no mistake */
    bool block_size_given; /* else a pool's blocks are as large as the largest request */
};

struct choice {
    bool verify;
    bool fit;
    bool threads;
    struct chosen_heap heaps[HEAPS_MAX];
    unsigned heap_count;
    char **files;
    unsigned file_count;
};

/* --- command line --- */

/* The next of those that are chosen. */
static struct chosen_heap *new_choice(struct choice *choice)
{
    if (choice->heap_count == HEAPS_MAX)
        sim_bad_usage("more than 64 heaps are chosen");
    return &choice->heaps[choice->heap_count];
}

static void choose_one_of_all(struct choice *choice, const struct heap_ops *ops)
{
    struct chosen_heap *const chosen = new_choice(choice);

    choice->heap_count++;
    heap_config_standard(&chosen->config, ops);
    chosen->one_of_all = true;
}

static void choose_heap(struct choice *choice, const char *text)
{
    char why[SPEC_WHY_MAX];

    if (strcmp(text, "all") == 0) {
        for (unsigned i = 0; heap_allocators[i] != NULL; i++)
            if (heap_allocators[i] != &heap_none) /* nothing fits there */
                choose_one_of_all(choice, heap_allocators[i]);
        return;
    }
    struct chosen_heap *const chosen = new_choice(choice);
    if (!spec_heap(text, &chosen->config, why))
        sim_bad_usage("%s", why);
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
    case OPTION_WATCHED:
        verify_watched();
        return 0;
    case OPTION_FIT:
        choice->fit = true;
        return 0;
    case OPTION_THREADS:
        choice->threads = true;
        return 0;
    case ARGP_KEY_ARGS:
        choice->files = state->argv + state->next;
        choice->file_count = (unsigned)(state->argc - state->next);
        return 0;
    case ARGP_KEY_NO_ARGS:
        sim_bad_usage("no file is named; try --help");
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp_option options[] = {
    {"heap", OPTION_HEAP, "NAME[:key=value,...]|all", 0,
     "The heap to run on, with its options; may be repeated (standard: all)", 0},
    {"verify", OPTION_VERIFY, NULL, 0,
     "The files are golden vectors: compare every address and figure", 0},
    {"watched", OPTION_WATCHED, NULL, OPTION_HIDDEN,
     "With --verify of one file: with the ledger, and what is free filled", 0},
    {"fit", OPTION_FIT, NULL, 0,
     "Find the smallest region in which the whole trace passes, for each heap", 0},
    {"threads", OPTION_THREADS, NULL, 0,
     "Replay with one task for each thread of the trace, and the heap's lock between them", 0},
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
        sim_bad_usage("--verify takes the heap from the file; leave --heap out");
    if (!sim_options.on_violation_given)
        diagnose_set_policy(VIOLATION_RETURN); /* vectors hold misuse on purpose */
    for (unsigned i = 0; i < choice->file_count; i++) {
        if (!verify_file(choice->files[i], &result, why))
            sim_bad_usage("%s", why);
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

/* What one heap's run gives; in memory that child processes share. */
struct outcome {
    struct run_result run;
    struct threads_result threads;
    struct fit_result fit;
};

/* The engine ends its process: each heap's run has one of its own. */
static void run_threaded(const struct trace *trace, const struct heap_config *config,
                         const struct heap_region *regions, unsigned region_count,
                         struct outcome *outcome)
{
    if (start_child() == 0)
        threads_run(trace, config, regions, region_count, &outcome->run, &outcome->threads);
    join_child();
}

static bool replay_on(const struct choice *choice, unsigned index, const struct trace *trace,
                      const struct heap_region *regions, unsigned region_count,
                      struct heap_config *config, struct outcome *outcome)
{
    char why[TEXT_WHY_MAX];
    enum run_outcome ran = RUN_DONE;

    *config = config_for(&choice->heaps[index], trace);
    if (choice->threads) {
        run_threaded(trace, config, regions, region_count, outcome);
        ran = outcome->run.refusal != NULL ? RUN_NO_HEAP : RUN_DONE;
        snprintf(why, sizeof why, "no %s heap in that RAM: %s", config->ops->name,
                 ran == RUN_NO_HEAP ? outcome->run.refusal : "");
    } else {
        ran = run_trace(trace, config, regions, region_count, RUN_WHOLE, &outcome->run, why);
    }
    if (ran == RUN_IMPOSSIBLE || (ran == RUN_NO_HEAP && !choice->heaps[index].one_of_all))
        sim_bad_usage("%s", why);
    table_row(config, &outcome->run);
    fflush(stdout);
    return ran == RUN_DONE && outcome->run.failures == 0;
}

/* A heap that takes one region gets the first. */
static unsigned regions_for(const struct chosen_heap *chosen, unsigned count)
{
    return chosen->config.ops->capabilities & HEAP_HAS_REGIONS ? count : 1;
}

static bool replay_trace(const struct choice *choice, const char *path)
{
    static struct heap_config configs[HEAPS_MAX];
    struct heap_region regions[HEAP_REGIONS_MAX];
    const unsigned region_count = collect_regions(regions);
    struct outcome *const outcomes = share(choice->heap_count * sizeof *outcomes);
    struct trace trace;
    char why[TEXT_WHY_MAX];
    bool fits = true;

    if (!trace_read(&trace, path, why))
        sim_bad_usage("%s", why);
    table_begin(path, &trace);
    for (unsigned i = 0; i < choice->heap_count; i++)
        fits &= replay_on(choice, i, &trace, regions, regions_for(&choice->heaps[i], region_count),
                          &configs[i], &outcomes[i]);
    printf("\n");
    for (unsigned i = 0; i < choice->heap_count; i++) {
        table_notes(&configs[i], &trace, regions, regions_for(&choice->heaps[i], region_count),
                    &outcomes[i].run);
        if (choice->threads)
            table_threads(&configs[i], &outcomes[i].threads);
    }
    unshare(outcomes, choice->heap_count * sizeof *outcomes);
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

/* How long a run takes: the list that is searched only grows, or is kept short, or there is none.
 */
static unsigned slowness(const struct heap_config *config)
{
    const unsigned capabilities = config->ops->capabilities;

    if (!(capabilities & HEAP_LINEAR_SEARCH))
        return 0;
    return capabilities & HEAP_COALESCES ? 1 : 2;
}

/* The last to be done should not be the one that takes longest. */
static void slowest_first(const struct heap_config *configs, unsigned count, unsigned *order)
{
    unsigned placed = 0;

    for (unsigned class = 3; class -- > 0;)
        for (unsigned i = 0; i < count; i++)
            if (slowness(&configs[i]) == class)
                order[placed++] = i;
}

/* One process a heap, as many at once as there are CPUs. */
static void fit_heaps(const struct trace *trace, const struct heap_config *configs,
                      struct outcome *outcomes, unsigned count)
{
    const unsigned at_once = children_at_once();
    const struct heap_region region = {arena_region(0)->base, arena_region(0)->size, 0};
    char why[TEXT_WHY_MAX];
    unsigned order[HEAPS_MAX];
    unsigned next = 0;

    slowest_first(configs, count, order);
    for (unsigned done = 0; done < count; show_progress(++done, count)) {
        for (; next < count && next - done < at_once; next++) {
            if (start_child() == 0) {
                const unsigned heap = order[next];

                if (!fit_trace(trace, &configs[heap], region, &outcomes[heap].fit, why))
                    sim_bad_usage("%s", why);
                _exit(EXIT_PASSED);
            }
        }
        join_child();
    }
}

static bool fit_file(const struct choice *choice, const char *path)
{
    static struct heap_config configs[HEAPS_MAX];
    static struct fit_result fits[HEAPS_MAX];
    const unsigned count = choice->heap_count;
    struct outcome *const outcomes = share(count * sizeof *outcomes);
    struct trace trace;
    char why[TEXT_WHY_MAX];
    bool all_fit = true;

    if (!trace_read(&trace, path, why))
        sim_bad_usage("%s", why);
    for (unsigned i = 0; i < count; i++)
        configs[i] = config_for(&choice->heaps[i], &trace);
    table_trace(path, &trace);
    fit_heaps(&trace, configs, outcomes, count);
    for (unsigned i = 0; i < count; i++) {
        fits[i] = outcomes[i].fit;
        all_fit &= fits[i].fits;
    }
    table_fits(configs, fits, count, &trace);
    fit_advise(configs, fits, count, &trace);
    unshare(outcomes, count * sizeof *outcomes);
    trace_free(&trace);
    return all_fit;
}

static int replay_files(struct choice *choice)
{
    char why[SPEC_WHY_MAX];
    bool fits = true;

    if (choice->fit && choice->threads)
        sim_bad_usage("--fit and --threads do not go together");
    if (choice->heap_count == 0)
        choose_heap(choice, "all");
    if (arena_region_count() == 0 && !spec_map_region(STANDARD_REGION, why))
        sim_bad_usage("%s", why);
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
