/* Bit scans of a word, counted from bit 0 at the low end. The word must not be 0. */
#ifndef HEAPSIM_BITS_H
#define HEAPSIM_BITS_H

#include "../target.h"

static inline unsigned bit_lowest(uint32_t word)
{
    return (unsigned)__builtin_ctz(word);
}

/* The integer part of the binary logarithm. */
static inline unsigned bit_highest(uint32_t word)
{
    return 31u ^ (unsigned)__builtin_clz(word);
}

#endif
