/*
 * How much of memory those functions touch that are told no size: texts are read up to their NUL,
 * and printf reads and writes what its format says. For functions that are not instrumented and are
 * looked at before they do it (string_calls.c; port_touch).
 */
#ifndef HEAPSIM_ACCESS_TEXT_H
#define HEAPSIM_ACCESS_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct heap_call;

/*
 * How many bytes are read of `at` when looking for a byte: up to it and with it, or `limit`; or up
 * to and with the first that may not be read, which is not touched here. O(what it returns).
 */
size_t access_reach(const void *at, int byte, size_t limit);

/* Looks at a range that `call` is about to access: its name may be NULL, as an access's. */
void access_by_call(const void *at, size_t size, bool writes, const struct heap_call *call);

/*
 * The same of all that vsnprintf(to, room, format, args) is about to access: the format, the texts
 * that it names, and the bytes that it fills. Nothing for a `to` of NULL, where `room` is 0.
 * `args` stay as they are. Cost: of one formatting more, if room is not 0.
 */
void access_by_format(const char *to, size_t room, const char *format, va_list args,
                      const struct heap_call *call);

#endif
