/*
 * Who acts: six tasks of which each runs the commands that it is sent, two interrupt lines, timers,
 * and the task that runs the input, which is less urgent than all of them: so whenever it runs,
 * they wait.
 */
#include "board.h"
#include "fail.h"
#include "ipc.h"

#include "../kernel/ipc/queue.h"
#include "../sim/engine.h"
#include "../tests/parallel/invariants.h"

enum {
    MAIN_PRIORITY = 200,
    TIMER_PRIORITY = 8,
    LOWEST_WORKER = 31,
    TIMERS = 3,
    LINES = 3,
    CALLS = 2
};

static const uint32_t line_priorities[LINES] = {220, 128, 40};

/* Commands for who has no stack of its own to wait on. */
struct inbox {
    struct command commands[COMMANDS];
    unsigned first, count;
};

struct worker workers[WORKERS];
enum suspend_blocked suspend_policy;
bool inherits_exactly;

static struct task main_task, timer_task;
static struct timer_call timer_calls[CALLS];
static struct inbox lines[LINES], timers[TIMERS];
static bool ending;
static unsigned reaped;
static unsigned tasks_before;

struct worker *worker_of(const struct task *task)
{
    for (unsigned i = 0; i < WORKERS; i++)
        if (task == &workers[i].task && workers[i].exists)
            return &workers[i];
    return NULL;
}

struct worker *worker_self(void)
{
    return irq_in_isr() ? NULL : worker_of(task_self());
}

/* --- what concerns tasks and lines --- */

static void close_worker(struct worker *worker)
{
    const bool masked = kernel_enter();

    if (worker->task.state != TASK_CLOSED) {
        objects_worker_closed(worker);
        task_close(&worker->task); /* does not return to itself */
    }
    kernel_leave(masked);
}

static void act_on_worker(const struct command *c, struct worker *other)
{
    if (!other->exists || other->task.state == TASK_CLOSED)
        return;
    switch (c->verb) {
    case IPC_suspend:
        if (c->waits || other != worker_self()) /* who must go on does not stop itself */
            (void)task_suspend(&other->task, suspend_policy);
        return;
    case IPC_resume:
        (void)task_resume(&other->task);
        return;
    case IPC_priority:
        task_set_priority(&other->task, (uint8_t)(1 + c->value % LOWEST_WORKER));
        return;
    default:
        if (c->waits || other != worker_self())
            close_worker(other);
    }
}

static void sleep_some(const struct command *c)
{
    const uint32_t start = kernel.tick;

    if (!c->waits || c->ticks == 0)
        return;
    if (task_sleep(c->ticks) == WAKE_TIMEOUT && kernel.tick - start < c->ticks)
        fail("a sleep was over too early");
}

static void act_on_line(const struct command *c)
{
    const unsigned line = c->object % LINES;

    if (c->verb == IPC_raise)
        irq_raise(0, line);
    else if (c->verb == IPC_line_enable)
        irq_enable(line, c->value & 1);
    else
        irq_set_priority(line, c->value);
}

static void execute(const struct command *c)
{
    if (ending)
        return;
    switch (c->verb) {
    case IPC_sleep:
        sleep_some(c);
        return;
    case IPC_yield:
        if (!c->in_isr)
            task_yield();
        return;
    case IPC_spend:
        engine_spend((uint64_t)c->value * 200);
        return;
    case IPC_suspend:
    case IPC_resume:
    case IPC_priority:
    case IPC_close:
        act_on_worker(c, &workers[c->object % WORKERS]);
        return;
    case IPC_raise:
    case IPC_line_enable:
    case IPC_line_priority:
        act_on_line(c);
        return;
    default:
        objects_do(c);
    }
}

/* --- the tasks --- */

static void work(void *argument)
{
    struct worker *const self = argument;

    for (;;) {
        while (self->count == 0) {
            self->parked = true;
            (void)task_sleep(WAIT_FOREVER);
        }
        self->parked = false;
        const struct command command = self->commands[self->first];
        self->first = (self->first + 1) % COMMANDS;
        self->count--;
        execute(&command);
    }
}

static void worker_is_gone(struct task *task)
{
    (void)task;
    reaped++;
}

static void make_worker(unsigned i, uint8_t priority)
{
    static const char *const names[WORKERS] = {"a", "b", "c", "d", "e", "f"};
    struct worker *const worker = &workers[i];

    worker->first = worker->count = 0;
    worker->parked = false;
    worker->inside = NULL;
    wishes[i].event = NULL;
    task_init(&worker->task, names[i], work, worker, priority, 1 + i);
    worker->task.closed = worker_is_gone;
    worker->exists = true;
    (void)task_start(&worker->task);
}

