#include "memory_options.h"

#include <stdbool.h>

#include "access.h"
#include "fill.h"
#include "heap_check.h"
#include "ledger.h"
#include "options.h"
#include "spec.h"

enum {
    OPTION_CHECK_ACCESS = 0x500,
    OPTION_NO_CHECK_ACCESS,
    OPTION_NO_LEDGER,
    OPTION_FILL = 0x540,
    OPTION_CHECK_EVERY
};

static const struct argp_option options[] = {
    {"check-access", OPTION_CHECK_ACCESS, NULL, 0,
     "Look at every access of instrumented code whether its bytes may be touched (standard)", 0},
    {"no-check-access", OPTION_NO_CHECK_ACCESS, NULL, 0, "Do not: faster", 0},
    {"no-ledger", OPTION_NO_LEDGER, NULL, 0,
     "Keep no record of who has which block: without all that needs it", 0},
    {"fill", OPTION_FILL, "none|slack|all", 0,
     "What is filled and looked at later, for code that is not instrumented: the bytes behind "
     "blocks (slack), and freed memory, too (all: standard)",
     0},
    {"check-every", OPTION_CHECK_EVERY, "N", 0,
     "Walk a heap before every Nth operation on it: names the operations between which its "
     "headers were overwritten",
     0},
    {0}};

static struct {
    bool no_check_access, no_ledger;
    enum fill_what fill;
    uint64_t check_every;
} settings = {.fill = FILL_ALL};

static error_t parse(int key, char *argument, struct argp_state *state)
{
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
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp memory_argp = {.options = options, .parser = parse};

const char *memory_start(void)
{
    if (settings.no_ledger && settings.check_every > 0)
        return "--check-every needs the ledger: leave out --no-ledger";
    if (settings.no_ledger)
        return NULL;
    if (!ledger_start() || (!settings.no_check_access && !access_start()) ||
        !fill_start(settings.fill) || !heap_check_start((uint32_t)settings.check_every))
        return "there is no memory for the ledger of blocks; --no-ledger does without";
    return NULL;
}
