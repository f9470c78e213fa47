/*
 * An application that brings its own string functions, some static, and does not ask the C library
 * for any: they are the ones that are called, here and from the other file.
 */
#include <stddef.h>

#include "own.h"

volatile int own_calls;

size_t strlen(const char *text)
{
    size_t length = 0;

    own_calls++;
    while (text[length] != '\0')
        length++;
    return length;
}

char *strcpy(char *to, const char *from)
{
    size_t i = 0;

    own_calls++;
    do
        to[i] = from[i];
    while (from[i++] != '\0');
    return to;
}

void *memcpy(void *to, const void *from, size_t size)
{
    own_calls++;
    for (size_t i = 0; i < size; i++)
        ((char *)to)[i] = ((const char *)from)[i];
    return to;
}

static int strcmp(const char *a, const char *b)
{
    own_calls++;
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a - *b;
}

static inline char *strchr(const char *text, int byte)
{
    own_calls++;
    while (*text != byte && *text != '\0')
        text++;
    return (char *)(size_t)(*text == byte ? text : NULL);
}

int own_compare(const char *a, const char *b)
{
    return strcmp(a, b);
}

int own_has(const char *text, int byte)
{
    return strchr(text, byte) != NULL;
}
