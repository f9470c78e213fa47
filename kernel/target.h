/*
 * The 32-bit target as this program sees it: addresses, sizes and memory words.
 *
 * Everything RTOS code can point to lies below 4 GiB, so a target address and a host pointer are
 * the same number. Allocator metadata is stored exactly as the target stores it: 32-bit little
 * endian words, at any alignment (an odd heap base is legal), with arithmetic modulo 2^32.
 */
#ifndef HEAPSIM_TARGET_H
#define HEAPSIM_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* On the paths whose instructions are counted. Where branches are, each is to count once. */
#ifdef HEAPSIM_COVERAGE
#define ALWAYS_INLINE inline
#else
#define ALWAYS_INLINE inline __attribute__((always_inline))
#endif
#define COLD __attribute__((cold, noinline)) /* off them */

typedef uint32_t taddr_t; /* an address on the target; 0 is NULL */
typedef uint32_t tsize_t; /* a size_t of the target */

static inline void *target_pointer(taddr_t address)
{
    return (void *)(uintptr_t)address;
}

/* True when the whole range lies where a 32-bit target can address it. */
static inline bool target_reaches(const void *begin, size_t size)
{
    const uint64_t first = (uintptr_t)begin;

    return first <= UINT32_MAX && size <= UINT32_MAX && first + size <= (uint64_t)UINT32_MAX + 1;
}

/* memcpy, because the word may be unaligned; compilers turn it into one load or store. */
static inline uint32_t load32(taddr_t address)
{
    uint32_t word;

    memcpy(&word, target_pointer(address), sizeof word);
    return word;
}

static inline void store32(taddr_t address, uint32_t word)
{
    memcpy(target_pointer(address), &word, sizeof word);
}

/* Rounding to a power of two, modulo 2^32 as on the target: align_up(0xfffffffd, 8) is 0. */
static inline uint32_t align_up(uint32_t value, uint32_t align)
{
    return (value + (align - 1)) & ~(align - 1);
}

static inline uint32_t align_down(uint32_t value, uint32_t align)
{
    return value & ~(align - 1);
}

static inline bool is_aligned(uint32_t value, uint32_t align)
{
    return (value & (align - 1)) == 0;
}

static inline bool is_power_of_two(uint32_t value)
{
    return value != 0 && (value & (value - 1)) == 0;
}

#endif
