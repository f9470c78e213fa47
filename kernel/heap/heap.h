/*
 * Heaps: one interface to every allocator, and the front that all callers go through.
 *
 *   dialect call (rt_malloc) -> heap.c: heap_alloc() -> heap_ops.alloc: one file an allocator
 *
 * - An allocator (small_mem.c, ...) is pure: no locks, no host calls. It keeps its metadata in
 *   target memory, byte for byte as the RTOS does, and what the RTOS keeps in static variables in
 *   heap->state.
 * - The front adds what surrounds it: cost counters, events, and the diagnosis of bad input.
 * - What upstream fixes at compile time is an option, read from the allocator's option table.
 *
 * Costs: each header read, list or bitmap probe is one heap_step(). Bytes copied or cleared are
 * counted apart. The bound of each operation stands at the top of the allocator's file.
 *
 * Contexts: the front may be called from a task, from an interrupt and before the scheduler starts;
 * the rules of an RTOS about that (locks, interrupt context) belong to its dialect calls.
 */
#ifndef HEAPSIM_HEAP_H
#define HEAPSIM_HEAP_H

#include "../diagnosis.h"
#include "../target.h"

enum { HEAP_OPTIONS_MAX = 8, HEAP_REGIONS_MAX = 16, HEAP_NAME_MAX = 65, HEAP_STATE_BYTES = 4096 };

enum heap_capability {
    HEAP_CAN_FREE = 1 << 0,
    HEAP_CAN_REALLOC = 1 << 1,
    HEAP_CAN_ALIGN = 1 << 2,
    HEAP_HAS_REGIONS = 1 << 3,    /* takes several regions */
    HEAP_COALESCES = 1 << 4,      /* all freed = one free block again */
    HEAP_FIXED_BLOCKS = 1 << 5,   /* every block has the option block_size */
    HEAP_ALIGNED_APART = 1 << 6,  /* aligned blocks go back through free_aligned, never realloc */
    HEAP_JUDGES_OVERLAP = 1 << 7, /* knows itself which of its regions may overlap */
    HEAP_LINEAR_SEARCH = 1 << 8,  /* one ordered list, looked at from its begin, a step a block */
    HEAP_WRITES_NEAR = 1 << 9 /* an operation writes in the first 16 and the last 8 bytes of free
                                 blocks, and at most 64 bytes off the ends of its own; not in a
                                     region of the algorithm buddy */
};

enum heap_option_kind {
    HEAP_OPTION_NUMBER, /* decimal or 0x hexadecimal, with K or M */
    HEAP_OPTION_POWER,  /* a power of two */
    HEAP_OPTION_FLAG,   /* 0 or 1 */
    HEAP_OPTION_WORD,   /* one of `words`; the value is its index */
    HEAP_OPTION_VERSION /* 10.4.3; the value is HEAP_VERSION(10, 4, 3) */
};

#define HEAP_VERSION(major, minor, patch) ((major)*10000u + (minor)*100u + (patch))

struct heap_option {
    const char *key;
    const char *upstream; /* the macro or parameter it stands for */
    const char *help;
    enum heap_option_kind kind;
    tsize_t least, most, standard;
    const char *const *words; /* HEAP_OPTION_WORD: ends with NULL */
};

struct heap_region {
    taddr_t begin; /* as handed over: any alignment */
    tsize_t size;
    unsigned algorithm; /* index into ops->algorithms; 0 where an allocator has only one */
};

/*
 * A named figure of the allocator, as a column of the golden vectors ("used", "max", "free"). A
 * figure of each region is named with the region's index behind it: "used0", "used1".
 */
struct heap_figure {
    const char *name;
    tsize_t (*read)(struct heap *heap, unsigned region);
    bool of_region;
};

/* The figures that every allocator has, in its own accounting. */
struct heap_stats {
    tsize_t total;    /* bytes the allocator manages */
    tsize_t used;     /* bytes of them not available now, headers included */
    tsize_t used_max; /* the most that `used` has been */
};

/* One block, as walk() yields them in address order. */
struct heap_block {
    taddr_t header;  /* its first byte */
    tsize_t size;    /* bytes with header */
    taddr_t payload; /* what alloc returned, or would return */
    tsize_t usable;  /* bytes at payload */
    bool used;
};

typedef bool heap_visit(void *context, const struct heap_block *block); /* false: stop */

