#define _GNU_SOURCE
#include "explore_report.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "diagnose.h"
#include "leave.h"
#include "place.h"
#include "schedule_file.h"

enum { ARGUMENTS_MAX = 256, SHRINK_TRIES = 1000 };

/* Options of an exploration, which its replay does without. */
static const struct {
    const char *name;
    bool has_value;
} own_options[] = {{"--explore", true},  {"--strategy", true}, {"--shrink", false},
                   {"--schedule", true}, {"--run", true},      {"--fork-runs", false},
                   {"--workers", true},  {"--carrier", true},  {"--trace-hash", false}};

void explore_print_progress(uint64_t runs, uint64_t of)
{
    if (!isatty(STDERR_FILENO))
        return;
    if (of == 0)
        fprintf(stderr, "\r\033[K");
    else
        fprintf(stderr, "\rexplore: %llu of %llu runs", (unsigned long long)runs,
                (unsigned long long)of);
    fflush(stderr);
}

/* --- the replay --- */

/* How many arguments from here on are the exploration's own. */
static unsigned own_arguments(char **argument)
{
    for (unsigned i = 0; i < sizeof own_options / sizeof own_options[0]; i++) {
        const size_t length = strlen(own_options[i].name);

        if (strncmp(*argument, own_options[i].name, length) != 0)
            continue;
        if ((*argument)[length] == '=')
            return 1;
        if ((*argument)[length] == '\0')
            return own_options[i].has_value && argument[1] != NULL ? 2 : 1;
    }
    return 0;
}

static void replay_arguments(char **argv, char *schedule, char **replay)
{
    unsigned count = 0;

    replay[count++] = argv[0];
    replay[count++] = "--carrier=fibre";
    replay[count++] = "--inject";
    replay[count++] = schedule;
    for (char **argument = argv + 1; *argument != NULL && count < ARGUMENTS_MAX - 1;) {
        const unsigned own = own_arguments(argument);

        if (own == 0)
            replay[count++] = *argument++;
        else
            argument += own;
    }
    replay[count] = NULL;
}

static void print_quoted(const char *text)
{
    if (text[strspn(text,
                    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=./:@,+")] ==
            '\0' &&
        text[0] != '\0') {
        fprintf(stdout, " %s", text);
        return;
    }
    fprintf(stdout, " '");
    for (; *text != '\0'; text++)
        fprintf(stdout, *text == '\'' ? "'\\''" : "%c", *text);
    fprintf(stdout, "'");
}

static _Noreturn void become_replay(const struct explore_options *options, char *schedule)
{
    char *replay[ARGUMENTS_MAX];

    replay_arguments(options->argv, schedule, replay);
    fprintf(stdout, "  Replay: %s", replay[0]);
    for (unsigned i = 1; replay[i] != NULL; i++)
        print_quoted(replay[i]);
    fprintf(stdout, "\n");
    fflush(stdout);
    execv("/proc/self/exe", replay);
    execv(replay[0], replay);
    fprintf(stderr, "heapsim: the replay can't be started: %s\n", strerror(errno));
    leave_process(EXIT_INTERNAL);
}

/* --- words --- */

static const char *verdict_words(int code, enum run_end end)
{
    if (code >= 128)
        return "a signal ended it";
    if (end == END_SILENT)
        return "it stands in a loop without safepoints";
    if (end == END_NEVER)
        return "it does not end: a lost wake-up, or a loop that waits for ever";
    switch (code) {
    case EXIT_CHECK_FAILED:
        return "its own check failed";
    case EXIT_MISUSE:
        return "misuse, a race or corruption was found";
    case EXIT_DEADLOCK:
        return "a deadlock, or a lost wake-up";
    case EXIT_LEAKS:
        return "it leaks";
    default:
        return "see what it prints";
    }
}

static void print_dry_run(const struct explore_result *result)
{
    const struct plan_facts facts = plans_facts();
    const uint64_t singles = plans_singles(result->strategy, result->options->runs);
    const uint64_t pairs = plans_pairs(result->strategy, result->options->runs);

    fprintf(
        stdout,
        "explore: the run has %llu points; %u of them are calls or accesses to what others touch "
        "(%u words).\n",
        (unsigned long long)facts.points, facts.places, facts.shared);
    if (singles > 0)
        fprintf(stdout, "explore: single actions: %llu of %llu%s; pairs: %llu.\n",
                (unsigned long long)singles, (unsigned long long)facts.singles,
                singles == facts.singles ? ", complete" : "", (unsigned long long)pairs);
    if (result->forked)
        fprintf(stdout, "explore: each run is a process of its own: %s.\n", result->forked_why);
}

static double rate(uint64_t runs, double seconds)
{
    return (double)runs / (seconds > 1e-6 ? seconds : 1e-6);
}

static void print_rate(const struct explore_result *result)
{
    fprintf(stdout,
            "explore: %llu runs in %.2f s on %u CPU%s (%.0f a second, %.0f a second of CPU time), "
            "strategy %s, seed %llu: ",
            (unsigned long long)result->runs, result->seconds, result->workers,
            result->workers == 1 ? "" : "s", rate(result->runs, result->seconds),
            rate(result->runs, result->cpu_seconds), strategy_names[result->strategy],
            (unsigned long long)result->options->seed);
}

/* --- the failing schedule --- */

/* Drops what it fails without, one action after the other. */
static void shrink(struct schedule *schedule, int code)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (uint32_t i = schedule->count; i-- > 0;) {
            struct schedule smaller = *schedule;

            smaller.count--;
            memmove(&smaller.actions[i], &smaller.actions[i + 1],
                    (smaller.count - i) * sizeof smaller.actions[0]);
            if (explore_try(&smaller, STEER_FIXED) == code) {
                *schedule = smaller;
                changed = true;
            }
        }
    }
}

