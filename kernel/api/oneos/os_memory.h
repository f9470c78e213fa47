/*
 * OneOS's memory calls, 2.1.0 and 1.x. Which of them serve, and how, is chosen when the program
 * runs:
 *
 *   --heap oneos-mixed            2.1.0 with both algorithms (standard; DEFAULT is first-fit)
 *          oneos-first-fit        2.1.0 with that one only; also oneos-buddy
 *          oneos-first-fit-v201   2.0.1
 *          oneos-small-lite       OneOS-Lite with its small algorithm
 *          oneos-small            1.x: os_system_heap_init and its kin instead of regions
 *
 * heapsim's start-up makes the system heap of the first region of RAM (--region, --board). An
 * application can add regions to it, and make heaps of its own.
 *
 * Each heap has a semaphore, taken with no limit of time around each search or change, in order of
 * priority (1.x: first in, first out). So where a call says "waits", it needs a task with
 * interrupts on and the scheduler unlocked, or the time before the scheduler starts; from elsewhere
 * it is a misuse (upstream asserts) and answers NULL, OS_ERROR or nothing. Differs: upstream has a
 * semaphore for each region; regions of one heap do not exclude each other there.
 *
 * What upstream answers with an assertion, which stops the board, is a misuse here.
 */
#ifndef __OS_MEMORY_H__
#define __OS_MEMORY_H__

#include "os_errno.h"
#include "os_types.h"

#include "../hidden_begin.h"

#include "../../heap/heap.h"
#include "../../ipc/sem.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How a region is run. One that the chosen heap lacks is a misuse: the board's program would not
 * compile. */
enum os_mem_alg {
    OS_MEM_ALG_FIRSTFIT,
    OS_MEM_ALG_BUDDY,
    OS_MEM_ALG_SMALL,  /* OneOS-Lite */
    OS_MEM_ALG_DEFAULT /* the first one that the heap has */
};

/* Sums over a heap's regions, in bytes; their 96-byte control blocks are in none of them. */
typedef struct os_meminfo {
    os_size_t mem_total;
    os_size_t mem_used;    /* headers and the algorithm's own structure included */
    os_size_t mem_maxused; /* the sum of the regions' own maxima */
} os_meminfo_t;

/* The application's heap object: static data or a block of a heap. The members are heapsim's own.
 */
typedef struct os_memheap {
    char name[32];
    struct heap heap;      /* live once it has a region */
    struct semaphore lock; /* of its regions */
    struct os_memheap *next;
} os_memheap_t;

/* --- the system heap --- */

/*
 * Makes the system heap, without a region. heapsim's start-up has done it: a call is a misuse, and
 * does nothing. Not in an interrupt.
 */
void os_sys_heap_init(void);

/*
 * A region more for the system heap, tried after those it has: `size` bytes at `start`, both
 * aligned inwards to 4 bytes. OS_EOK; OS_ENOMEM if it is no larger than its control block, or
 * (misuse: the board stops) too small for its algorithm; OS_EINVAL if it overlaps a region of any
 * heap (2.0.1: as far as that notices), for an algorithm that the heap lacks, or (misuse) for
 * memory that is none of the board's or empty. Not in an interrupt: misuse, OS_ERROR. O(regions);
 * buddy: O(blocks).
 */
os_err_t os_sys_heap_add(void *start, os_size_t size, enum os_mem_alg alg);

/*
 * Allocates size bytes: in the first region, in the order they were added, that has room. first-fit
 * aligns to 4 or 8 bytes, by the region's size, buddy to 4. NULL if there is no room; for 0 bytes
 * (buddy: the least block); if the size wraps at 32 bits with its header (misuse; faithful: the
 * block that the board gives, or NULL where it stops). Waits, but for a request that needs no
 * search: 0 bytes in first-fit, more than the largest block of buddy. Steps: first-fit 8 chunks and
 * a bitmap for each region, buddy the levels.
 */
void *os_malloc(os_size_t size);

