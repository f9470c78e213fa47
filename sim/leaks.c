#define _GNU_SOURCE
#include "leaks.h"

#include <stdio.h>
#include <sys/mman.h>

#include "../kernel/kernel.h"
#include "carrier_pool.h"
#include "diagnose.h"
#include "engine.h"
#include "explore.h"
#include "heapsim.h"
#include "holders.h"
#include "reach.h"
#include "report.h"
#include "reporter.h"
#include "sparse.h"

enum { NAMED_BYTES = LEDGER_RECORDS * sizeof(uint32_t), SCRUBS = 2, SCRUB_BYTES = 2048 };

_Atomic int leaks_scrubs;

static enum leaks_option wanted;
static uint32_t *named; /* by record: the operation that took the block, once it was named */
static bool any;

/* The function that allocates, and the one that called it. */
static void on_taken(const struct ledger_block *block)
{
    (void)block;
    leaks_scrubs = SCRUBS;
}

static const struct ledger_watcher watcher = {.taken = on_taken};

__attribute__((noinline)) void leaks_scrub(void)
{
    volatile uintptr_t below[SCRUB_BYTES / sizeof(uintptr_t)];

    for (unsigned i = 0; i < sizeof below / sizeof below[0]; i++)
        below[i] = 0;
    leaks_scrubs--;
}

bool leaks_start(enum leaks_option option)
{
    wanted = option;
    if (option != LEAKS_NOT)
        ledger_watch(&watcher);
    named = sparse_memory(NAMED_BYTES); /* sim_leak_check() may want it, too */
    return named != NULL;
}

bool leaks_are_wanted(void)
{
    return wanted != LEAKS_NOT;
}

bool leaks_were_named(void)
{
    return any;
}

void leaks_reset(void)
{
    if (named != NULL)
        madvise(named, NAMED_BYTES, MADV_DONTNEED);
}

/* --- one group --- */

static void describe(const struct holder *row, char *text, size_t size)
{
    const char *const ended = row->ended ? ", which has ended," : "";

    if (row->blocks[0] == 1)
        snprintf(text, size,
                 "1 block of %s byte%s, allocated here by %s%s is reachable from nowhere",
                 holders_thousands(row->bytes[0]), holders_plural(row->bytes[0]), row->who,
                 row->ended ? ended : ",");
    else
        snprintf(text, size,
                 "%s blocks, %s bytes in all, allocated here by %s%s are reachable from nowhere",
                 holders_thousands(row->blocks[0]), holders_thousands(row->bytes[0]), row->who,
                 row->ended ? ended : ",");
}

static struct diagnosis diagnosis_of(const struct holder *row, const char *text)
{
    const struct ledger_block *const block = &row->sample;
    const struct ledger_heap *const heap = ledger_heap(block->heap);

    return (struct diagnosis){.kind = DIAGNOSIS_LEAK,
                              .heap = heap != NULL ? heap->heap : NULL,
                              .call = (const char *)(uintptr_t)block->taken.call,
                              .site = (const void *)(uintptr_t)block->taken.frames[0],
                              .address = block->address,
                              .size =
                                  row->bytes[0] < UINT32_MAX ? (tsize_t)row->bytes[0] : UINT32_MAX,
                              .text = text};
}

static void name_leak(const struct holder *row)
{
    char text[256];

    describe(row, text, sizeof text);
    const struct diagnosis diagnosis = diagnosis_of(row, text);
    port_diagnosis(&diagnosis);
}

/* The same paragraph, but no diagnosis: nobody counts it. */
static void tell_held(const struct holder *row)
{
    static struct report report; /* one at a time */
    char text[256];

    snprintf(text, sizeof text, "%s block%s, %s byte%s in all, allocated here by %s",
             holders_thousands(row->blocks[0]), holders_plural(row->blocks[0]),
             holders_thousands(row->bytes[0]), holders_plural(row->bytes[0]), row->who);
    const struct diagnosis diagnosis = diagnosis_of(row, text);
    report_capture(&diagnosis, &report);
    report.still_held = true;
    if (reporter_runs())
        reporter_send(&report);
    else
        report_print(&report);
}

/* --- all --- */

struct groups {
    struct holders *leaks, *held;
    uint32_t blocks;
    uint64_t bytes;
};

static bool is_new(const struct ledger_block *block)
{
    return named[ledger_index(block)] != block->taken.number;
}

