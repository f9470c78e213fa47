/*
 * The C library's string functions, as instrumented application code calls them: heapsim_memory.h
 * sends it here. libc is not instrumented, but what it reads and writes is known, and looked at
 * before it is done:
 *
 *   - where a function stops at a NUL, all bytes up to it and with it; the NUL is looked for only
 *     in bytes that may be read, and a text that has none there is a read of the first that may not
 *   - what printf writes is measured first
 *
 * The points come before all that: between a look and its access no other task runs. All functions
 * are weak: an application's own take their place. With AddressSanitizer its interceptors do this.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "instrument.h"
#include "sanitizers.h"

#if !WITH_TSAN && !WITH_ASAN

#define CALL __attribute__((weak, noinline))

#define READS(at, size)  SIM_LOOK(POINT_READ, at, size, ACCESS_READ)
#define WRITES(at, size) SIM_LOOK(POINT_WRITE, at, size, ACCESS_WRITE)

enum { CHUNK = 4096 };

/*
 * How many bytes are read of `at` when looking for a byte: up to it and with it, or `limit`; or up
 * to and with the first that may not be read, which is not touched here.
 */
static size_t reach(const void *at, int byte, size_t limit)
{
    const uintptr_t begin = (uintptr_t)at;
    uintptr_t next = begin;

    while (next - begin < limit) {
        size_t size = CHUNK - next % CHUNK;
        taddr_t bad;

        if (size > limit - (next - begin))
            size = limit - (next - begin);
        const bool allowed = access_allowed(next, size, &bad);
        if (!allowed)
            size = bad - next;
        const void *const found = memchr((const void *)next, byte, size);
        if (found != NULL)
            return (uintptr_t)found - begin + 1;
        next += size;
        if (!allowed)
            return next - begin + 1;
    }
    return limit;
}

/* The bytes of a text with its NUL, at most `limit`. */
static size_t span(const char *text, size_t limit)
{
    return reach(text, '\0', limit);
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
    READS(text, reach(text, byte, span(text, SIZE_MAX)));
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
    READS(at, reach(at, byte, size));
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

/* What vsnprintf() writes, with the NUL; the arguments are used up. */
__attribute__((format(printf, 2, 0))) static size_t measure(size_t room, const char *format,
                                                            va_list args)
{
    const int length = room > 0 ? vsnprintf(NULL, 0, format, args) : -1;

    if (length < 0)
        return 0;
    return (size_t)length < room ? (size_t)length + 1 : room;
}

/* Declares `size`. */
#define MEASURES(to, room, format, args)                                                           \
    sim_point(POINT_WRITE, to);                                                                    \
    READS(format, span(format, SIZE_MAX));                                                         \
    va_list copy;                                                                                  \
    va_copy(copy, args);                                                                           \
    const size_t size = measure(room, format, copy);                                               \
    va_end(copy);                                                                                  \
    WRITES(to, size)

CALL int heapsim_vsnprintf(char *to, size_t room, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));
int heapsim_vsnprintf(char *to, size_t room, const char *format, va_list args)
{
    MEASURES(to, room, format, args);
    return vsnprintf(to, room, format, args);
}

CALL int heapsim_vsprintf(char *to, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
int heapsim_vsprintf(char *to, const char *format, va_list args)
{
    MEASURES(to, SIZE_MAX, format, args);
    return vsprintf(to, format, args);
}

CALL int heapsim_snprintf(char *to, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int heapsim_snprintf(char *to, size_t room, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    MEASURES(to, room, format, args);
    const int length = vsnprintf(to, room, format, args);
    va_end(args);
    return length;
}

CALL int heapsim_sprintf(char *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
int heapsim_sprintf(char *to, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    MEASURES(to, SIZE_MAX, format, args);
    const int length = vsprintf(to, format, args);
    va_end(args);
    return length;
}
#endif
