/* What is known about a mistake, gathered where it was found. */
#include "report.h"

#include <stdio.h>

#include "../kernel/kernel.h"
#include "backtrace.h"
#include "carrier_pool.h"
#include "engine.h"
#include "frames.h"
#include "report_json.h"

enum { FAR = 4096 }; /* a block that far off has nothing to do with an address */

const struct report_kind report_kinds[DIAGNOSIS_KINDS] = {
    [DIAGNOSIS_SIZE_OVERFLOW] = {"size-overflow", "a size that overflows",
                                 "Check the size, or count x size, before the call."},
    [DIAGNOSIS_FOREIGN_POINTER] = {"foreign-pointer", "a pointer that is no block of this heap",
                                   "Pass the pointer that this heap's alloc returned."},
    [DIAGNOSIS_INTERIOR_POINTER] = {"interior-pointer", "a pointer into the middle of a block",
                                    "Keep the pointer that alloc returned, and pass that one."},
    [DIAGNOSIS_DOUBLE_FREE] = {"double-free", "a block that is free already",
                               "Set the pointer to NULL where the block is freed first."},
    [DIAGNOSIS_FREED_REALLOC] = {"freed-realloc", "a freed block given to realloc",
                                 "Set the pointer to NULL where the block is freed."},
    [DIAGNOSIS_WRONG_HEAP] = {"wrong-heap", "a block of another heap or pool",
                              "Give it back to the heap or pool that it came from."},
    [DIAGNOSIS_OVERFLOW] = {"heap-overflow", "an access behind the end of a block",
                            "Ask for more bytes, or touch fewer."},
    [DIAGNOSIS_UNDERFLOW] = {"heap-underflow", "an access before the begin of a block",
                             "Look at the index or pointer that went below 0."},
    [DIAGNOSIS_USE_AFTER_FREE] = {"use-after-free", "an access to a freed block",
                                  "Free it after its last use, and forget the pointer then."},
    [DIAGNOSIS_WILD_ACCESS] = {"wild-access", "an access to memory that is nobody's",
                               "See where the pointer comes from."},
    [DIAGNOSIS_NULL_ACCESS] = {"null-access", "an access through a null pointer",
                               "Check what an allocation returns before it is used."},
    [DIAGNOSIS_LEAK] = {"leak", "a block that nothing points to any more",
                        "Free it before its last pointer goes."},
    [DIAGNOSIS_STACK_OVERFLOW] = {"stack-overflow", "a task that ran off its stack",
                                  "Look for endless recursion or a large local array."},
    [DIAGNOSIS_STACK_ESTIMATE] = {"stack-estimate", "a task whose stack is too small, by estimate",
                                  "Declare a larger stack, or make the local arrays static."},
    [DIAGNOSIS_BAD_ALIGNMENT] = {"bad-alignment", "an alignment the call does not take",
                                 "Pass a power of two."},
    [DIAGNOSIS_BAD_REGION] = {"bad-region", "memory that can't be used so",
                              "Use a static array or a RAM region (--region NAME=BASE:SIZE)."},
    [DIAGNOSIS_HEAP_CORRUPT] = {"heap-corrupt", "overwritten heap metadata",
                                "Look for a write past the end of the block before that address."},
    [DIAGNOSIS_UNALIGNED_HEAP] = {"unaligned-heap", "blocks less aligned than promised",
                                  "Align the start of the region."},
    [DIAGNOSIS_CONTEXT] = {"bad-context", "a call from where it is forbidden",
                           "Move the call to a task, or use a form of it that does not wait."},
    [DIAGNOSIS_OBJECT] = {"bad-object", "an object it can't work on", "See the object's life."},
    [DIAGNOSIS_ASSERTION] = {"assertion", "a failed assertion", "See the condition."},
    [DIAGNOSIS_UNSUPPORTED] = {"unsupported", "a heap that has no such call",
                               "Choose a heap that has it (--list-heaps)."},
    [DIAGNOSIS_RACE] = {"race", "accesses that nothing orders",
                        "Guard all of them by one lock, or hand the data over."},
};

#define COPY(to, from) snprintf(to, sizeof(to), "%s", (from) != NULL ? (from) : "")

/* Where the ISR came in, or how the task got there: for rules about contexts, whose reason may lie
 * further out than the call. */
