#include "quarantine.h"

#include <stdio.h>

#include "../kernel/port.h"
#include "heap_tables.h"
#include "ledger.h"
#include "sparse.h"

enum { BLOCKS = 1 << 12, FILLING = 0xdd };

struct kept {
    taddr_t own, block; /* as the allocator knows it, and as the application does */
    tsize_t usable;
};

/* Of a heap: the oldest first, in a ring. */
struct ring {
    uint32_t heap; /* its number */
    uint32_t first, count;
    uint64_t bytes;
    struct kept at[BLOCKS];
};

/* Outside the program's static data, which a snapshot puts back. */
static struct ring *rings;
static tsize_t most;

static struct ring *ring_of(const struct heap *h)
{
    struct ring *const ring = &rings[h->number % LEDGER_HEAPS];

    if (ring->heap != h->number) {
        ring->heap = h->number;
        ring->first = ring->count = 0;
        ring->bytes = 0;
    }
    return ring;
}

/* AddressSanitizer forbids the memory of what was freed: not to us. */
__attribute__((no_sanitize("address"))) static void fill(const struct kept *kept)
{
    volatile uint8_t *const bytes = target_pointer(kept->own);

    for (tsize_t i = 0; i < kept->usable; i++)
        bytes[i] = FILLING;
}

__attribute__((no_sanitize("address"))) static tsize_t changed_bytes(const struct kept *kept,
                                                                     tsize_t *first)
{
    const volatile uint8_t *const bytes = target_pointer(kept->own);
    tsize_t changed = 0;

    for (tsize_t i = kept->usable; i-- > 0;) {
        if (bytes[i] != FILLING) {
            *first = i;
            changed++;
        }
    }
    return changed;
}

static void check(const struct heap *h, const struct kept *kept, struct heap_call call)
{
    tsize_t first = 0;
    const tsize_t changed = changed_bytes(kept, &first);
    char text[120];

    if (changed == 0)
        return;
    snprintf(text, sizeof text, "%u byte%s of a block in quarantine %s written after it was freed",
             changed, changed == 1 ? "" : "s", changed == 1 ? "was" : "were");
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_USE_AFTER_FREE,
                                        .heap = h,
                                        .call = call.name,
                                        .site = call.site,
                                        .frame = call.frame,
                                        .address = kept->block + first,
                                        .size = changed,
                                        .text = text,
                                        .late = true};
    port_diagnosis(&diagnosis);
}

static void let_go(struct heap *h, struct ring *ring)
{
    const struct kept kept = ring->at[ring->first];

    ring->first = (ring->first + 1) % BLOCKS;
    ring->count--;
    ring->bytes -= kept.usable;
    check(h, &kept, h->call);
    heap_tables_original(h)->free(h, kept.own);
}

bool quarantine_keeps(struct heap *h, taddr_t own, taddr_t block)
{
    const struct ledger_block *const record = most > 0 ? ledger_block_at(block) : NULL;

    if (record == NULL || !ledger_is_live(record) || record->heap != h->number)
        return false;
    const tsize_t usable = heap_tables_original(h)->usable_size(h, own);
    if (usable > most)
        return false;
    struct ring *const ring = ring_of(h);
    while (ring->count == BLOCKS || ring->bytes + usable > most)
        let_go(h, ring);
    struct kept *const kept = &ring->at[(ring->first + ring->count) % BLOCKS];
    *kept = (struct kept){own, block, usable};
    ring->count++;
    ring->bytes += usable;
    fill(kept);
    return true;
}

bool quarantine_refuses(struct heap *h, taddr_t block)
{
    const struct ledger_block *const record = most > 0 ? ledger_block_at(block) : NULL;

    if (record == NULL || ledger_is_live(record))
        return false;
    struct ring *const ring = ring_of(h);
    for (uint32_t i = 0; i < ring->count; i++) {
        if (ring->at[(ring->first + i) % BLOCKS].block == block) {
            heap_misuse(h, DIAGNOSIS_DOUBLE_FREE, block, record->size,
                        "the block was freed already, and waits in the quarantine");
            return true;
        }
    }
    return false;
}

bool quarantine_empty(struct heap *h)
{
    struct ring *const ring = most > 0 ? ring_of(h) : NULL;

    if (ring == NULL || ring->count == 0)
        return false;
    while (ring->count > 0)
        let_go(h, ring);
    return true;
}

void quarantine_check(void)
{
    const struct heap_call call = {.name = "when the run ended"};

    for (const struct heap *h = most > 0 ? heap_live_after(NULL) : NULL; h != NULL;
         h = heap_live_after(h)) {
        const struct ring *const ring = ring_of(h);

        for (uint32_t i = 0; i < ring->count; i++)
            check(h, &ring->at[(ring->first + i) % BLOCKS], call);
    }
}

bool quarantine_start(tsize_t bytes)
{
    most = bytes;
    if (bytes > 0)
        rings = sparse_memory(LEDGER_HEAPS * sizeof *rings);
    return bytes == 0 || rings != NULL;
}

void quarantine_reset(void)
{
    if (most == 0)
        return;
    for (unsigned i = 0; i < LEDGER_HEAPS; i++)
        if (rings[i].heap != 0)
            rings[i].heap = 0;
}
