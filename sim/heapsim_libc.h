/*
 * LIBC_HEAP of heapsim_add_scenario(): the compiler includes this before every source file of the
 * application. From then on malloc and its kin are other functions for the linker, by whatever way
 * they are called; the sources, and what the C library allocates for itself, stay as they are. The
 * functions call the RTOS's own heap, as the RTOS does when it is linked with a C library.
 *
 * No header is included here: an application may still say which features it wants of them.
 */
#ifndef HEAPSIM_LIBC_H
#define HEAPSIM_LIBC_H

#ifdef __cplusplus
#define HEAPSIM_NOTHROW noexcept(true)
extern "C" {
#else
#define HEAPSIM_NOTHROW
#endif

extern void *malloc(__SIZE_TYPE__ size) HEAPSIM_NOTHROW __asm__("heapsim_libc_malloc");
extern void *calloc(__SIZE_TYPE__ count, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_calloc");
extern void *realloc(void *block, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_realloc");
extern void free(void *block) HEAPSIM_NOTHROW __asm__("heapsim_libc_free");
extern void *aligned_alloc(__SIZE_TYPE__ align, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_aligned_alloc");
extern void *memalign(__SIZE_TYPE__ align, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_memalign");
extern int posix_memalign(void **block, __SIZE_TYPE__ align, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_posix_memalign");
extern char *strdup(const char *text) HEAPSIM_NOTHROW __asm__("heapsim_libc_strdup");
extern char *strndup(const char *text, __SIZE_TYPE__ size) HEAPSIM_NOTHROW
    __asm__("heapsim_libc_strndup");

#ifdef __cplusplus
}
#endif

#endif
