/*
 * A process of its own that prints diagnoses. Names of functions and lines come from libraries that
 * allocate and lock; an ISR of the parallel engine may have interrupted just that, or hold the
 * kernel lock that another core's ISR waits for in the middle of it. So a diagnosis is captured as
 * plain text and an address, and sent: write(2) is all that the simulated program does.
 */
#ifndef HEAPSIM_REPORTER_H
#define HEAPSIM_REPORTER_H

#include <stdbool.h>

#include "report.h"
#include "report_json.h"

/* Forks it; before any thread is made. False if the host allows none: then nothing is named. */
bool reporter_start(void);

/* True if there is one. */
bool reporter_runs(void);

/* Waits only while the reporter is many reports behind. From any context. */
void reporter_send(const struct report *report);

/* The last line of --json, after all that was sent before; returns when it is written. */
void reporter_send_end(const struct json_end *end);

/* Returns when all that was sent is printed, or the reporter is gone. From any context. */
void reporter_finish(void);

#endif
