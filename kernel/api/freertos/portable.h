/*
 * FreeRTOS's memory calls. Which heap_N serves them is chosen when the program runs: --heap
 * freertos-heap-1 to freertos-heap-5 (standard: freertos-heap-4), or an allocator of another RTOS.
 *
 * The heap is `uint8_t ucHeap[configTOTAL_HEAP_SIZE]` where the application defines that array
 * (configAPPLICATION_ALLOCATED_HEAP), else the first region of RAM (--region, --board; without them
 * configTOTAL_HEAP_SIZE bytes if FreeRTOSConfig.h says how many). heap_5 gets its memory from
 * vPortDefineHeapRegions.
 *
 * Contexts, for all calls below unless stated: a task, or before the scheduler starts. The
 * scheduler is suspended around the work, interrupts stay on. In an ISR they are a misuse, and
 * answer NULL without any effect: upstream does not check this (docs/context-rules.md). Calls that
 * the chosen heap_N of its release does not have are a misuse: on the board the program would not
 * link.
 *
 *   heap_N                                     1    2    3    4    5   since
 *   pvPortMalloc, vPortFree                    x    x    x    x    x
 *   pvPortCalloc                               -    x    -    x    x   V10.5.0
 *   xPortGetFreeHeapSize                       x    x    -    x    x
 *   xPortGetMinimumEverFreeHeapSize            -    -    -    x    x
 *   xPortResetHeapMinimumEverFreeHeapSize      -    -    -    x    x   V11.2.0 (release 11.1.0 too,
 *                                                                      which stands for main)
 *   vPortGetHeapStats                          -    -    -    x    x   V10.3.0
 *   vPortInitialiseBlocks                      x    x    -    x    -
 *   vPortDefineHeapRegions                     -    -    -    -    x
 *   vPortHeapResetState                        x    x    x    x    x   V11.1.0
 *
 * With an allocator of another RTOS there are the first four rows, and pvPortCalloc.
 */
#ifndef PORTABLE_H
#define PORTABLE_H

#include <stddef.h>

#include "portmacro.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A region for heap_5. */
typedef struct HeapRegion {
    uint8_t *pucStartAddress;
    size_t xSizeInBytes;
} HeapRegion_t;

typedef struct xHeapStats {
    size_t xAvailableHeapSpaceInBytes;      /* free bytes, headers included */
    size_t xSizeOfLargestFreeBlockInBytes;  /* with its header; 0 when there is none */
    size_t xSizeOfSmallestFreeBlockInBytes; /* 0xffffffff when there is none */
    size_t xNumberOfFreeBlocks;             /* heap_5: end markers still in the list count */
    size_t xMinimumEverFreeBytesRemaining;
    size_t xNumberOfSuccessfulAllocations; /* mallocs and callocs */
    size_t xNumberOfSuccessfulFrees;       /* of blocks: NULL does not count */
} HeapStats_t;

/*
 * Allocates xWantedSize bytes, aligned to portBYTE_ALIGNMENT. NULL if and only if the size is 0, no
 * free block is large enough, or the size passes 2^31 or 2^32 with header and rounding (misuse
 * where it wraps; heap_2 up to V10.4.2, faithful: a block that is too small). heap_3: size 0 gives
 * a block. Where it returns NULL, vApplicationMallocFailedHook is called, with the scheduler
 * running again; not after a refusal in an ISR. Steps: those of the heap, linear in free blocks.
 */
void *pvPortMalloc(size_t xWantedSize);

/*
 * Allocates xNum x xSize bytes and clears them. NULL as pvPortMalloc, with its hook; a product that
 * passes 2^32 - 1 is a misuse and gives NULL without the hook.
 */
void *pvPortCalloc(size_t xNum, size_t xSize);

/*
 * Gives a block back; NULL is ignored. A pointer that is no live block is a misuse and leaves the
 * heap as it is; heap_1 takes nothing back, so there every pointer is.
 */
void vPortFree(void *pv);

/*
 * Free bytes, headers of free blocks included; heap_4: 0 before the first pvPortMalloc, which lays
 * the heap out. A plain read: any context, O(1).
 */
size_t xPortGetFreeHeapSize(void);

/* The least that has been since the start or the last reset. Any context, O(1). */
size_t xPortGetMinimumEverFreeHeapSize(void);

/* Makes the present free size the least. Any context, O(1). */
void xPortResetHeapMinimumEverFreeHeapSize(void);

/* Fills in all figures; where the call is refused all are 0. O(free blocks). */
void vPortGetHeapStats(HeapStats_t *pxHeapStats);

/*
 * heap_5's memory: regions in ascending order of address, ended by one of size 0. Once, before any
 * allocation, or again after vPortHeapResetState. A misuse, and no heap then: a second call,
 * regions that are no memory of the board, out of order or too small for a block header (upstream
 * asserts, or overwrites what lies around), more than 8 of them. O(regions).
 */
void vPortDefineHeapRegions(const HeapRegion_t *const pxHeapRegions);

/* heap_1: forgets all blocks. heap_2 and heap_4: does nothing. */
void vPortInitialiseBlocks(void);

/*
 * Forgets all blocks, so that the scheduler can be started anew: the heap is laid out again by the
 * next allocation, heap_5 by vPortDefineHeapRegions. heap_3: does nothing. Differs: what
 * vPortGetHeapStats says of the old list in between.
 */
void vPortHeapResetState(void);

/*
 * The application's, if it wants to know of a pvPortMalloc that returns NULL
 * (configUSE_MALLOC_FAILED_HOOK 1); heapsim does not need it to be there.
 */
void vApplicationMallocFailedHook(void);

/* The application's, with configENABLE_HEAP_PROTECTOR 1: a random number. Called once. */
void vApplicationGetRandomHeapCanary(uint32_t *pulHeapCanary);

#ifdef __cplusplus
}
#endif

#endif
