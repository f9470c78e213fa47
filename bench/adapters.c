#include "adapters.h"

struct heap bench_heap;
struct host_allocator bench_host;

static const struct heap_call call = {.name = "bench"};

static bool can(enum heap_capability capability)
{
    return (bench_heap.ops->capabilities & capability) != 0;
}

/* --- nothing --- */

taddr_t null_alloc(tsize_t size)
{
    return 1;
}

void null_free(taddr_t block)
{
}

static uintptr_t null_two(tsize_t a, tsize_t b)
{
    return 1;
}

static uintptr_t null_resize(uintptr_t block, tsize_t size, tsize_t old)
{
    return 1;
}

static void null_free_aligned(uintptr_t block)
{
}

const struct rare_calls null_rare = {null_two, null_two, null_resize, null_free_aligned,
                                     null_resize};

/* --- an allocator's own functions --- */

taddr_t direct_alloc(tsize_t size)
{
    return bench_heap.ops->alloc(&bench_heap, size);
}

void direct_free(taddr_t block)
{
    bench_heap.ops->free(&bench_heap, block);
}

static uintptr_t direct_cleared(tsize_t count, tsize_t size)
{
    return bench_heap.ops->alloc_cleared(&bench_heap, count, size);
}

static uintptr_t direct_aligned(tsize_t size, tsize_t align)
{
    return can(HEAP_CAN_ALIGN) ? bench_heap.ops->alloc_aligned(&bench_heap, size, align)
                               : bench_heap.ops->alloc(&bench_heap, size + align - 1);
}

static void direct_free_aligned(uintptr_t block)
{
    const struct heap_ops *const ops = bench_heap.ops;

    (can(HEAP_CAN_ALIGN) && ops->free_aligned != NULL ? ops->free_aligned
                                                      : ops->free)(&bench_heap, (taddr_t)block);
}

static uintptr_t direct_move(uintptr_t block, tsize_t size, tsize_t old, bool aligned)
{
    const taddr_t moved = bench_heap.ops->alloc(&bench_heap, size);

    if (moved == 0)
        return 0;
    heap_copy(&bench_heap, moved, (taddr_t)block, old < size ? old : size);
    if (aligned)
        direct_free_aligned(block);
    else
        direct_free((taddr_t)block);
    return moved;
}

static uintptr_t direct_resize(uintptr_t block, tsize_t size, tsize_t old)
{
    return can(HEAP_CAN_REALLOC) ? bench_heap.ops->realloc(&bench_heap, (taddr_t)block, size)
                                 : direct_move(block, size, old, false);
}

static uintptr_t direct_resize_aligned(uintptr_t block, tsize_t size, tsize_t old)
{
    return can(HEAP_ALIGNED_APART) ? direct_move(block, size, old, true)
                                   : direct_resize(block, size, old);
}

const struct rare_calls direct_rare = {direct_cleared, direct_aligned, direct_resize,
                                       direct_free_aligned, direct_resize_aligned};

/* --- the same through the front --- */

taddr_t front_alloc(tsize_t size)
{
    return heap_alloc(&bench_heap, size, HEAP_CALL("bench"));
}

void front_free(taddr_t block)
{
    heap_free(&bench_heap, block, HEAP_CALL("bench"));
}

static uintptr_t front_cleared(tsize_t count, tsize_t size)
{
    return heap_alloc_cleared(&bench_heap, count, size, call);
}

static uintptr_t front_aligned(tsize_t size, tsize_t align)
{
    return can(HEAP_CAN_ALIGN) ? heap_alloc_aligned(&bench_heap, size, align, call)
                               : heap_alloc(&bench_heap, size + align - 1, call);
}

static void front_free_aligned(uintptr_t block)
{
    (can(HEAP_CAN_ALIGN) ? heap_free_aligned : heap_free)(&bench_heap, (taddr_t)block, call);
}

/* The front counts each call by itself; what the first one cost is carried over to the second. */
static uintptr_t front_move(uintptr_t block, tsize_t size, tsize_t old, bool aligned)
{
    const taddr_t moved = heap_alloc(&bench_heap, size, call);
    const uint32_t steps = bench_heap.cost.steps;

    if (moved == 0)
        return 0;
    heap_copy(&bench_heap, moved, (taddr_t)block, old < size ? old : size);
    const uint32_t bytes = bench_heap.cost.moved;
    if (aligned)
        front_free_aligned(block);
    else
        front_free((taddr_t)block);
    bench_heap.cost.steps += steps;
    bench_heap.cost.moved += bytes;
    return moved;
}

static uintptr_t front_resize(uintptr_t block, tsize_t size, tsize_t old)
{
    return can(HEAP_CAN_REALLOC) ? heap_realloc(&bench_heap, (taddr_t)block, size, call)
                                 : front_move(block, size, old, false);
}

static uintptr_t front_resize_aligned(uintptr_t block, tsize_t size, tsize_t old)
{
    return can(HEAP_ALIGNED_APART) ? front_move(block, size, old, true)
                                   : front_resize(block, size, old);
}

const struct rare_calls front_rare = {front_cleared, front_aligned, front_resize,
                                      front_free_aligned, front_resize_aligned};

/* --- the machine's allocators --- */

void *host_alloc(size_t size)
{
    return bench_host.alloc(size);
}

void host_free(void *block)
{
    bench_host.free(block);
}

static uintptr_t host_cleared(tsize_t count, tsize_t size)
{
    return (uintptr_t)bench_host.cleared(count, size);
}

/* The C library wants a size that is a multiple of the alignment. */
static uintptr_t host_aligned(tsize_t size, tsize_t align)
{
    return (uintptr_t)bench_host.aligned(align, ((size_t)size + align - 1) & ~((size_t)align - 1));
}

static uintptr_t host_resize(uintptr_t block, tsize_t size, tsize_t old)
{
    return (uintptr_t)bench_host.resize((void *)block, size);
}

static void host_free_aligned(uintptr_t block)
{
    bench_host.free((void *)block);
}

const struct rare_calls host_rare = {host_cleared, host_aligned, host_resize, host_free_aligned,
                                     host_resize};

/* --- a free list --- */

struct link {
    struct link *next;
};

static struct link *list_head;

void list_init(void *memory, size_t size, size_t block_size)
{
    const size_t stride = (block_size + 15) & ~(size_t)15;
    struct link **end = &list_head;

    for (size_t at = 0; at + stride <= size; at += stride) {
        *end = (struct link *)(void *)((char *)memory + at);
        end = &(*end)->next;
    }
    *end = NULL;
}

void *list_alloc(size_t size)
{
    struct link *const block = list_head;

    if (block != NULL)
        list_head = block->next;
    return block;
}

void list_free(void *block)
{
    struct link *const link = block;

    link->next = list_head;
    list_head = link;
}
