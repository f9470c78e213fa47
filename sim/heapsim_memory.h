/*
 * The compiler includes this before every source file of an instrumented application, so that the C
 * library's copies are accesses like others: a point each, seen by the race detector. For the
 * linker these functions have other names; the sources stay as they are.
 *
 * No header is included here: an application may still say which features it wants of them.
 */
#ifndef HEAPSIM_MEMORY_H
#define HEAPSIM_MEMORY_H

#ifdef __cplusplus
#define HEAPSIM_MEMORY_NOTHROW noexcept(true)
extern "C" {
#else
#define HEAPSIM_MEMORY_NOTHROW
#endif

extern void *memcpy(void *to, const void *from, __SIZE_TYPE__ size) HEAPSIM_MEMORY_NOTHROW
    __asm__("__tsan_memcpy");
extern void *memmove(void *to, const void *from, __SIZE_TYPE__ size) HEAPSIM_MEMORY_NOTHROW
    __asm__("__tsan_memmove");
extern void *memset(void *to, int value, __SIZE_TYPE__ size) HEAPSIM_MEMORY_NOTHROW
    __asm__("__tsan_memset");

#ifdef __cplusplus
}
#endif

#endif
