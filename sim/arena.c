#define _GNU_SOURCE
#include "arena.h"

#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../kernel/port.h"
#include "sanitizers.h"

#define WITH_64_BITS (UINTPTR_MAX > UINT32_MAX)

#define GIB4 ((uint64_t)1 << 32)

enum {
    PAGE = 4096,
    LOWEST = 0x10000,        /* the kernel's usual vm.mmap_min_addr */
    RESERVE_LEAST = 1 << 20, /* below this size a refused reservation is given up */
    RESERVED_MAX = 256
};

/* Where the host must have room of its own: shadow memory, or the libraries of a 32-bit process. */
#if WITH_ASAN && WITH_64_BITS
#define FORBIDDEN_BEGIN 0x7fff8000u
#define FORBIDDEN_END   0xffffffffu
#define FORBIDDEN_WHY   "AddressSanitizer's shadow memory lies from 0x7fff8000 upwards"
#define RESERVE_END     0x7fff0000u
#elif WITH_ASAN
#define FORBIDDEN_BEGIN 0x20000000u
#define FORBIDDEN_END   0x3fffffffu
#define FORBIDDEN_WHY   "AddressSanitizer's shadow memory lies from 0x20000000 to 0x3fffffff"
#define RESERVE_END     0x20000000u
#elif WITH_64_BITS
#define RESERVE_END GIB4
#else
#define RESERVE_END 0x80000000u
#endif

#define WINDOW_BEGIN 0x60000000u
#define WINDOW_END   0x7f000000u

/* Set by the linker. */
extern char __executable_start[];
extern char __data_start[];
extern char _end[];

struct range {
    uint64_t begin, end;
};

/*
 * What is ours below 4 GiB: reserved without access before main, or taken later outside of that for
 * a region or a guard; kept for good, so accessible parts are included.
 */
static struct range reserved[RESERVED_MAX];
static unsigned reserved_count;

static struct arena_region regions[ARENA_REGIONS_MAX];
static unsigned region_count;
static struct range window; /* empty until arena_window() */

/* Every program has this file, so every program has the sanitizers' settings. */
const bool *const arena_sanitizers = &sanitizers_are_set;

/* --- before main --- */

/*
 * Raw system calls: this runs before libc's and the sanitizers' own start, whose mmap wrappers
 * would not be ready.
 */
#ifdef SYS_mmap2
#define SYS_MMAP SYS_mmap2
#else
#define SYS_MMAP SYS_mmap
#endif

__attribute__((no_sanitize("address", "thread", "undefined"))) static bool
map_exactly(uint64_t begin, uint64_t size, int protection)
{
    const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE;
    const long at = syscall(SYS_MMAP, (long)begin, (long)size, protection, flags, -1, 0L);

    if (at == -1)
        return false;
    if ((uint64_t)(unsigned long)at == begin)
        return true;
    syscall(SYS_munmap, at,
            (long)size); /* a kernel or emulator that takes the address for a hint */
    return false;
}

__attribute__((no_sanitize("address", "thread", "undefined"))) static void reserve(uint64_t begin,
                                                                                   uint64_t end)
{
    if (begin >= end || reserved_count == RESERVED_MAX)
        return;
    if (map_exactly(begin, end - begin, PROT_NONE)) {
        reserved[reserved_count].begin = begin;
        reserved[reserved_count].end = end;
        reserved_count++;
    } else if (end - begin > RESERVE_LEAST) {
        const uint64_t middle = (begin + (end - begin) / 2) & ~(uint64_t)(PAGE - 1);

        reserve(begin, middle);
        reserve(middle, end);
    }
}

__attribute__((no_sanitize("address", "thread", "undefined"))) static void
reserve_address_space(int argc, char **argv, char **environment)
{
    const uint64_t image_begin = (uintptr_t)__executable_start & ~(uintptr_t)(PAGE - 1);
    const uint64_t image_end = ((uintptr_t)_end + PAGE - 1) & ~(uintptr_t)(PAGE - 1);

    (void)argc;
    (void)argv;
    (void)environment;
    reserve(LOWEST, image_begin < RESERVE_END ? image_begin : RESERVE_END);
    reserve(image_end, RESERVE_END);
}

__attribute__((section(".preinit_array"),
               used)) static void (*const reserve_first)(int, char **,
                                                         char **) = reserve_address_space;

/* --- regions --- */

static bool overlaps(uint64_t begin, uint64_t end, uint64_t other_begin, uint64_t other_end)
{
    return begin < other_end && other_begin < end;
}

static struct range pages_of(const struct arena_region *region)
{
    const uint64_t end = (uint64_t)region->base + region->size;

    return (struct range){region->base & ~(uint64_t)(PAGE - 1),
                          (end + PAGE - 1) & ~(uint64_t)(PAGE - 1)};
}

