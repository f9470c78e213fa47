#include "reach.h"

#include <sys/mman.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "arena.h"
#include "carrier_pool.h"
#include "diagnose.h"
#include "guard.h"
#include "sanitizers.h"
#include "sparse.h"
#include "window.h"

enum { LEFT_OUT_MAX = 16, SKIPPED_MAX = 1024, WORD = 4, UNIT = 64 };

/* Host addresses begin so; the lower half of one says nothing. */
enum { HOST_LOWEST = 0x5500, HOST_HIGHEST = 0x7fff };

extern char __data_start[], _end[]; /* set by the linker */

struct range {
    uintptr_t begin, end;
};

static struct range left_out[LEFT_OUT_MAX];
static unsigned left_out_count;
static struct range first_thread; /* what the application's main has of its stack; or none */

struct search {
    struct reach *reach;
    uint32_t *found; /* blocks whose contents have not been looked at yet */
    uint32_t found_count;
    uintptr_t window_begin;            /* the host window's */
    unsigned char *free_units;         /* a bit for each UNIT of it */
    struct range skipped[SKIPPED_MAX]; /* in the order of addresses */
    unsigned skipped_count;
};

void reach_leave_out(const void *begin, size_t size)
{
    KERNEL_ASSERT(left_out_count < LEFT_OUT_MAX);
    left_out[left_out_count++] = (struct range){(uintptr_t)begin, (uintptr_t)begin + size};
}

void reach_main_begins(const void *frame)
{
    first_thread = (struct range){0, (uintptr_t)frame};
}

void reach_main_waits(void)
{
    first_thread.begin = (uintptr_t)__builtin_frame_address(0);
}

/* --- live blocks --- */

static bool comes_before(const struct reach_block *a, const struct reach_block *b)
{
    return a->begin < b->begin || (a->begin == b->begin && a->end > b->end);
}

/* libc's qsort may allocate; blocks mostly come in order. */
static void sort(struct reach_block *blocks, uint32_t count)
{
    uint32_t gap = 1;

    while (gap < count / 3)
        gap = gap * 3 + 1;
    for (; gap > 0; gap /= 3) {
        for (uint32_t i = gap; i < count; i++) {
            const struct reach_block moved = blocks[i];
            uint32_t at = i;

            for (; at >= gap && comes_before(&moved, &blocks[at - gap]); at -= gap)
                blocks[at] = blocks[at - gap];
            blocks[at] = moved;
        }
    }
}

static void link_outer(struct reach *reach)
{
    for (uint32_t i = 0; i < reach->count; i++) {
        uint32_t outer = i > 0 ? i - 1 : REACH_NONE;

        while (outer != REACH_NONE && reach->blocks[outer].end <= reach->blocks[i].begin)
            outer = reach->blocks[outer].outer;
        reach->blocks[i].outer = outer;
    }
}

static bool list_blocks(struct reach *reach)
{
    uint32_t count = 0;

    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        count += ledger_is_live(b);
    *reach = (struct reach){.size = (count + 1) * (sizeof *reach->blocks + sizeof(uint32_t))};
    reach->blocks = sparse_memory(reach->size);
    if (reach->blocks == NULL)
        return false;
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        if (ledger_is_live(b) && reach->count < count)
            reach->blocks[reach->count++] = (struct reach_block){
                b, b->address, b->address + (b->usable > 0 ? b->usable : 1), REACH_NONE, false};
    sort(reach->blocks, reach->count);
    link_outer(reach);
    return true;
}

void reach_end(struct reach *reach)
{
    if (reach->blocks != NULL)
        munmap(reach->blocks, reach->size);
}

/* The innermost block that has a byte at `address`, or REACH_NONE. */
static uint32_t block_with(const struct reach *reach, taddr_t address)
{
    uint32_t low = 0;
    uint32_t high = reach->count;

    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;

        if (reach->blocks[middle].begin <= address)
            low = middle + 1;
        else
            high = middle;
    }
    uint32_t at = low > 0 ? low - 1 : REACH_NONE;
    while (at != REACH_NONE && address >= reach->blocks[at].end)
        at = reach->blocks[at].outer;
    return at;
}

/* --- words --- */

static void look_at(struct search *s, uint32_t word)
{
    uint32_t at;

    if (s->reach->count == 0 || word < s->reach->blocks[0].begin)
        return;
    for (at = block_with(s->reach, word); at != REACH_NONE; at = s->reach->blocks[at].outer) {
        struct reach_block *const block = &s->reach->blocks[at];

        if (block->reached)
            return; /* and so are those around it */
        block->reached = true;
        s->found[s->found_count++] = at;
    }
}

/* Memory of any kind: what a sanitizer thinks of it is of no interest. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void
look_through(struct search *s, uintptr_t begin, uintptr_t end)
{
    uintptr_t at = (begin + WORD - 1) & ~(uintptr_t)(WORD - 1);

    while (at + WORD <= end) {
        const uint32_t word = *(const volatile uint32_t *)at;

        if (sizeof(void *) > WORD && at % 8 == 0 && at + 8 <= end) {
            const uint32_t upper = *(const volatile uint32_t *)(at + WORD);

            if (upper >= HOST_LOWEST && upper <= HOST_HIGHEST) {
                at += 8;
                continue;
            }
        }
        look_at(s, word);
        at += WORD;
    }
}

/* --- what is left out --- */

static void skip(struct search *s, uintptr_t begin, uintptr_t end)
{
    unsigned at = s->skipped_count;

    if (at == SKIPPED_MAX)
        return; /* it is looked at: then more may seem to be in reach */
    for (; at > 0 && s->skipped[at - 1].begin > begin; at--)
        s->skipped[at] = s->skipped[at - 1];
    s->skipped[at] = (struct range){begin, end};
    s->skipped_count++;
}

