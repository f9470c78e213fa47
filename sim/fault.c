#define _GNU_SOURCE
#include "fault.h"

#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

#include "../kernel/kernel.h"
#include "../kernel/port.h"
#include "carrier.h"
#include "diagnose.h"
#include "engine.h"
#include "explore.h"
#include "fault_place.h"
#include "finish.h"
#include "frames.h"
#include "last_words.h"
#include "leave.h"
#include "quiet_thread.h"
#include "report.h"
#include "sanitizers.h"
#include "stack_use.h"

enum {
    SIGNAL_STACK = (sizeof(void *) > 4 ? 256 : 64) * 1024, /* reports are printed on it */
    TELLING_SECONDS = sizeof(void *) > 4 ? 10 : 40,        /* there each symbol is a process */
    ENDING_SECONDS = 10,
    INNER = 12, /* frames that are kept of a long way: these, and the outermost */
    FRAMES = 24,
    PATIENCE = 5
};

extern const char __executable_start[], etext[]; /* by the linker: the program's own code */

enum stage { UNWINDING, TELLING, ENDING };

static atomic_flag is_busy = ATOMIC_FLAG_INIT;
static pthread_t busy;
static volatile sig_atomic_t stage;
static sigjmp_buf unwound;
static char plain[700]; /* what can be said without looking anything up */

static void say(const char *text)
{
    (void)!write(STDERR_FILENO, text, strlen(text));
}

/* --- the way there --- */

struct walk {
    uintptr_t pc;
    uintptr_t beyond; /* what an ISR interrupted; 0: nothing */
    const void **frames;
    volatile unsigned count;
    bool found;
};

/* Of endless recursion there are more frames than anybody reads: the last ones are the oldest. */
static void keep_frame(struct walk *walk, uintptr_t address)
{
    if (walk->count == FRAMES) {
        memmove(&walk->frames[INNER], &walk->frames[INNER + 1],
                (FRAMES - INNER - 1) * sizeof walk->frames[0]);
        walk->count--;
    }
    walk->frames[walk->count++] = (const void *)address;
}

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *argument)
{
    struct walk *const walk = argument;
    int is_exact = 0;
    const uintptr_t ip = (uintptr_t)_Unwind_GetIPInfo(context, &is_exact);

    walk->found = walk->found || ip == walk->pc;
    if (!walk->found)
        return _URC_NO_REASON; /* the handler's own frames */
    if (walk->beyond != 0 && walk->count > 0 && (uintptr_t)_Unwind_GetCFA(context) > walk->beyond)
        return _URC_END_OF_STACK;
    keep_frame(walk, is_exact ? ip + 1 : ip);
    return _URC_NO_REASON;
}

/* Where a call of something that is no code came from. */
static uintptr_t caller_of_nothing(const struct fault *fault)
{
#if defined(__x86_64__) || defined(__i386__)
    return fault->sp % sizeof(uintptr_t) == 0 ? *(const uintptr_t *)fault->sp : 0;
#else
    return fault->link;
#endif
}

/* A walk over a broken stack may fault itself: then what was found so far is all. */
static void find_way(const struct fault *fault, const void **way)
{
    const struct core *const core = kernel_core();
    struct walk walk = {.pc = fault->pc,
                        .beyond = core->interrupts > 0 ? (uintptr_t)core->isr_frame : 0,
                        .frames = way};
    uint32_t frames[FRAMES];
    volatile uintptr_t caller = 0;

    if (fault->access != FAULT_JUMP && sigsetjmp(unwound, 0) == 0)
        _Unwind_Backtrace(visit, &walk);
    if (walk.count > 0)
        return;
    if (sigsetjmp(unwound, 0) == 0) {
        caller = fault->access == FAULT_JUMP ? caller_of_nothing(fault) : fault->pc + 1;
        frames_walk((const void *)fault->frame, (const void *)caller, frames, FRAMES);
        for (unsigned i = 0; i < FRAMES && frames[i] != 0; i++)
            way[i] = (const void *)(uintptr_t)frames[i];
    } else {
        way[0] = (const void *)caller;
    }
}

/* --- telling, and the end --- */

/* The innermost place in the program: the C library's are not to be found in its file. */
static uintptr_t place_in_program(const struct fault *fault, const void *const *way)
{
    while (*way != NULL && ((const char *)*way < __executable_start || (const char *)*way >= etext))
        way++;
    return *way != NULL ? (uintptr_t)*way - 1 : fault->pc;
}

