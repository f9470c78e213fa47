#include "holders.h"

#include <stdio.h>
#include <sys/mman.h>

#include "../kernel/kernel.h"
#include "backtrace.h"
#include "hash.h"
#include "sparse.h"

static uint32_t main_task; /* that has returned from main; 0: none */

struct holders *holders_new(void)
{
    return sparse_memory(sizeof(struct holders));
}

void holders_end(struct holders *holders)
{
    munmap(holders, sizeof *holders);
}

/* --- who --- */

void holders_main_returned(void)
{
    const struct task *const task = kernel_core()->current;

    main_task = task != NULL ? ledger_task(task->id) : UINT32_MAX;
}

bool holders_main_has_returned(void)
{
    return main_task != 0;
}

static bool task_has_ended(uint32_t task)
{
    if (task == main_task)
        return true;
    for (struct list *node = kernel.tasks.next; node != NULL && node != &kernel.tasks;
         node = node->next)
        if (ledger_task(list_entry(node, struct task, all_link)->id) == task)
            return false;
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (ledger_task(kernel.cores[i].idle.id) == task)
            return false;
    return true;
}

static bool has_ended(uint32_t who)
{
    return ledger_line(who) < 0 && ledger_task(who) != 0 && task_has_ended(ledger_task(who));
}

/* An ISR has its blocks for itself, whichever task it interrupted. */
static void describe_who(uint32_t who, char *text, size_t size)
{
    if (ledger_line(who) == IRQ_TICK)
        snprintf(text, size, "the tick interrupt");
    else if (ledger_line(who) >= 0)
        snprintf(text, size, "the interrupt of line %d", ledger_line(who));
    else
        ledger_describe_who(who, text, size);
}

static void describe_heap(const struct ledger_block *block, char *text, size_t size)
{
    const struct ledger_heap *const heap = ledger_heap(block->heap);

    text[0] = '\0';
    if (heap != NULL && heap->heap != &kernel.system_heap)
        snprintf(text, size, ", %s '%.32s'", heap->is_pool ? "pool" : "heap", heap->name);
}

/* --- rows --- */

static uint64_t hash_row(const struct ledger_block *block, const char *who, bool ended)
{
    uint64_t hash = hash_text(HASH_BEGIN, who);

    hash = (hash ^ block->heap) * 0x9e3779b97f4a7c15u;
    for (unsigned i = 0; i < LEDGER_FRAMES; i++)
        hash = (hash ^ block->taken.frames[i]) * 0x9e3779b97f4a7c15u;
    return (hash ^ ended) * 0x9e3779b97f4a7c15u;
}

static bool is_row(const struct holder *row, const struct ledger_block *block, const char *who,
                   bool ended)
{
    return row->sample.heap == block->heap && row->ended == ended &&
           row->sample.taken.call == block->taken.call &&
           memcmp(row->sample.taken.frames, block->taken.frames, sizeof block->taken.frames) == 0 &&
           strcmp(row->who, who) == 0;
}

static struct holder *row_of(struct holders *holders, const struct ledger_block *block, bool ended)
{
    char who[sizeof holders->rows->who];

    describe_who(block->taken.who, who, sizeof who);
    uint32_t at = (uint32_t)(hash_row(block, who, ended) >> 33) % (2 * HOLDERS_MAX);
    while (holders->index[at] != 0 &&
           !is_row(&holders->rows[holders->index[at] - 1], block, who, ended))
        at = (at + 1) % (2 * HOLDERS_MAX);
    if (holders->index[at] != 0)
        return &holders->rows[holders->index[at] - 1];
    if (holders->count == HOLDERS_MAX)
        return NULL;
    struct holder *const row = &holders->rows[holders->count];
    holders->order[holders->count] = holders->count;
    holders->index[at] = ++holders->count;
    row->sample = *block;
    row->ended = ended;
    memcpy(row->who, who, sizeof row->who);
    describe_heap(block, row->where, sizeof row->where);
    return row;
}

