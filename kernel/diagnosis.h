/*
 * What can be wrong with a program that runs on the kernel: the kinds of misuse that heapsim names.
 *
 * The kernel fills in a struct diagnosis and hands it to port_diagnosis(); the port decides what
 * becomes of it (a paragraph and exit 3, a report, or only a count). The call that was misused then
 * answers as its dialect defines and leaves the heap whole.
 */
#ifndef HEAPSIM_DIAGNOSIS_H
#define HEAPSIM_DIAGNOSIS_H

#include "target.h"

struct heap;
struct task;

enum diagnosis_kind {
    DIAGNOSIS_SIZE_OVERFLOW, /* a size that wraps at 32 bits once rounded, multiplied or extended */
    DIAGNOSIS_FOREIGN_POINTER,  /* a pointer that lies in no block of the heap it is given to */
    DIAGNOSIS_INTERIOR_POINTER, /* a pointer into a live block, not to its start */
    DIAGNOSIS_DOUBLE_FREE,      /* a pointer into memory that is free already */
    DIAGNOSIS_FREED_REALLOC,    /* the same, given to realloc */
    DIAGNOSIS_WRONG_HEAP,       /* a block that is another heap's, or another pool's */
    DIAGNOSIS_OVERFLOW,         /* an access behind the end of a live block */
    DIAGNOSIS_UNDERFLOW,        /* an access before the begin of a live block */
    DIAGNOSIS_USE_AFTER_FREE,   /* an access to a block that is free */
    DIAGNOSIS_WILD_ACCESS,      /* an access to memory that is no block's, or not there at all */
    DIAGNOSIS_NULL_ACCESS,      /* an access through a null pointer: a failed allocation's? */
    DIAGNOSIS_LEAK,             /* a block that nothing points to any more */
    DIAGNOSIS_STACK_OVERFLOW,   /* a task ran off its host stack */
    DIAGNOSIS_STACK_ESTIMATE,   /* a task used more stack than it declared, by an estimate */
    DIAGNOSIS_BAD_ALIGNMENT,    /* an alignment the call does not take */
    DIAGNOSIS_BAD_REGION,       /* memory that can't be a heap or a pool */
    DIAGNOSIS_HEAP_CORRUPT,     /* metadata that no operation of the allocator leaves behind */
    DIAGNOSIS_UNALIGNED_HEAP,   /* a heap whose blocks are less aligned than its option promises */
    DIAGNOSIS_CONTEXT, /* a call where its RTOS forbids it: in an interrupt, scheduler locked... */
    DIAGNOSIS_OBJECT,  /* an object in the wrong state, or not one at all */
    DIAGNOSIS_ASSERTION,   /* RT_ASSERT and its kin */
    DIAGNOSIS_UNSUPPORTED, /* a call that the heap at hand does not have */
    DIAGNOSIS_RACE,        /* two accesses to the same bytes that nothing orders */
    DIAGNOSIS_KINDS
};

struct diagnosis {
    enum diagnosis_kind kind;
    const struct heap *heap; /* the heap concerned, or NULL */
    const struct task *task; /* whose mistake it is; NULL: the caller's */
    const char *call;        /* the call that was misused, as the application wrote it: "rt_free" */
    const void *site;        /* its return address, or NULL */
    const void *frame;       /* its frame, or NULL */
    /* NULL, or return addresses of the way there, the innermost first, NULL at the end: `site` is
     * the first one that is the application's. */
    const void *const *way;
    taddr_t address;     /* the pointer, block or field concerned, or 0 */
    tsize_t size;        /* the size concerned, or 0 */
    const char *text;    /* what is wrong, as a clause */
    const char *rule;    /* NULL, or the rule that was broken, as a sentence */
    const char *instead; /* NULL, or what to do instead, as a sentence */
    const char *story;   /* NULL, or whole lines that say who did it, instead of who calls */
    bool late;           /* it happened some time before this call, which has found it */
};

#endif
