#include "sched.h"

#include "../assert.h"
#include "../kernel.h"

void sched_init(unsigned cores)
{
    static const char *const idle_name = "tidle";

    for (unsigned i = 0; i < TASK_PRIORITIES; i++)
        list_init(&kernel.ready.lists[i]);
    for (unsigned i = 0; i < cores; i++) {
        struct task *const idle = &kernel.cores[i].idle;

        task_init(idle, idle_name, NULL, NULL, TASK_PRIORITIES - 1, 1);
        idle->name[5] = (char)('0' + i / 10);
        idle->name[6] = (char)('0' + i % 10);
        idle->system = true;
        idle->bound_core = (uint8_t)i;
        idle->core = (uint8_t)i;
    }
}

/* --- the ready queue --- */

static void insert_ready(struct task *task, bool at_tail)
{
    struct list *const list = &kernel.ready.lists[task->priority];

    if (at_tail)
        list_add_tail(list, &task->ready_link);
    else
        list_add_head(list, &task->ready_link);
    kernel.ready.bits[task->priority / 32] |= 1u << task->priority % 32;
    kernel.ready.count++;
}

void sched_unready(struct task *task)
{
    struct list *const list = &kernel.ready.lists[task->priority];

    list_remove(&task->ready_link);
    if (list_empty(list))
        kernel.ready.bits[task->priority / 32] &= ~(1u << task->priority % 32);
    kernel.ready.count--;
}

static bool may_run_on(const struct task *task, unsigned core)
{
    return task->bound_core == TASK_NO_CORE || task->bound_core == core;
}

/* The most urgent ready task that may run on the core, or NULL. */
static struct task *best_for(unsigned core)
{
    for (unsigned word = 0; word < TASK_PRIORITIES / 32; word++) {
        for (uint32_t bits = kernel.ready.bits[word]; bits != 0; bits &= bits - 1) {
            struct list *const list =
                &kernel.ready.lists[word * 32 + (unsigned)__builtin_ctz(bits)];

            for (struct list *node = list->next; node != list; node = node->next) {
                struct task *const task = list_entry(node, struct task, ready_link);

                if (may_run_on(task, core))
                    return task;
            }
        }
    }
    return NULL;
}

/* --- who gives way --- */

/* How willingly a core gives way: higher is better; 0: it must not. Idle cores are the most
 * willing. */
static unsigned willingness(const struct core *c, const struct task *task)
{
    const struct task *const current = c->current;

    if (current == NULL || c->reschedule || current->schedule_locks > 0)
        return 0;
    if (current == &c->idle)
        return TASK_PRIORITIES + 1;
    return current->priority > task->priority ? current->priority : 0;
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
        best_core = task->bound_core < kernel.core_count ? task->bound_core : here;
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

/* --- switching --- */

bool sched_due(void)
{
    const struct core *const c = kernel_core();

    return c->reschedule && c->interrupts == 0 && !c->masked && c->mask_level == 0 &&
           c->current != NULL && c->current->schedule_locks == 0;
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
