#define _GNU_SOURCE
#include "explore.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "access.h"
#include "carrier.h"
#include "devices.h"
#include "diagnose.h"
#include "engine.h"
#include "explore_host.h"
#include "explore_plan.h"
#include "explore_report.h"
#include "fill.h"
#include "finish.h"
#include "hash.h"
#include "heap_check.h"
#include "leaks.h"
#include "leave.h"
#include "ledger.h"
#include "quarantine.h"
#include "races.h"
#include "schedule.h"
#include "schedule_file.h"
#include "sentence.h"
#include "snapshot.h"
#include "trace.h"
#include "watchdog.h"
#include "window.h"

enum {
    WORKERS_MAX = 64,
    WAITERS_MAX = 256,
    RESERVED_CARRIERS = 32,
    RESERVED_BYTES = 4 << 20,
    SILENT_SECONDS = 3,  /* of CPU time; a run that reaches no point meanwhile never will */
    ASLEEP_SECONDS = 60, /* nor does one that waits for something of the host for so long */
    DRY_SECONDS = 20,    /* of CPU time; so long the dry run may take */
    RENEWED = 75,        /* a worker's exit: another one is to take its place */
    LENGTH_LEAST = 20000000,
    LENGTH_FACTOR = 50 /* a run of so many times the dry run's points is endless */
};

#define NONE UINT64_MAX

/* Of a process that runs schedules: what it was seen at, and since when. */
struct watch {
    uint64_t run, points;
    double cpu, wall;
};

struct worker {
    pid_t process;
    _Atomic uint64_t run; /* it is busy with */
    struct watch watch;
    struct steering *steering;
    int code; /* of the run that is over */
    enum run_end end;
    char hash[80];
    struct explore_failure failure;
};

/* Shared by the process that was started, its workers and their children. */
static struct exploration {
    struct explore_options options;
    enum strategy strategy;
    bool forked;
    const char *forked_why;
    const char *_Atomic host_change;             /* that a run made, and no snapshot has */
    bool dry_run_ended;                          /* as it should */
    uint64_t limit;                              /* points of a run */
    uint32_t waiters[WAITERS_MAX], waiter_count; /* hashes: who is left waiting in the dry run */
    _Atomic uint64_t next, runs, failing;
    struct worker workers[WORKERS_MAX + 1]; /* and the process that was started */
} * ex;

static struct worker *self; /* this process */

bool explore_is_on;

static struct carrier *first_carrier;
static bool running;      /* a run; put back to false between them */
static bool is_child;     /* of a run of its own */
static bool is_recording; /* the dry run */
static bool runs_out;     /* the duration is over */
static bool is_replay;
static uint64_t devices_stopped_at;

bool explore_is_strategy(const char *word)
{
    for (unsigned i = 0; i < STRATEGIES; i++)
        if (strcmp(word, strategy_names[i]) == 0)
            return true;
    return false;
}

static void *map_shared(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (at == MAP_FAILED)
        finish_out_of_memory("there is no memory for an exploration");
    return at;
}

void explore_prepare(const struct explore_options *options)
{
    static char buffer[BUFSIZ];

    steer_start();
    ex = map_shared(sizeof *ex);
    ex->options = *options;
    ex->failing = NONE;
    self = &ex->workers[WORKERS_MAX];
    while (strcmp(strategy_names[ex->strategy], options->strategy) != 0)
        ex->strategy++;
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer); /* libc would allocate one in the first run */
    explore_is_on = true;
}

/* What a run prints is of no interest; its replay prints it. */
static void be_silent(void)
{
    const int null = open("/dev/null", O_RDWR);

    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
    close(null);
}

/* --- who is left waiting, when nothing comes in any more --- */

static bool is_known(uint32_t waiter)
{
    for (uint32_t i = 0; i < ex->waiter_count; i++)
        if (ex->waiters[i] == waiter)
            return true;
    return false;
}

