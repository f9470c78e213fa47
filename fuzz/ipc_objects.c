/*
 * The objects of pool_and_ipc, each beside a model of its own: counts, owners, contents in order,
 * blocks. A call and the model's part of it are one step: the kernel lock is held around both.
 */
#include "fail.h"
#include "ipc.h"
#include "ipc_blocks.h"
#include "ipc_models.h"

#include "../kernel/heap/allocators.h"
#include "../kernel/pool/pool.h"
#include "../tests/parallel/invariants.h"
#include "board.h"

enum {
    SEMS = 3,
    MUTEXES = 3,
    POOLS = 2,
    POOL_RAM = 0x400,
    HEAP_RAM = 0x4000,
    HEAP_OWNER = POOLS,
    LISTED = 12
};

static const uint32_t *config;
static bool all_live; /* they were not deleted yet */

static struct {
    struct semaphore sem;
    uint32_t units; /* given and not taken */
} sems[SEMS];

static struct {
    struct mutex mutex;
    struct worker *owner;
    uint32_t holds;
} mutexes[MUTEXES];

static struct pool pools[POOLS];
static bool pool_lives[POOLS];
static struct heap heap;
static bool heap_lives;
static tsize_t heap_used;

enum wait_order objects_order(unsigned i)
{
    static const enum wait_order orders[] = {WAIT_FIFO, WAIT_PRIORITY, WAIT_PRIORITY, WAIT_LIFO};

    return orders[config[IPC_ORDERS] >> 2 * (i % 8) & 3];
}

uint32_t objects_number(unsigned which)
{
    return config[which];
}

/* A wait that suspending ends looks again: then what is given must not be the waiter's already. */
static enum hand_over hand_over(unsigned i)
{
    return suspend_policy == SUSPEND_ENDS_WAIT || (config[IPC_HANDS] >> i & 1) ? HAND_TO_ANY
                                                                               : HAND_TO_WAITER;
}

/*
 * Whoever was told to look, and was suspended before it did, keeps others waiting for what it was
 * told of; who was closed then, for good. So it is in the RTOSes.
 */
bool objects_lost_wake;

static uint32_t count_told(const struct wait_queue *queue)
{
    uint32_t count = 0;

    for (const struct list *node = queue->woken.next; node != &queue->woken; node = node->next)
        count++;
    return count;
}

static bool waits_in_vain(const struct wait_queue *queue, uint32_t there)
{
    return wait_first(queue) != NULL && there > count_told(queue) && !objects_lost_wake;
}

/* --- semaphores --- */

static void make_sem(unsigned i)
{
    const uint32_t most = i == 0 ? 1 : 1 + (config[IPC_COUNTS] >> 4);

    sems[i].units = config[IPC_COUNTS] % (most + 1);
    semaphore_init(&sems[i].sem, "s", sems[i].units, most, objects_order(i));
    sems[i].sem.hand_over = hand_over(i);
}

static void sem_take(unsigned i, const struct command *c)
{
    const uint32_t start = kernel.tick;
    const bool was_there = sems[i].sem.count > 0;
    const enum take_result result = semaphore_take(&sems[i].sem, c->ticks);

    if (was_there && result != TAKEN)
        fail("a semaphore with units was not taken");
    if (result == TAKE_TIMEOUT && kernel.tick - start < c->ticks)
        fail("a wait for a semaphore was over too early");
    if (c->ticks == 0 && !was_there && result != TAKE_EMPTY)
        fail("a semaphore without units was taken");
    if (result == TAKEN && sems[i].units-- == 0)
        fail("more units of a semaphore were taken than given");
}

static void sem_give(unsigned i)
{
    const struct semaphore *const s = &sems[i].sem;
    const bool handed = s->hand_over == HAND_TO_WAITER && wait_first(&s->queue) != NULL;
    const bool possible = handed || s->count < s->count_max;
    const bool given = semaphore_give(&sems[i].sem);

    sems[i].units += given;
    if (given != possible)
        fail("a semaphore was given beyond its maximum, or not within it");
}

/* Units that were handed to a task which has not run since. */
static uint32_t units_on_the_way(const struct semaphore *s)
{
    uint32_t units = 0;

    for (unsigned i = 0; i < WORKERS; i++)
        units += workers[i].exists && workers[i].inside == s && s->hand_over == HAND_TO_WAITER &&
                 workers[i].task.state != TASK_BLOCKED && workers[i].task.state != TASK_CLOSED &&
                 workers[i].task.wake_reason == WAKE_GIVEN;
    return units;
}

