#define _GNU_SOURCE
#include "asan_story.h"

#include "sanitizers.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "../kernel/kernel.h"
#include "access.h"
#include "backtrace.h"
#include "engine.h"
#include "explore.h"
#include "fault_place.h"
#include "finish.h"
#include "last_words.h"
#include "symbol.h"

enum { FRAMES = 48, LOWEST = 0x10000 };

struct access {
    uintptr_t address;
    size_t size; /* 0: unknown */
    bool writes;
    const void *site, *frame;
};

/* What the sanitizer is about to report, where more of it is known than its interface shows. */
static __thread struct access known;
static __thread bool is_known;
static __thread struct fault fault; /* of the processor */
static __thread bool is_fault;
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

/* Of static data, of a stack or of the host's memory: it knows more of these than we do. */
static void tell_other(const struct access *access, const char *name)
{
    char text[160];

    snprintf(text, sizeof text, "AddressSanitizer, above, calls it %s", name);
    const struct diagnosis diagnosis = {
        .kind = DIAGNOSIS_WILD_ACCESS,
        .call = access->writes ? "a write" : "a read",
        .site = application_site(access->site),
        .frame = access->frame,
        .address = access->address <= UINT32_MAX ? (taddr_t)access->address : 0,
        .size = (tsize_t)access->size,
        .text = text};

    port_diagnosis(&diagnosis);
}

static void tell_access(const struct access *access)
{
    const char *const name = __asan_get_report_description();

    if (strstr(name, "use-after-poison") == NULL && strstr(name, "unknown-crash") == NULL) {
        tell_other(access, name);
        return;
    }
    const char *const bad = __asan_region_is_poisoned((void *)access->address, access->size);

    access_report((taddr_t)(bad != NULL ? (uintptr_t)bad : access->address), access->address,
                  access->size, access->writes, application_site(access->site), access->frame);
}

/* No memory there at all, or a stack that ran out. */
static void tell_fault(void)
{
    struct fault_texts texts;
    struct diagnosis diagnosis = {.site = application_site((const void *)(fault.pc + 1)),
                                  .frame = (const void *)fault.frame};

    is_fault = false;
    fault_judge(&fault, &diagnosis, &texts);
    port_diagnosis(&diagnosis);
}

/* The sanitizer has printed its report, and ends the process when this returns. */
static void tell(const char *report)
{
    struct access access;

    (void)report;
    if (is_fault)
        tell_fault();
    else if (reported_access(&access))
        tell_access(&access);
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
    fault = fault_read(info, context);
    is_fault = true;
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
