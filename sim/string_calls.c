/*
 * The C library's string functions, as instrumented application code calls them: heapsim_memory.h
 * sends it here. libc is not instrumented, but what it reads and writes is known, and looked at
 * before it is done: where a function stops at a NUL, all bytes up to it and with it; what printf
 * takes and writes (access_text.h).
 *
 * The points come before all that: between a look and its access no other task runs. All functions
 * are weak: an application's own take their place. With AddressSanitizer its interceptors do this.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../kernel/heap/heap.h"
#include "access_text.h"
#include "instrument.h"
#include "sanitizers.h"

#if !WITH_TSAN && !WITH_ASAN

#define CALL __attribute__((weak, noinline))

#define READS(at, size)  SIM_LOOK(POINT_READ, at, size, ACCESS_READ)
#define WRITES(at, size) SIM_LOOK(POINT_WRITE, at, size, ACCESS_WRITE)

/* The bytes of a text with its NUL, at most `limit`. */
static size_t span(const char *text, size_t limit)
{
    return access_reach(text, '\0', limit);
}

/* How many bytes of both are read until they differ or end; the last one is not looked at. */
static size_t compared(const char *a, const char *b, size_t limit)
{
    const size_t most = span(b, limit);
    const size_t size = span(a, most);

    for (size_t i = 0; i + 1 < size; i++)
        if (a[i] != b[i])
            return i + 1;
    return size;
}

/* --- texts are read --- */

CALL size_t heapsim_strlen(const char *text);
size_t heapsim_strlen(const char *text)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, SIZE_MAX));
    return strlen(text);
}

CALL size_t heapsim_strnlen(const char *text, size_t size);
size_t heapsim_strnlen(const char *text, size_t size)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, size));
    return strnlen(text, size);
}

CALL int heapsim_strcmp(const char *a, const char *b);
int heapsim_strcmp(const char *a, const char *b)
{
    sim_point(POINT_READ, a);
    sim_point(POINT_READ, b);
    const size_t size = compared(a, b, SIZE_MAX);
    READS(a, size);
    READS(b, size);
    return strcmp(a, b);
}

CALL int heapsim_strncmp(const char *a, const char *b, size_t limit);
int heapsim_strncmp(const char *a, const char *b, size_t limit)
{
    sim_point(POINT_READ, a);
    sim_point(POINT_READ, b);
    const size_t size = compared(a, b, limit);
    READS(a, size);
    READS(b, size);
    return strncmp(a, b, limit);
}

CALL char *heapsim_strchr(const char *text, int byte);
char *heapsim_strchr(const char *text, int byte)
{
    sim_point(POINT_READ, text);
    READS(text, access_reach(text, byte, span(text, SIZE_MAX)));
    return strchr(text, byte);
}

CALL char *heapsim_strrchr(const char *text, int byte);
char *heapsim_strrchr(const char *text, int byte)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, SIZE_MAX));
    return strrchr(text, byte);
}

CALL char *heapsim_strstr(const char *text, const char *part);
char *heapsim_strstr(const char *text, const char *part)
{
    sim_point(POINT_READ, text);
    sim_point(POINT_READ, part);
    const size_t size = span(text, SIZE_MAX);
    const size_t length = span(part, SIZE_MAX) - 1;
    READS(part, length + 1);
    const char *const found = memmem(text, size - 1, part, length);
    READS(text, found != NULL ? (size_t)(found - text) + length : size);
    return strstr(text, part);
}

CALL int heapsim_memcmp(const void *a, const void *b, size_t size);
int heapsim_memcmp(const void *a, const void *b, size_t size)
{
    SIM_ACCESS(POINT_READ, a, size, ACCESS_READ);
    SIM_ACCESS(POINT_READ, b, size, ACCESS_READ);
    return memcmp(a, b, size);
}

CALL void *heapsim_memchr(const void *at, int byte, size_t size);
void *heapsim_memchr(const void *at, int byte, size_t size)
{
    sim_point(POINT_READ, at);
    READS(at, access_reach(at, byte, size));
    return memchr(at, byte, size);
}

CALL char *heapsim_strdup(const char *text);
char *heapsim_strdup(const char *text)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, SIZE_MAX));
    return strdup(text);
}

CALL char *heapsim_strndup(const char *text, size_t size);
char *heapsim_strndup(const char *text, size_t size)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, size));
    return strndup(text, size);
}

/* --- texts are copied --- */

/* The points of a copy, and the look at what it reads: `size` is how much that is. */
#define COPIES(to, from, limit)                                                                    \
    sim_point(POINT_READ, from);                                                                   \
    sim_point(POINT_WRITE, to);                                                                    \
    const size_t size = span(from, limit);                                                         \
    READS(from, size)

CALL char *heapsim_strcpy(char *to, const char *from);
char *heapsim_strcpy(char *to, const char *from)
{
    COPIES(to, from, SIZE_MAX);
    WRITES(to, size);
    return strcpy(to, from);
}

CALL char *heapsim_stpcpy(char *to, const char *from);
char *heapsim_stpcpy(char *to, const char *from)
{
    COPIES(to, from, SIZE_MAX);
    WRITES(to, size);
    return stpcpy(to, from);
}

