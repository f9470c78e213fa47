#include "stack_use.h"

#include <stdio.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "frames.h"
#include "ledger.h"
#include "sanitizers.h"

enum {
    /* What is not optimised, or has room left around each local, takes about twice as much. */
    BLOAT =
#ifdef __OPTIMIZE__
        WITH_ASAN ? 2 : 1,
#else
        2,
#endif
    SPARE = 256 /* a 64-bit host's return addresses, saved registers and alignment */
};

static bool is_over;

/* A heap's or pool's object takes some 100 bytes on the board, and its record thousands here. */
static void on_opened(const struct heap *heap, taddr_t begin, tsize_t size)
{
    struct carrier *const carrier = carrier_self;

    (void)begin;
    (void)size;
    if (carrier != NULL && (uintptr_t)heap - (uintptr_t)carrier->stack < carrier->stack_size)
        carrier->use.objects += sizeof *heap;
}

static const struct ledger_watcher watcher = {.opened = on_opened};

void stack_use_start(void)
{
    ledger_watch(&watcher);
}

uint32_t stack_use_limit(uint32_t declared)
{
    uint64_t limit = declared;

    if (sizeof(void *) > 4)
        limit += declared / 4 + SPARE;
    limit *= BLOAT;
    return limit < UINT32_MAX ? (uint32_t)limit : UINT32_MAX;
}

static void look_no_more(struct stack_use *use)
{
    use->lowest = 0;
    use->span = UINTPTR_MAX;
    use->is_beyond = false;
    use->objects = 0;
}

__attribute__((noinline)) void stack_use_begin(const struct task *task)
{
    struct carrier *const carrier = carrier_self;
    struct stack_use *const use = &carrier->use;
    const uint32_t limit = stack_use_limit(task->stack_size);

    look_no_more(use);
    if (task->stack_size == 0 || limit >= carrier->stack_size)
        return; /* the guard page tells */
    use->entry = (uintptr_t)__builtin_frame_address(0);
    use->lowest = use->entry - limit;
    use->span = UINTPTR_MAX - use->lowest;
}

static void tell(const struct task *task)
{
    struct stack_use *const use = &((struct carrier *)task->carrier)->use;
    const uint32_t limit = stack_use_limit(task->stack_size);
    const size_t depth = use->entry - use->lowest;
    const size_t took = depth > use->objects ? depth - use->objects : 0;
    const void *way[STACK_USE_FRAMES + 1] = {NULL};
    char call[48];
    char text[256];
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_STACK_ESTIMATE,
                                        .task = task,
                                        .call = call,
                                        .site = (const void *)(uintptr_t)use->frames[0],
                                        .way = way,
                                        .text = text};

    if (took <= limit) {
        look_no_more(use);
        return;
    }
    for (unsigned i = 0; i < STACK_USE_FRAMES; i++)
        way[i] = (const void *)(uintptr_t)use->frames[i];
    snprintf(call, sizeof call, "task '%s'", task->name);
    const int used = snprintf(text, sizeof text,
                              "it used about %zu bytes of stack here, and %u were declared; an "
                              "estimate by the host's frames",
                              took, task->stack_size);
    if (limit != task->stack_size && used > 0)
        snprintf(text + used, sizeof text - (size_t)used,
                 ", told beyond %u since they are larger than the board's", limit);
    look_no_more(use);
    port_diagnosis(&diagnosis);
}

/* Deeper than ever, beyond the limit; or back within it. */
void stack_use_changes(const void *frame, const void *site)
{
    const struct task *const task = kernel_core()->current;
    struct stack_use *const use = &carrier_self->use;

    if (irq_in_isr() || task == NULL || task->carrier != carrier_self)
        return;
    if ((uintptr_t)frame >= use->lowest) {
        tell(task);
        return;
    }
    use->lowest = (uintptr_t)frame;
    use->span = use->entry - stack_use_limit(task->stack_size) - use->lowest;
    use->is_beyond = true;
    frames_walk(frame, site, use->frames, STACK_USE_FRAMES);
}

void stack_use_end(void)
{
    if (carrier_self->use.is_beyond)
        tell(kernel_core()->current);
    look_no_more(&carrier_self->use);
}

void stack_use_forget(void)
{
    is_over = true;
}

void stack_use_finish(void)
{
    for (struct list *node = kernel.tasks.next; node != NULL && node != &kernel.tasks && !is_over;
         node = node->next) {
        const struct task *const task = list_entry(node, struct task, all_link);
        const struct carrier *const carrier = task->carrier;

        if (carrier != NULL && carrier->use.is_beyond)
            tell(task);
    }
}
