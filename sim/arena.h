/*
 * The board's address space inside this process.
 *
 *   0x08000000  the program itself: text, data, bss (linked there, not PIE: like a board's flash)
 *   0x20000000  RAM regions, at the addresses the user names (--region, --board)
 *   0x60000000  host window: stacks of tasks and host-side objects that RTOS code can point to
 *
 * Before anything else runs (.preinit_array), the whole space below 4 GiB is reserved without
 * access. So nothing of the host can settle where a region will be, and every byte that is no
 * region is a guard. A region is then cut out of the reservation.
 */
#ifndef HEAPSIM_ARENA_H
#define HEAPSIM_ARENA_H

#include "../kernel/target.h"

extern const bool *const arena_sanitizers;

enum { ARENA_REGIONS_MAX = 16, ARENA_NAME_MAX = 24, ARENA_WHY_MAX = 240 };

struct arena_region {
    char name[ARENA_NAME_MAX];
    taddr_t base;
    tsize_t size;
};

/*
 * Maps a region, zero-filled, at exactly base; its pages are accessible, the pages around it are
 * not. False, with a whole sentence in `why` (ARENA_WHY_MAX bytes), if it is empty, ends above
 * 4 GiB, overlaps another region, the program or the host window, or if the address is taken.
 */
bool arena_map(const char *name, uint64_t base, uint64_t size, char *why);

/* The regions in the order they were mapped. */
unsigned arena_region_count(void);
const struct arena_region *arena_region(unsigned index);

/* Zero-fills every region. */
void arena_clear(void);

/* Takes all regions away; their addresses are reserved again. */
void arena_unmap_all(void);

/*
 * The host window: [*begin, *begin + *size). It starts at 0x60000000, or behind the regions that
 * lie there; from the first call on it stays where it is.
 */
void arena_window(taddr_t *begin, tsize_t *size);

#endif
