/*
 * check_trace [-u] [-n NAME]... FILE.json [FILE.txt]: whether a trace of --trace keeps the format's
 * rules, and tells the same as the text trace of the same run.
 *
 * - It is one JSON array; the times of a track, and of a counter, never decrease; every slice that
 * begins ends (-u: unless the run broke off), every end has its beginning.
 * - Every arrow that ends has started, earlier and for the same task; both ends lie in slices. A
 * task that runs with an arrow under way is where it ends.
 * - Every track that is used has a name. Each NAME of -n is one of them.
 * - With the text: as many slices and marks of each kind, the same time spent in each task and
 * interrupt on each core, and as many waits that ended for each reason.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { GROUP_CORES = 1, GROUP_TASKS, GROUP_LINES, GROUP_HEAPS };
enum { DEPTH_MAX = 70, CORES = 64, TEXT_EVENTS_MAX = 64, FLOWS_MAX = 1 << 20 };

static unsigned faults;

static void fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void fault(const char *format, ...)
{
    va_list args;

    if (++faults > 20)
        return;
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

/* --- what is counted, in either file --- */

/* Why a wait ended, by its number in the text. */
static const char *const reasons[] = {"given", "timeout", "deleted", "resumed", "look again"};
enum { REASONS = sizeof reasons / sizeof reasons[0] };

struct totals {
    uint64_t slices[CORES]; /* of tasks */
    uint64_t busy_ns[CORES];
    uint64_t interrupts[CORES];
    uint64_t interrupt_ns[CORES];
    uint64_t heap_events;
    uint64_t ready, ready_of_idle; /* idle tasks have no slice for an arrow to start in */
    uint64_t woken[REASONS];
    struct {
        char name[32];
        uint64_t count;
    } marks[TEXT_EVENTS_MAX];
    unsigned mark_kinds;
};

static void count_mark(struct totals *totals, const char *name, size_t length)
{
    unsigned i = 0;

    while (i < totals->mark_kinds && (strlen(totals->marks[i].name) != length ||
                                      strncmp(totals->marks[i].name, name, length) != 0))
        i++;
    if (i == TEXT_EVENTS_MAX || length >= sizeof totals->marks[i].name)
        return;
    if (i == totals->mark_kinds)
        memcpy(totals->marks[totals->mark_kinds++].name, name, length);
    totals->marks[i].count++;
}

/* --- the JSON trace --- */

struct slice {
    uint64_t begin;
    bool of_task;
};

struct track {
    json_int_t group, number;
    char counter[128]; /* a counter's name, or "" */
    uint64_t last;
    struct slice open[DEPTH_MAX];
    unsigned depth;
    uint64_t newest_ns; /* how long its newest slice of a task took */
    bool named, used;
    uint64_t arrow;      /* tasks: under way to it, or 0 */
    bool arrow_ends_now; /* it runs: the next event is the arrow's end */
};

static struct track *tracks;
static unsigned track_count;
static struct totals json_totals;
static struct {
    uint64_t time;
    json_int_t task;
    bool started, ended;
} arrows[FLOWS_MAX];
static uint64_t started, ended, diagnoses;

static struct track *find_track(json_int_t group, json_int_t number, const char *counter)
{
    static struct track *newest;

    for (unsigned i = 0; i < track_count; i++) {
        struct track *const t = &tracks[i];

        if (t->group == group && t->number == number && strcmp(t->counter, counter) == 0)
            return t;
    }
    tracks = realloc(tracks, (track_count + 1) * sizeof *tracks);
    newest = &tracks[track_count++];
    *newest = (struct track){.group = group, .number = number};
    snprintf(newest->counter, sizeof newest->counter, "%s", counter);
    return newest;
}

static const char *text(const json_t *event, const char *key)
{
    const json_t *const value = json_object_get(event, key);

    return json_is_string(value) ? json_string_value(value) : "";
}

