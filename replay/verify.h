/* Golden vectors: what the real allocator answered, line by line (docs/vectors.md). */
#ifndef HEAPSIM_REPLAY_VERIFY_H
#define HEAPSIM_REPLAY_VERIFY_H

#include "text.h"

struct verify_result {
    unsigned operations;
    unsigned matched;
};

/*
 * Replays a vector file on the allocator, options and regions that its header names, and prints the
 * first line whose address or figures differ, with what the real code gave. Unmaps the regions that
 * were there before. False, with a sentence in `why` (TEXT_WHY_MAX bytes), if the file is no whole
 * valid vector file, or names an allocator, option, figure or region that there is not.
 */
bool verify_file(const char *path, struct verify_result *result, char *why);

/*
 * From now on the ledger of blocks is kept, what is free or slack is filled, and live blocks are
 * written to, as a program does: none of it may change an answer. For one file.
 */
void verify_watched(void);

#endif
