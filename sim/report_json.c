/* A diagnosis, and what else a run says of itself, as lines of JSON (docs/diagnoses.md). */
#define _GNU_SOURCE
#include "report_json.h"

#include "json_lines.h"

bool json_is_on;

#if HEAPSIM_HAVE_JANSSON
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "arena.h"
#include "carrier.h"
#include "deadlock.h"
#include "diagnose.h"
#include "engine.h"
#include "explore.h"
#include "last_words.h"
#include "races.h"
#include "report.h"
#include "reporter.h"
#include "symbol.h"

static struct json_run run;
static pid_t owner; /* a child's runs are others */
static atomic_flag has_ended = ATOMIC_FLAG_INIT;

bool json_is_possible(void)
{
    return true;
}

/* --- how to run it again --- */

static json_t *command(void)
{
    json_t *const arguments = json_array();

    for (char **argument = run.argv; *argument != NULL; argument++)
        json_array_append_new(arguments, line_string(*argument));
    return arguments;
}

static void put_run(json_t *line)
{
    line_put(line, "seed", line_number(run.seed));
    line_put(line, "command", command());
}

/* --- places in the code --- */

static json_t *location(const void *return_address)
{
    struct symbol_location at;
    json_t *place;

    if (return_address == NULL || !symbol_locate(return_address, &at))
        return json_null();
    place = json_object();
    line_put(place, "function", line_string(at.function));
    line_put(place, "file", line_text(symbol_file(at.path)));
    line_put(place, "path", line_text(at.path));
    line_put(place, "line", at.path[0] != '\0' ? line_number((unsigned)at.line) : json_null());
    return place;
}

/* The application's own among them, the innermost first. */
static json_t *stack(const void *const *frames, size_t count)
{
    json_t *const places = json_array();

    for (size_t i = 0; i < count; i++)
        if (symbol_of_application(frames[i]))
            json_array_append_new(places, location(frames[i]));
    return places;
}

static void put_stack(json_t *object, const void *const *frames, size_t count)
{
    json_t *const places = stack(frames, count);
    json_t *const first = json_array_get(places, 0);

    line_put(object, "site", first != NULL ? json_incref(first) : json_null());
    line_put(object, "stack", places);
}

/* --- who --- */

static void put_who(json_t *object, const char *task, int line)
{
    line_put(object, "task", line_text(task));
    line_put(object, "interrupt", line >= 0 ? line_number((unsigned)line) : json_null());
}

static json_t *deed(const struct ledger_deed *done, const char *by, const char *task)
{
    const void *frames[LEDGER_FRAMES];
    json_t *const object = json_object();
    size_t count = 0;

    if (done->number == 0)
        return json_null();
    while (count < LEDGER_FRAMES && done->frames[count] != 0) {
        frames[count] = (const void *)(uintptr_t)done->frames[count];
        count++;
    }
    line_put(object, "call", line_text((const char *)(uintptr_t)done->call));
    line_put(object, "by", line_string(by));
    put_who(object, task, ledger_line(done->who));
    line_put(object, "time_ns", line_number(done->time));
    put_stack(object, frames, count);
    return object;
}

/* --- a diagnosis --- */

static void put_block(json_t *blocks, const struct report *r, const struct report_block *b)
{
    json_t *object;

    if (b->role[0] == '\0')
        return;
    object = json_object();
    line_put(object, "role", line_string(b->role));
    line_put(object, "address", line_address(b->block.address));
    line_put(object, "offset",
             r->address != 0 ? json_integer((json_int_t)r->address - b->block.address)
                             : json_null());
    line_put(object, "size", line_number(b->block.size));
    line_put(object, "usable", line_number(b->block.usable));
    line_put(object, "heap", line_string(b->heap));
    line_put(object, "allocator", line_string(b->title));
    line_put(object, "live", json_boolean(b->live));
    line_put(object, "allocated", deed(&b->block.taken, b->taken_by, b->taken_task));
    line_put(object, "freed", deed(&b->block.freed, b->freed_by, b->freed_task));
    json_array_append_new(blocks, object);
}

static json_t *failure(const struct report *r)
{
    json_t *object;

    if (!r->has_failure)
        return json_null();
    object = json_object();
    line_put(object, "size", line_number(r->failure.size));
    line_put(object, "heap", line_string(r->failed_heap));
    line_put(object, "free", line_number(r->failure.free));
    line_put(object, "asked", deed(&r->failure.deed, r->failed_by, r->failed_task));
    return object;
}

