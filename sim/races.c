/*
 * What orders what: hears of all that happens in the kernel, and keeps the contexts.
 *
 * - A task is ordered behind what made it: its creator, who started, resumed or woke it; and behind
 *   the syncs that it takes. Time orders nothing: neither a tick nor a timeout that is over.
 * - An ISR is ordered behind nothing of the task that it interrupts. It is behind the sections in
 *   which its line could not come in, behind ISRs of its own priority on that core, and behind what
 *   set its line up or raised it. For who raised it and is interrupted by it, it is a call.
 * - A heap's own lock orders nothing: the application can't count on it. A block that changes hands
 *   is forgotten instead.
 */
#include "races.h"

#include <stdio.h>
#include <string.h>

#include "../kernel/assert.h"
#include "../kernel/heap/allocators.h"
#include "../kernel/kernel.h"
#include "engine.h"
#include "events.h"
#include "race_shadow.h"
#include "race_stack.h"

enum { ISR_NESTING_MAX = 256, TASK_HASHES = 1 << 12, CLOSED_KEPT = 64 };

/* Interrupt priorities, or levels from which on they are masked, as bits. */
struct level_set {
    uint32_t words; /* which of the others are not 0 */
    uint32_t bits[(IRQ_PRIORITY_LOWEST + 1) / 32];
};

struct core_contexts {
    struct race_context *now; /* the running one; NULL: not known yet */
    struct race_context *task;
    unsigned nesting;
    struct race_context *isrs[ISR_NESTING_MAX];
    struct level_set levels;     /* of sections that ended */
    struct level_set priorities; /* of ISRs that ended */
};

struct races {
    uint32_t used; /* of contexts */
    uint32_t serial;
    uint32_t closed_first, closed_count;
    uint32_t closed[RACE_CONTEXTS]; /* whose tasks have ended, oldest first, round and round */
    uint32_t tasks[TASK_HASHES];    /* by id: the newest context, or 0 */
    uint32_t isrs[CORES_MAX][IRQ_ALL_LINES];
    uint32_t raisers[IRQ_ALL_LINES]; /* who raised it last and has not been interrupted yet, + 1 */
    struct core_contexts cores[CORES_MAX];
    struct race_context contexts[RACE_CONTEXTS];
};

bool races_on;
bool port_orders_watched;

static struct races *races;

uint32_t race_contexts_used(void)
{
    return races->used;
}

const struct race_context *race_context(uint32_t index)
{
    return &races->contexts[index];
}

/* --- contexts --- */

static uint32_t index_of(const struct race_context *context)
{
    return (uint32_t)(context - races->contexts);
}

/* Of an index that was never used, or of a task that ended long ago. 0: there is none. */
static uint32_t free_index(void)
{
    if (races->closed_count > CLOSED_KEPT || races->used == RACE_CONTEXTS) {
        if (races->closed_count == 0)
            return 0;
        const uint32_t index = races->closed[races->closed_first];
        races->closed_first = (races->closed_first + 1) % RACE_CONTEXTS;
        races->closed_count--;
        return index;
    }
    return races->used++;
}

/* Its clock goes on from that of the index's last owner, of whom accesses may still be noted. */
static struct race_context *new_context(uint32_t index, uint32_t id, const char *name)
{
    struct race_context *const context = &races->contexts[index];
    const uint32_t clock = (uint32_t)(context->epoch >> 32) + 1;

    memset(context, 0, sizeof *context);
    context->epoch = (uint64_t)clock << 32 | (uint64_t)index << 16;
    context->born = clock;
    context->serial = ++races->serial;
    context->version = 1;
    context->id = id;
    context->call = RACE_STACK_ROOT;
    context->seen.at[index] = clock;
    context->seen.at[RACE_BOOT] = UINT32_MAX;
    snprintf(context->name, sizeof context->name, "%s", name != NULL ? name : "");
    return context;
}

static uint32_t *task_hash(uint32_t id)
{
    return &races->tasks[id % TASK_HASHES];
}

static void forget_task(struct race_context *context)
{
    uint32_t *place = task_hash(context->id);

    while (*place != 0 && *place != index_of(context))
        place = &races->contexts[*place].next_same;
    if (*place != 0)
        *place = context->next_same;
}

static struct race_context *find_task(uint32_t id)
{
    for (uint32_t i = *task_hash(id); i != 0; i = races->contexts[i].next_same)
        if (races->contexts[i].id == id)
            return &races->contexts[i];
    return NULL;
}

