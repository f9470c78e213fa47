/*
 * RT-Thread's kernel API, version 5.2.0, as an application sees it. Each call passes straight to
 * heapsim's kernel; what it returns in each case is RT-Thread's.
 *
 * A misuse (a pointer that is no block, a size that wraps, a failed assertion) is diagnosed first;
 * --on-violation says whether the run goes on, and then the call returns as written here.
 */
#ifndef RT_THREAD_H__
#define RT_THREAD_H__

#include "rtdef.h"

/* --- console (kservice.c) --- */

/*
 * printf to the board's console. Text beyond RT_CONSOLEBUF_SIZE - 1 bytes is cut off. Returns the
 * length of the whole text. Any context. Differs: %-formats are the host's, so floating point
 * works.
 */
int rt_kprintf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Writes a string to the console; NULL is ignored. Any context. */
void rt_kputs(const char *text);

/*
 * The hook is called instead of the diagnosis when RT_ASSERT fails; NULL restores it. Any context.
 */
void rt_assert_set_hook(void (*hook)(const char *condition, const char *function, rt_size_t line));

/* --- system heap (mem.c) --- */

/*
 * Makes the system heap of [begin, end), aligned inwards to RT_ALIGN_SIZE, with the allocator that
 * --heap names (standard: rt-small-mem). Once only: a second call is a misuse. Before the first
 * allocation; not in an interrupt. O(1).
 */
void rt_system_heap_init(void *begin, void *end);

/*
 * Allocates size bytes, aligned to RT_ALIGN_SIZE. NULL if size is 0, if no free block is large
 * enough, or if size wraps at 32 bits once rounded (misuse; with --quirks=faithful: the least
 * block, as upstream). Then the malloc hook is called, also for NULL. Steps: those of the allocator
 * (small-mem: linear in blocks).
 */
void *rt_malloc(rt_size_t size);

/*
 * Gives a block of the system heap back; NULL is ignored. Calls the free hook first, also for NULL.
 * A pointer that is no live block is a misuse and leaves the heap as it is.
 */
void rt_free(void *block);

/*
 * Resizes a block, moving it if need be. NULL block: as rt_malloc without its hook; size 0: as
 * rt_free without its hook, returns NULL. NULL when there is no room: the old block stays.
 * Entry hook before, exit hook after.
 */
void *rt_realloc(void *block, rt_size_t size);

/*
 * Allocates count x size zeroed bytes. NULL as rt_malloc, and if the product wraps at 32 bits
 * (misuse; faithful: the product modulo 2^32). Differs: the hook is called after the zeroing.
 */
void *rt_calloc(rt_size_t count, rt_size_t size);

/*
 * Allocates size bytes at a multiple of align (rounded up to a multiple of 4). Give the block back
 * with rt_free_align only. NULL as rt_malloc, and for align 0 (misuse).
 */
void *rt_malloc_align(rt_size_t size, rt_size_t align);
void rt_free_align(void *block);

/* Bytes of the system heap: all, now in use, most in use. NULL outputs are skipped. */
void rt_memory_info(rt_size_t *total, rt_size_t *used, rt_size_t *max_used);

/* Hooks of the calls above; NULL takes one away. A hook may change the pointer it is handed. */
void rt_malloc_sethook(void (*hook)(void **block, rt_size_t size));
void rt_free_sethook(void (*hook)(void **block));
void rt_realloc_set_entry_hook(void (*hook)(void **block, rt_size_t size));
void rt_realloc_set_exit_hook(void (*hook)(void **block, rt_size_t size));

/* --- small-mem heaps of the application's own (mem.c) --- */

struct rt_memory; /* the control block: lies at the start of the heap's memory, in target layout */
typedef struct rt_memory *rt_mem_t;
typedef rt_mem_t rt_smem_t;

/*
 * Makes a small-mem heap of size bytes at begin (any alignment): a RAM region, a block of another
 * heap or a static array. Returns its handle, which is the control block's address; NULL if the
 * memory is too small, or (misuse) no memory of the board, or name is NULL. No lock: for one task,
 * or lock outside.
 */
rt_smem_t rt_smem_init(const char *name, void *begin, rt_size_t size);

/*
 * Forgets the heap; its memory stays as it is. Returns RT_EOK; -RT_EINVAL (misuse) for no such
 * heap, and for the system heap.
 */
rt_err_t rt_smem_detach(rt_smem_t heap);

/* As rt_malloc, rt_realloc and rt_free, on that heap, without hooks. */
void *rt_smem_alloc(rt_smem_t heap, rt_size_t size);
void *rt_smem_realloc(rt_smem_t heap, void *block, rt_size_t size);
void rt_smem_free(void *block);

#endif
