#include "ledger.h"

#include <stdio.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "arena.h"
#include "engine.h"
#include "events.h"
#include "frames.h"
#include "guard.h"
#include "sparse.h"

enum {
    WORD = 4, /* no two blocks begin nearer to each other */
    SPANS = 24,
    WATCHERS = 12,
    NAMES = 1 << 12,
    PROBES = 64,
    WHO_ISR = 1 << 31,
    WHO_LINE_SHIFT = 24,
    WHO_TASK = (1 << WHO_LINE_SHIFT) - 1
};

/* Memory that heaps lie in, with a word for each of its words: its block's record plus 1, or 0. */
struct span {
    taddr_t begin;
    tsize_t size;
    uint32_t *index;
};

struct name {
    uint32_t id, run;
    char text[TASK_NAME_MAX];
};

/* Outside the program's static data, which a snapshot puts back: ledger_reset() does it here. */
struct ledger {
    uint32_t run;      /* names and heaps of earlier runs are none */
    uint32_t used;     /* records */
    uint32_t recycled; /* where the next one to use again is looked for */
    uint32_t operations, lost, failed;
    struct name names[NAMES]; /* by number of the task */
    struct ledger_heap heaps[LEDGER_HEAPS];
    struct ledger_failure failures[LEDGER_FAILURES];
    struct ledger_block blocks[LEDGER_RECORDS];
};

extern char __data_start[], _end[]; /* set by the linker */

bool ledger_on;

static struct ledger *ledger;
static struct span spans[SPANS];
static unsigned span_count;
static const struct ledger_watcher *watchers[WATCHERS];
static unsigned watcher_count;

#define TELL(function, ...)                                                                        \
    for (unsigned w = 0; w < watcher_count; w++)                                                   \
        if (watchers[w]->function != NULL)                                                         \
    watchers[w]->function(__VA_ARGS__)

/* --- by address --- */

static struct span *add_span(taddr_t begin, tsize_t size)
{
    if (span_count == SPANS)
        return NULL;
    spans[span_count] = (struct span){begin, size, sparse_memory((size_t)size / WORD * 4 + 4)};
    return spans[span_count].index != NULL ? &spans[span_count++] : NULL;
}

static uint32_t *place_of(taddr_t address)
{
    for (unsigned i = 0; i < span_count; i++)
        if (address - spans[i].begin < spans[i].size)
            return &spans[i].index[(address - spans[i].begin) / WORD];
    return NULL;
}

const struct ledger_block *ledger_block_at(taddr_t address)
{
    const uint32_t *const place = ledger_on ? place_of(address) : NULL;

    if (place == NULL || *place == 0 || ledger->blocks[*place - 1].address != address)
        return NULL;
    return &ledger->blocks[*place - 1];
}

/* --- who --- */

uint32_t ledger_who(void)
{
    const struct core *const core = kernel_core();
    const uint32_t task = core->current != NULL ? core->current->id & WHO_TASK : 0;

    if (core->interrupts > 0)
        return (uint32_t)WHO_ISR | core->isr_line << WHO_LINE_SHIFT | task;
    return task;
}

static void note_name(void)
{
    const struct task *const task = kernel_core()->current;

    if (task == NULL)
        return;
    struct name *const name = &ledger->names[task->id % NAMES];
    if (name->id == task->id && name->run == ledger->run)
        return;
    name->id = task->id;
    name->run = ledger->run;
    memcpy(name->text, task->name, sizeof name->text);
}

uint32_t ledger_task(uint32_t who)
{
    return who & WHO_TASK;
}

const char *ledger_task_name(uint32_t who)
{
    const uint32_t task = who & WHO_TASK;
    const struct name *const name = &ledger->names[task % NAMES];

    if (task == 0)
        return "";
    return name->id == task && name->run == ledger->run ? name->text : "a task that has ended";
}

int ledger_line(uint32_t who)
{
    return (who & (uint32_t)WHO_ISR) != 0 ? (int)(who >> WHO_LINE_SHIFT & 0x7f) : -1;
}

void ledger_describe_who(uint32_t who, char *text, size_t size)
{
    const char *const task = ledger_task_name(who);
    const int line = ledger_line(who);

    if (line >= 0 && task[0] == '\0')
        snprintf(text, size, "the interrupt of line %d, before the scheduler started", line);
    else if (line == IRQ_TICK)
        snprintf(text, size, "the tick interrupt, over task '%s'", task);
    else if (line >= 0)
        snprintf(text, size, "the interrupt of line %d, over task '%s'", line, task);
    else if (task[0] != '\0')
        snprintf(text, size, "task '%s'", task);
    else
        snprintf(text, size, "the program before the scheduler started");
}

void ledger_note_deed(struct ledger_deed *deed, struct heap_call call)
{
    note_name();
    deed->time = engine_now();
    deed->number = ledger->operations;
    deed->who = ledger_who();
    deed->call = (uint32_t)(uintptr_t)call.name;
    frames_walk(call.frame, call.site, deed->frames, LEDGER_FRAMES);
}

/* --- records --- */

