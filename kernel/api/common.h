/*
 * What the memory calls of all dialects have in common: arguments of the host's width, locks,
 * and operations that the chosen allocator may lack.
 */
#ifndef HEAPSIM_API_COMMON_H
#define HEAPSIM_API_COMMON_H

#include <stdarg.h>

#include "../heap/heap.h"
#include "../ipc/sem.h"
#include "../irq/rules.h"
#include "../task/task.h"

/* Reports a misuse by a call that has no heap to blame. */
void api_misuse(struct heap_call call, enum diagnosis_kind kind, const void *at, size_t size,
                const char *text);

/* printf to the console through a buffer of `size` bytes, which cuts it off: the whole length. */
int api_print(char *buffer, size_t size, const char *format, va_list args);

/*
 * An argument of the host's width as the target's: a size or pointer that does not fit 32 bits
 * can't come from a program that would run on the board. False after a diagnosis.
 */
bool api_fits(size_t value, struct heap_call call);
bool api_is_on_board(const void *block, struct heap_call call);

static inline taddr_t api_address(const void *block)
{
    return (taddr_t)(uintptr_t)block;
}

/*
 * The lock of a heap: false if it was not to be had in `ticks` ticks. A task that holds one, or has
 * just been given it, must not be deleted: what it left half changed would stay locked for ever.
 */
bool api_lock_heap(struct semaphore *lock, uint32_t ticks, enum take_result *result);
void api_unlock_heap(struct semaphore *lock);
bool api_is_in_heap(const struct task *task);

/* The options of --heap that are set on one heap of a build hold for another: those named. */
void api_share_options(struct heap_config *config, const char *const *names, unsigned count);

/* A configuration as that of the system heap in all that is not the allocator's. */
struct heap_config api_config(const struct heap_ops *ops);

/*
 * As the heap's own call; where the allocator has none, what an application would do without it:
 * clear, or allocate, copy and free. The bounds are the allocator's; the last one then walks the
 * heap as well.
 */
taddr_t api_alloc_cleared(struct heap *h, tsize_t count, tsize_t size, struct heap_call call);
taddr_t api_realloc(struct heap *h, taddr_t block, tsize_t size, struct heap_call call);

/* True if `block` is a live block of the heap. Walks it: O(blocks). */
bool api_is_live(struct heap *h, taddr_t block);

/*
 * For the C library's aligned calls, whose blocks free() must take. Whether the allocator has such
 * blocks; else every block of it may be aligned so, by its option `align`: diagnosed if not.
 */
static inline bool api_frees_aligned(const struct heap *h)
{
    return (h->ops->capabilities & (HEAP_CAN_ALIGN | HEAP_ALIGNED_APART)) == HEAP_CAN_ALIGN;
}

/* If the system heap has none: a block of the dialect's malloc, which its free takes. */
typedef void *api_malloc(size_t size, struct heap_call call);
typedef void api_free(void *block, struct heap_call call);
void *api_memalign(api_malloc *serve, api_free *take_back, size_t align, size_t size,
                   struct heap_call call);

#endif
