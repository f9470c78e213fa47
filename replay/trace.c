#include "trace.h"

#include <stdio.h>
#include <stdlib.h>

#include "../sim/sentence.h"

enum { SLOTS_MAX = 1 << 26, THREADS_MAX = 1 << 16 };

/* While reading: which slots are live, with their sizes, to reject a trace that is none. */
struct reader {
    struct text text;
    struct trace *trace;
    size_t capacity;
    uint64_t *slot_size; /* UINT64_MAX: not live */
    uint32_t slot_capacity;
    uint64_t live;
};

static bool grow(void **array, size_t count, size_t element)
{
    void *const bigger = realloc(*array, count * element);

    if (bigger == NULL)
        return false;
    *array = bigger;
    return true;
}

/* Room for one more operation and for one more slot than there ever were. */
static bool make_room(struct reader *r)
{
    struct trace *const t = r->trace;

    if (t->count == r->capacity) {
        r->capacity = r->capacity * 2 + 1024;
        if (!grow((void **)&t->operations, r->capacity, sizeof *t->operations))
            return text_fail(&r->text, "out of memory for the trace");
    }
    if (t->slots == r->slot_capacity) {
        const uint32_t old = r->slot_capacity;

        r->slot_capacity = old * 2 + 1024;
        if (old >= SLOTS_MAX ||
            !grow((void **)&r->slot_size, r->slot_capacity, sizeof *r->slot_size))
            return text_fail(&r->text, "out of memory for the slots");
        for (uint32_t i = old; i < r->slot_capacity; i++)
            r->slot_size[i] = UINT64_MAX;
    }
    return true;
}

static bool parse_numbers(struct reader *r, char kind, const char *cursor, unsigned count,
                          tsize_t *numbers)
{
    uint64_t value;

    for (unsigned i = 0; i < count; i++) {
        if (!text_decimal(&cursor, UINT32_MAX, &value))
            return text_fail(&r->text,
                             "a number is missing, malformed or too large for a 32-bit target");
        numbers[i] = (tsize_t)value;
    }
    return *cursor == '\0' ||
           text_fail(&r->text, "there is more on the line than '%c' takes", kind);
}

/* The fields behind the letter. Returns the bytes the slot has afterwards through *bytes. */
static bool parse_fields(struct reader *r, struct trace_operation *op, const char *cursor,
                         uint64_t *bytes)
{
    static const struct {
        char kind;
        unsigned numbers;
    } forms[] = {{TRACE_ALLOC, 2},
                 {TRACE_CLEARED, 3},
                 {TRACE_ALIGNED, 3},
                 {TRACE_REALLOC, 2},
                 {TRACE_FREE, 1}};
    tsize_t numbers[3] = {0, 0, 0};
    unsigned form = 0;

    while (form < sizeof forms / sizeof forms[0] && forms[form].kind != op->kind)
        form++;
    if (form == sizeof forms / sizeof forms[0])
        return text_fail(&r->text, "'%c' is no operation (a, c, m, r or f)", op->kind);
    if (!parse_numbers(r, op->kind, cursor, forms[form].numbers, numbers))
        return false;
    op->slot = numbers[0];
    op->size = numbers[1];
    op->extra = 0;
    if (op->kind == TRACE_CLEARED) {
        op->extra = numbers[1];
        op->size = numbers[2];
    } else if (op->kind == TRACE_ALIGNED) {
        op->extra = numbers[2];
        if (!is_power_of_two(op->extra))
            return text_fail(&r->text, "the alignment %u is no power of two", op->extra);
    } else if (op->kind == TRACE_REALLOC && op->size == 0) {
        return text_fail(&r->text, "a realloc to 0 bytes is written as a free");
    }
    *bytes = op->kind == TRACE_CLEARED ? (uint64_t)op->extra * op->size : op->size;
    return *bytes <= UINT32_MAX || text_fail(&r->text, "count x size does not fit a 32-bit target");
}