static void sem_do(const struct command *c)
{
    const unsigned i = c->object % SEMS;
    struct semaphore *const s = &sems[i].sem;

    if (c->verb == IPC_sem_take) {
        sem_take(i, c);
    } else if (c->verb == IPC_sem_give) {
        sem_give(i);
    } else if (c->verb == IPC_sem_reset) {
        sems[i].units = units_on_the_way(s) + c->value % (s->count_max + 1);
        semaphore_reset(s, c->value % (s->count_max + 1));
    } else if (semaphore_set_max(s, c->value % 8) != (s->count <= c->value % 8)) {
        fail("a semaphore's maximum was set below its count, or not above it");
    }
}

/* --- mutexes --- */

static void make_mutex(unsigned i)
{
    static const enum inheritance kinds[] = {INHERIT_CHAIN, INHERIT_CHAIN, INHERIT_ONCE,
                                             INHERIT_NOT};
    const enum inheritance kind = kinds[config[IPC_INHERIT] % 4];

    inherits_exactly = kind != INHERIT_ONCE;
    mutexes[i].owner = NULL;
    mutexes[i].holds = 0;
    mutex_init(&mutexes[i].mutex, "m", objects_order(SEMS + i),
               (config[IPC_FLAGS] & 1) ? 2 : UINT32_MAX);
    mutexes[i].mutex.hand_over = hand_over(SEMS + i);
    mutexes[i].mutex.inheritance = kind;
    mutexes[i].mutex.waits_for_itself = config[IPC_FLAGS] >> 1 & 1;
}

static void mutex_do(const struct command *c)
{
    const unsigned i = c->object % MUTEXES;
    struct mutex *const m = &mutexes[i].mutex;
    struct worker *const self = worker_self();
    const uint32_t start = kernel.tick;

    if (self == NULL) /* not in an ISR; and main stays less urgent than all */
        return;
    if (c->verb == IPC_mutex_release) {
        const bool mine = mutexes[i].owner == self;

        if (mutex_release(m) != mine)
            fail("a mutex was released by another than its owner, or not by its owner");
        if (mine && --mutexes[i].holds == 0)
            mutexes[i].owner = NULL;
        return;
    }
    const enum take_result result = mutex_take(m, c->ticks);
    if (result == TAKE_TIMEOUT && kernel.tick - start < c->ticks)
        fail("a wait for a mutex was over too early");
    if (result == TAKE_OVERFLOW && mutexes[i].holds != m->holds_max)
        fail("a mutex was refused though it could be taken once more");
    if (result != TAKEN)
        return;
    if (mutexes[i].owner != NULL && mutexes[i].owner != self)
        fail("a mutex has two owners");
    mutexes[i].owner = self;
    mutexes[i].holds++;
}

static void check_mutex(unsigned i)
{
    const struct mutex *const m = &mutexes[i].mutex;
    const struct worker *const owner = mutexes[i].owner;

    if (owner != NULL && (m->owner != &owner->task || m->holds != mutexes[i].holds))
        fail("a mutex does not know its owner, or how often that holds it");
    if (owner == NULL && m->owner != NULL &&
        (worker_of(m->owner) == NULL || worker_of(m->owner)->inside != m))
        fail("a mutex is owned by a task that did not take it");
    if (m->owner == NULL && waits_in_vain(&m->queue, 1))
        fail("a task waits for a mutex that is free");
}

/* --- pools --- */

static void make_pool(unsigned i)
{
    struct heap_config pool_config;
    const struct heap_region region = {.begin =
                                           BOARD_RAM + i * POOL_RAM + (config[IPC_SIZES] >> 6 & 3),
                                       .size = 16 + (config[IPC_SLOTS] * 3u) % 200};

    heap_config_standard(&pool_config, &heap_rt_mempool);
    pool_config.option[1] = 1 + config[IPC_SIZES] % 40;
    pool_config.points = config[IPC_FLAGS] >> 2 & 1;
    pool_lives[i] = pool_init(&pools[i], &pool_config, "p", region, 0, objects_order(6 + i),
                              HEAP_CALL("fuzz")) == NULL;
}

static void pool_do(const struct command *c)
{
    const unsigned i = c->object % POOLS;
    const uint32_t start = kernel.tick;
    enum take_result result;

    if (!pool_lives[i])
        return;
    if (c->verb == IPC_pool_free) {
        struct held_block *const block = block_of(i, c->value);

        if (block == NULL)
            return;
        const taddr_t address = block->address;
        block_drop(block);
        if (pool_of_block(address) != &pools[i])
            fail("a block's pool is not found");
        pool_free(&pools[i], address, HEAP_CALL("fuzz"));
        return;
    }
    const taddr_t block = pool_alloc(&pools[i], c->ticks, &result, HEAP_CALL("fuzz"));
    if ((block != 0) != (result == TAKEN))
        fail("a pool says that it gave a block and gives none, or the other way round");
    if (result == TAKE_TIMEOUT && kernel.tick - start < c->ticks)
        fail("a wait for a block was over too early");
    if (block != 0 && !block_take(i, block, pools[i].blocks.config.option[1]))
        pool_free(&pools[i], block, HEAP_CALL("fuzz"));
}

