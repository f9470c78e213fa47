/* What the small-mem tests share: its measures at each alignment, and its memory read by hand. */
#ifndef HEAPSIM_TESTS_SMALL_MEM_UNIT_H
#define HEAPSIM_TESTS_SMALL_MEM_UNIT_H

#include "unit.h"

enum { RAM = 0x20000000, CONTROL = 56 }; /* the control block with names of 8 */

/* RT_NAME_MAX 8, region at RAM. */
struct measures {
    const char *spec;
    tsize_t align;
    tsize_t header; /* H */
    tsize_t least;  /* MIN */
    taddr_t base;   /* the first item */
};

static const struct measures all_measures[] = {
    {"rt-small-mem:align=4", 4, 12, 12, RAM + 56},
    {"rt-small-mem:align=4,memtrace=1", 4, 16, 12, RAM + 56},
    {"rt-small-mem", 8, 16, 16, RAM + 56},
    {"rt-small-mem:memtrace=1", 8, 16, 16, RAM + 56},
    {"rt-small-mem:align=16", 16, 16, 16, RAM + 64},
    {"rt-small-mem:align=16,memtrace=1", 16, 16, 16, RAM + 64},
    {"rt-small-mem:align=32", 32, 32, 32, RAM + 64},
    {"rt-small-mem:align=32,memtrace=1", 32, 32, 32, RAM + 64},
};

/* Words of the control block at RAM. */
static inline uint32_t control_used(void)
{
    return load32(RAM + 32);
}

static inline uint32_t control_max(void)
{
    return load32(RAM + 36);
}

static inline uint32_t control_lfree(void)
{
    return load32(RAM + 48);
}

/* Words of the header in front of a payload. */
static inline uint32_t item_pool(const struct measures *m, taddr_t payload)
{
    return load32(payload - m->header);
}

static inline uint32_t item_next(const struct measures *m, taddr_t payload)
{
    return load32(payload - m->header + 4);
}

static inline uint32_t item_prev(const struct measures *m, taddr_t payload)
{
    return load32(payload - m->header + 8);
}

#endif