/* A parked one that has something to do. One that was suspended there stays so. */
static void poke(struct worker *worker)
{
    if (worker->exists && worker->parked && worker->count > 0 &&
        worker->task.state == TASK_BLOCKED && !worker->task.held_back)
        (void)task_resume(&worker->task);
}

/* --- lines and timers --- */

static void take_from(struct inbox *inbox, bool in_isr)
{
    if (inbox->count == 0)
        return;
    struct command command = inbox->commands[inbox->first];
    inbox->first = (inbox->first + 1) % COMMANDS;
    inbox->count--;
    command.waits = false;
    command.in_isr = in_isr;
    command.ticks = 0;
    execute(&command);
}

static void on_line(int line, void *argument)
{
    struct inbox *const inbox = argument;

    (void)line;
    take_from(inbox, true);
    take_from(inbox, true);
}

void actors_timer_runs(unsigned timer)
{
    take_from(&timers[timer], irq_in_isr());
}

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    kernel_tick();
}

/* --- the operations of an input --- */

static void put(struct inbox *inbox, const struct command *command)
{
    if (inbox->count < COMMANDS)
        inbox->commands[(inbox->first + inbox->count++) % COMMANDS] = *command;
}

static void send_to_worker(unsigned i, const struct command *command)
{
    struct worker *const worker = &workers[i];

    if (worker->exists && worker->task.state == TASK_CLOSED)
        task_reap();
    if (worker->exists && worker->task.id == 0) {
        worker->exists = false;
        make_worker(i, (uint8_t)(1 + command->value % LOWEST_WORKER));
        return;
    }
    if (worker->exists && worker->count < COMMANDS)
        worker->commands[(worker->first + worker->count++) % COMMANDS] = *command;
    poke(worker);
}

/* With interrupts off, the less urgent lines off, or the scheduler locked: then it can't wait. */
static void act_within(unsigned how, struct command *command)
{
    command->waits = false;
    command->ticks = 0;
    if (how == 0) {
        execute(command);
    } else if (how == 1) {
        const bool masked = kernel_mask();
        execute(command);
        kernel_leave(masked);
    } else if (how == 2) {
        const uint32_t before = irq_set_mask_level(100);
        execute(command);
        (void)irq_set_mask_level(before);
    } else {
        task_count(&task_self()->schedule_locks, 1);
        execute(command);
        task_count(&task_self()->schedule_locks, -1);
        kernel_leave(kernel_enter());
    }
}

/* Time passes: the less urgent wait for it. */
static void let_pass(uint32_t ticks)
{
    const uint32_t start = kernel.tick;

    (void)task_sleep(1 + ticks % 40);
    if (kernel.tick - start < 1 + ticks % 40)
        fail("the time that passed is less than what was slept");
}

static void check_tasks(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        const struct task *const task = &workers[i].task;

        if (!workers[i].exists)
            continue;
        if (task->state == TASK_READY || task->state == TASK_RUNNING)
            fail("a task is ready, though a less urgent one runs");
        uint8_t demanded = task->base_priority;
        for (const struct list *node = task->held.next; node != &task->held; node = node->next) {
            const struct mutex *const m = list_entry(node, struct mutex, held_link);
            const struct list *const all = &m->queue.waiters;

            for (const struct list *w = all->next; w != all && m->inheritance != INHERIT_NOT;
                 w = w->next) {
                const uint8_t priority = list_entry(w, struct task, wait_link)->priority;

                demanded = priority < demanded ? priority : demanded;
            }
        }
        if (inherits_exactly ? task->priority != demanded : task->priority > task->base_priority)
            fail("a task's priority is not what it and those that wait for it demand");
    }
    if (main_task.priority != MAIN_PRIORITY || timer_task.priority != TIMER_PRIORITY)
        fail("a priority changed that nobody touched");
}

static void check(void)
{
    watch_check();
    check_tasks();
    objects_check();
}