CALL char *heapsim_strncpy(char *to, const char *from, size_t limit);
char *heapsim_strncpy(char *to, const char *from, size_t limit)
{
    COPIES(to, from, limit);
    WRITES(to, limit);
    return strncpy(to, from, limit);
}

CALL char *heapsim_stpncpy(char *to, const char *from, size_t limit);
char *heapsim_stpncpy(char *to, const char *from, size_t limit)
{
    COPIES(to, from, limit);
    WRITES(to, limit);
    return stpncpy(to, from, limit);
}

CALL char *heapsim_strcat(char *to, const char *from);
char *heapsim_strcat(char *to, const char *from)
{
    COPIES(to, from, SIZE_MAX);
    const size_t kept = span(to, SIZE_MAX);
    READS(to, kept);
    WRITES(to + kept - 1, size);
    return strcat(to, from);
}

CALL char *heapsim_strncat(char *to, const char *from, size_t limit);
char *heapsim_strncat(char *to, const char *from, size_t limit)
{
    COPIES(to, from, limit);
    const size_t kept = span(to, SIZE_MAX);
    READS(to, kept);
    WRITES(to + kept - 1, strnlen(from, limit) + 1);
    return strncat(to, from, limit);
}

/* --- texts are formatted --- */

/* The points of a function of printf's kind, and the look at what it touches. */
#define FORMATS(to, room, format, args)                                                            \
    do {                                                                                           \
        sim_point(POINT_READ, format);                                                             \
        if ((room) > 0)                                                                            \
            sim_point(POINT_WRITE, to);                                                            \
        if (access_map != NULL || races_on) {                                                      \
            const struct heap_call by = HEAP_CALL(NULL);                                           \
            access_by_format(to, room, format, args, &by);                                         \
        }                                                                                          \
    } while (0)

#define PRINTF_LIKE(at, first) __attribute__((format(printf, at, first)))

CALL PRINTF_LIKE(3, 0) int heapsim_vsnprintf(char *to, size_t room, const char *format,
                                             va_list args);
int heapsim_vsnprintf(char *to, size_t room, const char *format, va_list args)
{
    FORMATS(to, room, format, args);
    return vsnprintf(to, room, format, args);
}

CALL PRINTF_LIKE(2, 0) int heapsim_vsprintf(char *to, const char *format, va_list args);
int heapsim_vsprintf(char *to, const char *format, va_list args)
{
    FORMATS(to, SIZE_MAX, format, args);
    return vsprintf(to, format, args);
}

CALL PRINTF_LIKE(3, 4) int heapsim_snprintf(char *to, size_t room, const char *format, ...);
int heapsim_snprintf(char *to, size_t room, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    FORMATS(to, room, format, args);
    const int length = vsnprintf(to, room, format, args);
    va_end(args);
    return length;
}

CALL PRINTF_LIKE(2, 3) int heapsim_sprintf(char *to, const char *format, ...);
int heapsim_sprintf(char *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    FORMATS(to, SIZE_MAX, format, args);
    const int length = vsprintf(to, format, args);
    va_end(args);
    return length;
}

/* --- texts and bytes go to a file, or come from one --- */

CALL PRINTF_LIKE(1, 0) int heapsim_vprintf(const char *format, va_list args);
int heapsim_vprintf(const char *format, va_list args)
{
    FORMATS(NULL, 0, format, args);
    return vprintf(format, args);
}

CALL PRINTF_LIKE(2, 0) int heapsim_vfprintf(FILE *file, const char *format, va_list args);
int heapsim_vfprintf(FILE *file, const char *format, va_list args)
{
    FORMATS(NULL, 0, format, args);
    return vfprintf(file, format, args);
}

CALL PRINTF_LIKE(1, 2) int heapsim_printf(const char *format, ...);
int heapsim_printf(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    FORMATS(NULL, 0, format, args);
    const int length = vprintf(format, args);
    va_end(args);
    return length;
}

CALL PRINTF_LIKE(2, 3) int heapsim_fprintf(FILE *file, const char *format, ...);
int heapsim_fprintf(FILE *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    FORMATS(NULL, 0, format, args);
    const int length = vfprintf(file, format, args);
    va_end(args);
    return length;
}

CALL int heapsim_puts(const char *text);
int heapsim_puts(const char *text)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, SIZE_MAX));
    return puts(text);
}

CALL int heapsim_fputs(const char *text, FILE *file);
int heapsim_fputs(const char *text, FILE *file)
{
    sim_point(POINT_READ, text);
    READS(text, span(text, SIZE_MAX));
    return fputs(text, file);
}

CALL size_t heapsim_fwrite(const void *from, size_t size, size_t count, FILE *file);
size_t heapsim_fwrite(const void *from, size_t size, size_t count, FILE *file)
{
    SIM_ACCESS(POINT_READ, from, size * count, ACCESS_READ);
    return fwrite(from, size, count, file);
}

CALL size_t heapsim_fread(void *to, size_t size, size_t count, FILE *file);
size_t heapsim_fread(void *to, size_t size, size_t count, FILE *file)
{
    SIM_ACCESS(POINT_WRITE, to, size * count, ACCESS_WRITE);
    return fread(to, size, count, file);
}
#endif