/* Follows the slots: a, c and m start a block, r and f need one. */
static bool account(struct reader *r, const struct trace_operation *op, uint64_t bytes)
{
    struct trace *const t = r->trace;
    const bool known = op->slot < t->slots;
    const bool live = known && r->slot_size[op->slot] != UINT64_MAX;

    if (op->kind == TRACE_FREE || op->kind == TRACE_REALLOC) {
        if (!live)
            return text_fail(&r->text, "slot %u is not live", op->slot);
        r->live -= r->slot_size[op->slot];
    } else {
        if (live)
            return text_fail(&r->text, "slot %u is live already", op->slot);
        if (op->slot > t->slots)
            return text_fail(
                &r->text, "slot %u skips a number: a block takes the smallest free one", op->slot);
        if (!known)
            t->slots++;
    }
    r->slot_size[op->slot] = op->kind == TRACE_FREE ? UINT64_MAX : bytes;
    r->live += op->kind == TRACE_FREE ? 0 : bytes;
    if (r->live > t->live_max)
        t->live_max = r->live;
    if (op->kind != TRACE_FREE && bytes > t->largest)
        t->largest = (tsize_t)bytes;
    return true;
}

static bool read_operation(struct reader *r)
{
    struct trace *const t = r->trace;
    const char *cursor = r->text.line;
    uint64_t thread;
    uint64_t bytes = 0;

    if (!make_room(r))
        return false;
    struct trace_operation *const op = &t->operations[t->count];
    if (!text_decimal(&cursor, UINT64_MAX, &op->time) ||
        !text_decimal(&cursor, THREADS_MAX - 1, &thread) || cursor[0] == '\0' || cursor[1] != ' ')
        return text_fail(&r->text, "'%.60s' is no line of a trace (TIME THREAD LETTER SLOT ...)",
                         r->text.line);
    op->thread = (uint32_t)thread;
    op->kind = cursor[0];
    if (thread >= t->threads)
        t->threads = (uint32_t)thread + 1;
    if (t->count > 0 && op->time < op[-1].time)
        return text_fail(&r->text, "the time runs backwards");
    if (!parse_fields(r, op, cursor + 2, &bytes) || !account(r, op, bytes))
        return false;
    t->count++;
    return true;
}

/* One of the three fixed lines; `rest` is where its text behind `start` goes, or NULL. */
static bool header_line(struct reader *r, const char *start, char *rest, size_t size)
{
    const size_t length = strlen(start);

    if (!text_next(&r->text) && r->text.failed)
        return false;
    if (strncmp(r->text.line, start, length) != 0 || (rest == NULL && r->text.line[length] != '\0'))
        return text_fail(&r->text, "it is no trace: this line should be '%s%s'", start,
                         rest != NULL ? "..." : "");
    if (rest != NULL) {
        snprintf(rest, size, "%s", r->text.line + length);
        sentence_clean(rest); /* it is printed above the table */
    }
    return true;
}

static bool read_header(struct reader *r)
{
    return header_line(r, "# heap-trace 1", NULL, 0) &&
           header_line(r, "# source ", r->trace->source, sizeof r->trace->source) &&
           header_line(r, "# time us", NULL, 0);
}

bool trace_read(struct trace *trace, const char *path, char *why)
{
    struct reader r = {.trace = trace};

    *trace = (struct trace){.count = 0};
    if (text_open(&r.text, path) && read_header(&r))
        while (text_next(&r.text) && read_operation(&r))
            continue;
    if (!r.text.failed && trace->count == 0)
        text_fail(&r.text, "the trace holds no operation");
    text_close(&r.text);
    free(r.slot_size);
    if (!r.text.failed)
        return true;
    memcpy(why, r.text.why, TEXT_WHY_MAX);
    trace_free(trace);
    return false;
}

void trace_free(struct trace *trace)
{
    free(trace->operations);
    trace->operations = NULL;
}