/* The first broken invariant that check() found. */
struct heap_fault {
    taddr_t address; /* of the wrong word or header */
    uint32_t found, expected;
    const char *text;
};

struct heap_ops {
    const char *name;  /* on the command line: "rt-small-mem" */
    const char *title; /* "RT-Thread small-mem" */
    unsigned capabilities;
    const struct heap_option *options; /* ends with a NULL key */
    const struct heap_figure *figures; /* ends with a NULL name */
    const char *const *algorithms;     /* a region's, by name; ends with NULL; or NULL: only one */

    /* Lays the heap out over h->regions. NULL, or a clause that says why it can't be. */
    const char *(*init)(struct heap *h);
    /* 0 when there is no room, or for a request the allocator refuses. */
    taddr_t (*alloc)(struct heap *h, tsize_t size);
    taddr_t (*alloc_cleared)(struct heap *h, tsize_t count, tsize_t size);
    taddr_t (*alloc_aligned)(struct heap *h, tsize_t size, tsize_t align);
    /* 0 leaves the old block whole, except where the allocator defines size 0 as free. */
    taddr_t (*realloc)(struct heap *h, taddr_t block, tsize_t size);
    /* Without HEAP_CAN_FREE: NULL, or what names the call a misuse. */
    void (*free)(struct heap *h, taddr_t block);
    void (*free_aligned)(struct heap *h, taddr_t block); /* NULL: free does it */
    /*
     * A region more, or one fewer, at run time; NULL where the allocator can't. As init; the front
     * keeps h->regions, which lists the region while it is the allocator's.
     */
    const char *(*add_region)(struct heap *h, const struct heap_region *region);
    const char *(*remove_region)(struct heap *h, taddr_t begin);
    /* Sets the low-water mark to the present free size; NULL where the allocator has no such call.
     */
    void (*reset_low_water)(struct heap *h);
    /* Bytes at a live block's payload. */
    tsize_t (*usable_size)(struct heap *h, taddr_t block);
    void (*stats)(struct heap *h, struct heap_stats *stats); /* O(1) */
    /* Walks everything; false at the first fault. Ends, and stays in the regions, on any contents.
     */
    bool (*check)(struct heap *h, struct heap_fault *fault);
    void (*walk)(struct heap *h, heap_visit *visit, void *context);
};

struct heap_config {
    const struct heap_ops *ops;
    tsize_t option[HEAP_OPTIONS_MAX]; /* in the order of ops->options */
    bool faithful; /* answer quirks as upstream does (true), or fail the call (false) */
    bool events;   /* report every operation to port_heap_event() */
    bool points;   /* call port_heap_point() at every step */
};

/* Who called: for diagnoses and events. */
struct heap_call {
    const char *name;  /* the dialect's name of the call */
    const void *site;  /* its return address, or NULL */
    const void *frame; /* its frame, by which the way there is found, or NULL */
};
#define HEAP_CALL(name)                                                                            \
    ((struct heap_call){(name), __builtin_return_address(0), __builtin_frame_address(0)})

struct heap_cost {
    uint32_t steps; /* headers, list and bitmap probes */
    uint32_t moved; /* bytes copied or cleared */
};

/*
 * A heap's host-side record. It must be static data, or lie below 4 GiB in another way: an
 * allocator may link target memory to words in `state`, as the RTOS links it to its static
 * variables.
 */
struct heap {
    const struct heap_ops *ops;
    taddr_t (*alloc)(struct heap *h, tsize_t size); /* of ops or, with events, what reports too */
    void (*free)(struct heap *h, taddr_t block);
    struct heap_call call; /* the operation in progress */
    struct heap_cost cost; /* of the last operation */
    bool refused;          /* it was a misuse and did nothing */
    bool freed;            /* it is a realloc that gave its block back */
    taddr_t aligned;       /* what its caller calls the block whose raw one is given back, or 0 */
    uint32_t in_progress;  /* operations, counted with events only: what lies in it is in motion */
    struct heap_config config;
    char name[HEAP_NAME_MAX]; /* whole: an object may store as many as 64 characters */
    struct heap_region regions[HEAP_REGIONS_MAX];
    unsigned region_count;
    taddr_t object;    /* the control block's address on the target: a heap's handle there */
    struct heap *next; /* in the list of live heaps */
    uint32_t number;   /* from 1, in the order in which heaps were made */
    union {
        void *align;
        unsigned char bytes[HEAP_STATE_BYTES];
    } state; /* the allocator's own: each file casts it to its struct, checked to fit */
};

