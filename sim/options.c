#define _GNU_SOURCE
#include "options.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "boards.h"
#include "sentence.h"
#include "spec.h"

struct sim_options sim_options;

enum { OPTION_REGION = 0x100, OPTION_BOARD, OPTION_QUIRKS, OPTION_VIOLATION, OPTION_LIST_HEAPS };

static const struct argp_option options[] = {
    {"region", OPTION_REGION, "NAME=BASE:SIZE", 0,
     "Map RAM of SIZE bytes (K, M) at address BASE; may be repeated", 0},
    {"board", OPTION_BOARD, "NAME", 0,
     "Map the RAM of a board: stm32f103, stm32l475, stm32h743, qemu-vexpress-a9", 0},
    {"quirks", OPTION_QUIRKS, "safe|faithful", 0,
     "Fail calls that the real code answers wrongly (safe), or answer as it does (faithful)", 0},
    {"on-violation", OPTION_VIOLATION, "stop|report|return", 0,
     "After a misuse: print it and stop (exit 3), print it and go on, or only go on", 0},
    {"list-heaps", OPTION_LIST_HEAPS, NULL, 0, "Print every heap with its options", 0},
    {0}};

void sim_bad_usage(const char *format, ...)
{
    char sentence[2 * SPEC_WHY_MAX];
    va_list args;
    int used = snprintf(sentence, sizeof sentence, "%s: ", program_invocation_short_name);

    if (used < 0 || used >= (int)sizeof sentence)
        used = 0;
    va_start(args, format);
    vsnprintf(sentence + used, sizeof sentence - (size_t)used, format, args);
    va_end(args);
    sentence_clean(sentence);
    fprintf(stderr, "%s\n", sentence);
    exit(EXIT_USAGE);
}

static void map_or_fail(bool (*map)(const char *, char *), const char *text)
{
    char why[SPEC_WHY_MAX];

    _Static_assert((int)SPEC_WHY_MAX >= (int)ARENA_WHY_MAX, "either kind of sentence fits");
    if (!map(text, why))
        sim_bad_usage("%s", why);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case ARGP_KEY_INIT:
        state->err_stream = NULL; /* getopt's own line says it; argp would add another */
        return 0;
    case OPTION_REGION:
        map_or_fail(spec_map_region, argument);
        return 0;
    case OPTION_BOARD:
        map_or_fail(board_map, argument);
        return 0;
    case OPTION_QUIRKS:
        sim_options.faithful = strcmp(argument, "faithful") == 0;
        if (!sim_options.faithful && strcmp(argument, "safe") != 0)
            sim_bad_usage("--quirks is 'safe' or 'faithful', not '%s'", argument);
        return 0;
    case OPTION_VIOLATION:
        sim_options.on_violation_given = true;
        if (!diagnose_parse_policy(argument, &sim_options.on_violation))
            sim_bad_usage("--on-violation is 'stop', 'report' or 'return', not '%s'", argument);
        diagnose_set_policy(sim_options.on_violation);
        return 0;
    case OPTION_LIST_HEAPS:
        spec_print_heaps();
        exit(EXIT_PASSED);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp sim_argp = {.options = options, .parser = parse};

/*
 * Of an option that it does not know getopt prints all there is, or one byte of it; and argp takes
 * "-\xff" for "-?".
 */
static void refuse_odd_options(char **argv)
{
    for (unsigned i = 1; argv[i] != NULL; i++) {
        const char *c = argv[i][0] == '-' ? argv[i] + 1 : "";

        if (strcmp(c, "-") == 0 && argv[i - 1][0] != '-') /* behind an option it may be its value */
            return;
        if (c[0] == '-' && !sentence_has_control(c))
            continue;
        while (*c >= ' ' && *c <= '~')
            c++;
        if (*c != '\0')
            sim_bad_usage("there is no option '%.200s'", argv[i]);
    }
}

void sim_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    refuse_odd_options(argv);
    if (argp_parse(argp, argc, argv, 0, NULL, input) != 0)
        exit(EXIT_USAGE);
}
