/* Who is measured: heaps, the machine's allocators, and the two yardsticks (nothing, a list). */
#ifndef HEAPSIM_BENCH_SUBJECT_H
#define HEAPSIM_BENCH_SUBJECT_H

#include "adapters.h"
#include "drive.h"

enum { SUBJECTS_MAX = 64, SUBJECT_NAME_MAX = 80 };

struct subject {
    char name[SUBJECT_NAME_MAX]; /* in tables */
    enum driver_kind driver;
    struct heap_config config; /* of a heap */
    bool block_size_given;     /* else a pool's blocks are as large as the largest request */
    struct host_allocator host;
    const char *absent; /* why there is nothing to measure, or NULL */
};

/* The one that does nothing, and the free list. */
void subject_null(struct subject *subject);
void subject_list(struct subject *subject);

/* A heap as the command line spells it. False, with a sentence in `why` (SPEC_WHY_MAX bytes). */
bool subject_heap(struct subject *subject, const char *spec, bool front, char *why);

/* glibc, mimalloc, jemalloc: those of the machine, by index; `absent` if it does not have it. */
enum { HOST_ALLOCATORS = 3 };
const char *subject_host_name(unsigned index);
void subject_host(struct subject *subject, unsigned index);

/*
 * Restarts the program once, with more room for what shared libraries keep per thread, where the
 * loader had too little to load one of them by dlopen().
 */
void subject_make_room(char **argv);

/* Why this subject can't be measured on the workload, or NULL. */
const char *subject_refusal(const struct subject *subject, const struct workload *workload);

/* False for a heap whose blocks lie elsewhere than in the RAM it gets. */
bool subject_fills_region(const struct subject *subject);

/* Bytes of RAM that the heap gets. */
tsize_t subject_region(const struct subject *subject, const struct workload *workload);

/*
 * Makes the subject the one that its driver calls, with empty memory: maps and lays out a heap's
 * region. NULL, or why there is none.
 */
const char *subject_begin(const struct subject *subject, const struct workload *workload);

#endif