static struct race_context *task_context(uint32_t id, const char *name)
{
    struct race_context *const found = find_task(id);
    const uint32_t index = found == NULL ? free_index() : 0;

    if (found != NULL)
        return found;
    if (index == 0)
        return &races->contexts[RACE_CROWD];
    if (races->contexts[index].is_closed)
        forget_task(&races->contexts[index]);
    struct race_context *const context = new_context(index, id, name);
    context->next_same = *task_hash(id);
    *task_hash(id) = index;
    return context;
}

static struct race_context *isr_context(unsigned core, unsigned line)
{
    uint32_t *const index = &races->isrs[core][line];

    if (*index == 0) {
        *index = free_index();
        if (*index == 0)
            return &races->contexts[RACE_CROWD];
        struct race_context *const fresh = new_context(*index, line, kernel.irq.lines[line].name);
        fresh->is_isr = true;
        fresh->core = (uint8_t)core;
    }
    return &races->contexts[*index];
}

static inline struct core_contexts *here(void)
{
    return &races->cores[engine_only_seat.core];
}

static __attribute__((noinline)) struct race_context *find_self(void)
{
    struct core_contexts *const c = here();
    const struct task *const current = kernel_core()->current;

    c->task = kernel.running && current != NULL ? task_context(current->id, current->name)
                                                : &races->contexts[RACE_BOOT];
    c->now = c->task;
    return c->now;
}

static inline struct race_context *self(void)
{
    struct race_context *const now = here()->now;

    return now != NULL ? now : find_self();
}

struct race_context *race_self(void)
{
    return self();
}

/* --- syncs --- */

/* A volatile read turned out not to be half of a read-modify-write. */
static void settle_pending(struct race_context *context)
{
    if (context->pending == 0)
        return;
    race_acquire(context, SYNC_WORD, 0, context->pending);
    context->pending = 0;
}

static void release(enum race_sync kind, unsigned core, uint32_t value)
{
    settle_pending(self());
    race_release(self(), kind, core, value);
}

static void acquire(enum race_sync kind, unsigned core, uint32_t value)
{
    race_acquire(self(), kind, core, value);
}

static void add_level(struct level_set *set, uint32_t level)
{
    set->words |= 1u << level / 32;
    set->bits[level / 32] |= 1u << level % 32;
}

/* Acquires a core's syncs of that kind, of those levels of the set that lie in [from, to]. */
static void acquire_levels(struct race_context *context, enum race_sync kind,
                           const struct level_set *set, uint32_t from, uint32_t to)
{
    for (uint32_t words = set->words; words != 0; words &= words - 1) {
        const uint32_t word = (uint32_t)__builtin_ctz(words);

        for (uint32_t bits = set->bits[word]; bits != 0; bits &= bits - 1) {
            const uint32_t level = word * 32 + (uint32_t)__builtin_ctz(bits);

            if (level >= from && level <= to)
                race_acquire(context, kind, port_core(), level);
        }
    }
}

/* --- sections --- */

/*
 * What keeps others off this core keeps them from a task only if that is bound to it: it might be
 * anywhere the next time.
 */
static bool stays_here(const struct race_context *context)
{
    const uint64_t cores =
        kernel.core_count == 1 || context->is_isr ? 0 : task_affinity(kernel_core()->current);

    return (cores & (cores - 1)) == 0;
}

/* ISRs that it keeps out; another section on this core is kept out by SYNC_NO_SWITCH. */
static void begin_level(struct race_context *context, uint32_t level)
{
    acquire_levels(context, SYNC_PRIORITY, &here()->priorities, level, IRQ_PRIORITY_LOWEST);
}

static void end_level(struct race_context *context, uint32_t level)
{
    add_level(&here()->levels, level);
    race_release(context, SYNC_LEVEL, port_core(), level);
}

static bool excludes_cores(enum port_order section)
{
    return kernel.core_count > 1 && (section == ORDER_MASKED || section == ORDER_SUSPENDED);
}

static void begin_section(struct race_context *context, enum port_order section)
{
    const bool stays = context->stays = stays_here(context);

    context->sections |= (uint16_t)(1 << section);
    context->level = section == ORDER_LEVEL ? kernel_core()->mask_level : context->level;
    if (stays && section == ORDER_MASKED)
        begin_level(context, kernel.irq.ceiling);
    if (stays && section == ORDER_LEVEL)
        begin_level(context, context->level);
    if (stays && !context->is_isr)
        race_acquire(context, SYNC_NO_SWITCH, port_core(), 0);
    if (excludes_cores(section))
        race_acquire(context, SYNC_CORES, 0, section);
}

