/*
 * The chunks and lists of a OneOS first-fit region as they lie in memory; what is done with them is
 * in oneos_first_fit.c, which draws the picture.
 */
#ifndef HEAPSIM_ONEOS_CHUNKS_H
#define HEAPSIM_ONEOS_CHUNKS_H

#include "oneos.h"

enum { UNIT = 8 };

/* The region's own structure at H, behind chunk 0's header. */
enum { OWN_UNITS = 8, OWN_BITMAP = 12, OWN_BUCKETS = 16, OWN_SIZE = 24 };

/* Fields of a chunk, in the order of memory. */
enum field { LEFT, STATE, PREV, NEXT };
enum { USED = 1 }; /* bit 0 of STATE, below the size */

/*
 * A region as its algorithm sees it. The functions are compiled twice, for small and for big
 * regions: each operation asks once which it has, and `big` is a constant from there on.
 */
struct view {
    const struct oneos_region *r;
    unsigned char *chunks; /* chunk 0 */
    bool big;
};

/* A chunk as an operation hands it on. Size 0: there is none. */
struct chunk {
    uint32_t c, size;
    uint32_t left; /* size of the chunk before, where it is asked for */
};

static ALWAYS_INLINE struct view view_as(const struct oneos_region *r, bool big)
{
    return (struct view){r, target_pointer(r->base), big};
}

static inline struct view view_of(const struct oneos_region *r)
{
    return view_as(r, r->chunks.big);
}

/* --- chunks, by number --- */

static ALWAYS_INLINE taddr_t chunk_address(struct view v, uint32_t c)
{
    return v.r->base + c * UNIT;
}

static ALWAYS_INLINE taddr_t payload_of(struct view v, uint32_t c)
{
    return chunk_address(v, c) + v.r->header;
}

static ALWAYS_INLINE unsigned char *field_pointer(struct view v, uint32_t c, enum field field)
{
    return v.chunks + (size_t)c * UNIT + (size_t)field * (v.big ? 4 : 2);
}

static ALWAYS_INLINE uint32_t get(struct view v, uint32_t c, enum field field)
{
    uint32_t word;
    uint16_t half;

    if (v.big) {
        memcpy(&word, field_pointer(v, c, field), sizeof word);
        return word;
    }
    memcpy(&half, field_pointer(v, c, field), sizeof half);
    return half;
}

static ALWAYS_INLINE void put(struct view v, uint32_t c, enum field field, uint32_t word)
{
    const uint16_t half = (uint16_t)word;

    if (v.big)
        memcpy(field_pointer(v, c, field), &word, sizeof word);
    else
        memcpy(field_pointer(v, c, field), &half, sizeof half);
}

static ALWAYS_INLINE uint32_t size_of(struct view v, uint32_t c)
{
    return get(v, c, STATE) >> 1;
}

static ALWAYS_INLINE bool is_used(struct view v, uint32_t c)
{
    return get(v, c, STATE) & USED;
}

static ALWAYS_INLINE uint32_t own_word(struct view v, uint32_t offset)
{
    uint32_t word;

    memcpy(&word, v.chunks + offset, sizeof word);
    return word;
}

static ALWAYS_INLINE void set_own_word(struct view v, uint32_t offset, uint32_t word)
{
    memcpy(v.chunks + offset, &word, sizeof word);
}

/* Units in the smallest chunk that a list holds. */
static ALWAYS_INLINE uint32_t least_of(struct view v)
{
    return v.big ? 2 : 1;
}

/* The task's address as two halves in a small region, the high one first. */
static inline void set_owner(struct view v, uint32_t c)
{
    const uint32_t task = heap_owner_task();

    store32(chunk_address(v, c) + (v.big ? 8 : 4), v.big ? task : task << 16 | task >> 16);
}

/*
 * An aligned payload can lie 4 bytes further in than a plain one, and OneOS leaves no sign of it.
 * The word between, which OneOS does not use, holds one here: no link, whose bit 31 is 0, looks
 * like it, so that it vanishes with the block, and no user's word does by accident.
 */
static ALWAYS_INLINE uint32_t further_in(taddr_t plain)
{
    return ~plain | 0x80000000u;
}

/* plain: where the payload of a plain block would be. */
static ALWAYS_INLINE bool is_further_in(taddr_t plain)
{
    return load32(plain) == further_in(plain);
}

/* True for a number that a chunk of the program can have. */
static ALWAYS_INLINE bool is_number(struct view v, uint32_t c)
{
    return c - v.r->chunks.first < v.r->chunks.span;
}

/* A chunk that ends in the region, where the next one knows its size: it can be relied on. */
static ALWAYS_INLINE bool is_whole(struct view v, uint32_t c, uint32_t size)
{
    return c + size <= v.r->chunks.units && get(v, c + size, LEFT) == size;
}

static ALWAYS_INLINE uint32_t units_for(const struct oneos_region *r, tsize_t bytes)
{
    return (r->header + bytes + (UNIT - 1)) / UNIT;
}

/* --- lists, by number --- */

/* The list of a size that a list can hold. */
static ALWAYS_INLINE uint32_t bucket_of(struct view v, uint32_t size)
{
    return bit_highest(size - least_of(v) + 1);
}

static ALWAYS_INLINE uint32_t bitmap_of(struct view v)
{
    return own_word(v, OWN_BITMAP);
}

static ALWAYS_INLINE uint32_t head_of(struct view v, uint32_t bucket)
{
    return own_word(v, OWN_SIZE + bucket * 4);
}

static ALWAYS_INLINE void set_head(struct view v, uint32_t bucket, uint32_t c)
{
    set_own_word(v, OWN_SIZE + bucket * 4, c);
}

#endif
