#include "fill.h"

#include <stdio.h>
#include <string.h>

#include "events.h"
#include "fill_map.h"
#include "ledger.h"

enum { SLACK = 0xfd, FREED = 0xdd };

enum {
    FIRST = 16, /* HEAP_WRITES_NEAR */
    LAST = 8,
    NEAR = 64,
    TOLD = 64
};

static enum fill_what what;

/* Where somebody was told already that bytes were touched; put back with static data. */
static struct {
    taddr_t address[TOLD];
    unsigned count;
} told;

static bool was_told(taddr_t begin, taddr_t end)
{
    for (unsigned i = 0; i < told.count && i < TOLD; i++)
        if (told.address[i] - begin < end - begin)
            return true;
    return false;
}

/* There is another block now. */
static void forget_told(taddr_t begin, taddr_t end)
{
    for (unsigned i = 0; i < told.count && i < TOLD; i++)
        if (told.address[i] - begin < end - begin)
            told.address[i] = 0;
}

static const char *plural(tsize_t count)
{
    return count == 1 ? "" : "s";
}

/* --- slack --- */

static tsize_t slack_of(const struct ledger_block *block)
{
    const tsize_t slack = block->usable - block->size;

    return slack < FILL_MOST ? slack : FILL_MOST;
}

static void check_slack(const struct heap *heap, const struct ledger_block *block,
                        struct heap_call call)
{
    const taddr_t end = block->address + block->size;
    const tsize_t slack = slack_of(block);
    taddr_t first = 0;
    char text[120];
    const tsize_t changed = fill_bytes_changed(end, slack, SLACK, &first);

    if (changed == 0 || was_told(end, end + slack))
        return;
    snprintf(text, sizeof text,
             "%u byte%s behind the end of the block %s overwritten since it was allocated", changed,
             plural(changed), changed == 1 ? "was" : "were");
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_OVERFLOW,
                                        .heap = heap,
                                        .call = call.name,
                                        .site = call.site,
                                        .frame = call.frame,
                                        .address = first,
                                        .size = changed,
                                        .text = text,
                                        .late = true};
    port_diagnosis(&diagnosis);
}

void fill_check_heap(const struct heap *heap, struct heap_call call)
{
    if (what == FILL_NONE)
        return;
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        if (b->heap == heap->number && b->size < b->usable && ledger_is_live(b))
            check_slack(heap, b, call);
}

/* The block is still as its owner left it. */
static void begins(const struct heap *heap, taddr_t address)
{
    const struct ledger_block *const block = address != 0 ? ledger_block_at(address) : NULL;

    if (block != NULL && block->heap == heap->number && ledger_is_live(block))
        check_slack(heap, block, heap->call);
}

/* --- freed memory --- */

/* Of OneOS's algorithms a buddy writes all over a free block when it halves it. */
static bool is_halved(const struct heap *heap, taddr_t address)
{
    for (unsigned i = 0; i < heap->region_count; i++)
        if (address - heap->regions[i].begin < heap->regions[i].size)
            return strcmp(heap->ops->algorithms[heap->regions[i].algorithm], "buddy") == 0;
    return true;
}

static bool is_looked_after(const struct heap *heap, taddr_t address)
{
    return what == FILL_ALL && (heap->ops->capabilities & HEAP_WRITES_NEAR) != 0 &&
           (heap->ops->algorithms == NULL || !is_halved(heap, address));
}

/* An operation on the block is over: what the allocator may have written is forgotten. */
static void forget_around(taddr_t address, tsize_t usable, tsize_t align)
{
    const uint64_t near = (uint64_t)NEAR + align;

    fill_map_forget(address > near ? address - near : 0, (uint64_t)address + usable + near);
}

/*
 * Memory is about to be some block's: its former owners must not have written to it. What a calloc
 * cleared or a realloc moved there says nothing any more.
 */
