#define _GNU_SOURCE
#include "engine.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "devices.h"
#include "finish.h"
#include "heapsim.h"
#include "threads.h"
#include "trace.h"
#include "uart.h"

/* What ends a turn though nothing is due, so that the watchdog sees progress. */
#define TURN_MAX_NS 1000000u

/* Several cores take turns of about this long: a thousand memory accesses. */
#define QUANTUM_NS 5000u

/* A core that waits for the kernel lock looks again after this long. */
#define SPIN_NS 100u

#define NEVER UINT64_MAX

/* Before the scheduler starts nothing is due; time passes all the same. */
#define BOOT_BUDGET (INT64_MAX / 2)

const int64_t engine_point_costs[] = {
    [POINT_KERNEL] = 100, [POINT_HEAP] = 10, [POINT_EDGE] = 2, [POINT_READ] = 5, [POINT_WRITE] = 5};

struct virtual_core {
    uint64_t clock; /* without what the running core has used of its budget */
    uint64_t next_tick;
    struct carrier *holder; /* of the task it runs */
    bool idle;              /* waits for an event; its clock is late then */
};

static struct {
    struct virtual_core cores[CORES_MAX];
    unsigned active; /* the core that runs */
    int lock_owner;  /* core that holds the kernel lock, or -1 */
    bool running;
    int64_t granted;
    uint64_t tick_ns;
    uint64_t end; /* NEVER: no limit */
    struct random random;
} engine = {.lock_owner = -1, .granted = BOOT_BUDGET};

int64_t engine_budget = BOOT_BUDGET;
volatile uint64_t engine_progress;

static inline struct virtual_core *active(void)
{
    return &engine.cores[engine.active];
}

uint64_t engine_now(void)
{
    return active()->clock + (uint64_t)(engine.granted - engine_budget);
}

/* --- time --- */

/* Moves what was used of the budget into the clock. */
static void settle(void)
{
    active()->clock = engine_now();
    engine.granted = engine_budget = 0;
}

static void grant(void)
{
    const struct virtual_core *const core = active();
    uint64_t turn = TURN_MAX_NS;
    uint64_t next = core->next_tick;

    if (kernel.core_count > 1)
        turn = QUANTUM_NS / 2 + random_below(&engine.random, QUANTUM_NS);
    if (engine.active == 0 && devices_next() < next)
        next = devices_next();
    if (engine.end < next)
        next = engine.end;
    if (next < core->clock + turn)
        turn = next > core->clock ? next - core->clock : 1;
    engine.granted = engine_budget = (int64_t)turn;
    engine_progress++;
}

/* Makes pending what is due on the running core. */
static void deliver(void)
{
    struct virtual_core *const core = active();

    if (core->next_tick <= core->clock) {
        irq_pend(engine.active,
                 IRQ_TICK); /* ticks missed while it ran masked are one, as on a board */
        core->next_tick += (core->clock - core->next_tick) / engine.tick_ns * engine.tick_ns;
        core->next_tick += engine.tick_ns;
    }
    if (engine.active == 0)
        devices_deliver(core->clock);
}

/* --- which core runs --- */

static bool all_idle(void)
{
    for (unsigned i = 0; i < kernel.core_count; i++)
        if (!engine.cores[i].idle)
            return false;
    return true;
}

/*
 * When an idle core has something to do. Only core 0 has timeouts and devices; its ticks before the
 * next timeout matter only while another core runs and can read the time.
 */
static uint64_t next_event(unsigned core, bool nobody_runs)
{
    const struct virtual_core *const c = &engine.cores[core];
    uint64_t tick = c->next_tick;

    if (core != 0)
        return NEVER;
    if (nobody_runs) {
        const uint32_t ticks = timeout_next(kernel.tick);

        tick =
            ticks == WAIT_FOREVER ? NEVER : c->next_tick + (uint64_t)(ticks - 1) * engine.tick_ns;
    }
    return devices_next() < tick ? devices_next() : tick;
}

/* An idle core goes on at `time`; the ticks it slept through change nothing. */
static void wake(unsigned core, uint64_t time)
{
    struct virtual_core *const c = &engine.cores[core];

    if (time > c->clock)
        c->clock = time;
    if (c->next_tick < c->clock) {
        const uint64_t passed = (c->clock - c->next_tick + engine.tick_ns - 1) / engine.tick_ns;

        if (core == 0 && all_idle())
            kernel_skip_ticks((uint32_t)passed);
        if (core != 0 || all_idle())
            c->next_tick += passed * engine.tick_ns;
    }
    c->idle = false;
}