static json_int_t number(const json_t *event, const char *key)
{
    const json_t *const value = json_object_get(event, key);

    if (!json_is_integer(value))
        fault("an event '%s' has no number '%s'", text(event, "ph"), key);
    return json_integer_value(value);
}

static uint64_t time_of(const json_t *event)
{
    const json_t *const value = json_object_get(event, "ts");

    if (!json_is_real(value) || json_real_value(value) < 0)
        fault("an event '%s' has no time", text(event, "ph"));
    return (uint64_t)llround(json_real_value(value) * 1000);
}

static void count_reason(const json_t *event)
{
    const json_t *const args = json_object_get(event, "args");
    unsigned i = 0;

    if (json_object_get(args, "why") == NULL)
        return;
    while (i < REASONS && strcmp(text(args, "why"), reasons[i]) != 0)
        i++;
    if (i == REASONS)
        fault("a wait ended for no reason: '%s'", text(args, "why"));
    else
        json_totals.woken[i]++;
}

static void begins(struct track *t, const json_t *event, uint64_t time)
{
    const bool of_task = json_object_get(json_object_get(event, "args"), "task") != NULL;

    if (t->depth == DEPTH_MAX || text(event, "name")[0] == '\0') {
        fault("track %lld.%lld: too deep, or a slice without a name", t->group, t->number);
        return;
    }
    t->open[t->depth++] = (struct slice){time, of_task};
    if (t->group == GROUP_CORES && of_task)
        json_totals.slices[t->number - 1]++;
    if (t->group == GROUP_LINES)
        json_totals.interrupts[(t->number - 1) % CORES]++;
    if (t->group == GROUP_TASKS && strcmp(text(event, "name"), "running") == 0)
        t->arrow_ends_now = t->arrow != 0;
    if (t->group == GROUP_TASKS)
        count_reason(event);
}

static void ends(struct track *t, uint64_t time)
{
    if (t->depth == 0) {
        fault("track %lld.%lld: an end without a beginning at %" PRIu64 " ns", t->group, t->number,
              time);
        return;
    }
    const struct slice *const slice = &t->open[--t->depth];
    if (t->group == GROUP_CORES && slice->of_task)
        json_totals.busy_ns[t->number - 1] += t->newest_ns = time - slice->begin;
    if (t->group == GROUP_LINES)
        json_totals.interrupt_ns[(t->number - 1) % CORES] += time - slice->begin;
}

static void arrow(struct track *t, const json_t *event, uint64_t time, bool starts)
{
    const json_int_t id = number(event, "id");
    const json_int_t task = number(json_object_get(event, "args"), "task");

    if (id <= 0 || id >= FLOWS_MAX || t->depth == 0 || text(event, "cat")[0] == '\0') {
        fault("arrow %lld lies in no slice, at %" PRIu64 " ns", id, time);
        return;
    }
    if (starts) {
        if (arrows[id].started)
            fault("arrow %lld starts twice", id);
        arrows[id].started = true;
        arrows[id].time = time;
        arrows[id].task = task;
        find_track(GROUP_TASKS, task, "")->arrow = (uint64_t)id;
        started++;
        return;
    }
    if (!arrows[id].started || arrows[id].ended || arrows[id].time > time ||
        arrows[id].task != task || t->number != task || t->arrow != (uint64_t)id)
        fault("arrow %lld ends at %" PRIu64 " ns, where it can't", id, time);
    arrows[id].ended = true;
    t->arrow = 0;
    t->arrow_ends_now = false;
    ended++;
}

static void counts(const json_t *event, const char *name)
{
    const json_t *value;
    const char *key;

    json_object_foreach(json_object_get(event, "args"), key, value)
    {
        if (!json_is_integer(value) || json_integer_value(value) < 0)
            fault("counter %s: '%s' is no number", name, key);
    }
    if (strstr(name, "largest free") == NULL)
        json_totals.heap_events++;
}

