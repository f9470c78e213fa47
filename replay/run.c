/*
 * Replays a trace as the traced program would run on the board: a failed allocation leaves its slot
 * empty, a failed realloc leaves the old block; what the allocator lacks (realloc, aligned blocks,
 * free) is done as an application would do it without.
 */
#include "run.h"

#include <stdio.h>
#include <stdlib.h>

#include "../kernel/assert.h"
#include "../sim/arena.h"
#include "../sim/diagnose.h"
#include "../sim/libc_heap.h"

struct slot {
    taddr_t block; /* what the program uses; 0: none */
    taddr_t raw;   /* what goes back to the heap: differs for an emulated aligned block */
    tsize_t size;
    bool aligned; /* goes back through heap_free_aligned() */
};

struct runner {
    const struct trace *trace;
    struct heap heap;
    struct slot *slots;
    uint32_t *steps; /* one an operation */
    taddr_t begin;   /* of the first region */
    tsize_t begin_size;
    tsize_t live;
    tsize_t fixed; /* bytes of the regions that no block ever gets */
    uint32_t operation_steps;
    struct run_result *result;
};

static const struct heap_call call = {.name = "replay"};

static void count_cost(struct runner *r)
{
    r->operation_steps += r->heap.cost.steps;
}

static taddr_t allocate(struct runner *r, tsize_t size)
{
    const taddr_t block = heap_alloc(&r->heap, size, call);

    count_cost(r);
    return block;
}

static void give_back(struct runner *r, struct slot *slot)
{
    if (!(r->heap.ops->capabilities & HEAP_CAN_FREE)) {
        r->result->frees_dropped++;
    } else {
        (slot->aligned ? heap_free_aligned : heap_free)(&r->heap, slot->raw, call);
        count_cost(r);
    }
    r->live -= slot->size;
    *slot = (struct slot){.block = 0};
}

/* Returns false if the allocation failed; size 0 may give NULL and is no failure. */
static bool take(struct runner *r, struct slot *slot, taddr_t block, tsize_t size)
{
    if (block == 0)
        return size == 0;
    *slot = (struct slot){.block = block, .raw = block, .size = size};
    r->live += size;
    return true;
}

static bool take_aligned(struct runner *r, struct slot *slot, tsize_t size, tsize_t align)
{
    if (r->heap.ops->capabilities & HEAP_CAN_ALIGN) {
        const taddr_t block = heap_alloc_aligned(&r->heap, size, align, call);

        count_cost(r);
        if (!take(r, slot, block, size))
            return false;
        slot->aligned = block != 0;
        return true;
    }
    r->result->emulated_aligns++;
    const tsize_t whole = size + align - 1;
    if (whole < size || !take(r, slot, allocate(r, whole), size))
        return false;
    slot->block = align_up(slot->raw, align);
    return true;
}

/* Allocate, copy, free. */
static bool move(struct runner *r, struct slot *slot, tsize_t size)
{
    struct slot old = *slot;
    const taddr_t block = allocate(r, size);

    r->result->emulated_reallocs++;
    if (block == 0)
        return false;
    heap_copy(&r->heap, block, old.block, old.size < size ? old.size : size);
    give_back(r, &old);
    return take(r, slot, block, size);
}

static bool resize(struct runner *r, struct slot *slot, tsize_t size)
{
    const bool apart = slot->aligned && (r->heap.ops->capabilities & HEAP_ALIGNED_APART);

    if (slot->block == 0) /* its allocation had failed */
        return take(r, slot, allocate(r, size), size);
    if (!(r->heap.ops->capabilities & HEAP_CAN_REALLOC) || apart || slot->raw != slot->block)
        return move(r, slot, size);
    const taddr_t block = heap_realloc(&r->heap, slot->block, size, call);
    count_cost(r);
    if (block == 0)
        return false;
    r->live += size - slot->size;
    *slot = (struct slot){.block = block, .raw = block, .size = size};
    return true;
}

static bool operate(struct runner *r, const struct trace_operation *op)
{
    struct slot *const slot = &r->slots[op->slot];

    switch ((enum trace_kind)op->kind) {
    case TRACE_ALLOC:
        return take(r, slot, allocate(r, op->size), op->size);
    case TRACE_CLEARED: {
        const taddr_t block = heap_alloc_cleared(&r->heap, op->extra, op->size, call);

        count_cost(r);
        return take(r, slot, block, op->extra * op->size);
    }
    case TRACE_ALIGNED:
        return take_aligned(r, slot, op->size, op->extra);
    case TRACE_REALLOC:
        return resize(r, slot, op->size);
    case TRACE_FREE:
        if (slot->block != 0)
            give_back(r, slot);
        return true;
    }
    return true;
}

static void note_failure(struct runner *r, size_t operation)
{
    if (r->result->failures++ == 0) {
        r->result->first_failure = operation;
        r->result->first_live = r->live;
    }
}