static void check_pool(unsigned i)
{
    struct heap_stats stats;
    struct heap *const h = &pools[i].blocks;

    if (!pool_lives[i])
        return;
    h->ops->stats(h, &stats);
    const tsize_t align = h->config.option[0];
    const tsize_t stride = align_up(h->config.option[1], align) + 4;
    if (stats.used != block_count(i) * stride)
        fail("a pool counts other blocks than are held");
    if (waits_in_vain(&pools[i].queue, (stats.total - stats.used) / stride))
        fail("a task waits for a block though one is free");
}

/* --- the heap --- */

static void make_heap(void)
{
    const struct heap_region region = {BOARD_RAM + HEAP_RAM, 0x800 + 16 * config[IPC_SLOTS], 0};
    struct heap_config heap_config;
    struct heap_stats stats;
    unsigned count = 0;

    while (heap_allocators[count] != NULL)
        count++;
    const struct heap_ops *const ops = heap_allocators[config[IPC_HEAP] % count];
    heap_config_standard(&heap_config, ops);
    heap_config.points = config[IPC_FLAGS] >> 2 & 1;
    heap_lives = (ops->capabilities & (HEAP_FIXED_BLOCKS | HEAP_CAN_FREE)) == HEAP_CAN_FREE &&
                 heap_init(&heap, &heap_config, "h", &region, 1, 0, HEAP_CALL("fuzz")) == NULL;
    if (!heap_lives)
        return;
    (void)heap_alloc(&heap, 1 << 30, HEAP_CALL("fuzz")); /* some are laid out by the first call */
    ops->stats(&heap, &stats);
    heap_used = stats.used;
}

static void heap_do(const struct command *c)
{
    struct held_block *block = block_of(HEAP_OWNER, c->object);
    const tsize_t size = 1 + c->value;
    taddr_t address;

    if (!heap_lives)
        return;
    if (c->verb == IPC_heap_alloc) {
        address = heap_alloc(&heap, size, HEAP_CALL("fuzz"));
        if (address != 0 && !block_take(HEAP_OWNER, address, size))
            heap_free(&heap, address, HEAP_CALL("fuzz"));
        return;
    }
    if (block == NULL)
        return;
    const struct held_block old = *block;
    block_drop(block);
    if (c->verb == IPC_heap_free) {
        heap_free(&heap, old.address, HEAP_CALL("fuzz"));
        return;
    }
    address = (heap.ops->capabilities & HEAP_CAN_REALLOC) != 0
                  ? heap_realloc(&heap, old.address, size, HEAP_CALL("fuzz"))
                  : 0;
    struct held_block moved = {address != 0 ? address : old.address,
                               address != 0 && size < old.size ? size : old.size, HEAP_OWNER,
                               old.mark};
    block_check(&moved);
    (void)block_take(HEAP_OWNER, moved.address, address != 0 ? size : old.size);
}

static void heap_end(void)
{
    struct heap_stats stats;
    struct heap_fault fault;

    for (struct held_block *block; (block = block_of(HEAP_OWNER, 0)) != NULL;) {
        const taddr_t address = block->address;

        block_drop(block);
        heap_free(&heap, address, HEAP_CALL("fuzz"));
    }
    heap.ops->stats(&heap, &stats);
    if (!heap.ops->check(&heap, &fault))
        fail(fault.text);
    if ((heap.ops->capabilities & HEAP_COALESCES) != 0 && stats.used != heap_used)
        fail("the heap is not what it was, though all was given back");
    heap_detach(&heap);
}

/* --- all of them --- */

static void renew(const struct command *c)
{
    const unsigned i = c->value / 8;
    uint32_t on_the_way;

    if (c->in_isr)
        return;
    switch (c->value % 8) {
    case 0:
        on_the_way = units_on_the_way(&sems[i % SEMS].sem);
        semaphore_delete(&sems[i % SEMS].sem);
        make_sem(i % SEMS);
        sems[i % SEMS].units += on_the_way;
        break;
    case 1:
        mutex_delete(&mutexes[i % MUTEXES].mutex);
        make_mutex(i % MUTEXES);
        break;
    case 2:
        if (pool_lives[i % POOLS])
            pool_delete(&pools[i % POOLS]);
        for (struct held_block *block; (block = block_of(i % POOLS, 0)) != NULL;)
            block_drop(block);
        make_pool(i % POOLS);
        break;
    default:
        models_renew(c->value % 8 - 3, i);
    }
}

