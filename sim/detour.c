#include "detour.h"

#include "guard.h"
#include "heap_tables.h"
#include "ledger.h"
#include "quarantine.h"

/* An operation may be made of others: only the outer one is the application's. By heap's number;
 * the heap's lock keeps operations on it apart. */
static bool is_inside[LEDGER_HEAPS];

/* True if it is the outer one, which must leave() again. */
static bool enter(const struct heap *h)
{
    bool *const inside = &is_inside[h->number % LEDGER_HEAPS];

    if (*inside || (h->ops->capabilities & HEAP_FIXED_BLOCKS) != 0)
        return false; /* of a pool a block kept back would be one that somebody waits for */
    *inside = true;
    return true;
}

static void leave(const struct heap *h)
{
    is_inside[h->number % LEDGER_HEAPS] = false;
}

/* A request that failed may find room in what is kept back. */
static bool may_try_again(struct heap *h)
{
    return !h->refused && quarantine_empty(h);
}

#define PASS_ALLOC(name, size, parameters, ...)                                                    \
    static taddr_t pass_##name parameters                                                          \
    {                                                                                              \
        const struct heap_ops *const ops = heap_tables_original(h);                                \
        const bool outer = enter(h);                                                               \
        taddr_t block = ops->name(__VA_ARGS__);                                                    \
                                                                                                   \
        if (!outer)                                                                                \
            return block;                                                                          \
        if (block == 0 && may_try_again(h))                                                        \
            block = ops->name(__VA_ARGS__);                                                        \
        block = guard_place(h, block, size);                                                       \
        leave(h);                                                                                  \
        return block;                                                                              \
    }

PASS_ALLOC(alloc, size, (struct heap * h, tsize_t size), h, size)
PASS_ALLOC(alloc_cleared, count *size, (struct heap * h, tsize_t count, tsize_t size), h, count,
           size)

/* Where an aligned block begins is not what its heap frees: it stays where it is. */
static taddr_t pass_alloc_aligned(struct heap *h, tsize_t size, tsize_t align)
{
    const bool outer = enter(h);
    taddr_t block = heap_tables_original(h)->alloc_aligned(h, size, align);

    if (!outer)
        return block;
    if (block == 0 && may_try_again(h))
        block = heap_tables_original(h)->alloc_aligned(h, size, align);
    leave(h);
    return block;
}

static taddr_t resize(struct heap *h, taddr_t block, tsize_t size)
{
    const struct heap_ops *const ops = heap_tables_original(h);
    const taddr_t own = guard_own(block);
    taddr_t result;

    if (quarantine_refuses(h, block))
        return 0;
    guard_copy_back(block);
    result = ops->realloc(h, own, size);
    if (result == 0 && size != 0 && !h->freed && may_try_again(h))
        result = ops->realloc(h, own, size);
    if (result != 0 || size == 0 || h->freed)
        guard_retire(block);
    return guard_place(h, result, size);
}

static taddr_t pass_realloc(struct heap *h, taddr_t block, tsize_t size)
{
    if (!enter(h))
        return heap_tables_original(h)->realloc(h, block, size);
    const taddr_t result = resize(h, block, size);
    leave(h);
    return result;
}

static void pass_free(struct heap *h, taddr_t block)
{
    const taddr_t own = guard_own(block);

    if (!enter(h)) {
        heap_tables_original(h)->free(h, block);
        return;
    }
    if (own != block)
        guard_retire(block);
    if (!quarantine_refuses(h, block) && !quarantine_keeps(h, own, block))
        heap_tables_original(h)->free(h, own);
    leave(h);
}

static tsize_t pass_usable_size(struct heap *h, taddr_t block)
{
    const tsize_t usable = guard_usable(block);

    return usable != 0 ? usable : heap_tables_original(h)->usable_size(h, block);
}

static void redirect(struct heap_ops *ops)
{
    HEAP_TABLE_PASS(ops, alloc);
    HEAP_TABLE_PASS(ops, alloc_cleared);
    HEAP_TABLE_PASS(ops, alloc_aligned);
    HEAP_TABLE_PASS(ops, realloc);
    HEAP_TABLE_PASS(ops, free);
    HEAP_TABLE_PASS(ops, usable_size);
}

bool detour_start(void)
{
    return heap_tables_change(redirect);
}
