#include "growth.h"

#include <stdio.h>
#include <string.h>

#include "../kernel/kernel.h"
#include "engine.h"
#include "events.h"
#include "explore.h"
#include "heapsim.h"
#include "holders.h"
#include "ledger.h"

enum { TOP = 10, ROW_TEXT = 640 };

struct moment {
    uint64_t time;
    const char *text; /* the time as it was given */
    bool noted;       /* else the run ended before */
    bool has_figures; /* of the system heap */
    uint64_t blocks, bytes;
    tsize_t free, largest_free;
};

static struct moment moments[GROWTH_MOMENTS_MAX]; /* in the order of their times */
static unsigned count, done;
static bool lacks_figures;      /* of some that are done */
static struct holders *holders; /* a column for each moment */
static bool heap_is_busy;       /* an operation on the system heap has begun */

bool growth_note_at(uint64_t time, const char *text)
{
    unsigned at = count;

    if (count == GROWTH_MOMENTS_MAX)
        return false;
    for (; at > 0 && moments[at - 1].time > time; at--)
        moments[at] = moments[at - 1];
    moments[at] = (struct moment){.time = time, .text = text};
    count++;
    return true;
}

bool growth_is_wanted(void)
{
    return count > 0;
}

/* --- noting --- */

static void note_blocks(unsigned column)
{
    struct moment *const moment = &moments[column];

    moment->noted = true;
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b)) {
        if (!ledger_is_live(b))
            continue;
        moment->blocks++;
        moment->bytes += b->size;
        holders_add(holders, b, column, false);
    }
}

/* Only where no operation on it is half done. */
static void note_figures(void)
{
    struct heap *const heap = &kernel.system_heap;
    struct heap_stats stats;

    if (!kernel.system_heap_live || heap_is_busy)
        return;
    heap->ops->stats(heap, &stats);
    const tsize_t largest = heap_largest_free(heap);
    for (unsigned i = 0; i < done; i++) {
        if (moments[i].has_figures)
            continue;
        moments[i].has_figures = true;
        moments[i].free = stats.total - stats.used;
        moments[i].largest_free = largest;
    }
    lacks_figures = false;
}

static void note_what_is_due(void)
{
    while (done < count && moments[done].time <= engine_now()) {
        note_blocks(done++);
        lacks_figures = true;
    }
    if (lacks_figures)
        note_figures();
}

/* Each run of an exploration is of no interest; its replay is. */
static bool is_over(void)
{
    return (done == count && !lacks_figures) || explore_run_is_on();
}

static void on_begin(const struct heap *heap, taddr_t block)
{
    if (is_over())
        return;
    if (heap == &kernel.system_heap) /* whoever holds its lock is here: nothing is half done */
        heap_is_busy = false;
    note_what_is_due();
    if (heap == &kernel.system_heap)
        heap_is_busy = true;
}

static void on_event(const struct heap_event *event)
{
    if (is_over())
        return;
    if (event->heap == &kernel.system_heap)
        heap_is_busy = false;
    note_what_is_due();
}

static const struct event_sink sink = {.heap = on_event};
static const struct ledger_watcher watcher = {.begins = on_begin};

bool growth_start(void)
{
    if (count == 0)
        return true;
    holders = holders_new();
    events_add_sink(&sink);
    return holders != NULL;
}

void growth_watch(void)
{
    if (count > 0)
        ledger_watch(&watcher);
}

/* --- printing --- */

static const char *block_count(uint64_t blocks, char *text, size_t size)
{
    snprintf(text, size, "%s block%s", holders_thousands(blocks), holders_plural(blocks));
    return text;
}

/* Rows in order, those of weight 0 left out; below them how many more there are. */
static void print_rows(struct holders *of,
                       void (*row)(const struct holder *holder, unsigned column), unsigned column)
{
    char text[ROW_TEXT];
    unsigned printed = 0;
    unsigned more = 0;

    for (uint32_t i = 0; i < of->count; i++) {
        const struct holder *const holder = &of->rows[of->order[i]];

        if (holder->weight == INT64_MIN)
            continue;
        if (printed == TOP) {
            more++;
            continue;
        }
        row(holder, column);
        holders_describe(holder, text, sizeof text);
        fprintf(stderr, "  %s\n", text);
        printed++;
    }
    if (more > 0)
        fprintf(stderr, "  and %s place%s more\n", holders_thousands(more), holders_plural(more));
}

static void print_holder(const struct holder *holder, unsigned column)
{
    char blocks[40];

    fprintf(stderr, "  %11s bytes in %-12s", holders_thousands(holder->bytes[column]),
            block_count(holder->blocks[column], blocks, sizeof blocks));
}

static void print_holders(struct holders *of, unsigned column)
{
    for (uint32_t i = 0; i < of->count; i++) {
        struct holder *const holder = &of->rows[i];

        holder->weight = holder->blocks[column] > 0 ? (int64_t)holder->bytes[column] : INT64_MIN;
    }
    holders_sort(of);
    print_rows(of, print_holder, column);
}

