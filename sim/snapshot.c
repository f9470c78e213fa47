#define _GNU_SOURCE
#include "snapshot.h"

#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "arena.h"
#include "sanitizers.h"
#include "window.h"

enum { PAGE = 4096, RANGES_MAX = 1 << 17, PAGES_MAX = 1 << 18 };

/* Set by the linker. */
extern char __data_start[];
extern char _end[];

struct dirty_page {
    char *page;
    uint32_t begin, end; /* of what is the program's in it */
    char *copy;
};

struct range {
    uintptr_t begin, end;
};

/* All of it lies outside of what is put back. */
struct snapshot {
    unsigned range_count;
    size_t dirty_count;
    struct sigaction before;
    char *copies; /* of as many pages */
    struct dirty_page dirty[PAGES_MAX];
    struct range ranges[RANGES_MAX];
};

static struct snapshot *snapshot;

bool snapshot_is_possible(void)
{
    return !WITH_ASAN && !WITH_TSAN;
}

static void *map_private(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return at != MAP_FAILED ? at : NULL;
}

static const struct range *range_of(uintptr_t address)
{
    for (unsigned i = 0; i < snapshot->range_count; i++)
        if (address >= snapshot->ranges[i].begin && address < snapshot->ranges[i].end)
            return &snapshot->ranges[i];
    return NULL;
}

static uintptr_t page_of(uintptr_t address)
{
    return address & ~(uintptr_t)(PAGE - 1);
}

/* The first write to a page. */
static bool note_write(uintptr_t address)
{
    const struct range *const range = range_of(address);
    const uintptr_t page = page_of(address);
    struct dirty_page *const dirty = &snapshot->dirty[snapshot->dirty_count];

    if (range == NULL || snapshot->dirty_count == PAGES_MAX)
        return false;
    dirty->page = (char *)page;
    dirty->begin = page < range->begin ? (uint32_t)(range->begin - page) : 0;
    dirty->end = page + PAGE > range->end ? (uint32_t)(range->end - page) : PAGE;
    dirty->copy = snapshot->copies + snapshot->dirty_count * PAGE;
    memcpy(dirty->copy, dirty->page, PAGE);
    snapshot->dirty_count++;
    return mprotect(dirty->page, PAGE, PROT_READ | PROT_WRITE) == 0;
}

static void on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (info->si_code == SEGV_ACCERR && note_write((uintptr_t)info->si_addr))
        return;
    sigaction(number, &snapshot->before, NULL); /* it faults again, and that is the program's end */
}

static void watch(uintptr_t begin, uintptr_t end)
{
    struct range *const range = &snapshot->ranges[snapshot->range_count++];
    const uintptr_t first = page_of(begin);
    const uintptr_t last = page_of(end + PAGE - 1);

    *range = (struct range){begin, end};
    mprotect((void *)first, last - first, PROT_READ);
}

static bool use_own_stack(void)
{
    const stack_t stack = {.ss_sp = map_private(64 * 1024), .ss_size = 64 * 1024};

    return stack.ss_sp != NULL && sigaltstack(&stack, NULL) == 0;
}

bool snapshot_take(void)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK};
    taddr_t begin;
    tsize_t size;

    struct snapshot *const new = map_private(sizeof *snapshot);
    if (new == NULL || (new->copies = map_private((size_t)PAGES_MAX * PAGE)) == NULL ||
        !use_own_stack())
        return false;
    snapshot = new;
    sigemptyset(&action.sa_mask);
    sigaction(SIGSEGV, &action, &snapshot->before);
    for (unsigned i = 0; i < arena_region_count(); i++) {
        const struct arena_region *const region = arena_region(i);

        watch(region->base, (uintptr_t)region->base + region->size);
    }
    for (unsigned i = 0; i < window_pieces(); i++) {
        window_piece(i, &begin, &size);
        watch(begin, (uintptr_t)begin + size);
    }
    watch((uintptr_t)__data_start, (uintptr_t)_end);
    return true;
}

void snapshot_restore(void)
{
    struct snapshot *const here = snapshot;

    for (size_t i = 0; i < here->dirty_count; i++) {
        const struct dirty_page *const dirty = &here->dirty[i];

        memcpy(dirty->page + dirty->begin, dirty->copy + dirty->begin, dirty->end - dirty->begin);
    }
}
