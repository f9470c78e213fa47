/*
 * FreeRTOS's kernel API, V11.1.0, as an application sees it: include this file first, as upstream
 * asks. Each call passes straight to heapsim's kernel; what it returns in each case is FreeRTOS's.
 *
 * The application's FreeRTOSConfig.h counts, as far as the calls here need it. What it says about
 * the heap is handed to heapsim by a record that every source file leaves behind; the options of
 * --heap overrule it.
 *
 * A misuse (a pointer that is no block, a size that wraps, a call from where it is forbidden) is
 * diagnosed first; --on-violation says whether the run goes on, and then the call returns as
 * written in the headers.
 */
#ifndef INC_FREERTOS_H
#define INC_FREERTOS_H

#include <stddef.h>
#include <stdint.h>

#include <FreeRTOSConfig.h> /* not "": the application's include directories come first */

#include "projdefs.h"

/* --- what FreeRTOSConfig.h may leave out --- */

#ifndef configTOTAL_HEAP_SIZE
#define configTOTAL_HEAP_SIZE      ((size_t)65536)
#define HEAPSIM_HEAP_SIZE_IS_GIVEN 0
#else
#define HEAPSIM_HEAP_SIZE_IS_GIVEN 1
#endif
#ifndef configAPPLICATION_ALLOCATED_HEAP
#define configAPPLICATION_ALLOCATED_HEAP 0
#endif
#ifndef configUSE_MALLOC_FAILED_HOOK
#define configUSE_MALLOC_FAILED_HOOK 0
#endif
#ifndef configHEAP_CLEAR_MEMORY_ON_FREE
#define configHEAP_CLEAR_MEMORY_ON_FREE 0
#endif
#ifndef configENABLE_HEAP_PROTECTOR
#define configENABLE_HEAP_PROTECTOR 0
#endif
#ifndef configTICK_RATE_HZ
#define configTICK_RATE_HZ 1000
#endif
#ifndef configMAX_SYSCALL_INTERRUPT_PRIORITY
#ifdef configMAX_API_CALL_INTERRUPT_PRIORITY
#define configMAX_SYSCALL_INTERRUPT_PRIORITY configMAX_API_CALL_INTERRUPT_PRIORITY
#else
#define configMAX_SYSCALL_INTERRUPT_PRIORITY 0 /* all interrupts may make calls */
#endif
#endif
#ifndef configASSERT
#define configASSERT(condition)
#define configASSERT_DEFINED 0
#else
#define configASSERT_DEFINED 1
#endif

#include "portable.h"

/* --- the record --- */

#ifdef __cplusplus
extern "C" {
#endif

struct heapsim_freertos_config {
    size_t total_heap_size; /* bytes of ucHeap */
    uint32_t tick_rate;     /* Hz */
    uint8_t heap_size_is_given;
    uint8_t malloc_failed_hook;
    uint8_t clear_on_free;
    uint8_t heap_protector;
    uint8_t byte_alignment;
    uint8_t max_syscall_priority; /* interrupts from here on may make calls; 0: all */
};

#ifdef HEAPSIM_FREERTOS_LIBRARY
extern const struct heapsim_freertos_config heapsim_freertos_config __attribute__((weak));
#else
/* Weak: each source file of the application has it, and the linker keeps one. */
extern const struct heapsim_freertos_config heapsim_freertos_config;
__attribute__((weak)) const struct heapsim_freertos_config heapsim_freertos_config = {
    (configTOTAL_HEAP_SIZE),
    (configTICK_RATE_HZ),
    HEAPSIM_HEAP_SIZE_IS_GIVEN,
    (configUSE_MALLOC_FAILED_HOOK),
    (configHEAP_CLEAR_MEMORY_ON_FREE),
    (configENABLE_HEAP_PROTECTOR),
    (portBYTE_ALIGNMENT),
    (configMAX_SYSCALL_INTERRUPT_PRIORITY)};
#endif

#ifdef __cplusplus
}
#endif

#endif
