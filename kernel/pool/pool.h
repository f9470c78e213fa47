/*
 * A memory pool whose alloc waits for a block: a heap of fixed blocks (mempool_blocks.c) and a wait
 * queue.
 *
 * - free pushes the block and makes one waiter ready; the block is not reserved for it. A waiter
 * that finds the pool empty again queues anew, with what is left of its time.
 */
#ifndef HEAPSIM_POOL_H
#define HEAPSIM_POOL_H

#include "../heap/heap.h"
#include "../ipc/sem.h"

struct pool {
    struct heap blocks;
    struct wait_queue queue;
};

/* As heap_init() over one region; `object` is the address that blocks name their pool by. */
const char *pool_init(struct pool *p, const struct heap_config *config, const char *name,
                      struct heap_region region, taddr_t object, enum wait_order order,
                      struct heap_call call);

/* A block, or 0 with *result: TAKE_EMPTY (ticks 0), TAKE_TIMEOUT, TAKE_DELETED. ticks 0 in any
 * context. */
taddr_t pool_alloc(struct pool *p, uint32_t ticks, enum take_result *result, struct heap_call call);

/* The live pool whose memory holds that address, or NULL. O(live heaps). */
struct pool *pool_of_block(taddr_t block);

/* Wakes one waiter, if the block was one. Any context. */
void pool_free(struct pool *p, taddr_t block, struct heap_call call);

/* Wakes all waiters with TAKE_DELETED; the blocks' heap is not live any more. */
void pool_delete(struct pool *p);

#endif
