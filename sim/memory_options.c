#include "memory_options.h"

#include <stdbool.h>

#include "access.h"
#include "ledger.h"
#include "suspect.h"

enum { OPTION_CHECK_ACCESS = 0x500, OPTION_NO_CHECK_ACCESS, OPTION_NO_LEDGER };

static const struct argp_option options[] = {
    {"check-access", OPTION_CHECK_ACCESS, NULL, 0,
     "Look at every access of instrumented code whether its bytes may be touched (standard)", 0},
    {"no-check-access", OPTION_NO_CHECK_ACCESS, NULL, 0, "Do not: faster", 0},
    {"no-ledger", OPTION_NO_LEDGER, NULL, 0,
     "Keep no record of who has which block: without all that needs it", 0},
    {0}};

static struct {
    bool no_check_access, no_ledger;
} settings;

static error_t parse(int key, char *argument, struct argp_state *state)
{
    (void)argument;
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
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp memory_argp = {.options = options, .parser = parse};

const char *memory_start(void)
{
    if (settings.no_ledger)
        return NULL;
    if (!ledger_start() || (!settings.no_check_access && !access_start()))
        return "there is no memory for the ledger of blocks; --no-ledger does without";
    suspect_start();
    return NULL;
}