static void print_lost(const struct holders *of)
{
    if (of->lost > 0)
        fprintf(stderr, "  %s blocks are of places for which there was no room here\n",
                holders_thousands(of->lost));
}

static void print_moment(unsigned column)
{
    const struct moment *const moment = &moments[column];
    char blocks[40];

    if (!moment->noted) {
        fprintf(stderr, "heapsim: snapshot at %s: the run had ended before.\n", moment->text);
        return;
    }
    fprintf(stderr, "heapsim: snapshot at %s: %s, %s byte%s asked for", moment->text,
            block_count(moment->blocks, blocks, sizeof blocks), holders_thousands(moment->bytes),
            holders_plural(moment->bytes));
    if (moment->has_figures)
        fprintf(stderr, "; heap '%s' has %s bytes free, at most %s in one piece",
                kernel.system_heap.name, holders_thousands(moment->free),
                holders_thousands(moment->largest_free));
    fprintf(stderr, ".\n");
    print_holders(holders, column);
}

static const char *signed_number(int64_t value, char *text, size_t size)
{
    snprintf(text, size, "%c%s", value < 0 ? '-' : '+',
             holders_thousands((uint64_t)(value < 0 ? -value : value)));
    return text;
}

static int64_t more_bytes(const struct holder *holder, unsigned column)
{
    return (int64_t)(holder->bytes[column] - holder->bytes[column - 1]);
}

static int64_t more_blocks(const struct holder *holder, unsigned column)
{
    return (int64_t)holder->blocks[column] - holder->blocks[column - 1];
}

static void print_change(const struct holder *holder, unsigned column)
{
    char bytes[40], blocks[40];
    const int64_t change = more_blocks(holder, column);

    fprintf(stderr, "  %11s bytes, %s block%s",
            signed_number(more_bytes(holder, column), bytes, sizeof bytes),
            signed_number(change, blocks, sizeof blocks), change == 1 || change == -1 ? "" : "s");
}

/* What grew or shrank since the moment before. */
static void print_difference(unsigned column)
{
    const struct moment *const moment = &moments[column];
    const struct moment *const before = &moments[column - 1];
    char bytes[40], blocks[40];

    fprintf(stderr, "heapsim: from %s to %s: %s bytes, %s blocks.\n", before->text, moment->text,
            signed_number((int64_t)(moment->bytes - before->bytes), bytes, sizeof bytes),
            signed_number((int64_t)(moment->blocks - before->blocks), blocks, sizeof blocks));
    for (uint32_t i = 0; i < holders->count; i++) {
        struct holder *const holder = &holders->rows[i];
        const bool same = more_bytes(holder, column) == 0 && more_blocks(holder, column) == 0;

        holder->weight = same ? INT64_MIN : more_bytes(holder, column);
    }
    holders_sort(holders);
    print_rows(holders, print_change, column);
}

static void print_over_time(const struct holder *holder, unsigned columns)
{
    for (unsigned i = 0; i < columns; i++)
        fprintf(stderr, " %11s", holders_thousands(holder->bytes[i]));
}

/* Rows by the most they ever held. */
static void print_table(unsigned columns)
{
    fprintf(stderr, "heapsim: top holders over time, in bytes:\n");
    for (unsigned i = 0; i < columns; i++)
        fprintf(stderr, " %11s", moments[i].text);
    fprintf(stderr, "\n");
    for (uint32_t row = 0; row < holders->count; row++) {
        struct holder *const holder = &holders->rows[row];

        holder->weight = 0;
        for (unsigned i = 0; i < columns; i++)
            if ((int64_t)holder->bytes[i] > holder->weight)
                holder->weight = (int64_t)holder->bytes[i];
    }
    holders_sort(holders);
    print_rows(holders, print_over_time, columns);
}

void growth_report(void)
{
    if (count == 0)
        return;
    note_what_is_due();
    holders_merge(holders);
    for (unsigned i = 0; i < count; i++) {
        print_moment(i);
        if (i > 0 && moments[i].noted)
            print_difference(i);
    }
    if (done > 1)
        print_table(done);
    print_lost(holders);
}

/* --- for scenarios --- */

void sim_heap_report(void)
{
    struct holders *const now = ledger_on && engine->in_order ? holders_new() : NULL;
    uint64_t blocks = 0;
    uint64_t bytes = 0;

    if (now == NULL) {
        fprintf(stderr, "heapsim: sim_heap_report does nothing: it needs the ledger of blocks, and "
                        "--engine virtual.\n");
        return;
    }
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b)) {
        if (!ledger_is_live(b))
            continue;
        blocks++;
        bytes += b->size;
        holders_add(now, b, 0, false);
    }
    if (!explore_run_is_on()) {
        fprintf(stderr, "heapsim: at %llu us: %s block%s, %s byte%s asked for.\n",
                (unsigned long long)(engine_now() / 1000), holders_thousands(blocks),
                holders_plural(blocks), holders_thousands(bytes), holders_plural(bytes));
        holders_merge(now);
        print_holders(now, 0);
        print_lost(now);
    }
    holders_end(now);
}
