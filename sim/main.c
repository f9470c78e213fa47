/*
 * The main of every scenario binary. The linker's --wrap=main puts it before the application's own:
 * options are parsed, the board is set up, and the application's main runs where its RTOS runs it.
 *
 * How a run ends: a main that returns a value other than 0 has failed its check (exit 1). A main
 * that has waited for something and returns 0 has seen its work done (exit 0). One that returns 0
 * without ever having waited has only set things up, as on a board: the run goes on until
 * --duration is over, or until nothing can happen any more.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kernel/api/dialect.h"
#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "arena.h"
#include "arguments.h"
#include "carrier.h"
#include "engine.h"
#include "explore.h"
#include "fault.h"
#include "finish.h"
#include "guard.h"
#include "heapsim.h"
#include "interrupts.h"
#include "memory_options.h"
#include "options.h"
#include "races.h"
#include "reach.h"
#include "report_json.h"
#include "reporter.h"
#include "sanitizers.h"
#include "spec.h"
#include "trace.h"
#include "trace_json.h"
#include "uart.h"
#include "watchdog.h"

int __real_main(int argc, char **argv);
int __wrap_main(int argc, char **argv);
_Noreturn void __real_exit(int status);
_Noreturn void __wrap_exit(int status);

#define STANDARD_STRATEGY "portfolio"

enum { STANDARD_RAM = 0x20000000, STANDARD_RAM_SIZE = 64 << 20 };

enum {
    OPTION_HEAP = 0x300,
    OPTION_CORES,
    OPTION_SEED,
    OPTION_DURATION,
    OPTION_ENGINE,
    OPTION_CARRIER,
    OPTION_TRACE,
    OPTION_TRACE_TEXT,
    OPTION_TRACE_HASH,
    OPTION_JSON,
    OPTION_IRQ_REPORT,
    OPTION_UART,
    OPTION_UART_SCRIPT,
    OPTION_UART_RECORD,
    OPTION_EXPLORE,
    OPTION_STRATEGY,
    OPTION_SHRINK,
    OPTION_SCHEDULE,
    OPTION_INJECT,
    OPTION_RUN,
    OPTION_FORK_RUNS,
    OPTION_WORKERS,
    OPTION_FIX,
    OPTION_RACES,
    OPTION_HEAP_LOCK,
    OPTION_RTTHREAD
};

static char heap_help[80]; /* names the dialect's standard heap */

static const struct argp_option options[] = {
    {"heap", OPTION_HEAP, "NAME[:key=value,...]", 0, heap_help, 0},
    {"cores", OPTION_CORES, "N", 0, "Virtual cores, 1 to 64 (standard: 1)", 0},
    {"seed", OPTION_SEED, "N", 0,
     "What the simulator leaves open: jitter, turns of the cores, ties (standard: 1); on the "
     "parallel engine only jitter and sim_random",
     0},
    {"duration", OPTION_DURATION, "TIME", 0,
     "End after this time (of the engine): 500us, 20ms, 60s, 1h", 0},
    {"engine", OPTION_ENGINE, "virtual|parallel", 0,
     "Simulated time, which can be repeated (standard), or cores at the same time on the host's "
     "CPUs",
     0},
    {"carrier", OPTION_CARRIER, "pthread|fibre", 0,
     "What carries tasks: a host thread each (standard), or a stack each in one thread: faster", 0},
    {"trace", OPTION_TRACE, "FILE.json", 0,
     "Write what cores, tasks, interrupts and heaps do, for Perfetto or chrome://tracing", 0},
    {"trace-text", OPTION_TRACE_TEXT, "FILE", 0, "Write every event as a line of text", 0},
    {"trace-hash", OPTION_TRACE_HASH, NULL, 0,
     "Print the SHA-256 of the text trace as the last line (virtual engine only)", 0},
    {"json", OPTION_JSON, "FILE", 0,
     "Write every diagnosis as a line of JSON, and one for the run and for its end; - is standard "
     "output",
     0},
    {"irq-report", OPTION_IRQ_REPORT, NULL, 0,
     "Print at the end how often interrupts came, how long they waited and ran, and how long "
     "they were off",
     0},
    {"races", OPTION_RACES, NULL, 0,
     "Report accesses to the same memory that nothing orders (virtual engine only)", 0},
    {"uart", OPTION_UART, "pty|stdio", 0,
     "The terminal at the board's UART: a pseudo-terminal, whose name is printed, or this one", 0},
    {"uart-script", OPTION_UART_SCRIPT, "FILE", 0,
     "What the UART receives, with virtual times, instead of a terminal", 0},
    {"uart-record", OPTION_UART_RECORD, "FILE", 0,
     "Write what it received as such a script (virtual engine only)", 0},
    {"fix", OPTION_FIX, NULL, 0, "Run what is repaired, in a scenario with a planted bug", 0},
    {0}};