static void end_section(struct race_context *context, enum port_order section)
{
    const bool stays = context->stays;

    context->sections &= (uint16_t) ~(1 << section);
    settle_pending(context);
    if (stays && section == ORDER_MASKED)
        end_level(context, kernel.irq.ceiling);
    if (stays && section == ORDER_LEVEL)
        end_level(context, context->level);
    if (stays && !context->is_isr)
        race_release(context, SYNC_NO_SWITCH, port_core(), 0);
    if (excludes_cores(section))
        race_release(context, SYNC_CORES, 0, section);
}

/* Only the outermost of nested scheduler locks counts; so does the first of repeated masks. */
static void change_section(struct race_context *context, enum port_order section, bool begins)
{
    const bool nests = section == ORDER_SCHEDULER || section == ORDER_SUSPENDED;
    const bool is_open = (context->sections & 1 << section) != 0;

    if (nests && begins && context->scheduler_nest++ > 0)
        return;
    if (nests && !begins && (context->scheduler_nest == 0 || --context->scheduler_nest > 0))
        return;
    if (begins && !is_open)
        begin_section(context, section);
    else if (!begins && is_open)
        end_section(context, section);
}

void port_order_watched(enum port_order order, bool begins, uint32_t value)
{
    switch (order) {
    case ORDER_RAISE:
        races->raisers[value] = index_of(self()) + 1;
        release(SYNC_LINE, 0, value);
        break;
    case ORDER_LINE:
        release(SYNC_LINE, 0, value);
        break;
    case ORDER_LINE_OFF:
        if (kernel.core_count == 1) /* else it may be running on another core */
            acquire(SYNC_LINE_END, 0, value);
        break;
    case ORDER_LOOK:
        acquire(SYNC_OBJECT, 0, value);
        break;
    case ORDER_FULL:
        acquire(SYNC_ROOM, 0, value);
        break;
    default:
        change_section(self(), order, begins);
        break;
    }
}

/* --- interrupts --- */

/* The interrupted one raised the line, or called the ISR that did. */
static bool is_called_by(unsigned line, const struct race_context *interrupted)
{
    const uint32_t raiser = races->raisers[line];

    return raiser != 0 && (raiser == index_of(interrupted) + 1 ||
                           races->contexts[raiser - 1].caller == interrupted);
}

void races_isr_enter(unsigned line, const void *stack)
{
    struct core_contexts *const c = here();
    struct race_context *const isr = isr_context(port_core(), line);
    const uint32_t priority = kernel_core()->isr_priority;

    struct race_context *const interrupted = self();

    settle_pending(interrupted);
    KERNEL_ASSERT(c->nesting < ISR_NESTING_MAX);
    isr->caller = is_called_by(line, interrupted) ? interrupted : NULL;
    races->raisers[line] = 0;
    c->isrs[c->nesting++] = isr;
    c->now = isr;
    isr->call = RACE_STACK_ROOT;
    isr->calls_above = 0;
    isr->sections = 0;
    isr->own_stack = (uintptr_t)stack;
    acquire_levels(isr, SYNC_LEVEL, &c->levels, 0, priority);
    race_acquire(isr, SYNC_PRIORITY, port_core(), priority);
    race_acquire(isr, SYNC_LINE, 0, line);
}

void races_isr_exit(void)
{
    struct core_contexts *const c = here();
    struct race_context *const isr = c->now;
    const uint32_t priority = kernel_core()->isr_priority;

    if (c->nesting == 0)
        return; /* it began before the detector */
    for (enum port_order section = 0; section < ORDER_SECTIONS; section++)
        if ((isr->sections & 1 << section) != 0)
            end_section(isr, section);
    settle_pending(isr);
    add_level(&c->priorities, priority);
    race_release(isr, SYNC_PRIORITY, port_core(), priority);
    race_release(isr, SYNC_LINE_END, 0, isr->id);
    if (isr->caller != NULL)
        race_order(isr, isr->caller);
    c->nesting--;
    c->now = c->nesting > 0 ? c->isrs[c->nesting - 1] : c->task;
}

/* --- tasks --- */

/* Who runs orders `task` behind itself. */
static void order_behind_self(struct race_context *task)
{
    settle_pending(self());
    race_order(self(), task);
}

