/* The board's address space: what can be mapped where, what is zero, and what is guarded. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../kernel/port.h"
#include "../../sim/sanitizers.h"
#include "unit.h"

#define GIB4 ((uint64_t)1 << 32)

extern char __executable_start[];
extern char _end[];

static char why[ARENA_WHY_MAX];

static void map(const char *name, uint64_t base, uint64_t size)
{
    if (!arena_map(name, base, size, why))
        fail_msg("%s", why);
}

/* Refused, with a sentence that names the region and says `reason`; nothing is mapped by it. */
static void refused(const char *name, uint64_t base, uint64_t size, const char *reason)
{
    const unsigned count = arena_region_count();

    why[0] = '\0';
    assert_false(arena_map(name, base, size, why));
    assert_int_equal(arena_region_count(), count);
    if (strstr(why, reason) == NULL || (name[0] != '\0' && strstr(why, "region ") == NULL))
        fail_msg("'%s' does not say '%s'", why, reason);
    assert_null(strchr(why, '\n'));
}

static volatile uint8_t *byte(uint64_t address)
{
    return (volatile uint8_t *)(uintptr_t)address;
}

static void writable(uint64_t base, uint64_t size)
{
    *byte(base) = 0x5a;
    *byte(base + size - 1) = 0xa5;
    assert_int_equal(*byte(base), size == 1 ? 0xa5 : 0x5a);
    assert_int_equal(*byte(base + size - 1), 0xa5);
}

/* Runs `body` in a child; its wait status. */
static int in_child(void (*body)(uint64_t), uint64_t argument)
{
    int status = -1;

    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); /* not to the handlers of cmocka or a sanitizer */
        signal(SIGBUS, SIG_DFL);
        body(argument);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void touch(uint64_t address)
{
    (void)*byte(address);
}

static void guarded(uint64_t address)
{
    const int status = in_child(touch, address);

    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
        fail_msg("the byte at 0x%llx can be read", (unsigned long long)address);
}

/* --- what is refused --- */

static void refusals(void **state)
{
    const uint64_t image = (uintptr_t)__executable_start;
    const uint64_t image_end = (uintptr_t)_end;

    (void)state;
    arena_unmap_all();
    map("ram", 0x20001000, 0x1000);
    refused("a", 0x30000000, 0, "empty");
    refused("a", GIB4, 1, "above 4 GiB");
    refused("a", 0xfffff000, 0x1001, "above 4 GiB");
    refused("a", 0, GIB4, "above 4 GiB");
    refused("a", UINT64_MAX, 1, "above 4 GiB");
    refused("a", 0x30000000, UINT64_MAX, "above 4 GiB");
    refused("a", UINT64_MAX, UINT64_MAX, "above 4 GiB");
    refused("a", 0, 0x1000, "below 0x10000");
    refused("a", 0xffff, 0x1000, "below 0x10000");
    refused("ram", 0x30000000, 0x1000, "another region has that name");
    refused("a", 0x20001000, 0x1000, "overlaps region ram (0x20001000 to 0x20002000)");
    refused("a", 0x20001fff, 1, "overlaps");
    refused("a", 0x20000fff, 2, "overlaps");
    refused("a", 0x20000000, 0x10000, "overlaps");
    refused("a", 0x20001800, 1, "overlaps");
    refused("a", image, 1, "the program itself");
    refused("a", image - 1, 2, "the program itself");
    refused("a", image_end - 1, 0x1000, "the program itself");
    refused("a", 0x01000000, 0x10000000, "the program itself");
    refused("a-name-of-24-characters-", 0x30000000, 0x1000, "longer than 23");
    map("a-name-of-23-characters", 0x30000000, 0x1000);
    map("low", 0x10000, 0x1000);
    assert_int_equal(arena_region_count(), 3);
    assert_string_equal(arena_region(1)->name, "a-name-of-23-characters");
    assert_int_equal(arena_region(2)->base, 0x10000);
    assert_int_equal(arena_region(2)->size, 0x1000);
    arena_unmap_all();
    assert_int_equal(arena_region_count(), 0);
}

