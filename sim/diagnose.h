/*
 * What becomes of a misuse that the kernel found (port_diagnosis): --on-violation decides.
 */
#ifndef HEAPSIM_DIAGNOSE_H
#define HEAPSIM_DIAGNOSE_H

#include "../kernel/diagnosis.h"

/* Exit codes of every heapsim program. */
enum exit_code {
    EXIT_PASSED = 0,
    EXIT_CHECK_FAILED = 1, /* the program's own check */
    EXIT_USAGE = 2,
    EXIT_MISUSE = 3, /* misuse, race or corruption */
    EXIT_DEADLOCK = 4,
    EXIT_LEAKS = 5,
    EXIT_INTERNAL = 70 /* an error of heapsim itself */
};

enum violation_policy {
    VIOLATION_STOP,   /* print a paragraph and end with EXIT_MISUSE (standard) */
    VIOLATION_REPORT, /* print it and go on */
    VIOLATION_RETURN  /* go on silently, counted */
};

/* stop, report or return; false for another word. */
bool diagnose_parse_policy(const char *word, enum violation_policy *policy);
void diagnose_set_policy(enum violation_policy policy);
enum violation_policy diagnose_policy(void);

/* How many misuses of a kind were found so far; DIAGNOSIS_KINDS: of all kinds. */
unsigned diagnose_count(enum diagnosis_kind kind);

/* How many of them were printed, but for leaks: what makes a run end with EXIT_MISUSE. */
unsigned diagnose_reported(void);

/* The last one found; its text is a copy, 255 characters at most. */
const struct diagnosis *diagnose_last(void);

/* Called before the process stops for a misuse: to complete traces. */
void diagnose_on_stop(void (*hook)(void));

/* Called at each one found, in the context of the call that found it; NULL: no more. */
void diagnose_on_each(void (*hook)(void));

/* Its stable name: "double-free". */
const char *diagnose_kind_name(enum diagnosis_kind kind);

#endif
