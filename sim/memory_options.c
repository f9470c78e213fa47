#include "memory_options.h"

#include <stdbool.h>
#include <stdio.h>

#include "access.h"
#include "asan_story.h"
#include "detour.h"
#include "engine.h"
#include "fill.h"
#include "growth.h"
#include "guard.h"
#include "heap_check.h"
#include "leaks.h"
#include "ledger.h"
#include "memcheck.h"
#include "options.h"
#include "poison.h"
#include "quarantine.h"
#include "sanitizers.h"
#include "spec.h"
#include "stack_use.h"

enum {
    OPTION_CHECK_ACCESS = 0x500,
    OPTION_NO_CHECK_ACCESS,
    OPTION_NO_LEDGER,
    OPTION_LEAKS,
    OPTION_SNAPSHOT,
    OPTION_FILL = 0x540,
    OPTION_CHECK_EVERY,
    OPTION_QUARANTINE,
    OPTION_GUARD
};

static const struct argp_option options[] = {
    {"check-access", OPTION_CHECK_ACCESS, NULL, 0,
     "Look at every access of instrumented code whether its bytes may be touched (standard)", 0},
    {"no-check-access", OPTION_NO_CHECK_ACCESS, NULL, 0, "Do not: faster", 0},
    {"no-ledger", OPTION_NO_LEDGER, NULL, 0,
     "Keep no record of who has which block: without all that needs it", 0},
    {"leaks", OPTION_LEAKS, "all", OPTION_ARG_OPTIONAL,
     "Name the blocks that nothing points to any more at the end, by task and call site (exit 5); "
     "=all: the others, too",
     0},
    {"snapshot", OPTION_SNAPSHOT, "TIME", 0,
     "Note who holds which blocks at this time, and print it at the end, with what grew from one "
     "such time to the next; up to 16 times (virtual engine only)",
     0},
    {"fill", OPTION_FILL, "none|slack|all", 0,
     "What is filled and looked at later, for code that is not instrumented: the bytes behind "
     "blocks (slack), and freed memory, too (all: standard)",
     0},
    {"check-every", OPTION_CHECK_EVERY, "N", 0,
     "Walk a heap before every Nth operation on it: names the operations between which its "
     "headers were overwritten",
     0},
    {"quarantine", OPTION_QUARANTINE, "BYTES", 0,
     "Freed blocks keep their memory until so many bytes were freed after them: a late use is "
     "found, and harms nobody; addresses are no longer exact",
     0},
    {"guard", OPTION_GUARD, "ADDRESS|FILE.c:LINE|FUNCTION", 0,
     "Blocks of the system heap at this address, or allocated there, lie against a page without "
     "access: what overruns them faults at once, in any code; other addresses stay exact; up to "
     "16 times (virtual engine only)",
     0},
    {0}};

static struct {
    bool no_check_access, no_ledger;
    enum leaks_option leaks;
    enum fill_what fill;
    uint64_t check_every;
    uint64_t quarantine;
} settings = {.fill = FILL_ALL};