/* Of a block that was freed: one that nobody is likely to ask about any more. */
static struct ledger_block *recycle(void)
{
    for (unsigned i = 0; i < PROBES; i++) {
        struct ledger_block *const block = &ledger->blocks[ledger->recycled++ % LEDGER_RECORDS];

        if (!ledger_is_live(block)) {
            *place_of(block->address) = 0;
            return block;
        }
    }
    return NULL;
}

static struct ledger_block *new_record(uint32_t *place)
{
    struct ledger_block *const block =
        ledger->used < LEDGER_RECORDS ? &ledger->blocks[ledger->used] : recycle();

    if (block == NULL) {
        ledger->lost++;
        return NULL;
    }
    if (ledger->used < LEDGER_RECORDS)
        ledger->used++;
    *place = (uint32_t)(block - ledger->blocks) + 1;
    return block;
}

bool ledger_is_live(const struct ledger_block *block)
{
    const struct ledger_heap *const heap = ledger_heap(block->heap);

    return block->freed.number == 0 && heap != NULL && heap->heap != NULL;
}

const struct ledger_block *ledger_next(const struct ledger_block *block)
{
    const uint32_t next = block == NULL ? 0 : (uint32_t)(block - ledger->blocks) + 1;

    return ledger_on && next < ledger->used ? &ledger->blocks[next] : NULL;
}

uint32_t ledger_index(const struct ledger_block *block)
{
    return (uint32_t)(block - ledger->blocks);
}

static bool holds(const struct ledger_block *block, taddr_t address)
{
    return address - block->address < (block->usable > 0 ? block->usable : 1);
}

static const struct ledger_block *find(taddr_t address, bool in_all, uint32_t heap)
{
    const struct ledger_block *live = NULL;
    const struct ledger_block *freed = NULL;

    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b)) {
        if (!holds(b, address) || (!in_all && b->heap != heap))
            continue;
        if (ledger_is_live(b)) {
            if (live == NULL || b->usable < live->usable)
                live = b;
        } else if (freed == NULL || b->freed.number > freed->freed.number) {
            freed = b;
        }
    }
    return live != NULL ? live : freed;
}

const struct ledger_block *ledger_find(taddr_t address)
{
    return find(address, true, 0);
}

const struct ledger_block *ledger_find_in(taddr_t address, uint32_t heap)
{
    return find(address, false, heap);
}

const struct ledger_block *ledger_before(taddr_t address, uint32_t heap)
{
    const struct ledger_block *best = NULL;

    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        if (b->heap == heap && b->address + b->usable <= address && ledger_is_live(b) &&
            (best == NULL || b->address > best->address))
            best = b;
    return best;
}

const struct ledger_block *ledger_after(taddr_t address, uint32_t heap)
{
    const struct ledger_block *best = NULL;

    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        if (b->heap == heap && b->address >= address && ledger_is_live(b) &&
            (best == NULL || b->address < best->address))
            best = b;
    return best;
}

/* --- heaps --- */

static struct ledger_heap *heap_of(uint32_t number)
{
    struct ledger_heap *const heap = &ledger->heaps[number % LEDGER_HEAPS];

    return number != 0 && heap->number == number && heap->run == ledger->run ? heap : NULL;
}

const struct ledger_heap *ledger_heap(uint32_t number)
{
    return heap_of(number);
}

const struct ledger_heap *ledger_heap_of(const struct heap *heap)
{
    return ledger_on && heap != NULL ? heap_of(heap->number) : NULL;
}

static void on_open(const struct heap_event *event)
{
    const struct heap *const h = event->heap;
    struct ledger_heap *const heap = &ledger->heaps[h->number % LEDGER_HEAPS];

    if (heap_of(h->number) == NULL) {
        *heap = (struct ledger_heap){.number = h->number,
                                     .run = ledger->run,
                                     .heap = h,
                                     .opened = ledger->operations,
                                     .is_pool = (h->ops->capabilities & HEAP_FIXED_BLOCKS) != 0,
                                     .title = h->ops->title,
                                     .lowest = UINT32_MAX};
        memcpy(heap->name, h->name, sizeof heap->name);
        if (heap->is_pool)
            heap->block_size = heap_option(h, "block_size");
    }
    if (place_of(event->address) == NULL) /* outside RAM and static data: the C library's */
        add_span(event->address, event->size);
    TELL(opened, h, event->address, event->size);
}

/* The last region of a heap goes when the heap itself does. */
static void on_close(const struct heap_event *event)
{
    struct ledger_heap *const heap = heap_of(event->heap->number);
    const struct heap *const h = event->heap;

    if (heap != NULL && event->address == h->regions[h->region_count - 1].begin)
        heap->heap = NULL;
    TELL(closed, h, event->address, event->size);
}

static void count(struct ledger_block *block, int change)
{
    struct ledger_heap *const heap = heap_of(block->heap);

    if (heap == NULL)
        return;
    heap->live += (uint32_t)change;
    heap->bytes += (uint64_t)(int64_t)change * block->size;
    if (heap->live > heap->live_peak)
        heap->live_peak = heap->live;
    if (heap->bytes > heap->bytes_peak)
        heap->bytes_peak = heap->bytes;
    if (guard_has(block->address))
        return; /* where the application is told that it lies */
    if (block->address < heap->lowest)
        heap->lowest = block->address;
    if (block->address + block->usable > heap->highest)
        heap->highest = block->address + block->usable;
}

