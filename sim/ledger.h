/*
 * The ledger: of every block of every heap and pool, who took it, when and from where, and the same
 * of its last free. Fed by port_heap_event() alone; kept outside the board's memory.
 *
 *   address -> index of its span, a word for each word of RAM -> record
 *
 * - An operation costs O(1): a look-up by address, and a walk over at most LEDGER_FRAMES frames.
 * - A record stays when its block is freed, until another block begins at the same address; so
 * there are never more than blocks can begin in the heaps' regions. There is room for
 * LEDGER_RECORDS; after that those of free blocks are used again, the oldest first.
 * - Events come one at a time (events.h), in any context. Others read it where the run stands
 * still, or take what they copy for what was true a moment ago.
 */
#ifndef HEAPSIM_LEDGER_H
#define HEAPSIM_LEDGER_H

#include "../kernel/heap/heap.h"

enum {
    LEDGER_FRAMES = 9,
    LEDGER_RECORDS = sizeof(void *) > 4 ? 1 << 20 : 1 << 17,
    LEDGER_FAILURES = 64,
    LEDGER_HEAPS = 256
};

/* What was done with a block. */
struct ledger_deed {
    uint64_t time;                  /* nanoseconds since the start */
    uint32_t number;                /* of the operation, from 1, over all heaps; 0: never done */
    uint32_t who;                   /* see ledger_describe_who() */
    uint32_t call;                  /* the name of the call, a constant text's address */
    uint32_t frames[LEDGER_FRAMES]; /* return addresses, the innermost first; 0 ends */
};

struct ledger_block {
    struct ledger_deed taken; /* by alloc, or by the realloc that gave it its present size */
    struct ledger_deed freed; /* number 0: not yet */
    taddr_t address;
    tsize_t size;   /* bytes asked for */
    tsize_t usable; /* bytes given: at least as many */
    uint32_t heap;  /* its number */
};

/* An allocation that failed. */
struct ledger_failure {
    struct ledger_deed deed;
    uint32_t heap;
    tsize_t size;
    tsize_t free; /* in all, by the allocator's own accounting */
};

/* A heap or pool, also when it is no more. */
struct ledger_heap {
    uint32_t number, run;    /* see ledger_heap() */
    const struct heap *heap; /* NULL: it is not live any more */
    uint32_t opened;         /* how many operations there were before it */
    bool is_pool;
    tsize_t block_size; /* of a pool, as it was asked for */
    const char *title;
    char name[HEAP_NAME_MAX];
    taddr_t lowest, highest; /* its blocks never lay outside of that */
    uint32_t live, live_peak;
    uint64_t bytes, bytes_peak; /* asked for by live blocks */
};

/*
 * Who hears of what became of memory, after the ledger has noted it. As events.h for contexts; but
 * `begins` and `comes` are called where a diagnosis may be made, and for several heaps at once.
 */
struct ledger_watcher {
    void (*taken)(const struct ledger_block *block);
    /* A block is free, or is about to have another size or place: its bytes are nobody's. */
    void (*freed)(const struct ledger_block *block);
    void (*opened)(const struct heap *heap, taddr_t begin, tsize_t size); /* NULL: ledger_cover() */
    void (*closed)(const struct heap *heap, taddr_t begin, tsize_t size);
    /* What an operation did to the heap is not told: a misuse that failed, a free of no block. */
    void (*unsure)(const struct heap *heap);
    void (*begins)(const struct heap *heap, taddr_t block); /* an operation on it, or on none */
    /* It is over, and the ledger is about to note it: it still knows what was there before. */
    void (*comes)(const struct heap_event *event);
};

extern bool ledger_on;

/* From now on it is kept: RAM is mapped, and no heap is live. False: no memory. */
bool ledger_start(void);

/* The watcher must stay valid. After ledger_start(), before the first heap. */
void ledger_watch(const struct ledger_watcher *watcher);

/* What is told of now; for watchers that hear of it after the ledger. */
const struct heap_event *ledger_event(void);

/* Blocks may lie there, too, outside RAM and static data. False: no memory. */
bool ledger_cover(taddr_t begin, tsize_t size);

/* Forgets all, for another run in the same process. O(records used). */
void ledger_reset(void);

/* The block that begins there, live or freed last; NULL if there is none. O(1). */
const struct ledger_block *ledger_block_at(taddr_t address);

/*
 * The block that has, or had, a byte at `address`: a live one, the innermost if heaps lie in blocks
 * of others; else the one that was freed last. NULL: none. O(records).
 */
const struct ledger_block *ledger_find(taddr_t address);

/* The same of one heap or pool alone, by its number. */
const struct ledger_block *ledger_find_in(taddr_t address, uint32_t heap);

/* The live block of the same heap that ends last before `address`, or at it. NULL: none.
 * O(records).
 */
const struct ledger_block *ledger_before(taddr_t address, uint32_t heap);

/* The same of the one that begins first after it, or at it. */
const struct ledger_block *ledger_after(taddr_t address, uint32_t heap);

/* All records, in no order: the one after `block`, the first for NULL; NULL at the end. */
const struct ledger_block *ledger_next(const struct ledger_block *block);

/* Its place among all records: below LEDGER_RECORDS. */
uint32_t ledger_index(const struct ledger_block *block);

/* True if it was not freed, and its heap still lives. */
bool ledger_is_live(const struct ledger_block *block);

/* By number; NULL if that is too long ago. */
const struct ledger_heap *ledger_heap(uint32_t number);
const struct ledger_heap *ledger_heap_of(const struct heap *heap);

/* The last allocation that failed by this task or interrupt, or by anybody (0). NULL: none. */
const struct ledger_failure *ledger_last_failure(uint32_t who);

/* How many operations there were, and of how many blocks no record could be kept. */
uint32_t ledger_operations(void);
uint32_t ledger_lost(void);

/* The caller: the running task, or the interrupt on top of it. */
uint32_t ledger_who(void);

/* "task 'a'", "the interrupt of line 3, over task 'a'", "the program before the start". */
void ledger_describe_who(uint32_t who, char *text, size_t size);

/* The name of the task alone ("" before the start), and the line of the interrupt, or -1. */
const char *ledger_task_name(uint32_t who);
int ledger_line(uint32_t who);

/* The number of the task, or 0. */
uint32_t ledger_task(uint32_t who);

/* The operation that a call, its frames and the time make up, done by the caller. */
void ledger_note_deed(struct ledger_deed *deed, struct heap_call call);

#endif