struct holder *holders_add(struct holders *holders, const struct ledger_block *block,
                           unsigned column, bool apart)
{
    struct holder *const row = row_of(holders, block, apart && has_ended(block->taken.who));

    if (row == NULL) {
        holders->lost++;
        return NULL;
    }
    if (block->taken.number < row->sample.taken.number)
        row->sample = *block; /* the oldest */
    row->blocks[column]++;
    row->bytes[column] += block->size;
    return row;
}

void holders_sort(struct holders *holders)
{
    uint32_t gap = 1;

    while (gap < holders->count / 3)
        gap = gap * 3 + 1;
    for (; gap > 0; gap /= 3) {
        for (uint32_t i = gap; i < holders->count; i++) {
            const uint32_t moved = holders->order[i];
            const struct holder *const row = &holders->rows[moved];
            uint32_t at = i;

            for (; at >= gap; at -= gap) {
                const struct holder *const before = &holders->rows[holders->order[at - gap]];

                if (before->weight > row->weight ||
                    (before->weight == row->weight &&
                     before->sample.taken.number <= row->sample.taken.number))
                    break;
                holders->order[at] = holders->order[at - gap];
            }
            holders->order[at] = moved;
        }
    }
}

/* --- text --- */

void holders_describe(const struct holder *holder, char *text, size_t size)
{
    const struct ledger_deed *const deed = &holder->sample.taken;
    const char *const call = (const char *)(uintptr_t)deed->call;
    const void *frames[LEDGER_FRAMES];
    size_t count = 0;
    char way[480];

    while (count < LEDGER_FRAMES && deed->frames[count] != 0) {
        frames[count] = (const void *)(uintptr_t)deed->frames[count];
        count++;
    }
    backtrace_describe(frames, count, way, sizeof way);
    snprintf(text, size, "%s%s, %s%s%s", holder->who, holder->where, call != NULL ? call : "a call",
             way[0] != '\0' ? " at " : "", way);
}

static bool may_read_the_same(const struct holder *a, const struct holder *b)
{
    return a->sample.heap == b->sample.heap && a->ended == b->ended &&
           a->sample.taken.call == b->sample.taken.call && strcmp(a->who, b->who) == 0;
}

static uint32_t hash_of(struct holder *row)
{
    char text[640];

    if (row->text_hash == 0) {
        holders_describe(row, text, sizeof text);
        row->text_hash = hash_text(HASH_BEGIN, text) | 1;
    }
    return row->text_hash;
}

/* The row that reads like this one, among the first ones; or this one. */
static struct holder *find_same(struct holders *holders, uint32_t count, struct holder *row)
{
    for (uint32_t i = 0; i < count; i++)
        if (may_read_the_same(&holders->rows[i], row) && hash_of(&holders->rows[i]) == hash_of(row))
            return &holders->rows[i];
    return row;
}

static void add_row(struct holder *to, const struct holder *row)
{
    if (row->sample.taken.number < to->sample.taken.number)
        to->sample = row->sample;
    for (unsigned i = 0; i < HOLDER_COLUMNS; i++) {
        to->blocks[i] += row->blocks[i];
        to->bytes[i] += row->bytes[i];
    }
    to->weight += row->weight;
}

void holders_merge(struct holders *holders)
{
    uint32_t kept = 0;

    for (uint32_t i = 0; i < holders->count; i++) {
        struct holder *const row = &holders->rows[i];
        struct holder *const same = find_same(holders, kept, row);

        if (same != row)
            add_row(same, row);
        else if (kept++ != i)
            holders->rows[kept - 1] = *row;
    }
    holders->count = kept;
    for (uint32_t i = 0; i < kept; i++)
        holders->order[i] = i;
}

const char *holders_thousands(uint64_t value)
{
    static char texts[4][32];
    static unsigned turn;
    char *const text = texts[turn++ % 4];
    char *at = text + sizeof texts[0];
    unsigned digits = 0;

    *--at = '\0';
    do {
        if (digits != 0 && digits % 3 == 0)
            *--at = ',';
        *--at = (char)('0' + value % 10);
        digits++;
        value /= 10;
    } while (value != 0);
    return at;
}

const char *holders_plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}