/* --- events --- */

static void on_freed(const struct heap_event *event, taddr_t address)
{
    struct ledger_block *const block = (struct ledger_block *)(uintptr_t)ledger_block_at(address);

    if (block == NULL || block->freed.number != 0) {
        TELL(unsure, event->heap);
        return;
    }
    ledger_note_deed(&block->freed, event->call);
    count(block, -1);
    TELL(freed, block);
}

/* There is no room for its record, but whoever watches must know. */
static struct ledger_block unrecorded;

static void on_taken(const struct heap_event *event)
{
    const struct heap *const h = event->heap;
    uint32_t *const place = place_of(event->address);
    const struct ledger_heap *const heap = ledger_heap(h->number);
    struct ledger_block *block = (struct ledger_block *)(uintptr_t)ledger_block_at(event->address);

    if (place == NULL)
        return;
    if (block == NULL)
        block = new_record(place);
    if (block == NULL)
        block = &unrecorded;
    block->address = event->address;
    block->usable = event->usable;
    block->size = event->size;
    if (heap != NULL && heap->is_pool)
        block->size = heap->block_size;
    if (block->size > block->usable) /* a quirk: less was given than was asked for */
        block->size = block->usable;
    block->heap = h->number;
    block->freed.number = 0;
    ledger_note_deed(&block->taken, event->call);
    if (block != &unrecorded)
        count(block, 1);
    TELL(taken, block);
}

static void on_failure(const struct heap_event *event)
{
    struct ledger_failure *const failure = &ledger->failures[ledger->failed++ % LEDGER_FAILURES];
    struct heap_stats stats;

    failure->heap = event->heap->number;
    failure->size = event->size;
    event->heap->ops->stats((struct heap *)(uintptr_t)event->heap, &stats);
    failure->free = stats.total - stats.used;
    ledger_note_deed(&failure->deed, event->call);
    if (event->heap->refused)
        TELL(unsure, event->heap);
}

static const struct heap_event *event_told;

const struct heap_event *ledger_event(void)
{
    return event_told;
}

static void on_event(const struct heap_event *event)
{
    ledger->operations++;
    event_told = event;
    switch (event->kind) {
    case HEAP_EVENT_ALLOC:
        on_taken(event);
        break;
    case HEAP_EVENT_FREE:
        on_freed(event, event->address);
        break;
    case HEAP_EVENT_REALLOC:
        if (event->old != 0)
            on_freed(event, event->old);
        on_taken(event);
        break;
    case HEAP_EVENT_FAIL:
        on_failure(event);
        break;
    case HEAP_EVENT_OPEN:
        on_open(event);
        break;
    case HEAP_EVENT_CLOSE:
        on_close(event);
        break;
    }
}

static void on_coming(const struct heap_event *event)
{
    TELL(comes, event);
}

static const struct event_sink sink = {.heap = on_event, .heap_before = on_coming};

void port_heap_begin(const struct heap *heap, taddr_t block)
{
    TELL(begins, heap, block);
}

const struct ledger_failure *ledger_last_failure(uint32_t who)
{
    const uint32_t failed = ledger_on ? ledger->failed : 0;
    const uint32_t kept = failed < LEDGER_FAILURES ? failed : LEDGER_FAILURES;

    for (uint32_t i = 1; i <= kept; i++) {
        const struct ledger_failure *const failure =
            &ledger->failures[(failed - i) % LEDGER_FAILURES];

        if (who == 0 || failure->deed.who == who)
            return failure;
    }
    return NULL;
}

uint32_t ledger_operations(void)
{
    return ledger->operations;
}

uint32_t ledger_lost(void)
{
    return ledger->lost;
}

/* --- life --- */

bool ledger_start(void)
{
    const taddr_t data = (taddr_t)(uintptr_t)__data_start & ~(taddr_t)(WORD - 1);

    ledger = sparse_memory(sizeof *ledger);
    if (ledger == NULL)
        return false;
    for (unsigned i = 0; i < arena_region_count(); i++) /* first: most blocks are there */
        if (add_span(arena_region(i)->base, arena_region(i)->size) == NULL)
            return false;
    if (add_span(data, (taddr_t)(uintptr_t)_end - data) == NULL)
        return false;
    ledger_on = true;
    events_add_sink(&sink);
    return true;
}

bool ledger_cover(taddr_t begin, tsize_t size)
{
    if (add_span(begin, size) == NULL)
        return false;
    TELL(opened, NULL, begin, size);
    return true;
}

void ledger_watch(const struct ledger_watcher *watcher)
{
    KERNEL_ASSERT(watcher_count < WATCHERS);
    watchers[watcher_count++] = watcher;
}

void ledger_reset(void)
{
    for (uint32_t i = 0; i < ledger->used; i++)
        *place_of(ledger->blocks[i].address) = 0;
    ledger->used = ledger->recycled = ledger->operations = ledger->lost = ledger->failed = 0;
    ledger->run++;
}
