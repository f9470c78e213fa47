#include "threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "../kernel/kernel.h"
#include "../sim/diagnose.h"
#include "../sim/engine.h"

enum { TICKS_PER_SECOND = 1000, US_PER_TICK = 1000, PRIORITY = 10, SLICE = 5, SEED = 1 };

#define NO_OPERATION SIZE_MAX

static struct {
    const struct trace *trace;
    struct threads_result *result;
    struct task *tasks;
    size_t *before; /* of each operation: the one before it on the same slot, or NO_OPERATION */
    bool *done;     /* of each operation */
    struct mutex lock;
    uint32_t running;
} replay;

static _Noreturn void give_up(const char *why)
{
    fprintf(stderr, "replay: %s\n", why);
    _exit(EXIT_USAGE);
}

/* For every operation the one before it on its slot. */
static void find_order(const struct trace *trace)
{
    size_t *const last = malloc(trace->slots * sizeof *last);

    replay.before = malloc(trace->count * sizeof *replay.before);
    replay.done = calloc(trace->count, sizeof *replay.done);
    if (last == NULL || replay.before == NULL || replay.done == NULL)
        give_up("out of memory for the order of the operations");
    for (uint32_t slot = 0; slot < trace->slots; slot++)
        last[slot] = NO_OPERATION;
    for (size_t i = 0; i < trace->count; i++) {
        const uint32_t slot = trace->operations[i].slot;

        replay.before[i] = last[slot];
        last[slot] = i;
    }
    free(last);
}

static void wait_for_turn(size_t operation)
{
    const uint32_t tick = (uint32_t)(replay.trace->operations[operation].time / US_PER_TICK);
    const size_t before = replay.before[operation];

    if (tick > kernel.tick)
        task_sleep(tick - kernel.tick);
    while (before != NO_OPERATION && !replay.done[before])
        task_sleep(1);
}

static void locked_operation(size_t operation)
{
    if (replay.lock.owner != NULL)
        replay.result->lock_waits++;
    mutex_take(&replay.lock, WAIT_FOREVER);
    run_operation(operation);
    replay.done[operation] = true;
    mutex_release(&replay.lock);
}

static void run_thread(void *argument)
{
    const struct task *const self = argument;
    const uint32_t thread = (uint32_t)(self - replay.tasks);

    for (size_t i = 0; i < replay.trace->count; i++) {
        if (replay.trace->operations[i].thread != thread)
            continue;
        wait_for_turn(i);
        locked_operation(i);
    }
    if (--replay.running > 0)
        return;
    run_end(replay.trace->count);
    replay.result->duration_us = engine_now() / 1000;
    _exit(EXIT_PASSED);
}

static void on_tick(int line, void *argument)
{
    (void)line;
    (void)argument;
    kernel_tick();
}

void threads_run(const struct trace *trace, const struct heap_config *config,
                 const struct heap_region *regions, unsigned region_count,
                 struct run_result *result, struct threads_result *threads)
{
    const struct engine_options options = {
        .cores = 1, .seed = SEED, .ticks_per_second = TICKS_PER_SECOND};
    struct heap_config stepped = *config;
    char name[TASK_NAME_MAX];
    char why[TEXT_WHY_MAX];

    stepped.points = true;
    *threads = (struct threads_result){.tasks = trace->threads};
    replay.trace = trace;
    replay.result = threads;
    replay.running = trace->threads;
    replay.tasks = calloc(trace->threads, sizeof *replay.tasks);
    if (replay.tasks == NULL)
        give_up("out of memory for the tasks");
    find_order(trace);
    switch (run_begin(trace, &stepped, regions, region_count, result, why)) {
    case RUN_NO_HEAP:
        _exit(EXIT_PASSED); /* result->refusal says why */
    case RUN_IMPOSSIBLE:
        give_up(why);
    case RUN_DONE:
        break;
    }
    kernel_init(options.cores, options.ticks_per_second);
    engine_init(&options);
    irq_install(IRQ_TICK, on_tick, NULL, "tick");
    mutex_init(&replay.lock, "heap", WAIT_PRIORITY, 1);
    for (uint32_t i = 0; i < trace->threads; i++) {
        snprintf(name, sizeof name, "thread%u", i);
        task_init(&replay.tasks[i], name, run_thread, &replay.tasks[i], PRIORITY, SLICE);
        task_start(&replay.tasks[i]);
    }
    sched_start();
}