static void look_at(const json_t *event)
{
    const char *const phase = text(event, "ph");
    const json_int_t group = number(event, "pid");
    const bool counter = phase[0] == 'C';

    if (strlen(phase) != 1 || strchr("MBEisfC", phase[0]) == NULL) {
        fault("there is no phase '%s'", phase);
        return;
    }
    struct track *const t =
        find_track(group, number(event, "tid"), counter ? text(event, "name") : "");
    if (phase[0] == 'M') {
        t->named = t->named || strcmp(text(event, "name"), "thread_name") == 0;
        return;
    }
    const uint64_t time = time_of(event);
    if (time < t->last)
        fault("track %lld.%lld %s: %" PRIu64 " ns after %" PRIu64 " ns", t->group, t->number,
              t->counter, time, t->last);
    if (t->arrow_ends_now && phase[0] != 'f')
        fault("track %lld.%lld: no arrow ends where it runs, at %" PRIu64, t->group, t->number,
              t->last);
    t->last = time;
    t->used = true;
    const size_t index = (size_t)(t - tracks); /* an arrow may add a track */
    if (phase[0] == 'B')
        begins(t, event, time);
    else if (phase[0] == 'E')
        ends(t, time);
    else if (phase[0] == 's' || phase[0] == 'f')
        arrow(&tracks[index], event, time, phase[0] == 's');
    else if (counter)
        counts(event, text(event, "name"));
    else if (strcmp(text(event, "s"), "t") != 0)
        fault("a mark has no scope");
    else if (json_object_get(json_object_get(event, "args"), "call") == NULL) /* no diagnosis */
        count_mark(&json_totals, text(event, "name"), strcspn(text(event, "name"), " "));
    else
        diagnoses++;
}

/* --- the text trace --- */

static struct totals text_totals;
static bool last_is_task[CORES]; /* what runs at the end */

/* Tasks' and heaps' own events are slices, arrows and counters; the rest are marks. */
static void count_text_event(const char *context, const char *event)
{
    static const char *const others[] = {"task-create", "task-close", "suspend", "block"};

    if (strncmp(event, "heap-", 5) == 0) {
        text_totals.heap_events++;
        if (strcmp(event, "heap-fail") == 0)
            count_mark(&text_totals, "no", 2);
        return;
    }
    if (strcmp(event, "ready") == 0) {
        text_totals.ready++;
        text_totals.ready_of_idle += strncmp(context, "tidle", 5) == 0;
        return;
    }
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(event, others[i]) == 0)
            return;
    count_mark(&text_totals, event, strlen(event));
}

static void read_text(FILE *file)
{
    static uint64_t since[CORES], entered[CORES][DEPTH_MAX];
    static unsigned depth[CORES];
    char context[64], event[32], name[64], first[64];
    uint64_t time, id;
    unsigned core;

    while (fscanf(file, "%" SCNu64 " %u %63s %31s %" SCNu64 " %63s %63s%*[^\n]", &time, &core,
                  context, event, &id, name, first) == 7) {
        if (strcmp(event, "switch") == 0) {
            if (last_is_task[core])
                text_totals.busy_ns[core] += time - since[core];
            since[core] = time;
            last_is_task[core] = strncmp(name, "tidle", 5) != 0;
            text_totals.slices[core] += last_is_task[core];
        } else if (strcmp(event, "isr-enter") == 0) {
            text_totals.interrupts[core]++;
            entered[core][depth[core]++] = time;
        } else if (strcmp(event, "isr-exit") == 0) {
            text_totals.interrupt_ns[core] += time - entered[core][--depth[core]];
        } else if (strcmp(event, "wake") == 0) {
            if (strtoul(first, NULL, 10) < REASONS)
                text_totals.woken[strtoul(first, NULL, 10)]++;
            else
                fault("woken for no reason: '%s'", first);
        } else {
            count_text_event(context, event);
        }
    }
}

static void same(uint64_t json, uint64_t text, const char *what, unsigned core)
{
    if (json != text)
        fault("%s of core %u: %" PRIu64 " in JSON, %" PRIu64 " in text", what, core, json, text);
}

