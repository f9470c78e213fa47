#include "memcheck.h"

#include "../kernel/port.h"
#include "sanitizers.h"

bool memcheck_on;

#if HEAPSIM_HAVE_VALGRIND && !WITH_ASAN && !WITH_TSAN
#include <sys/mman.h>
#include <valgrind/memcheck.h>

#include "heap_tables.h"
#include "ledger.h"

/* What is known of a block that an operation returns, until its event comes. */
struct outcome {
    taddr_t address; /* 0: nothing */
    tsize_t size;    /* bytes that are not undefined */
    uint8_t *bits;   /* which of their bits are defined; NULL: all */
};

static __thread unsigned depth; /* of what the kernel does; 0 wherever another task can come in */
static __thread struct outcome outcome;

static void *map(size_t size)
{
    void *const at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return at != MAP_FAILED ? at : NULL;
}

static void enter(void)
{
    depth++;
    VALGRIND_DISABLE_ERROR_REPORTING;
}

static void leave(void)
{
    VALGRIND_ENABLE_ERROR_REPORTING;
    depth--;
}

void port_inside_begin(void)
{
    if (memcheck_on)
        enter();
}

void port_inside_end(void)
{
    if (memcheck_on)
        leave();
}

unsigned memcheck_pause(void)
{
    const unsigned paused = depth;

    while (depth > 0)
        leave();
    return paused;
}

void memcheck_go_on(unsigned paused)
{
    while (depth < paused)
        enter();
}

/* --- what applications may touch --- */

static void forbid(taddr_t begin, tsize_t size)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(target_pointer(begin), size);
}

static void taken(const struct ledger_block *block)
{
    const tsize_t known = outcome.address == block->address ? outcome.size : 0;

    (void)VALGRIND_MAKE_MEM_UNDEFINED(target_pointer(block->address), block->size);
    if (known > 0 && outcome.bits != NULL)
        (void)VALGRIND_SET_VBITS(target_pointer(block->address), outcome.bits,
                                 known < block->size ? known : block->size);
    else if (known > 0)
        (void)VALGRIND_MAKE_MEM_DEFINED(target_pointer(block->address), block->size);
    if (known > 0 && outcome.bits != NULL)
        munmap(outcome.bits, outcome.size);
    outcome = (struct outcome){0};
}

static void freed(const struct ledger_block *block)
{
    forbid(block->address, block->usable);
}

static void opened(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    forbid(begin, size);
}

static void closed(const struct heap *heap, taddr_t begin, tsize_t size)
{
    (void)heap;
    (void)VALGRIND_MAKE_MEM_DEFINED(target_pointer(begin), size);
}

static const struct ledger_watcher watcher = {
    .taken = taken, .freed = freed, .opened = opened, .closed = closed};

/* --- the allocators' tables, so that all they do passes here --- */

/* Of functions that return a value, and of those that do not. */
#define PASS(type, name, parameters, ...)                                                          \
    static type pass_##name parameters                                                             \
    {                                                                                              \
        enter();                                                                                   \
        const type result = heap_tables_original(h)->name(__VA_ARGS__);                            \
        leave();                                                                                   \
        return result;                                                                             \
    }
#define PASS_VOID(name, parameters, ...)                                                           \
    static void pass_##name parameters                                                             \
    {                                                                                              \
        enter();                                                                                   \
        heap_tables_original(h)->name(__VA_ARGS__);                                                \
        leave();                                                                                   \
    }

typedef const char *sentence;

PASS(taddr_t, alloc, (struct heap * h, tsize_t size), h, size)
PASS(taddr_t, alloc_aligned, (struct heap * h, tsize_t size, tsize_t align), h, size, align)
PASS(sentence, add_region, (struct heap * h, const struct heap_region *region), h, region)
PASS(sentence, remove_region, (struct heap * h, taddr_t begin), h, begin)
PASS(tsize_t, usable_size, (struct heap * h, taddr_t block), h, block)
PASS(bool, check, (struct heap * h, struct heap_fault *fault), h, fault)
PASS_VOID(free, (struct heap * h, taddr_t block), h, block)
PASS_VOID(free_aligned, (struct heap * h, taddr_t block), h, block)
PASS_VOID(reset_low_water, (struct heap * h), h)
PASS_VOID(stats, (struct heap * h, struct heap_stats *stats), h, stats)
PASS_VOID(walk, (struct heap * h, heap_visit *visit, void *context), h, visit, context)

static taddr_t pass_alloc_cleared(struct heap *h, tsize_t count, tsize_t size)
{
    enter();
    const taddr_t block = heap_tables_original(h)->alloc_cleared(h, count, size);
    leave();
    outcome = (struct outcome){.address = block, .size = count * size};
    return block;
}

/* A block that moves takes along what is known of its contents; so does one that stays. */
static taddr_t pass_realloc(struct heap *h, taddr_t old, tsize_t size)
{
    const struct ledger_block *const block = ledger_block_at(old);
    struct outcome kept = {0};

    if (block != NULL && ledger_is_live(block) && block->size > 0) {
        kept.size = block->size;
        kept.bits = map(kept.size);
        if (kept.bits != NULL)
            (void)VALGRIND_GET_VBITS(target_pointer(old), kept.bits, kept.size);
    }
    enter();
    kept.address = heap_tables_original(h)->realloc(h, old, size);
    leave();
    if (kept.address != 0)
        outcome = kept;
    else if (kept.bits != NULL)
        munmap(kept.bits, kept.size);
    return kept.address;
}

static void redirect(struct heap_ops *ops)
{
    HEAP_TABLE_PASS(ops, alloc);
    HEAP_TABLE_PASS(ops, alloc_cleared);
    HEAP_TABLE_PASS(ops, alloc_aligned);
    HEAP_TABLE_PASS(ops, realloc);
    HEAP_TABLE_PASS(ops, free);
    HEAP_TABLE_PASS(ops, free_aligned);
    HEAP_TABLE_PASS(ops, add_region);
    HEAP_TABLE_PASS(ops, remove_region);
    HEAP_TABLE_PASS(ops, reset_low_water);
    HEAP_TABLE_PASS(ops, usable_size);
    HEAP_TABLE_PASS(ops, stats);
    HEAP_TABLE_PASS(ops, check);
    HEAP_TABLE_PASS(ops, walk);
}

bool memcheck_is_here(void)
{
    return RUNNING_ON_VALGRIND != 0;
}

void memcheck_start(void)
{
    if (!memcheck_is_here() || !heap_tables_change(redirect))
        return;
    memcheck_on = true;
    ledger_watch(&watcher);
}
#else
void port_inside_begin(void)
{
}

void port_inside_end(void)
{
}

unsigned memcheck_pause(void)
{
    return 0;
}

void memcheck_go_on(unsigned paused)
{
    (void)paused;
}

bool memcheck_is_here(void)
{
    return false;
}

void memcheck_start(void)
{
}
#endif
