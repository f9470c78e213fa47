/* Boards that --board knows: their RAM, at the addresses of their reference manuals. */
#ifndef HEAPSIM_BOARDS_H
#define HEAPSIM_BOARDS_H

#include "arena.h"

enum { BOARD_REGIONS_MAX = 4 };

struct board {
    const char *name;
    const char *title;
    struct arena_region regions[BOARD_REGIONS_MAX]; /* ends with size 0; the first is the heap's */
};

extern const struct board boards[]; /* ends with a NULL name */

/* Maps the RAM of a board. False, with a sentence in `why` (ARENA_WHY_MAX bytes), if that fails. */
bool board_map(const char *name, char *why);

#endif
