#include "poison.h"

#include "sanitizers.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>

#include "explore.h"
#include "ledger.h"

enum { GRANULE = 8, WIDEST = 16, LOWEST = 0x10000 };

static void guard(taddr_t begin, tsize_t size)
{
    __asan_poison_memory_region(target_pointer(begin), size);
}

static void open_up(taddr_t begin, tsize_t size)
{
    __asan_unpoison_memory_region(target_pointer(begin), size);
}

static void taken(const struct ledger_block *block)
{
    open_up(block->address, block->size);
}

static void freed(const struct ledger_block *block)
{
    guard(block->address, block->usable);
}

static void opened(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    guard(begin, size);
}

/* What it lies in may be touched again: a block of another heap, or static data. */
static void closed(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    open_up(begin, size);
}

static const struct ledger_watcher watcher = {
    .taken = taken, .freed = freed, .opened = opened, .closed = closed};

void poison_start(void)
{
    ledger_watch(&watcher);
}

/*
 * It takes an access for aligned and looks at its first granule alone, at two for the widest;
 * copies it looks at as a whole. In a run of an exploration its report would be printed for
 * nothing.
 */
bool poison_tells(uintptr_t address, size_t size, taddr_t bad)
{
    const uintptr_t looked_at = size > WIDEST    ? size
                                : size == WIDEST ? WIDEST
                                                 : GRANULE - address % GRANULE;

    if (explore_run_is_on())
        return false;
    return bad < LOWEST ||
           (bad - address < looked_at && __asan_address_is_poisoned(target_pointer(bad)));
}
#else
void poison_start(void)
{
}

bool poison_tells(uintptr_t address, size_t size, taddr_t bad)
{
    (void)address;
    (void)size;
    (void)bad;
    return false;
}
#endif
