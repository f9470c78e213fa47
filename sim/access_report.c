/*
 * What a byte is that may not be touched, and which mistake it was: an access that starts in a
 * block ran over its end; one in memory that was a block's before came too late; one between two
 * blocks belongs to the nearer.
 */
#include <stdio.h>

#include "../kernel/kernel.h"
#include "access.h"
#include "engine.h"
#include "guard.h"
#include "ledger.h"

enum { NEAR = 4096, TOLD = 256, LOWEST = 0x10000 };

/* Places in the code that were told: once each. 0: free. Put back with the program's static data.
 */
static uintptr_t told[TOLD];

static bool is_new(const void *site)
{
    const uintptr_t place = (uintptr_t)site;

    for (unsigned i = 0; i < TOLD; i++) {
        if (told[i] == place)
            return false;
        if (told[i] == 0) {
            told[i] = place;
            return true;
        }
    }
    return false; /* nobody reads on */
}

/* The live heap or pool whose region holds the byte; the inner one if it lies in another's block.
 */
static const struct heap *heap_around(taddr_t address)
{
    const bool begun = port_read_begin();
    const struct heap *found = NULL;
    tsize_t smallest = 0;

    for (const struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h)) {
        for (unsigned i = 0; i < h->region_count; i++) {
            const struct heap_region *const region = &h->regions[i];

            if (address - region->begin >= region->size ||
                (found != NULL && region->size >= smallest))
                continue;
            found = h;
            smallest = region->size;
        }
    }
    port_read_end(begun);
    return found;
}

/* Freed, and nothing of it was given out again since. */
static bool is_fresh(const struct ledger_block *freed)
{
    for (const struct ledger_block *b = ledger_next(NULL); b != NULL; b = ledger_next(b))
        if (ledger_is_live(b) && b->heap == freed->heap && b->taken.number > freed->freed.number &&
            b->address < freed->address + freed->usable && b->address + b->usable > freed->address)
            return false;
    return true;
}

static enum diagnosis_kind judge(taddr_t bad, uintptr_t address, const struct heap *heap)
{
    const struct ledger_block *const begins = ledger_find_in((taddr_t)address, heap->number);
    const struct ledger_block *const block = ledger_find_in(bad, heap->number);
    const struct ledger_block *const before = ledger_before(bad, heap->number);
    const struct ledger_block *const after = ledger_after(bad, heap->number);
    const uint32_t behind = before != NULL ? bad - (before->address + before->usable) : UINT32_MAX;
    const uint32_t ahead = after != NULL ? after->address - bad : UINT32_MAX;

    if (begins != NULL && ledger_is_live(begins))
        return DIAGNOSIS_OVERFLOW;
    if (block != NULL && ledger_is_live(block))
        return DIAGNOSIS_OVERFLOW; /* in its slack */
    if (block != NULL && block->freed.number != 0 && is_fresh(block))
        return DIAGNOSIS_USE_AFTER_FREE;
    if (behind < ahead && behind < NEAR)
        return DIAGNOSIS_OVERFLOW;
    if (ahead <= behind && ahead < NEAR)
        return DIAGNOSIS_UNDERFLOW;
    return block != NULL ? DIAGNOSIS_USE_AFTER_FREE : DIAGNOSIS_WILD_ACCESS;
}

static const char *explain(enum diagnosis_kind kind)
{
    switch (kind) {
    case DIAGNOSIS_OVERFLOW:
        return "it goes beyond the bytes that were asked for";
    case DIAGNOSIS_UNDERFLOW:
        return "it lies before the block, where the allocator's header is";
    case DIAGNOSIS_USE_AFTER_FREE:
        return "the block there was freed";
    case DIAGNOSIS_NULL_ACCESS:
        return "there is no memory at such an address";
    default:
        return "the allocator has not given it out";
    }
}

void access_report_call(taddr_t bad, uintptr_t address, size_t size, bool writes,
                        const struct heap_call *by)
{
    const struct heap *const heap = heap_around(bad);
    char call[96];

    if (!is_new(by->site))
        return;
    const char *const name = by->name != NULL ? by->name : "";
    const char *const of = by->name != NULL ? " by " : "";

    if (size > 0)
        snprintf(call, sizeof call, "a %s of %zu byte%s%s%s", writes ? "write" : "read", size,
                 size == 1 ? "" : "s", of, name);
    else
        snprintf(call, sizeof call, "a %s%s%s", writes ? "write" : "read", of, name);
    struct diagnosis diagnosis = {.kind = DIAGNOSIS_WILD_ACCESS,
                                  .heap = heap,
                                  .call = call,
                                  .site = by->site,
                                  .frame = by->frame,
                                  .address = bad,
                                  .size = (tsize_t)size};
    if (bad < LOWEST)
        diagnosis.kind = DIAGNOSIS_NULL_ACCESS;
    else if (guard_judge(bad, &diagnosis.kind, &diagnosis.heap))
        ; /* it knows */
    else if (heap != NULL)
        diagnosis.kind = judge(bad, address, heap);
    diagnosis.text = explain(diagnosis.kind);
    port_diagnosis(&diagnosis);
}

void access_report(taddr_t bad, uintptr_t address, size_t size, bool writes, const void *site,
                   const void *frame)
{
    const struct heap_call no_call = {NULL, site, frame};

    access_report_call(bad, address, size, writes, &no_call);
}