static void comes(const struct heap_event *event)
{
    taddr_t first;
    char text[120];

    if ((event->kind != HEAP_EVENT_ALLOC && event->kind != HEAP_EVENT_REALLOC) ||
        event->cost.moved > 0 || !is_looked_after(event->heap, event->address))
        return;
    if (event->usable <= FIRST + LAST) /* what it was during the operation may be written there */
        return;
    const tsize_t changed =
        fill_map_changed((uint64_t)event->address + FIRST,
                         (uint64_t)event->address + event->usable - LAST, FREED, &first);
    if (changed == 0)
        return;
    snprintf(text, sizeof text, "%u byte%s of a block %s written after it was freed", changed,
             plural(changed), changed == 1 ? "was" : "were");
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_USE_AFTER_FREE,
                                        .heap = event->heap,
                                        .call = event->call.name,
                                        .site = event->call.site,
                                        .frame = event->call.frame,
                                        .address = first,
                                        .size = changed,
                                        .text = text,
                                        .late = true};
    port_diagnosis(&diagnosis);
}

static void fill_freed(const struct ledger_block *block)
{
    const uint64_t begin = (uint64_t)block->address + FIRST;
    uint64_t end = (uint64_t)block->address + block->usable;

    if (block->usable <= FIRST + LAST)
        return;
    end -= LAST;
    fill_map_fill(begin, end - begin < FILL_MOST ? end : begin + FILL_MOST, FREED);
}

/* True if the block's own bytes are really free: not when it was only resized where it lies. */
static bool is_given_up(const struct ledger_block *block, const struct heap_event *event)
{
    if (event->kind == HEAP_EVENT_FREE)
        return event->cost.moved == 0; /* else the allocator has cleared it, as it promises */
    return event->address >= block->address + block->usable ||
           event->address + event->usable <= block->address;
}

static void freed(const struct ledger_block *block)
{
    const struct heap_event *const event = ledger_event();

    if (!is_looked_after(event->heap, block->address))
        return;
    forget_around(block->address, block->usable, 0);
    if (is_given_up(block, event))
        fill_freed(block);
}

static void taken(const struct ledger_block *block)
{
    const struct heap_event *const event = ledger_event();

    forget_told(block->address, block->address + block->usable);
    fill_bytes(block->address + block->size, slack_of(block), SLACK);
    if (is_looked_after(event->heap, block->address))
        forget_around(block->address, block->usable, event->align);
}

/* Whoever owns it may write what he likes. */
static void of_region(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    if (what == FILL_ALL)
        fill_map_forget(begin, (uint64_t)begin + size);
}

static void unsure(const struct heap *heap)
{
    for (unsigned i = 0; i < heap->region_count; i++)
        of_region(heap, heap->regions[i].begin, heap->regions[i].size);
}

static const struct ledger_watcher watcher = {.taken = taken,
                                              .freed = freed,
                                              .opened = of_region,
                                              .closed = of_region,
                                              .unsure = unsure,
                                              .begins = begins,
                                              .comes = comes};

/* --- what was told --- */

/* One mistake is told once: the bytes that an access was found to touch are not looked at again. */
static void on_diagnosis(const struct diagnosis *diagnosis)
{
    if (diagnosis->kind == DIAGNOSIS_OVERFLOW)
        told.address[told.count++ % TOLD] = diagnosis->address;
    if (diagnosis->kind == DIAGNOSIS_USE_AFTER_FREE && what == FILL_ALL)
        fill_map_forget(diagnosis->address, (uint64_t)diagnosis->address + diagnosis->size);
}

static const struct event_sink sink = {.diagnosis = on_diagnosis};

/* --- life --- */

bool fill_parse(const char *word, enum fill_what *parsed)
{
    static const char *const words[] = {"none", "slack", "all"};

    for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(word, words[i]) == 0) {
            *parsed = (enum fill_what)i;
            return true;
        }
    }
    return false;
}

bool fill_start(enum fill_what chosen)
{
    if (chosen == FILL_ALL && !fill_map_start())
        return false;
    what = chosen;
    if (what != FILL_NONE) {
        ledger_watch(&watcher);
        events_add_sink(&sink);
    }
    return true;
}

void fill_reset(void)
{
    told.count = 0;
    if (what == FILL_ALL)
        fill_map_reset();
}
