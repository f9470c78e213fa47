/* What an exploration tells: progress, the failing run with its source lines, how to replay it. */
#ifndef HEAPSIM_EXPLORE_REPORT_H
#define HEAPSIM_EXPLORE_REPORT_H

#include "explore.h"
#include "explore_plan.h"
#include "schedule.h"

enum run_end {
    END_ITSELF,
    END_NEVER, /* it went on and on */
    END_SILENT /* without a point */
};

struct explore_failure {
    uint64_t run; /* from 0; UINT64_MAX: none */
    int code;     /* as a process ends with it; 128 and more: killed by a signal */
    enum run_end end;
    char schedule[SCHEDULE_TEXT_MAX];
};

struct explore_result {
    const struct explore_options *options;
    enum strategy strategy;
    uint64_t runs;
    double seconds;     /* on the clock */
    double cpu_seconds; /* of all workers */
    unsigned workers;
    bool forked;
    const char *forked_why;
    struct explore_failure *failure; /* NULL: none */
};

/* Overwrites the line on a terminal; 0 of 0: takes it away. */
void explore_print_progress(uint64_t runs, uint64_t of);

/* Tells all of it; if there is a failure, this process becomes its replay. */
_Noreturn void explore_report(const struct explore_result *result);

/* The program fails without any action: this process becomes that run. */
_Noreturn void explore_fails_at_once(const struct explore_options *options, int code,
                                     enum run_end end);

/* It was given so long, and goes on. */
_Noreturn void explore_has_no_end(unsigned seconds);

#endif