static void note_frames(const struct diagnosis *d, struct report *report)
{
    const struct core *const core = kernel_core();
    uint32_t frames[REPORT_FRAMES];

    if (d->way != NULL) {
        report->seeks_site = true;
        while (report->frame_count < REPORT_FRAMES && d->way[report->frame_count] != NULL) {
            report->frames[report->frame_count] = d->way[report->frame_count];
            report->frame_count++;
        }
    } else if (d->rule != NULL) {
        report->interrupted = core->interrupts > 0;
        report->frame_count = backtrace_capture(report->interrupted ? core->isr_frame : NULL,
                                                report->frames, REPORT_FRAMES);
    } else if (d->frame != NULL) {
        frames_walk(d->frame, d->site, frames, REPORT_FRAMES);
        while (report->frame_count < REPORT_FRAMES && frames[report->frame_count] != 0) {
            report->frames[report->frame_count] =
                (const void *)(uintptr_t)frames[report->frame_count];
            report->frame_count++;
        }
    }
}

/* --- blocks --- */

static void note_block(struct report_block *to, const struct ledger_block *block, const char *role)
{
    const struct ledger_heap *heap;

    if (block == NULL)
        return;
    heap = ledger_heap(block->heap);
    COPY(to->role, role);
    to->live = ledger_is_live(block);
    to->block = *block;
    COPY(to->heap, heap != NULL ? heap->name : "?");
    COPY(to->title, heap != NULL ? heap->title : "a heap that is no more");
    ledger_describe_who(block->taken.who, to->taken_by, sizeof to->taken_by);
    COPY(to->taken_task, ledger_task_name(block->taken.who));
    if (block->freed.number == 0)
        return;
    ledger_describe_who(block->freed.who, to->freed_by, sizeof to->freed_by);
    COPY(to->freed_task, ledger_task_name(block->freed.who));
}

static void note_failure(struct report *report)
{
    const struct ledger_failure *const failure = ledger_last_failure(ledger_who());

    if (failure == NULL)
        return;
    report->has_failure = true;
    report->failure = *failure;
    ledger_describe_who(failure->deed.who, report->failed_by, sizeof report->failed_by);
    COPY(report->failed_task, ledger_task_name(failure->deed.who));
    COPY(report->failed_heap,
         ledger_heap(failure->heap) != NULL ? ledger_heap(failure->heap)->name : "?");
}

/* The block at a pointer or around it, first of all the one of the heap that the mistake is about:
 * heaps and pools lie in blocks of others. */
static const struct ledger_block *subject(taddr_t address, uint32_t heap)
{
    const struct ledger_block *const begins = ledger_block_at(address);
    const struct ledger_block *const around =
        begins == NULL && heap != 0 ? ledger_find_in(address, heap) : NULL;

    if (begins != NULL || around != NULL)
        return begins != NULL ? begins : around;
    return ledger_find(address);
}

/* Between which blocks of the heap an address lies that is none's own; not the far ones. */
static void note_neighbours(const struct diagnosis *d, struct report *report)
{
    const uint32_t heap = d->heap != NULL ? d->heap->number : 0;
    const struct ledger_block *const before = ledger_before(d->address, heap);
    const struct ledger_block *const after = ledger_after(d->address, heap);
    unsigned count = 0;

    if (before != NULL && d->address - (before->address + before->usable) < FAR)
        note_block(&report->blocks[count++], before, "the block before it");
    if (after != NULL && after->address - d->address < FAR)
        note_block(&report->blocks[count], after, "the block after it");
}

/* The block whose end an access ran over: the byte is in its slack, or behind it. */
static const struct ledger_block *overrun(taddr_t address, uint32_t heap)
{
    const struct ledger_block *const around = ledger_find(address);

    return around != NULL && around->heap == heap && ledger_is_live(around)
               ? around
               : ledger_before(address, heap);
}

