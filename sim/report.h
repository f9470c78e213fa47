/*
 * A diagnosis with all that is known about it, as plain data: captured where the mistake is found,
 * told where libraries may be called. There are two ways to tell it: a paragraph (report_text.c)
 * and a line of JSON (report_json.c).
 */
#ifndef HEAPSIM_REPORT_H
#define HEAPSIM_REPORT_H

#include "../kernel/diagnosis.h"
#include "../kernel/task/task.h"
#include "heap_check.h"
#include "ledger.h"

enum { REPORT_FRAMES = 32, REPORT_BLOCKS = 2 };

/* A block that has to do with it, and how. */
struct report_block {
    char role[64]; /* "the block it belongs to"; "": there is none */
    bool live;
    struct ledger_block block;
    char heap[HEAP_NAME_MAX];
    char title[40];
    char taken_by[64], freed_by[64];                           /* as ledger_describe_who() has it */
    char taken_task[TASK_NAME_MAX], freed_task[TASK_NAME_MAX]; /* "": before the start */
};

struct report {
    enum diagnosis_kind kind;
    uint64_t time; /* nanoseconds */
    unsigned core;
    int line;      /* of the interrupt, or -1 */
    char task[32]; /* "": none yet */
    char call[48]; /* "": none */
    char text[256];
    char rule[256];   /* "", or the rule that was broken */
    char advice[320]; /* what to do */
    taddr_t address;  /* 0: none */
    tsize_t size;     /* 0: none */
    char where[96];   /* what lies at the address, as a clause; "": a block, or nothing special */
    char heap[HEAP_NAME_MAX];
    char title[40]; /* of the heap's allocator */
    const void *site;
    const void *frames[REPORT_FRAMES]; /* the way to the call */
    size_t frame_count;
    bool seeks_site;  /* it is the first of the frames that is the application's */
    bool interrupted; /* the frames are those of what an ISR interrupted */
    bool still_held;  /* no diagnosis: blocks that are in reach (--leaks=all) */
    bool late;        /* it happened before; the site is where it was found */
    struct report_block blocks[REPORT_BLOCKS];
    bool has_failure; /* an allocation failed before */
    struct ledger_failure failure;
    char failed_by[64], failed_task[TASK_NAME_MAX], failed_heap[HEAP_NAME_MAX];
    struct heap_window window; /* when the heap was whole last; whole.number 0: not known */
    char whole_by[64];         /* who did that operation */
    char window_users[320];    /* and who worked on heaps since */
    bool is_silent;            /* no paragraph */
    char story[1900];          /* "", or whole lines that say who did it, instead of who calls */
};

/* The names and advice of each kind; names are stable: scripts match them. */
struct report_kind {
    const char *name, *title, *advice;
};
extern const struct report_kind report_kinds[DIAGNOSIS_KINDS];

/* Fills in everything, at the place and time of the diagnosis. Async-signal-safe. */
void report_capture(const struct diagnosis *diagnosis, struct report *report);

/*
 * Before it is told, where it is told: finds what needs libraries. A fault in the C library or in
 * heapsim is the application's line that called it.
 */
void report_settle(struct report *report);

/* Settles it, and tells it in both ways, as far as they are asked for. */
void report_tell(struct report *report);

/* Writes it to standard error in one piece. */
void report_print(const struct report *report);

#endif
