/*
 * The shadow of the board's memory: who accessed which bytes last. Only addresses below 4 GiB (in a
 * 32-bit build 2 GiB) have one: what RTOS code can point to.
 */
#ifndef HEAPSIM_RACE_SHADOW_H
#define HEAPSIM_RACE_SHADOW_H

#include "race_context.h"

/* What is noted of an access to bytes of one granule of 8. */
struct race_cell {
    uint64_t word; /* clock << 32 | context << 16 | bytes << 8 | ACCESS_...; 0: none */
    uint32_t site;
    uint32_t call; /* node of race_stack.h */
};

static inline uint32_t race_cell_context(uint64_t word)
{
    return word >> 16 & 0xffff;
}

static inline uint32_t race_cell_clock(uint64_t word)
{
    return (uint32_t)(word >> 32);
}

static inline unsigned race_cell_bytes(uint64_t word)
{
    return word >> 8 & 0xff;
}

static inline unsigned race_cell_kind(uint64_t word)
{
    return word & 0xff;
}

bool race_shadow_start(void);
void race_shadow_reset(void);

/* Compares the access with what is noted of these bytes, reports a race, and notes it. */
void race_shadow_access(struct race_context *self, uint32_t address, uint32_t size, unsigned kind,
                        const void *site);

/* True if anything was noted since the start or the reset. */
bool race_shadow_is_used(void);

void race_shadow_forget(uint32_t address, uint32_t size);

/* Two accesses to bytes at `address`, an earlier one and the running context's, race. */
void race_found(uint32_t address, const struct race_cell *earlier, const struct race_cell *now);
void race_reports_reset(void);
bool race_reports_start(void);

#endif