/* Tasks that wait without a timeout; in the dry run they are noted, later others are counted. */
static unsigned new_waiters(void)
{
    unsigned count = 0;

    for (struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);

        if (task->system || task->timeout.active ||
            (task->state != TASK_BLOCKED && task->state != TASK_SUSPENDED))
            continue;
        const char *const object = task->waiting_on != NULL ? task->waiting_on->name : "";
        const uint32_t waiter = hash_text(hash_text(HASH_BEGIN, task->name), object);
        if (is_recording && ex->waiter_count < WAITERS_MAX)
            ex->waiters[ex->waiter_count++] = waiter;
        if (is_known(waiter))
            continue;
        count++;
        if (!running)
            fprintf(
                stderr,
                "heapsim: lost wake-up: task '%s' waits for %s '%s' for ever, which it does not "
                "without this schedule. No device raised an interrupt since %llu us.\n",
                task->name, task->waiting_on != NULL ? task->waiting_on->kind : "being resumed",
                object, (unsigned long long)(devices_stopped_at / 1000));
    }
    return count;
}

bool explore_lets_time_run_out(void)
{
    if (runs_out)
        return false;
    runs_out = true;
    devices_stopped_at = engine_clock.end;
    devices_stop_all();
    engine_clock.end += engine_clock.end < ENGINE_NEVER / 4 ? engine_clock.end : 0;
    return true;
}

bool explore_time_has_run_out(void)
{
    return runs_out;
}

bool explore_found_waiters(void)
{
    return runs_out && new_waiters() > 0;
}

/* --- the dry run: a child --- */

static struct host_state host_before;

static _Noreturn void end_dry_run(void)
{
    const struct host_state after = host_state();

    ex->forked_why =
        ex->host_change != NULL ? ex->host_change : host_leftover(&host_before, &after);
    if (runs_out)
        new_waiters();
    ex->dry_run_ended = true;
    leave_process(0);
}

/* --- a run --- */

bool explore_run_is_on(void)
{
    return running;
}

void explore_end_run(int code)
{
    self->code = code;
    if (is_recording)
        end_dry_run();
    if (ex->options.hashes)
        trace_hash_text(self->hash, sizeof self->hash);
    if (is_child)
        leave_process(0);
    carrier_quit();
}

void explore_check_length(void)
{
    if (ex == NULL || steer_points() <= ex->limit) /* a fuzzer steers without an exploration */
        return;
    if (running) {
        self->end = END_NEVER;
        explore_end_run(EXIT_DEADLOCK);
    }
    fprintf(stderr,
            "heapsim: this run does not end: it came by %llu points so far, which is %u times as "
            "many as without the schedule, and more.\n",
            (unsigned long long)steer_points(), LENGTH_FACTOR);
    finish(EXIT_DEADLOCK);
}

void explore_note_host(const char *what)
{
    if (running)
        ex->host_change = what;
}

/* In this process: what the one before changed is put back. */
static int run_here(const struct steer_plan *plan)
{
    snapshot_restore();
    if (races_on)
        races_reset();
    if (ledger_on)
        ledger_reset();
    if (access_map != NULL)
        access_reset();
    leaks_reset();
    fill_reset();
    heap_check_reset();
    quarantine_reset();
    self->end = END_ITSELF;
    steer_begin(plan);
    running = true;
    carrier_visit(first_carrier);
    return self->code;
}

/* A child that does not outlive this process. */
static pid_t fork_child(void)
{
    const pid_t parent = getpid();
    const pid_t child = fork();

    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(EXIT_INTERNAL);
    return 0;
}

static double seconds_of(clockid_t clock)
{
    struct timespec time;

    if (clock_gettime(clock, &time) != 0)
        return 0;
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Used so far; the host may let a process wait for long, which says nothing of it. */
static double cpu_seconds_of(pid_t process)
{
    clockid_t clock;

    return clock_getcpuclockid(process, &clock) == 0 ? seconds_of(clock) : 0;
}

/* True if the process stands still: in a loop without safepoints, or asleep. */
static bool is_silent(struct watch *watch, pid_t process, uint64_t run, uint64_t points)
{
    const double cpu = cpu_seconds_of(process);
    const double wall = seconds_of(CLOCK_MONOTONIC);

    if (run != watch->run || points != watch->points || watch->wall == 0)
        *watch = (struct watch){run, points, cpu, wall};
    return cpu - watch->cpu > SILENT_SECONDS ||
           (wall - watch->wall > ASLEEP_SECONDS && cpu - watch->cpu < 1);
}

/*
 * Until it has ended: its status. One that stands still is killed, and one that takes more than so
 * many seconds of CPU time (0: however many).
 */
static int wait_for_child(pid_t child, unsigned seconds)
{
    struct timespec pause = {.tv_nsec = 20000};
    struct watch watch = {0};
    int status;

    while (waitpid(child, &status, WNOHANG) == 0) {
        const bool is_over = seconds > 0 && cpu_seconds_of(child) > seconds;
        if (is_over || is_silent(&watch, child, 0, steer_points())) {
            self->end = is_over ? END_NEVER : END_SILENT;
            kill(child, SIGKILL);
        }
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000)
            pause.tv_nsec += pause.tv_nsec / 4;
    }
    return status;
}