/* Of a race; those are found in this process. */
static json_t *accesses(const struct report *r)
{
    json_t *const both = json_array();

    for (unsigned earlier = 0; r->kind == DIAGNOSIS_RACE && earlier < 2; earlier++) {
        const struct race_access *const access = race_told(earlier);
        json_t *const object = json_object();
        json_t *const way = json_array();

        line_put(object, "when", line_string(earlier ? "before" : "now"));
        line_put(object, "access", line_string(access->kind));
        line_put(object, "bytes", line_number(access->bytes));
        line_put(object, "by", line_string(access->who));
        put_who(object, access->task, access->line);
        line_put(object, "site", location(access->site));
        json_array_append_new(way, location(access->site));
        json_array_extend(way, stack(access->frames, access->frame_count));
        line_put(object, "stack", way);
        json_array_append_new(both, object);
    }
    return r->kind == DIAGNOSIS_RACE ? both : json_null();
}

static json_t *where(const struct report *r)
{
    char name[120];

    if (r->where[0] != '\0' || r->address == 0 || r->blocks[0].role[0] != '\0')
        return line_text(r->where);
    return symbol_data(r->address, name, sizeof name) ? line_string(name) : json_null();
}

static void put_ways(json_t *line, const struct report *r)
{
    json_t *way = stack(r->frames, r->interrupted ? 0 : r->frame_count);

    if (json_array_size(way) == 0)
        way = stack(&r->site, r->site != NULL);
    line_put(line, "site", location(r->site));
    line_put(line, "stack", way);
    line_put(line, "interrupted", r->interrupted ? stack(r->frames, r->frame_count) : json_null());
}

void json_report(const struct report *r)
{
    const struct report_kind *const kind = &report_kinds[r->kind];
    json_t *const line = json_is_on ? line_begin(kind->name, false) : NULL;

    if (line == NULL)
        return;
    line_put(line, "title", line_string(kind->title));
    line_put(line, "text", line_string(r->text));
    line_put(line, "call", line_text(r->call));
    put_who(line, r->task, r->line);
    line_put(line, "core", line_number(r->core));
    line_put(line, "time_ns", line_number(r->time));
    line_put(line, "address", line_address(r->address));
    line_put(line, "where", where(r));
    line_put(line, "size", line_number(r->size));
    line_put(line, "heap", line_text(r->heap));
    line_put(line, "allocator", line_text(r->title));
    put_ways(line, r);
    line_put(line, "rule", line_text(r->rule));
    line_put(line, "advice", line_string(r->advice));
    json_t *const blocks = json_array();
    for (unsigned i = 0; i < REPORT_BLOCKS; i++)
        put_block(blocks, r, &r->blocks[i]);
    line_put(line, "blocks", blocks);
    line_put(line, "failure", failure(r));
    line_put(line, "accesses", accesses(r));
    line_put(line, "story", line_text(r->story));
    put_run(line);
    line_end(line);
}

/* --- tasks that do not go on --- */

/* Not in a replay's dry run. */
static bool is_told(void)
{
    return json_is_on && !explore_run_is_on();
}

void json_stuck(const char *task, unsigned core, const void *site)
{
    json_t *const line = is_told() ? line_begin("stuck", false) : NULL;

    if (line == NULL)
        return;
    line_put(line, "title", line_string("a task that lets nobody else run"));
    line_put(line, "text", line_string("it has run for long without a safepoint"));
    put_who(line, task, -1);
    line_put(line, "core", line_number(core));
    line_put(line, "time_ns", line_number(engine_now()));
    line_put(line, "site", location(site));
    line_put(line, "advice",
             line_string("Compile that code with heapsim_add_scenario, or call sim_safepoint() in "
                         "its loop."));
    put_run(line);
    line_end(line);
}

static json_t *waiting_task(const struct task *task)
{
    const struct wait_queue *const queue = task->waiting_on;
    const struct task *const holder = deadlock_owner(task);
    json_t *const object = json_object();
    char text[160];

    line_put(object, "task", line_string(task->name));
    line_put(object, "priority", line_number(task->priority));
    line_put(object, "text", line_string(deadlock_describe(task, text, sizeof text)));
    line_put(object, "object", queue != NULL ? line_string(queue->kind) : json_null());
    line_put(object, "name", queue != NULL ? line_string(queue->name) : json_null());
    line_put(object, "held_by", line_text(holder != NULL ? holder->name : NULL));
    return object;
}

static json_t *circle(void)
{
    const struct task *const start = deadlock_circle();
    const struct task *task = start;
    json_t *const names = json_array();

    if (start == NULL)
        return json_null();
    do {
        json_array_append_new(names, line_string(task->name));
        task = deadlock_owner(task);
    } while (task != start);
    return names;
}

