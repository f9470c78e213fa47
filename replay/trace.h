/* An allocation trace of a real program (format heap-trace 1, docs/traces.md), read into memory. */
#ifndef HEAPSIM_REPLAY_TRACE_H
#define HEAPSIM_REPLAY_TRACE_H

#include <stddef.h>

#include "../kernel/target.h"
#include "text.h"

enum trace_kind {
    TRACE_ALLOC = 'a',
    TRACE_CLEARED = 'c',
    TRACE_ALIGNED = 'm',
    TRACE_REALLOC = 'r',
    TRACE_FREE = 'f'
};

struct trace_operation {
    uint64_t time; /* microseconds since the first line */
    uint32_t thread;
    uint32_t slot;
    tsize_t size;  /* bytes; for TRACE_CLEARED of each element */
    tsize_t extra; /* TRACE_CLEARED: how many elements; TRACE_ALIGNED: the alignment */
    char kind;     /* enum trace_kind */
};

struct trace {
    char source[512];
    struct trace_operation *operations;
    size_t count;
    uint32_t threads;  /* highest thread + 1 */
    uint32_t slots;    /* highest slot + 1 */
    uint64_t live_max; /* most bytes live at once */
    tsize_t largest;   /* largest request, bytes */
};

/* Line number of an operation in its file. */
static inline size_t trace_line(size_t operation)
{
    return operation + 4; /* behind the three header lines */
}

/* False, with a sentence in `why` (TEXT_WHY_MAX bytes), if the file is no whole valid trace. */
bool trace_read(struct trace *trace, const char *path, char *why);

void trace_free(struct trace *trace);

#endif
