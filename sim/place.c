#include "place.h"

#include <stdio.h>
#include <string.h>

#include "backtrace.h"
#include "hash.h"
#include "symbol.h"

enum { FRAMES = 24, PLACES_BITS = 14, CODES_MAX = 4096 };

/* Lookups are slow, and code is the same again and again. */
static struct code {
    const void *address;
    bool is_application;
    char text[PLACE_TEXT_MAX - 40]; /* function+line */
} codes[CODES_MAX];
static unsigned code_count;

static struct {
    uint32_t hash, count;
} places[1 << PLACES_BITS];

static const struct code *code_of(const void *address)
{
    static struct code spare;
    unsigned i = 0;

    while (i < code_count && codes[i].address != address)
        i++;
    if (i < code_count)
        return &codes[i];
    struct code *const code = code_count < CODES_MAX ? &codes[code_count++] : &spare;
    code->address = address;
    code->is_application = symbol_of_application(address);
    if (code->is_application)
        symbol_place(address, code->text, sizeof code->text);
    return code;
}

/* The innermost code of the application. */
static const char *code_here(const struct steer_point *point)
{
    const void *frames[FRAMES];

    if (point->site != NULL)
        return code_of(point->site)->text;
    const size_t count = backtrace_capture(NULL, frames, FRAMES);
    for (size_t i = 0; i < count; i++)
        if (code_of(frames[i])->is_application)
            return code_of(frames[i])->text;
    return "-";
}

static uint32_t count_place(uint32_t context, const char *text)
{
    const uint32_t hash = hash_text(HASH_BEGIN ^ context * 0x9e3779b1u, text) | 1;
    uint32_t at = hash >> (32 - PLACES_BITS);

    for (unsigned tries = 0; tries < 1 << PLACES_BITS; tries++) {
        if (places[at].hash == 0)
            places[at].hash = hash;
        if (places[at].hash == hash)
            return ++places[at].count;
        at = (at + 1) & ((1 << PLACES_BITS) - 1);
    }
    return 0;
}

void place_name(const struct steer_point *point, char *text, size_t size)
{
    static const char *const kinds[POINT_KINDS] = {[POINT_KERNEL] = "call",
                                                   [POINT_HEAP] = "heap",
                                                   [POINT_EDGE] = "branch",
                                                   [POINT_READ] = "read",
                                                   [POINT_WRITE] = "write"};
    char place[PLACE_TEXT_MAX];

    snprintf(place, sizeof place, "%s %s", code_here(point), kinds[point->kind]);
    snprintf(text, size, "%s %u", place, count_place(point->context, place));
}

void place_describe(char *text, size_t size)
{
    const void *frames[FRAMES];

    backtrace_describe(frames, backtrace_capture(NULL, frames, FRAMES), text, size);
    if (text[0] == '\0')
        snprintf(text, size, "no line of the application");
}
