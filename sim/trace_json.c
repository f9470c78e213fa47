/*
 * Events become tracks: what each core runs, what each task does or waits for, each interrupt line,
 * each heap's use.
 *
 * - Everything is written in the order in which it happens, and each track's times never decrease.
 * Slices are pairs of B and E, so that a file that breaks off still shows what was under way.
 * - A core's clock never runs backwards, but a task may move to a core whose clock is behind. Its
 * own track then goes on where it was: task_time().
 * - What is known of a task or heap lies in tables of fixed size. A task that finds no place there
 * has no track of its own; the cores' tracks show it all the same.
 */
#include "trace_json.h"

#include "../kernel/kernel.h"
#include "chrome_event.h"
#include "diagnose.h"
#include "engine.h"
#include "events.h"
#include "json_stream.h"
#include "reach.h"
#include "trace.h"

enum { TASKS_MAX = 1024, HEAPS_MAX = 64, LARGEST_EVERY_NS = 1000000 };

enum activity { NOTHING, RUNNING, READY, WAITING, SUSPENDED, ENDED };

struct task_track {
    uint32_t id; /* 0: free; TASKS_MAX is enough for the live ones, which move up as others end */
    enum activity now;
    enum activity next; /* when it leaves its core */
    enum wake_reason woken;
    uint64_t last; /* time of its newest event */
    uint64_t flow; /* from its wake-up, or 0 */
    char waits_for[TASK_NAME_MAX];
};

struct core_track {
    uint64_t last;
    bool busy; /* a slice is open: it does not idle */
    uint32_t task;
    uint32_t depth;                /* interrupts under way */
    bool under_way[IRQ_ALL_LINES]; /* which */
};

struct heap_track {
    const struct heap *heap;
    taddr_t object;
    uint64_t last;
    uint64_t next_largest; /* when the largest free block is looked for again */
};

static struct {
    bool active;
    uint64_t latest;
    uint64_t flows;
    struct core_track cores[CORES_MAX];
    struct task_track tasks[TASKS_MAX];
    unsigned task_count;
    struct heap_track heaps[HEAPS_MAX];
    uint64_t named[IRQ_ALL_LINES]; /* lines' tracks that have a name: a bit a core */
} json;

/* --- where and when --- */