static const struct argp_option explore_options[] = {
    {"explore", OPTION_EXPLORE, "N", 0,
     "Run the program N times, with interrupts, ticks and switches of cores at other places each "
     "time, until it fails; then replay that run",
     0},
    {"strategy", OPTION_STRATEGY, "NAME", 0,
     "sweep (each single one), pairs, random, pct (priorities of cores), or portfolio (standard: "
     "all of it)",
     0},
    {"shrink", OPTION_SHRINK, NULL, 0, "Drop from what made it fail all that it fails without", 0},
    {"schedule", OPTION_SCHEDULE, "FILE", 0,
     "With --explore: write the failing schedule; without: replay it", 0},
    {"inject", OPTION_INJECT, "SCHEDULE", 0, "Replay a schedule, as --explore prints it", 0},
    {"run", OPTION_RUN, "K", 0, "Of an exploration, only run number K", 0},
    {"fork-runs", OPTION_FORK_RUNS, NULL, 0, "Each run in a process of its own", 0},
    {"workers", OPTION_WORKERS, "N", 0,
     "Processes that explore at the same time (standard: one for each CPU)", 0},
    {0}};

static const struct argp_option rtthread_options[] = {
    {"heap-lock", OPTION_HEAP_LOCK, "mutex|interrupts", 0,
     "How heap calls exclude each other: a mutex (standard), or interrupts off, which allows them "
     "in "
     "interrupts (RT_USING_HEAP_ISR)",
     0},
    {"rtthread", OPTION_RTTHREAD, "VERSION", 0,
     "The version of RT-Thread whose behaviour counts, 4.1.1 to 5.2.0 (standard: 5.2.0)", 0},
    {0}};

struct settings {
    const char *heap;
    struct engine_options engine;
    const char *trace_path; /* of each kind: NULL for none */
    const char *json_path;
    const char *lines_path; /* of --json */
    bool trace_hash;
    bool irq_report;
    struct explore_options explore;
    bool fixed;
    bool races;
    uint64_t rtthread;
    char **arguments; /* the application's */
    int argument_count;
};

static struct settings settings = {.engine = {.cores = 1, .seed = 1},
                                   .explore = {.strategy = STANDARD_STRATEGY},
                                   .rtthread = HEAP_VERSION(5, 2, 0)};

extern const struct sim_board sim_board __attribute__((weak)); /* the application's */

bool sim_fixed(void)
{
    return settings.fixed;
}

static bool has_board(void)
{
    return &sim_board != NULL;
}

static void application_arguments(char **arguments, int count)
{
    settings.arguments = arguments;
    settings.argument_count = count;
    for (int i = 0; i < count && arguments_declared(); i++)
        arguments_take(arguments[i]);
}

static uint64_t number(const char *option, const char *text, uint64_t least, uint64_t most,
                       struct argp_state *state)
{
    uint64_t value = 0;

    if (!spec_number(text, &value) || value < least || value > most)
        sim_bad_usage("--%s takes a number from %llu to %llu, not '%s'", option,
                      (unsigned long long)least, (unsigned long long)most, text);
    return value;
}

