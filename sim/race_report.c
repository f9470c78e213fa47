/*
 * A race as a paragraph: which bytes, both accesses with their stacks, and what to do. Each pair of
 * places in the code is told once a run.
 */
#include <stdio.h>
#include <string.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "backtrace.h"
#include "race_shadow.h"
#include "race_stack.h"
#include "races.h"
#include "symbol.h"

enum { PAIRS = 1 << 12, TEXT = 300, STORY = 1800 };

struct reports {
    uint32_t count;
    uint64_t pairs[PAIRS]; /* of places that were told: a hash table */
    char text[TEXT];
    char story[STORY];
    struct race_access accesses[2]; /* now, before */
};

static struct reports *reports;

bool race_reports_start(void)
{
    reports = sparse_memory(sizeof *reports);
    return reports != NULL;
}

void race_reports_reset(void)
{
    memset(reports, 0, sizeof *reports);
}

/* True the first time. With half the table full, which nobody reads any more, no more are told. */
static bool is_new(uint32_t a, uint32_t b)
{
    const uint64_t pair = a < b ? (uint64_t)a << 32 | b : (uint64_t)b << 32 | a;
    uint32_t place = (uint32_t)(pair * 0x9e3779b97f4a7c15u >> 40) % PAIRS;

    if (reports->count == PAIRS / 2)
        return false;
    for (; reports->pairs[place] != 0; place = (place + 1) % PAIRS)
        if (reports->pairs[place] == pair)
            return false;
    reports->pairs[place] = pair;
    reports->count++;
    return true;
}

/* --- words --- */

/* "task 'a'", "the interrupt of line 5 ('adc') on core 0", "the program before the start". */
static void describe_who(uint64_t word, char *text, size_t size)
{
    const struct race_context *const context = race_context(race_cell_context(word));

    if (race_cell_context(word) == RACE_BOOT)
        snprintf(text, size, "the program before the scheduler started");
    else if (race_cell_clock(word) < context->born)
        snprintf(text, size, "a task that has ended");
    else if (!context->is_isr)
        snprintf(text, size, "task '%s'", context->name);
    else if (context->id == IRQ_TICK)
        snprintf(text, size, "the tick interrupt of core %u", context->core);
    else
        snprintf(text, size, "the interrupt of line %u%s%s%s on core %u", context->id,
                 context->name[0] != '\0' ? " ('" : "", context->name,
                 context->name[0] != '\0' ? "')" : "", context->core);
}

static const char *describe_kind(uint64_t word)
{
    static const char *const names[] = {"write",         "read",         "volatile write",
                                        "volatile read", "atomic write", "atomic read"};

    return names[race_cell_kind(word) % 6];
}

static void note_access(const struct race_cell *cell, struct race_access *access)
{
    const struct race_context *const context = race_context(race_cell_context(cell->word));
    const bool is_there =
        race_cell_context(cell->word) != RACE_BOOT && race_cell_clock(cell->word) >= context->born;

    access->kind = describe_kind(cell->word);
    access->bytes = (unsigned)__builtin_popcount(race_cell_bytes(cell->word));
    access->core = context->core;
    access->line = context->is_isr ? (int)context->id : -1;
    snprintf(access->task, sizeof access->task, "%s",
             is_there && !context->is_isr ? context->name : "");
    describe_who(cell->word, access->who, sizeof access->who);
    access->site = (const void *)(uintptr_t)cell->site;
    access->frame_count = race_stack_frames(cell->call, access->frames,
                                            sizeof access->frames / sizeof access->frames[0]);
}

const struct race_access *race_told(bool earlier)
{
    return &reports->accesses[earlier];
}

/* "  Now: write of 4 bytes by task 'a' at f (x.c:7) < g (x.c:9).\n"; returns its length. */
static size_t describe_access(const char *when, const struct race_access *access, char *text,
                              size_t size)
{
    char site[160];
    char way[640];

    symbol_describe(access->site, site, sizeof site);
    backtrace_describe(access->frames, access->frame_count, way, sizeof way);
    const int length = snprintf(text, size, "  %s: %s of %u byte%s by %s, at %s%s%s.\n", when,
                                access->kind, access->bytes, access->bytes == 1 ? "" : "s",
                                access->who, site, way[0] != '\0' ? " < " : "", way);
    return length < 0 ? 0 : (size_t)length < size ? (size_t)length : size - 1;
}

static const char *heap_of(taddr_t address)
{
    for (const struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h))
        if (heap_contains(h, address, 1))
            return h->name;
    return NULL;
}

/* "'counter'", "'table' + 8", "a block of heap 'heap'" or "memory", with its address. */
static void describe_place(taddr_t address, char *text, size_t size)
{
    char name[120];
    const char *const heap = heap_of(address);

    if (symbol_data(address, name, sizeof name))
        snprintf(text, size, "%s at 0x%x", name, address);
    else if (heap != NULL)
        snprintf(text, size, "memory of heap '%s' at 0x%x", heap, address);
    else
        snprintf(text, size, "memory at 0x%x", address);
}

static const char *advice(uint64_t a, uint64_t b)
{
    const bool isr =
        race_context(race_cell_context(a))->is_isr || race_context(race_cell_context(b))->is_isr;

    if ((a & b & ACCESS_VOLATILE) != 0)
        return "Two who write one volatile word lose updates: use an atomic operation, or a lock.";
    if (isr && kernel.core_count == 1)
        return "Turn interrupts off around the accesses outside the interrupt, use an atomic, or "
               "hand the data over through a semaphore or a queue. A mutex or a scheduler lock "
               "keeps no interrupt out.";
    if (isr)
        return "Take the kernel's lock (interrupts off) on both sides, since another core is not "
               "kept out by less, use an atomic, or hand the data over through a semaphore or a "
               "queue.";
    return "Guard all accesses by the same mutex, use an atomic, or hand the data over through a "
           "semaphore or a queue.";
}

void race_found(uint32_t granule, const struct race_cell *earlier, const struct race_cell *now)
{
    const unsigned common = race_cell_bytes(earlier->word) & race_cell_bytes(now->word);
    const taddr_t address = granule + (taddr_t)__builtin_ctz(common);
    char place[200];

    if (!is_new(earlier->site, now->site))
        return;
    describe_place(address, place, sizeof place);
    snprintf(reports->text, sizeof reports->text, "%s: a %s and a %s", place,
             describe_kind(earlier->word), describe_kind(now->word));
    note_access(now, &reports->accesses[0]);
    note_access(earlier, &reports->accesses[1]);
    const size_t length =
        describe_access("Now", &reports->accesses[0], reports->story, sizeof reports->story);
    describe_access("Before", &reports->accesses[1], reports->story + length,
                    sizeof reports->story - length);
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_RACE,
                                        .site = (const void *)(uintptr_t)now->site,
                                        .address = address,
                                        .size = (tsize_t)__builtin_popcount(common),
                                        .text = reports->text,
                                        .instead = advice(earlier->word, now->word),
                                        .story = reports->story};
    port_diagnosis(&diagnosis);
}
