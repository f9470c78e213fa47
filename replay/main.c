/*
 * replay: an allocation trace of a real program on every heap, or golden vectors on the heap that
 * they were measured on.
 */
#include <stdio.h>
#include <stdlib.h>

#include "../sim/arena.h"
#include "../sim/options.h"
#include "../sim/spec.h"
#include "table.h"
#include "verify.h"

enum { HEAPS_MAX = 64, OPTION_HEAP = 0x200, OPTION_VERIFY };

/* Where there is neither --region nor --board. */
#define STANDARD_REGION "ram=0x20000000:64M"

struct chosen_heap {
    struct heap_config config;
    bool block_size_given; /* else a pool's blocks are as large as the largest request */
};

struct choice {
    bool verify;
    struct chosen_heap heaps[HEAPS_MAX];
    unsigned heap_count;
    char **files;
    unsigned file_count;
};

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
        sim_bad_usage("more than 64 heaps are chosen");
    struct chosen_heap *const chosen = &choice->heaps[choice->heap_count];
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

static bool replay_on(const struct chosen_heap *chosen, const struct trace *trace,
                      const struct heap_region *regions, unsigned region_count,
                      struct heap_config *config, struct run_result *result)
{
    const int block_size = heap_option_index(chosen->config.ops, "block_size");
    char why[TEXT_WHY_MAX];

    *config = chosen->config;
    config->faithful = sim_options.faithful;
    if (block_size >= 0 && !chosen->block_size_given)
        config->option[block_size] = trace->largest > 0 ? trace->largest : 1;
    if (!run_trace(trace, config, regions, region_count, result, why))
        sim_bad_usage("%s", why);
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
        sim_bad_usage("%s", why);
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

static int replay_files(struct choice *choice)
{
    char why[SPEC_WHY_MAX];
    bool fits = true;

    if (choice->heap_count == 0)
        choose_heap(choice, "all");
    if (arena_region_count() == 0 && !spec_map_region(STANDARD_REGION, why))
        sim_bad_usage("%s", why);
    for (unsigned i = 0; i < choice->file_count; i++) {
        if (i > 0)
            printf("\n");
        fits &= replay_trace(choice, choice->files[i]);
    }
    return fits ? EXIT_PASSED : EXIT_CHECK_FAILED;
}

int main(int argc, char **argv)
{
    static struct choice choice;

    sim_parse(&argp, argc, argv, &choice);
    return choice.verify ? verify_files(&choice) : replay_files(&choice);
}
