/*
 * Exploration: the same program, run with many schedules, until one of them makes it fail
 * (docs/exploration.md).
 *
 *   dry run      nothing done: which points are there, and what they touch
 *   singles      each action alone, at each point where it may matter: complete
 *   pairs        each two of them, if there are few enough
 *   sampling     several actions, sparse random ones, or changing priorities of cores
 *
 * Run number k of an exploration is the same whoever runs it: workers, one per CPU of the host,
 * take the next number each. The result is the failing run of the lowest number.
 */
#ifndef HEAPSIM_EXPLORE_H
#define HEAPSIM_EXPLORE_H

#include <stdbool.h>
#include <stdint.h>

#include "steer.h"

struct carrier;

struct explore_options {
    uint64_t runs;        /* 0: no exploration */
    const char *strategy; /* a word of explore_is_strategy() */
    bool shrink;
    bool forked;          /* each run in a child */
    const char *schedule; /* file to write: or to read, in a replay; or NULL */
    const char *inject;   /* a replay: this schedule; or NULL */
    uint64_t only;        /* only this run, counted from 1; 0: all */
    bool hashes;          /* print each run's trace hash */
    uint64_t seed;
    unsigned workers; /* 0: as many as the host has CPUs */
    char **argv;      /* the command line, for the replay */
};

bool explore_is_strategy(const char *word);

/* Before the engine is set up: from here on runs are steered, and belong to an exploration. */
void explore_prepare(const struct explore_options *options);

/* True from then on. */
extern bool explore_is_on;

/* The engine starts, from the process's first stack: all runs, or the replay of one. */
_Noreturn void explore_all(struct carrier *first);

/* True in a run of an exploration: it ends by explore_end_run(), and prints nothing. */
bool explore_run_is_on(void);

/* A run is over; `code` is its verdict. */
_Noreturn void explore_end_run(int code);

/*
 * The duration is over: true if the run goes on, without devices, to see who is left waiting. That
 * is told by explore_found_waiters(): somebody who is not in the dry run.
 */
bool explore_lets_time_run_out(void);
bool explore_time_has_run_out(void); /* it did */
bool explore_found_waiters(void);

/* A replay is over: false if it never came to a place that its file names, which is told. */
bool explore_kept_to_file(void);

/* A steered run looks here now and then: ends it if it has become endless. */
void explore_check_length(void);

/* In a run the program has changed what can't be put back: a clause that says so. */
void explore_note_host(const char *what);

/* The verdict of this schedule, run in a child; `mode`: FIXED or RECORD. */
int explore_try(const struct schedule *schedule, enum steer_mode mode);

#endif
