/*
 * Blocks by who holds them: a table with a row for each task, call site (with the way there) and
 * heap, and columns to count blocks and bytes in.
 */
#ifndef HEAPSIM_HOLDERS_H
#define HEAPSIM_HOLDERS_H

#include "ledger.h"

enum { HOLDERS_MAX = 4096, HOLDER_COLUMNS = 17 };

struct holder {
    struct ledger_block sample; /* one of its blocks */
    char who[64];               /* "task 'a'", "the interrupt of line 3" */
    char where[64];             /* the heap, if it is not the system heap: " in pool 'p'" */
    bool ended;                 /* the task is no more */
    uint32_t blocks[HOLDER_COLUMNS];
    uint64_t bytes[HOLDER_COLUMNS]; /* asked for */
    int64_t weight;                 /* what rows are sorted by: the caller's */
    uint32_t text_hash;             /* of its description; 0: not known yet */
};

struct holders {
    uint32_t count;
    uint32_t lost;               /* blocks for which there was no row */
    uint32_t order[HOLDERS_MAX]; /* rows, as holders_sort() put them */
    uint32_t index[2 * HOLDERS_MAX];
    struct holder rows[HOLDERS_MAX];
};

/* An empty table in mapped memory; NULL: none. */
struct holders *holders_new(void);
void holders_end(struct holders *holders);

/* Counts a block; what an ended task holds is a row of its own if `apart`. From any context. */
struct holder *holders_add(struct holders *holders, const struct ledger_block *block,
                           unsigned column, bool apart);

/* Sorts by weight, the greatest first; of equal ones, what came first. */
void holders_sort(struct holders *holders);

/*
 * "task 'a', rt_malloc at f (x.c:12) < main (x.c:30)". Allocates memory, as symbol.h says.
 */
void holders_describe(const struct holder *holder, char *text, size_t size);

/*
 * Makes one row of those that read the same: a compiler may make several calls of one. Nothing is
 * added afterwards. As holders_describe().
 */
void holders_merge(struct holders *holders);

/* The application's main returned: its task counts as ended, though it does not end so. */
void holders_main_returned(void);
bool holders_main_has_returned(void);

/* "1,234"; good until the fourth call after it. */
const char *holders_thousands(uint64_t value);
const char *holders_plural(uint64_t count);

#endif