/* --- fewer still --- */

static bool has_like(const struct schedule *schedule, const struct steer_action *action)
{
    for (uint32_t i = 0; i < schedule->count; i++)
        if (schedule->actions[i].context == action->context &&
            schedule->actions[i].kind == action->kind &&
            schedule->actions[i].value == action->value)
            return true;
    return false;
}

/*
 * An action may be there only to move another one to its place. One alone, of a kind that is there,
 * may do as well.
 */
static void look_for_single(struct schedule *schedule, int code)
{
    struct steer_plan plan;

    for (uint64_t k = 0, tries = 0; schedule->count > 1 && tries < SHRINK_TRIES; k++) {
        if (!plans_get(STRATEGY_SWEEP, 1, UINT32_MAX, k, &plan))
            return;
        if (!has_like(schedule, &plan.fixed.actions[0]))
            continue;
        tries++;
        if (explore_try(&plan.fixed, STEER_FIXED) == code)
            *schedule = plan.fixed;
    }
}

static FILE *out; /* standard output, where a run itself is silent */

static void describe_action(const struct steer_action *action)
{
    char where[640];
    char what[16];

    schedule_format_action(action, what, sizeof what);
    place_describe(where, sizeof where);
    fprintf(out, "  %-8s in %s after %u points, at %s\n", what, steer_context_name(action->context),
            action->at, where);
    fflush(out);
}

/* In a child that runs it, and prints where it is at each action. */
static void describe(const struct schedule *schedule)
{
    out = fdopen(dup(STDOUT_FILENO), "w");
    if (out == NULL)
        return;
    steer_on_action = describe_action;
    explore_try(schedule, STEER_FIXED);
    steer_on_action = NULL;
}

static void write_file(const struct explore_result *result, const struct schedule *schedule)
{
    FILE *const file = fopen(result->options->schedule, "w");

    if (file == NULL) {
        fprintf(stderr, "heapsim: the schedule can't be written to %s: %s\n",
                result->options->schedule, strerror(errno));
        return;
    }
    fprintf(file, "# With this %s (exit %d).\n",
            verdict_words(result->failure->code, result->failure->end), result->failure->code);
    fflush(file);
    schedule_file_record(file);
    explore_try(schedule, STEER_RECORD);
    fclose(file);
    fprintf(stdout, "  Schedule: %s\n", result->options->schedule);
}

static void tell_failure(const struct explore_result *result)
{
    struct explore_failure *const failure = result->failure;
    struct schedule schedule;

    fprintf(stdout, "run %llu fails: %s (exit %d).\n", (unsigned long long)failure->run + 1,
            verdict_words(failure->code, failure->end), failure->code);
    if (schedule_parse(failure->schedule, &schedule) != NULL)
        become_replay(result->options, failure->schedule);
    if (result->options->shrink) {
        const uint32_t before = schedule.count;

        shrink(&schedule, failure->code);
        look_for_single(&schedule, failure->code);
        schedule_format(&schedule, failure->schedule, sizeof failure->schedule);
        fprintf(stdout, "explore: shrunk from %u to %u action%s.\n", before, schedule.count,
                schedule.count == 1 ? "" : "s");
    }
    fflush(stdout);
    describe(&schedule);
    if (result->options->schedule != NULL)
        write_file(result, &schedule);
    become_replay(result->options, failure->schedule);
}

void explore_report(const struct explore_result *result)
{
    print_dry_run(result);
    print_rate(result);
    if (result->failure != NULL)
        tell_failure(result);
    fprintf(stdout, "none fails.\n");
    fflush(stdout);
    leave_process(EXIT_PASSED);
}

void explore_has_no_end(unsigned seconds)
{
    fprintf(stderr,
            "%s: the program has not ended after %u s of CPU time, and an exploration runs it many "
            "times: say "
            "by --duration how long it is to run, or let its main return\n",
            program_invocation_short_name, seconds);
    leave_process(EXIT_USAGE);
}

void explore_fails_at_once(const struct explore_options *options, int code, enum run_end end)
{
    fprintf(stdout,
            "explore: the program fails without any interrupt or switch of ours: %s (exit %d).\n",
            verdict_words(code, end), code);
    become_replay(options, "");
}