enum heap_event_kind {
    HEAP_EVENT_ALLOC,
    HEAP_EVENT_FREE,
    HEAP_EVENT_REALLOC,
    HEAP_EVENT_FAIL,
    HEAP_EVENT_OPEN, /* a region becomes the heap's */
    HEAP_EVENT_CLOSE /* and is so no more */
};

/* True for what an operation on a block did. */
static inline bool heap_event_of_block(enum heap_event_kind kind)
{
    return kind <= HEAP_EVENT_FAIL;
}

struct heap_event {
    enum heap_event_kind kind;
    const struct heap *heap;
    struct heap_call call;
    taddr_t address; /* the block that came or went (also by a realloc to 0); 0 for FAIL; a region's
                        first byte */
    taddr_t old;     /* REALLOC, and FAIL of a realloc: the block as it was before */
    tsize_t size;    /* bytes asked for, or a region's */
    tsize_t usable;  /* ALLOC and REALLOC: bytes at the block, at least `size` */
    tsize_t align;   /* of an aligned allocation, or 0: so far off may the allocator's block end */
    struct heap_cost cost;
};

/* Every allocator there is, in the order of the documentation; ends with NULL. */
extern const struct heap_ops *const heap_allocators[];

/* The allocator of that name, or NULL. */
const struct heap_ops *heap_allocator(const char *name);

/* All options at their standard values, safe mode, no events, no points. */
void heap_config_standard(struct heap_config *config, const struct heap_ops *ops);

/* The index of an option in the allocator's table, or -1. */
int heap_option_index(const struct heap_ops *ops, const char *key);

/* The value of an option by name; panics if the allocator has no such option. */
tsize_t heap_option(const struct heap *h, const char *key);

/*
 * Makes a heap of `count` regions (1..HEAP_REGIONS_MAX, in the order handed over) and lists it as
 * live. Nothing outside the regions is written. object: the address of the control block where the
 * caller keeps it, or 0 to let the allocator place it in the region.
 * Returns NULL, or a clause that says why there is no heap: memory that is no RAM of the board, too
 * small a region, more regions than the allocator takes. Then *h is not live and may be reused.
 */
const char *heap_init(struct heap *h, const struct heap_config *config, const char *name,
                      const struct heap_region *regions, unsigned count, taddr_t object,
                      struct heap_call call);

/* Takes the heap off the list of live heaps. Its memory is left as it is. */
void heap_detach(struct heap *h);

/*
 * One region more: as heap_init takes them. One fewer: the one that begins at `begin`, whatever
 * lies in it. NULL, or a clause that says why not; then nothing has changed.
 */
const char *heap_add_region(struct heap *h, const struct heap_region *region,
                            struct heap_call call);
const char *heap_remove_region(struct heap *h, taddr_t begin, struct heap_call call);

/*
 * The live heap that follows in the list, the first one for NULL; NULL at the end. Between
 * port_read_begin() and port_read_end(), or where no other core makes or ends heaps.
 */
struct heap *heap_live_after(const struct heap *h);

/* The live heap whose control block lies at `object`, or NULL. O(live heaps). */
struct heap *heap_by_object(taddr_t object);

/* Later changes of config.events go through here. */
void heap_report_events(struct heap *h, bool events);

/*
 * The operations, as the allocator's RTOS defines them for every input; misuse is diagnosed first
 * (DIAGNOSIS_*), then answered, and leaves the heap whole. The cost is in h->cost afterwards.
 */
taddr_t heap_alloc_cleared(struct heap *h, tsize_t count, tsize_t size, struct heap_call call);
taddr_t heap_alloc_aligned(struct heap *h, tsize_t size, tsize_t align, struct heap_call call);
taddr_t heap_realloc(struct heap *h, taddr_t block, tsize_t size, struct heap_call call);
void heap_free_aligned(struct heap *h, taddr_t block, struct heap_call call);

static ALWAYS_INLINE void heap_begin(struct heap *h, struct heap_call call)
{
    h->call.name = call.name; /* one by one: a struct copy would go through the stack */
    h->call.site = call.site;
    h->call.frame = call.frame;
    h->cost = (struct heap_cost){0, 0};
    h->refused = false;
    h->freed = false;
}

static inline taddr_t heap_alloc(struct heap *h, tsize_t size, struct heap_call call)
{
    heap_begin(h, call);
    return h->alloc(h, size);
}