static void note_blocks(const struct diagnosis *d, struct report *report)
{
    const uint32_t heap = d->heap != NULL ? d->heap->number : 0;

    if (!ledger_on)
        return;
    switch (d->kind) {
    case DIAGNOSIS_OVERFLOW:
        note_block(&report->blocks[0], overrun(d->address, heap), "the block");
        if (report->blocks[0].role[0] == '\0')
            note_block(&report->blocks[0], ledger_find(d->address), "the block");
        break;
    case DIAGNOSIS_UNDERFLOW:
        note_block(&report->blocks[0], ledger_after(d->address, heap), "the block");
        break;
    case DIAGNOSIS_HEAP_CORRUPT:
    case DIAGNOSIS_WILD_ACCESS:
        if (heap != 0)
            note_neighbours(d, report);
        break;
    case DIAGNOSIS_NULL_ACCESS:
        note_failure(report);
        break;
    default:
        if (d->address != 0)
            note_block(&report->blocks[0], subject(d->address, heap), "the block");
        break;
    }
}

/* Between which operations the heap broke, and who was at work then. */
static void note_window(const struct diagnosis *d, struct report *report)
{
    const struct heap_window *const window =
        d->kind == DIAGNOSIS_HEAP_CORRUPT || d->late ? heap_check_window(d->heap) : NULL;
    size_t used = 0;

    if (window == NULL || d->kind == DIAGNOSIS_USE_AFTER_FREE)
        return;
    report->window = *window;
    ledger_describe_who(window->whole.who, report->whole_by, sizeof report->whole_by);
    for (uint32_t i = 0; i < window->user_count && used < sizeof report->window_users - 80; i++) {
        char who[64];

        ledger_describe_who(window->users[i], who, sizeof who);
        used += (size_t)snprintf(report->window_users + used, sizeof report->window_users - used,
                                 "%s%s", i > 0 ? ", " : "", who);
    }
    if (window->more)
        snprintf(report->window_users + used, sizeof report->window_users - used, " and others");
}

/* --- where --- */

/* The task whose host stack holds an address, or NULL. */
static const struct task *stack_owner(uintptr_t address)
{
    for (struct list *node = kernel.tasks.next; node != NULL && node != &kernel.tasks;
         node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);
        const struct carrier *const carrier = task->carrier;

        if (carrier != NULL && address - (uintptr_t)carrier->stack < carrier->stack_size)
            return task;
    }
    return NULL;
}

static void note_where(const struct diagnosis *d, struct report *report)
{
    const struct task *const owner = d->address != 0 ? stack_owner(d->address) : NULL;

    if (owner != NULL)
        snprintf(report->where, sizeof report->where, "on the stack of task '%s'", owner->name);
}

/* A leak is whose it was, and where it was allocated. */
static void note_leak(const struct diagnosis *d, struct report *report)
{
    const struct ledger_block *const block = ledger_block_at(d->address);

    if (d->kind != DIAGNOSIS_LEAK || block == NULL)
        return;
    COPY(report->task, ledger_task_name(block->taken.who));
    report->line = ledger_line(block->taken.who);
    while (report->frame_count < LEDGER_FRAMES && block->taken.frames[report->frame_count] != 0) {
        report->frames[report->frame_count] =
            (const void *)(uintptr_t)block->taken.frames[report->frame_count];
        report->frame_count++;
    }
}

void report_capture(const struct diagnosis *d, struct report *report)
{
    const uint32_t who = ledger_who();
    const struct task *const task = d->task != NULL ? d->task : kernel_core()->current;

    memset(report, 0, sizeof *report);
    report->kind = d->kind;
    report->time = engine_now();
    report->core = port_core();
    report->line = d->task == NULL ? ledger_line(who) : -1;
    COPY(report->task, task != NULL ? task->name : NULL);
    COPY(report->call, d->call);
    COPY(report->text, d->text);
    COPY(report->rule, d->rule);
    COPY(report->advice, d->instead != NULL ? d->instead : report_kinds[d->kind].advice);
    COPY(report->story, d->story);
    report->address = d->address;
    report->size = d->size;
    report->late = d->late;
    report->site = d->site;
    if (d->heap != NULL && d->heap->ops != NULL) {
        COPY(report->heap, d->heap->name);
        COPY(report->title, d->heap->ops->title);
    }
    note_leak(d, report);
    note_where(d, report);
    note_frames(d, report);
    note_blocks(d, report);
    note_window(d, report);
}

void report_tell(struct report *report)
{
    report_settle(report);
    if (!report->is_silent)
        report_print(report);
    if (!report->still_held)
        json_report(report);
}