static void take_time(const char *text)
{
    uint64_t time = 0;

    if (!spec_time(text, &time))
        sim_bad_usage("--snapshot takes a time like 500us, 20ms, 60s or 1h, not '%s'", text);
    if (!growth_note_at(time, text))
        sim_bad_usage("--snapshot may be given %d times at most", GROWTH_MOMENTS_MAX);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)state;
    switch (key) {
    case OPTION_CHECK_ACCESS:
        settings.no_check_access = false;
        return 0;
    case OPTION_NO_CHECK_ACCESS:
        settings.no_check_access = true;
        return 0;
    case OPTION_NO_LEDGER:
        settings.no_ledger = true;
        return 0;
    case OPTION_LEAKS:
        if (argument != NULL && strcmp(argument, "all") != 0)
            sim_bad_usage("--leaks is given as it is, or as --leaks=all, not --leaks=%s", argument);
        settings.leaks = argument != NULL ? LEAKS_AND_HELD : LEAKS_AT_END;
        return 0;
    case OPTION_SNAPSHOT:
        take_time(argument);
        return 0;
    case OPTION_FILL:
        if (!fill_parse(argument, &settings.fill))
            sim_bad_usage("--fill is 'none', 'slack' or 'all', not '%s'", argument);
        return 0;
    case OPTION_CHECK_EVERY:
        if (!spec_number(argument, &settings.check_every) || settings.check_every == 0 ||
            settings.check_every > UINT32_MAX)
            sim_bad_usage("--check-every takes a number of operations, at least 1, not '%s'",
                          argument);
        return 0;
    case OPTION_QUARANTINE:
        if (!spec_number(argument, &settings.quarantine) || settings.quarantine == 0 ||
            settings.quarantine > UINT32_MAX)
            sim_bad_usage("--quarantine takes a number of bytes like 4096 or 64K, not '%s'",
                          argument);
        return 0;
    case OPTION_GUARD:
        if (!guard_choose(argument))
            sim_bad_usage("--guard may be given 16 times at most");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp memory_argp = {.options = options, .parser = parse};

static bool takes_detours(void)
{
    return settings.quarantine > 0 || guard_is_wanted();
}

static const char *refuse_without_ledger(void)
{
    if (settings.leaks != LEAKS_NOT)
        return "--leaks looks through the ledger of blocks: it does not go together with "
               "--no-ledger";
    if (growth_is_wanted())
        return "--snapshot looks through the ledger of blocks: it does not go together with "
               "--no-ledger";
    if (settings.check_every > 0)
        return "--check-every needs the ledger: leave out --no-ledger";
    if (takes_detours())
        return "--quarantine and --guard go by the ledger of blocks: leave out --no-ledger";
    return NULL;
}

/* What does not go together. */
static const char *refuse(void)
{
    if (settings.no_ledger)
        return refuse_without_ledger();
    if (growth_is_wanted() && !engine->in_order)
        return "--snapshot notes what is so at a time of --engine virtual; on the parallel engine "
               "nothing stands still";
    if (takes_detours() && memcheck_is_here())
        return "--quarantine and --guard do what Valgrind does anyway: leave them out";
    if (guard_is_wanted() && WITH_ASAN)
        return "--guard does what AddressSanitizer does for every block: leave it out";
    if (guard_is_wanted() && !engine->in_order)
        return "--guard looks up who allocates, which can't be done on --engine parallel; use "
               "--engine virtual";
    return NULL;
}

/* Memcheck sees for itself; in quarantine memory is freed behind the back of what fills it. */
static enum fill_what what_to_fill(void)
{
    if (memcheck_is_here())
        return FILL_NONE;
    return settings.fill == FILL_ALL && takes_detours() ? FILL_SLACK : settings.fill;
}

static bool start_detours(void)
{
    if (!takes_detours())
        return true;
    if (settings.quarantine > 0)
        fprintf(stderr, "heapsim: with --quarantine freed memory is used again later than on the "
                        "board: addresses and figures are not exact.\n");
    return quarantine_start((tsize_t)settings.quarantine) && guard_start() && detour_start();
}

const char *memory_start(void)
{
    const char *const refusal = refuse();

    asan_story_start();
    if (refusal != NULL || settings.no_ledger)
        return refusal;
    if (!growth_start()) /* it hears of what happens before the ledger does */
        return "there is no memory for --snapshot";
    if (!ledger_start() || (!settings.no_check_access && !access_start()) ||
        !fill_start(what_to_fill()) || !heap_check_start((uint32_t)settings.check_every))
        return "there is no memory for the ledger of blocks; --no-ledger does without";
    poison_start();
    stack_use_start();
    memcheck_start();
    if (!start_detours())
        return "there is no memory for --quarantine or --guard";
    growth_watch();
    if (!leaks_start(settings.leaks))
        return "there is no memory for --leaks";
    return NULL;
}
