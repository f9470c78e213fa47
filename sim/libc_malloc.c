/*
 * The C library's heap calls of applications built with LIBC_HEAP (heapsim_libc.h). What a call
 * answers, NULL and its reason too, is the RTOS's.
 */
#include <errno.h>
#include <string.h>

#include "../kernel/api/dialect.h"
#include "../kernel/port.h"
#include "access_text.h"

void *heapsim_libc_malloc(size_t size);
void *heapsim_libc_calloc(size_t count, size_t size);
void *heapsim_libc_realloc(void *block, size_t size);
void heapsim_libc_free(void *block);
void *heapsim_libc_aligned_alloc(size_t align, size_t size);
void *heapsim_libc_memalign(size_t align, size_t size);
int heapsim_libc_posix_memalign(void **block, size_t align, size_t size);
char *heapsim_libc_strdup(const char *text);
char *heapsim_libc_strndup(const char *text, size_t size);

void *heapsim_libc_malloc(size_t size)
{
    return dialect.libc.malloc(size, HEAP_CALL("malloc"));
}

void *heapsim_libc_calloc(size_t count, size_t size)
{
    return dialect.libc.calloc(count, size, HEAP_CALL("calloc"));
}

void *heapsim_libc_realloc(void *block, size_t size)
{
    return dialect.libc.realloc(block, size, HEAP_CALL("realloc"));
}

void heapsim_libc_free(void *block)
{
    dialect.libc.free(block, HEAP_CALL("free"));
}

void *heapsim_libc_aligned_alloc(size_t align, size_t size)
{
    return dialect.libc.memalign(align, size, HEAP_CALL("aligned_alloc"));
}

void *heapsim_libc_memalign(size_t align, size_t size)
{
    return dialect.libc.memalign(align, size, HEAP_CALL("memalign"));
}

int heapsim_libc_posix_memalign(void **block, size_t align, size_t size)
{
    if (align % sizeof(void *) != 0 || align == 0 || (align & (align - 1)) != 0)
        return EINVAL;
    void *const got = dialect.libc.memalign(align, size, HEAP_CALL("posix_memalign"));
    if (got == NULL)
        return ENOMEM;
    *block = got;
    return 0;
}

static char *duplicate(const char *text, size_t length, struct heap_call call)
{
    char *const copy = dialect.libc.malloc(length + 1, call);

    if (copy == NULL)
        return NULL;
    copy[length] = '\0';
    return memcpy(copy, text, length);
}

char *heapsim_libc_strdup(const char *text)
{
    const struct heap_call call = HEAP_CALL("strdup");

    port_touch_text(text, &call);
    return duplicate(text, strlen(text), call);
}

char *heapsim_libc_strndup(const char *text, size_t size)
{
    const struct heap_call call = HEAP_CALL("strndup");

    port_touch(text, access_reach(text, '\0', size), false, &call);
    return duplicate(text, strnlen(text, size), call);
}