/* What a child came to. A signal's number with 128 added, if one ended it. */
static int verdict_of(int status)
{
    if (self->end == END_SILENT || self->end == END_NEVER)
        return EXIT_DEADLOCK;
    if (WIFSIGNALED(status))
        return 128 + WTERMSIG(status);
    return WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : self->code;
}

static int run_in_child(const struct steer_plan *plan)
{
    self->code = EXIT_PASSED; /* if it ends by _exit(0) */
    self->end = END_ITSELF;
    self->hash[0] = '\0';
    const pid_t child = fork_child();
    if (child == 0) {
        is_child = true;
        be_silent();
        steer_begin(plan);
        running = true;
        carrier_visit(first_carrier);
    }
    return child > 0 ? verdict_of(wait_for_child(child, 0)) : EXIT_INTERNAL;
}

static _Noreturn void be_dry_run(void)
{
    static struct steer_plan plan = {.mode = STEER_RECORD};

    be_silent();
    is_recording = true;
    host_before = host_state();
    steer_begin(&plan);
    running = true;
    carrier_visit(first_carrier);
    leave_process(EXIT_INTERNAL);
}

static int dry_run(void)
{
    ex->limit = UINT64_MAX;
    self->code = EXIT_PASSED;
    self->end = END_ITSELF;
    plans_record();
    const pid_t child = fork_child();
    if (child == 0)
        be_dry_run();
    const int status = child > 0 ? wait_for_child(child, DRY_SECONDS) : EXIT_INTERNAL << 8;
    if (!plans_analyse())
        return EXIT_INTERNAL;
    if (!ex->dry_run_ended)
        ex->forked_why = "it ends by a call of _exit()";
    ex->limit = LENGTH_LEAST + plans_facts().points * LENGTH_FACTOR;
    return verdict_of(status);
}

/* --- workers --- */

static int run_once(const struct steer_plan *plan)
{
    return ex->forked ? run_in_child(plan) : run_here(plan);
}

static void note_failure(struct worker *worker, uint64_t run, int code)
{
    struct explore_failure *const failure = &worker->failure;
    uint64_t lowest = ex->failing;

    failure->run = run;
    failure->code = code;
    failure->end = worker->end;
    schedule_format(steer_done(), failure->schedule, sizeof failure->schedule);
    while (run < lowest && !atomic_compare_exchange_weak(&ex->failing, &lowest, run))
        ;
}

/* That this process may use. */
static unsigned cpus(void)
{
    cpu_set_t all;

    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof all, &all);
    return CPU_COUNT(&all) > 0 ? (unsigned)CPU_COUNT(&all) : 1;
}

static void use_cpu(unsigned number)
{
    cpu_set_t all, one;
    unsigned left = number % cpus();

    CPU_ZERO(&all);
    sched_getaffinity(0, sizeof all, &all);
    for (unsigned cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &all) && left-- == 0) {
            CPU_ZERO(&one);
            CPU_SET(cpu, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
    }
}

static void print_hash(int out, const struct worker *worker, uint64_t run, int code)
{
    char line[200];
    const int length =
        snprintf(line, sizeof line, "run %llu exit %d trace-hash %s\n", (unsigned long long)run + 1,
                 code, worker->hash[0] != '\0' ? worker->hash : "none");

    (void)!write(out, line, (size_t)length);
}

