/*
 * What every heap owes its callers, checked from outside: a table of the live blocks with their
 * contents, kept in host memory, beside a heap of any allocator.
 *
 * - Each operation is done on the heap and in the table; then the heap's answer, its walk, its
 *   check and its figures are compared with the table. Where speed counts more than the first
 *   operation that went wrong, whole_every makes walk and check rarer.
 * - All functions return NULL, or a sentence that says which promise was broken (it lasts until the
 *   next call). So unit tests, fuzzers and stand-alone drivers can use it alike.
 * - One seed decides everything that model_step() does.
 */
#ifndef HEAPSIM_TESTS_MODEL_H
#define HEAPSIM_TESTS_MODEL_H

#include "../../kernel/heap/heap.h"

enum { MODEL_BLOCKS_MAX = 96, MODEL_OWN_MAX = 8 };

/* What a block may be larger than was asked for: the rest would have been a block of its own. */
enum model_waste {
    WASTE_ANY,
    WASTE_REST,   /* less than `rest` bytes */
    WASTE_POWER,  /* with its header a block is the next power of two (buddy) */
    WASTE_CLASSES /* slab: the next size class, or whole pages */
};

/* Which of the free blocks that are large enough serves a request. */
enum model_choice { CHOICE_ANY, CHOICE_LOWEST, CHOICE_SMALLEST };

/* What the model has to know of an allocator beyond heap_ops. */
struct model_rules {
    tsize_t align;      /* of every block */
    tsize_t least;      /* bytes that a request is raised to */
    tsize_t free_least; /* bytes that a free block has at least, if the heap had them at first */
    /* Bytes of each free block that the allocator counts as used (memheap: its header). */
    tsize_t free_overhead;
    /* Any free block that is large enough serves a request (no size classes). */
    bool exact_fit;
    bool zero_size_fails; /* alloc(0) gives no block */
    bool zero_size_frees; /* realloc(p, 0) frees p */
    bool elsewhere;       /* blocks are another heap's, as FreeRTOS heap_3's are */
    bool own_maxima;      /* the maximum is a sum of the regions' own */
    enum model_choice choice;
    enum model_waste waste;
    tsize_t unit; /* of sizes, if it is not `align`: with `header` a request grows to a multiple */
    tsize_t header; /* of a block, where that need not be a multiple itself */
    tsize_t rest;
    tsize_t rest_kept; /* what realloc in place leaves to a block beyond that */
};

/*
 * The rules that hold for a heap whatever its options are (some tables of tests know stricter
 * ones). Call it while nothing is allocated.
 */
struct model_rules model_rules_of(struct heap *heap);

struct model_block {
    taddr_t address;
    tsize_t size;
    uint32_t pattern; /* seed of the contents */
    bool aligned;     /* made by alloc_aligned */
};

struct model {
    struct heap *heap;
    struct model_rules rules;
    uint64_t random;
    struct model_block blocks[MODEL_BLOCKS_MAX]; /* the live ones, by address */
    unsigned count;
    uint32_t patterns;          /* given out so far */
    unsigned whole_every;       /* operations between two looks at the whole heap; 0: after each */
    unsigned since_whole;       /* operations since the last */
    unsigned walked;            /* blocks that it walked over */
    tsize_t used_first;         /* used when nothing was allocated */
    tsize_t used_base;          /* used, less the used blocks, when nothing was allocated */
    taddr_t own[MODEL_OWN_MAX]; /* payloads in use then: the heap's own blocks */
    unsigned own_count;
    tsize_t least_free;       /* the smallest free block that there can be */
    uint64_t shape;           /* fingerprint of the walk when nothing was allocated */
    unsigned corrupt;         /* diagnoses of overwritten metadata so far */
    struct heap_stats before; /* figures before the operation in progress */
    taddr_t freed;            /* the block freed last */
    unsigned bias;            /* model_step(): chance in 16 of an allocation */
};

/* The bytes that a free block must have to serve a request of `size`; the most that it then has. */
tsize_t model_needed(const struct model_rules *rules, tsize_t size);
tsize_t model_most_usable(const struct model_rules *rules, tsize_t size);

/*
 * A heap that nothing was allocated from. (What the first allocation lays out is to be laid out
 * before, by one that fails.)
 */
const char *model_begin(struct model *m, struct heap *heap, const struct model_rules *rules,
                        uint64_t seed);

/* The next number of the model's random sequence, below `limit`. */
uint32_t model_random(struct model *m, uint32_t limit);

/* One operation each; index: of a live block. */
const char *model_alloc(struct model *m, tsize_t size);
const char *model_alloc_cleared(struct model *m, tsize_t count, tsize_t size);
const char *model_alloc_aligned(struct model *m, tsize_t size, tsize_t align);
const char *model_realloc(struct model *m, unsigned index, tsize_t size);
const char *model_free(struct model *m, unsigned index);

/* Hands a pointer that is no live block to free and realloc: diagnosed, nothing changed. */
const char *model_misuse(struct model *m);

/*
 * Around calls on the heap that the model does not know and that left no block behind: the figures
 * must be what they were, but for the maximum.
 */
void model_look_away(struct model *m);
const char *model_look_back(struct model *m);

/* An operation at random, as the heap's capabilities allow. */
const char *model_step(struct model *m);

/* Compares all contents, the whole walk and the check: in each operation but for contents. */
const char *model_verify(struct model *m);

/* Frees everything in random order; then the heap must look as it did at first, if it can. */
const char *model_end(struct model *m);

#endif
