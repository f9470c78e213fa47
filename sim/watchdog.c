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
#include <time.h>
#include <ucontext.h>

#include "../kernel/kernel.h"
#include "engine.h"
#include "symbol.h"
#include "threads.h"

enum { LOOKS_PER_SECOND = 10, LIMIT_SECONDS = 2 };

static sem_t answered;
static const void *volatile stuck_at;

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
}

static void report(void)
{
    const struct core *const core = kernel_core();
    char where[200];

    symbol_describe((const char *)(uintptr_t)stuck_at + 1, where, sizeof where);
    fprintf(
        stderr,
        "heapsim: watchdog: task '%s' has run for %d s of host time without a safepoint, at %s.\n"
        "  No other task and no interrupt can run meanwhile. Compile that code with "
        "heapsim_add_scenario, or call sim_safepoint() in its loop.\n",
        core->current != NULL ? core->current->name : "boot", LIMIT_SECONDS, where);
}

static void ask_where(void)
{
    struct carrier *const running = engine_running_carrier();
    struct timespec limit;

    if (running == NULL || pthread_kill(thread_host(running), SIGRTMIN + 1) != 0)
        return;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 1;
    if (sem_timedwait(&answered, &limit) == 0)
        report();
}

static void *watch(void *argument)
{
    const struct timespec pause = {.tv_nsec = 1000000000 / LOOKS_PER_SECOND};
    uint64_t seen = 0;
    unsigned looks = 0;
    bool reported = false;

    (void)argument;
    for (;;) {
        nanosleep(&pause, NULL);
        if (engine_progress != seen || engine_progress == 0) {
            seen = engine_progress;
            looks = 0;
            reported = false;
        } else if (++looks >= LIMIT_SECONDS * LOOKS_PER_SECOND && !reported) {
            reported = true;
            ask_where();
        }
    }
    return NULL;
}

void watchdog_start(void)
{
    struct sigaction action = {.sa_flags = SA_SIGINFO | SA_RESTART};
    pthread_t thread;
    sigset_t all;
    sigset_t before;

    action.sa_sigaction = on_question;
    sigaction(SIGRTMIN + 1, &action, NULL);
    sem_init(&answered, 0, 0);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&thread, NULL, watch, NULL) == 0)
        pthread_detach(thread);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
}