static void write_plain(const struct diagnosis *d, const struct fault *fault, uintptr_t place)
{
    const struct task *const task = kernel_core()->current;

    snprintf(plain, sizeof plain,
             "heapsim: %s: %s: %s.\n"
             "  Address 0x%llx, at 0x%llx, by task '%s'. The place is not looked up, because that "
             "does not come to an end: addr2line -e %s 0x%llx names it.\n",
             diagnose_kind_name(d->kind), d->call, d->text, (unsigned long long)fault->address,
             (unsigned long long)place, task != NULL ? task->name : "boot", program_invocation_name,
             (unsigned long long)place);
}

static _Noreturn void leave_at_once(const char *why)
{
    say(why);
    last_words(0);
    leave_process(EXIT_MISUSE);
}

static void on_alarm(int number)
{
    static volatile sig_atomic_t unheard;
    const bool is_busy_one = pthread_equal(busy, pthread_self());

    if (!is_busy_one && unheard < PATIENCE) {
        unheard = unheard + 1;
        pthread_kill(busy, number);
        alarm(1);
        return;
    }
    const bool is_told = stage == ENDING;
    stage = ENDING;
    if (!is_told)
        say(plain);
    if (is_busy_one && !is_told) {
        alarm(ENDING_SECONDS);
        finish(EXIT_MISUSE);
    }
    leave_at_once(
        "heapsim: the fault came where the run can't be ended in order; its traces may not "
        "be complete.\n");
}

static void start_clock(void)
{
    struct sigaction action = {.sa_handler = on_alarm, .sa_flags = SA_ONSTACK | SA_NODEFER};
    sigset_t signals;

    quiet_thread_hears_alarms = true;
    sigaction(SIGALRM, &action, NULL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGALRM);
    pthread_sigmask(SIG_UNBLOCK, &signals, NULL);
    alarm(TELLING_SECONDS);
}

/* There is one already that is being told. */
static void on_second_fault(void)
{
    if (!pthread_equal(busy, pthread_self())) {
        if (carrier_self != NULL)
            for (;;)
                pause(); /* the first one ends the process */
    } else if (stage == UNWINDING) {
        siglongjmp(unwound, 1);
    }
    if (stage != ENDING)
        say(plain);
    leave_at_once("heapsim: another fault while that was being told: the run ends at once.\n");
}

/* The access was named before it was made, and --on-violation let it be. */
static bool is_named(const struct diagnosis *d)
{
    const struct diagnosis *const last = diagnose_last();

    return diagnose_count(DIAGNOSIS_KINDS) > 0 && diagnose_reported() > 0 &&
           last->kind == d->kind && last->address == d->address &&
           d->kind != DIAGNOSIS_STACK_OVERFLOW;
}

static _Noreturn void tell(const struct fault *fault)
{
    const void *way[FRAMES + 1] = {NULL};
    struct fault_texts texts;
    struct diagnosis diagnosis = {.frame = (const void *)fault->frame, .way = way};

    stage = UNWINDING;
    stack_use_forget();
    fault_judge(fault, &diagnosis, &texts);
    write_plain(&diagnosis, fault, fault->pc);
    start_clock();
    find_way(fault, way);
    write_plain(&diagnosis, fault, place_in_program(fault, way));
    diagnosis.site = way[0];
    stage = TELLING;
    if (is_named(&diagnosis)) {
        say("heapsim: the run ends there: the access can't be made.\n");
    } else {
        diagnose_set_policy(VIOLATION_REPORT); /* whatever it is: this one is always told */
        port_diagnosis(&diagnosis);
    }
    stage = ENDING;
    alarm(ENDING_SECONDS);
    finish(EXIT_MISUSE);
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    struct fault fault;

    (void)number;
    if (explore_run_is_on())
        _exit(EXIT_MISUSE);
    if (atomic_flag_test_and_set(&is_busy))
        on_second_fault();
    busy = pthread_self();
    fault = fault_read(info, context);
    tell(&fault);
}

/* --- set-up --- */

void fault_thread_begins(void)
{
    stack_t stack = {.ss_size = SIGNAL_STACK};

    if (WITH_ASAN)
        return;
    stack.ss_sp = mmap(NULL, SIGNAL_STACK, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stack.ss_sp != MAP_FAILED)
        sigaltstack(&stack, NULL); /* else a fault ends the process, as without a handler */
}

void fault_start(void)
{
    struct sigaction action = {.sa_sigaction = on_fault,
                               .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};

    if (WITH_ASAN)
        return;
    fault_thread_begins();
    sigfillset(&action.sa_mask);
    sigdelset(&action.sa_mask, SIGSEGV);
    sigdelset(&action.sa_mask, SIGBUS);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
}
