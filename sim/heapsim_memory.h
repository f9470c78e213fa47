/*
 * The compiler includes this before every source file of an instrumented application, so that the C
 * library's copies are accesses like others: a point each, looked up before it is made, seen by the
 * race detector. For the linker these functions have other names; the sources stay as they are.
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

/* What clang makes of its own accord, a copied struct, goes by no declaration. */
#ifdef __clang__
__asm__(".weakref memcpy, __tsan_memcpy\n\t.weakref memmove, __tsan_memmove\n\t"
        ".weakref memset, __tsan_memset");
#endif

/*
 * The C library's functions of texts: the same, without declaring them, since an application may
 * have functions of its own by these names. Those that are not static then have the linker's name,
 * and take the place of ours, which are weak.
 */
#ifdef __clang__
/* It tells of each static one that it leaves alone. */
#pragma clang diagnostic ignored "-Wpragmas"
#endif
#pragma redefine_extname fprintf heapsim_fprintf
#pragma redefine_extname fputs heapsim_fputs
#pragma redefine_extname fread heapsim_fread
#pragma redefine_extname fwrite heapsim_fwrite
#pragma redefine_extname memchr heapsim_memchr
#pragma redefine_extname memcmp heapsim_memcmp
#pragma redefine_extname printf heapsim_printf
#pragma redefine_extname puts heapsim_puts
#pragma redefine_extname snprintf heapsim_snprintf
#pragma redefine_extname sprintf heapsim_sprintf
#pragma redefine_extname stpcpy heapsim_stpcpy
#pragma redefine_extname stpncpy heapsim_stpncpy
#pragma redefine_extname strcat heapsim_strcat
#pragma redefine_extname strchr heapsim_strchr
#pragma redefine_extname strcmp heapsim_strcmp
#pragma redefine_extname strcpy heapsim_strcpy
#pragma redefine_extname strlen heapsim_strlen
#pragma redefine_extname strncat heapsim_strncat
#pragma redefine_extname strncmp heapsim_strncmp
#pragma redefine_extname strncpy heapsim_strncpy
#pragma redefine_extname strnlen heapsim_strnlen
#pragma redefine_extname strrchr heapsim_strrchr
#pragma redefine_extname strstr heapsim_strstr
#pragma redefine_extname vfprintf heapsim_vfprintf
#pragma redefine_extname vprintf heapsim_vprintf
#pragma redefine_extname vsnprintf heapsim_vsnprintf
#pragma redefine_extname vsprintf heapsim_vsprintf
#ifndef HEAPSIM_LIBC_H /* has them already */
#pragma redefine_extname strdup heapsim_strdup
#pragma redefine_extname strndup heapsim_strndup
#endif

#endif
