#include "poison.h"

#include "sanitizers.h"

#if WITH_ASAN
#include <sanitizer/asan_interface.h>

#include "ledger.h"

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
#else
void poison_start(void)
{
}
#endif