static void count_leak(struct groups *groups, const struct ledger_block *block)
{
    struct holder *const row = holders_add(groups->leaks, block, 0, true);

    named[ledger_index(block)] = block->taken.number;
    groups->blocks++;
    groups->bytes += block->size;
    if (row != NULL)
        row->weight += block->size;
}

static void count_held(struct groups *groups, const struct ledger_block *block)
{
    struct holder *const row = holders_add(groups->held, block, 0, false);

    if (row != NULL)
        row->weight += block->size;
}

static void count_all(struct groups *groups, const struct reach *reach)
{
    for (uint32_t i = 0; i < reach->count; i++) {
        const struct reach_block *const block = &reach->blocks[i];

        if (!block->reached && is_new(block->block))
            count_leak(groups, block->block);
        else if (block->reached && groups->held != NULL)
            count_held(groups, block->block);
    }
}

static void tell(struct holders *holders, void (*each)(const struct holder *row))
{
    holders_sort(holders);
    for (uint32_t i = 0; i < holders->count; i++)
        each(&holders->rows[holders->order[i]]);
}

static bool is_silent(void)
{
    return diagnose_policy() == VIOLATION_RETURN || explore_run_is_on();
}

static void tell_total(const struct groups *groups)
{
    if (reporter_runs())
        reporter_finish(); /* what it prints comes before */
    fprintf(stderr, "heapsim: leaks in all: %s block%s, %s byte%s, in %s place%s.\n",
            holders_thousands(groups->blocks), holders_plural(groups->blocks),
            holders_thousands(groups->bytes), holders_plural(groups->bytes),
            holders_thousands(groups->leaks->count), holders_plural(groups->leaks->count));
    if (ledger_lost() > 0)
        fprintf(stderr,
                "  Of %s blocks there was no room for a record: of them nothing is known.\n",
                holders_thousands(ledger_lost()));
}

static void tell_groups(struct groups *groups)
{
    any |= groups->blocks > 0 && diagnose_policy() != VIOLATION_RETURN;
    if (!is_silent() && !reporter_runs())
        holders_merge(groups->leaks); /* symbols cost time */
    tell(groups->leaks, name_leak);
    if (groups->held != NULL && !is_silent() && !reporter_runs())
        holders_merge(groups->held);
    if (groups->held != NULL && !is_silent())
        tell(groups->held, tell_held);
    if (!is_silent() && (groups->blocks > 0 || ledger_lost() > 0 || groups->held != NULL))
        tell_total(groups);
}

/* Names what was not named before. Returns how many blocks. */
static uint32_t find(const void *frame, bool and_held)
{
    struct groups groups = {.leaks = holders_new(), .held = and_held ? holders_new() : NULL};
    struct reach reach = {.blocks = NULL};
    const bool found = groups.leaks != NULL && reach_find(&reach, frame);

    if (found) {
        count_all(&groups, &reach);
        tell_groups(&groups);
    } else {
        fprintf(stderr, "heapsim: there is no memory to look for leaks.\n");
    }
    reach_end(&reach);
    if (groups.leaks != NULL)
        holders_end(groups.leaks);
    if (groups.held != NULL)
        holders_end(groups.held);
    return groups.blocks;
}

/* Their frames end where their callers' do, which keep what registers held. */
__attribute__((noinline)) static void look_at_end(bool with_caller)
{
    (void)find(with_caller ? __builtin_frame_address(0) : NULL, wanted == LEAKS_AND_HELD);
}

__attribute__((noinline)) static unsigned look_now(void)
{
    return find(__builtin_frame_address(0), false);
}

#define FRAME_STAYS() __asm__ volatile("" ::: "memory")

void leaks_at_end(bool with_caller)
{
    __builtin_unwind_init();
    look_at_end(with_caller);
    FRAME_STAYS();
}

/* --- for scenarios --- */

static bool can_look(const char *call)
{
    const char *const why =
        !ledger_on ? "--no-ledger leaves no record of blocks"
        : !engine->in_order
            ? "on --engine parallel other tasks run meanwhile; --leaks looks at the "
              "end of the run"
            : NULL;

    if (why != NULL)
        fprintf(stderr, "heapsim: %s does nothing: %s.\n", call, why);
    return why == NULL;
}

unsigned sim_leak_check(void)
{
    __builtin_unwind_init();
    const unsigned count = can_look("sim_leak_check") ? look_now() : 0;
    FRAME_STAYS();
    return count;
}
