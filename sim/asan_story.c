#define _GNU_SOURCE
#include "asan_story.h"

#include "sanitizers.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <ucontext.h>

#include "../kernel/kernel.h"
#include "access.h"
#include "backtrace.h"
#include "engine.h"
#include "explore.h"
#include "finish.h"
#include "last_words.h"
#include "symbol.h"

enum { FRAMES = 48, LOWEST = 0x10000, PAGE_FAULT_WRITES = 2 };

struct access {
    uintptr_t address;
    size_t size; /* 0: unknown */
    bool writes;
    const void *site, *frame;
};

/* What the sanitizer is about to report, where more of it is known than its interface shows. */
static __thread struct access known;
static __thread bool is_known;
static struct sigaction its_handler[NSIG];

/* The innermost call in the application: the sanitizer's own functions stand in for the C library's
 * and the kernel may do what the application asked for. */
static const void *application_site(const void *pc)
{
    const void *frames[FRAMES];

    if (symbol_of_application(pc))
        return pc;
    const size_t count = backtrace_capture(NULL, frames, FRAMES);
    for (size_t i = 0; i < count; i++)
        if (symbol_of_application(frames[i]))
            return frames[i];
    return pc;
}

/* False: it is no report of an access. */
static bool reported_access(struct access *access)
{
    if (is_known) {
        *access = known;
        is_known = false;
        return true;
    }
    access->address = (uintptr_t)__asan_get_report_address();
    access->size = __asan_get_report_access_size();
    access->writes = __asan_get_report_access_type() != 0;
    access->site = __asan_get_report_pc();
    access->frame = __asan_get_report_bp();
    return access->size > 0;
}

/* The sanitizer has printed its report, and ends the process when this returns. */
static void tell(const char *report)
{
    struct access access;

    (void)report;
    if (!reported_access(&access))
        return;
    const char *const bad = __asan_region_is_poisoned((void *)access.address, access.size);
    access_report((taddr_t)(bad != NULL ? (uintptr_t)bad : access.address), access.address,
                  access.size, access.writes, application_site(access.site), access.frame);
}

/*
 * Its own check of the access may never come: accesses to static data it leaves out, and of those
 * that are not aligned it looks at one part. A run of an exploration prints nothing.
 */
bool asan_story_begins(taddr_t bad, uintptr_t address, size_t size, bool writes, const void *site,
                       const void *frame)
{
    if (bad < LOWEST)
        return true;
    if (explore_run_is_on() || !__asan_address_is_poisoned(target_pointer(bad)))
        return false;
    known = (struct access){address, size, writes, site, frame};
    is_known = true;
    __asan_report_error((void *)(uintptr_t)site, (void *)(uintptr_t)frame, (void *)(uintptr_t)frame,
                        target_pointer(bad), writes, size);
    return true;
}

/* It comes to the end by itself: nothing was told, or --on-violation would go on. */
static void complete(int number)
{
    if (number == 0 && engine_running)
        finish_reports();
}

static void on_signal(int number, siginfo_t *info, void *context)
{
    const ucontext_t *const cpu = context;
    const greg_t *const registers = cpu->uc_mcontext.gregs;

    known = (struct access){
        .address = (uintptr_t)info->si_addr,
        .writes = (registers[REG_ERR] & PAGE_FAULT_WRITES) != 0,
        .site = (const void *)(registers[REG_RIP] + 1), /* as if it were a return address */
        .frame = (const void *)registers[REG_RBP]};
    is_known = true;
    its_handler[number].sa_sigaction(number, info, context);
}

static void take_signal(int number)
{
    struct sigaction action;

    sigaction(number, NULL, &its_handler[number]);
    if ((its_handler[number].sa_flags & SA_SIGINFO) == 0)
        return; /* it was told to leave it alone */
    action = its_handler[number];
    action.sa_sigaction = on_signal;
    sigaction(number, &action, NULL);
}

void asan_story_start(void)
{
    __asan_set_error_report_callback(tell);
    last_words_add(complete);
    take_signal(SIGSEGV);
    take_signal(SIGBUS);
}
#else
void asan_story_start(void)
{
}

bool asan_story_begins(taddr_t bad, uintptr_t address, size_t size, bool writes, const void *site,
                       const void *frame)
{
    (void)bad;
    (void)address;
    (void)size;
    (void)writes;
    (void)site;
    (void)frame;
    return false;
}
#endif
