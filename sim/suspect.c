#include "suspect.h"

#include "ledger.h"

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

struct diagnosis suspect_sharpen(const struct diagnosis *diagnosis)
{
    struct diagnosis d = *diagnosis;

    if (!ledger_on || d.address == 0)
        return d;
    if ((d.kind == DIAGNOSIS_INTERIOR_POINTER || d.kind == DIAGNOSIS_FOREIGN_POINTER) &&
        freed_block(&d) != NULL) {
        d.kind = DIAGNOSIS_DOUBLE_FREE;
        d.text = "the block was freed already, and its memory has been used again since";
    }
    if (d.kind == DIAGNOSIS_FOREIGN_POINTER)
        sharpen_foreign(&d);
    if (d.kind == DIAGNOSIS_DOUBLE_FREE && by_realloc(&d)) {
        d.kind = DIAGNOSIS_FREED_REALLOC;
        d.text = "the block was freed already";
    }
    return d;
}