static void on_switch(uint32_t id, const char *name)
{
    struct core_contexts *const c = here();
    struct race_context *const from = self();
    struct race_context *const to = task_context(id, name);
    const uint16_t left_open = from->sections;

    for (enum port_order section = 0; section < ORDER_SECTIONS; section++)
        if ((left_open & 1 << section) != 0)
            end_section(from, section);
    from->sections = left_open; /* goes on when it comes back */
    c->task = c->now = to;
    for (enum port_order section = 0; section < ORDER_SECTIONS; section++)
        if ((to->sections & 1 << section) != 0)
            begin_section(to, section);
    if (kernel_core()->current->system) /* the one that cleans up may be among them */
        race_acquire(to, SYNC_TASKS_CLOSED, 0, 0);
}

static void on_close(struct race_context *task)
{
    if (task == &races->contexts[RACE_CROWD])
        return;
    task->sections = 0;
    settle_pending(task);
    race_release(task, SYNC_TASKS_CLOSED, 0, 0);
    race_order(task, self()); /* who ends another knows that it does nothing any more */
    task->is_closed = true;
    races->closed[(races->closed_first + races->closed_count++) % RACE_CONTEXTS] = index_of(task);
}

static void on_wake(struct race_context *task, enum wake_reason reason)
{
    task->is_woken = true;
    if (reason != WAKE_TIMEOUT && !task->waits_for_heap)
        order_behind_self(task);
}

static void on_ready(struct race_context *task)
{
    if (!task->is_woken)
        order_behind_self(task); /* started, or resumed */
    task->is_woken = false;
}

static void on_suspend(struct race_context *task)
{
    task->is_woken = false;
    if (task != self() && kernel.core_count == 1) /* on another core it may go on for a while */
        race_order(task, self());
}

static void on_task_event(enum kernel_event event, uint32_t id, uint32_t a, const char *name)
{
    struct race_context *const task = task_context(id, name);

    switch (event) {
    case EVENT_TASK_CREATE:
        order_behind_self(task);
        break;
    case EVENT_TASK_CLOSE:
        on_close(task);
        break;
    case EVENT_READY:
        on_ready(task);
        break;
    case EVENT_SUSPEND:
        on_suspend(task);
        break;
    case EVENT_WAKE:
        on_wake(task, (enum wake_reason)a);
        break;
    default:
        break;
    }
}

/* --- objects --- */

static bool is_heap_lock(uint32_t id)
{
    const struct task *const task = task_self();

    return id == kernel.heap_mutex.queue.id ||
           (!irq_in_isr() && task != NULL && task_counted(&task->heap_locks) > 0);
}

enum what_it_does { NOTHING, RELEASES, ACQUIRES };

/* What an event of an object does, if the call succeeded. */
static enum what_it_does what_it_does(enum kernel_event event, uint32_t a, uint32_t b)
{
    switch (event) {
    case EVENT_SEM_GIVE:
    case EVENT_NOTIFY:
        return a != 0 ? RELEASES : NOTHING;
    case EVENT_MUTEX_RELEASE:
        return a != 0 && b == 0 ? RELEASES : NOTHING;
    case EVENT_QUEUE_SEND:
        return a == TAKEN ? RELEASES : NOTHING;
    case EVENT_STREAM_SEND:
        return a > 0 ? RELEASES : NOTHING;
    case EVENT_FLAGS_SET:
    case EVENT_TIMER_START:
        return RELEASES;
    case EVENT_SEM_TAKE:
    case EVENT_MUTEX_TAKE:
    case EVENT_FLAGS_TAKE:
    case EVENT_QUEUE_RECEIVE:
    case EVENT_NOTIFY_TAKE:
        return a == TAKEN ? ACQUIRES : NOTHING;
    case EVENT_STREAM_RECEIVE:
        return a > 0 ? ACQUIRES : NOTHING;
    case EVENT_TIMER_EXPIRE:
    case EVENT_TIMER_STOP:
        return ACQUIRES;
    default:
        return NOTHING;
    }
}

static void on_object_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b)
{
    const enum what_it_does does = what_it_does(event, a, b);

    if (does == NOTHING || is_heap_lock(id))
        return;
    if (does == RELEASES)
        release(SYNC_OBJECT, 0, id);
    else
        acquire(SYNC_OBJECT, 0, id);
    if (event == EVENT_QUEUE_RECEIVE)
        release(SYNC_ROOM, 0, id);
}

