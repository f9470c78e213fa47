/* What unit tests share: cmocka with its prerequisites, and regions to put heaps in. */
#ifndef HEAPSIM_TESTS_UNIT_H
#define HEAPSIM_TESTS_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../kernel/heap/allocators.h"
#include "../../kernel/kernel.h"
#include "../../sim/arena.h"
#include "../../sim/diagnose.h"
#include "../../sim/spec.h"

#define UNIT_COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct heap_call unit_call = {.name = "test"};

/* Maps (zero-filled) one region for the test, in place of all others. */
static inline void unit_region(taddr_t base, tsize_t size)
{
    char why[ARENA_WHY_MAX];

    arena_unmap_all();
    if (!arena_map("ram", base, size, why))
        fail_msg("%s", why);
}

/* Makes a heap from its command-line spelling in memory that is mapped already. */
static inline const char *unit_heap_in(struct heap *h, const char *spec, bool faithful,
                                       taddr_t begin, tsize_t size)
{
    const struct heap_region region = {begin, size, 0};
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    diagnose_set_policy(VIOLATION_RETURN);
    if (!spec_heap(spec, &config, why))
        fail_msg("%s", why);
    config.faithful = faithful;
    return heap_init(h, &config, "test", &region, 1, 0, unit_call);
}

/* The same over [base, base + size), mapped anew. */
static inline const char *unit_heap(struct heap *h, const char *spec, bool faithful, taddr_t base,
                                    tsize_t size)
{
    unit_region(base, size);
    return unit_heap_in(h, spec, faithful, base, size);
}

static inline void unit_check(struct heap *h)
{
    struct heap_fault fault;

    if (!h->ops->check(h, &fault))
        fail_msg("check: 0x%x: %s (found 0x%x, expected 0x%x)", fault.address, fault.text,
                 fault.found, fault.expected);
}

static inline struct heap_stats unit_stats(struct heap *h)
{
    struct heap_stats stats;

    h->ops->stats(h, &stats);
    return stats;
}

/* The heap is whole, and its figures are what they were before a refused call. */
static inline void unit_unchanged(struct heap *h, const struct heap_stats *before)
{
    const struct heap_stats after = unit_stats(h);

    assert_int_equal(after.total, before->total);
    assert_int_equal(after.used, before->used);
    assert_int_equal(after.used_max, before->used_max);
    unit_check(h);
}

/* Short forms of the operations. */
static inline taddr_t unit_alloc(struct heap *h, tsize_t size)
{
    return heap_alloc(h, size, unit_call);
}

static inline taddr_t unit_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    return heap_realloc(h, block, size, unit_call);
}

static inline void unit_free(struct heap *h, taddr_t block)
{
    heap_free(h, block, unit_call);
}

/*
 * What was diagnosed since unit_expect(): unit_diagnosed(kind, n) demands n misuses of that kind
 * and none of another.
 */
static unsigned unit_counts[DIAGNOSIS_KINDS + 1];

static inline void unit_expect(void)
{
    for (int i = 0; i <= DIAGNOSIS_KINDS; i++)
        unit_counts[i] = diagnose_count((enum diagnosis_kind)i);
}

static inline void unit_diagnosed(enum diagnosis_kind kind, unsigned times)
{
    const unsigned of_kind = diagnose_count(kind) - unit_counts[kind];
    const unsigned of_all = diagnose_count(DIAGNOSIS_KINDS) - unit_counts[DIAGNOSIS_KINDS];

    if (of_kind != times || of_all != times)
        fail_msg("%u misuses, %u of kind %s; expected %u (the last: %s)", of_all, of_kind,
                 diagnose_kind_name(kind), times,
                 of_all > 0 ? diagnose_kind_name(diagnose_last()->kind) : "none");
    unit_expect();
}

static inline void unit_not_diagnosed(void)
{
    unit_diagnosed(DIAGNOSIS_ASSERTION, 0);
}

/* A pointer that is no live block: free and realloc name it by its kind and change nothing. */
static inline void unit_refused(struct heap *h, taddr_t pointer, enum diagnosis_kind kind)
{
    const struct heap_stats before = unit_stats(h);

    unit_free(h, pointer);
    unit_diagnosed(kind, 1);
    assert_int_equal(unit_realloc(h, pointer, 50), 0);
    unit_diagnosed(kind, 1);
    unit_unchanged(h, &before);
}

#endif
