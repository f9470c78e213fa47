/* What the tests of dialects' memory calls share: a board after a reset, and its addresses. */
#ifndef HEAPSIM_TESTS_BOARD_H
#define HEAPSIM_TESTS_BOARD_H

#include "unit.h"

static inline void *at(taddr_t address)
{
    return target_pointer(address);
}

static inline taddr_t address(const void *block)
{
    return (taddr_t)(uintptr_t)block;
}

/* RAM is mapped, and there is no system heap; `heap`: the allocator it will have, or NULL. */
static inline void board_reset(taddr_t base, tsize_t size, const char *heap)
{
    char why[SPEC_WHY_MAX];

    memset(&kernel, 0, sizeof kernel);
    diagnose_set_policy(VIOLATION_RETURN);
    unit_region(base, size);
    unit_expect();
    if (heap != NULL && !spec_heap(heap, &kernel.heap_config, why))
        fail_msg("%s", why);
}

#endif