/* A live terminal: see uart.h for why its bytes come after everything that has happened. */
static void look_at_terminal(bool nobody_runs)
{
    uint64_t latest = 0;

    for (unsigned i = 0; i < kernel.core_count; i++)
        if (engine.cores[i].clock > latest)
            latest = engine.cores[i].clock;
    uint64_t next = nobody_runs ? next_event(0, true) : latest;
    if (engine.end < next)
        next = engine.end;
    uart_look(latest, next, nobody_runs);
}

/* The core that is furthest behind, the seed deciding between equals; wakes it if it idles. */
static unsigned choose_core(void)
{
    const bool nobody_runs = all_idle();
    uint64_t best_time = NEVER;
    unsigned best = 0;
    unsigned equals = 0;

    if (uart_is_live)
        look_at_terminal(nobody_runs);
    for (unsigned i = 0; i < kernel.core_count; i++) {
        const struct virtual_core *const c = &engine.cores[i];
        const uint64_t time = c->idle ? next_event(i, nobody_runs) : c->clock;

        if (time < best_time) {
            best_time = time;
            best = i;
            equals = 1;
        } else if (time == best_time && time != NEVER &&
                   random_below(&engine.random, ++equals) == 0) {
            best = i;
        }
    }
    if (best_time == NEVER)
        finish_quiet();
    if (best_time >= engine.end) {
        active()->clock = engine.end;
        finish_duration();
    }
    if (engine.cores[best].idle)
        wake(best, best_time);
    return best;
}

/* The running core waits for its turn; others run meanwhile. */
static void pass_to(unsigned core)
{
    if (core != engine.active) {
        engine.active = core;
        thread_pass(engine.cores[core].holder);
    }
}

void engine_point(void)
{
    KERNEL_ASSERT(engine.running);
    settle();
    for (;;) {
        deliver();
        if (!kernel_core()->masked || irq_due()) { /* with a ceiling, urgent ones come in masked */
            kernel_settle(); /* the caller may be on another core afterwards */
            settle();
        }
        const unsigned next = choose_core();
        if (next == engine.active)
            break;
        pass_to(next);
    }
    grant();
}

void engine_replan(void)
{
    if (engine.running)
        settle();
}

void engine_spend(uint64_t nanoseconds)
{
    while (nanoseconds > 0) {
        const uint64_t left = engine_budget > 1 ? (uint64_t)engine_budget : 1;
        const uint64_t step = nanoseconds < left ? nanoseconds : left;

        nanoseconds -= step;
        engine_cost((int64_t)step);
    }
}

/* --- the kernel's port --- */

unsigned port_core(void)
{
    return engine.active;
}

void port_point(enum point_kind kind)
{
    engine_cost(engine_point_costs[kind]);
}

void port_heap_point(struct heap *heap)
{
    (void)heap;
    port_point(POINT_HEAP);
}

void port_lock(void)
{
    while (engine.lock_owner >= 0 && engine.running) {
        settle();
        active()->clock += SPIN_NS;
        pass_to(choose_core());
    }
    engine.lock_owner = (int)engine.active;
}

void port_unlock(void)
{
    engine.lock_owner = -1;
}

void port_kick(unsigned core)
{
    if (engine.cores[core].idle)
        wake(core, engine_now());
}

/* A doorbell: the handler runs at once, since the thread raises it on itself. */
void port_interrupt(void)
{
    const bool nested = irq_in_isr();
    sigset_t doorbell;

    if (nested) { /* in the handler it is blocked */
        sigemptyset(&doorbell);
        sigaddset(&doorbell, SIGURG);
        pthread_sigmask(SIG_UNBLOCK, &doorbell, NULL);
    }
    pthread_kill(pthread_self(), SIGURG);
    if (nested)
        pthread_sigmask(SIG_BLOCK, &doorbell, NULL);
}

static void on_doorbell(int number)
{
    const int saved = errno;

    (void)number;
    irq_dispatch();
    errno = saved;
}

