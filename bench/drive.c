#include "drive.h"

#include <time.h>

#include "adapters.h"

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

uint64_t drive_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t drive_cpu_clock(void)
{
    return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

static void reset_counters(void)
{
    bench_heap.cost = (struct heap_cost){0, 0};
}

static void note_costs(const struct costs *costs, size_t at, uint64_t ns)
{
    costs->ns[at] = ns < UINT32_MAX ? (uint32_t)ns : UINT32_MAX;
    costs->steps[at] = bench_heap.cost.steps;
    costs->moved[at] = bench_heap.cost.moved;
}

/* All that is neither a plain alloc nor a plain free. */
static __attribute__((noinline)) bool operate_rarely(const struct rare_calls *calls,
                                                     const struct operation *op, uintptr_t *slot)
{
    uintptr_t block = *slot;

    switch ((enum operation_kind)op->kind) {
    case OPERATION_CLEARED:
        block = calls->cleared(op->extra, op->size);
        break;
    case OPERATION_ALIGNED:
        block = calls->aligned(op->size, op->extra);
        break;
    case OPERATION_RESIZE:
        block = calls->resize(block, op->size, op->extra);
        break;
    case OPERATION_RESIZE_ALIGNED:
        block = calls->resize_aligned(block, op->size, op->extra);
        break;
    case OPERATION_FREE_ALIGNED:
        calls->free_aligned(block);
        return true;
    case OPERATION_ALLOC:
    case OPERATION_FREE:
        break;
    }
    if (block != 0)
        *slot = block;
    return block != 0;
}

#define SUBJECT null
#define RARE    null_rare
#define BLOCK   taddr_t
#include "loops.h"

#define SUBJECT list
#define RARE    host_rare /* never called: lists are not measured on traces */
#define BLOCK   void *
#include "loops.h"

#define SUBJECT direct
#define RARE    direct_rare
#define BLOCK   taddr_t
#include "loops.h"

#define SUBJECT front
#define RARE    front_rare
#define BLOCK   taddr_t
#include "loops.h"

#define SUBJECT host
#define RARE    host_rare
#define BLOCK   void *
#include "loops.h"

static const struct {
    size_t (*run)(const struct operation *, size_t, size_t, uintptr_t *);
    size_t (*each)(const struct operation *, size_t, size_t, uintptr_t *, const struct costs *);
} drivers[] = {
    [DRIVE_NULL] = {null_run, null_each},       [DRIVE_LIST] = {list_run, list_each},
    [DRIVE_DIRECT] = {direct_run, direct_each}, [DRIVE_FRONT] = {front_run, front_each},
    [DRIVE_HOST] = {host_run, host_each},
};

size_t drive(enum driver_kind kind, const struct workload *w, size_t from, size_t to,
             uintptr_t *slots)
{
    return drivers[kind].run(w->operations, from, to, slots);
}

__attribute__((noinline)) size_t drive_measured(enum driver_kind kind, const struct workload *w,
                                                size_t from, size_t to, uintptr_t *slots)
{
    const size_t done = drive(kind, w, from, to, slots);

    __asm__ volatile(""); /* a call that returns here, not a jump: profilers look for the return */
    return done;
}

size_t drive_each(enum driver_kind kind, const struct workload *w, size_t from, size_t to,
                  uintptr_t *slots, const struct costs *costs)
{
    return drivers[kind].each(w->operations, from, to, slots, costs);
}