static uint64_t later(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static uint64_t core_time(void)
{
    struct core_track *const c = &json.cores[port_core()];

    c->last = later(c->last, engine_now());
    json.latest = later(json.latest, c->last);
    return c->last;
}

static uint64_t task_time(struct task_track *task)
{
    task->last = later(task->last, core_time());
    json.latest = later(json.latest, task->last);
    return task->last;
}

static struct task_track *find_task(uint32_t id)
{
    for (unsigned i = 0; i < json.task_count; i++)
        if (json.tasks[i].id == id)
            return &json.tasks[i];
    return NULL;
}

static unsigned line_track(unsigned line, unsigned core)
{
    return line * CORES_MAX + core + 1;
}

/* The track of who executes now: an interrupt, a task, or else the core. */
static struct place here(void)
{
    const unsigned core = port_core();
    const struct core *const c = kernel_core();
    struct task_track *task = NULL;

    if (c->interrupts > 0)
        return (struct place){GROUP_LINES, line_track(c->isr_line, core), core_time(), true};
    if (c->current != NULL)
        task = find_task(c->current->id);
    if (task != NULL && task->now == RUNNING)
        return (struct place){GROUP_TASKS, task->id, task_time(task), true};
    return (struct place){GROUP_CORES, core + 1, core_time(), json.cores[core].busy};
}

/* --- names of tracks --- */

static void name_core(unsigned core)
{
    chrome_begin_name("thread_name", GROUP_CORES, core + 1);
    stream_text_begin("name");
    stream_piece("core ");
    stream_piece_number(core);
    stream_text_end();
    chrome_end_name("thread_sort_index", GROUP_CORES, core + 1, core);
}

/* A line has a track on each core where it is taken. */
static void name_line(unsigned line, const char *name)
{
    const unsigned core = port_core();

    if ((json.named[line] >> core & 1) != 0)
        return;
    json.named[line] |= UINT64_C(1) << core;
    chrome_begin_name("thread_name", GROUP_LINES, line_track(line, core));
    stream_text_begin("name");
    stream_piece(name != NULL && name[0] != '\0' ? name : "line");
    stream_piece(" (line ");
    stream_piece_number(line);
    stream_piece(kernel.core_count > 1 ? "), core " : ")");
    if (kernel.core_count > 1)
        stream_piece_number(core);
    stream_text_end();
    chrome_end_name("thread_sort_index", GROUP_LINES, line_track(line, core),
                    line_track(line, core));
}

/* --- tasks --- */

static void task_made(uint32_t id, uint32_t priority, const char *name)
{
    struct task_track *const task = &json.tasks[json.task_count];

    if (json.task_count == TASKS_MAX)
        return;
    json.task_count++;
    *task = (struct task_track){.id = id};
    chrome_begin_name("thread_name", GROUP_TASKS, id);
    stream_text("name", name);
    chrome_end_name("thread_sort_index", GROUP_TASKS, id, (uint64_t)priority << 16 | (id & 0xffff));
}

/* Ends what the task's track shows, and begins the next. */
static void turn(struct task_track *task, enum activity next)
{
    static const char *const names[] = {
        [RUNNING] = "running", [READY] = "ready", [WAITING] = "waits", [SUSPENDED] = "suspended"};
    const uint64_t time = task_time(task);

    if (task->now != NOTHING)
        chrome_end_slice(GROUP_TASKS, task->id, time);
    task->now = next;
    task->next = READY; /* if it is displaced */
    if (next == ENDED)
        return;
    chrome_begin("B", GROUP_TASKS, task->id, time);
    stream_text_begin("name");
    stream_piece(names[next]);
    if (next == WAITING) {
        stream_piece(" for ");
        stream_piece(task->waits_for);
    }
    stream_text_end();
}

static void turn_to(struct task_track *task, enum activity next)
{
    turn(task, next);
    if (next != ENDED)
        stream_end();
}

static void forget(struct task_track *task)
{
    *task = json.tasks[--json.task_count];
}

/* While it runs, what comes next is noted only. */
static void will(struct task_track *task, enum activity next)
{
    if (task->now == RUNNING) {
        task->next = next;
        return;
    }
    turn_to(task, next);
    if (next == ENDED)
        forget(task);
}

static void task_waits(const char *name)
{
    struct task_track *const task = find_task(json.cores[port_core()].task);

    if (task == NULL)
        return;
    for (unsigned i = 0; i < sizeof task->waits_for - 1; i++) {
        task->waits_for[i] = name[i];
        if (name[i] == '\0')
            break;
    }
    will(task, WAITING);
}

static void task_ready(struct task_track *task)
{
    const struct place from = here();
    const bool waited = task->now == WAITING;

    task->flow = 0;
    if (from.in_slice) {
        task->flow = ++json.flows;
        chrome_flow("s", from, task->flow, task->id);
        task->last = later(task->last, from.time); /* an arrow never points backwards */
    }
    turn(task, READY);
    if (waited) {
        stream_nested("args");
        stream_text("why", trace_wake_name(task->woken));
        stream_nested_end();
    }
    stream_end();
}

static void task_runs(struct task_track *task)
{
    turn(task, RUNNING);
    stream_nested("args");
    stream_number("core", port_core());
    stream_nested_end();
    stream_end();
    if (task->flow != 0)
        chrome_flow("f", (struct place){GROUP_TASKS, task->id, task->last, true}, task->flow,
                    task->id);
    task->flow = 0;
}

static void core_switches(uint32_t id, uint32_t priority, const char *name)
{
    const unsigned core = port_core();
    struct core_track *const c = &json.cores[core];
    struct task_track *const from = find_task(c->task);

    if (from != NULL && from->now == RUNNING) {
        const enum activity next = from->next;

        turn_to(from, next);
        if (next == ENDED)
            forget(from);
    }
    if (c->busy)
        chrome_end_slice(GROUP_CORES, core + 1, core_time());
    c->task = id;
    c->busy = id != kernel.cores[core].idle.id;
    if (!c->busy)
        return;
    chrome_begin_slice(GROUP_CORES, core + 1, core_time(), name);
    stream_nested("args");
    stream_number("task", id);
    stream_number("priority", priority);
    stream_nested_end();
    stream_end();
    struct task_track *const to = find_task(id);
    if (to != NULL)
        task_runs(to);
}

static void priority_changes(struct task_track *task, uint32_t now, uint32_t before)
{
    chrome_begin_instant((struct place){GROUP_TASKS, task->id, task_time(task), true}, "priority",
                         NULL);
    stream_number("now", now);
    stream_number("before", before);
    chrome_end_args();
}

/* --- interrupts --- */

static void line_enters(unsigned line, const char *name)
{
    const unsigned core = port_core();
    struct core_track *const c = &json.cores[core];

    name_line(line, name);
    chrome_begin("B", GROUP_CORES, core + 1, core_time());
    stream_text_begin("name");
    stream_piece("interrupt ");
    stream_piece(name != NULL && name[0] != '\0' ? name : "");
    stream_text_end();
    stream_end();
    chrome_begin_slice(GROUP_LINES, line_track(line, core), c->last, "interrupt");
    stream_end();
    c->depth++;
    c->under_way[line] = true;
}

static void line_exits(unsigned line, unsigned core, uint64_t time)
{
    struct core_track *const c = &json.cores[core];

    if (!c->under_way[line])
        return;
    chrome_end_slice(GROUP_LINES, line_track(line, core), time);
    chrome_end_slice(GROUP_CORES, core + 1, time);
    c->under_way[line] = false;
    c->depth--;
}

/* --- sinks --- */

/* Of semaphores, mutexes, pools and what else there is: a mark on the track of who did it. */
static void mark(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b, const char *name)
{
    chrome_begin_instant(here(), trace_event_name(event), name);
    stream_number("id", id);
    stream_number("a", a);
    stream_number("b", b);
    chrome_end_args();
}

static void on_task_event(struct task_track *task, enum kernel_event event, uint32_t a, uint32_t b)
{
    if (task == NULL)
        return;
    if (event == EVENT_READY)
        task_ready(task);
    else if (event == EVENT_WAKE)
        task->woken = (enum wake_reason)a;
    else if (event == EVENT_SUSPEND)
        will(task, SUSPENDED);
    else if (event == EVENT_TASK_CLOSE)
        will(task, ENDED);
    else
        priority_changes(task, a, b);
}

static void on_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                            const char *name)
{
    stream_enter();
    switch (event) {
    case EVENT_TASK_CREATE:
        task_made(id, a, name);
        break;
    case EVENT_READY:
    case EVENT_WAKE:
    case EVENT_SUSPEND:
    case EVENT_TASK_CLOSE:
    case EVENT_PRIORITY:
        on_task_event(find_task(id), event, a, b);
        break;
    case EVENT_SWITCH:
        core_switches(id, a, name);
        break;
    case EVENT_BLOCK:
        task_waits(name);
        break;
    case EVENT_ISR_ENTER:
        line_enters(id, name);
        break;
    case EVENT_ISR_EXIT:
        line_exits(id, port_core(), core_time());
        break;
    default:
        mark(event, id, a, b, name);
        break;
    }
    stream_leave();
}