static void as_many_regions_as_there_is_room_for(void **state)
{
    char name[16];

    (void)state;
    arena_unmap_all();
    for (unsigned i = 0; i < ARENA_REGIONS_MAX; i++) {
        snprintf(name, sizeof name, "r%u", i);
        map(name, 0x20000000 + i * 0x10000, 0x1000);
    }
    refused("one-more", 0x30000000, 0x1000, "16 regions already");
    for (unsigned i = 0; i < ARENA_REGIONS_MAX; i++)
        writable(0x20000000 + i * 0x10000, 0x1000);
    arena_unmap_all();
    map("one-more", 0x30000000, 0x1000);
}

/* A sanitizer's shadow lies there, and the sentence says so. */
static void where_the_shadow_lies(void **state)
{
    (void)state;
    arena_unmap_all();
    if (!WITH_ASAN)
        skip();
    refused("a", 0x80000000, 0x1000, "AddressSanitizer");
    refused("a", 0x7fff8000, 0x1000, "AddressSanitizer");
    refused("a", 0x7fff7fff, 2, "AddressSanitizer");
    refused("a", 0xfffff000, 0x1000, "AddressSanitizer");
    map("a", 0x7fff6000, 0x1000); /* the page above is the shadow's guard */
    writable(0x7fff6000, 0x1000);
}

/* --- what is mapped --- */

static const struct {
    uint64_t base, size;
} places[] = {
    {0x20000000, 1},      {0x20000fff, 1},      {0x20000fff, 2},
    {0x20000001, 0x1fff}, {0x00010000, 0x1000}, {0x1ffffffd, 7},
    {0x07fff000, 0x1000}, /* up to the program */
    {0x5ffff123, 0x2000}, {0x7efff000, 0x1000}, {0x7fff0000, 0x1000},
    {0x7ffef000, 0x2000}, /* about the end of what is reserved at first, in some builds */
    {0x7ffff000, 0x2000}, {0x80000000, 0x1000}, {0xc0000001, 0x1000},
    {0xfffff000, 0x1000}, /* up to 4 GiB */
    {0xffffffff, 1},
};

static void odd_places(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(places); i++) {
        const uint64_t first = places[i].base & ~(uint64_t)0xfff;
        const uint64_t end = (places[i].base + places[i].size + 0xfff) & ~(uint64_t)0xfff;

        arena_unmap_all();
        if (WITH_ASAN && places[i].base + places[i].size > 0x7fff8000)
            continue;
        map("ram", places[i].base, places[i].size);
        writable(places[i].base, places[i].size);
        if (end < GIB4 && first != 0x07fff000)
            guarded(end);
        guarded(first - 1);
    }
}

/* Guards of one region are in the way of none. */
static void neighbours(void **state)
{
    (void)state;
    for (unsigned i = 0; i < UNIT_COUNT(places); i++) {
        const uint64_t base = places[i].base & ~(uint64_t)0xfff;

        arena_unmap_all();
        if (base < 0x12000 || base == 0x07fff000 || base > 0xffffd000 ||
            (WITH_ASAN && base + 0x2000 > 0x7fff8000))
            continue;
        map("middle", base, 0x1000);
        map("above", base + 0x1000, 0x1000);
        map("below", base - 0x1000, 0x1000);
        writable(base - 0x1000, 0x3000);
        guarded(base - 0x1001);
        arena_unmap_all();
        guarded(base);
        map("guards", base - 0x2000, 0x1000); /* where a guard was */
        map("all", base - 0x1000, 0x3000);
        writable(base - 0x2000, 0x4000);
    }
}

static void regions_that_share_a_page(void **state)
{
    (void)state;
    arena_unmap_all();
    map("b", 0x20000800, 0x100);
    map("c", 0x20000900, 0x1000); /* adjacent, on into the next page */
    map("a", 0x20000000, 0x400);
    map("d", 0x20002000, 1);
    writable(0x20000800, 0x100);
    writable(0x20000900, 0x1000);
    writable(0x20000000, 0x400);
    writable(0x20002000, 1);
    guarded(0x20003000);
    guarded(0x1fffffff);
    arena_clear();
    for (uint64_t at = 0x20000000; at < 0x20003000; at++)
        assert_int_equal(*byte(at), 0);
    arena_unmap_all();
    guarded(0x20000000);
    guarded(0x20001000);
    guarded(0x20002000);
    map("c", 0x20000900, 0x1000);
    guarded(0x20002000);
    writable(0x20000900, 0x1000);
}

