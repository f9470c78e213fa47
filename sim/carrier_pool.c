#include "carrier_pool.h"

#include "engine.h"
#include "sanitizers.h"
#include "window.h"

enum {
    LARGE_STACKS = 256,
    LARGE_STACK = (WITH_ASAN || WITH_TSAN ? 512 : 256) * 1024,
    /* AddressSanitizer keeps locals apart; ThreadSanitizer's own thread-local data lies there */
    GROWTH = WITH_TSAN   ? 3
             : WITH_ASAN ? 2
                         : 1
};

static struct carrier *large;
static struct carrier *small;
static struct carrier *made; /* the newest first */
static unsigned large_left = LARGE_STACKS;
static unsigned pooled;

static struct carrier *get(void)
{
    struct carrier **const list = large != NULL ? &large : &small;
    struct carrier *const carrier = *list;

    if (carrier == NULL || (carrier->small && large_left > 0))
        return NULL;
    *list = carrier->next_free;
    pooled--;
    return carrier;
}

struct carrier *carrier_pool_get(void)
{
    const bool held = engine_guard();
    struct carrier *const carrier = get();

    engine_unguard(held);
    return carrier;
}

bool carrier_pool_has(unsigned count)
{
    const bool held = engine_guard();
    const bool has = pooled >= count;

    engine_unguard(held);
    return has;
}

static struct carrier *make(size_t object_size, size_t small_stack)
{
    struct carrier *const carrier = window_alloc(object_size);

    if (carrier == NULL)
        return NULL;
    carrier->small = large_left == 0;
    carrier->stack_size = carrier->small ? small_stack * GROWTH : LARGE_STACK;
    carrier->stack = window_pages(carrier->stack_size);
    if (carrier->stack == NULL) {
        window_free(carrier, object_size);
        return NULL;
    }
    if (!carrier->small)
        large_left--;
    carrier->next_made = made;
    made = carrier;
    return carrier;
}

struct carrier *carrier_pool_new(size_t object_size, size_t small_stack)
{
    const bool held = engine_guard();
    struct carrier *const carrier = make(object_size, small_stack);

    engine_unguard(held);
    return carrier;
}

void carrier_pool_put(struct carrier *carrier)
{
    const bool held = engine_guard();
    struct carrier **const list = carrier->small ? &small : &large;

    carrier->next_free = *list;
    *list = carrier;
    pooled++;
    engine_unguard(held);
}

const struct carrier *carrier_pool_next(const struct carrier *carrier)
{
    return carrier == NULL ? made : carrier->next_made;
}
