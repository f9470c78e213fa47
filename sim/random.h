/* Seeded pseudo-random numbers (splitmix64): the same on every host. */
#ifndef HEAPSIM_RANDOM_H
#define HEAPSIM_RANDOM_H

#include <stdint.h>

#define RANDOM_STEP 0x9e3779b97f4a7c15u /* from state to state */

struct random {
    uint64_t state;
};

static inline uint64_t random_next(struct random *r)
{
    uint64_t z = (r->state += RANDOM_STEP);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* Uniform in 0..limit-1, limit at least 1; the bias of the remainder is below 2^-32 for small
 * limits. */
static inline uint64_t random_below(struct random *r, uint64_t limit)
{
    return random_next(r) % limit;
}

#endif
