/* Which schedule is run number k of an exploration: from what the dry run met, and the seed. */
#ifndef HEAPSIM_EXPLORE_PLAN_H
#define HEAPSIM_EXPLORE_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "steer.h"

enum strategy {
    STRATEGY_SWEEP,     /* singles */
    STRATEGY_PAIRS,     /* singles, then pairs */
    STRATEGY_RANDOM,    /* sparse random actions */
    STRATEGY_PCT,       /* priorities of cores that change; with one core: several actions */
    STRATEGY_PORTFOLIO, /* singles, pairs if they fit in, then all kinds of samples in turn */
    STRATEGIES
};

extern const char *const strategy_names[STRATEGIES];

/* From then on points are recorded, while runs are in STEER_RECORD. */
void plans_record(void);

/* The dry run is over. False if there was no memory for it. */
bool plans_analyse(void);

struct plan_facts {
    uint64_t points;  /* of the dry run */
    uint32_t places;  /* of these, where something may matter */
    uint32_t shared;  /* 8-byte words that two contexts touch, one of them writing */
    uint64_t singles; /* place and action */
};
struct plan_facts plans_facts(void);

/* Of `runs`, those that are singles, and pairs. */
uint64_t plans_singles(enum strategy strategy, uint64_t runs);
uint64_t plans_pairs(enum strategy strategy, uint64_t runs);

/* Run number k, from 0. False if the strategy has no more. */
bool plans_get(enum strategy strategy, uint64_t seed, uint64_t runs, uint64_t k,
               struct steer_plan *plan);

#endif