static void work(int out)
{
    struct steer_plan plan; /* on this stack nothing is put back */

    for (;;) {
        const uint64_t run =
            ex->options.only > 0 ? ex->options.only - 1 : atomic_fetch_add(&ex->next, 1);

        if (run >= ex->options.runs || run > ex->failing ||
            !plans_get(ex->strategy, ex->options.seed, ex->options.runs, run, &plan))
            return;
        self->run = run;
        const int code = run_once(&plan);
        atomic_fetch_add_explicit(&ex->runs, 1, memory_order_relaxed);
        if (ex->options.hashes)
            print_hash(out, self, run, code);
        else if (code != EXIT_PASSED)
            note_failure(self, run, code);
        self->run = NONE;
        if (ex->options.only > 0)
            return;
        if (!ex->forked && ex->host_change != NULL) {
            ex->host_change = NULL;
            _exit(RENEWED);
        }
    }
}

static void be_worker(struct worker *worker, unsigned number)
{
    const int out = dup(STDOUT_FILENO);

    self = worker;
    steer_use(self->steering);
    use_cpu(number);
    be_silent();
    if (!ex->forked) {
        carrier_reserve(RESERVED_CARRIERS); /* else each run maps its stacks anew */
        window_premap(RESERVED_BYTES);
        if (!snapshot_take())
            _exit(EXIT_INTERNAL);
    }
    work(out);
    _exit(0);
}

static void start_worker(unsigned number)
{
    struct worker *const worker = &ex->workers[number];

    if (worker->steering == NULL)
        worker->steering = steer_copy();
    worker->run = NONE;
    worker->watch = (struct watch){0};
    worker->end = END_ITSELF;
    worker->hash[0] = '\0';
    const pid_t child = fork_child();
    if (child == 0)
        be_worker(worker, number);
    worker->process = child;
}

/*
 * A worker is dead. What it did last has ended it, unless it was done. True if another one is to
 * take its place.
 */
static bool bury(struct worker *worker, int status)
{
    const uint64_t run = worker->run;

    worker->process = 0;
    if (run == NONE && WIFEXITED(status) && WEXITSTATUS(status) == RENEWED)
        return ex->options.only == 0;
    if (run == NONE) {
        if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
            note_failure(worker, 0, EXIT_INTERNAL);
        return false;
    }
    const int code = worker->end == END_SILENT ? EXIT_DEADLOCK
                     : WIFSIGNALED(status)     ? 128 + WTERMSIG(status)
                                               : WEXITSTATUS(status);
    ex->runs++;
    steer_use(worker->steering);
    if (ex->options.hashes) {
        worker->hash[0] = '\0';
        fflush(stdout);
        print_hash(STDOUT_FILENO, worker, run, code);
    } else if (code != EXIT_PASSED) {
        note_failure(worker, run, code);
    }
    return ex->options.only == 0;
}

static void kill_if_silent(struct worker *worker)
{
    const uint64_t run = worker->run;

    if (ex->forked || run == NONE ||
        !is_silent(&worker->watch, worker->process, run, steer_points_of(worker->steering)))
        return;
    worker->end = END_SILENT;
    kill(worker->process, SIGKILL);
}

/* True while it lives. */
static bool watch_worker(unsigned number)
{
    struct worker *const worker = &ex->workers[number];
    int status;

    if (worker->process > 0 && waitpid(worker->process, &status, WNOHANG) > 0) {
        if (bury(worker, status))
            start_worker(number);
    } else if (worker->process > 0) {
        kill_if_silent(worker);
    }
    return worker->process > 0;
}

static void watch_workers(unsigned count)
{
    struct timespec pause = {.tv_nsec = 50000};
    unsigned alive = count;

    for (unsigned turn = 0; alive > 0; turn++) {
        alive = 0;
        for (unsigned i = 0; i < count; i++)
            alive += watch_worker(i);
        if (turn % 50 == 49)
            explore_print_progress(ex->runs, ex->options.runs);
        nanosleep(&pause, NULL);
        if (pause.tv_nsec < 2000000)
            pause.tv_nsec += pause.tv_nsec / 4;
    }
    explore_print_progress(0, 0);
}