/* Of several ranges the one that holds `at`, else the nearest above it, else an empty one at
 * `limit`. */
static struct range range_from(uint64_t at, uint64_t limit, struct range candidate,
                               struct range best)
{
    if (candidate.end <= at || candidate.begin >= limit)
        return best;
    return candidate.begin < best.begin ? candidate : best;
}

static struct range region_pages_from(uint64_t at, uint64_t limit)
{
    struct range best = {limit, limit};

    for (unsigned i = 0; i < region_count; i++)
        best = range_from(at, limit, pages_of(&regions[i]), best);
    return best;
}

static struct range reserved_from(uint64_t at, uint64_t limit)
{
    struct range best = {limit, limit};

    for (unsigned i = 0; i < reserved_count; i++)
        best = range_from(at, limit, reserved[i], best);
    return best;
}

static bool protect(uint64_t begin, uint64_t end, int protection)
{
    return mprotect((void *)(uintptr_t)begin, (size_t)(end - begin), protection) == 0;
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Notes pages that were mapped just now. False if there is no room for the note. */
static bool keep(uint64_t begin, uint64_t end)
{
    for (unsigned i = 0; i < reserved_count; i++) {
        if (reserved[i].end == begin) {
            reserved[i].end = end;
            return true;
        }
        if (reserved[i].begin == end) {
            reserved[i].begin = begin;
            return true;
        }
    }
    if (reserved_count == RESERVED_MAX)
        return false;
    reserved[reserved_count++] = (struct range){begin, end};
    return true;
}

static bool take_pages(uint64_t begin, uint64_t end, int protection)
{
    if (!map_exactly(begin, end - begin, protection))
        return false;
    if (keep(begin, end))
        return true;
    munmap((void *)(uintptr_t)begin, (size_t)(end - begin));
    return false;
}

/*
 * Makes pages accessible: those of another region are so already, reserved ones need permission,
 * the rest must be free for the taking. Returns `end`, or where the part begins that is taken.
 */
static uint64_t claim_pages(uint64_t begin, uint64_t end)
{
    uint64_t at = begin;

    while (at < end) {
        const struct range ours = region_pages_from(at, end);
        const struct range kept = reserved_from(at, end);
        uint64_t stop;

        if (ours.begin <= at) {
            stop = least(ours.end, end);
        } else if (kept.begin <= at) {
            stop = least(least(kept.end, ours.begin), end);
            if (!protect(at, stop, PROT_READ | PROT_WRITE))
                return at;
        } else {
            stop = least(ours.begin, kept.begin);
            if (!take_pages(at, stop, PROT_READ | PROT_WRITE))
                return at;
        }
        at = stop;
    }
    return end;
}

/* The pages of a region that is none (any more), but for those that other regions share. */
static void give_up_pages(uint64_t begin, uint64_t end)
{
    uint64_t at = begin;

    while (at < end) {
        const struct range ours = region_pages_from(at, end);
        const struct range kept = reserved_from(at, end);
        const uint64_t stop = least(least(kept.end, ours.begin), end);

        if (ours.begin <= at) {
            at = ours.end;
        } else if (kept.begin <= at) {
            protect(at, stop, PROT_NONE);
            at = stop;
        } else {
            at = kept.begin;
        }
    }
}

/* Outside the reservation a guard page is worth a try; if it fails, something else guards. */
static void guard_page(uint64_t page)
{
    if (page < GIB4 && reserved_from(page, page + PAGE).begin > page)
        (void)take_pages(page, page + PAGE, PROT_NONE);
}

static bool refuse(char *why, const char *name, uint64_t base, uint64_t size, const char *reason)
{
    snprintf(why, ARENA_WHY_MAX, "region %.*s (%llu bytes at 0x%llx) can't be mapped: %s",
             ARENA_NAME_MAX, name, (unsigned long long)size, (unsigned long long)base, reason);
    return false;
}

static bool is_free_for(const char *name, uint64_t base, uint64_t size, char *why)
{
    char reason[ARENA_WHY_MAX / 2];
    const uint64_t end = base + size;

    for (unsigned i = 0; i < region_count; i++) {
        if (strcmp(regions[i].name, name) == 0)
            return refuse(why, name, base, size, "another region has that name");
        if (overlaps(base, end, regions[i].base, (uint64_t)regions[i].base + regions[i].size)) {
            snprintf(reason, sizeof reason, "it overlaps region %.*s (0x%x to 0x%llx)",
                     ARENA_NAME_MAX, regions[i].name, regions[i].base,
                     (unsigned long long)regions[i].base + regions[i].size);
            return refuse(why, name, base, size, reason);
        }
    }
    if (overlaps(base, end, (uintptr_t)__executable_start, (uintptr_t)_end)) {
        snprintf(reason, sizeof reason, "the program itself lies from 0x%lx to 0x%lx",
                 (unsigned long)(uintptr_t)__executable_start, (unsigned long)(uintptr_t)_end);
        return refuse(why, name, base, size, reason);
    }
    if (overlaps(base, end, window.begin, window.end))
        return refuse(why, name, base, size,
                      "the host window (stacks of tasks) is in use there; name the region earlier");
#ifdef FORBIDDEN_WHY
    if (overlaps(base, end, FORBIDDEN_BEGIN, (uint64_t)FORBIDDEN_END + 1))
        return refuse(why, name, base, size,
                      FORBIDDEN_WHY "; choose another base, or a build without AddressSanitizer");
#endif
    if (base < LOWEST)
        return refuse(why, name, base, size, "Linux keeps addresses below 0x10000 unmapped");
    return true;
}

bool arena_map(const char *name, uint64_t base, uint64_t size, char *why)
{
    char reason[ARENA_WHY_MAX / 2];
    struct arena_region *const region = &regions[region_count];

    if (size == 0)
        return refuse(why, name, base, size, "it is empty");
    if (base >= GIB4 || size >= GIB4 || base + size > GIB4)
        return refuse(why, name, base, size,
                      "it ends above 4 GiB, where a 32-bit target has no addresses");
    if (region_count == ARENA_REGIONS_MAX)
        return refuse(why, name, base, size, "there are 16 regions already");
    if (strlen(name) >= ARENA_NAME_MAX)
        return refuse(why, name, base, size, "its name is longer than 23 characters");
    if (!is_free_for(name, base, size, why))
        return false;

    *region = (struct arena_region){.base = (taddr_t)base, .size = (tsize_t)size};
    memcpy(region->name, name, strlen(name) + 1);
    const struct range pages = pages_of(region);
    const uint64_t stop = claim_pages(pages.begin, pages.end);
    if (stop != pages.end) {
        snprintf(reason, sizeof reason,
                 "the host has memory of its own at 0x%llx or above; choose another base",
                 (unsigned long long)stop);
        give_up_pages(pages.begin, pages.end);
        return refuse(why, name, base, size, reason);
    }
    region_count++;
    guard_page(pages.begin - PAGE);
    guard_page(pages.end);
    return true;
}

unsigned arena_region_count(void)
{
    return region_count;
}

const struct arena_region *arena_region(unsigned index)
{
    return &regions[index];
}

void arena_clear(void)
{
    for (unsigned i = 0; i < region_count; i++) {
        const struct range pages = pages_of(&regions[i]);

        madvise((void *)(uintptr_t)pages.begin, (size_t)(pages.end - pages.begin), MADV_DONTNEED);
    }
}

void arena_unmap_all(void)
{
    arena_clear();
    while (region_count > 0) {
        const struct range pages = pages_of(&regions[--region_count]);

        give_up_pages(pages.begin, pages.end);
    }
}

void arena_window(taddr_t *begin, tsize_t *size)
{
    if (window.end == 0) {
        window = (struct range){WINDOW_BEGIN, WINDOW_END};
        for (unsigned i = 0; i < region_count; i++) {
            const struct range pages = pages_of(&regions[i]);

            if (overlaps(pages.begin, pages.end, window.begin, window.end))
                window.begin = least(pages.end + PAGE, window.end);
        }
    }
    *begin = (taddr_t)window.begin;
    *size = (tsize_t)(window.end - window.begin);
}

/* --- what a heap may lie in --- */

static bool inside(uint64_t begin, uint64_t end, uint64_t other_begin, uint64_t other_end)
{
    return begin >= other_begin && end <= other_end;
}

const char *port_memory_refusal(const void *memory, size_t size)
{
    const uint64_t begin = (uintptr_t)memory;
    const uint64_t end = size <= UINT64_MAX - begin ? begin + size : UINT64_MAX;
    const uint64_t here = (uintptr_t)__builtin_frame_address(0);

    for (unsigned i = 0; i < region_count; i++)
        if (inside(begin, end, regions[i].base, (uint64_t)regions[i].base + regions[i].size))
            return NULL;
    if (inside(begin, end, (uintptr_t)__data_start, (uintptr_t)_end))
        return NULL;
    if (inside(begin, end, window.begin, window.end))
        return NULL;
    if (begin >= here && begin - here < (uint64_t)8 << 20)
        return "it lies on the host's stack of the first thread, which the board does not have; "
               "use a static array or a RAM region";
    if (begin >= (uintptr_t)__executable_start && begin < (uintptr_t)__data_start)
        return "it lies in the program's text or constants, which can't be written";
    if (begin < GIB4)
        return "it lies in no RAM region of the board and in no static data; name the region with "
               "--region";
    return "it lies in memory of the host (libc's heap, a shared library), which the board does "
           "not have; use a static array or a RAM region";
}
