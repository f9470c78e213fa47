#include "suspect.h"

#include "../kernel/port.h"
#include "ledger.h"

/* --- sizes --- */

/* From here on a size is a negative number to who calculated it, and more than any board has. */
static const tsize_t negative_size = 0x80000000;

void suspect_request(const struct heap_event *event)
{
    if (event->size < negative_size || event->heap->refused)
        return;
    port_diagnosis(&(struct diagnosis){
        .kind = DIAGNOSIS_SIZE_OVERFLOW,
        .heap = event->heap,
        .call = event->call.name,
        .site = event->call.site,
        .frame = event->call.frame,
        .size = event->size,
        .text = "no board has as much memory: with a sign, the size is a negative number"});
}

/* --- pointers --- */

static bool by_realloc(const struct diagnosis *d)
{
    return d->call != NULL && (strstr(d->call, "realloc") != NULL || strstr(d->call, "Realloc"));
}

/* The block at a pointer that the heap does not take, and that once was a block of it. */
static const struct ledger_block *freed_block(const struct diagnosis *d)
{
    const struct ledger_block *const block = ledger_block_at(d->address);

    return block != NULL && block->freed.number != 0 && d->heap != NULL &&
                   block->heap == d->heap->number
               ? block
               : NULL;
}

static void sharpen_foreign(struct diagnosis *d)
{
    const struct ledger_block *const block = ledger_find(d->address);
    const struct ledger_heap *const heap = block != NULL ? ledger_heap(block->heap) : NULL;

    if (heap == NULL || !ledger_is_live(block) ||
        (d->heap != NULL && block->heap == d->heap->number))
        return;
    d->kind = DIAGNOSIS_WRONG_HEAP;
    d->text = heap->is_pool ? "the block is a memory pool's" : "the block is another heap's";
}

static bool is_aligned_call(const char *call)
{
    return call != NULL && strstr(call, "_align") != NULL;
}

/* Some aligned blocks have calls of their own, and take no others. */
static void sharpen_aligned(struct diagnosis *d, const struct ledger_block *block)
{
    const char *const taken = (const char *)(uintptr_t)block->taken.call;
    const bool oneos = d->call != NULL && strncmp(d->call, "os_", 3) == 0;

    if (is_aligned_call(taken) && !is_aligned_call(d->call)) {
        d->text = "the block is an aligned one, and begins before this pointer for the allocator";
        d->instead =
            oneos ? "Give it back with os_free_align." : "Give it back with rt_free_align.";
    } else if (is_aligned_call(d->call) && !is_aligned_call(taken)) {
        d->text = "the block did not come from an aligned allocation";
        d->instead = oneos ? "Give it back with os_free." : "Give it back with rt_free.";
    }
}

/* A pointer that the heap does not take for a block's begin, although it is one. */
static void sharpen_begin(struct diagnosis *d)
{
    const struct ledger_block *const block = ledger_block_at(d->address);

    if (block == NULL || !ledger_is_live(block))
        return;
    if (d->heap == NULL || block->heap != d->heap->number)
        sharpen_foreign(d);
    else
        sharpen_aligned(d, block);
}

struct diagnosis suspect_sharpen(const struct diagnosis *diagnosis)
{
    struct diagnosis d = *diagnosis;

    if (!ledger_on || d.address == 0)
        return d;
    if ((d.kind == DIAGNOSIS_INTERIOR_POINTER || d.kind == DIAGNOSIS_FOREIGN_POINTER) &&
        freed_block(&d) != NULL) {
        d.kind = DIAGNOSIS_DOUBLE_FREE;
        d.text = ledger_is_live(ledger_find(d.address))
                     ? "the block was freed already, and its memory has been used again since"
                     : "the block was freed already";
    }
    if (d.kind == DIAGNOSIS_FOREIGN_POINTER)
        sharpen_foreign(&d);
    if (d.kind == DIAGNOSIS_FOREIGN_POINTER || d.kind == DIAGNOSIS_INTERIOR_POINTER)
        sharpen_begin(&d);
    if (d.kind == DIAGNOSIS_DOUBLE_FREE && by_realloc(&d)) {
        d.kind = DIAGNOSIS_FREED_REALLOC;
        d.text = "the block was freed already";
    }
    return d;
}
