/*
 * What a run finds, for programs to read (--json FILE; docs/diagnoses.md): a line for the run, one
 * for each diagnosis as soon as it is made, and one for its end.
 *
 * - It is the record of a run: what --on-violation=return does not print is there, too.
 * - Of an exploration the replay writes it.
 * - On the parallel engine the reporter (reporter.h) writes the diagnoses: the file is open before
 *   that is forked.
 */
#ifndef HEAPSIM_REPORT_JSON_H
#define HEAPSIM_REPORT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "../kernel/diagnosis.h"

struct report;

struct json_run {
    char **argv; /* its texts stay valid */
    uint64_t seed;
    unsigned cores;
    const char *heap, *dialect;
};

/* False if this build has no jansson. */
bool json_is_possible(void);

/* Creates the file, with its first line; "-" is standard output. False with errno if it can't. */
bool json_open(const char *path, const struct json_run *run);

extern bool json_is_on;

/* Its line. Names functions: as report_print(). */
void json_report(const struct report *report);

/* A task that has no safepoint, at that instruction. */
void json_stuck(const char *task, unsigned core, const void *site);

/* The tasks that wait for ever (deadlock.h). */
void json_deadlock(void);

/* The end of the run, as plain data. */
struct json_end {
    int code; /* -1: a signal's */
    int signal;
    uint64_t time;
    unsigned printed;
    unsigned found[DIAGNOSIS_KINDS];
};

/* Writes the last line, once; of the process that opened the file. From any context. */
void json_end(int code, int signal);
void json_write_end(const struct json_end *end);

#endif
