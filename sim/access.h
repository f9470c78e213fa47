/*
 * Which bytes of the board's memory application code may touch: in a heap's or pool's region only
 * those that were asked for and not freed since. The hooks of instrumented code (instrument.c) look
 * every access up here, before it is made.
 *
 *   page -> ACCESS_FREELY | ACCESS_MIXED: look at its bits | ACCESS_NEVER
 *   bits: one a byte, 1 where it may not be touched
 *
 * One bit is all there is to look at; what the byte is (slack, a header, free, never given out) is
 * found out from the ledger and the heap when an access was wrong (access_report.c).
 */
#ifndef HEAPSIM_ACCESS_H
#define HEAPSIM_ACCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../kernel/target.h"

enum access_page { ACCESS_FREELY, ACCESS_MIXED, ACCESS_NEVER };

struct access_map {
    uint8_t pages[1u << 20]; /* of 4 KiB, by address */
    _Alignas(8) uint8_t bits[];
};

/* NULL: nothing is looked at. */
extern struct access_map *access_map;

/* After ledger_start(), which it listens to. False: no memory. */
bool access_start(void);

/* Forgets all, for another run in the same process. O(memory of heaps / 4096). */
void access_reset(void);

/* True if all bytes may be touched; else *bad is the first one that may not. O(size). */
bool access_allowed(uintptr_t address, size_t size, taddr_t *bad);

/* Names what is wrong with an access to `bad`, of a range of `size` bytes at `address`. */
void access_report(taddr_t bad, uintptr_t address, size_t size, bool writes, const void *site,
                   const void *frame);

/* The same of an access that a call makes for the application; without a name: no call did. */
struct heap_call;
void access_report_call(taddr_t bad, uintptr_t address, size_t size, bool writes,
                        const struct heap_call *call);

/* The rest of access_look(). */
void access_look_closer(uintptr_t address, size_t size, bool writes, const void *site,
                        const void *frame);

/* At most 16 bytes, in whose pages there is something to look at: true if they may be touched. */
static inline bool access_bits_allow(const struct access_map *map, uintptr_t address, size_t size)
{
    uint32_t bits;

    if (map->pages[address >> 12] != ACCESS_MIXED || address >> 12 != (address + size - 1) >> 12)
        return false;
    __builtin_memcpy(&bits, &map->bits[address >> 3], sizeof bits);
    return (bits >> (address & 7) & ((1u << size) - 1)) == 0;
}

/*
 * The caller's frame is about to access memory. A null pointer counts as wrong. Any context; O(1)
 * for 16 bytes, else O(size / 8).
 */
static inline __attribute__((always_inline)) void access_look(const volatile void *address,
                                                              size_t size, bool writes,
                                                              const void *site, const void *frame)
{
    const struct access_map *const map = access_map;
    const uintptr_t at = (uintptr_t)address;

    if (map == NULL || (sizeof at > 4 && at > UINT32_MAX))
        return;
    if (__builtin_expect(map->pages[at >> 12] == ACCESS_FREELY, 1) && size <= 16)
        return; /* a heap begins in no page that such an access comes from */
    if (size - 1 < 16 && access_bits_allow(map, at, size))
        return;
    access_look_closer(at, size, writes, site, frame);
}

#endif