void json_deadlock(void)
{
    json_t *const line = is_told() ? line_begin("deadlock", false) : NULL;
    json_t *const tasks = line != NULL ? json_array() : NULL;

    if (line == NULL)
        return;
    line_put(line, "title", line_string("tasks that wait for ever"));
    line_put(line, "text", line_string("no task can ever run again, and no interrupt is due"));
    put_who(line, NULL, -1);
    line_put(line, "core", json_null());
    line_put(line, "time_ns", line_number(engine_now()));
    line_put(line, "site", json_null());
    for (const struct task *task = deadlock_next(NULL); task != NULL; task = deadlock_next(task))
        json_array_append_new(tasks, waiting_task(task));
    line_put(line, "waiting", tasks);
    line_put(line, "circle", circle());
    line_put(line, "advice",
             line_string("Take locks in the same order everywhere, and give what is "
                         "waited for on every way out."));
    put_run(line);
    line_end(line);
}

/* --- begin and end --- */

static json_t *regions(void)
{
    json_t *const all = json_array();

    for (unsigned i = 0; i < arena_region_count(); i++) {
        const struct arena_region *const region = arena_region(i);
        json_t *const object = json_object();

        line_put(object, "name", line_string(region->name));
        line_put(object, "address", line_address(region->base));
        line_put(object, "size", line_number(region->size));
        json_array_append_new(all, object);
    }
    return all;
}

static void begin(void)
{
    json_t *const line = line_begin("run", false);

    line_put(line, "heapsim", line_string(HEAPSIM_VERSION));
    line_put(line, "program", line_string(program_invocation_short_name));
    line_put(line, "dialect", line_string(run.dialect));
    line_put(line, "engine", line_string(engine->name));
    line_put(line, "carrier", line_string(carriers->name));
    line_put(line, "cores", line_number(run.cores));
    line_put(line, "heap", line_string(run.heap));
    line_put(line, "regions", regions());
    put_run(line);
    line_end(line);
}

static void end_by_signal(int number)
{
    json_end(number > 0 ? -1 : EXIT_MISUSE, number); /* 0: a sanitizer's finding */
}

/* The application's main gets the array itself, with a name of its own in it. */
static char **copy(char **argv)
{
    size_t count = 0;
    char **to;

    while (argv[count] != NULL)
        count++;
    to = calloc(count + 1, sizeof *to);
    if (to != NULL)
        memcpy(to, argv, count * sizeof *to);
    return to;
}

bool json_open(const char *path, const struct json_run *of)
{
    run = *of;
    run.argv = copy(of->argv);
    if (run.argv == NULL || !lines_open(path))
        return false;
    json_is_on = true;
    owner = getpid();
    begin();
    last_words_add(end_by_signal);
    return true;
}

void json_end(int code, int signal)
{
    struct json_end end = {.code = code, .signal = signal, .printed = diagnose_reported()};

    if (!json_is_on || getpid() != owner || atomic_flag_test_and_set(&has_ended))
        return;
    end.time = engine_now();
    for (unsigned kind = 0; kind < DIAGNOSIS_KINDS; kind++)
        end.found[kind] = diagnose_count((enum diagnosis_kind)kind);
    if (reporter_runs())
        reporter_send_end(&end);
    else
        json_write_end(&end);
}

void json_write_end(const struct json_end *end)
{
    json_t *const line = line_begin("end", true);
    json_t *const found = json_object();

    line_put(line, "exit", end->code >= 0 ? json_integer(end->code) : json_null());
    line_put(line, "signal",
             end->signal > 0 ? json_sprintf("SIG%s", sigabbrev_np(end->signal)) : json_null());
    line_put(line, "time_ns", line_number(end->time));
    line_put(line, "printed", line_number(end->printed));
    for (unsigned kind = 0; kind < DIAGNOSIS_KINDS; kind++)
        if (end->found[kind] > 0)
            line_put(found, report_kinds[kind].name, line_number(end->found[kind]));
    line_put(line, "found", found);
    line_end(line);
    json_is_on = false; /* this was the last one */
}
#else
bool json_is_possible(void)
{
    return false;
}

bool json_open(const char *path, const struct json_run *run)
{
    (void)path;
    (void)run;
    return false;
}

void json_report(const struct report *report)
{
    (void)report;
}

void json_stuck(const char *task, unsigned core, const void *site)
{
    (void)task;
    (void)core;
    (void)site;
}

void json_deadlock(void)
{
}

void json_end(int code, int signal)
{
    (void)code;
    (void)signal;
}

void json_write_end(const struct json_end *end)
{
    (void)end;
}
#endif