static inline void heap_free(struct heap *h, taddr_t block, struct heap_call call)
{
    heap_begin(h, call);
    h->free(h, block);
}

/* True if [address, address + size) lies in one of the heap's regions. O(regions). */
bool heap_contains(const struct heap *h, taddr_t address, tsize_t size);

/* The largest payload among the free blocks: no larger request can succeed. O(blocks). */
tsize_t heap_largest_free(struct heap *h);

/* --- for allocators --- */

/* One header, list or bitmap probe. With points, time passes and an interrupt may arrive. */
void heap_point(struct heap *h);
static ALWAYS_INLINE void heap_step(struct heap *h)
{
    h->cost.steps++;
    if (h->config.points)
        heap_point(h);
}

/*
 * A step may call heap_point(), so all that an operation knows must survive a call: that costs the
 * common path a dozen instructions. A hot path may therefore be compiled twice from one body,
 * inline with a constant `stops`: true with heap_step(), false where heap_runs() has told that
 * steps only count.
 */
#define HEAP_TWICE     static ALWAYS_INLINE
#define HEAP_SLOW_PATH static __attribute__((noinline))

static inline bool heap_runs(const struct heap *h)
{
    return !h->config.points;
}

static inline void heap_step_of(struct heap *h, bool stops)
{
    if (stops)
        heap_step(h);
    else
        h->cost.steps++;
}

/* Steps that were made already, if they stopped. */
static inline void heap_count(struct heap *h, uint32_t steps, bool stopped)
{
    if (!stopped)
        h->cost.steps += steps;
}

/* Several steps at once, at the end of an operation that knows their number only then. */
void heap_points(struct heap *h, uint32_t count);
static ALWAYS_INLINE void heap_steps(struct heap *h, uint32_t count)
{
    if (h->config.points)
        heap_points(h, count);
    else
        h->cost.steps += count;
}

/* The same with what the operation returns: its last call, so it needs no registers saved. */
taddr_t heap_points_passed(struct heap *h, uint32_t count, taddr_t block);
static ALWAYS_INLINE taddr_t heap_steps_passed(struct heap *h, uint32_t count, taddr_t block)
{
    if (h->config.points)
        return heap_points_passed(h, count, block);
    h->cost.steps += count;
    return block;
}

/* memmove and memset on target memory, counted. */
void heap_copy(struct heap *h, taddr_t to, taddr_t from, tsize_t size);
void heap_clear(struct heap *h, taddr_t at, tsize_t size);

/*
 * calloc of RT-Thread and OneOS, for heap_ops.alloc_cleared: allocates and clears the product
 * modulo 2^32, a quirk. A product above `most`, of which the allocator's own rounding would make a
 * block far smaller than what is then cleared, is refused in both modes.
 */
taddr_t heap_alloc_cleared_wrapping(struct heap *h, tsize_t count, tsize_t size, tsize_t most);

/* Records a misuse by the call in progress, which then fails, or frees nothing. */
void heap_misuse(struct heap *h, enum diagnosis_kind kind, taddr_t address, tsize_t size,
                 const char *text);

/* The same for an input that upstream answers in its own odd way: true if it is to be reproduced.
 */
bool heap_quirk(struct heap *h, enum diagnosis_kind kind, taddr_t address, tsize_t size,
                const char *text);

/* Notes, in a realloc to a size that wraps to 0, that the block was freed: a free, no failure. */
void heap_note_freed(struct heap *h);

/* The word in front of a block of an allocator with HEAP_ALIGNED_APART: where the block around it
 * begins.
 */
taddr_t heap_link_before(taddr_t block);

/* Names what is wrong with a pointer that is no live block: walks the heap. O(blocks). */
void heap_bad_pointer(struct heap *h, taddr_t pointer);

/* Reports what came or went beside the operations above: pages, given to the program as they are.
 */
void heap_note(struct heap *h, enum heap_event_kind kind, taddr_t at, tsize_t size);

/* Sets *fault and returns false, for check(). */
bool heap_faulty(struct heap_fault *fault, taddr_t address, uint32_t found, uint32_t expected,
                 const char *text);

/*
 * The first four characters of the running task's name as a little-endian word; "NONE" without.
 * A shorter name is filled up with `padding`.
 */
uint32_t heap_owner_word(char padding);

/* The address of the running task's control block on the target; 0 without a task. */
taddr_t heap_owner_task(void);

#endif
