#include "workload.h"

#include <stdio.h>
#include <stdlib.h>

#include "../replay/trace.h"

static const struct {
    const char *name;
    tsize_t region_bytes;
} synthetic[] = {{"w1", 256 << 10}, {"w2", 8 << 20}, {"w3", 256 << 10}};

enum { W4_BLOCKS = 100, W4_ROUNDS = 1000, W4_SIZE = 64, W4_REGION = 256 << 10 };
enum { TRACE_REGION = 4 << 20, REGION_MOST = 1 << 30 };

static bool make_w4(struct workload *w, char *why)
{
    w->operations = malloc(2 * W4_BLOCKS * W4_ROUNDS * sizeof *w->operations);
    if (w->operations == NULL) {
        snprintf(why, TEXT_WHY_MAX, "out of memory for w4");
        return false;
    }
    for (unsigned round = 0; round < W4_ROUNDS; round++) {
        for (uint32_t i = 0; i < W4_BLOCKS; i++)
            w->operations[w->count++] = (struct operation){i, W4_SIZE, 0, OPERATION_ALLOC};
        for (uint32_t i = 0; i < W4_BLOCKS; i++)
            w->operations[w->count++] = (struct operation){i, 0, 0, OPERATION_FREE};
    }
    w->slots = W4_BLOCKS;
    w->largest = W4_SIZE;
    w->plain = true;
    w->region_bytes = W4_REGION;
    snprintf(w->title, sizeof w->title,
             "100 blocks of 64 bytes taken and given back in the same order, 1,000 times");
    return true;
}

/* What a slot holds while a trace is followed. */
struct slot {
    tsize_t size;
    bool aligned;
};

static struct operation translate(const struct trace_operation *from, struct slot *slot)
{
    struct operation to = {.slot = from->slot, .size = from->size, .extra = from->extra};
    const struct slot before = *slot;

    switch ((enum trace_kind)from->kind) {
    case TRACE_ALLOC:
        to.kind = OPERATION_ALLOC;
        break;
    case TRACE_CLEARED:
        to.kind = OPERATION_CLEARED;
        break;
    case TRACE_ALIGNED:
        to.kind = OPERATION_ALIGNED;
        break;
    case TRACE_REALLOC:
        to.kind = before.aligned ? OPERATION_RESIZE_ALIGNED : OPERATION_RESIZE;
        to.extra = before.size;
        break;
    case TRACE_FREE:
        to.kind = before.aligned ? OPERATION_FREE_ALIGNED : OPERATION_FREE;
        return to;
    }
    if (to.size == 0)
        to.size = 1;
    if (to.kind == OPERATION_CLEARED && to.extra == 0)
        to.extra = 1;
    *slot = (struct slot){to.kind == OPERATION_CLEARED ? to.size * to.extra : to.size,
                          to.kind == OPERATION_ALIGNED};
    return to;
}

/* The least power of two that holds four times what is live: room for any allocator's overhead. */
static tsize_t room_for(uint64_t live)
{
    tsize_t size = TRACE_REGION;

    while (size < 4 * live && size < REGION_MOST)
        size *= 2;
    return size;
}

static bool convert(struct workload *w, const struct trace *trace, bool filled, char *why)
{
    struct slot *const slots = calloc(trace->slots, sizeof *slots);

    w->operations = malloc(trace->count * sizeof *w->operations);
    if (slots == NULL || w->operations == NULL) {
        snprintf(why, TEXT_WHY_MAX, "out of memory for %s", w->name);
        free(slots);
        workload_free(w);
        return false;
    }
    w->plain = true;
    for (size_t i = 0; i < trace->count; i++) {
        w->operations[i] = translate(&trace->operations[i], &slots[trace->operations[i].slot]);
        w->plain &= w->operations[i].kind <= OPERATION_FREE;
        if (filled && trace->operations[i].time == 0)
            w->fill = i + 1;
    }
    w->count = trace->count;
    w->slots = trace->slots;
    w->largest = trace->largest > 0 ? trace->largest : 1;
    snprintf(w->title, sizeof w->title, "%.*s", (int)sizeof w->title - 1, trace->source);
    free(slots);
    return true;
}

static bool load_trace(struct workload *w, const char *path, tsize_t region_bytes, char *why)
{
    struct trace trace;

    if (!trace_read(&trace, path, why))
        return false;
    w->region_bytes = region_bytes != 0 ? region_bytes : room_for(trace.live_max);
    const bool converted = convert(w, &trace, region_bytes != 0, why);
    trace_free(&trace);
    return converted;
}

bool workload_load(struct workload *w, const char *name, char *why)
{
    char path[512];

    *w = (struct workload){.count = 0};
    snprintf(w->name, sizeof w->name, "%.*s", (int)sizeof w->name - 1, name);
    if (strcmp(name, "w4") == 0)
        return make_w4(w, why);
    for (unsigned i = 0; i < sizeof synthetic / sizeof synthetic[0]; i++) {
        if (strcmp(name, synthetic[i].name) == 0) {
            snprintf(path, sizeof path, "%s/workloads/%s.trace.gz", BENCH_DIRECTORY, name);
            return load_trace(w, path, synthetic[i].region_bytes, why);
        }
    }
    return load_trace(w, name, 0, why);
}

void workload_free(struct workload *w)
{
    free(w->operations);
    w->operations = NULL;
}
