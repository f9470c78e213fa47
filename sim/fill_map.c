#include "fill_map.h"

#include "sparse.h"

/* 32-bit processes have the board's memory in the lower half (arena.c). */
#define REACH (sizeof(void *) > 4 ? (uint64_t)1 << 32 : (uint64_t)1 << 31)

enum { PAGE_SHIFT = 12, WORD_SHIFT = 6, WORD = 1 << WORD_SHIFT, PAGE_WORDS = 1 << 6 };

#define PAGE ((uint64_t)1 << PAGE_SHIFT)

/* Outside the program's static data, which a snapshot puts back: fill_map_reset() does it here. */
static struct fill_map {
    uint32_t lowest, highest; /* pages that had bits; none: lowest > highest */
    uint8_t pages[1u << 20];  /* of 4 KiB, by address: 1 where there may be bits */
    uint64_t words[];
} * map;

/* Bytes of any type. */
typedef uint64_t __attribute__((may_alias)) wide;

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t next_page(uint64_t at)
{
    return (at & ~(PAGE - 1)) + PAGE;
}

/* The bits of a word that stand for bytes of [begin, end), some of which it has. */
static uint64_t mask_of(uint64_t word_begin, uint64_t begin, uint64_t end)
{
    uint64_t mask = UINT64_MAX;

    if (begin > word_begin)
        mask &= UINT64_MAX << (begin - word_begin);
    if (end < word_begin + WORD)
        mask &= UINT64_MAX >> (word_begin + WORD - end);
    return mask;
}

bool fill_map_start(void)
{
    map = sparse_memory(sizeof *map + (size_t)(REACH / 8));
    if (map == NULL)
        return false;
    map->lowest = UINT32_MAX;
    return true;
}

void fill_map_reset(void)
{
    for (uint32_t page = map->lowest; page <= map->highest && map->lowest != UINT32_MAX; page++)
        if (map->pages[page] != 0) {
            map->pages[page] = 0;
            memset(&map->words[(size_t)page * PAGE_WORDS], 0, PAGE_WORDS * sizeof map->words[0]);
        }
    map->lowest = UINT32_MAX;
    map->highest = 0;
}

static void note_page(uint32_t page)
{
    map->pages[page] = 1;
    if (page < map->lowest)
        map->lowest = page;
    if (page > map->highest)
        map->highest = page;
}

void fill_map_fill(uint64_t begin, uint64_t end, uint8_t pattern)
{
    if (begin >= end || end > REACH)
        return;
    fill_bytes((taddr_t)begin, (tsize_t)(end - begin), pattern);
    for (uint64_t at = begin & ~(PAGE - 1); at < end; at += PAGE)
        note_page((uint32_t)(at >> PAGE_SHIFT));
    for (uint64_t at = begin & ~(uint64_t)(WORD - 1); at < end; at += WORD)
        map->words[at >> WORD_SHIFT] |= mask_of(at, begin, end);
}

/* [begin, end) of one page. */
static void forget_in_page(uint64_t begin, uint64_t end)
{
    uint64_t *const first = &map->words[begin >> WORD_SHIFT];
    uint64_t *const last = &map->words[(end - 1) >> WORD_SHIFT];
    const uint64_t mask = mask_of(begin & ~(uint64_t)(WORD - 1), begin, end);

    *first &= ~mask;
    if (first == last)
        return;
    for (uint64_t *word = first + 1; word < last; word++)
        *word = 0;
    *last &= ~mask_of((end - 1) & ~(uint64_t)(WORD - 1), begin, end);
}

void fill_map_forget(uint64_t begin, uint64_t end)
{
    end = least(end, REACH);
    for (uint64_t at = begin; at < end; at = next_page(at)) {
        uint8_t *const page = &map->pages[at >> PAGE_SHIFT];

        if (*page == 0)
            continue;
        forget_in_page(at, least(next_page(at), end));
        if (at + PAGE == least(next_page(at), end))
            *page = 0;
    }
}

static tsize_t changed_in_word(uint64_t at, uint64_t bits, uint8_t pattern, taddr_t *first)
{
    const volatile uint8_t *const bytes = target_pointer((taddr_t)at);
    tsize_t count = 0;

    for (; bits != 0; bits &= bits - 1) {
        const unsigned i = (unsigned)__builtin_ctzll(bits);

        if (bytes[i] == pattern)
            continue;
        if (*first == 0)
            *first = (taddr_t)at + i;
        count++;
    }
    return count;
}

/* True if 64 bytes are all the pattern. */
static inline bool is_filled(uint64_t at, uint8_t pattern)
{
    const wide *const words = target_pointer((taddr_t)at);
    const uint64_t word = pattern * UINT64_C(0x0101010101010101);
    uint64_t differs = 0;

    for (unsigned i = 0; i < WORD / sizeof *words; i++)
        differs |= words[i] ^ word;
    return differs == 0;
}

tsize_t fill_map_changed(uint64_t begin, uint64_t end, uint8_t pattern, taddr_t *first)
{
    tsize_t count = 0;

    *first = 0;
    end = least(end, REACH);
    for (uint64_t at = begin & ~(uint64_t)(WORD - 1); at < end;) {
        if (map->pages[at >> PAGE_SHIFT] == 0) {
            at = next_page(at);
            continue;
        }
        const uint64_t stop = least(next_page(at), end);
        for (; at < stop; at += WORD) {
            const uint64_t bits = map->words[at >> WORD_SHIFT];

            if (bits != 0 && !(bits == UINT64_MAX && is_filled(at, pattern)))
                count += changed_in_word(at, bits & mask_of(at, begin, end), pattern, first);
        }
    }
    return count;
}

/* By words: a loop over bytes would become a call of memset, which sanitizers watch. */
void fill_bytes(taddr_t begin, tsize_t size, uint8_t pattern)
{
    volatile uint8_t *bytes = target_pointer(begin);
    const uint64_t word = pattern * UINT64_C(0x0101010101010101);

    for (; size > 0 && ((uintptr_t)bytes & 7) != 0; size--)
        *bytes++ = pattern;
    for (; size >= 8; size -= 8, bytes += 8)
        *(volatile wide *)bytes = word;
    for (; size > 0; size--)
        *bytes++ = pattern;
}

tsize_t fill_bytes_changed(taddr_t begin, tsize_t size, uint8_t pattern, taddr_t *first)
{
    const volatile uint8_t *const bytes = target_pointer(begin);
    const uint64_t word = pattern * UINT64_C(0x0101010101010101);
    tsize_t count = 0;

    for (tsize_t i = 0; i < size;) {
        if (((begin + i) & 7) == 0 && size - i >= 8 &&
            *(const volatile wide *)(bytes + i) == word) {
            i += 8;
            continue;
        }
        if (bytes[i] != pattern && count++ == 0 && *first == 0)
            *first = begin + i;
        i++;
    }
    return count;
}
