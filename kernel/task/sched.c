#include "sched.h"

#include "../assert.h"
#include "../kernel.h"

/* --- sets of cores --- */

static void affinity_init(struct affinity *affinity, uint64_t cores)
{
    affinity->cores[0] = (uint32_t)cores;
    affinity->cores[1] = (uint32_t)(cores >> 32);
    for (unsigned i = 0; i < TASK_PRIORITIES; i++)
        list_init(&affinity->ready.lists[i]);
}

static struct affinity *new_affinity(uint64_t cores)
{
    struct affinity *const affinity = port_object_alloc(sizeof *affinity);

    if (affinity != NULL)
        affinity_init(affinity, cores);
    return affinity;
}

struct affinity *affinity_of(uint64_t cores)
{
    const uint64_t all = UINT64_MAX >> (CORES_MAX - kernel.core_count);
    const uint64_t wanted = cores & all;

    if (wanted == 0 || wanted == all)
        return &kernel.any_core;
    if ((wanted & (wanted - 1)) == 0)
        return kernel.cores[__builtin_ctzll(wanted)].own;
    for (struct affinity *some = kernel.some_cores; some != NULL; some = some->next)
        if (some->cores[0] == (uint32_t)wanted && some->cores[1] == (uint32_t)(wanted >> 32))
            return some;
    struct affinity *const fresh = new_affinity(wanted);
    if (fresh != NULL) {
        fresh->next = kernel.some_cores;
        kernel.some_cores = fresh;
    }
    return fresh;
}

void sched_init(unsigned cores)
{
    static const char *const idle_name = "tidle";

    affinity_init(&kernel.any_core, UINT64_MAX >> (CORES_MAX - cores));
    for (unsigned i = 0; i < cores; i++) {
        struct task *const idle = &kernel.cores[i].idle;

        if (cores > 1) {
            kernel.cores[i].own = new_affinity((uint64_t)1 << i);
            KERNEL_ASSERT(kernel.cores[i].own != NULL);
        }
        task_init(idle, idle_name, NULL, NULL, TASK_PRIORITIES - 1, 1);
        idle->name[5] = (char)('0' + i / 10);
        idle->name[6] = (char)('0' + i % 10);
        idle->system = true;
        idle->core = (uint8_t)i;
    }
}

/* --- the ready queues --- */

static void insert_ready(struct task *task, bool at_tail)
{
    struct ready_queue *const ready = &task->affinity->ready;
    struct list *const list = &ready->lists[task->priority];

    if (at_tail)
        list_add_tail(list, &task->ready_link);
    else
        list_add_head(list, &task->ready_link);
    ready->bits[task->priority / 32] |= 1u << task->priority % 32;
}

void sched_unready(struct task *task)
{
    struct ready_queue *const ready = &task->affinity->ready;

    list_remove(&task->ready_link);
    if (list_empty(&ready->lists[task->priority]))
        ready->bits[task->priority / 32] &= ~(1u << task->priority % 32);
}

static bool may_run_on(const struct task *task, unsigned core)
{
    return affinity_has(task->affinity, core);
}

static struct task *first_of(const struct ready_queue *ready)
{
    for (unsigned word = 0; word < TASK_PRIORITIES / 32; word++) {
        const uint32_t bits = ready->bits[word];

        if (bits != 0)
            return list_entry(ready->lists[word * 32 + (unsigned)__builtin_ctz(bits)].next,
                              struct task, ready_link);
    }
    return NULL;
}

static struct task *more_urgent(struct task *a, struct task *b)
{
    return a == NULL || (b != NULL && b->priority < a->priority) ? b : a;
}

/* The most urgent ready task that may run on the core, or NULL. */
static struct task *best_for(unsigned core)
{
    const struct affinity *const own = kernel.cores[core].own;
    struct task *best = own != NULL ? first_of(&own->ready) : NULL;

    for (const struct affinity *some = kernel.some_cores; some != NULL; some = some->next)
        if (affinity_has(some, core))
            best = more_urgent(best, first_of(&some->ready));
    return more_urgent(best, first_of(&kernel.any_core.ready));
}

/* --- who gives way --- */

/* How willingly a core gives way: higher is better; 0: it must not. Idle cores are the most
 * willing. */
static unsigned willingness(const struct core *c, const struct task *task)
{
    const struct task *const current = c->current;

    if (current == NULL || c->reschedule || task_counted(&current->schedule_locks) > 0)
        return 0;
    if (current == &c->idle)
        return TASK_PRIORITIES + 1;
    return current->priority > task->priority ? current->priority : 0;
}

