/* A diagnosis as a paragraph. */
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "backtrace.h"
#include "symbol.h"

enum { PARAGRAPH = 8000 };

struct text {
    size_t used;
    char at[PARAGRAPH];
};

#define ADD(text, ...)                                                                             \
    do {                                                                                           \
        if ((text)->used < PARAGRAPH)                                                              \
            (text)->used += (size_t)snprintf((text)->at + (text)->used, PARAGRAPH - (text)->used,  \
                                             __VA_ARGS__);                                         \
    } while (0)

/* " by task 'name'", " in the interrupt of line 3, over task 'name'", or nothing before the start.
 */
static void add_context(struct text *text, const struct report *r)
{
    if (r->line >= 0 && r->task[0] == '\0')
        ADD(text, " in the interrupt of line %d, before the scheduler started", r->line);
    else if (r->line >= 0)
        ADD(text, " in the interrupt of line %d, over task '%s'", r->line, r->task);
    else if (r->task[0] != '\0')
        ADD(text, " by task '%s'", r->task);
}

/* A pointer given to a call: the size that the allocator sees there is not what was asked for. */
static bool is_pointer(enum diagnosis_kind kind)
{
    return kind >= DIAGNOSIS_FOREIGN_POINTER && kind <= DIAGNOSIS_WRONG_HEAP;
}

static bool is_access(enum diagnosis_kind kind)
{
    return (kind >= DIAGNOSIS_OVERFLOW && kind <= DIAGNOSIS_NULL_ACCESS) ||
           kind == DIAGNOSIS_STACK_OVERFLOW || kind == DIAGNOSIS_STACK_ESTIMATE;
}

/* "  Address 0x20000048, size 64, heap 'heap' (RT-Thread small-mem).\n": as much of it as there is.
 */
static void add_place(struct text *text, const struct report *r)
{
    const size_t before = text->used;
    char name[120];

    if (r->address != 0 && (r->size == 0 || is_pointer(r->kind)))
        ADD(text, "  Address 0x%x", r->address);
    else if (r->address != 0 || r->size != 0)
        ADD(text, "  Address 0x%x, size %u (0x%x)", r->address, r->size, r->size);
    if (r->heap[0] != '\0')
        ADD(text, "%s heap '%s' (%s)", text->used > before ? "," : "  In", r->heap, r->title);
    if (r->where[0] != '\0')
        ADD(text, ", %s", r->where);
    else if (r->address != 0 && r->blocks[0].role[0] == '\0' &&
             symbol_data(r->address, name, sizeof name))
        ADD(text, ", static data %s", name);
    if (text->used > before)
        ADD(text, ".\n");
}

static void add_way(struct text *text, const struct report *r)
{
    char frames[640];

    if (r->frame_count < (r->rule[0] != '\0' ? 1 : 2))
        return;
    backtrace_describe(r->frames, r->frame_count, frames, sizeof frames);
    if (frames[0] != '\0' && (r->rule[0] != '\0' || strstr(frames, " < ") != NULL))
        ADD(text, "  %s %s.\n", r->interrupted ? "Interrupted was" : "The way there:", frames);
}

static void add_deed(struct text *text, const char *verb, const char *who,
                     const struct ledger_deed *deed)
{
    const char *const call = (const char *)(uintptr_t)deed->call;
    const void *frames[LEDGER_FRAMES];
    size_t count = 0;
    char way[640];

    while (count < LEDGER_FRAMES && deed->frames[count] != 0) {
        frames[count] = (const void *)(uintptr_t)deed->frames[count];
        count++;
    }
    backtrace_describe(frames, count, way, sizeof way);
    ADD(text, "  %s by %s at %llu.%03llu us, with %s%s%s.\n", verb, who,
        (unsigned long long)(deed->time / 1000), (unsigned long long)(deed->time % 1000),
        call != NULL ? call : "a call", way[0] != '\0' ? " at " : "", way);
}

static const char *plural(uint32_t count)
{
    return count == 1 ? "" : "s";
}

/* "4 bytes past the end of", "12 bytes into": where an address lies with regard to a block. */
static void add_distance(struct text *text, taddr_t address, const struct ledger_block *block)
{
    const taddr_t end = block->address + block->size;
    const uint32_t into = address - block->address;

    if (address == block->address || address == 0)
        return;
    if (address < block->address)
        ADD(text, "; the address is %u byte%s before it", block->address - address,
            plural(block->address - address));
    else if (into < block->size)
        ADD(text, "; the address is %u byte%s into it", into, plural(into));
    else if (address == end)
        ADD(text, "; the address is the first byte behind it");
    else
        ADD(text, "; the address is %u byte%s behind its end", address - end,
            plural(address - end));
}