/* What runs on a core at the end has no end in the text. */
static void compare(void)
{
    for (unsigned core = 0; core < CORES; core++) {
        const uint64_t cut_ns =
            last_is_task[core] ? find_track(GROUP_CORES, core + 1, "")->newest_ns : 0;

        same(json_totals.slices[core], text_totals.slices[core], "slices of tasks", core);
        same(json_totals.busy_ns[core] - cut_ns, text_totals.busy_ns[core], "nanoseconds of tasks",
             core);
        same(json_totals.interrupts[core], text_totals.interrupts[core], "interrupts", core);
        same(json_totals.interrupt_ns[core], text_totals.interrupt_ns[core],
             "nanoseconds of interrupts", core);
    }
    for (unsigned i = 0; i < REASONS; i++)
        same(json_totals.woken[i], text_totals.woken[i], reasons[i], 0);
    same(json_totals.heap_events, text_totals.heap_events, "heap events", 0);
    if (started > text_totals.ready || started < text_totals.ready - text_totals.ready_of_idle)
        fault("%" PRIu64 " arrows, %" PRIu64 " tasks became ready", started, text_totals.ready);
    same(json_totals.mark_kinds, text_totals.mark_kinds, "kinds of marks", 0);
    for (unsigned i = 0; i < text_totals.mark_kinds; i++)
        for (unsigned k = 0; k < json_totals.mark_kinds; k++)
            if (strcmp(json_totals.marks[k].name, text_totals.marks[i].name) == 0)
                same(json_totals.marks[k].count, text_totals.marks[i].count,
                     text_totals.marks[i].name, 0);
}

/* --- main --- */

static void need_name(const json_t *events, const char *name)
{
    size_t index;
    const json_t *event;

    json_array_foreach((json_t *)(uintptr_t)events, index, event)
    {
        if (strcmp(text(event, "name"), "thread_name") == 0 &&
            strcmp(text(json_object_get(event, "args"), "name"), name) == 0)
            return;
    }
    fault("no track is named '%s'", name);
}

static void check_ends(bool unfinished)
{
    for (unsigned i = 0; i < track_count; i++) {
        const struct track *const t = &tracks[i];

        if (t->depth > 0 && !unfinished)
            fault("track %lld.%lld: %u slices never end", t->group, t->number, t->depth);
        if (t->used && !t->named && t->group != GROUP_HEAPS)
            fault("track %lld.%lld has no name", t->group, t->number);
    }
}

static void check(const json_t *events, bool unfinished)
{
    size_t index;
    const json_t *event;

    json_array_foreach((json_t *)(uintptr_t)events, index, event)
    {
        look_at(event);
    }
    check_ends(unfinished);
}

int main(int argc, char **argv)
{
    const char *names[32];
    unsigned name_count = 0;
    bool unfinished = false;
    json_error_t error = {.text = "it is no array"};
    int option;

    while ((option = getopt(argc, argv, "un:")) != -1) {
        if (option == 'n' && name_count < 32)
            names[name_count++] = optarg;
        else if (option == 'u')
            unfinished = true;
        else
            return 2;
    }
    json_t *const events = json_load_file(argv[optind], 0, &error);
    if (!json_is_array(events)) {
        printf("%s: line %d: %s\n", argv[optind], error.line, error.text);
        json_decref(events);
        return 1;
    }
    check(events, unfinished);
    for (unsigned i = 0; i < name_count; i++)
        need_name(events, names[i]);
    if (optind + 1 < argc) {
        FILE *const file = fopen(argv[optind + 1], "r");

        if (file == NULL)
            return 2;
        read_text(file);
        compare();
        fclose(file);
    }
    printf("%zu events, %u tracks, %" PRIu64 " arrows, %" PRIu64 " of them end, %" PRIu64
           " diagnoses, %u faults\n",
           json_array_size(events), track_count, started, ended, diagnoses, faults);
    json_decref(events);
    free(tracks);
    return faults == 0 && track_count > 2 ? 0 : 1;
}
