/* Options that every heapsim program takes, as an argp child: --region, --board, --quirks, ... */
#ifndef HEAPSIM_OPTIONS_H
#define HEAPSIM_OPTIONS_H

#include <argp.h>

#include "diagnose.h"

struct sim_options {
    bool faithful; /* --quirks=faithful */
    enum violation_policy on_violation;
    bool on_violation_given;
};

extern struct sim_options sim_options; /* what the command line said */
extern const struct argp sim_argp;

/* Prints "PROGRAM: SENTENCE" on standard error and exits with 2. */
_Noreturn void sim_bad_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Parses argv with the program's argp, of which sim_argp is a child; exits with 2 and one line on
 * bad usage.
 */
void sim_parse(const struct argp *argp, int argc, char **argv, void *input);

#endif