static void run_task(void *argument)
{
    struct task *const task = argument;

    kernel_leave(false);
    task->entry(task->argument);
    task_close(task);
    port_panic(__FILE__, __LINE__, "a closed task does not run");
}

static void run_idle(void *argument)
{
    (void)argument;
    kernel_settle();
    kernel_idle();
}

void port_task_create(struct task *task)
{
    if (task->carrier == NULL)
        task->carrier = thread_take(run_task, task, task->name);
    if (task->carrier == NULL)
        finish_out_of_memory("there is no memory for another task's host stack");
}

void port_task_destroy(struct task *task)
{
    thread_drop(task->carrier);
    task->carrier = NULL;
}

void port_switch(struct task *from, struct task *to)
{
    settle();
    active()->holder = to->carrier;
    if (from->state == TASK_CLOSED) {
        from->carrier = NULL;
        thread_leave(to->carrier);
    }
    thread_pass(to->carrier);
}

void port_start(void)
{
    settle();
    engine.running = true;
    threads_enter(engine.cores[0].holder);
}

void port_idle(void)
{
    const unsigned core = engine.active;

    settle();
    engine.cores[core].idle = true;
    while (engine.cores[core].idle) {
        if (kernel_core()->reschedule || irq_due()) {
            engine.cores[core].idle = false;
            break;
        }
        pass_to(choose_core());
    }
    engine_point();
}

/* --- set-up --- */

static void pin_to_one_cpu(void)
{
    cpu_set_t set;
    const int cpu = sched_getcpu();

    CPU_ZERO(&set);
    if (cpu >= 0) {
        CPU_SET((unsigned)cpu, &set);
        sched_setaffinity(0, sizeof set, &set); /* if it is refused, runs are only slower */
    }
}

void engine_init(const struct engine_options *options)
{
    struct sigaction action = {.sa_handler = on_doorbell, .sa_flags = SA_RESTART};

    KERNEL_ASSERT(kernel.core_count == options->cores);
    pin_to_one_cpu();
    sigaction(SIGURG, &action, NULL);
    engine.random.state = options->seed;
    engine.end = options->duration_ns > 0 ? options->duration_ns : NEVER;
    engine.tick_ns = 1000000000u / options->ticks_per_second;
    devices_init(options->seed);
    for (unsigned i = 0; i < options->cores; i++) {
        struct task *const idle = &kernel.cores[i].idle;

        engine.cores[i].next_tick = engine.tick_ns;
        idle->carrier = thread_take(run_idle, idle, idle->name);
        if (idle->carrier == NULL)
            finish_out_of_memory("there is no memory for the idle tasks");
        engine.cores[i].holder = idle->carrier;
    }
}

bool engine_runs_caller(void)
{
    return engine.running && thread_current() != NULL;
}

void engine_stop(void)
{
    if (!engine.running)
        return;
    settle();
    engine.running = false;
    engine.granted = engine_budget = BOOT_BUDGET;
}

bool engine_has_duration(void)
{
    return engine.end != NEVER;
}

struct carrier *engine_running_carrier(void)
{
    return engine.running ? active()->holder : NULL;
}

/* --- for scenarios --- */

void sim_spend(uint32_t microseconds)
{
    engine_spend((uint64_t)microseconds * 1000);
}

uint64_t sim_time_us(void)
{
    return engine_now() / 1000;
}

static void raise_line(unsigned core, unsigned line, struct heap_call call)
{
    const struct diagnosis diagnosis = {
        .kind = DIAGNOSIS_OBJECT,
        .call = call.name,
        .site = call.site,
        .size = line < IRQ_LINES ? core : line,
        .text = line < IRQ_LINES ? "there is no such core" : "interrupt lines are 0 to 63"};

    if (line < IRQ_LINES && core < kernel.core_count)
        irq_raise(core, line);
    else
        port_diagnosis(&diagnosis);
}

void sim_raise(unsigned line)
{
    raise_line(port_core(), line, HEAP_CALL("sim_raise"));
}

void sim_raise_on(unsigned core, unsigned line)
{
    raise_line(core, line, HEAP_CALL("sim_raise_on"));
}

uint32_t sim_random(uint32_t limit)
{
    return limit == 0 ? 0 : (uint32_t)random_below(&engine.random, limit);
}

void sim_safepoint(void)
{
    engine_cost(engine_point_costs[POINT_EDGE]);
}