static void on_kernel_event(enum kernel_event event, uint32_t id, uint32_t a, uint32_t b,
                            const char *name)
{
    switch (event) {
    case EVENT_SWITCH:
        on_switch(id, name);
        break;
    case EVENT_BLOCK:
        self()->waits_for_heap = is_heap_lock(id);
        break;
    case EVENT_TASK_CREATE:
    case EVENT_TASK_CLOSE:
    case EVENT_READY:
    case EVENT_SUSPEND:
    case EVENT_WAKE:
        on_task_event(event, id, a, name);
        break;
    default:
        on_object_event(event, id, a, b);
        break;
    }
}

/* A block that comes or goes: whoever has it next has nothing to do with who had it before. */
static void on_heap_event(const struct heap_event *event)
{
    tsize_t size = event->size;

    if (!heap_event_of_block(event->kind) || event->address == 0)
        return;
    if (size == 0 && event->kind == HEAP_EVENT_ALLOC && event->heap->ops == &heap_rt_mempool)
        size = event->heap->ops->usable_size((struct heap *)(uintptr_t)event->heap, event->address);
    race_shadow_forget(event->address, size);
}

static const struct event_sink sink = {.heap = on_heap_event, .kernel = on_kernel_event};

/* --- accesses --- */

void races_access(const volatile void *address, size_t size, unsigned kind, const void *site)
{
    const uintptr_t at = (uintptr_t)address;
    struct race_context *const context = self();
    const bool rewrites = context->pending == at && kind == ACCESS_VOLATILE && at != 0;

    if (context->pending != 0 && !rewrites)
        settle_pending(context);
    if (at > UINT32_MAX - size || context == &races->contexts[RACE_CROWD])
        return;
    if (at < context->own_stack && at >= (uintptr_t)__builtin_frame_address(0))
        return; /* it is gone when the ISR ends */
    race_shadow_access(context, (uint32_t)at, (uint32_t)size, kind, site);
    if ((kind & ACCESS_VOLATILE) == 0 || kernel.core_count > 1)
        return;
    if ((kind & ACCESS_READ) != 0) {
        context->pending = (uint32_t)at;
        return;
    }
    settle_pending(context);
    race_release(context, SYNC_WORD, 0, (uint32_t)at);
}

void races_atomic(const volatile void *address, size_t size, bool reads, bool writes,
                  const void *site)
{
    struct race_context *const context = self();

    races_access(address, size, ACCESS_ATOMIC | (writes ? ACCESS_WRITE : ACCESS_READ), site);
    if (reads)
        race_acquire(context, SYNC_WORD, 0, (uint32_t)(uintptr_t)address);
    if (writes)
        race_release(context, SYNC_WORD, 0, (uint32_t)(uintptr_t)address);
}

void races_edge(void)
{
    settle_pending(self());
}

void races_call(const void *caller)
{
    struct race_context *const context = self();
    const uint32_t below = context->calls_above == 0
                               ? race_stack_call(context->call, (uint32_t)(uintptr_t)caller)
                               : RACE_STACK_ROOT;

    if (below != RACE_STACK_ROOT)
        context->call = below;
    else
        context->calls_above++;
}

void races_return(void)
{
    struct race_context *const context = self();

    if (context->calls_above > 0)
        context->calls_above--;
    else
        context->call = race_stack_parent(context->call);
}

void races_forget(const void *begin, size_t size)
{
    race_shadow_forget((uint32_t)(uintptr_t)begin, (uint32_t)size);
}

/* --- beginning --- */

static void begin(void)
{
    races->used = 0;
    new_context(races->used++, 0, "");
    new_context(races->used++, 0, "");
}

bool races_start(void)
{
    races = sparse_memory(sizeof *races);
    races_on = races != NULL && race_syncs_start() && race_stack_start() && race_shadow_start() &&
               race_reports_start();
    port_orders_watched = races_on;
    if (races_on) {
        begin();
        events_add_sink(&sink);
    }
    return races_on;
}

void races_finish(void)
{
    static bool is_told;

    if (!races_on || is_told || race_shadow_is_used())
        return;
    is_told = true;
    fprintf(stderr,
            "heapsim: --races saw no memory access: only programs built with PREEMPT memory "
            "(heapsim_add_scenario) show theirs\n");
}

void races_reset(void)
{
    if (!races_on)
        return;
    race_syncs_reset();
    race_stack_reset();
    race_shadow_reset();
    race_reports_reset();
    memset(races, 0, offsetof(struct races, contexts) + races->used * sizeof races->contexts[0]);
    begin();
}
