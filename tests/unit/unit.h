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

static const struct heap_call unit_call = {"test", NULL};

/* Maps (zero-filled) one region for the test, in place of all others. */
static inline void unit_region(taddr_t base, tsize_t size)
{
    char why[ARENA_WHY_MAX];

    arena_unmap_all();
    if (!arena_map("ram", base, size, why))
        fail_msg("%s", why);
}

/* Makes a heap from its command-line spelling over [base, base + size), mapped anew. */
static inline const char *unit_heap(struct heap *h, const char *spec, bool faithful, taddr_t base,
                                    tsize_t size)
{
    const struct heap_region region = {base, size, 0};
    struct heap_config config;
    char why[SPEC_WHY_MAX];

    diagnose_set_policy(VIOLATION_RETURN);
    unit_region(base, size);
    if (!spec_heap(spec, &config, why))
        fail_msg("%s", why);
    config.faithful = faithful;
    return heap_init(h, &config, "test", &region, 1, 0, unit_call);
}

static inline void unit_check(struct heap *h)
{
    struct heap_fault fault;

    if (!h->ops->check(h, &fault))
        fail_msg("check: 0x%x: %s (found 0x%x, expected 0x%x)", fault.address, fault.text,
                 fault.found, fault.expected);
}

#endif