static double cpu_seconds(void)
{
    struct rusage use;

    getrusage(RUSAGE_CHILDREN, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static struct explore_failure *first_failure(void)
{
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        if (ex->workers[i].failure.run == ex->failing && ex->failing != NONE)
            return &ex->workers[i].failure;
    return NULL;
}

static unsigned choose_workers(void)
{
    unsigned count = ex->options.workers;

    if (count == 0)
        count = cpus();
    if (ex->options.only > 0)
        count = 1;
    return count < WORKERS_MAX ? count : WORKERS_MAX;
}

int explore_try(const struct schedule *schedule, enum steer_mode mode)
{
    const struct steer_plan plan = {.mode = mode, .fixed = *schedule};

    return run_in_child(&plan);
}

/* --- all of it --- */

/* What the command line has, for a sentence; it lasts until the next call. */
static const char *printable(const char *text)
{
    static char copy[512];

    snprintf(copy, sizeof copy, "%s", text);
    sentence_clean(copy);
    return copy;
}

static void parse_schedule(const char *text, struct schedule *schedule)
{
    const char *const why = schedule_parse(text, schedule);

    if (why == NULL)
        return;
    fprintf(stderr, "%s: --inject '%s' is no schedule: %s\n", program_invocation_short_name,
            printable(text), why);
    leave_process(EXIT_USAGE);
}

static void follow_file(const char *path)
{
    FILE *const file = fopen(path, "r");
    unsigned line = 0;
    const char *const why = file != NULL ? schedule_file_follow(file, &line) : strerror(errno);

    if (file != NULL)
        fclose(file);
    if (why == NULL)
        return;
    if (line > 0)
        fprintf(stderr, "%s: --schedule %s, line %u: %s\n", program_invocation_short_name,
                printable(path), line, why);
    else
        fprintf(stderr, "%s: --schedule %s: %s\n", program_invocation_short_name, printable(path),
                why);
    leave_process(EXIT_USAGE);
}

/* With --run K: which the strategy may not have. */
static void look_for_run(void)
{
    struct steer_plan plan;

    if (ex->options.only == 0 ||
        plans_get(ex->strategy, ex->options.seed, ex->options.runs, ex->options.only - 1, &plan))
        return;
    fprintf(stderr, "%s: there is no run %llu: strategy %s has fewer for this program\n",
            program_invocation_short_name, (unsigned long long)ex->options.only,
            strategy_names[ex->strategy]);
    leave_process(EXIT_USAGE);
}

static _Noreturn void explore(void)
{
    const double start = seconds_of(CLOCK_MONOTONIC);
    const double cpu_start = cpu_seconds();
    const unsigned count = choose_workers();

    look_for_run();
    ex->forked = ex->options.forked || ex->forked_why != NULL || !snapshot_is_possible();
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        ex->workers[i].failure.run = NONE;
    for (unsigned i = 0; i < count; i++)
        start_worker(i);
    watch_workers(count);
    const struct explore_result result = {
        .options = &ex->options,
        .strategy = ex->strategy,
        .runs = ex->runs,
        .seconds = seconds_of(CLOCK_MONOTONIC) - start,
        .cpu_seconds = cpu_seconds() - cpu_start,
        .workers = count,
        .forked = ex->forked,
        .forked_why = ex->forked_why != NULL    ? ex->forked_why
                      : !snapshot_is_possible() ? "a sanitizer keeps records that can't be put back"
                                                : "--fork-runs asks for it",
        .failure = first_failure()};
    explore_report(&result);
}

static void read_schedule(struct steer_plan *plan)
{
    plan->mode = ex->options.inject != NULL ? STEER_FIXED : STEER_RECORD;
    if (ex->options.inject != NULL)
        parse_schedule(ex->options.inject, &plan->fixed);
    else
        follow_file(ex->options.schedule);
}

static _Noreturn void replay(struct steer_plan *plan)
{
    is_replay = true;
    watchdog_start();
    steer_begin(plan);
    carrier_enter(first_carrier);
}

bool explore_kept_to_file(void)
{
    return !is_replay || ex->options.inject != NULL || schedule_file_missed() == 0;
}

void explore_all(struct carrier *first)
{
    static struct steer_plan plan;
    const bool is_one = ex->options.runs == 0;

    first_carrier = first;
    if (is_one)
        read_schedule(&plan);
    const int code = dry_run();
    if (is_one)
        replay(&plan);
    if (self->end == END_NEVER)
        explore_has_no_end(DRY_SECONDS);
    if (code != EXIT_PASSED)
        explore_fails_at_once(&ex->options, code, self->end);
    explore();
}