static void note_reach(struct runner *r, const struct slot *slot)
{
    const tsize_t end = slot->block - r->begin + slot->size;

    if (slot->block != 0 && end <= r->begin_size && end > r->result->reach)
        r->result->reach = end;
}

static void note_history(struct runner *r, const struct slot *slot, tsize_t used)
{
    const uint64_t words[] = {slot->block, r->operation_steps, used};

    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        r->result->history = (r->result->history ^ words[i]) * 0x100000001b3;
}

static void note_operation(struct runner *r, const struct slot *slot)
{
    struct heap_stats stats;

    r->heap.ops->stats(&r->heap, &stats);
    note_reach(r, slot);
    note_history(r, slot, stats.used);
    if (r->fixed + stats.used_max > r->result->used_max) { /* also inside a moving realloc */
        r->result->used_max = r->fixed + stats.used_max;
        r->result->live_at_used_max = r->live;
    }
}

static int compare_steps(const void *a, const void *b)
{
    const uint32_t x = *(const uint32_t *)a;
    const uint32_t y = *(const uint32_t *)b;

    return (x > y) - (x < y);
}

static void summarise_steps(struct runner *r, size_t count)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < count; i++)
        sum += r->steps[i];
    qsort(r->steps, count, sizeof *r->steps, compare_steps);
    r->result->steps_mean = (double)sum / (double)count;
    r->result->steps_p99 = r->steps[(count - 1) - (count - 1) / 100];
    r->result->steps_worst = r->steps[count - 1];
}

/* The bytes of the regions that no block can ever get. */
static tsize_t fixed_bytes(struct heap *heap, const struct heap_region *regions,
                           unsigned region_count)
{
    struct heap_stats stats;
    tsize_t bytes = 0;

    heap->ops->stats(heap, &stats);
    for (unsigned i = 0; i < region_count; i++)
        bytes += regions[i].size;
    return bytes > stats.total ? bytes - stats.total : 0; /* heap_3 has the C library's memory */
}

/*
 * A region without room for a single block of a pool is no misuse by the traced program: it is an
 * answer, and the failures say it.
 */
static const char *lay_out(struct heap *heap, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count)
{
    const enum violation_policy policy = diagnose_policy();

    if (policy == VIOLATION_STOP)
        diagnose_set_policy(VIOLATION_RETURN);
    const char *const refusal = heap_init(heap, config, "replay", regions, region_count, 0, call);
    diagnose_set_policy(policy);
    return refusal;
}

static struct runner runner; /* static: the heap may need an address below 4 GiB */

enum run_outcome run_begin(const struct trace *trace, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count,
                           struct run_result *result, char *why)
{
    struct runner *const r = &runner;

    arena_clear();
    libc_heap_clear();
    *r = (struct runner){
        .trace = trace, .begin = regions[0].begin, .begin_size = regions[0].size, .result = result};
    *result = (struct run_result){.failures = 0};
    const char *const refusal = lay_out(&r->heap, config, regions, region_count);
    if (refusal != NULL) {
        result->refusal = refusal;
        snprintf(why, TEXT_WHY_MAX, "no %s heap in %u bytes at 0x%x: %s", config->ops->name,
                 regions[0].size, regions[0].begin, refusal);
        return RUN_NO_HEAP;
    }
    r->slots = calloc(trace->slots, sizeof *r->slots);
    r->steps = malloc(trace->count * sizeof *r->steps);
    r->fixed = fixed_bytes(&r->heap, regions, region_count);
    if (r->slots != NULL && r->steps != NULL)
        return RUN_DONE;
    snprintf(why, TEXT_WHY_MAX, "out of memory for the slots of the trace");
    return RUN_IMPOSSIBLE;
}

void run_operation(size_t operation)
{
    struct runner *const r = &runner;

    r->operation_steps = 0;
    if (!operate(r, &r->trace->operations[operation]))
        note_failure(r, operation);
    r->steps[operation] = r->operation_steps;
    note_operation(r, &r->slots[r->trace->operations[operation].slot]);
}

void run_end(size_t operations)
{
    struct runner *const r = &runner;
    struct heap_fault fault;

    r->result->largest_free = heap_largest_free(&r->heap);
    summarise_steps(r, operations);
    KERNEL_ASSERT(r->heap.ops->check(&r->heap, &fault));
    heap_detach(&r->heap);
    free(r->slots);
    free(r->steps);
}

enum run_outcome run_trace(const struct trace *trace, const struct heap_config *config,
                           const struct heap_region *regions, unsigned region_count,
                           enum run_mode mode, struct run_result *result, char *why)
{
    const enum run_outcome outcome = run_begin(trace, config, regions, region_count, result, why);
    size_t done = 0;

    if (outcome != RUN_DONE)
        return outcome;
    while (done < trace->count && (mode == RUN_WHOLE || result->failures == 0))
        run_operation(done++);
    run_end(done);
    return RUN_DONE;
}
