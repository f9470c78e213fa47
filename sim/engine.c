/* What both engines share: how tasks begin and end on a carrier, and the calls of heapsim.h. */
#include "engine.h"

#include <string.h>
#include <time.h>

#include "../kernel/assert.h"
#include "../kernel/kernel.h"
#include "carrier_pool.h"
#include "devices.h"
#include "finish.h"
#include "heapsim.h"
#include "memcheck.h"
#include "races.h"
#include "reach.h"
#include "sanitizers.h"
#include "stack_use.h"
#include "steer.h"

enum { SETTLE_TRIES = WITH_TSAN ? 10000 : 500 }; /* of a millisecond */

int64_t port_point_costs[] = {
    [POINT_KERNEL] = 100, [POINT_HEAP] = 10, [POINT_EDGE] = 2, [POINT_READ] = 5, [POINT_WRITE] = 5};

const struct engine_kind *engine = &engine_virtual;
struct port_seat engine_only_seat = {.budget = ENGINE_BOOT_BUDGET};
__thread struct port_seat *port_here = &engine_only_seat;
struct engine_clock engine_clock = {.end = ENGINE_NEVER};
_Atomic bool engine_running;
_Atomic uint32_t engine_waits;

bool engine_choose(const char *name)
{
    static const struct engine_kind *const kinds[] = {&engine_virtual, &engine_parallel};

    for (unsigned i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i]->name, name) == 0) {
            engine = kinds[i];
            return true;
        }
    }
    return false;
}

void port_point_due(void)
{
    engine->point();
}

void engine_replan(void)
{
    engine->replan();
}

void engine_change_context(void)
{
    engine->change_context();
}

uint64_t engine_now(void)
{
    return engine->now();
}

void engine_spend(uint64_t nanoseconds)
{
    engine->spend(nanoseconds);
}

bool engine_runs_caller(void)
{
    return engine_running && carrier_self != NULL;
}

bool engine_in_handler(void)
{
    return !engine->in_order && engine_runs_caller() && irq_in_isr();
}

void engine_stop(void)
{
    engine->stop();
}

static bool all_stand_still(void)
{
    for (unsigned core = 0; core < kernel.core_count; core++)
        if (!engine->stands_still(core))
            return false;
    return true;
}

/* Twice: whoever stopped last may have given work to a core that was idle when it was looked at. */
bool engine_settle(void)
{
    const struct timespec pause = {.tv_nsec = 1000000};

    if (engine->in_order)
        return true;
    engine->stop();
    for (unsigned tries = 0; tries < SETTLE_TRIES; tries++) {
        if (all_stand_still() && all_stand_still())
            return true;
        nanosleep(&pause, NULL);
    }
    return false;
}

bool engine_guard(void)
{
    return engine->guard();
}

void engine_unguard(bool masked)
{
    engine->unguard(masked);
}

bool engine_hold(void)
{
    return engine->hold();
}

void engine_release(bool held)
{
    engine->release(held);
}

bool engine_has_duration(void)
{
    return engine_clock.end != ENGINE_NEVER;
}

/* --- the kernel's port --- */

void port_heap_point(struct heap *heap)
{
    (void)heap;
    if (memcheck_on) {
        const unsigned paused = memcheck_pause();

        port_point(POINT_HEAP);
        memcheck_go_on(paused);
    } else {
        port_point(POINT_HEAP);
    }
}

void port_lock_others(void)
{
    engine->lock();
}

void port_unlock_others(void)
{
    engine->unlock();
}

void port_interrupt(void)
{
    engine->interrupt();
}

bool port_isr_open(void)
{
    return engine->isr_open();
}

void port_isr_close(void)
{
    engine->isr_close();
}

void port_kick(unsigned core)
{
    engine->kick(core);
}

static void run_task(void *argument)
{
    struct task *const task = argument;

    engine->begin(task);
    if (races_on) /* another task used it before */
        races_forget(carrier_self->stack, carrier_self->stack_size);
    stack_use_begin(task);
    void *const its = task->argument; /* gone when another core closes it */
    kernel_leave(false);
    task->entry(its);
    stack_use_end();
    task_close(task);
    port_panic(__FILE__, __LINE__, "a closed task does not run");
}

static void run_idle(void *argument)
{
    engine->begin(argument);
    stack_use_begin(argument);
    kernel_settle();
    kernel_idle();
}

static struct carrier *take_carrier(void (*run)(void *), struct task *task)
{
    struct carrier *const carrier = carrier_take(run, task, task->name);

    if (carrier != NULL && steer_is_on)
        carrier->context = steer_task_begins(task->name);
    return carrier;
}

void port_task_prepare(void)
{
    engine->prepare();
}

void port_task_create(struct task *task)
{
    if (task->carrier == NULL)
        task->carrier = take_carrier(run_task, task);
    if (task->carrier == NULL)
        finish_out_of_memory(
            carriers->is_thread
                ? "the host has no room for another thread or its stack; --carrier fibre takes "
                  "more tasks"
                : "there is no memory for another task's host stack");
}

void port_task_destroy(struct task *task)
{
    carrier_drop(task->carrier);
    task->carrier = NULL;
}

void port_switch(struct task *from, struct task *to)
{
    engine->hand_over(from, to);
}

void port_start(void)
{
    __builtin_unwind_init(); /* an application's main may have called: its registers lie here */
    reach_main_waits();
    engine->start();
    __builtin_unreachable();
}

void port_idle(void)
{
    engine->idle();
}

/* --- set-up --- */

void engine_init(const struct engine_options *options)
{
    KERNEL_ASSERT(kernel.core_count == options->cores);
    engine_clock.end = options->duration_ns > 0 ? options->duration_ns : ENGINE_NEVER;
    engine_clock.tick_ns = 1000000000u / options->ticks_per_second;
    devices_init(options->seed);
    for (unsigned i = 0; i < options->cores; i++) {
        struct task *const idle = &kernel.cores[i].idle;

        idle->carrier = take_carrier(run_idle, idle);
        if (idle->carrier == NULL)
            finish_out_of_memory("there is no memory for the idle tasks");
    }
    engine->init(options);
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
    const struct diagnosis diagnosis = {.kind = DIAGNOSIS_OBJECT,
                                        .call = call.name,
                                        .site = call.site,
                                        .size = line < IRQ_LINES ? core : line,
                                        .text = line < IRQ_LINES ? "there is no such core"
                                                                 : "interrupt lines are 0 to 63"};

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
    return limit == 0 ? 0 : (uint32_t)(engine->random() % limit);
}

void sim_safepoint(void)
{
    engine_cost(port_point_costs[POINT_EDGE]);
}