static unsigned first_core(const struct affinity *affinity)
{
    const unsigned word = affinity->cores[0] != 0 ? 0 : 1;

    return word * 32 + (unsigned)__builtin_ctz(affinity->cores[word]);
}

/* Asks the core that suits best to switch. If none gives way, the next switch of any will look. */
static void ask_for_core(const struct task *task)
{
    const unsigned here = port_core();
    unsigned best_core = CORES_MAX;
    unsigned best = 0;

    for (unsigned i = 0; i < kernel.core_count; i++) {
        const unsigned core = (here + i) % kernel.core_count; /* the caller's core wins a tie */
        const unsigned willing =
            may_run_on(task, core) ? willingness(&kernel.cores[core], task) : 0;

        if (willing > best) {
            best = willing;
            best_core = core;
        }
    }
    if (best_core == CORES_MAX)
        best_core = may_run_on(task, here) ? here : first_core(task->affinity);
    kernel.cores[best_core].reschedule = true;
    if (best > 0 && best_core != here)
        port_kick(best_core);
}

void sched_ready(struct task *task)
{
    task->state = TASK_READY;
    insert_ready(task, task->yielding);
    port_kernel_event(EVENT_READY, task->id, task->priority, 0, task->name);
    ask_for_core(task);
}

void sched_requeue(struct task *task, uint8_t priority)
{
    sched_unready(task);
    task->priority = priority;
    insert_ready(task, false);
    ask_for_core(task);
}

void sched_move(struct task *task, struct affinity *affinity)
{
    if (task->state != TASK_READY) {
        task->affinity = affinity;
        return;
    }
    sched_unready(task);
    task->affinity = affinity;
    insert_ready(task, false);
    ask_for_core(task);
}

/* --- switching --- */

bool sched_due(void)
{
    const struct core *const c = kernel_core();

    return c->reschedule && c->interrupts == 0 && !c->masked && c->mask_level == 0 &&
           c->current != NULL && task_counted(&c->current->schedule_locks) == 0;
}

/* True if the running task keeps its core against `rival`. */
static bool keeps_core(const struct task *task, const struct task *rival, const struct core *c)
{
    if (task->state != TASK_RUNNING || !may_run_on(task, port_core()))
        return false;
    if (rival == NULL)
        return true;
    if (task == &c->idle)
        return false;
    return task->priority < rival->priority ||
           (task->priority == rival->priority && !task->yielding);
}

static void put_on_core(struct core *c, struct task *task)
{
    c->current = task;
    c->mask_level = 0; /* raised, it keeps a task on its core until that ends */
    task->state = TASK_RUNNING;
    task->core = (uint8_t)port_core();
    port_kernel_event(EVENT_SWITCH, task->id, task->priority, 0, task->name);
}

void sched_switch(void)
{
    struct core *const c = kernel_core();
    struct task *const from = c->current;

    KERNEL_ASSERT(c->interrupts == 0 && c->masked);
    if (from->state == TASK_CLOSED && kernel.closed_hook != NULL)
        kernel.closed_hook(); /* may make the clean-up task ready: before one is chosen */
    c->reschedule = false;
    struct task *to = best_for(port_core());
    if (keeps_core(from, to, c)) {
        from->yielding = false;
        return;
    }
    if (to != NULL)
        sched_unready(to);
    else
        to = &c->idle;
    from->core = TASK_NO_CORE;
    if (from == &c->idle) {
        from->state = TASK_READY;
    } else if (from->state == TASK_RUNNING) {
        from->state = TASK_READY;
        insert_ready(from, from->yielding);
        put_on_core(c, to); /* before looking for a core that takes the displaced task */
        ask_for_core(from);
        c->reschedule = false;
    }
    from->yielding = false;
    if (c->current != to)
        put_on_core(c, to);
    port_switch(from, to);
}

void sched_start(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++) {
        struct core *const c = &kernel.cores[i];

        c->current = &c->idle;
        c->idle.state = TASK_RUNNING;
        c->reschedule = true; /* look at what is ready already */
    }
    kernel.running = true;
    port_start();
}

void sched_tick(void)
{
    struct core *const c = kernel_core();
    struct task *const task = c->current;

    if (task == NULL || task == &c->idle || task->state != TASK_RUNNING || --task->slice_left > 0)
        return;
    task->slice_left = task->slice;
    task->yielding = true;
    c->reschedule = true;
}
