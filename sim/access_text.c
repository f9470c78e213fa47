#include "access_text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "../kernel/heap/heap.h"
#include "../kernel/port.h"
#include "access.h"
#include "races.h"

enum { CHUNK = 4096 };

size_t access_reach(const void *at, int byte, size_t limit)
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

void access_by_call(const void *at, size_t size, bool writes, const struct heap_call *call)
{
    taddr_t bad;

    if (!access_allowed((uintptr_t)at, size, &bad))
        access_report_call(bad, (uintptr_t)at, size, writes, call);
    /* Of the kernel's calls the race detector knows what they order: it hears of those alone. */
    if (races_on && call->name == NULL && size > 0)
        races_access(at, size, writes ? ACCESS_WRITE : ACCESS_READ, call->site);
}

/* --- formats --- */

/* One conversion of a format, as far as its argument depends on it. */
struct conversion {
    bool known;      /* false: positions, or what the C library does not know either */
    unsigned stars;  /* arguments before its own: width and precision */
    bool last_star;  /* the precision is one of them */
    long precision;  /* -1: none */
    char length[3];  /* "hh", "l"... */
    char conversion; /* '\0': the format ends */
};

static const char *digits(const char *at, long *number)
{
    for (*number = 0; *at >= '0' && *at <= '9'; at++)
        if (*number < INT32_MAX / 10)
            *number = *number * 10 + (*at - '0');
    return at;
}

/* Behind a '%': returns what follows the conversion. */
static const char *parse(const char *at, struct conversion *c)
{
    long width;

    *c = (struct conversion){.known = true, .precision = -1};
    at += strspn(at, "-+ #0'I");
    if (*at == '*') {
        c->stars++;
        at++;
    }
    at = digits(at, &width);
    if (*at == '$')
        c->known = false;
    if (*at == '.') {
        at++;
        c->last_star = *at == '*';
        c->stars += c->last_star;
        at = c->last_star ? at + 1 : digits(at, &c->precision);
    }
    for (unsigned i = 0; strchr("hlLqjzt", *at) != NULL && *at != '\0'; at++)
        if (i < sizeof c->length - 1)
            c->length[i++] = *at;
    c->conversion = *at;
    return *at != '\0' ? at + 1 : at;
}

/* A va_list that functions can hand on. */
struct arguments {
    va_list list;
};

static void skip_integer(struct arguments *args, const char *length)
{
    switch (length[0]) {
    case 'l':
        if (length[1] == 'l')
            (void)va_arg(args->list, long long);
        else
            (void)va_arg(args->list, long);
        break;
    case 'q':
    case 'L':
        (void)va_arg(args->list, long long);
        break;
    case 'j':
        (void)va_arg(args->list, intmax_t);
        break;
    case 'z':
    case 't':
        (void)va_arg(args->list, size_t);
        break;
    default:
        (void)va_arg(args->list, int);
    }
}

/* Takes the arguments of one conversion, and looks at what they point to. */
static bool look_at(struct conversion *c, struct arguments *args, const struct heap_call *call)
{
    for (; c->stars > 0; c->stars--) {
        const int number = va_arg(args->list, int);

        if (c->stars == 1 && c->last_star)
            c->precision = number; /* less than 0: as if there were none */
    }
    switch (c->conversion) {
    case '%':
    case 'm':
        return true;
    case 'c':
    case 'd':
    case 'i':
    case 'o':
    case 'u':
    case 'x':
    case 'X':
        skip_integer(args, c->length);
        return true;
    case 'a':
    case 'A':
    case 'e':
    case 'E':
    case 'f':
    case 'F':
    case 'g':
    case 'G':
        if (c->length[0] == 'L')
            (void)va_arg(args->list, long double);
        else
            (void)va_arg(args->list, double);
        return true;
    case 'p':
    case 'n':
    case 'S':
        (void)va_arg(args->list, void *);
        return true;
    case 's': {
        const char *const text = va_arg(args->list, const char *);

        if (text != NULL && c->length[0] != 'l') /* NULL: it prints "(null)" */
            access_by_call(
                text, access_reach(text, '\0', c->precision >= 0 ? (size_t)c->precision : SIZE_MAX),
                false, call);
        return true;
    }
    default:
        return false;
    }
}

static void look_at_texts(const char *format, struct arguments *args, const struct heap_call *call)
{
    struct conversion c;

    for (const char *at = strchr(format, '%'); at != NULL; at = strchr(at, '%')) {
        at = parse(at + 1, &c);
        if (!c.known || !look_at(&c, args, call))
            return;
    }
}

__attribute__((format(printf, 1, 0))) static size_t written(const char *format, va_list args,
                                                            size_t room)
{
    const int length = vsnprintf(NULL, 0, format, args);

    if (length < 0)
        return 0;
    return (size_t)length < room ? (size_t)length + 1 : room;
}

void access_by_format(const char *to, size_t room, const char *format, va_list args,
                      const struct heap_call *call)
{
    struct arguments copy;

    access_by_call(format, access_reach(format, '\0', SIZE_MAX), false, call);
    va_copy(copy.list, args);
    look_at_texts(format, &copy, call);
    va_end(copy.list);
    if (room == 0)
        return;
    va_copy(copy.list, args);
    access_by_call(to, written(format, copy.list, room), true, call);
    va_end(copy.list);
}

/* --- what the kernel does with the application's memory --- */

bool port_touches_watched;

void port_touch_watched(const void *begin, size_t size, bool writes, const struct heap_call *call)
{
    access_by_call(begin, size, writes, call);
}

void port_touch_text_watched(const char *text, const struct heap_call *call)
{
    access_by_call(text, access_reach(text, '\0', SIZE_MAX), false, call);
}

void port_touch_format_watched(const char *buffer, size_t size, const char *format, va_list args,
                               const struct heap_call *call)
{
    access_by_format(buffer, size, format, args, call);
}