static void skip_heaps(struct search *s)
{
    for (const struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h)) {
        skip(s, (uintptr_t)h, (uintptr_t)h + sizeof *h);
        for (unsigned i = 0; i < h->region_count; i++)
            skip(s, h->regions[i].begin, (uintptr_t)h->regions[i].begin + h->regions[i].size);
    }
}

static void skip_own(struct search *s)
{
    const uintptr_t last = (uintptr_t)diagnose_last();

    skip(s, last, last + sizeof *diagnose_last());
    skip(s, (uintptr_t)s, (uintptr_t)(s + 1));
    for (unsigned i = 0; i < left_out_count; i++)
        skip(s, left_out[i].begin, left_out[i].end);
}

/* All of it but what is skipped and lies wholly in it: a block lies in a heap, not the other way.
 */
static void look_at_range(struct search *s, uintptr_t begin, uintptr_t end)
{
    const uintptr_t first = begin;

    for (unsigned i = 0; i < s->skipped_count; i++) {
        const struct range *const out = &s->skipped[i];

        if (out->begin < first || out->end > end || out->end <= begin)
            continue;
        if (out->begin > begin)
            look_through(s, begin, out->begin);
        begin = out->end;
    }
    look_through(s, begin, end);
}

/* --- where it begins --- */

static bool is_stack(taddr_t begin)
{
    const struct carrier *c = carrier_pool_next(NULL);

    while (c != NULL && (uintptr_t)c->stack != begin)
        c = carrier_pool_next(c);
    return c != NULL;
}

/* Objects that were given back are marked, a bit for each unit. */
static void mark_free(void *context, const void *object, size_t size)
{
    struct search *const s = context;
    const size_t first = ((uintptr_t)object - s->window_begin) / UNIT;

    for (size_t i = first; i < first + (size + UNIT - 1) / UNIT; i++)
        s->free_units[i / 8] = (unsigned char)(s->free_units[i / 8] | 1u << i % 8);
}

static bool is_free(const struct search *s, uintptr_t address)
{
    const size_t unit = (address - s->window_begin) / UNIT;

    return (s->free_units[unit / 8] >> unit % 8 & 1) != 0;
}

/* Of the host window: what is in use in a piece. */
static void look_at_piece(struct search *s, uintptr_t begin, uintptr_t end)
{
    while (begin < end) {
        uintptr_t stop = begin;

        while (stop < end && !is_free(s, stop))
            stop += UNIT;
        look_at_range(s, begin, stop < end ? stop : end);
        while (stop < end && is_free(s, stop))
            stop += UNIT;
        begin = stop;
    }
}

static bool look_at_window(struct search *s)
{
    taddr_t begin;
    tsize_t size;

    arena_window(&begin, &size);
    s->window_begin = begin;
    s->free_units = sparse_memory(size / UNIT / 8 + 1);
    if (s->free_units == NULL)
        return false;
    window_free_objects(mark_free, s);
    for (unsigned i = 0; i < window_pieces(); i++) {
        taddr_t piece;
        tsize_t piece_size;

        window_piece(i, &piece, &piece_size);
        if (!is_stack(piece) && !guard_has(piece))
            look_at_piece(s, piece, (uintptr_t)piece + piece_size);
    }
    munmap(s->free_units, size / UNIT / 8 + 1);
    return true;
}

static bool look_at_memory(struct search *s)
{

    look_at_range(s, (uintptr_t)__data_start, (uintptr_t)_end);
    for (unsigned i = 0; i < arena_region_count(); i++)
        look_at_range(s, arena_region(i)->base,
                      (uintptr_t)arena_region(i)->base + arena_region(i)->size);
    return look_at_window(s);
}

static void look_at_task(struct search *s, const struct task *task)
{
    const struct carrier *const carrier = task->carrier;

    if (carrier == NULL || carrier == carrier_self)
        return;
    look_through(s, (uintptr_t)carrier_stack_pointer(carrier),
                 (uintptr_t)carrier->stack + carrier->stack_size);
}

static void look_at_caller(struct search *s, uintptr_t frame)
{
    const struct carrier *const self = carrier_self;

    if (self != NULL && frame - (uintptr_t)self->stack < self->stack_size)
        look_through(s, frame, (uintptr_t)self->stack + self->stack_size);
    else if (self == NULL)
        look_through(s, frame, first_thread.end);
}

static void look_at_stacks(struct search *s, uintptr_t frame)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        look_at_task(s, &kernel.cores[i].idle);
    for (struct list *node = kernel.tasks.next; node != NULL && node != &kernel.tasks;
         node = node->next)
        look_at_task(s, list_entry(node, struct task, all_link));
    if (frame != 0)
        look_at_caller(s, frame);
    if (first_thread.begin != 0)
        look_through(s, first_thread.begin, first_thread.end);
}

static void follow(struct search *s)
{
    while (s->found_count > 0) {
        const struct reach_block *const block = &s->reach->blocks[s->found[--s->found_count]];

        look_at_range(s, block->begin, (uintptr_t)block->begin + block->block->size);
    }
}

bool reach_find(struct reach *reach, const void *frame)
{
    static struct search s; /* one at a time; too much for a task's stack */

    s = (struct search){.reach = reach};
    if (!list_blocks(reach))
        return false;
    s.found = (uint32_t *)(void *)(reach->blocks + reach->count + 1);
    skip_heaps(&s);
    skip_own(&s);
    if (!look_at_memory(&s))
        return false;
    look_at_stacks(&s, (uintptr_t)frame);
    follow(&s);
    return true;
}