void actors_act(unsigned verb, const uint32_t *operands)
{
    const unsigned who = operands[0] % 16;
    struct command command = {.verb = (enum ipc_verb)verb,
                              .object = operands[1],
                              .value = operands[2],
                              .ticks = operands[3] >= 0xfa ? WAIT_FOREVER : operands[3] % 16,
                              .waits = true};

    if (verb == IPC_VERBS_COUNT)
        watch_ambush(1 + operands[1] % 64, operands[2] % LINES);
    else if (verb == IPC_VERBS_COUNT + 1)
        let_pass(operands[3]);
    else if (who < 2 * WORKERS - 2)
        send_to_worker(who % WORKERS, &command);
    else if (who == 2 * WORKERS - 2)
        put(&timers[operands[0] / 16 % TIMERS], &command);
    else if (who == 2 * WORKERS - 1)
        put(&lines[operands[0] / 16 % LINES], &command);
    else
        act_within(who - 2 * WORKERS, &command);
    for (unsigned i = 0; i < WORKERS; i++)
        poke(&workers[i]);
    check();
}

/* --- begin and end --- */

static void serve(void *argument)
{
    (void)argument;
    board_serve();
}

void actors_boot(void)
{
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    for (unsigned i = 0; i < LINES; i++)
        irq_install(i, on_line, &lines[i], "line");
    timer_service_init(&kernel.timers, &timer_task, timer_calls, CALLS, "timer");
    task_init(&timer_task, "timer", timer_serve, &kernel.timers, TIMER_PRIORITY, 1);
    timer_task.system = true;
    task_start(&timer_task);
    task_init(&main_task, "main", serve, NULL, MAIN_PRIORITY, 1);
    task_start(&main_task);
    sched_start();
}

static unsigned count_tasks(void)
{
    unsigned count = 0;

    for (const struct list *node = kernel.tasks.next; node != &kernel.tasks; node = node->next)
        count++;
    return count;
}

void actors_begin(const uint32_t *header)
{
    static const enum suspend_blocked policies[] = {SUSPEND_NOT, SUSPEND_ENDS_WAIT,
                                                    SUSPEND_KEEPS_WAIT};

    ending = false;
    tasks_before = count_tasks();
    suspend_policy = policies[header[IPC_SUSPEND] % 3];
    for (unsigned i = 0; i < LINES; i++) {
        lines[i].count = 0;
        irq_enable(i, true);
        irq_set_priority(i, line_priorities[i]);
    }
    for (unsigned i = 0; i < TIMERS; i++)
        timers[i].count = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        make_worker(i, (uint8_t)(1 + header[IPC_PRIORITIES + i] % LOWEST_WORKER));
}

static bool all_are_parked(void)
{
    for (unsigned i = 0; i < WORKERS; i++) {
        const struct worker *const worker = &workers[i];

        if (worker->exists && worker->task.state != TASK_CLOSED &&
            (!worker->parked || worker->count > 0))
            return false;
    }
    return true;
}

/* Who is suspended goes on, who sleeps wakes; what anybody waits for is deleted already. */
static void wake_all(void)
{
    for (unsigned rounds = 0; !all_are_parked(); rounds++) {
        if (rounds == 4 * COMMANDS)
            fail("a task waits on though all objects are deleted");
        for (unsigned i = 0; i < WORKERS; i++)
            if (workers[i].exists && workers[i].task.state != TASK_CLOSED)
                (void)task_resume(&workers[i].task);
    }
}

static void check_end(void)
{
    if (count_tasks() != tasks_before)
        fail("there are other tasks left than there were before");
    if (!list_empty(&kernel.closed))
        fail("a closed task was not cleaned up");
    const struct deadline *const left = kernel.timeouts.first; /* the timer task's, or none */
    if ((left != NULL && (left != &timer_task.timeout || left->child != NULL)) ||
        kernel.timers.timers.first != NULL)
        fail("a deadline is left that belongs to nobody");
    if (!list_empty(&kernel.timer_runs))
        fail("a timer's function runs though nobody runs it");
    if (kernel_core()->masked || kernel_core()->mask_level != 0 || kernel_core()->interrupts > 0)
        fail("interrupts are off though nobody put them off");
}

void actors_end(void)
{
    ending = true;
    watch_ambush(0, 0);
    for (unsigned i = 0; i < LINES; i++) {
        irq_set_priority(i, line_priorities[i]);
        irq_enable(i, true);
    }
    if (kernel_faults() > 0)
        fail("the kernel's records do not agree");
    objects_end();
    wake_all();
    reaped = 0;
    unsigned expected = 0;
    for (unsigned i = 0; i < WORKERS; i++)
        if (workers[i].exists && workers[i].task.id != 0) {
            expected++;
            (void)task_close(&workers[i].task);
        }
    task_reap();
    if (reaped != expected)
        fail("not every closed task was cleaned up");
    for (unsigned i = 0; i < WORKERS; i++)
        workers[i].exists = false;
    objects_check_end();
    check_end();
}
