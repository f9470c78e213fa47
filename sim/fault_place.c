#define _GNU_SOURCE /* the names of registers */
#include "fault_place.h"

#include <stdio.h>
#include <sys/resource.h>

#include "../kernel/kernel.h"
#include "arena.h"
#include "carrier_pool.h"
#include "engine.h"
#include "guard.h"

enum {
    GUARD = 4096,
    LOWEST = 0x10000,     /* below, nothing is ever mapped: a null pointer with an offset */
    NEAR_STACK = 64 << 10 /* an access so far from the stack pointer is the frame's own */
};

#define NEAR_REGION ((uintptr_t)1 << 20)
#define WINDOW_SPAN ((uintptr_t)1 << 29) /* the host window is not larger */

extern const char __executable_start[], etext[], __data_start[], _end[]; /* by the linker */
extern void *__libc_stack_end; /* where the first thread's stack begins */

static const char *const access_names[FAULT_ACCESSES] = {
    [FAULT_READ] = "a read", [FAULT_WRITE] = "a write", [FAULT_JUMP] = "a call"};

static uintptr_t distance(uintptr_t a, uintptr_t b)
{
    return a > b ? a - b : b - a;
}

/* --- stacks --- */

/* The stack pointer itself has left the carrier's stack, or the fault came where it is about to. */
static bool carrier_ran_off(const struct carrier *carrier, const struct fault *fault)
{
    const uintptr_t lowest = (uintptr_t)carrier->stack;

    if (fault->sp < lowest)
        return lowest - fault->sp < WINDOW_SPAN;
    return fault->has_address && fault->address < lowest &&
           fault->sp - fault->address < NEAR_STACK && fault->sp - lowest < carrier->stack_size;
}

/* The first thread's grows by itself, up to a limit. */
static bool first_ran_off(const struct fault *fault)
{
    const uintptr_t top = (uintptr_t)__libc_stack_end;
    struct rlimit limit;

    if (!fault->has_address || distance(fault->address, fault->sp) > NEAR_STACK ||
        fault->address > top || getrlimit(RLIMIT_STACK, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY)
        return false;
    return top - fault->address + 4 * NEAR_STACK >= limit.rlim_cur;
}

static void tell_stack(struct fault_texts *texts)
{
    const struct core *const core = kernel_core();
    const struct task *const task = core->current;
    char board[80] = "how many it has on the board is not known";

    if (carrier_self == NULL || task == NULL) {
        snprintf(texts->call, sizeof texts->call, "the program before the scheduler starts");
        snprintf(texts->text, sizeof texts->text, "the host's stack is used up");
        return;
    }
    if (task->stack_size != 0)
        snprintf(board, sizeof board, "%u were declared for it", task->stack_size);
    snprintf(texts->call, sizeof texts->call, "task '%s'", task->name);
    snprintf(texts->text, sizeof texts->text, "%sits host stack of %zu bytes is used up; %s",
             core->interrupts > 0 ? "in an interrupt that came in over it " : "",
             carrier_self->stack_size, board);
}

/* --- other memory --- */

/* The task below whose stack an address lies, in the guard; or NULL. */
static const struct task *guarded_task(uintptr_t address)
{
    for (struct list *node = kernel.tasks.next; node != NULL && node != &kernel.tasks;
         node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);
        const struct carrier *const carrier = task->carrier;

        if (carrier != NULL && (uintptr_t)carrier->stack - address - 1 < GUARD)
            return task;
    }
    return NULL;
}

static const struct arena_region *nearest_region(uintptr_t address, uintptr_t *away)
{
    const struct arena_region *nearest = NULL;

    for (unsigned i = 0; i < arena_region_count(); i++) {
        const struct arena_region *const region = arena_region(i);
        const uintptr_t end = (uintptr_t)region->base + region->size;
        const uintptr_t this = address < region->base ? region->base - address
                               : address >= end       ? address - end + 1
                                                      : 0;

        if (nearest == NULL || this < *away) {
            nearest = region;
            *away = this;
        }
    }
    return nearest;
}

static void tell_region(const struct fault *fault, const struct arena_region *region,
                        uintptr_t away, char *text, size_t size)
{
    if (away == 0)
        snprintf(text, size, "code can't run in RAM region '%s'", region->name);
    else if (fault->address < region->base)
        snprintf(text, size, "it lies %lu bytes before RAM region '%s', which begins at 0x%x",
                 (unsigned long)away, region->name, region->base);
    else
        snprintf(text, size,
                 "it lies %lu bytes behind the end of RAM region '%s' (%u bytes at 0x%x)",
                 (unsigned long)away - 1, region->name, region->size, region->base);
}

static void tell_memory(const struct fault *fault, char *text, size_t size)
{
    const uintptr_t at = fault->address;
    const struct task *const task = guarded_task(at);
    uintptr_t away = 0;
    const struct arena_region *const region = nearest_region(at, &away);

    if (task != NULL)
        snprintf(text, size, "it lies just below the stack of task '%s'", task->name);
    else if (at >= (uintptr_t)__executable_start && at < (uintptr_t)etext)
        snprintf(text, size, "the program's code lies there, which can't be written");
    else if (at >= (uintptr_t)etext && at < (uintptr_t)__data_start)
        snprintf(text, size, "the program's constants lie there, which can't be %s",
                 fault->access == FAULT_JUMP ? "run" : "written");
    else if (at >= (uintptr_t)__data_start && at < (uintptr_t)_end)
        snprintf(text, size, "the program's data lies there, which can't be run");
    else if (region != NULL && away < NEAR_REGION)
        tell_region(fault, region, away, text, size);
    else if (sizeof at > 4 && at > UINT32_MAX)
        snprintf(text, size, "there is no memory at 0x%llx, which is no 32-bit address either",
                 (unsigned long long)at);
    else
        snprintf(text, size, "there is no memory: no RAM region of the board, no static data");
}

static const char no_address[] =
    "the pointer is no address at all (what was never set, or was freed and overwritten, looks "
    "so), or not aligned as its type needs";

void fault_judge(const struct fault *fault, struct diagnosis *diagnosis, struct fault_texts *texts)
{
    snprintf(texts->call, sizeof texts->call, "%s", access_names[fault->access]);
    if (fault->has_address && fault->address <= UINT32_MAX)
        diagnosis->address = (taddr_t)fault->address;
    diagnosis->kind = DIAGNOSIS_WILD_ACCESS;
    if (carrier_self != NULL ? carrier_ran_off(carrier_self, fault) : first_ran_off(fault)) {
        diagnosis->kind = DIAGNOSIS_STACK_OVERFLOW;
        tell_stack(texts);
    } else if (!fault->has_address) {
        snprintf(texts->call, sizeof texts->call, "an access");
        snprintf(texts->text, sizeof texts->text, "%s", no_address);
    } else if (fault->address < LOWEST) {
        diagnosis->kind = DIAGNOSIS_NULL_ACCESS;
        snprintf(texts->text, sizeof texts->text, "there is no %s at address 0x%x",
                 fault->access == FAULT_JUMP ? "function" : "memory", (unsigned)fault->address);
    } else if (guard_judge(diagnosis->address, &diagnosis->kind, &diagnosis->heap)) {
        snprintf(texts->text, sizeof texts->text, "%s",
                 diagnosis->kind == DIAGNOSIS_USE_AFTER_FREE
                     ? "--guard has taken the freed block's pages away"
                     : "it lies beside a block that --guard guards");
    } else {
        tell_memory(fault, texts->text, sizeof texts->text);
    }
    diagnosis->call = texts->call;
    diagnosis->text = texts->text;
}