void objects_begin(const uint32_t *header)
{
    static const enum suspend_blocked policies[] = {SUSPEND_NOT, SUSPEND_ENDS_WAIT,
                                                    SUSPEND_KEEPS_WAIT};

    config = header;
    all_live = true;
    objects_lost_wake = false;
    held_count = 0;
    suspend_policy = policies[header[IPC_SUSPEND] % 3];
    for (unsigned i = 0; i < SEMS; i++)
        make_sem(i);
    for (unsigned i = 0; i < MUTEXES; i++)
        make_mutex(i);
    for (unsigned i = 0; i < POOLS; i++)
        make_pool(i);
    make_heap();
    models_begin();
}

/* What it may be given while it waits. */
static const void *object_of(const struct command *c)
{
    if (c->verb == IPC_sem_take)
        return &sems[c->object % SEMS].sem;
    return c->verb == IPC_mutex_take ? &mutexes[c->object % MUTEXES].mutex : NULL;
}

void objects_do(const struct command *command)
{
    const bool masked = kernel_enter();
    struct worker *const self = worker_self();

    if (!all_live) { /* it was suspended when it was about to begin */
        kernel_leave(masked);
        return;
    }
    if (self != NULL)
        self->inside = object_of(command);
    if (command->verb <= IPC_sem_max)
        sem_do(command);
    else if (command->verb <= IPC_mutex_release)
        mutex_do(command);
    else if (command->verb == IPC_pool_alloc || command->verb == IPC_pool_free)
        pool_do(command);
    else if (command->verb >= IPC_heap_alloc && command->verb <= IPC_heap_realloc)
        heap_do(command);
    else if (command->verb == IPC_renew)
        renew(command);
    else
        models_do(command);
    if (self != NULL)
        self->inside = NULL;
    kernel_leave(masked);
}

/* What was handed to it and it has not seen goes with it; its mutexes go to others. */
void objects_worker_closed(struct worker *worker)
{
    if (worker->task.state != TASK_BLOCKED && !list_empty(&worker->task.wait_link))
        objects_lost_wake = true;
    for (unsigned i = 0; i < SEMS; i++)
        if (worker->inside == &sems[i].sem && sems[i].sem.hand_over == HAND_TO_WAITER &&
            worker->task.state != TASK_BLOCKED && worker != worker_self() &&
            worker->task.wake_reason == WAKE_GIVEN)
            sems[i].units--;
    for (unsigned i = 0; i < MUTEXES; i++)
        if (mutexes[i].owner == worker) {
            mutexes[i].owner = NULL;
            mutexes[i].holds = 0;
        }
    wishes[worker - workers].event = NULL;
}

void objects_check(void)
{
    for (unsigned i = 0; i < SEMS; i++) {
        const struct semaphore *const s = &sems[i].sem;

        if (s->count + units_on_the_way(s) != sems[i].units)
            fail("a semaphore counts other units than were given and not taken");
        if (waits_in_vain(&s->queue, s->count))
            fail("a task waits for a semaphore that has units");
    }
    for (unsigned i = 0; i < MUTEXES; i++)
        check_mutex(i);
    for (unsigned i = 0; i < POOLS; i++)
        check_pool(i);
    models_check();
}

void objects_end(void)
{
    all_live = false;
    for (unsigned i = 0; i < SEMS; i++)
        semaphore_delete(&sems[i].sem);
    for (unsigned i = 0; i < MUTEXES; i++) {
        mutex_delete(&mutexes[i].mutex);
        mutexes[i].owner = NULL;
    }
    for (unsigned i = 0; i < POOLS; i++) {
        struct heap_fault fault;

        if (pool_lives[i] && !pools[i].blocks.ops->check(&pools[i].blocks, &fault))
            fail(fault.text);
        if (pool_lives[i])
            pool_delete(&pools[i]);
    }
    models_end();
}

void objects_check_end(void)
{
    for (unsigned i = 0; i < held_count; i++)
        block_check(&held_blocks[i]);
    if (heap_lives)
        heap_end();
    for (const struct heap *h = heap_live_after(NULL); h != NULL; h = heap_live_after(h))
        if (h == &heap || h == &pools[0].blocks || h == &pools[1].blocks)
            fail("a heap lives on that was taken down");
}