static void add_block(struct text *text, const struct report *r, const struct report_block *b)
{
    const struct ledger_block *const block = &b->block;

    if (b->role[0] == '\0')
        return;
    ADD(text, "  %c%s: 0x%x, %u byte%s", b->role[0] - 'a' + 'A', b->role + 1, block->address,
        block->size, plural(block->size));
    if (block->usable > block->size)
        ADD(text, " (%u given)", block->usable);
    ADD(text, ", heap '%s' (%s)", b->heap, b->title);
    add_distance(text, r->address, block);
    ADD(text, ".\n");
    add_deed(text, "Allocated", b->taken_by, &block->taken);
    if (block->freed.number != 0)
        add_deed(text, "Freed", b->freed_by, &block->freed);
}

static void add_failure(struct text *text, const struct report *r)
{
    char verb[160];

    if (!r->has_failure)
        return;
    snprintf(verb, sizeof verb,
             "An allocation of %u bytes from heap '%s' (%u free) had failed:"
             " asked for",
             r->failure.size, r->failed_heap, r->failure.free);
    add_deed(text, verb, r->failed_by, &r->failure.deed);
}

static void add_window(struct text *text, const struct report *r)
{
    const struct heap_window *const window = &r->window;
    char verb[80];

    if (window->whole.number == 0)
        return;
    snprintf(verb, sizeof verb, "Whole still when operation %u began,", window->whole.number);
    add_deed(text, verb, r->whole_by, &window->whole);
    ADD(text, "  Broken when operation %u began; since then %u operation%s on heaps, by %s.\n",
        window->now, window->operations, plural(window->operations),
        window->user_count > 0 ? r->window_users : "nobody");
}

static void put(const char *text, size_t size)
{
    size_t done = 0;

    while (done < size) {
        const ssize_t wrote = write(STDERR_FILENO, text + done, size - done);

        if (wrote <= 0 && errno != EINTR)
            return;
        if (wrote > 0)
            done += (size_t)wrote;
    }
}

/* Where the frames go on from heapsim or the C library to the application. */
static void name_callee(struct report *r, size_t application)
{
    char callee[160];

    if (application == 0 || r->kind == DIAGNOSIS_STACK_OVERFLOW)
        return; /* who used the last byte says nothing */
    symbol_describe(r->frames[application - 1], callee, sizeof callee);
    snprintf(r->rule, sizeof r->rule, "It happened in %s, called there.", callee);
}

void report_settle(struct report *r)
{
    size_t i = 0;

    if (!r->seeks_site)
        return;
    r->seeks_site = false;
    while (i < r->frame_count && !symbol_of_application(r->frames[i]))
        i++;
    if (i < r->frame_count) {
        r->site = r->frames[i];
        name_callee(r, i);
    } else if (r->site != NULL) {
        snprintf(r->rule, sizeof r->rule,
                 "No line of the application leads there, as far as can be seen: if it is not a "
                 "library's, it is an error of heapsim, please report it.");
    }
}

/* Whose they are, and where they come from, is said of one of them. */
static void add_leak(struct text *text, const struct report *r)
{
    struct report_block one = r->blocks[0];

    if (one.role[0] != '\0')
        snprintf(one.role, sizeof one.role,
                 r->size == one.block.size ? "the block" : "one of them");
    if (r->still_held)
        ADD(text, "heapsim: still held: %s.\n", r->text);
    else
        ADD(text, "heapsim: leak (%s): %s.\n", report_kinds[r->kind].title, r->text);
    add_block(text, r, &one);
    if (!r->still_held)
        ADD(text, "  %s\n", r->advice);
}

/* Where, and by whom: of the mistake, or of what has found it. */
static void add_site(struct text *text, const struct report *r)
{
    char site[160] = "heapsim itself";

    if (r->late && r->site == NULL) {
        ADD(text, "  Found too late to say by whom");
        return;
    }
    if (r->site != NULL)
        symbol_describe(r->site, site, sizeof site);
    ADD(text, "  %s %s", r->late ? "Found at" : is_access(r->kind) ? "At" : "Called from", site);
    add_context(text, r);
}

void report_print(const struct report *r)
{
    static struct text text; /* more than a task's stack may have left; one report at a time */
    const struct report_kind *const kind = &report_kinds[r->kind];

    text.used = 0;
    if (r->story[0] != '\0') {
        ADD(&text, "heapsim: %s (%s): %s.\n%s  %s\n", kind->name, kind->title, r->text, r->story,
            r->advice);
    } else if (r->kind == DIAGNOSIS_LEAK) {
        add_leak(&text, r);
    } else {
        ADD(&text, "heapsim: %s (%s): %s: %s.\n", kind->name, kind->title,
            r->call[0] != '\0' ? r->call : "a call", r->text);
        add_place(&text, r);
        add_site(&text, r);
        ADD(&text, ". %s%s%s\n", r->rule, r->rule[0] != '\0' ? " " : "", r->advice);
        add_way(&text, r);
        for (unsigned i = 0; i < REPORT_BLOCKS; i++)
            add_block(&text, r, &r->blocks[i]);
        add_window(&text, r);
        add_failure(&text, r);
    }
    put(text.at, text.used < PARAGRAPH ? text.used : PARAGRAPH - 1);
}
