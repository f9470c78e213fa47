/*
 * A thread that looks ten times a second whether the engine makes progress. If not for two seconds,
 * it asks the running thread by a signal where it is, and prints the task with its line: once for
 * each time a task gets stuck. The run itself is not touched.
 */
#define _GNU_SOURCE
#include "watchdog.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "carrier.h"
#include "diagnose.h"
#include "engine.h"
#include "explore.h"
#include "frames.h"
#include "leave.h"
#include "quiet_thread.h"
#include "report_json.h"
#include "sanitizers.h"
#include "symbol.h"

enum { LOOKS_PER_SECOND = 10, LIMIT_SECONDS = 2 };

static sem_t answered;
static const void *_Atomic stuck_at;

#if defined(__x86_64__) || defined(__i386__)
/* Past the no-operations that compilers align loops with. */
static const uint8_t *skip_nops(const uint8_t *at)
{
    while (*at == 0x90)
        at++;
    return at;
}

static bool is_empty_loop(const void *pc)
{
    const uint8_t *const jump = skip_nops(pc);
    int32_t distance;

    if (jump[0] == 0xeb) { /* with 8 bits */
        distance = (int8_t)jump[1] + 2;
    } else if (jump[0] == 0xe9) { /* with 32 bits */
        memcpy(&distance, jump + 1, sizeof distance);
        distance += 5;
    } else {
        return false;
    }
    return distance <= 0 && distance > -64 && skip_nops(jump + distance) == jump;
}
#elif defined(__aarch64__)
static bool is_empty_loop(const void *pc)
{
    return *(const uint32_t *)pc == 0x14000000; /* b . */
}
#else
static bool is_empty_loop(const void *pc)
{
    (void)pc;
    return false;
}
#endif

static void on_question(int number, siginfo_t *info, void *context)
{
    const ucontext_t *const where = context;

    (void)number;
    (void)info;
#if defined(__x86_64__)
    stuck_at = (const void *)(uintptr_t)where->uc_mcontext.gregs[REG_RIP];
#elif defined(__i386__)
    stuck_at = (const void *)(uintptr_t)where->uc_mcontext.gregs[REG_EIP];
#elif defined(__aarch64__)
    stuck_at = (const void *)(uintptr_t)where->uc_mcontext.pc;
#else
    (void)where;
#endif
    sem_post(&answered);
    if (stuck_at != NULL && is_empty_loop((const void *)(uintptr_t)stuck_at))
        for (;;)
            engine_cost(port_point_costs[POINT_EDGE]);
}

/* Of the task that runs there. It stands, but it may begin to move. */
UNCHECKED_BY_TSAN static void name_task(unsigned core, char *name, size_t size)
{
    const struct task *const task = kernel.cores[core].current;
    const char *const from = task != NULL ? task->name : "boot";
    size_t i = 0;

    for (; i + 1 < size && from[i] != '\0'; i++)
        name[i] = from[i];
    name[i] = '\0';
}

static void report(unsigned core, const void *at)
{
    char name[40];
    char where[200];

    name_task(core, name, sizeof name);
    symbol_describe((const char *)at + 1, where, sizeof where);
    fprintf(
        stderr,
        "heapsim: watchdog: task '%s' has run for %d s of host time without a safepoint, at %s.\n"
        "  No other task and no interrupt can run meanwhile. Compile that code with "
        "heapsim_add_scenario, or call sim_safepoint() in its loop.\n",
        name, LIMIT_SECONDS, where);
    json_stuck(name, core, (const char *)at + 1);
    if (explore_is_on) /* the replay of a run that ended so */
        leave_process(EXIT_DEADLOCK);
}

/* False if the thread does not answer. */
static bool ask_where(unsigned core)
{
    struct carrier *const running = engine_running ? engine->holder(core) : NULL;
    struct timespec limit;

    if (running == NULL || pthread_kill(carrier_host(running), SIGRTMIN + 1) != 0)
        return false;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 1;
    return sem_timedwait(&answered, &limit) == 0;
}

static void look_at(unsigned core)
{
    static struct {
        uint64_t seen;
        unsigned looks;
        const void *at; /* in the program, if ever it was met there */
    } cores[CORES_MAX];
    const uint64_t progress = engine->progress(core) + engine_waits;

    if (progress != cores[core].seen || progress == 0) {
        cores[core].seen = progress;
        cores[core].looks = 0;
        cores[core].at = NULL;
    } else if (ask_where(core)) {
        const void *const at = stuck_at;

        if (cores[core].at == NULL || frames_in_program((uintptr_t)at)) /* there a line shows */
            cores[core].at = at;
        if (++cores[core].looks == LIMIT_SECONDS * LOOKS_PER_SECOND)
            report(core, cores[core].at);
    }
}

/* Looks come at fixed times: on a busy host each is a little late, which would add up. After a
 * standstill, a debugger's, they are not made up for. */
static void wait_for_look(struct timespec *next)
{
    const long pause = 1000000000 / LOOKS_PER_SECOND;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if ((now.tv_sec - next->tv_sec) * 1000000000LL + now.tv_nsec - next->tv_nsec > pause)
        *next = now;
    next->tv_nsec += pause;
    if (next->tv_nsec >= 1000000000) {
        next->tv_nsec -= 1000000000;
        next->tv_sec++;
    }
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, next, NULL);
}

static void *watch(void *argument)
{
    struct timespec next;

    (void)argument;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (;;) {
        wait_for_look(&next);
        for (unsigned core = 0; core < kernel.core_count; core++)
            look_at(core);
    }
    return NULL;
}

void watchdog_start(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART | SA_NODEFER};
    pthread_t thread;

    action.sa_sigaction = on_question;
    sigaction(SIGRTMIN + 1, &action, NULL);
    sem_init(&answered, 0, 0);
    if (quiet_thread_create(&thread, NULL, watch, NULL) == 0)
        pthread_detach(thread);
}