/*
 * The same at a multiple of align, a power of two. NULL also for 0 bytes, and (misuse) for another
 * align but 0, which counts as 1. os_free takes the block; os_realloc forgets that it is aligned.
 * Heaps of OneOS-Lite's small algorithm have none: NULL. 1.x: misuse, see os_malloc_align.
 */
void *os_aligned_malloc(os_size_t align, os_size_t size);

/*
 * Resizes a block, in its region if that has room, else in another; NULL when there is none: the
 * old block stays. NULL ptr: as os_malloc. Size 0: frees and returns NULL. Waits. first-fit grows
 * into the next chunk if that is free (2.0.1: never).
 */
void *os_realloc(void *ptr, os_size_t size);

/*
 * Allocates count x size zeroed bytes. NULL as os_malloc, and if the product wraps at 32 bits
 * (misuse; faithful: the product modulo 2^32). Waits.
 */
void *os_calloc(os_size_t count, os_size_t size);

/*
 * Gives a block back. A pointer that is no live block is a misuse and leaves the heap as it is; so
 * is NULL, unlike in C (1.x: ignored). Waits.
 */
void os_free(void *ptr);

/* Figures of the system heap. Takes no lock: any context. */
void os_memory_info(os_meminfo_t *info);

/*
 * Checks all metadata: OS_EOK, or OS_ERROR at the first wrong word, which is also reported as a
 * misuse. Waits. O(blocks). Differs: finds more than upstream, and prints no free blocks.
 */
os_err_t os_memory_check(void);

/* Prints address and size of each block in use. Returns OS_EOK. Waits. O(blocks). */
os_err_t os_memory_trace(void);

/* --- heaps of the application's own --- */

/*
 * Makes a heap without a region; name (NULL: none) is cut to OS_NAME_MAX characters. OS_EOK;
 * OS_EINVAL if it is one already. Misuse, and OS_EINVAL: an object that is no memory of the
 * board's, or OneOS 1.x. Not in an interrupt. O(heaps).
 */
os_err_t os_memheap_init(os_memheap_t *heap, const char *name);

/* As os_sys_heap_add, for that heap. */
os_err_t os_memheap_add(os_memheap_t *heap, void *start, os_size_t size, enum os_mem_alg alg);

/* As the calls on the system heap; one that was not initialised is a misuse. Without a region:
 * NULL. */
void *os_memheap_alloc(os_memheap_t *heap, os_size_t size);
void *os_memheap_aligned_alloc(os_memheap_t *heap, os_size_t align, os_size_t size);
void *os_memheap_realloc(os_memheap_t *heap, void *ptr, os_size_t size);
void os_memheap_free(os_memheap_t *heap, void *ptr);
void os_memheap_info(os_memheap_t *heap, os_meminfo_t *info);
os_err_t os_memheap_check(os_memheap_t *heap);
os_err_t os_memheap_trace(os_memheap_t *heap);

/* Upstream has not written it: OS_ENOSYS (2.0.1: OS_EBUSY). */
os_err_t os_memheap_deinit(os_memheap_t *heap);

/* --- OneOS 1.x (--heap oneos-small); with another heap they are a misuse --- */

/*
 * The system heap over [begin_addr, end_addr), aligned inwards. heapsim's start-up has done it: a
 * call is a misuse, and does nothing.
 */
void os_system_heap_init(void *begin_addr, void *end_addr);

/*
 * Allocates size bytes at a multiple of align, which is rounded up to 4. NULL as os_malloc, and for
 * align 0 (misuse). Give the block back with os_free_align only; NULL is ignored there. Waits.
 */
void *os_malloc_align(os_size_t size, os_size_t align);
void os_free_align(void *ptr);

/*
 * Called after each successful allocation, with the rounded size, and for each block that is freed;
 * a realloc that moves calls both. Without the lock. NULL takes a hook away.
 */
void os_malloc_set_hook(void (*hook)(void *ptr, os_size_t size));
void os_free_set_hook(void (*hook)(void *ptr));

#ifdef __cplusplus
}
#endif

#include "../hidden_end.h"

#endif
