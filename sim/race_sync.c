/*
 * Syncs: a table by key. The table has a fixed size; when there is no room near a key's place, two
 * syncs share one entry, which orders more than there is, so that a race may be missed, but none is
 * invented.
 */
#include <string.h>

#include "race_context.h"

enum { SYNCS = 1 << 14, PROBES = 16 };

/*
 * A sync that one context uses again and again need not be compared every time: `owner` (a serial
 * number) knows everything that is in it, and if `version` is that of its own clock, the two differ
 * in the owner's own clock only.
 */
struct sync {
    uint64_t key;
    uint32_t used; /* of its clock: the rest was never written */
    uint32_t owner, version;
    struct race_clock clock;
};

struct table {
    uint32_t count;
    uint32_t touched[SYNCS];
    struct sync syncs[SYNCS];
};

static struct table *table;

bool race_syncs_start(void)
{
    table = sparse_memory(sizeof *table);
    return table != NULL;
}

void race_syncs_reset(void)
{
    for (uint32_t i = 0; i < table->count; i++) {
        struct sync *const sync = &table->syncs[table->touched[i]];

        memset(sync->clock.at, 0, sync->used * sizeof sync->clock.at[0]);
        sync->key = 0;
        sync->used = sync->owner = sync->version = 0;
    }
    table->count = 0;
}

/* The entry of a key; NULL if there is none and `make` is false. */
static struct sync *find(uint64_t key, bool make)
{
    const uint32_t place = (uint32_t)((key * 0x9e3779b97f4a7c15u) >> 40);

    for (uint32_t i = 0; i < PROBES; i++) {
        const uint32_t index = (place + i) % SYNCS;
        struct sync *const sync = &table->syncs[index];

        if (sync->key == key)
            return sync;
        if (sync->key == 0) {
            if (!make)
                return NULL;
            sync->key = key;
            table->touched[table->count++] = index;
            return sync;
        }
    }
    return &table->syncs[place % SYNCS];
}

static uint64_t key_of(enum race_sync kind, unsigned core, uint32_t value)
{
    return (uint64_t)kind << 40 | (uint64_t)core << 32 | value;
}

/* In steps of a number that compilers turn into vector instructions; what is beyond is 0. */
enum { STEP = 16 };

static void join(uint32_t *to, const uint32_t *from, uint32_t count)
{
    for (uint32_t i = 0; i < count; i += STEP)
        for (uint32_t j = i; j < i + STEP; j++)
            to[j] = from[j] > to[j] ? from[j] : to[j];
}

static uint32_t index_of(const struct race_context *context)
{
    return context->epoch >> 16 & 0xffff;
}

static void advance(struct race_context *self)
{
    self->epoch += (uint64_t)1 << 32;
    self->seen.at[index_of(self)] = (uint32_t)(self->epoch >> 32);
}

void race_release(struct race_context *self, enum race_sync kind, unsigned core, uint32_t value)
{
    struct sync *const sync = find(key_of(kind, core, value), true);

    if (sync->owner == self->serial && sync->version == self->version) {
        sync->clock.at[index_of(self)] = (uint32_t)(self->epoch >> 32);
    } else {
        const bool is_first = sync->used == 0;

        sync->used = (race_contexts_used() + STEP - 1) / STEP * STEP;
        join(sync->clock.at, self->seen.at, sync->used);
        sync->owner = is_first || sync->owner == self->serial ? self->serial : 0;
        sync->version = self->version;
    }
    advance(self);
}

void race_acquire(struct race_context *self, enum race_sync kind, unsigned core, uint32_t value)
{
    struct sync *const sync = find(key_of(kind, core, value), false);

    if (sync == NULL || sync->owner == self->serial)
        return;
    join(self->seen.at, sync->clock.at, sync->used);
    self->version++;
    sync->owner = self->serial;
    sync->version = 0;
}

void race_order(struct race_context *from, struct race_context *to)
{
    if (from == to)
        return;
    join(to->seen.at, from->seen.at, race_contexts_used());
    to->version++;
    advance(from);
}