static void zero_after_clear_and_remap(void **state)
{
    (void)state;
    arena_unmap_all();
    map("ram", 0x20000000, 0x3000);
    for (unsigned round = 0; round < 3; round++) {
        for (uint64_t at = 0x20000000; at < 0x20003000; at++)
            assert_int_equal(*byte(at), 0);
        memset((void *)(uintptr_t)0x20000000, 0x5a, 0x3000);
        if (round == 0) {
            arena_clear();
        } else {
            arena_unmap_all();
            guarded(0x20001000);
            map("ram", 0x20000000, 0x3000);
        }
    }
}

/* A page in the middle that can't be had: the rest must not stay behind, accessible. */
static void map_over_a_hole(uint64_t base)
{
    if (munmap((void *)(uintptr_t)(base + 0x4000), 0x1000) != 0)
        _exit(10);
    map("neighbour", base + 0x1000, 0x1000);
    if (arena_map("ram", base, 0x1000, why) != true)
        _exit(11);
    if (arena_map("broken", base + 0x2000, 0x4000, why))
        _exit(12);
    if (strstr(why, "region broken") == NULL || strstr(why, "choose another base") == NULL)
        _exit(13);
    writable(base, 0x2000);
    touch(base + 0x2000);
}

static void a_failed_map_leaves_nothing_behind(void **state)
{
    (void)state;
    arena_unmap_all();
    const int status = in_child(map_over_a_hole, 0x20000000);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGSEGV)
        fail_msg("status 0x%x", (unsigned)status);
}

/* --- the host window --- */

/* Each in a process of its own: the window stays where it is from the first call on. */
static void window_without_regions(uint64_t unused)
{
    taddr_t begin;
    tsize_t size;

    (void)unused;
    arena_unmap_all();
    arena_window(&begin, &size);
    if (begin != 0x60000000 || begin + size != 0x7f000000)
        _exit(20);
    if (arena_map("late", 0x61000000, 0x1000, why) || strstr(why, "host window") == NULL)
        _exit(21);
    if (!arena_map("before", 0x5ffff000, 0x1000, why))
        _exit(22);
    if (!arena_map("behind", 0x7f000000, 0x1000, why))
        _exit(23);
}

static void window_behind_regions(uint64_t unused)
{
    taddr_t begin;
    taddr_t again;
    tsize_t size;

    (void)unused;
    arena_unmap_all();
    map("high", 0x70000000, 0x800);
    map("low", 0x60000000, 0x8000000);
    arena_window(&begin, &size);
    if (begin != 0x70002000 || begin + size != 0x7f000000) /* a guard page between */
        _exit(20);
    if (!arena_map("more", 0x68000000, 0x1000, why)) /* free: below the window */
        _exit(21);
    if (arena_map("late", 0x70002000, 0x1000, why))
        _exit(22);
    arena_window(&again, &size);
    if (again != begin)
        _exit(23);
    if (port_memory_refusal((void *)(uintptr_t)begin, 16) != NULL)
        _exit(24);
    arena_unmap_all();
    arena_window(&again, &size);
    if (again != begin)
        _exit(25);
}

static void host_window(void **state)
{
    (void)state;
    assert_int_equal(in_child(window_without_regions, 0), 0);
    assert_int_equal(in_child(window_behind_regions, 0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(refusals),
        cmocka_unit_test(as_many_regions_as_there_is_room_for),
        cmocka_unit_test(where_the_shadow_lies),
        cmocka_unit_test(odd_places),
        cmocka_unit_test(neighbours),
        cmocka_unit_test(regions_that_share_a_page),
        cmocka_unit_test(zero_after_clear_and_remap),
        cmocka_unit_test(a_failed_map_leaves_nothing_behind),
        cmocka_unit_test(host_window),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