static uint64_t duration_ns(const char *text)
{
    uint64_t value = 0;

    if (!spec_time(text, &value))
        sim_bad_usage("--duration takes a time like 500us, 20ms, 60s or 1h, not '%s'", text);
    return value;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case OPTION_HEAP:
        settings.heap = argument;
        return 0;
    case OPTION_CORES:
        settings.engine.cores = (unsigned)number("cores", argument, 1, CORES_MAX, state);
        return 0;
    case OPTION_SEED:
        settings.engine.seed = number("seed", argument, 0, UINT64_MAX, state);
        return 0;
    case OPTION_DURATION:
        settings.engine.duration_ns = duration_ns(argument);
        return 0;
    case OPTION_ENGINE:
        if (!engine_choose(argument))
            sim_bad_usage("--engine is 'virtual' or 'parallel', not '%s'", argument);
        return 0;
    case OPTION_CARRIER:
        if (!carrier_choose(argument))
            sim_bad_usage("--carrier is 'pthread' or 'fibre', not '%s'", argument);
        return 0;
    case OPTION_TRACE:
        if (strlen(argument) > 3 && strcmp(argument + strlen(argument) - 3, ".gz") == 0)
            sim_bad_usage(
                "--trace writes plain JSON: call it FILE.json, and compress it afterwards");
        settings.json_path = argument;
        return 0;
    case OPTION_TRACE_TEXT:
        settings.trace_path = argument;
        return 0;
    case OPTION_TRACE_HASH:
        settings.trace_hash = true;
        return 0;
    case OPTION_JSON:
        if (!json_is_possible())
            sim_bad_usage("--json needs jansson, which this build does not have (libjansson-dev; "
                          "there is none for 32-bit builds)");
        settings.lines_path = argument;
        return 0;
    case OPTION_IRQ_REPORT:
        settings.irq_report = true;
        return 0;
    case OPTION_RACES:
        settings.races = true;
        return 0;
    case OPTION_UART:
        if (!uart_choose_terminal(argument))
            sim_bad_usage("--uart is 'pty' or 'stdio', not '%s'", argument);
        return 0;
    case OPTION_UART_SCRIPT:
        uart_choose_script(argument);
        return 0;
    case OPTION_UART_RECORD:
        uart_choose_record(argument);
        return 0;
    case OPTION_FIX:
        settings.fixed = true;
        return 0;
    case ARGP_KEY_ARGS:
        application_arguments(state->argv + state->next, state->argc - state->next);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static error_t parse_explore(int key, char *argument, struct argp_state *state)
{
    struct explore_options *const explore = &settings.explore;

    switch (key) {
    case OPTION_EXPLORE:
        explore->runs = number("explore", argument, 1, 1000000000000, state);
        return 0;
    case OPTION_STRATEGY:
        if (!explore_is_strategy(argument))
            sim_bad_usage("--strategy is 'sweep', 'pairs', 'random', 'pct' or 'portfolio', not "
                          "'%s'",
                          argument);
        explore->strategy = argument;
        return 0;
    case OPTION_SHRINK:
        explore->shrink = true;
        return 0;
    case OPTION_SCHEDULE:
        explore->schedule = argument;
        return 0;
    case OPTION_INJECT:
        explore->inject = argument;
        return 0;
    case OPTION_RUN:
        explore->only = number("run", argument, 1, 1000000000000, state);
        return 0;
    case OPTION_FORK_RUNS:
        explore->forked = true;
        return 0;
    case OPTION_WORKERS:
        explore->workers = (unsigned)number("workers", argument, 1, 64, state);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp explore_argp = {.options = explore_options, .parser = parse_explore};

static error_t parse_rtthread(int key, char *argument, struct argp_state *state)
{
    switch (key) {
    case OPTION_HEAP_LOCK:
        if (strcmp(argument, "mutex") != 0 && strcmp(argument, "interrupts") != 0)
            sim_bad_usage("--heap-lock is 'mutex' or 'interrupts', not '%s'", argument);
        kernel.heap_lock = strcmp(argument, "mutex") == 0 ? HEAP_LOCK_MUTEX : HEAP_LOCK_INTERRUPTS;
        return 0;
    case OPTION_RTTHREAD:
        if (!spec_version(argument, &settings.rtthread) ||
            settings.rtthread < HEAP_VERSION(4, 1, 1) || settings.rtthread > HEAP_VERSION(5, 2, 0))
            sim_bad_usage("--rtthread takes a version from 4.1.1 to 5.2.0, not '%s'", argument);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp rtthread_argp = {.options = rtthread_options, .parser = parse_rtthread};

static void parse_arguments(int argc, char **argv)
{
    static char help[2000] = "Runs an RTOS application on a simulated board.\v";
    const bool rtthread = strcmp(dialect.key, "rtthread") == 0;
    const struct argp_child children[] = {{&sim_argp, 0, "Board and rules:", 0},
                                          {&memory_argp, 0, "Memory mistakes:", 0},
                                          {&explore_argp, 0, "Exploration:", 0},
                                          {rtthread ? &rtthread_argp : NULL, 0, "RT-Thread:", 0},
                                          {0}};
    const struct argp argp = {.options = options,
                              .parser = parse,
                              .args_doc =
                                  arguments_declared() ? "[NAME=VALUE...]" : "[ARGUMENT...]",
                              .doc = help,
                              .children = children};

    arguments_help(help, sizeof help);
    settings.heap = has_board() && sim_board.heap != NULL ? sim_board.heap : dialect.standard_heap;
    settings.engine.ticks_per_second = dialect.ticks_per_second();
    snprintf(heap_help, sizeof heap_help, "What the system heap is made of (standard: %s)",
             settings.heap);
    sim_parse(&argp, argc, argv, NULL);
}

static _Noreturn void give_up(const char *why)
{
    sim_bad_usage("%s", why);
}

/*
 * The application called exit(). It ends here: on the parallel engine other tasks stand anywhere,
 * and a sanitizer's search for leaks, which comes later, would wait for the locks they hold.
 */
static void finish_from_exit(int status, void *unused)
{
    (void)unused;
    finish((enum exit_code)status);
}

/* What is put back after a run of an exploration has no part of libc in it. */
void __wrap_exit(int status)
{
    if (explore_run_is_on())
        finish((enum exit_code)status);
    __real_exit(status);
}

/* The table of engines, carriers and presets in docs/architecture.md says why. */
static void refuse_combinations(void)
{
    if (settings.races && (WITH_ASAN || WITH_TSAN))
        give_up("--races must know atomic and volatile accesses from others, and a build with "
                "AddressSanitizer or ThreadSanitizer does not tell them apart; use the preset "
                "default, clang or ilp32");
    if (settings.races && !engine->in_order)
        give_up("--races orders accesses as they happen one by one, and on --engine parallel they "
                "happen at the same time; use --engine virtual");
    if (engine->in_order)
        return;
    if (!carriers->is_thread)
        give_up("--engine parallel needs a host thread for each task: it does not go together with "
                "--carrier fibre");
    if (settings.trace_hash)
        give_up("--trace-hash tells whether two runs are the same, and runs on --engine parallel "
                "never are; use --engine virtual");
    if (uart_records())
        give_up(
            "--uart-record writes down a run for a replay, and a run on --engine parallel can't "
            "be repeated; use --engine virtual");
}

/* The file is written at the end, when it would be a pity. */
static void look_whether_writable(const char *option, const char *path)
{
    char why[SPEC_WHY_MAX];
    const bool is_new = access(path, F_OK) != 0;
    FILE *const file = fopen(path, "a");

    if (file == NULL) {
        snprintf(why, sizeof why, "--%s %s can't be written: %s", option, path, strerror(errno));
        give_up(why);
    }
    fclose(file);
    if (is_new)
        unlink(path);
}

static void refuse_with_schedules(const struct explore_options *explore)
{
    if (uart_has_terminal())
        give_up("--uart is a live terminal, whose input no schedule can repeat; give it as "
                "--uart-script FILE");
    if (explore->inject != NULL && (explore->runs > 0 || explore->schedule != NULL))
        give_up("--inject replays one schedule: it does not go together with --explore or "
                "--schedule");
    if (explore->runs == 0)
        return;
    if (guard_is_wanted())
        give_up("--guard maps pages that no run puts back: give it to the replay of the run that "
                "fails");
    if (uart_records())
        give_up("--uart-record would write down each run of an exploration; give it to the replay");
    if (explore->only > explore->runs)
        give_up("--run K is one of the N runs of --explore N: K is 1 to N");
    if (explore->schedule != NULL)
        look_whether_writable("schedule", explore->schedule);
    if (settings.trace_path != NULL)
        look_whether_writable("trace-text", settings.trace_path);
    if (settings.json_path != NULL)
        look_whether_writable("trace", settings.json_path);
    if (settings.lines_path != NULL && strcmp(settings.lines_path, "-") != 0)
        look_whether_writable("json", settings.lines_path);
}

/* Steered runs: an exploration, or the replay of a schedule. */
static void prepare_exploration(char **argv)
{
    struct explore_options *const explore = &settings.explore;

    if (explore->runs == 0 && explore->inject == NULL && explore->schedule == NULL) {
        if (explore->only > 0 || explore->shrink || explore->forked || explore->workers > 0 ||
            strcmp(explore->strategy, STANDARD_STRATEGY) != 0)
            give_up("--run, --shrink, --strategy, --fork-runs and --workers belong to --explore N");
        return;
    }
    refuse_with_schedules(explore);
    if (WITH_TSAN)
        give_up("with ThreadSanitizer an application has no points at its memory accesses: explore "
                "and replay schedules in another preset");
    if (!engine->in_order)
        give_up("schedules are explored and replayed on --engine virtual only: on the parallel "
                "engine the host decides");
    carrier_choose("fibre");
    explore->seed = settings.engine.seed;
    explore->hashes = settings.trace_hash;
    explore->argv = argv;
    explore_prepare(explore);
}

static void cannot_write(const char *what, const char *path)
{
    char why[SPEC_WHY_MAX];

    snprintf(why, sizeof why, "%s %s can't be written: %s", what, path, strerror(errno));
    give_up(why);
}

/* What --json begins with names the run. */
static void open_lines(char **argv)
{
    const struct json_run run = {.argv = argv,
                                 .seed = settings.engine.seed,
                                 .cores = settings.engine.cores,
                                 .heap = settings.heap,
                                 .dialect = dialect.key};

    if (settings.lines_path != NULL && settings.explore.runs == 0 &&
        !json_open(settings.lines_path, &run))
        cannot_write("--json", settings.lines_path);
}

static void open_traces(void)
{
    const bool explores =
        settings.explore.runs > 0; /* then the replay writes what is to be written */

    if (settings.trace_hash && !trace_can_hash())
        give_up("--trace-hash needs libmd, which this build does not have; write --trace-text FILE "
                "and use sha256sum FILE");
    if (!trace_open(explores ? NULL : settings.trace_path, settings.trace_hash))
        cannot_write("the trace", settings.trace_path);
    if (settings.json_path != NULL && !explores && !trace_json_open(settings.json_path))
        cannot_write("the trace", settings.json_path);
    if (settings.irq_report && !explores) {
        interrupts_watch();
        finish_prints_interrupts();
    }
    on_exit(finish_from_exit, NULL);
    diagnose_on_stop(finish_reports);
}

static void open_uart(void)
{
    char why[SPEC_WHY_MAX];
    const char *const refusal = uart_open(why, sizeof why);

    if (refusal != NULL)
        give_up(refusal);
}

static void set_up_heap(void)
{
    char why[SPEC_WHY_MAX];

    if (!spec_heap(settings.heap, &kernel.heap_config, why))
        give_up(why);
    const char *const refusal = dialect.heap_refusal(kernel.heap_config.ops);
    if (refusal != NULL) {
        snprintf(why, sizeof why, "%s can't be the system heap of %s, because %s",
                 kernel.heap_config.ops->name, dialect.name, refusal);
        give_up(why);
    }
    kernel.heap_config.faithful = sim_options.faithful;
    kernel.heap_config.points = true;
    kernel.heap_config.events = true;
}

/* The regions of sim_board, separated by commas. */
static void map_board(const char *regions)
{
    char text[200];
    char *rest = text;
    char why[SPEC_WHY_MAX];

    snprintf(text, sizeof text, "%s", regions);
    for (char *region; (region = strsep(&rest, ",")) != NULL;)
        if (!spec_map_region(region, why))
            give_up(why);
}

static void set_up_ram(void)
{
    const tsize_t configured = dialect.ram_size != NULL ? dialect.ram_size() : 0;
    char why[SPEC_WHY_MAX];

    if (arena_region_count() == 0 && has_board() && sim_board.ram != NULL)
        map_board(sim_board.ram);
    if (arena_region_count() == 0 &&
        !arena_map("ram", STANDARD_RAM, configured != 0 ? configured : STANDARD_RAM_SIZE, why))
        give_up(why);
}

static void say_what_differs(void)
{
    if (sizeof(void *) > sizeof(taddr_t) && isatty(STDERR_FILENO))
        fprintf(stderr,
                "heapsim: this is a 64-bit build: the application's structs that hold pointers "
                "are larger than on the board; in the preset ilp32 they are not.\n");
}

int __wrap_main(int argc, char **argv)
{
    parse_arguments(argc, argv);
    refuse_combinations();
    prepare_exploration(argv);
    say_what_differs();
    fault_start();
    set_up_heap();
    set_up_ram();
    kernel_init(settings.engine.cores, settings.engine.ticks_per_second);
    kernel.rtthread.release = (uint32_t)settings.rtthread;
    const char *const refusal = memory_start();
    if (refusal != NULL)
        give_up(refusal);
    if (settings.races && !races_start())
        give_up("there is no memory for --races");
    open_lines(argv);
    open_traces();
    open_uart();
    if (!engine->in_order)
        reporter_start();
    if (!explore_is_on)
        watchdog_start();
    engine_init(&settings.engine);
    dialect_start(target_pointer(arena_region(0)->base), arena_region(0)->size);
}

int port_application_main(void)
{
    if (!engine_running)
        reach_main_begins(__builtin_frame_address(0));
    static char *empty[2];
    char **const arguments = settings.argument_count > 0 ? settings.arguments - 1 : empty;

    arguments[0] = program_invocation_short_name;
    return __real_main(settings.argument_count + 1, arguments);
}

void port_main_returned(int value, bool waited)
{
    finish_main(value, waited);
}