static struct heap_track *heap_track(const struct heap *heap)
{
    unsigned i = 0;

    while (i < HEAPS_MAX - 1 && json.heaps[i].heap != NULL &&
           (json.heaps[i].heap != heap || json.heaps[i].object != heap->object))
        i++;
    if (json.heaps[i].heap != heap || json.heaps[i].object != heap->object)
        json.heaps[i] = (struct heap_track){.heap = heap, .object = heap->object};
    return &json.heaps[i]; /* beyond HEAPS_MAX they take turns in the last one */
}

static void begin_counter(const struct heap *heap, uint64_t time, const char *what)
{
    chrome_begin("C", GROUP_HEAPS, 1, time);
    stream_text_begin("name");
    stream_piece(heap->name);
    stream_piece(" ");
    stream_piece_address(heap->object);
    stream_piece(what);
    stream_text_end();
    stream_nested("args");
}

/* The largest free block takes a walk through the heap, so it is looked for once a millisecond. */
static void count_largest(const struct heap *heap, struct heap_track *track)
{
    if (track->last < track->next_largest)
        return;
    track->next_largest = track->last + LARGEST_EVERY_NS;
    begin_counter(heap, track->last, " largest free");
    stream_number("bytes", heap_largest_free((struct heap *)(uintptr_t)heap));
    chrome_end_args();
}

