/* The memory calls of each dialect. */
#ifndef HEAPSIM_TESTS_FILL_DIALECT_H
#define HEAPSIM_TESTS_FILL_DIALECT_H

#if defined(DIALECT_rtthread)
#include <rtthread.h>
#define ALLOC(size)      rt_malloc(size)
#define FREE(block)      rt_free(block)
#define REALLOC(p, size) rt_realloc(p, size)
#elif defined(DIALECT_freertos)
#include <FreeRTOS.h>
#define ALLOC(size) pvPortMalloc(size)
#define FREE(block) vPortFree(block)
#else
#include <oneos_config.h>
#include <os_memory.h>
#define ALLOC(size)      os_malloc(size)
#define FREE(block)      os_free(block)
#define REALLOC(p, size) os_realloc(p, size)
#endif

#endif