static void on_heap_event(const struct heap_event *event)
{
    const struct heap *const heap = event->heap;
    struct heap_stats stats;

    if (!heap_event_of_block(event->kind))
        return;
    stream_enter();
    if (event->kind == HEAP_EVENT_FAIL) {
        chrome_begin_instant(here(), "no room in", heap->name);
        stream_number("size", event->size);
        stream_number("steps", event->cost.steps);
        chrome_end_args();
    }
    struct heap_track *const track = heap_track(heap);
    track->last = later(track->last, core_time());
    heap->ops->stats((struct heap *)(uintptr_t)heap, &stats);
    begin_counter(heap, track->last, "");
    stream_number("used", stats.used);
    stream_number("free", stats.total - stats.used);
    chrome_end_args();
    count_largest(heap, track);
    stream_leave();
}

static void on_diagnosis(const struct diagnosis *diagnosis)
{
    stream_enter();
    chrome_begin_instant(here(), diagnose_kind_name(diagnosis->kind), NULL);
    stream_text("call", diagnosis->call != NULL ? diagnosis->call : "");
    stream_text("text", diagnosis->text);
    if (diagnosis->heap != NULL && diagnosis->heap->ops != NULL)
        stream_text("heap", diagnosis->heap->name);
    stream_number("address", diagnosis->address);
    stream_number("size", diagnosis->size);
    stream_number("site", (uintptr_t)diagnosis->site);
    chrome_end_args();
    stream_leave();
}

static const struct event_sink sink = {
    .heap = on_heap_event, .kernel = on_kernel_event, .diagnosis = on_diagnosis};

/* --- life --- */

bool trace_json_open(const char *path)
{
    reach_leave_out(&json, sizeof json);
    if (!stream_open(path))
        return false;
    json.active = true;
    stream_enter();
    chrome_name_group(GROUP_CORES, "cores");
    chrome_name_group(GROUP_TASKS, "tasks");
    chrome_name_group(GROUP_LINES, "interrupts");
    chrome_name_group(GROUP_HEAPS, "heaps");
    for (unsigned i = 0; i < kernel.core_count; i++) {
        name_core(i);
        chrome_begin_slice(GROUP_CORES, i + 1, 0, "start-up");
        stream_end();
        json.cores[i].busy = true;
    }
    stream_leave();
    events_add_sink(&sink);
    return true;
}

static void end_core(unsigned core)
{
    struct core_track *const c = &json.cores[core];

    for (unsigned line = 0; line < IRQ_ALL_LINES && c->depth > 0; line++)
        line_exits(line, core, json.latest);
    if (c->busy)
        chrome_end_slice(GROUP_CORES, core + 1, json.latest);
}

void trace_json_close(void)
{
    if (!json.active)
        return;
    json.active = false;
    events_remove_sink(&sink);
    stream_enter();
    core_time();
    for (unsigned i = 0; i < kernel.core_count; i++)
        end_core(i);
    for (unsigned i = 0; i < json.task_count; i++)
        if (json.tasks[i].now != NOTHING)
            chrome_end_slice(GROUP_TASKS, json.tasks[i].id, json.latest);
    stream_leave();
    stream_close();
}
